"""TIFF 6.0 and BigTIFF: what a file says of its first picture, and which can be converted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dicomize.errors import SourceUnsupported
from dicomize.model import ColorModel, ExifFacts, LossyStep, Residue
from dicomize.source import exif, tiff_jpeg, tiff_parts, tiff_pixels
from dicomize.source.described import (
    LARGEST_DECODED,
    Described,
    RasterFacts,
    SourceFile,
    damaged,
    densities,
    describe_raster,
    require_side,
    require_size,
)
from dicomize.source.raster import Raster, alpha_of, is_grey
from dicomize.source.tiff_blocks import spans_of
from dicomize.source.tiff_directories import (
    BITS,
    BLACK_IS_ZERO,
    CMYK,
    COLOR_MAP,
    FORMAT,
    ICC,
    INK_SET,
    JPEG,
    ORIENTATION,
    PALETTE,
    RGB,
    STRUCTURE,
    SUBFILE,
    WHITE_IS_ZERO,
    YCBCR,
    Page,
    directories,
)
from dicomize.source.tiff_pixels import palette_of

_X_RESOLUTION, _Y_RESOLUTION = 282, 283
_NAMES: Final = {
    269: "DocumentName", 270: "ImageDescription", 271: "Make", 272: "Model", 285: "PageName", 305: "Software",
    306: "DateTime", 315: "Artist", 316: "HostComputer", 330: "SubIFDs", 700: "XMP", 33432: "Copyright", 33723: "IPTC",
    34377: "Photoshop", 34665: "Exif", 34675: "ICC profile", 34853: "GPS", 37724: "Photoshop layers",
}  # fmt: skip
_KINDS: Final = {4: "a mask", 8: "CIE L*a*b*", 9: "ICC L*a*b*", 10: "ITU L*a*b*", 32803: "a raw sensor mosaic",
                 32844: "CIE LogL", 32845: "CIE LogLuv", 34892: "raw sensor data"}  # fmt: skip
_LOSSLESS: Final = frozenset({1, 2, 3, 4, 5, 8, 32773, 32946, 34925, 50000})
"""none, CCITT, LZW, Deflate, PackBits, LZMA, Zstandard"""


def describe(file: SourceFile) -> Described:
    """The facts of the first page.

    Raises:
        SourceDamaged: a directory or a strip lies outside the file.
        SourceUnsupported: it holds what no DICOM image can, or is too large.
    """
    pages, data = directories(file.data), _upfront(file.data)
    page = directories(data)[0]
    require_side(*page.size)
    _require_readable(page)
    _require_strips(page)
    _require_parts(page)
    palette = palette_of(page) if page.photometric == PALETTE else []
    facts = RasterFacts(
        format="TIFF",
        Columns=page.size[0],
        Rows=page.size[1],
        color=_color(page, palette),
        bits=max(8, page.bits),
        frames=sum(1 for p in pages if not p.value(SUBFILE) & 1),
        exif=_exif(page),
        profile=page.raw(ICC),
        residue=tuple(_residue(page, pages)),
        lossy=LossyStep("ISO_10918_1", sum(length for _, length in spans_of(page)))
        if page.compression == JPEG
        else None,
        palette=tuple(palette),
        notes=tuple(_notes(page, pages)),
        bilevel=page.bits == 1 and page.photometric in {WHITE_IS_ZERO, BLACK_IS_ZERO},
    )
    if facts.frames == 1 and page.alpha:
        facts = facts._replace(alpha=alpha_of(pixels(data)))
    described = describe_raster(file, facts)
    if page.compression == JPEG and facts.frames == 1:
        return tiff_jpeg.embedded(file, page, described) or described
    return described


def _upfront(data: bytes) -> bytes:
    """The file, or its first picture as a file where a smaller one of the same comes before it."""
    pages = directories(data)
    first = next((page for page in pages if not page.value(SUBFILE) & 1), pages[0])
    return data if first is pages[0] else tiff_parts.whole(first)


_DESCRIPTIVE: Final = (271, 272, ORIENTATION, 305, 306)
"""Make, Model, Orientation, Software, DateTime"""


def _exif(page: Page) -> ExifFacts:
    """What the file says of itself; a BigTIFF's is brought into the form that Exif has."""
    if page.data[2:4] in {b"*\0", b"\0*"}:
        return exif.read_tiff(page.data)
    order = page.order
    found = [(tag, page.entries[tag], page.raw(tag)) for tag in _DESCRIPTIVE if tag in page.entries]
    at, table, outside = 8 + 2 + 12 * len(found) + 4, b"", b""
    for tag, entry, raw in found:
        table += b"".join((tag.to_bytes(2, order), entry.type.to_bytes(2, order), entry.number.to_bytes(4, order)))
        table += raw.ljust(4, b"\0") if len(raw) <= 4 else (at + len(outside)).to_bytes(4, order)
        outside += raw if len(raw) > 4 else b""
    head = (b"II" if order == "little" else b"MM") + (42).to_bytes(2, order) + (8).to_bytes(4, order)
    return exif.read_tiff(head + len(found).to_bytes(2, order) + table + bytes(4) + outside)


def pages(data: bytes) -> Iterator[bytes]:
    """Each page as a file of its own; smaller pictures of the same are none.

    Raises:
        SourceDamaged: a directory or a strip lies outside the file.
    """
    for page in directories(data):
        if not page.value(SUBFILE) & 1:
            _require_strips(page)
            yield tiff_parts.whole(page)


def bands(data: bytes) -> Iterator[tuple[int, Raster]]:
    """The first page from top to bottom: the number of the first row of each part, and the part; raises as `pixels`."""
    page = directories(_upfront(data))[0]
    for band in tiff_parts.bands(page, _BAND):
        yield band.first, tiff_pixels.pixels(directories(tiff_parts.part(page, band))[0])


_BAND: Final = 1 << 24
"""pixels that are decoded at a time"""


def _require_parts(page: Page) -> None:
    """A picture of any size is decoded part by part; its parts must not fill the memory."""
    columns, rows = page.size
    if columns * rows <= LARGEST_DECODED:
        return
    if page.alpha:
        _refuse("has an alpha channel, which is not looked at in so large a picture", "leave the channel out")
    for band in tiff_parts.bands(page, _BAND):
        require_size(columns, band.Rows)


def pixels(data: bytes) -> Raster:
    """All samples of the first page, black as 0; 1, 2 and 4 bits spread over 8.

    Raises:
        SourceDamaged: they cannot be decoded to their end.
        SourceUnsupported: the colours were multiplied by a 16-bit alpha.
    """
    page = directories(_upfront(data))[0]
    if page.size[0] * page.size[1] <= _BAND:
        return tiff_pixels.pixels(page)
    # in parts, since what is decoded is there several times
    parts = [part for _, part in bands(data)]
    alphas = [part.alpha for part in parts if part.alpha is not None]
    return parts[0]._replace(
        Rows=page.size[1],
        data=b"".join(part.data for part in parts),
        alpha=b"".join(alphas) if alphas else None,
    )


def _require_readable(page: Page) -> None:
    """Refuse what has no form in DICOM, or none that can be made here without a loss."""
    formats, kind = set(page.values(FORMAT)) or {1}, page.photometric
    if 3 in formats:
        _refuse("holds floating-point samples, which the DICOM images written here cannot", "convert it to 16 bits")
    if formats - {1, 4}:
        _refuse("holds signed or complex samples, which are not known here", "convert it to unsigned 16 bits")
    if kind not in {WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR}:
        _refuse(f"holds {_KINDS.get(kind, f'photometric interpretation {kind}')}, which is not known here")
    if page.compression not in _LOSSLESS | {JPEG}:
        _refuse(f"is compressed in a way that is not known here (TIFF compression {page.compression})")
    if kind == YCBCR and page.compression != JPEG:
        _refuse("holds YCbCr outside JPEG, which programs read in different ways")
    _require_samples(page)


def _require_samples(page: Page) -> None:
    bits, kind = set(page.values(BITS)) or {1}, page.photometric
    if len(bits) > 1 or not bits <= _DEPTHS.get(kind, frozenset({8})):
        _refuse(f"has {', '.join(map(str, sorted(bits)))} bits a sample, which is not known here for such a picture")
    if kind == CMYK and (page.value(INK_SET, 1) != 1 or page.samples != 4):
        _refuse("holds inks other than CMYK, which DICOM does not know")
    if page.samples < page.colors:
        raise damaged(f"states {page.samples} samples a pixel, and its colours need {page.colors}")
    if page.samples > page.colors + 1:
        _refuse(f"has {page.samples} samples a pixel, of which only {page.colors} are its colours")
    if page.reversed and (page.bits, page.samples) != (1, 1):
        _refuse("keeps the first bit of each byte last, which is known here of one bit a pixel only")
    if page.predictor not in {1, 2} or (page.predictor == 2 and page.bits not in {8, 16}):
        _refuse("went through a predictor that is not known here for such a picture", "save it without one")


_DEPTHS: Final = {
    WHITE_IS_ZERO: frozenset(range(1, 17)), BLACK_IS_ZERO: frozenset(range(1, 17)), RGB: frozenset(range(1, 17)),
    PALETTE: frozenset(range(1, 9)),
}  # fmt: skip


def _refuse(clause: str, remedy: str = "save it as PNG, or as TIFF in RGB or grey") -> None:
    raise SourceUnsupported(clause, remedy)


def _require_strips(page: Page) -> None:
    """Every strip and tile lies in the file, and uncompressed ones are long enough."""
    if not page.offsets or (page.counts and len(page.counts) != len(page.offsets)):
        raise damaged("does not say where its picture is")
    spans_of(page)


def _color(page: Page, palette: list[tuple[int, ...]]) -> ColorModel:
    if page.photometric == CMYK:
        return ColorModel.CMYK
    grey = page.photometric in {WHITE_IS_ZERO, BLACK_IS_ZERO} or (bool(palette) and is_grey(palette))
    return ColorModel.MONOCHROME if grey else ColorModel.RGB


def _residue(page: Page, pages: tuple[Page, ...]) -> Iterator[Residue]:
    for tag, entry in page.entries.items():
        if tag not in STRUCTURE:
            yield Residue(_NAMES.get(tag, f"tag {tag}"), entry.length)
    for other in pages:
        if other.value(SUBFILE) & 1 and other.offsets != page.offsets:
            yield Residue("smaller picture", sum(other.counts))


def _densities(page: Page) -> tuple[int, int]:
    """Pixels to a length, across and down (TIFF 6.0, XResolution and YResolution), with a common denominator."""
    pairs = [
        (int.from_bytes(raw[:4], page.order), int.from_bytes(raw[4:8], page.order))
        for tag in (_X_RESOLUTION, _Y_RESOLUTION)
        if len(raw := page.raw(tag)) == 8
    ]
    if len(pairs) < 2:
        return 0, 0
    (across, by), (down, as_well_by) = pairs
    return across * as_well_by, down * by


def _notes(page: Page, pages: tuple[Page, ...]) -> Iterator[str]:
    yield from densities(*_densities(page))
    if page.samples > page.colors and not page.alpha:
        yield "a channel of the TIFF that says nothing of its meaning is left out"
    smaller = sum(1 for p in pages if p.value(SUBFILE) & 1)
    if smaller:
        yield f"{smaller} smaller picture{'s' if smaller > 1 else ''} of the same in the TIFF {'are' if smaller > 1 else 'is'} left out"
    if (
        page.photometric == PALETTE
        and any(v % 257 for v in page.values(COLOR_MAP))
        and max(page.values(COLOR_MAP)) > 255
    ):
        yield "the palette of the TIFF has 16 bits a colour, of which the picture gets 8"
