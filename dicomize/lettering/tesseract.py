"""Tesseract, where RapidOCR is not there. It is sure of words in the dictionary, and of names it often is not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dicomize.errors import ToolFailed
from dicomize.model import FoundText, Rectangle
from dicomize.records import dataclass
from dicomize.wrappers import tesseract
from dicomize.wrappers.process import run
from dicomize.wrappers.tesseract import Word
from dicomize.wrappers.tool import Tools

if TYPE_CHECKING:
    from dicomize.lettering.finding import Shown

_SIDE: Final = 2400
"""the longer side that it is given: small letters are found twice as often in a larger picture"""
_MOST: Final = 2
_SURE, _FEWEST, _BESIDE = 70, 3, 2
"""confidence and letters of a word that is text by itself, and letters of one beside it"""


@dataclass(frozen=True, slots=True)
class Tesseract:
    """Runs the program."""

    name: str = "tesseract"

    def unavailable(self, tools: Tools) -> str:
        return tools.find(tesseract.TOOL).unavailable_because

    def read(self, shown: Shown, scratch: Path, tools: Tools) -> tuple[FoundText, ...]:
        picture, said = scratch / "shown.pgm", scratch / "words.tsv"
        scale = _write(shown, picture)
        invocation = run(tesseract.command(tools.require(tesseract.TOOL), picture, said), tools.timeout)
        try:
            words = tesseract.parse(said.read_text("utf-8", "replace"))
            return tuple(_scaled(word, scale) for word in texts(words))
        except (ValueError, OverflowError) as error:
            raise ToolFailed(f"what tesseract found cannot be read: {error}", "", invocation) from None


def _write(shown: Shown, path: Path) -> float:
    """The picture in grey, enlarged; how much is returned."""
    from PIL import Image  # noqa: PLC0415 - few pictures are looked at

    mode = "RGB" if shown.SamplesPerPixel == 3 else "L"
    image = Image.frombytes(mode, (shown.Columns, shown.Rows), shown.data).convert("L")
    scale = min(_MOST, _SIDE / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    image.resize(size, Image.Resampling.LANCZOS).save(path, "PPM")
    return scale


def texts(words: Sequence[Word]) -> tuple[Word, ...]:
    """Words that are text by themselves, and whatever stands in a row with them: names are often not believed."""
    sure = [word for word in words if word.confidence >= _SURE and _is_word(word.text)]
    beside = [word for word in words if word not in sure and _letters(word.text) >= _BESIDE]
    return (*sure, *(word for word in beside if any(_in_a_row(word, other) for other in sure)))


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _is_word(text: str) -> bool:
    letters = _letters(text)
    return letters >= _FEWEST and letters >= 0.6 * len(text) and len({c for c in text if c.isalnum()}) > 1


def _in_a_row(one: Word, other: Word) -> bool:
    """Whether two words overlap by half their height, and are about as high."""
    top, bottom = max(one.top, other.top), min(one.top + one.height, other.top + other.height)
    lower, higher = sorted((max(1, one.height), max(1, other.height)))
    return bottom - top >= lower / 2 and higher <= 2 * lower


def _scaled(word: Word, scale: float) -> FoundText:
    x, y = int(word.left / scale), int(word.top / scale)
    right, bottom = ((start + length) / scale for start, length in ((word.left, word.width), (word.top, word.height)))
    part = Rectangle(x, y, max(1, round(right) - x), max(1, round(bottom) - y))
    return FoundText(part, word.text, word.confidence / 100)
