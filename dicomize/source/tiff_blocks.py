"""How a page of a TIFF is divided into strips or tiles, and where each of them is (TIFF 6.0, sections 3 and 15)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from dicomize.errors import SourceUnsupported
from dicomize.source.described import LARGEST_DECODED, damaged
from dicomize.source.tiff_directories import FAX, JPEG, ROWS_PER_STRIP, TILE_LENGTH, TILE_WIDTH, TILES, Page

Span = tuple[int, int]
"""offset and length"""

_AGAIN: Final = 16
"""times that all bytes of a file may be named by its strips or tiles: some programs share those of one colour"""
_ROOM: Final = 4096
"""bytes that a method of compression may add, beside making twice as much of what it cannot compress; fax eight times"""


class Blocks(NamedTuple):
    """Strips or tiles of a page, in planes where it has some."""

    tiled: bool
    Columns: int
    """of one block"""
    Rows: int
    """of one block; the last strip may have fewer"""
    across: int
    down: int
    planes: int

    @property
    def per_plane(self) -> int:
        """How many there are, or how many a plane has."""
        return self.across * self.down


def blocks_of(page: Page) -> Blocks:
    """How a page is divided.

    Raises:
        SourceDamaged: its strips or tiles have no size.
        SourceUnsupported: one tile is larger than any picture that is decoded here.
    """
    columns, rows = page.size
    planes = page.samples if page.planar else 1
    if not page.values(TILES):
        height = min(page.value(ROWS_PER_STRIP, rows), rows)
        if height < 1:
            raise damaged("has strips of no height")
        return Blocks(tiled=False, Columns=columns, Rows=height, across=1, down=-(-rows // height), planes=planes)
    width, height = page.value(TILE_WIDTH), page.value(TILE_LENGTH)
    if width < 1 or height < 1:
        raise damaged("has tiles of no size")
    if width * height > LARGEST_DECODED:
        raise SourceUnsupported(f"has tiles of {width} x {height}, which are not decoded here", "save it in strips")
    across, down = -(-columns // width), -(-rows // height)
    return Blocks(tiled=True, Columns=width, Rows=height, across=across, down=down, planes=planes)


def row_length(page: Page, columns: int) -> int:
    """Bytes of so many pixels, or of one sample of them where a page keeps samples apart."""
    return (columns * page.bits * (1 if page.planar else page.samples) + 7) // 8


def spans_of(page: Page) -> tuple[Span, ...]:
    """Where the blocks are, plane after plane, each from left to right and from the top; of what is not compressed no more than their pixels.

    Raises:
        SourceDamaged: they are too few or too short, or their lengths are not stated.
    """
    blocks = blocks_of(page)
    needed = blocks.per_plane * blocks.planes
    offsets, counts = page.offsets, page.counts
    if len(offsets) < needed:
        raise damaged(f"has {len(offsets)} strips or tiles, and its size takes {needed}")
    if page.compression != 1 and len(counts) < needed:
        raise damaged("does not say how long its strips are")
    spans = tuple(_spans(page, blocks, offsets[:needed], counts))
    if sum(length for _, length in spans) > _AGAIN * len(page.data):
        raise damaged("names the same bytes for its picture again and again")
    return spans


def _spans(page: Page, blocks: Blocks, offsets: tuple[int, ...], counts: tuple[int, ...]) -> Iterator[Span]:
    for number, offset in enumerate(offsets):
        need = rows_of(page, blocks, number) * row_length(page, blocks.Columns)
        count = counts[number] if number < len(counts) else need
        if page.compression == 1:
            if count < need:
                raise damaged(f"is cut short: {_name(blocks)} {number + 1} has {count} of {need} bytes")
            count = need
        elif not count:
            raise damaged("has a part of no length")
        elif page.compression != JPEG:
            count = min(count, (8 if page.compression in FAX else 2) * need + _ROOM)
        if offset + count > len(page.data):
            raise damaged("is cut short: a part of its picture lies behind its end")
        yield offset, count


def rows_of(page: Page, blocks: Blocks, number: int) -> int:
    """Rows of a block: all of a tile, of the last strip of a plane perhaps fewer."""
    if blocks.tiled:
        return blocks.Rows
    return min(blocks.Rows, page.size[1] - number % blocks.per_plane * blocks.Rows)


def _name(blocks: Blocks) -> str:
    return "tile" if blocks.tiled else "strip"
