"""A part of a TIFF as a file of its own: one page, or some of its strips or rows of tiles.

What the page says of its picture is copied, the compressed data too. Directories that it points to are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from dicomize.source.described import damaged
from dicomize.source.tiff_directories import (
    COUNTS,
    LENGTH,
    PLANAR,
    ROWS_PER_STRIP,
    STRIPS,
    TILE_COUNTS,
    TILE_LENGTH,
    TILE_WIDTH,
    TILES,
    Page,
)

_POINTERS: Final = frozenset({330, 34665, 34853, 40965})
"""SubIFDs, Exif, GPS, Interoperability"""
_LONG, _LONG8 = 4, 16


class Band(NamedTuple):
    """Rows of a page that can be decoded by themselves: strips, or rows of tiles."""

    first: int
    Rows: int
    spans: tuple[tuple[int, int], ...]
    """offset and length of each strip or tile"""


def whole(page: Page) -> bytes:
    """A page as a file.

    Raises:
        SourceDamaged: it does not say how long its strips are.
    """
    if page.compression == 1 and not page.values(TILES) and page.value(PLANAR, 1) != 2:
        return part(page, next(_uncompressed(page, max(1, page.size[1]))))
    return part(page, Band(0, page.size[1], _spans(page)))


def _spans(page: Page) -> tuple[tuple[int, int], ...]:
    offsets, counts = page.offsets, page.counts
    if len(counts) != len(offsets):
        raise damaged("does not say how long its strips are")
    return tuple(zip(offsets, counts, strict=True))


def bands(page: Page, pixels: int) -> Iterator[Band]:
    """The page from top to bottom, in parts of about so many pixels, or as few as it is divided into.

    Raises:
        SourceDamaged: it has fewer strips or tiles than its size takes.
    """
    columns, rows = page.size
    if page.compression == 1 and not page.values(TILES) and page.value(PLANAR, 1) != 2:
        yield from _uncompressed(page, max(1, pixels // columns))
        return
    tiled = bool(page.values(TILES))
    height = page.value(TILE_LENGTH) if tiled else min(page.value(ROWS_PER_STRIP, rows), rows)
    across = -(-columns // max(1, page.value(TILE_WIDTH))) if tiled else 1
    if height < 1:
        raise damaged("has strips or tiles of no height")
    planes = page.samples if page.value(PLANAR, 1) == 2 else 1
    down, spans = -(-rows // height), _spans(page)
    if down * across * planes > len(spans):
        raise damaged(f"has {len(spans)} strips or tiles, and its size takes {down * across * planes}")
    together = max(1, pixels // (columns * height))
    for start in range(0, down, together):
        stop = min(start + together, down)
        numbers = (
            (plane * down + number) * across + place
            for plane in range(planes)
            for number in range(start, stop)
            for place in range(across)
        )
        yield Band(start * height, min(stop * height, rows) - start * height, tuple(spans[n] for n in numbers))


def _uncompressed(page: Page, together: int) -> Iterator[Band]:
    """Rows of which the file says where each byte is, however they are divided."""
    columns, rows = page.size
    length = (columns * page.bits * page.samples + 7) // 8
    per_strip = min(page.value(ROWS_PER_STRIP, rows), rows) or rows
    starts = page.offsets
    if -(-rows // per_strip) > len(starts):
        raise damaged(f"has {len(starts)} strips, and its size takes {-(-rows // per_strip)}")
    for first in range(0, rows, together):
        count, spans, row = min(together, rows - first), [], first
        while row < first + count:
            strip, inside = divmod(row, per_strip)
            some = min(per_strip - inside, first + count - row)
            if page.counts and page.counts[strip] < (inside + some) * length:
                raise damaged(f"is cut short: strip {strip + 1} has fewer bytes than its rows")
            spans.append((starts[strip] + inside * length, some * length))
            row += some
        yield Band(first, count, (_joined(page, spans)))


def _joined(page: Page, spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans that follow each other as one."""
    made: list[tuple[int, int]] = []
    for start, length in spans:
        if made and sum(made[-1]) == start:
            made[-1] = (made[-1][0], made[-1][1] + length)
        else:
            made.append((start, length))
    if any(sum(span) > len(page.data) for span in made):
        raise damaged("is cut short: a part of its picture lies behind its end")
    return tuple(made)


def part(page: Page, band: Band) -> bytes:
    """A band of a page as a file; uncompressed rows make one strip."""
    form = _Form(page, 8 if 43 in page.data[2:4] else 4)
    pieces = [page.data[start : start + length] for start, length in band.spans]
    tiled = bool(page.values(TILES))
    if page.compression == 1 and not tiled and page.value(PLANAR, 1) != 2:
        pieces = [b"".join(pieces)]
    lengths = [len(piece) for piece in pieces]
    starts = list(accumulate([form.head, *lengths]))
    values = {
        tag: _Value(entry.type, entry.number, page.raw(tag))
        for tag, entry in page.entries.items()
        if tag not in _POINTERS
    }
    values[TILES if tiled else STRIPS] = form.numbers(starts[:-1])
    values[TILE_COUNTS if tiled else COUNTS] = form.numbers(lengths)
    values[LENGTH] = form.numbers([band.Rows])
    if len(pieces) == 1 and not tiled:
        values[ROWS_PER_STRIP] = form.numbers([band.Rows])
    directory, outside = form.directory(values, starts[-1])
    return b"".join([form.header(starts[-1] + len(outside)), *pieces, outside, directory])


class _Value(NamedTuple):
    """The values of an entry."""

    type: int
    number: int
    raw: bytes


class _Form(NamedTuple):
    """How the numbers of a file are written: in the order of the page, and in words of 4 bytes, or of 8 in a BigTIFF."""

    page: Page
    word: int

    @property
    def head(self) -> int:
        """Bytes of the header."""
        return 2 * self.word

    def number(self, value: int, length: int) -> bytes:
        return value.to_bytes(length, self.page.order)

    def numbers(self, values: Sequence[int]) -> _Value:
        raw = b"".join(self.number(value, self.word) for value in values)
        return _Value(_LONG8 if self.word == 8 else _LONG, len(values), raw)

    def header(self, directory: int) -> bytes:
        mark = b"II" if self.page.order == "little" else b"MM"
        if self.word == 8:
            return mark + self.number(43, 2) + self.number(8, 2) + bytes(2) + self.number(directory, 8)
        return mark + self.number(42, 2) + self.number(directory, 4)

    def directory(self, values: Mapping[int, _Value], at: int) -> tuple[bytes, bytes]:
        """The directory, and the values that do not fit into it and begin at byte `at`."""
        outside, entries = bytearray(bytes(at % 2)), bytearray()
        for tag, value in sorted(values.items()):
            field = value.raw.ljust(self.word, b"\0")
            if len(value.raw) > self.word:
                field = self.number(at + len(outside), self.word)
                outside += value.raw + bytes(len(value.raw) % 2)
            entries += self.number(tag, 2) + self.number(value.type, 2) + self.number(value.number, self.word) + field
        count = self.number(len(values), 8 if self.word == 8 else 2)
        return count + bytes(entries) + bytes(self.word), bytes(outside)
