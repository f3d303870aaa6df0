"""The stored picture against the header that describes it (PS3.5 8.2.1, A.4; PS3.3 C.7.6.1.1.5 and C.7.6.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from pydicom import Dataset
from pydicom.datadict import tag_for_keyword
from pydicom.multival import MultiValue
from pydicom.uid import UID

from dicomize.errors import SourceDamaged
from dicomize.jpeg import markers
from dicomize.jpeg.clean import is_residue
from dicomize.jpeg.color import color_model, is_jfif
from dicomize.jpeg.markers import APP14, JpegFile
from dicomize.model import ColorModel, Finding, Severity
from dicomize.pixeldata import PixelElement, StoredInstance, joined, number_of, value_of

_SOURCE: Final = "dicomize"

_JPEG_PROCESSES: Final[dict[str, frozenset[int]]] = {
    "1.2.840.10008.1.2.4.50": frozenset({0}),
    "1.2.840.10008.1.2.4.51": frozenset({0, 1}),
    "1.2.840.10008.1.2.4.57": frozenset({3}),
    "1.2.840.10008.1.2.4.70": frozenset({3}),
}
"""transfer syntax -> the n of SOFn that it allows (PS3.5 A.4.1)"""

_LOSSY: Final = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
_LOSSY_METHOD: Final = "ISO_10918_1"

_NATIVE: Final = frozenset(
    {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"}
)
_ENCAPSULATED: Final = ("1.2.840.10008.1.2.4.", "1.2.840.10008.1.2.5")
"""transfer syntaxes whose pixels are native, and how the others of DICOM begin (PS3.5 A); private ones say nothing"""


def check_stream(stored: StoredInstance) -> Iterator[Finding]:
    """Findings on PixelData; nothing for a file that has none."""
    element = stored.pixels
    if element is None:
        return
    dataset = stored.dataset
    for problem in element.problems:
        yield _error("encapsulation", "PixelData", f"PixelData is damaged: {problem}", "PS3.5 A.4")
    syntax = str(value_of(dataset.file_meta, "TransferSyntaxUID") or "")
    if syntax in _NATIVE if element.encapsulated else syntax.startswith(_ENCAPSULATED):
        how = "encapsulated" if element.encapsulated else "native"
        yield _error(
            "transfer-syntax",
            "TransferSyntaxUID",
            f"PixelData is {how}, the transfer syntax says otherwise",
            "PS3.5 A.4",
        )
    elif element.encapsulated:
        yield from _encapsulation(_frames(dataset), element)
        if syntax in _JPEG_PROCESSES and element.fragments:
            yield from _jpeg(stored, element, syntax)
    elif not element.problems:
        yield from _native(dataset, element)


def _frames(dataset: Dataset) -> int:
    return number_of(dataset, "NumberOfFrames") or 1


def _encapsulation(frames: int, element: PixelElement) -> Iterator[Finding]:
    table = element.offset_table
    if not element.fragments:
        yield _error("encapsulation", "PixelData", "PixelData holds no fragment", "PS3.5 A.4")
    if len(table) % 4 or (table and len(table) // 4 != frames):
        yield _error(
            "encapsulation", "PixelData", f"the offset table has {len(table)} bytes for {frames} frames", "PS3.5 A.4"
        )
        table = b""
    first = element.fragments[0][0] - 8 if element.fragments else 0
    starts = {offset - 8 - first for offset, _ in element.fragments}
    for number, at in enumerate(range(0, len(table), 4), 1):
        target = int.from_bytes(table[at : at + 4], "little")
        if target not in starts:
            yield _error(
                "encapsulation",
                "PixelData",
                f"the offset of frame {number}, {target}, leads to no fragment",
                "PS3.5 A.4",
            )
    for number, (_, length) in enumerate(element.fragments, 1):
        if length % 2:
            yield _error("encapsulation", "PixelData", f"fragment {number} has the odd length {length}", "PS3.5 A.4")


def _native(dataset: Dataset, element: PixelElement) -> Iterator[Finding]:
    rows, columns, samples, bits = (
        number_of(dataset, keyword) for keyword in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")
    )
    if rows is None or columns is None or samples is None or bits is None:
        return
    if value_of(dataset, "PhotometricInterpretation") == "YBR_FULL_422":
        samples = 2  # two luminance samples share one of each chrominance (PS3.3 C.7.6.3.1.2)
    total = rows * columns * samples * _frames(dataset) * bits
    expected = (total + 7) // 8
    expected += expected % 2
    length = element.fragments[0][1]
    if length != expected:
        yield _error(
            "pixeldata-length",
            "PixelData",
            f"PixelData has {length} bytes, the header describes {expected}",
            "PS3.5 8.1.1",
        )


def _jpeg(stored: StoredInstance, element: PixelElement, syntax: str) -> Iterator[Finding]:
    """Findings on the first frame that has any: what is wrong with one is most often wrong with all."""
    frames = _frames(stored.dataset)
    spans = [element.fragments]
    if frames > 1:
        spans = [(fragment,) for fragment in element.fragments] if len(element.fragments) == frames else []
    for number, span in enumerate(spans, 1):
        findings = tuple(_frame(stored, span, syntax))
        where = f"frame {number}: " if frames > 1 else ""
        yield from (replace(finding, message=f"{where}{finding.message}") for finding in findings)
        if findings:
            break
    if syntax in _LOSSY:
        yield from _lossy(stored.dataset)


def _frame(stored: StoredInstance, spans: tuple[tuple[int, int], ...], syntax: str) -> Iterator[Finding]:
    data = joined(stored.path, spans)
    try:
        jpeg = markers.parse(data)
    except SourceDamaged as damage:
        yield _error("stream", "PixelData", f"the JPEG stream is damaged: {damage.message}", "PS3.5 A.4.1")
        return
    yield from _against_header(stored.dataset, jpeg, syntax)
    yield from _colors(stored.dataset, data, jpeg)
    yield from _residue(data, jpeg)


def _against_header(dataset: Dataset, jpeg: JpegFile, syntax: str) -> Iterator[Finding]:
    frame = jpeg.frame
    if frame.sof not in _JPEG_PROCESSES[syntax]:
        yield _error(
            "transfer-syntax",
            "TransferSyntaxUID",
            f"the stream is SOF{frame.sof}, the transfer syntax is {UID(syntax).name}",
            "PS3.5 A.4.1",
        )
    described = [
        ("Rows", frame.rows or jpeg.dnl_rows or 0),
        ("Columns", frame.columns),
        ("SamplesPerPixel", len(frame.components)),
        ("BitsAllocated", 8 if frame.precision <= 8 else 16),
    ]
    if syntax in _LOSSY:  # the lossless process may code more bits than are stored
        described += [("BitsStored", frame.precision), ("HighBit", frame.precision - 1)]
    for keyword, value in described:
        stated = number_of(dataset, keyword)
        if stated is not None and stated != value:
            yield _error("stream", keyword, f"{keyword} is {stated}, the JPEG stream says {value}", "PS3.5 8.2.1")


def _colors(dataset: Dataset, data: bytes, jpeg: JpegFile) -> Iterator[Finding]:
    if jpeg.frame.sof == 3:
        return  # the lossless process is used without regard to what the samples mean
    stated = str(value_of(dataset, "PhotometricInterpretation") or "")
    model = color_model(data, jpeg)
    if stated not in _COLORS.get(model, frozenset()):
        yield _error(
            "color",
            "PhotometricInterpretation",
            f"PhotometricInterpretation is {stated}, the JPEG stream holds {model}",
            "PS3.5 8.2.1",
        )
    if stated == "RGB" and is_jfif(data, jpeg):
        yield _error(
            "color",
            "PixelData",
            "the stream says JFIF, which is always YCbCr, under PhotometricInterpretation RGB",
            "PS3.5 8.2.1",
        )


_COLORS: Final = {
    ColorModel.MONOCHROME: frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"}),
    ColorModel.YCBCR: frozenset({"YBR_FULL_422", "YBR_FULL"}),
    ColorModel.RGB: frozenset({"RGB"}),
    ColorModel.AMBIGUOUS: frozenset({"YBR_FULL_422", "YBR_FULL", "RGB"}),
}
"""what the samples of a stream mean -> the labels that say so; there is none for CMYK"""


def _residue(data: bytes, jpeg: JpegFile) -> Iterator[Finding]:
    for segment in jpeg.segments:
        adobe = segment.marker == APP14 and data[segment.payload][:5] == b"Adobe"
        if is_residue(segment.marker) and not adobe:
            length = segment.end - segment.start
            yield _warning(
                "residue",
                "PixelData",
                f"the JPEG stream carries {segment.name} of {length} bytes, which may identify somebody",
                "PS3.15 E.3",
            )
    if jpeg.trailing > 1 or (jpeg.trailing and data[-1] != 0):
        yield _error("residue", "PixelData", f"{jpeg.trailing} bytes follow the end of the picture", "PS3.5 A.4")


def _lossy(dataset: Dataset) -> Iterator[Finding]:
    if value_of(dataset, "LossyImageCompression") != "01":
        yield _error(
            "lossy",
            "LossyImageCompression",
            "LossyImageCompression is not 01 although the stream is lossy JPEG",
            "PS3.3 C.7.6.1.1.5",
        )
        return
    names = _several(value_of(dataset, "LossyImageCompressionMethod"))
    count = len(_several(value_of(dataset, "LossyImageCompressionRatio")))
    if _LOSSY_METHOD not in names:
        yield _error(
            "lossy",
            "LossyImageCompressionMethod",
            f"LossyImageCompressionMethod does not name {_LOSSY_METHOD}",
            "PS3.3 C.7.6.1.1.5",
        )
    if count != len(names):
        yield _error(
            "lossy", "LossyImageCompressionRatio", f"{count} ratios for {len(names)} methods", "PS3.3 C.7.6.1.1.5"
        )


def _several(value: object) -> list[object]:
    """The values of an attribute that may have none, one or several."""
    if value is None:
        return []
    return list(value) if isinstance(value, MultiValue) else [value]


def _error(kind: str, keyword: str, message: str, reference: str) -> Finding:
    return _finding(Severity.ERROR, kind, keyword, message, reference)


def _warning(kind: str, keyword: str, message: str, reference: str) -> Finding:
    return _finding(Severity.WARNING, kind, keyword, message, reference)


def _finding(severity: Severity, kind: str, keyword: str, message: str, reference: str) -> Finding:
    tag = tag_for_keyword(keyword)
    path = f"/{keyword}({tag >> 16:04x},{tag & 0xFFFF:04x})" if tag is not None else ""
    return Finding(severity, kind, message, _SOURCE, tag, path, reference)
