"""TIFF 6.0 and BigTIFF: directories by our own walk, pixels by Pillow and the libtiff in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from dicomize.errors import SourceUnsupported
from dicomize.model import Alpha, ColorModel, ExifFacts, LossyStep, Residue
from dicomize.source import exif, icc
from dicomize.source.described import Described, RasterFacts, SourceFile, damaged, describe_raster, require_size
from dicomize.source.raster import Raster, alpha_of, expanded, interleaved, is_grey

_SUBFILE, _WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_STRIPS, _SAMPLES, _COUNTS, _PLANAR, _COLOR_MAP, _FORMAT = 273, 277, 279, 284, 320, 339
_TILES, _TILE_COUNTS, _INK_SET, _EXTRA, _ICC = 324, 325, 332, 338, 34675
_STRUCTURE: Final = frozenset({
    254, 255, 256, 257, 258, 259, 262, 263, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 292, 293, 296, 317,
    318, 319, 320, 322, 323, 324, 325, 332, 334, 338, 339, 340, 341, 347, 529, 530, 531, 532,
})  # fmt: skip
"""tags without which the picture cannot be read, and a few numbers that say nothing of anybody"""
_NAMES: Final = {
    269: "DocumentName", 270: "ImageDescription", 271: "Make", 272: "Model", 285: "PageName", 305: "Software",
    306: "DateTime", 315: "Artist", 316: "HostComputer", 330: "SubIFDs", 700: "XMP", 33432: "Copyright", 33723: "IPTC",
    34377: "Photoshop", 34665: "Exif", 34675: "ICC profile", 34853: "GPS", 37724: "Photoshop layers",
}  # fmt: skip
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_WHOLE: Final = frozenset({1, 3, 4, 13, 16, 18})
"""types that are unsigned whole numbers"""
_MOST_VALUES: Final = 1 << 24
_MOST_PAGES: Final = 65536

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_KINDS: Final = {4: "a mask", 8: "CIE L*a*b*", 9: "ICC L*a*b*", 10: "ITU L*a*b*", 32803: "a raw sensor mosaic",
                 32844: "CIE LogL", 32845: "CIE LogLuv", 34892: "raw sensor data"}  # fmt: skip
_JPEG: Final = 7
_LOSSLESS: Final = frozenset({1, 2, 3, 4, 5, 8, 32773, 32946, 34925, 50000})
"""none, CCITT, LZW, Deflate, PackBits, LZMA, Zstandard"""

_Order = Literal["big", "little"]


class _Entry(NamedTuple):
    """One entry of a directory: its type, how many values, and where they are."""

    type: int
    number: int
    start: int
    length: int


class _Page(NamedTuple):
    """One directory of a file."""

    data: bytes
    order: _Order
    entries: dict[int, _Entry]

    def values(self, tag: int) -> tuple[int, ...]:
        """Unsigned whole numbers; none where the tag is absent or of another type."""
        entry = self.entries.get(tag)
        if entry is None or entry.type not in _WHOLE:
            return ()
        size = _SIZES[entry.type]
        return tuple(
            int.from_bytes(self.data[at : at + size], self.order)
            for at in range(entry.start, entry.start + entry.length, size)
        )

    def value(self, tag: int, default: int = 0) -> int:
        return next(iter(self.values(tag)), default)

    def raw(self, tag: int) -> bytes:
        entry = self.entries.get(tag)
        return self.data[entry.start : entry.start + entry.length] if entry else b""

    @property
    def size(self) -> tuple[int, int]:
        return self.value(_WIDTH), self.value(_LENGTH)

    @property
    def samples(self) -> int:
        return self.value(_SAMPLES, 1)

    @property
    def bits(self) -> int:
        return self.value(_BITS, 1)

    @property
    def photometric(self) -> int:
        return self.value(_PHOTOMETRIC, -1)

    @property
    def compression(self) -> int:
        return self.value(_COMPRESSION, 1)

    @property
    def colors(self) -> int:
        """Samples that are colours; the others are extra."""
        return {_RGB: 3, _YCBCR: 3, _CMYK: 4}.get(self.photometric, 1)

    @property
    def alpha(self) -> int:
        """1: the colours are multiplied by it; 2: they are not; 0: there is none."""
        return next((kind for kind in self.values(_EXTRA)[:1] if kind in {1, 2}), 0)


def describe(file: SourceFile) -> Described:
    """The facts of the first page.

    Raises:
        SourceDamaged: a directory or a strip lies outside the file.
        SourceUnsupported: it holds what no DICOM image can, or is too large.
    """
    data = file.data
    pages = _pages(data)
    page = pages[0]
    require_size(*page.size)
    _require_readable(page)
    _require_strips(page)
    palette = _palette(page) if page.photometric == _PALETTE else []
    profile = page.raw(_ICC)
    facts = RasterFacts(
        format="TIFF",
        Columns=page.size[0],
        Rows=page.size[1],
        color=_color(page, palette),
        bits=max(8, page.bits),
        frames=sum(1 for p in pages if not p.value(_SUBFILE) & 1),
        exif=exif.read_tiff(data) if data[2:4] in {b"*\0", b"\0*"} else ExifFacts(),
        icc=icc.description(profile) if profile else "",
        residue=tuple(_residue(pages)),
        lossy=LossyStep("ISO_10918_1", sum(_counts(page))) if page.compression == _JPEG else None,
        palette=len(palette),
        notes=tuple(_notes(page, pages)),
    )
    if facts.frames == 1 and page.alpha:
        facts = facts._replace(alpha=alpha_of(pixels(data)))
    return describe_raster(file, facts)


def pixels(data: bytes) -> Raster:
    """All samples of the first page, black as 0; 1, 2 and 4 bits spread over 8.

    Raises:
        SourceDamaged: they cannot be decoded to their end.
        SourceUnsupported: the colours were multiplied by a 16-bit alpha.
    """
    page = _pages(data)[0]
    columns, rows = page.size
    if page.photometric == _PALETTE:
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
        return Raster(columns, rows, channels, bits, samples, profile=page.raw(_ICC))
    planes = tuple(samples[at :: channels * width] for at in range(channels * width))
    cut = page.colors * width
    color, alpha = interleaved(planes[:cut]), interleaved(planes[cut : cut + width])
    raster = Raster(columns, rows, page.colors, bits, color, alpha if page.alpha else None, page.raw(_ICC))
    if bits == 16 and page.alpha == 1 and alpha_of(raster) is Alpha.TRANSPARENT:
        _refuse("is transparent by a 16-bit alpha that its colours were multiplied by, which is not known here")
    return raster


# ---------------------------------------------------------------- directories


def _pages(data: bytes) -> tuple[_Page, ...]:
    order: _Order = "little" if data[:2] == b"II" else "big"
    big = 43 in data[2:4]
    at = int.from_bytes(data[8:16] if big else data[4:8], order)
    pages: list[_Page] = []
    seen: set[int] = set()
    while at and at not in seen and len(pages) < _MOST_PAGES:
        seen.add(at)
        page, at = _directory(data, order, at, big=big)
        pages.append(page)
    if not pages:
        raise damaged("holds no picture")
    return tuple(pages)


def _directory(data: bytes, order: _Order, at: int, *, big: bool) -> tuple[_Page, int]:
    """A directory, and where the next one is; entries that lie outside the file are left out."""
    head, step, word = (8, 20, 8) if big else (2, 12, 4)
    count = int.from_bytes(data[at : at + head], order)
    end = at + head + step * count
    if end > len(data):
        raise damaged(f"has a directory of {count} entries at byte {at}, which runs past its end")
    entries: dict[int, _Entry] = {}
    for entry in range(at + head, end, step):
        tag, kind = (int.from_bytes(data[entry + n : entry + n + 2], order) for n in (0, 2))
        number = int.from_bytes(data[entry + 4 : entry + 4 + word], order)
        length = number * _SIZES.get(kind, 1)
        start = entry + 4 + word
        if length > word:
            start = int.from_bytes(data[start : start + word], order)
        if start + length <= len(data) and number <= _MOST_VALUES * (1 if kind in _WHOLE else 256):
            entries.setdefault(tag, _Entry(kind, number, start, length))
        elif tag in _STRUCTURE:
            raise damaged(f"keeps the values of its tag {tag} outside the file")
    return _Page(data, order, entries), int.from_bytes(data[end : end + word], order)


def _require_readable(page: _Page) -> None:
    """Refuse what has no form in DICOM, or none that can be made here without a loss."""
    formats, kind = set(page.values(_FORMAT)) or {1}, page.photometric
    if 3 in formats:
        _refuse("holds floating-point samples, which the DICOM images written here cannot", "convert it to 16 bits")
    if formats - {1, 4}:
        _refuse("holds signed or complex samples, which are not known here", "convert it to unsigned 16 bits")
    if kind not in {_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR}:
        _refuse(f"holds {_KINDS.get(kind, f'photometric interpretation {kind}')}, which is not known here")
    if page.compression not in _LOSSLESS | {_JPEG}:
        _refuse(f"is compressed in a way that is not known here (TIFF compression {page.compression})")
    if kind == _YCBCR and page.compression != _JPEG:
        _refuse("holds YCbCr outside JPEG, which programs read in different ways")
    _require_samples(page)


def _require_samples(page: _Page) -> None:
    bits, kind = set(page.values(_BITS)) or {1}, page.photometric
    if len(bits) > 1 or not bits <= _DEPTHS.get(kind, frozenset({8})):
        _refuse(f"has {', '.join(map(str, sorted(bits)))} bits a sample, which is not known here for such a picture")
    if kind == _CMYK and (page.value(_INK_SET, 1) != 1 or page.samples != 4):
        _refuse("holds inks other than CMYK, which DICOM does not know")
    if page.samples < page.colors:
        raise damaged(f"states {page.samples} samples a pixel, and its colours need {page.colors}")
    if page.samples > page.colors + 1:
        _refuse(f"has {page.samples} samples a pixel, of which only {page.colors} are its colours")
    if page.value(_PLANAR, 1) == 2 and page.samples > 1 and page.bits > 8:
        _refuse("keeps 16-bit colours in separate planes, which is not known here")


_DEPTHS: Final = {
    _WHITE_IS_ZERO: frozenset({1, 2, 4, 8, 16}), _BLACK_IS_ZERO: frozenset({1, 2, 4, 8, 12, 16}),
    _RGB: frozenset({8, 16}), _PALETTE: frozenset({1, 2, 4, 8}),
}  # fmt: skip


def _refuse(clause: str, remedy: str = "save it as PNG, or as TIFF in RGB or grey") -> None:
    raise SourceUnsupported(clause, remedy)


def _counts(page: _Page) -> tuple[int, ...]:
    return page.values(_TILE_COUNTS) or page.values(_COUNTS)


def _require_strips(page: _Page) -> None:
    """Every strip and tile lies in the file, and uncompressed ones are long enough."""
    offsets, counts = page.values(_TILES) or page.values(_STRIPS), _counts(page)
    if not offsets or (counts and len(counts) != len(offsets)):
        raise damaged("does not say where its picture is")
    if any(at + length > len(page.data) for at, length in zip(offsets, counts or (0,) * len(offsets), strict=True)):
        raise damaged("is cut short: a part of its picture lies behind its end")
    columns, rows = page.size
    need = rows * ((columns * page.bits * page.samples + 7) // 8)
    if page.compression == 1 and counts and sum(counts) < need:
        raise damaged(f"is cut short: {sum(counts)} of {need} bytes of its picture are there")


def _color(page: _Page, palette: list[tuple[int, ...]]) -> ColorModel:
    if page.photometric == _CMYK:
        return ColorModel.CMYK
    grey = page.photometric in {_WHITE_IS_ZERO, _BLACK_IS_ZERO} or (bool(palette) and is_grey(palette))
    return ColorModel.MONOCHROME if grey else ColorModel.RGB


def _palette(page: _Page) -> list[tuple[int, ...]]:
    """The colour map: all reds, all greens, all blues, of 16 bits each; some writers give 8."""
    values, count = page.values(_COLOR_MAP), 1 << page.bits
    if len(values) != 3 * count:
        raise damaged("has a colour map of the wrong length")
    top = 255 if max(values) < 256 else 65535
    eight = [(2 * v * 255 + top) // (2 * top) for v in values]
    return list(zip(eight[:count], eight[count : 2 * count], eight[2 * count :], strict=True))


def _residue(pages: tuple[_Page, ...]) -> Iterator[Residue]:
    for tag, entry in pages[0].entries.items():
        if tag not in _STRUCTURE:
            yield Residue(_NAMES.get(tag, f"tag {tag}"), entry.length)
    for page in pages[1:]:
        if page.value(_SUBFILE) & 1:
            yield Residue("smaller picture", sum(_counts(page)))


def _notes(page: _Page, pages: tuple[_Page, ...]) -> Iterator[str]:
    if page.samples > page.colors and not page.alpha:
        yield "a channel of the TIFF that says nothing of its meaning is left out"
    smaller = sum(1 for p in pages if p.value(_SUBFILE) & 1)
    if smaller:
        yield f"{smaller} smaller picture{'s' if smaller > 1 else ''} of the same in the TIFF {'are' if smaller > 1 else 'is'} left out"
    if (
        page.photometric == _PALETTE
        and any(v % 257 for v in page.values(_COLOR_MAP))
        and max(page.values(_COLOR_MAP)) > 255
    ):
        yield "the palette of the TIFF has 16 bits a colour, of which the picture gets 8"


# ---------------------------------------------------------------- pixels


def _plain(page: _Page) -> bytes:
    """The file with 0 as black, since Pillow turns some depths over and others not."""
    entry = page.entries[_PHOTOMETRIC]
    value = _BLACK_IS_ZERO.to_bytes(_SIZES[entry.type], page.order)
    return page.data[: entry.start] + value + page.data[entry.start + len(value) :]


def _grey(page: _Page) -> Raster:
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    fax = page.compression in {2, 3, 4}
    inverted = page.photometric == _WHITE_IS_ZERO
    image = pillow.loaded(_plain(page) if inverted and not fax else page.data, "TIFF")
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


def _indexed(page: _Page) -> Raster:
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    columns, rows = page.size
    image = pillow.loaded(page.data, "TIFF")
    indices, palette = image.tobytes(), _palette(page)
    if image.mode not in {"P", "PA"} or len(indices) != columns * rows * len(image.getbands()):
        raise damaged("does not decode to the palette picture that it states")
    alpha = indices[1::2] if image.mode == "PA" and page.alpha else None
    samples, colored = expanded(indices[:: len(image.getbands())], palette)
    return Raster(columns, rows, 3 if colored else 1, 8, samples, alpha)


def _colors(page: _Page) -> tuple[bytes, int]:
    """Interleaved samples, and how many a pixel has."""
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    if page.bits == 16:
        data = pillow.deep(page.data, "TIFF")
        return data, len(data) // (2 * page.size[0] * page.size[1])
    image = pillow.loaded(page.data, "TIFF")
    return image.tobytes(), len(image.getbands())
