"""A part of a TIFF as a file of its own: one page, or some of its strips or rows of tiles.

What the page says of its picture is copied, the compressed data too. Directories that it points to are not. The file is
always a classic TIFF: Pillow reads no BigTIFF of the other byte order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType
from typing import Final, NamedTuple

from dicomize.source.described import damaged
from dicomize.source.tiff_directories import (
    BITS,
    BLACK_IS_ZERO,
    COUNTS,
    EXTRA,
    INK_SET,
    LENGTH,
    PHOTOMETRIC,
    PLANAR,
    ROWS_PER_STRIP,
    SAMPLES,
    SIZES,
    STRIPS,
    TILE_COUNTS,
    TILE_LENGTH,
    TILE_WIDTH,
    TILES,
    WHOLE,
    Page,
)

_POINTERS: Final = frozenset({330, 34665, 34853, 40965})
"""SubIFDs, Exif, GPS, Interoperability"""
_SHORT, _LONG, _SLONG8 = 3, 4, 17
_HEADER: Final = 8
"""bytes"""


_NOTHING: Final[Mapping[int, Sequence[int]]] = MappingProxyType({})


class Band(NamedTuple):
    """Rows of a page that can be decoded by themselves: strips, or rows of tiles."""

    first: int
    Rows: int
    spans: tuple[tuple[int, int], ...]
    """offset and length of each strip or tile"""


def whole(page: Page, changes: Mapping[int, Sequence[int]] = _NOTHING) -> bytes:
    """A page as a file; for `changes` see `part`.

    Raises:
        SourceDamaged: it does not say how long its strips are.
    """
    return part(page, everything(page), changes)


def everything(page: Page) -> Band:
    """All rows; raises as `whole`."""
    if _rows_are_found(page):
        return next(_uncompressed(page, max(1, page.size[1])))
    return Band(0, page.size[1], _spans(page))


def _rows_are_found(page: Page) -> bool:
    """Whether the file says of each row where it is."""
    return page.compression == 1 and not page.values(TILES) and not page.planar


def plane(page: Page, number: int) -> bytes:
    """One sample of all pixels, of a page that keeps them apart, as a file: the first as what the page is if it is of one colour, the others as grey. Raises as `whole`."""
    spans = _spans(page)
    count = len(spans) // page.samples
    kind = page.photometric if number == 0 and page.colors == 1 else BLACK_IS_ZERO
    changes = {SAMPLES: (1,), BITS: (page.bits,), PHOTOMETRIC: (kind,), PLANAR: (1,), EXTRA: (), INK_SET: ()}
    return part(page, Band(0, page.size[1], spans[number * count : (number + 1) * count]), changes)


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
    if _rows_are_found(page):
        yield from _uncompressed(page, max(1, pixels // columns))
        return
    tiled = bool(page.values(TILES))
    height = page.value(TILE_LENGTH) if tiled else min(page.value(ROWS_PER_STRIP, rows), rows)
    across = -(-columns // max(1, page.value(TILE_WIDTH))) if tiled else 1
    if height < 1:
        raise damaged("has strips or tiles of no height")
    planes = page.samples if page.planar else 1
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


def part(page: Page, band: Band, changes: Mapping[int, Sequence[int]] = _NOTHING) -> bytes:
    """A band of a page as a file; uncompressed rows make one strip.

    Args:
        changes: tags that are to have other values than the page says; none: the tag is left out.
    """
    pieces = [page.data[start : start + length] for start, length in band.spans]
    tiled = bool(page.values(TILES))
    if _rows_are_found(page):
        pieces = [b"".join(pieces)]
    lengths = [len(piece) for piece in pieces]
    starts = list(accumulate([_HEADER, *lengths]))
    values = {tag: value for tag in page.entries if tag not in _POINTERS and (value := _kept(page, tag)) is not None}
    own: dict[int, Sequence[int]] = {
        TILES if tiled else STRIPS: starts[:-1], TILE_COUNTS if tiled else COUNTS: lengths, LENGTH: [band.Rows],
        **({ROWS_PER_STRIP: [band.Rows]} if len(pieces) == 1 and not tiled else {}),
        **changes,
    }  # fmt: skip
    values |= {tag: _numbers(page, numbers) for tag, numbers in own.items()}
    directory, outside = _directory(page, {tag: value for tag, value in values.items() if value.number}, starts[-1])
    mark = (b"II" if page.order == "little" else b"MM") + (42).to_bytes(2, page.order)
    return b"".join([mark, (starts[-1] + len(outside)).to_bytes(4, page.order), *pieces, outside, directory])


class _Value(NamedTuple):
    """The values of an entry."""

    type: int
    number: int
    raw: bytes


def _kept(page: Page, tag: int) -> _Value | None:
    """An entry as a classic TIFF can have it; None where it cannot."""
    entry = page.entries[tag]
    if SIZES.get(entry.type, 1) < 8 or entry.type not in WHOLE:
        return _Value(entry.type, entry.number, page.raw(tag)) if entry.type != _SLONG8 else None
    numbers = page.values(tag)
    return _numbers(page, numbers) if max(numbers, default=0) < 1 << 32 else None


def _numbers(page: Page, numbers: Sequence[int]) -> _Value:
    """As shorts where they fit, as some readers want them so."""
    kind, size = (_SHORT, 2) if max(numbers, default=0) < 1 << 16 else (_LONG, 4)
    return _Value(kind, len(numbers), b"".join(number.to_bytes(size, page.order) for number in numbers))


def _directory(page: Page, values: Mapping[int, _Value], at: int) -> tuple[bytes, bytes]:
    """The directory, and the values that do not fit into it and begin at byte `at`."""
    outside, entries = bytearray(bytes(at % 2)), bytearray()
    for tag, value in sorted(values.items()):
        field = value.raw.ljust(4, b"\0")
        if len(value.raw) > 4:
            field = (at + len(outside)).to_bytes(4, page.order)
            outside += value.raw + bytes(len(value.raw) % 2)
        entries += b"".join(
            (n.to_bytes(size, page.order) for n, size in ((tag, 2), (value.type, 2), (value.number, 4)))
        )
        entries += field
    return len(values).to_bytes(2, page.order) + bytes(entries) + bytes(4), bytes(outside)
