"""RapidOCR: models for detection and recognition that come with the package."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dicomize.errors import ToolFailed
from dicomize.model import FoundText, Rectangle
from dicomize.records import dataclass
from dicomize.wrappers.process import Command, argument, run
from dicomize.wrappers.tool import Tools

if TYPE_CHECKING:
    from dicomize.lettering.finding import Shown

_PROGRAM: Final = Path(__file__).with_name("rapidocr_program.py")
_SURE: Final = 0.7
"""confidence from which on it is text: of 40 photos without any, one had a find (docs/text.md)"""
_FEWEST: Final = 2
"""letters and digits"""


@dataclass(frozen=True, slots=True)
class RapidOcr:
    """Runs in a process of its own, as its libraries are large and are handed hostile pictures."""

    name: str = "RapidOCR"

    def unavailable(self, tools: Tools) -> str:  # noqa: ARG002 - the protocol's
        missing = [package for package in ("rapidocr", "onnxruntime") if find_spec(package) is None]
        return f"{missing[0]} is not installed: pip install 'dicomize[text]'" if missing else ""

    def read(self, shown: Shown, scratch: Path, tools: Tools) -> tuple[FoundText, ...]:
        picture, said = scratch / "shown.raw", scratch / "shown.json"
        picture.write_bytes(shown.data)
        size = (str(shown.Columns), str(shown.Rows), str(shown.SamplesPerPixel))
        words = (sys.executable, "-P", str(_PROGRAM), argument(picture), *size, argument(said))
        invocation = run(Command(words, produces=said, called=self.name), tools.timeout)
        try:
            lines = json.loads(said.read_text("utf-8"))
            return tuple(found for found in map(_found, lines) if _is_text(found))
        except (ValueError, TypeError, LookupError, OverflowError, OSError):
            raise ToolFailed("what RapidOCR found cannot be read", "", invocation) from None


def _found(line: dict[str, object]) -> FoundText:
    points = line["box"]
    if not isinstance(points, list):
        raise TypeError("no box")
    across, down = ([int(point[axis]) for point in points] for axis in (0, 1))
    x, y = max(0, min(across)), max(0, min(down))
    part = Rectangle(x, y, max(1, max(across) - x), max(1, max(down) - y))
    score = float(str(line["score"]))
    if not 0 <= score <= 1:
        raise ValueError("no confidence")
    return FoundText(part, str(line["text"]), score)


def _is_text(found: FoundText) -> bool:
    return found.confidence >= _SURE and sum(map(str.isalnum, found.text)) >= _FEWEST
