"""JPEG-LS (ITU-T T.87): a stream that is stored as it is, without its APPn and COM segments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dicomize.codestreams.jpegls import Damaged, JpegLs, parse
from dicomize.errors import SourceUnsupported
from dicomize.model import CodestreamFacts, ColorModel, LossyStep, Residue
from dicomize.source.described import Described, RasterFacts, SourceFile, damaged, describe_raster, require_side

_OPEN: Final = "convert it to PNG or TIFF first"
_COLOR_TRANSFORM: Final = b"mrfx"
"""the APP8 segment by which encoders say that they changed the colours, which T.87 does not know; the byte behind it is 0 where they did not"""
_SPIFF: Final = b"SPIFF\0"
_SPIFF_KEPT: Final = frozenset({b"", b"\x02", b"\x08", b"\x0a"})
"""colour spaces without a transform: none stated, unspecified, grey, RGB (T.84 annex F)"""


def describe(file: SourceFile) -> Described:
    """The facts.

    Raises:
        SourceDamaged: the stream is not whole.
        SourceUnsupported: DICOM has no form for it.
    """
    found = _parsed(file.data)
    if len(found.components) not in {1, 3}:
        raise SourceUnsupported(f"has {len(found.components)} components, which DICOM does not know", _OPEN)
    if any(start.startswith(_COLOR_TRANSFORM) and start[4:5] != b"\0" for _, _, start in found.extras):
        raise SourceUnsupported("holds colours that its encoder transformed in a way of its own", _OPEN)
    if any(start.startswith(_SPIFF) and start[18:19] not in _SPIFF_KEPT for _, _, start in found.extras):
        raise SourceUnsupported("holds colours that its SPIFF header calls neither grey nor RGB", _OPEN)
    if found.parameters - {1, 4}:
        raise SourceUnsupported("has tables beside its samples, such as a palette, which DICOM does not know", _OPEN)
    require_side(found.columns, found.rows)
    facts = RasterFacts(
        format="JPEG-LS",
        Columns=found.columns,
        Rows=found.rows,
        color=ColorModel.MONOCHROME if len(found.components) == 1 else ColorModel.RGB,
        bits=found.precision,
        residue=tuple(_residue(file.data, found)),
        lossy=LossyStep("ISO_14495_1", found.end) if found.near else None,
        codestream=CodestreamFacts(kind="JPEG-LS", lossless=not found.near, transformed=False),
    )
    return describe_raster(file, facts)


def stream(data: bytes) -> bytes:
    """The stream with nothing in it but the picture."""
    found = _parsed(data)
    kept, at = [], 0
    for begin, end in found.spans:
        kept.append(data[at:begin])
        at = end
    return b"".join([*kept, data[at : found.end]])


def _parsed(data: bytes) -> JpegLs:
    try:
        return parse(data)
    except Damaged as clause:
        raise damaged(f"holds a stream that is damaged: {clause}") from None


def _residue(data: bytes, found: JpegLs) -> Iterator[Residue]:
    for name, length, _ in found.extras:
        yield Residue(name, length)
    if len(data) > found.end:
        yield Residue("bytes behind EOI", len(data) - found.end)
