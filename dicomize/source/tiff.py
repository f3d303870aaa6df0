"""TIFF 6.0 and BigTIFF: directories by our own walk, pixels by Pillow and the libtiff in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dicomize.errors import SourceUnsupported
from dicomize.model import Alpha, ColorModel, ExifFacts, LossyStep, Residue
from dicomize.source import exif, tiff_jpeg, tiff_parts
from dicomize.source.described import (
    LARGEST_DECODED,
    Described,
    RasterFacts,
    SourceFile,
    damaged,
    describe_raster,
    require_side,
    require_size,
)
from dicomize.source.mapped import forget
from dicomize.source.raster import Raster, alpha_of, expanded, interleaved, is_grey
from dicomize.source.tiff_directories import (
    BITS,
    BLACK_IS_ZERO,
    CMYK,
    COLOR_MAP,
    FORMAT,
    ICC,
    INK_SET,
    ORIENTATION,
    PALETTE,
    PHOTOMETRIC,
    PLANAR,
    RGB,
    SIZES,
    STRUCTURE,
    SUBFILE,
    WHITE_IS_ZERO,
    YCBCR,
    Page,
    directories,
)

_NAMES: Final = {
    269: "DocumentName", 270: "ImageDescription", 271: "Make", 272: "Model", 285: "PageName", 305: "Software",
    306: "DateTime", 315: "Artist", 316: "HostComputer", 330: "SubIFDs", 700: "XMP", 33432: "Copyright", 33723: "IPTC",
    34377: "Photoshop", 34665: "Exif", 34675: "ICC profile", 34853: "GPS", 37724: "Photoshop layers",
}  # fmt: skip
_KINDS: Final = {4: "a mask", 8: "CIE L*a*b*", 9: "ICC L*a*b*", 10: "ITU L*a*b*", 32803: "a raw sensor mosaic",
                 32844: "CIE LogL", 32845: "CIE LogLuv", 34892: "raw sensor data"}  # fmt: skip
_JPEG: Final = 7
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
    palette = _palette(page) if page.photometric == PALETTE else []
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
        lossy=LossyStep("ISO_10918_1", sum(page.counts)) if page.compression == _JPEG else None,
        palette=tuple(palette),
        notes=tuple(_notes(page, pages)),
        bilevel=page.bits == 1 and page.photometric in {WHITE_IS_ZERO, BLACK_IS_ZERO},
    )
    if facts.frames == 1 and page.alpha:
        facts = facts._replace(alpha=alpha_of(pixels(data)))
    described = describe_raster(file, facts)
    if page.compression == _JPEG and facts.frames == 1:
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
        yield band.first, pixels(tiff_parts.part(page, band))
        forget(data)


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
    columns, rows = page.size
    if page.compression == _JPEG:
        tiff_jpeg.verify(page)
    if page.photometric == PALETTE:
        return _indexed(page)
    if page.colors == 1:
        return _grey(page)
    samples, channels = _colors(page)
    width = 2 if page.bits > 8 else 1
    bits = 8 * width
    expected = columns * rows * channels * width
    if len(samples) != expected:
        raise damaged(f"decodes to {len(samples)} bytes, not the {expected} that it states")
    if channels == page.colors:
        return Raster(columns, rows, channels, bits, samples, profile=page.raw(ICC))
    planes = tuple(samples[at :: channels * width] for at in range(channels * width))
    cut = page.colors * width
    color, alpha = interleaved(planes[:cut]), interleaved(planes[cut : cut + width])
    raster = Raster(columns, rows, page.colors, bits, color, alpha if page.alpha else None, page.raw(ICC))
    if bits == 16 and page.alpha == 1 and alpha_of(raster) is Alpha.TRANSPARENT:
        _refuse("is transparent by a 16-bit alpha that its colours were multiplied by, which is not known here")
    return raster


def _require_readable(page: Page) -> None:
    """Refuse what has no form in DICOM, or none that can be made here without a loss."""
    formats, kind = set(page.values(FORMAT)) or {1}, page.photometric
    if 3 in formats:
        _refuse("holds floating-point samples, which the DICOM images written here cannot", "convert it to 16 bits")
    if formats - {1, 4}:
        _refuse("holds signed or complex samples, which are not known here", "convert it to unsigned 16 bits")
    if kind not in {WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR}:
        _refuse(f"holds {_KINDS.get(kind, f'photometric interpretation {kind}')}, which is not known here")
    if page.compression not in _LOSSLESS | {_JPEG}:
        _refuse(f"is compressed in a way that is not known here (TIFF compression {page.compression})")
    if kind == YCBCR and page.compression != _JPEG:
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
    if page.value(PLANAR, 1) == 2 and page.samples > 1 and page.bits > 8:
        _refuse("keeps 16-bit colours in separate planes, which is not known here")


_DEPTHS: Final = {
    WHITE_IS_ZERO: frozenset({1, 2, 4, 8, 16}), BLACK_IS_ZERO: frozenset({1, 2, 4, 8, 12, 16}),
    RGB: frozenset({8, 16}), PALETTE: frozenset({1, 2, 4, 8}),
}  # fmt: skip


def _refuse(clause: str, remedy: str = "save it as PNG, or as TIFF in RGB or grey") -> None:
    raise SourceUnsupported(clause, remedy)


def _require_strips(page: Page) -> None:
    """Every strip and tile lies in the file, and uncompressed ones are long enough."""
    offsets, counts = page.offsets, page.counts
    if not offsets or (counts and len(counts) != len(offsets)):
        raise damaged("does not say where its picture is")
    if counts and not all(counts):
        raise damaged("has a part of no length")
    if page.compression != 1 and not counts:
        raise damaged("does not say how long its strips are")
    if any(at + length > len(page.data) for at, length in zip(offsets, counts or (0,) * len(offsets), strict=True)):
        raise damaged("is cut short: a part of its picture lies behind its end")
    columns, rows = page.size
    need = rows * ((columns * page.bits * page.samples + 7) // 8)
    if page.compression == 1 and counts and sum(counts) < need:
        raise damaged(f"is cut short: {sum(counts)} of {need} bytes of its picture are there")


def _color(page: Page, palette: list[tuple[int, ...]]) -> ColorModel:
    if page.photometric == CMYK:
        return ColorModel.CMYK
    grey = page.photometric in {WHITE_IS_ZERO, BLACK_IS_ZERO} or (bool(palette) and is_grey(palette))
    return ColorModel.MONOCHROME if grey else ColorModel.RGB


def _palette(page: Page) -> list[tuple[int, ...]]:
    """The colour map: all reds, all greens, all blues, of 16 bits each; some writers give 8."""
    values, count = page.values(COLOR_MAP), 1 << page.bits
    if len(values) != 3 * count:
        raise damaged("has a colour map of the wrong length")
    # white is 65535 by the standard, and 65280 by those who only shift
    top = 255 if max(values) < 256 else 65280 if not any(v % 256 for v in values) else 65535
    eight = [(2 * v * 255 + top) // (2 * top) for v in values]
    return list(zip(eight[:count], eight[count : 2 * count], eight[2 * count :], strict=True))


def _residue(page: Page, pages: tuple[Page, ...]) -> Iterator[Residue]:
    for tag, entry in page.entries.items():
        if tag not in STRUCTURE:
            yield Residue(_NAMES.get(tag, f"tag {tag}"), entry.length)
    for other in pages:
        if other.value(SUBFILE) & 1 and other.offsets != page.offsets:
            yield Residue("smaller picture", sum(other.counts))


def _notes(page: Page, pages: tuple[Page, ...]) -> Iterator[str]:
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


# ---------------------------------------------------------------- pixels


def _plain(page: Page, photometric: int | None = None) -> bytes:
    """The file without its orientation, since Pillow turns the picture by itself; as of another interpretation."""
    values = {tag: value for tag, value in ((ORIENTATION, 1), (PHOTOMETRIC, photometric)) if value is not None}
    data = page.data
    for tag, value in values.items():
        entry = page.entries.get(tag)
        if entry is not None and page.value(tag) != value:
            size = SIZES.get(entry.type, 1)
            data = data[: entry.start] + value.to_bytes(size, page.order) + data[entry.start + size :]
    return data


def _grey(page: Page) -> Raster:
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    fax = page.compression in {2, 3, 4}
    inverted = page.photometric == WHITE_IS_ZERO
    image = pillow.loaded(_plain(page, BLACK_IS_ZERO if inverted and not fax else None), "TIFF")
    columns, rows = page.size
    alpha = None
    if image.mode == "1":
        samples = image.convert("L").tobytes()
    elif image.mode in {"LA", "La"}:
        pairs = image.tobytes()
        samples, alpha = pairs[0::2], pairs[1::2]
    else:
        samples = image.tobytes()
    if image.mode == "I;16B":
        samples = interleaved((samples[1::2], samples[0::2]))
    if image.mode not in {"1", "L", "LA", "La", "I;16", "I;16B"} or len(samples) != columns * rows * (
        1 + (page.bits > 8)
    ):
        raise damaged("does not decode to the grey picture that it states")
    if inverted and not fax:
        samples = samples.translate(bytes(range(255, -1, -1)))
    return Raster(columns, rows, 1, max(8, page.bits), samples, alpha if page.alpha else None)


def _indexed(page: Page) -> Raster:
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    columns, rows = page.size
    image = pillow.loaded(_plain(page), "TIFF")
    indices, palette = image.tobytes(), _palette(page)
    if image.mode not in {"P", "PA"} or len(indices) != columns * rows * len(image.getbands()):
        raise damaged("does not decode to the palette picture that it states")
    alpha = indices[1::2] if image.mode == "PA" and page.alpha else None
    samples, colored = expanded(indices[:: len(image.getbands())], palette)
    return Raster(columns, rows, 3 if colored else 1, 8, samples, alpha)


def _colors(page: Page) -> tuple[bytes, int]:
    """Interleaved samples, and how many a pixel has."""
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    if page.bits == 16:
        data = pillow.deep(_plain(page), "TIFF")
        return data, len(data) // (2 * page.size[0] * page.size[1])
    image = pillow.loaded(_plain(page), "TIFF")
    return image.tobytes(), len(image.getbands())
