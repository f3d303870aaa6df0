"""A file that is walked but not read: values are fetched where they are shown."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from dicomize.checks.dictionary import entry_of
from dicomize.checks.elements import Element, Item, Walked, walk_stream
from dicomize.checks.paths import read_as
from dicomize.errors import SourceUnreadable

_DEFLATED: Final = "1.2.840.10008.1.2.1.99"
_LARGEST_INFLATED: Final = 1 << 28
_PIXEL_REPRESENTATION: Final = 0x00280103
_FIRST: Final = 0x00080000
"""groups below are commands, file meta information and directories"""


class Opened(NamedTuple):
    """A walked file, and where its values can be read."""

    path: Path
    walked: Walked
    values: BinaryIO
    """the file; of a deflated one, the data set inflated"""
    signed: bool
    """Pixel Representation: what "US or SS" is where no VR is written"""

    def read(self, element: Element, most: int) -> bytes:
        """The first bytes of a value."""
        if element.raw:
            return element.raw[:most]
        return self.piece((element.span[0], element.span[1] or 0), most)

    def piece(self, span: tuple[int, int], most: int) -> bytes:
        """The first bytes of a fragment."""
        self.values.seek(span[0])
        return self.values.read(min(span[1], most))

    def VR(self, element: Element) -> str:  # noqa: N802 - DICOM's word
        """The VR to show an element with: as written, else the dictionary's."""
        if element.VR:
            return element.VR
        if element.items or (element.span[1] is None and not element.fragments):
            return "SQ"
        entry = entry_of(element.tag)
        choice = set() if entry is None else set(entry.VRs)
        if choice >= {"US", "SS"} and self.signed:
            return "SS"
        if choice >= {"OB", "OW"}:
            return "OW"  # PS3.5 A.1
        return read_as(element)


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Walk a file, and keep it open for its values.

    Raises:
        SourceUnreadable: it cannot be read, or nothing in it looks like DICOM.
    """
    try:
        with path.open("rb") as file:
            walked = walk_stream(file)
            _require_dicom(path, walked)
            values = _inflated(file, walked) if walked.transfer_syntax == _DEFLATED else file
            representation = walked.dataset.get(_PIXEL_REPRESENTATION)
            signed = representation is not None and representation.raw in {b"\1\0", b"\0\1"}
            yield Opened(path, walked, values, signed)
    except FileNotFoundError:
        raise SourceUnreadable(f"{path} does not exist", "check the name") from None
    except OSError as error:
        raise SourceUnreadable(
            f"{path} cannot be read: {error.strerror or error}", "name a file that can be read"
        ) from None


def _require_dicom(path: Path, walked: Walked) -> None:
    """Without a prefix anything can be walked: at least two elements must be the standard's."""
    known = sum(e.tag >= _FIRST and entry_of(e.tag) is not None for e in walked.dataset.elements)
    if walked.meta.elements or known >= 2:
        return
    raise SourceUnreadable(f"{path} is no DICOM file", "name a DICOM file; dicomize inspect looks at pictures")


def _inflated(file: BinaryIO, walked: Walked) -> BinaryIO:
    """The data set that the walk has seen. What it could not inflate, it has reported."""
    start, length = walked.meta.elements[-1].span
    file.seek(start + (length or 0))
    try:
        return io.BytesIO(zlib.decompressobj(-zlib.MAX_WBITS).decompress(file.read(), _LARGEST_INFLATED))
    except zlib.error:
        return io.BytesIO()


def items_of(item: Item) -> Iterator[Item]:
    """A data set and everything inside of it."""
    yield item
    for element in item.elements:
        for inner in element.items:
            yield from items_of(inner)
