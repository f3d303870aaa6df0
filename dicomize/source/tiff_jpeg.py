"""A JPEG inside a TIFF (TIFF Technical Note 2): where it is the whole page, it is the picture, and need not be decoded."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dicomize.errors import SourceDamaged
from dicomize.jpeg import markers
from dicomize.model import ColorModel
from dicomize.source import jpeg
from dicomize.source.described import Described, SourceFile
from dicomize.source.tiff_directories import BLACK_IS_ZERO, JPEG_TABLES, RGB, YCBCR, Page

_COLORS: Final = {
    BLACK_IS_ZERO: (1, ColorModel.MONOCHROME), RGB: (3, ColorModel.RGB), YCBCR: (3, ColorModel.YCBCR),
}  # fmt: skip
"""photometric interpretation -> samples, and what they mean: the TIFF says it, whatever the stream says"""


def embedded(file: SourceFile, page: Page, tiff: Described) -> Described | None:
    """The page as the JPEG that it is; None where it is made of several, or of one that cannot stand alone."""
    samples, color = _COLORS.get(page.photometric, (0, ColorModel.AMBIGUOUS))
    if len(page.offsets) != 1 or len(page.counts) != 1 or page.samples != samples:
        return None
    stream = _stream(page)
    try:
        found = jpeg.describe(SourceFile(file.path, stream, file.modified))
    except SourceDamaged:
        return None  # decoding it will say what is wrong
    image, outside = found.image, tiff.image
    if (image.Columns, image.Rows, image.SamplesPerPixel) != (*page.size, samples) or image.frames != 1:
        return None
    if image.jpeg is None or image.jpeg.sof > 1:
        return None
    told = replace(
        outside,
        jpeg=image.jpeg,
        color=color,
        bits=image.bits,
        lossy=image.lossy,
        residue=(*outside.residue, *image.residue),
    )
    return Described(told, found.jpeg, tiff.profile, data=stream)


def _stream(page: Page) -> bytes:
    """The tables that all streams of the file share, and the stream, between one SOI and one EOI."""
    start, length = page.offsets[0], page.counts[0]
    data, tables = page.data[start : start + length], page.raw(JPEG_TABLES)
    shared = tables[2:-2] if tables[:2] == b"\xff\xd8" and tables[-2:] == bytes([0xFF, markers.EOI]) else b""
    return data[:2] + shared + data[2:]
