"""Results in which no text may be found: each frame is shown as viewers show it, and looked at."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from dicomize.errors import SourceUnsupported
from dicomize.lettering.finding import Shown, read
from dicomize.model import FoundText, Plan, StepKind
from dicomize.rectangles import shown as typed
from dicomize.rendering.choosing import choose
from dicomize.rendering.display import display_of
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
            display = display_of(path, number, None)
            picture = choose(display, "", tools).renderer.render(display, Path(folder)).picture
            samples = 3 if picture.mode == "RGB" else 1
            reading = read(Shown(picture.columns, picture.rows, samples, picture.pixels), Path(folder), tools)
        if reading.found:
            raise SourceUnsupported(_says(plan, number, reading.found), _remedy(plan, reading.found))
        engine = reading.engine
    return engine


def _says(plan: Plan, number: int, found: Sequence[FoundText]) -> str:
    words = ", ".join(repr(text.text) for text in found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
    frame = f"frame {number} of " if len(plan.frames) > 1 else ""
    return f"text is found in {frame}{plan.source.path}: {words}"


def _remedy(plan: Plan, found: Sequence[FoundText]) -> str:
    if any(step.kind in {StepKind.CROP, StepKind.SCALE} for step in plan.steps):
        return "dicomize inspect --text says where it is in the whole picture; blacken it with --redact"
    return "blacken it: " + " ".join(f"--redact {typed(text.rectangle)}" for text in found[:5])
