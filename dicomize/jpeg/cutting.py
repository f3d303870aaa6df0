"""Parts of a JPEG taken out or blackened among its DCT coefficients: what stays keeps them, what goes leaves nothing.

A part is made of whole MCUs, as an MCU is the smallest thing that every component has a whole number of blocks for.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dicomize.jpeg.coefficients import Plane
from dicomize.model import Rectangle

if TYPE_CHECKING:
    from dicomize.jpeg.markers import Frame


def whole(part: Rectangle, frame: Frame, rows: int) -> bool:
    """Whether a part begins and ends where MCUs do, or where the picture does.

    A part that ended within an MCU would keep what lies in it beyond the edge, unseen.
    """
    width, height = frame.mcu
    left, top = part.x % width == 0, part.y % height == 0
    return (
        left
        and top
        and (part.right == frame.columns or part.right % width == 0)
        and (part.bottom == rows or part.bottom % height == 0)
    )


def widened(part: Rectangle, frame: Frame, rows: int) -> Rectangle:
    """The smallest part of whole MCUs that holds this one."""
    width, height = frame.mcu
    x, y = part.x - part.x % width, part.y - part.y % height
    right = min(frame.columns, part.right + -part.right % width)
    bottom = min(rows, part.bottom + -part.bottom % height)
    return Rectangle(x, y, right - x, bottom - y)


def narrowed(part: Rectangle, frame: Frame, rows: int) -> Rectangle:
    """The greatest part of whole MCUs within this one; it may be empty."""
    width, height = frame.mcu
    x, y = part.x + -part.x % width, part.y + -part.y % height
    right = part.right if part.right == frame.columns else part.right - part.right % width
    bottom = part.bottom if part.bottom == rows else part.bottom - part.bottom % height
    return Rectangle(x, y, max(0, right - x), max(0, bottom - y))


def cut(planes: tuple[Plane, ...], frame: Frame, part: Rectangle) -> tuple[Plane, ...]:
    """The planes of a part, which must be whole."""
    return tuple(_cut(plane, area) for plane, area in zip(planes, _areas(frame, part), strict=True))


def _cut(plane: Plane, area: Rectangle) -> Plane:
    values: array[int] = array("h")
    for start, end in _runs(plane, area):
        values += plane.values[start:end]
    return Plane(area.width, area.height, values)


def blacken(planes: tuple[Plane, ...], frame: Frame, part: Rectangle, black: tuple[int, ...]) -> None:
    """Replace a whole part by black.

    Args:
        black: DC coefficient of a black block, for each component.
    """
    for plane, area, level in zip(planes, _areas(frame, part), black, strict=True):
        block = array("h", [level, *[0] * 63])
        for start, end in _runs(plane, area):
            plane.values[start:end] = block * ((end - start) // 64)


def black_levels(steps: tuple[int, ...], precision: int, *, ycbcr: bool) -> tuple[int, ...]:
    """DC coefficient of a black block of each component, by the quantization steps of their DC coefficients (T.81 A.3.3).

    The step may not divide it; then the coefficient stands for a value below black, which decoders raise to black.
    """
    lowest = 1 << precision + 2
    black = tuple(-lowest // step for step in steps)
    return (black[0], 0, 0) if ycbcr else black


def _areas(frame: Frame, part: Rectangle) -> Iterator[Rectangle]:
    """The blocks of a whole part, for each component."""
    width, height = frame.mcu
    x, y = part.x // width, part.y // height
    across, down = -(-part.width // width), -(-part.height // height)
    for c in frame.components:
        h, v = (1, 1) if len(frame.components) == 1 else (c.h, c.v)
        yield Rectangle(x * h, y * v, across * h, down * v)


def _runs(plane: Plane, area: Rectangle) -> Iterator[tuple[int, int]]:
    """Where the coefficients of each row of blocks begin and end."""
    for y in range(area.y, area.bottom):
        start = 64 * (y * plane.across + area.x)
        yield start, start + 64 * area.width
