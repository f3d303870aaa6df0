"""One frame of JPEG against the header (ITU-T T.81; PS3.5 8.2.1, A.4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydicom import Dataset

from dicomize.checks.streams.agreement import damage, differing, label_of, lossy, residue, trailing, wrong_syntax
from dicomize.checks.streams.findings import error
from dicomize.checks.streams.syntaxes import Syntax
from dicomize.codestreams.bytestream import Stream
from dicomize.errors import SourceDamaged
from dicomize.jpeg import markers
from dicomize.jpeg.clean import is_residue
from dicomize.jpeg.color import color_model, is_jfif
from dicomize.jpeg.markers import APP0, APP14, JpegFile
from dicomize.model import ColorModel, Finding
from dicomize.octets import Octets
from dicomize.pixeldata import number_of

_FIRST_ORDER: Final = "1.2.840.10008.1.2.4.70"
_LOSSLESS: Final = 3
"""SOF3"""


def check_jpeg(dataset: Dataset, stream: Stream, syntax: Syntax) -> Iterator[Finding]:
    """Findings on one frame."""
    data = stream.octets()
    try:
        jpeg = markers.parse(data)
    except SourceDamaged as found:
        yield damage(f"the JPEG stream is damaged: {found.message}", syntax)
    else:
        yield from _process(jpeg, syntax)
        yield from _against_header(dataset, jpeg, syntax)
        yield from _colors(dataset, data, jpeg, syntax)
        yield from _residue(data, jpeg)
    if not syntax.lossless:
        yield from lossy(dataset, syntax)


def _process(jpeg: JpegFile, syntax: Syntax) -> Iterator[Finding]:
    sof = jpeg.frame.sof
    if sof not in syntax.processes:
        yield wrong_syntax(f"the stream is SOF{sof}, the transfer syntax is {syntax.name}", syntax.encapsulation)
    elif sof == _LOSSLESS:
        predictors = {scan.ss for scan in jpeg.scans}
        if syntax.uid == _FIRST_ORDER and predictors != {1}:
            message = f"the stream has the predictor {max(predictors)}, the transfer syntax is {syntax.name}"
            yield wrong_syntax(message, syntax.encapsulation)
        dropped = max(scan.al for scan in jpeg.scans)
        if dropped:
            message = f"the stream drops the lowest bits, {dropped}, which is not {syntax.name}"
            yield wrong_syntax(message, syntax.encapsulation)


def _against_header(dataset: Dataset, jpeg: JpegFile, syntax: Syntax) -> Iterator[Finding]:
    frame = jpeg.frame
    described = [
        ("Rows", frame.rows or jpeg.dnl_rows or 0),
        ("Columns", frame.columns),
        ("SamplesPerPixel", len(frame.components)),
        ("BitsAllocated", 8 if frame.precision <= 8 else 16),
    ]
    if not syntax.lossless:
        described += [("BitsStored", frame.precision), ("HighBit", frame.precision - 1)]
    yield from differing(dataset, described, "JPEG stream", syntax)
    stored = number_of(dataset, "BitsStored")
    # the lossless process may code more bits than are stored
    if syntax.lossless and stored is not None and stored > frame.precision:
        message = f"BitsStored is {stored}, the JPEG stream has {frame.precision}"
        yield error("stream", "BitsStored", message, syntax.rule)


def _colors(dataset: Dataset, data: Octets, jpeg: JpegFile, syntax: Syntax) -> Iterator[Finding]:
    if jpeg.frame.sof == _LOSSLESS:
        return  # the lossless process is used without regard to what the samples mean
    stated, model = label_of(dataset), color_model(data, jpeg)
    if stated not in _COLORS.get(model, frozenset()):
        yield error(
            "color",
            "PhotometricInterpretation",
            f"PhotometricInterpretation is {stated}, the JPEG stream holds {model}",
            syntax.rule,
        )
    if stated == "RGB" and is_jfif(data, jpeg):
        yield error(
            "color",
            "PixelData",
            "the stream says JFIF, which is always YCbCr, under PhotometricInterpretation RGB",
            syntax.rule,
        )


_COLORS: Final = {
    ColorModel.MONOCHROME: frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"}),
    ColorModel.YCBCR: frozenset({"YBR_FULL_422", "YBR_FULL"}),
    ColorModel.RGB: frozenset({"RGB"}),
    ColorModel.AMBIGUOUS: frozenset({"YBR_FULL_422", "YBR_FULL", "RGB"}),
}
"""what the samples of a stream mean -> the labels that say so; there is none for CMYK"""


def _residue(data: Octets, jpeg: JpegFile) -> Iterator[Finding]:
    for segment in jpeg.segments:
        if is_residue(segment.marker) and not _says_nothing(segment.marker, data[segment.payload]):
            yield residue(f"the JPEG stream carries {segment.name}", segment.end - segment.start)
    if jpeg.trailing > 1 or (jpeg.trailing and data[-1] != 0):
        yield trailing(jpeg.trailing)


def _says_nothing(marker: int, payload: bytes) -> bool:
    """Whether a segment can be about nobody: Adobe's flag of colours, or JFIF without a thumbnail."""
    if marker == APP14:
        return payload[:5] == b"Adobe"
    return marker == APP0 and payload[:5] == b"JFIF\0" and len(payload) == 14 and payload[12:14] == b"\0\0"
