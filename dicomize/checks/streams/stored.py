"""PixelData against its header: native or encapsulated, how many frames, and each frame's codestream (PS3.5 8.2, A.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from pydicom import Dataset

from dicomize.checks.streams.agreement import label
from dicomize.checks.streams.findings import error, numbered
from dicomize.checks.streams.frames import divide, offset_table
from dicomize.checks.streams.syntaxes import SYNTAXES, Syntax
from dicomize.codestreams.bytestream import Stream
from dicomize.model import Finding
from dicomize.pixeldata import PixelElement, StoredInstance, number_of, value_of

Reader = Callable[[Dataset, Stream, Syntax], Iterator[Finding]]
"""findings on one frame"""

_NATIVE: Final = frozenset(
    {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"}
)
_ENCAPSULATED: Final = ("1.2.840.10008.1.2.4.", "1.2.840.10008.1.2.5")
"""transfer syntaxes whose pixels are native, and how the others of DICOM begin (PS3.5 A); private ones say nothing"""


def check_stream(stored: StoredInstance) -> Iterator[Finding]:
    """Findings on PixelData; nothing for a file that has none.

    Raises:
        OSError: the file cannot be read.
    """
    element = stored.pixels
    if element is None:
        return
    dataset = stored.dataset
    for problem in element.problems:
        yield error("encapsulation", "PixelData", f"PixelData is damaged: {problem}", "PS3.5 A.4")
    syntax = str(value_of(dataset.file_meta, "TransferSyntaxUID") or "")
    if syntax in _NATIVE if element.encapsulated else syntax.startswith(_ENCAPSULATED):
        how = "encapsulated" if element.encapsulated else "native"
        yield error(
            "transfer-syntax",
            "TransferSyntaxUID",
            f"PixelData is {how}, the transfer syntax says otherwise",
            "PS3.5 A.4",
        )
    elif element.encapsulated:
        yield from _encapsulated(stored, element, SYNTAXES.get(syntax))
    elif not element.problems:
        yield from _native(dataset, element)


def _native(dataset: Dataset, element: PixelElement) -> Iterator[Finding]:
    rows, columns, samples, bits = (
        number_of(dataset, keyword) for keyword in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")
    )
    if rows is None or columns is None or samples is None or bits is None:
        return
    if value_of(dataset, "PhotometricInterpretation") == "YBR_FULL_422":
        samples = 2  # two luminance samples share one of each chrominance (PS3.3 C.7.6.3.1.2)
    total = rows * columns * samples * (number_of(dataset, "NumberOfFrames") or 1) * bits
    expected = (total + 7) // 8
    expected += expected % 2
    length = element.fragments[0][1]
    if length != expected:
        yield error(
            "pixeldata-length",
            "PixelData",
            f"PixelData has {length} bytes, the header describes {expected}",
            "PS3.5 8.1.1",
        )


def _encapsulated(stored: StoredInstance, element: PixelElement, syntax: Syntax | None) -> Iterator[Finding]:
    dataset = stored.dataset
    video = syntax is not None and syntax.codec == "mpeg"
    yield from offset_table(element, 1 if video else number_of(dataset, "NumberOfFrames") or 1)
    if syntax is None or not element.fragments:
        return
    read = _reader(syntax.codec)
    with stored.path.open("rb") as file:
        frames, findings = divide(file, dataset, element, syntax)
        yield from findings
        looked_at = ((number, read(dataset, Stream(file, spans), syntax)) for number, spans in enumerate(frames, 1))
        found = tuple(numbered(looked_at, len(frames)))
    yield from found
    # under another transfer syntax the label may be right, and what contradicts the stream has been said
    if not any(finding.kind in {"transfer-syntax", "color"} for finding in found):
        yield from label(dataset, syntax)


def _reader(codec: str) -> Reader:
    """Each codestream has a module of its own, which few files need."""
    if codec == "jpeg":
        from dicomize.checks.streams.jpeg import check_jpeg as reader  # noqa: PLC0415
    elif codec == "jpegls":
        from dicomize.checks.streams.jpegls import check_jpegls as reader  # noqa: PLC0415
    elif codec == "jpeg2000":
        from dicomize.checks.streams.jpeg2000 import check_jpeg2000 as reader  # noqa: PLC0415
    elif codec == "rle":
        from dicomize.checks.streams.rle import check_rle as reader  # noqa: PLC0415
    else:
        from dicomize.checks.streams.mpeg import check_mpeg as reader  # noqa: PLC0415
    return reader
