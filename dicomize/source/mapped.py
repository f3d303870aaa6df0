"""Large files: looked at where they lie, so that memory holds what is being looked at and no more."""

from __future__ import annotations

import hashlib
import mmap
from typing import TYPE_CHECKING, BinaryIO, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE: Final = 1 << 27
"""bytes from which on a file is not read into memory"""
_PIECE: Final = 1 << 24


def mapped(file: BinaryIO) -> bytes:
    """An open file as bytes: indices and slices read from it; it must not shrink meanwhile."""
    return cast("bytes", mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def pieces(data: bytes) -> Iterator[bytes]:
    """All bytes in pieces; those of a mapped file leave memory again."""
    for at in range(0, len(data), _PIECE):
        yield data[at : at + _PIECE]
        forget(data)


def sha256(data: bytes) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    for piece in pieces(data) if is_mapped(data) else (data,):
        digest.update(piece)
    return digest.hexdigest()


def forget(data: bytes) -> None:
    """Let what was read of a mapped file leave memory, where the system can be told so."""
    advice = getattr(mmap, "MADV_DONTNEED", None)
    if advice is not None and is_mapped(data):
        cast("mmap.mmap", data).madvise(advice)


def is_mapped(data: object) -> bool:
    """Whether it is a file that lies where it lies."""
    return isinstance(data, mmap.mmap)
