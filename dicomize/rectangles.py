"""Rectangles as people type them: X,Y,WIDTH,HEIGHT in pixels from the top left corner."""

from __future__ import annotations

import re
from typing import Final

from dicomize.errors import UsageError
from dicomize.model import Rectangle

REMEDY: Final = "say X,Y,WIDTH,HEIGHT in pixels from the top left corner"


def shown(rectangle: Rectangle) -> str:
    """A rectangle as it is typed."""
    return f"{rectangle.x},{rectangle.y},{rectangle.width},{rectangle.height}"


def parse_rectangle(text: str, option: str) -> Rectangle:
    """A rectangle with an area.

    Raises:
        UsageError: it is something else.
    """
    match = re.fullmatch(r"(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})", text.replace(" ", ""), re.ASCII)
    if match is None or not (int(match[3]) and int(match[4])):
        raise UsageError(f"{option} {text!r} is no rectangle", REMEDY)
    return Rectangle(*map(int, match.groups()))
