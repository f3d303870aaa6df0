"""Which orientations of a stream can be undone exactly, and what that does to places. Nothing here touches pixels."""

from __future__ import annotations

from typing import NamedTuple

from dicomize.jpeg.markers import JpegFile
from dicomize.model import Rectangle

_MOST_COMPONENTS, _MOST_BLOCKS = 4, 10
"""in one scan (T.81 B.2.3)"""


class Move(NamedTuple):
    """What undoing an orientation does: rows become columns first, then the picture is mirrored."""

    transpose: bool
    left_right: bool
    top_bottom: bool


class Edit(NamedTuple):
    """What is done to a picture; rectangles are made of whole MCUs of the picture as it lies (`cutting.whole`)."""

    orientation: int = 1
    """the Exif orientation that is undone, last"""
    blacken: tuple[Rectangle, ...] = ()
    keep: Rectangle | None = None
    """None: all of it"""


DCT_BASED = frozenset({0, 1, 2, 9, 10})
"""n of SOFn whose coefficients can be written anew: sequential and progressive, Huffman and arithmetic"""


def turned_size(rows: int, columns: int, orientation: int) -> tuple[int, int]:
    """Rows and columns of the picture once the orientation, 1..8, is undone."""
    return (columns, rows) if move_of(orientation).transpose else (rows, columns)


def can_turn(jpeg: JpegFile, orientation: int, part: Rectangle | None = None) -> bool:
    """Whether `turn` can undo the orientation, 1..8, of this stream, or of a part of whole MCUs, exactly.

    It takes a DCT-based JPEG that fits one scan, and whole MCUs at the edges that are mirrored.
    """
    frame = jpeg.frame
    fits = len(frame.components) == 1 or (
        len(frame.components) <= _MOST_COMPONENTS and sum(c.h * c.v for c in frame.components) <= _MOST_BLOCKS
    )
    rows = frame.rows or jpeg.dnl_rows or 0
    if frame.sof not in DCT_BASED or not fits or rows == 0:
        return False
    size = (part.width, part.height) if part else (frame.columns, rows)
    across, down = (pixels % mcu == 0 for pixels, mcu in zip(size, frame.mcu, strict=True))
    mirrored = mirrored_edges(orientation)
    return (across or not mirrored[0]) and (down or not mirrored[1])


def mirrored_edges(orientation: int) -> tuple[bool, bool]:
    """Whether the right and the bottom edge of the picture as it lies come to lie left or above."""
    move = move_of(orientation)
    return (move.top_bottom, move.left_right) if move.transpose else (move.left_right, move.top_bottom)


def combined(first: int, then: int) -> int:
    """The one orientation that undoes two, one after the other."""
    a, b = move_of(first), move_of(then)
    across, down = (a.top_bottom, a.left_right) if b.transpose else (a.left_right, a.top_bottom)
    both = Move(a.transpose != b.transpose, across != b.left_right, down != b.top_bottom)
    return next(o for o in range(1, 9) if move_of(o) == both)


def as_it_lies(part: Rectangle, rows: int, columns: int, orientation: int) -> Rectangle:
    """Where a part of the picture with the orientation undone is before.

    Args:
        rows, columns: of the picture before.
    """
    move = move_of(orientation)
    down, across = turned_size(rows, columns, orientation)
    x = across - part.right if move.left_right else part.x
    y = down - part.bottom if move.top_bottom else part.y
    if move.transpose:
        return Rectangle(y, x, part.height, part.width)
    return Rectangle(x, y, part.width, part.height)


def as_looked_at(part: Rectangle, rows: int, columns: int, orientation: int) -> Rectangle:
    """Where a part of the picture is once the orientation is undone.

    Args:
        rows, columns: of the picture before.
    """
    undone = turned_size(rows, columns, orientation)
    # turning back by the opposite orientation: 6 and 8 undo each other, the others themselves
    return as_it_lies(part, *undone, {6: 8, 8: 6}.get(orientation, orientation))


def move_of(orientation: int) -> Move:
    """What undoes an orientation (CIPA DC-008, 4.6.5.1.6)."""
    if orientation not in range(1, 9):
        raise ValueError(f"there is no orientation {orientation}")
    return Move(
        transpose=orientation >= 5, left_right=orientation in {2, 3, 6, 7}, top_bottom=orientation in {3, 4, 7, 8}
    )
