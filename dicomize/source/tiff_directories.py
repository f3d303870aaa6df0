"""The directories of a TIFF or BigTIFF file: what each says of its picture, and where its parts are (TIFF 6.0, section 2)."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from dicomize.source.described import damaged

SUBFILE, WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
STRIPS, SAMPLES, ROWS_PER_STRIP, COUNTS, PLANAR, COLOR_MAP, FORMAT = 273, 277, 278, 279, 284, 320, 339
TILE_WIDTH, TILE_LENGTH, TILES, TILE_COUNTS, INK_SET, EXTRA, ICC = 322, 323, 324, 325, 332, 338, 34675
FILL_ORDER, PREDICTOR, JPEG_TABLES = 266, 317, 347
ORIENTATION: Final = 274
JPEG: Final = 7
FAX: Final = frozenset({2, 3, 4})
"""values of Compression"""
STRUCTURE: Final = frozenset({
    254, 255, 256, 257, 258, 259, 262, 263, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 292, 293, 296, 317,
    318, 319, 320, 322, 323, 324, 325, 332, 334, 338, 339, 340, 341, 347, 529, 530, 531, 532,
})  # fmt: skip
"""tags without which the picture cannot be read, and a few numbers that say nothing of anybody"""
SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""type -> bytes of one value"""
WHOLE: Final = frozenset({1, 3, 4, 13, 16, 18})
"""types that are unsigned whole numbers"""
SIGNED: Final = frozenset({6, 8, 9, 17})
"""types that are whole numbers, too, and stand in files in place of unsigned ones"""
NUMBERS: Final = frozenset({
    254, 255, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 324, 325, 332, 338,
    339, 530,
})  # fmt: skip
"""tags without whose values the picture would be another one"""
_MOST_VALUES: Final = 1 << 24
_MOST_PAGES: Final = 65536
_PREDICTED: Final = frozenset({5, 8, 32946, 34925, 50000})
"""LZW, Deflate, LZMA, Zstandard: the others know no predictor"""
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6

Order = Literal["big", "little"]


class Entry(NamedTuple):
    """One entry of a directory: its type, how many values, and where they are."""

    type: int
    number: int
    start: int
    length: int


class Page(NamedTuple):
    """One directory of a file."""

    data: bytes
    order: Order
    entries: dict[int, Entry]

    def values(self, tag: int) -> tuple[int, ...]:
        """Unsigned whole numbers; none where the tag is absent or of another type."""
        entry = self.entries.get(tag)
        if entry is None or entry.type not in WHOLE | SIGNED:
            return ()
        size, raw = SIZES[entry.type], self.raw(tag)
        return tuple(int.from_bytes(raw[at : at + size], self.order) for at in range(0, len(raw), size))

    def value(self, tag: int, default: int = 0) -> int:
        return next(iter(self.values(tag)), default)

    def raw(self, tag: int) -> bytes:
        entry = self.entries.get(tag)
        return self.data[entry.start : entry.start + entry.length] if entry else b""

    @property
    def size(self) -> tuple[int, int]:
        return self.value(WIDTH), self.value(LENGTH)

    @property
    def samples(self) -> int:
        return self.value(SAMPLES, 1)

    @property
    def bits(self) -> int:
        return self.value(BITS, 1)

    @property
    def photometric(self) -> int:
        return self.value(PHOTOMETRIC, -1)

    @property
    def compression(self) -> int:
        return self.value(COMPRESSION, 1)

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where each strip or tile begins."""
        return self.values(TILES) or self.values(STRIPS)

    @property
    def counts(self) -> tuple[int, ...]:
        """Bytes of each strip or tile; none where the file does not say."""
        return self.values(TILE_COUNTS) or self.values(COUNTS)

    @property
    def colors(self) -> int:
        """Samples that are colours; the others are extra."""
        return {RGB: 3, YCBCR: 3, CMYK: 4}.get(self.photometric, 1)

    @property
    def planar(self) -> bool:
        """Whether each sample of the pixels has strips of its own."""
        return self.value(PLANAR, 1) == 2 and self.samples > 1

    @property
    def reversed(self) -> bool:
        """Whether the first of the bits of a byte is the lowest; what is no fill order counts as none."""
        return self.value(FILL_ORDER, 1) == 2

    @property
    def predictor(self) -> int:
        """2: each sample is stored as what it is more than the one before it (TIFF 6.0, section 14)."""
        return self.value(PREDICTOR, 1) if self.compression in _PREDICTED else 1

    @property
    def alpha(self) -> int:
        """1: the colours are multiplied by it; 2: they are not; 0: there is none."""
        if self.samples <= self.colors:
            return 0
        return next((kind for kind in self.values(EXTRA)[:1] if kind in {1, 2}), 0)


def directories(data: bytes) -> tuple[Page, ...]:
    """All pages, smaller pictures of the same included.

    Raises:
        SourceDamaged: a directory lies outside the file, or there is none.
    """
    order: Order = "little" if data[:2] == b"II" else "big"
    big = 43 in data[2:4]
    at = int.from_bytes(data[8:16] if big else data[4:8], order)
    pages: list[Page] = []
    seen: set[int] = set()
    room = len(data)
    while at and at not in seen and len(pages) < _MOST_PAGES:
        seen.add(at)
        page, length, at = _directory(data, order, at, big=big)
        room -= length
        if room < 0:
            raise damaged("has directories that lie over each other")
        pages.append(page)
    if not pages:
        raise damaged("holds no picture")
    return tuple(pages)


def _directory(data: bytes, order: Order, at: int, *, big: bool) -> tuple[Page, int, int]:
    """A directory, its length, and where the next one is; entries that lie outside the file are left out."""
    head, step, word = (8, 20, 8) if big else (2, 12, 4)
    count = int.from_bytes(data[at : at + head], order)
    end = at + head + step * count
    if end > len(data):
        raise damaged(f"has a directory of {count} entries at byte {at}, which runs past its end")
    entries: dict[int, Entry] = {}
    for entry in range(at + head, end, step):
        tag, kind = (int.from_bytes(data[entry + n : entry + n + 2], order) for n in (0, 2))
        number = int.from_bytes(data[entry + 4 : entry + 4 + word], order)
        length = number * SIZES.get(kind, 1)
        start = entry + 4 + word
        if length > word:
            start = int.from_bytes(data[start : start + word], order)
        if start + length <= len(data) and number <= _MOST_VALUES * (1 if kind in WHOLE else 256):
            entries.setdefault(tag, Entry(kind, number, start, length))
        elif tag in STRUCTURE:
            raise damaged(f"keeps the values of its tag {tag} outside the file")
    page = Page(data, order, {tag: entry for tag, entry in entries.items() if entry.number or tag != EXTRA})
    _require_numbers(page)
    return page, end - at, int.from_bytes(data[end : end + word], order)


def _require_numbers(page: Page) -> None:
    for tag in NUMBERS & page.entries.keys():
        kind, values = page.entries[tag].type, page.values(tag)
        top = 8 * SIZES.get(kind, 1) - 1
        if not values or (kind in SIGNED and any(value >> top for value in values)):
            raise damaged(f"states its tag {tag} otherwise than as a number")
