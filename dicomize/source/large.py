"""Large files: read where they are looked at, so that memory holds what is being looked at and no more."""

from __future__ import annotations

import hashlib
import os
import weakref
from typing import TYPE_CHECKING, BinaryIO, Final, SupportsIndex, cast, overload

from dicomize.errors import SourceDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE: Final = 1 << 27
"""bytes from which on a file is not read into memory"""
_PIECE: Final = 1 << 24


class _Content:
    """What an open file holds: indices and slices are read from it.

    It is not mapped into memory: were a mapped file cut short by somebody meanwhile, the system would end this process.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = os.fdopen(os.dup(file.fileno()), "rb", buffering=0)
        weakref.finalize(self, self._file.close)
        self._length = os.fstat(file.fileno()).st_size

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> int: ...

    @overload
    def __getitem__(self, index: slice, /) -> bytes: ...

    def __getitem__(self, index: SupportsIndex | slice, /) -> int | bytes:
        if isinstance(index, slice):
            start, stop, _step = index.indices(self._length)
            return self._read(start, max(0, stop - start))
        return self._read(range(self._length)[index], 1)[0]

    def _read(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        pieces = []
        while length:
            piece = self._file.read(min(length, 1 << 30))
            if not piece:
                raise SourceDamaged("became shorter while it was read", "try again once nobody writes to it")
            pieces.append(piece)
            length -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def content(file: BinaryIO) -> bytes:
    """What an open file holds, for whoever asks for indices, slices and the length only."""
    return cast("bytes", _Content(file))


def sha256(data: bytes) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    for piece in _pieces(data) if isinstance(data, _Content) else (data,):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), _PIECE):
        yield data[at : at + _PIECE]
