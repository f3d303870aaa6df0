"""The PixelData element in a file: where its bytes are, and how ours is written (PS3.5 8.2 and A.4).

Pictures are large, so nothing here copies them: a PixelElement knows offsets into a file.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, Protocol

from pydicom import Dataset, dcmread
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.errors import InvalidDicomError

from dicomize.model import Piece, Span
from dicomize.records import dataclass

_PIXEL_DATA = b"\xe0\x7f\x10\x00"
_ITEM = b"\xfe\xff\x00\xe0"
_SEQUENCE_END = b"\xfe\xff\xdd\xe0"
_UNDEFINED = 0xFFFFFFFF
_LONG_VRS = frozenset({"OB", "OW", "UN"})
"""what PixelData can be, and what a reader that does not know it makes of it; all with a length of four bytes"""
_CHUNK = 1 << 20
_MOST = 0xFFFFFFFF


class PixelDataError(Exception):
    """A file whose data set or pixel data cannot be read; the message is a clause about it."""


class NoDicomFile(PixelDataError):
    """A file that does not even claim to be one."""


@dataclass(frozen=True, slots=True)
class PixelElement:
    """A PixelData element. Offsets count from the beginning of the file."""

    VR: str
    encapsulated: bool
    offset_table: bytes
    """value of the Basic Offset Table item; empty for native pixels"""
    fragments: tuple[tuple[int, int], ...]
    """(offset, length) of each fragment, or of the one native value"""
    problems: tuple[str, ...] = ()
    """clauses on what is wrong with its items"""


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """A DICOM file: its data set without PixelData, and where that is (None: there is none)."""

    path: Path
    dataset: Dataset
    pixels: PixelElement | None


def read_instance(path: Path) -> StoredInstance:
    """Read a DICOM file without its pixels.

    Raises:
        PixelDataError: it is no DICOM file, or it is damaged.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it warns of what it can read all the same
                dataset = dcmread(file, stop_before_pixels=True)
        except InvalidDicomError:
            raise NoDicomFile("is no DICOM file: it has no DICM prefix and no file meta information") from None
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - what pydicom raises depends on where the damage is
            # and some of it brings its own traceback along, from the second line on
            reason = next(iter(str(error).splitlines()), "") or type(error).__name__
            raise PixelDataError(f"is damaged: {reason}") from None
        at = file.tell()
        size = file.seek(0, 2)
        explicit = dataset.original_encoding[0] is not True
        return StoredInstance(path, dataset, _read_element(file, at, size, explicit=explicit))


def _read_element(file: BinaryIO, at: int, size: int, *, explicit: bool) -> PixelElement | None:
    file.seek(at)
    head = file.read(12)
    if head[:4] != _PIXEL_DATA:
        return None
    VR, start, length = "OW", at + 8, int.from_bytes(head[4:8], "little")
    if explicit:
        VR, start, length = head[4:6].decode("latin-1"), at + 12, int.from_bytes(head[8:12], "little")
    if VR not in _LONG_VRS:
        problem = f"its value representation {VR!r} cannot hold pixels"
    elif length == _UNDEFINED:
        return _read_items(file, VR, start, size)
    else:
        problem = "its value runs past the end of the file" if start + length > size else ""
    return PixelElement(
        VR,
        encapsulated=False,
        offset_table=b"",
        fragments=((start, max(0, min(length, size - start))),),
        problems=(problem,) if problem else (),
    )


def _read_items(file: BinaryIO, VR: str, at: int, size: int) -> PixelElement:
    items: list[tuple[int, int]] = []
    problem = "it ends without a sequence delimitation item"
    while at + 8 <= size:
        file.seek(at)
        head = file.read(8)
        length = int.from_bytes(head[4:], "little")
        if head[:4] == _SEQUENCE_END:
            problem = ""
            break
        if head[:4] != _ITEM or at + 8 + length > size:
            problem = f"the item at byte {at} is damaged"
            break
        items.append((at + 8, length))
        at += 8 + length
    table = b""
    if items:
        file.seek(items[0][0])
        table = file.read(min(items[0][1], 1 << 24))
    return PixelElement(
        VR,
        encapsulated=True,
        offset_table=table,
        fragments=tuple(items[1:]),
        problems=(problem,) if problem else (),
    )


def stored_bytes(path: Path, spans: tuple[tuple[int, int], ...]) -> Iterator[bytes]:
    """The bytes of fragments, one after the other, in pieces of at most 1 MiB."""
    with path.open("rb") as file:
        for offset, length in spans:
            file.seek(offset)
            left = length
            while left > 0 and (piece := file.read(min(left, _CHUNK))):
                left -= len(piece)
                yield piece


def holds_exactly(path: Path, element: PixelElement, expected: Piece) -> bool:
    """Whether an element's value is `expected`, or that and one byte of padding."""
    theirs, ours = stored_bytes(path, element.fragments), _stored(expected)
    left: bytes | memoryview = b""
    right: bytes | memoryview = b""
    while True:
        left = left or next(theirs, b"")
        right = right or next(ours, b"")
        count = min(len(left), len(right))
        if count == 0:
            break
        if left[:count] != right[:count]:
            return False
        left, right = left[count:], right[count:]
    rest = len(left) + sum(map(len, theirs))
    return not right and rest <= 1 and (rest == 0 or length_of(expected) % 2 == 1)


def _stored(piece: Piece) -> Iterator[bytes | memoryview]:
    if isinstance(piece, Span):
        yield from stored_bytes(piece.path, ((piece.offset, piece.length),))
    else:
        yield memoryview(piece)


def joined(path: Path, spans: tuple[tuple[int, int], ...]) -> bytes:
    """The bytes of fragments in one piece, for looking at the stream; no more than once in memory if there is one."""
    with path.open("rb") as file:
        pieces = [file.read(length) for offset, length in spans if file.seek(offset) == offset]
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def value_of(dataset: Dataset, keyword: str) -> object:
    """An attribute's value, or None where it is absent, empty, or so damaged that it cannot be read."""
    tag = tag_for_keyword(keyword)
    element = dataset.get_item(tag, keep_deferred=True) if tag is not None else None
    if isinstance(element, RawDataElement) and (plain := _plain(element)) is not None:
        return plain
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value: object = dataset.get(keyword)
            return None if value is None or value in ("", []) else value
    except Exception:  # noqa: BLE001 - values are decoded when first asked for, and fail in as many ways as there are VRs
        return None


def _plain(element: RawDataElement) -> int | str | None:
    """The value of an element as most of them are, a tenth of the time that decoding takes; None: it must be decoded."""
    raw = element.value
    if not raw or not element.is_little_endian:
        return None
    if element.VR == "US" and len(raw) == 2:
        return int.from_bytes(raw, "little")
    if element.VR == "CS" and raw.isascii() and b"\\" not in raw:
        return raw.decode("ascii").rstrip(" \0") or None
    return None


def number_of(dataset: Dataset, keyword: str) -> int | None:
    """The value of an attribute that holds one whole number, or None."""
    value = value_of(dataset, keyword)
    return int(value) if isinstance(value, int) else None


def pixel_vr(bits_allocated: int, *, encapsulated: bool) -> str:
    """VR of PixelData, explicit (PS3.5 8.1.2 and A.4): bytes are bytes."""
    return "OB" if encapsulated or bits_allocated <= 8 else "OW"


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object: ...


def length_of(piece: Piece) -> int:
    """Bytes of a frame."""
    return piece.length if isinstance(piece, Span) else len(piece)


def read_piece(piece: Piece) -> bytes:
    """A frame in memory."""
    return piece.read() if isinstance(piece, Span) else piece


def _copy(file: Sink, piece: Piece) -> None:
    if isinstance(piece, Span):
        for part in stored_bytes(piece.path, ((piece.offset, piece.length),)):
            file.write(part)
    else:
        file.write(piece)


def offsets_of(frames: Sequence[Piece]) -> tuple[int, ...]:
    """Where the item of each frame begins, counted from that of the first (PS3.5 A.4)."""
    lengths = [8 + length_of(frame) + length_of(frame) % 2 for frame in frames]
    return tuple(accumulate([0, *lengths[:-1]]))


def write_element(file: Sink, frames: Sequence[Piece], VR: str, *, encapsulated: bool) -> None:
    """Write PixelData, little endian: native, or each frame in one fragment behind their offset table.

    The offset table is empty where it cannot hold the offsets; the Extended Offset Table then has them (PS3.3 C.7.6.3).

    Args:
        VR: empty where VRs are implicit.
    """
    head = _PIXEL_DATA + (VR.encode("ascii") + b"\0\0" if VR else b"")
    if not encapsulated:
        total = sum(map(length_of, frames))
        file.write(head + (total + total % 2).to_bytes(4, "little"))
        for frame in frames:
            _copy(file, frame)
        file.write(b"\0" * (total % 2))
        return
    offsets = offsets_of(frames)
    table = b"".join(o.to_bytes(4, "little") for o in offsets) if fits_offset_table(offsets) else b""
    file.write(head + b"\xff\xff\xff\xff" + _ITEM + len(table).to_bytes(4, "little") + table)
    for frame in frames:
        length = length_of(frame)
        file.write(_ITEM + (length + length % 2).to_bytes(4, "little"))
        _copy(file, frame)
        file.write(b"\0" * (length % 2))
    file.write(_SEQUENCE_END + bytes(4))


def fits_offset_table(offsets: Sequence[int]) -> bool:
    """Whether the Basic Offset Table, of 32-bit numbers, can hold the offsets."""
    return offsets[-1] <= _MOST
