"""A JPEG inside a TIFF (TIFF Technical Note 2): where it is the whole page, it is the picture, and need not be decoded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.jpeg import markers, scan, tables
from dicomize.model import ColorModel
from dicomize.source import jpeg
from dicomize.source.described import Described, SourceFile, damaged
from dicomize.source.tiff_blocks import Span, blocks_of, rows_of, spans_of
from dicomize.source.tiff_directories import (
    BLACK_IS_ZERO,
    JPEG_TABLES,
    RGB,
    YCBCR,
    Page,
)

_COLORS: Final = {
    BLACK_IS_ZERO: (1, ColorModel.MONOCHROME), RGB: (3, ColorModel.RGB), YCBCR: (3, ColorModel.YCBCR),
}  # fmt: skip
"""photometric interpretation -> samples, and what they mean: the TIFF says it, whatever the stream says"""


def embedded(file: SourceFile, page: Page, tiff: Described) -> Described | None:
    """The page as the JPEG that it is; None where it is made of several, or of one that cannot stand alone."""
    samples, color = _COLORS.get(page.photometric, (0, ColorModel.AMBIGUOUS))
    if len(page.offsets) != 1 or len(page.counts) != 1 or page.samples != samples:
        return None
    stream = _stream(page, spans_of(page)[0])
    try:
        found = jpeg.describe(SourceFile(file.path, stream, file.modified))
    except SourceDamaged:
        return None  # decoding it will say what is wrong
    image, outside = found.image, tiff.image
    if (image.Columns, image.Rows, image.SamplesPerPixel) != (*page.size, samples) or image.frames != 1:
        return None
    if image.jpeg is None or image.jpeg.sof > 1 or image.bits != page.bits:
        return None
    if color is ColorModel.RGB and _subsampled(image.jpeg.sampling):
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


def verify(page: Page) -> None:
    """Every strip or tile is a whole JPEG of the size that it must have: libjpeg fills what is missing with grey.

    Raises:
        SourceDamaged: one is not.
        SourceUnsupported: it is of a process that is not looked through here.
    """
    blocks = blocks_of(page)
    for number, span in enumerate(spans_of(page)):
        data, size = _stream(page, span), (blocks.Columns, rows_of(page, blocks, number))
        try:
            found = markers.parse(data)
            _verify(data, found)
        except SourceDamaged as clause:
            raise damaged(f"holds a JPEG that is damaged: {clause.message}") from None
        rows, columns = found.frame.rows or found.dnl_rows or 0, found.frame.columns
        if (columns, min(rows, size[1])) != size or found.frame.precision != page.bits:
            raise damaged(
                f"states another picture than its JPEG holds, which has {columns} x {rows} of {found.frame.precision} bits"
            )
        if page.photometric == RGB and _subsampled((c.h, c.v) for c in found.frame.components):
            raise damaged("states RGB, and holds a JPEG of subsampled colours, which are none")


def _verify(data: bytes, jpeg: markers.JpegFile) -> None:
    tables.require_sound(data, jpeg)
    if jpeg.frame.sof <= 1:
        scan.verify(data, jpeg)
    elif jpeg.frame.sof == 2:
        from dicomize.jpeg import coefficients, progressive  # noqa: PLC0415 - few are

        progressive.require_complete(jpeg)
        coefficients.decode(data, jpeg)
    else:
        raise SourceUnsupported(
            f"holds a JPEG of a process that TIFF does not have (SOF{jpeg.frame.sof})", "save it as a JPEG of its own"
        )


def _subsampled(sampling: Iterable[tuple[int, int]]) -> bool:
    return len(set(sampling)) > 1


def _stream(page: Page, span: Span) -> bytes:
    """The tables that all streams of the file share, and one stream, between one SOI and one EOI."""
    start, length = span
    data, tables = page.data[start : start + length], page.raw(JPEG_TABLES)
    shared = tables[2:-2] if tables[:2] == b"\xff\xd8" and tables[-2:] == bytes([0xFF, markers.EOI]) else b""
    return data[:2] + shared + data[2:]
