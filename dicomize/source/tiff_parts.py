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
from dicomize.source.tiff_blocks import Span, blocks_of, row_length, spans_of
from dicomize.source.tiff_directories import (
    BITS,
    BLACK_IS_ZERO,
    CMYK,
    COMPRESSION,
    COUNTS,
    EXTRA,
    INK_SET,
    LENGTH,
    NUMBERS,
    PHOTOMETRIC,
    PLANAR,
    RGB,
    ROWS_PER_STRIP,
    SAMPLES,
    SIGNED,
    SIZES,
    STRIPS,
    STRUCTURE,
    TILE_COUNTS,
    TILES,
    WHOLE,
    WIDTH,
    Page,
)

Changes = Mapping[int, Sequence[int]]
"""tags that are to have other values than the page says; none: the tag is left out"""

_LEFT_OUT: Final = frozenset({STRIPS, COUNTS, TILES, TILE_COUNTS, 330, 34665, 34853, 40965})
"""where the picture is, which changes; SubIFDs, Exif, GPS, Interoperability, which are elsewhere in the file"""
_SHORT, _LONG = 3, 4
_HEADER: Final = 8
"""bytes"""
_TOLD: Final = ((4, CMYK), (3, RGB), (2, BLACK_IS_ZERO), (1, BLACK_IS_ZERO))
"""samples of a picture whose samples are bytes, and what they are told to be; the second of two is an alpha"""
_NOTHING: Final[Changes] = MappingProxyType({})


class Band(NamedTuple):
    """Rows of a page that can be decoded by themselves: strips, or rows of tiles."""

    first: int
    Rows: int
    spans: tuple[Span, ...]
    """of each strip or tile"""


def whole(page: Page, changes: Changes = _NOTHING) -> bytes:
    """A page as a file.

    Raises:
        SourceDamaged: its strips or tiles are too few or too short, or it does not say how long they are.
    """
    return part(page, Band(0, page.size[1], spans_of(page)), changes)


def picture(page: Page, changes: Changes = _NOTHING) -> bytes:
    """A page as a file without what says nothing of its picture; raises as `whole`."""
    return whole(page._replace(entries={t: e for t, e in page.entries.items() if t in STRUCTURE}), changes)


def plane(page: Page, number: int) -> bytes:
    """One sample of all pixels, of a page that keeps them apart, as a file; raises as `whole`.

    The first is what the page is, if it is of one colour. The others are grey.
    """
    count = blocks_of(page).per_plane
    kind = page.photometric if number == 0 and page.colors == 1 else BLACK_IS_ZERO
    changes = {SAMPLES: (1,), BITS: (page.bits,), PHOTOMETRIC: (kind,), PLANAR: (1,), EXTRA: (), INK_SET: ()}
    spans = spans_of(page)[number * count : (number + 1) * count]
    return part(page, Band(0, page.size[1], spans), changes)


def bands(page: Page, pixels: int) -> Iterator[Band]:
    """The page from top to bottom, in parts of about so many pixels, or as few as it is divided into; raises as `whole`."""
    blocks, spans = blocks_of(page), spans_of(page)
    columns, rows = page.size
    if page.compression == 1 and not blocks.tiled and not page.planar:
        yield from _uncompressed(page, max(1, pixels // columns))
        return
    together = max(1, pixels // (columns * blocks.Rows))
    for start in range(0, blocks.down, together):
        stop = min(start + together, blocks.down)
        numbers = (
            (plane * blocks.down + number) * blocks.across + place
            for plane in range(blocks.planes)
            for number in range(start, stop)
            for place in range(blocks.across)
        )
        first = start * blocks.Rows
        yield Band(first, min(stop * blocks.Rows, rows) - first, tuple(spans[n] for n in numbers))


def _uncompressed(page: Page, together: int) -> Iterator[Band]:
    """Rows of which the file says where each byte is, however they are divided; each part of a strip is a strip of its own."""
    (columns, rows), per_strip, spans = page.size, blocks_of(page).Rows, spans_of(page)
    length = row_length(page, columns)
    for first in range(0, rows, together):
        count, found, row = min(together, rows - first), [], first
        while row < first + count:
            strip, inside = divmod(row, per_strip)
            some = min(per_strip - inside, first + count - row)
            found.append((spans[strip][0] + inside * length, some * length))
            row += some
        yield Band(first, count, tuple(found))


def part(page: Page, band: Band, changes: Changes = _NOTHING) -> bytes:
    """A band of a page as a file; uncompressed rows make one strip."""
    pieces = [page.data[start : start + length] for start, length in band.spans]
    tiled = bool(page.values(TILES))
    if page.compression == 1 and not tiled and not page.planar:
        pieces = [b"".join(pieces)]
    one_strip = {ROWS_PER_STRIP: [band.Rows]} if len(pieces) == 1 and not tiled else {}
    values = {tag: value for tag in page.entries if tag not in _LEFT_OUT and (value := _kept(page, tag)) is not None}
    own = {LENGTH: [band.Rows], **one_strip, **changes}
    values |= {tag: _numbers(page, numbers) for tag, numbers in own.items()}
    return _file(page, values, pieces, (TILES, TILE_COUNTS) if tiled else (STRIPS, COUNTS))


def rows_of_bytes(page: Page) -> bytes:
    """What the strips or tiles of a page decompress to, as a file: a picture of 8 bits, whose samples are the bytes.

    Tiles are below each other. Raises as `whole`.
    """
    blocks, spans = blocks_of(page), spans_of(page)
    rows = blocks.per_plane * blocks.Rows if blocks.tiled else page.size[1]
    width, height = row_length(page, blocks.Columns), blocks.Rows
    if len(spans) == 1:  # whose bytes may be divided in any way
        width, height, rows = width * rows, 1, 1
    # of several samples if it can be: Pillow counts pixels, and refuses many
    samples, kind = next((n, kind) for n, kind in _TOLD if width % n == 0)
    numbers: dict[int, tuple[int, ...]] = {
        WIDTH: (width // samples,), LENGTH: (rows,), BITS: (8,) * samples, COMPRESSION: (page.compression,),
        PHOTOMETRIC: (kind,), SAMPLES: (samples,), ROWS_PER_STRIP: (height,), EXTRA: (2,) * (samples == 2),
    }  # fmt: skip
    pieces = [page.data[start : start + length] for start, length in spans]
    return _file(page, {tag: _numbers(page, each) for tag, each in numbers.items()}, pieces, (STRIPS, COUNTS))


class _Value(NamedTuple):
    """The values of an entry."""

    type: int
    number: int
    raw: bytes


def _file(page: Page, values: Mapping[int, _Value], pieces: Sequence[bytes], where: tuple[int, int]) -> bytes:
    """A TIFF of one page; `where` are the tags for offsets and lengths of the pieces."""
    lengths = [len(piece) for piece in pieces]
    starts = list(accumulate([_HEADER, *lengths]))
    told = {tag: value for tag, value in values.items() if value.number}
    told |= {where[0]: _numbers(page, starts[:-1]), where[1]: _numbers(page, lengths)}
    directory, outside = _directory(page, told, starts[-1])
    mark = (b"II" if page.order == "little" else b"MM") + (42).to_bytes(2, page.order)
    return b"".join([mark, (starts[-1] + len(outside)).to_bytes(4, page.order), *pieces, outside, directory])


def _kept(page: Page, tag: int) -> _Value | None:
    """An entry as a classic TIFF can have it, numbers in the types that every program expects; None where it cannot."""
    entry = page.entries[tag]
    if tag not in NUMBERS and (SIZES.get(entry.type, 1) < 8 or entry.type not in WHOLE | SIGNED):
        return _Value(entry.type, entry.number, page.raw(tag))
    numbers = page.values(tag)
    return _numbers(page, numbers) if tag in NUMBERS or max(numbers, default=0) < 1 << 32 else None


def _numbers(page: Page, numbers: Sequence[int]) -> _Value:
    """As shorts where they fit, as some readers want them so."""
    if max(numbers, default=0) >= 1 << 32:
        raise damaged("states numbers that no such picture has")
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
