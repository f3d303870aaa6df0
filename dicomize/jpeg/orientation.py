"""Which orientations of a stream can be undone exactly, and what that does to its size. Nothing here touches pixels."""

from __future__ import annotations

from typing import NamedTuple

from dicomize.jpeg.markers import JpegFile

_MOST_COMPONENTS, _MOST_BLOCKS = 4, 10
"""in one scan (T.81 B.2.3)"""


class Move(NamedTuple):
    """What undoing an orientation does: rows become columns first, then the picture is mirrored."""

    transpose: bool
    left_right: bool
    top_bottom: bool


DCT_BASED = frozenset({0, 1, 2, 9, 10})
"""n of SOFn whose coefficients can be written anew: sequential and progressive, Huffman and arithmetic"""


def turned_size(rows: int, columns: int, orientation: int) -> tuple[int, int]:
    """Rows and columns of the picture once the orientation, 1..8, is undone."""
    return (columns, rows) if move_of(orientation).transpose else (rows, columns)


def can_turn(jpeg: JpegFile, orientation: int) -> bool:
    """Whether `turn` can undo the orientation, 1..8, of this stream exactly.

    It takes a DCT-based JPEG that fits one scan, and whole MCUs at the edges that are mirrored.
    """
    frame = jpeg.frame
    fits = len(frame.components) == 1 or (
        len(frame.components) <= _MOST_COMPONENTS and sum(c.h * c.v for c in frame.components) <= _MOST_BLOCKS
    )
    rows = frame.rows or jpeg.dnl_rows or 0
    if frame.sof not in DCT_BASED or not fits or rows == 0:
        return False
    move, (width, height) = move_of(orientation), frame.mcu
    across, down = frame.columns % width == 0, rows % height == 0
    if move.transpose:
        across, down = down, across
    return (across or not move.left_right) and (down or not move.top_bottom)


def move_of(orientation: int) -> Move:
    """What undoes an orientation (CIPA DC-008, 4.6.5.1.6)."""
    if orientation not in range(1, 9):
        raise ValueError(f"there is no orientation {orientation}")
    return Move(
        transpose=orientation >= 5, left_right=orientation in {2, 3, 6, 7}, top_bottom=orientation in {3, 4, 7, 8}
    )
