"""The engine that is there, and what it finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from dicomize.errors import ToolMissing
from dicomize.lettering.rapid import RapidOcr
from dicomize.lettering.tesseract import Tesseract
from dicomize.model import FoundText, Rectangle
from dicomize.wrappers.tool import Tools


class Shown(NamedTuple):
    """A picture of 8 bits as it is looked at: grey, or RGB, interleaved."""

    Columns: int
    Rows: int
    SamplesPerPixel: int
    data: bytes


class Engine(Protocol):
    """Finds text in a picture."""

    @property
    def name(self) -> str: ...

    def unavailable(self, tools: Tools) -> str:
        """Why it cannot be used here; empty when it can."""
        ...

    def read(self, shown: Shown, scratch: Path, tools: Tools) -> tuple[FoundText, ...]:
        """What it finds; boxes as tight as the engine gives them.

        Raises:
            ToolFailed: it failed, or took too long.
        """
        ...


class Reading(NamedTuple):
    """Who looked, and what was found."""

    engine: str
    found: tuple[FoundText, ...]


_ENGINES: Final[tuple[Engine, ...]] = (RapidOcr(), Tesseract())
"""the one that finds more comes first"""


def read(views: Iterable[Shown], scratch: Path, tools: Tools) -> Reading:
    """Text in a picture, each in a rectangle with a margin around it.

    Args:
        views: the picture, in one way or in several.

    Raises:
        ToolMissing: no engine is installed.
        ToolFailed: the engine fails.
    """
    engine = next((e for e in _ENGINES if not e.unavailable(tools)), None)
    if engine is None:
        raise ToolMissing(
            "nothing that finds text in pictures is installed",
            "pip install 'dicomize[text]', or install tesseract (apt install tesseract-ocr, brew install tesseract)",
        )
    found = [
        replace(text, rectangle=_wider(text.rectangle, shown))
        for shown in views
        for text in engine.read(shown, scratch, tools)
    ]
    return Reading(engine.name, tuple(_once(found)))


def _once(found: Sequence[FoundText]) -> Iterator[FoundText]:
    """Without what lies within another, or most of it: pictures are looked at as a whole, in parts, and in several ways."""
    largest = sorted(found, key=lambda text: -text.rectangle.width * text.rectangle.height)
    kept: list[FoundText] = []
    for text in largest:
        if not any(_within(text.rectangle, other.rectangle) for other in kept):
            kept.append(text)
    yield from (text for text in found if any(text is other for other in kept))


def _within(part: Rectangle, other: Rectangle) -> bool:
    width = min(part.right, other.right) - max(part.x, other.x)
    height = min(part.bottom, other.bottom) - max(part.y, other.y)
    return min(width, height) > 0 and 10 * width * height >= 9 * part.width * part.height


def _wider(part: Rectangle, shown: Shown) -> Rectangle:
    """With a margin of a quarter of the height: boxes cut off what rises above and hangs below."""
    margin = 2 + part.height // 4
    x, y = max(0, part.x - margin), max(0, part.y - margin)
    right, bottom = min(shown.Columns, part.right + margin), min(shown.Rows, part.bottom + margin)
    return Rectangle(x, y, max(1, right - x), max(1, bottom - y))
