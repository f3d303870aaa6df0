"""Results in which no text may be found: each frame is shown as viewers show it, and looked at."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from dicomize.errors import SourceUnsupported
from dicomize.lettering.finding import Shown, read
from dicomize.lettering.views import ends, narrower
from dicomize.model import FoundText, Plan, StepKind
from dicomize.rectangles import shown as typed
from dicomize.rendering.choosing import choose
from dicomize.rendering.display import Display, display_of
from dicomize.rendering.picture import Picture
from dicomize.rendering.windowing import WHITE, Window
from dicomize.wrappers.tool import Tools


def require_no_text(plan: Plan, path: Path, tools: Tools) -> str:
    """The engine that looked at every frame and found no text.

    Raises:
        SourceUnsupported: there is text.
        ToolMissing: no engine, or no renderer, is installed.
        ToolFailed: one fails.
    """
    engine = ""
    for number in range(1, max(1, len(plan.frames)) + 1):
        with tempfile.TemporaryDirectory(prefix="dicomize-", ignore_cleanup_errors=True) as folder:
            reading = read(_views(path, number, Path(folder), tools), Path(folder), tools)
        if reading.found:
            raise SourceUnsupported(_says(plan, number, reading.found), _remedy(plan, reading.found))
        engine = reading.engine
    return engine


def _views(path: Path, number: int, scratch: Path, tools: Tools) -> Iterator[Shown]:
    """A frame as viewers show it; a deep grey one also without the few values that make all others look alike."""
    display = display_of(path, number, None)
    picture = _rendered(display, scratch, tools)
    yield _shown(picture)
    deep = display.is_grey and display.facts.BitsStored > 8 and not display.inverted
    if deep and _is_narrow(_ends(picture)):
        yield _shown(_closer(display, scratch, tools))


def _closer(display: Display, scratch: Path, tools: Tools) -> Picture:
    """A frame from about the darkest to about the brightest, without one sample of 200 at each end."""
    low, high = display.facts.stored
    for _ in range(_NARROWINGS):
        window = Window((low + high) / 2, max(1, high - low), "LINEAR_EXACT")
        picture = _rendered(display_of(display.path, display.frame, window), scratch, tools)
        least, most = _ends(picture)
        if not _is_narrow((least, most)):
            break
        whole = high - low
        low, high = low + whole * max(0, least - 1) // WHITE, low + whole * min(WHITE, most + 1) // WHITE
    return picture


_NARROWINGS: Final = 4
"""each shows in 255 levels what lies in few of the one before: three suffice for 16 bits"""


def _ends(picture: Picture) -> tuple[int, int]:
    return ends([*map(picture.pixels.count, range(WHITE + 1))])


def _is_narrow(levels: tuple[int, int]) -> bool:
    return narrower(levels[1] - levels[0], WHITE)


def _rendered(display: Display, scratch: Path, tools: Tools) -> Picture:
    return choose(display, "", tools).renderer.render(display, scratch).picture


def _shown(picture: Picture) -> Shown:
    return Shown(picture.columns, picture.rows, 3 if picture.mode == "RGB" else 1, picture.pixels)


def _says(plan: Plan, number: int, found: Sequence[FoundText]) -> str:
    words = ", ".join(repr(text.text) for text in found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
    frame = f"frame {number} of " if len(plan.frames) > 1 else ""
    return f"text is found in {frame}{plan.source.path}: {words}"


def _remedy(plan: Plan, found: Sequence[FoundText]) -> str:
    if any(step.kind in {StepKind.CROP, StepKind.SCALE} for step in plan.steps):
        return "dicomize inspect --text says where it is in the whole picture; blacken it with --redact"
    return "blacken it: " + " ".join(f"--redact {typed(text.rectangle)}" for text in found[:5])
