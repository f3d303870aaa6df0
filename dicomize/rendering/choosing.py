"""Which renderer shows a frame, and why; and all of them against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from dicomize.errors import DicomizeError, ToolMissing, UsageError
from dicomize.rendering.base import Renderer, Rendering
from dicomize.rendering.dcmtk import DcmtkRenderer
from dicomize.rendering.display import Display
from dicomize.rendering.gdcm import GdcmRenderer
from dicomize.rendering.picture import Distance, distance
from dicomize.rendering.pydicom import PydicomRenderer
from dicomize.wrappers.tool import Tools

ORDER: Final = ("dcmtk", "gdcm", "pydicom")
"""DCMTK first: it windows and colours by itself, so what we wrote is looked at through somebody else's eyes"""

INSTALL: Final = "dicomize backends says how to install what is missing"


class Chosen(NamedTuple):
    """A renderer, on whose word, and why each earlier one was passed over."""

    renderer: Renderer
    because: str
    passed_over: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one renderer made of a frame, and how far it is from the first that made anything."""

    renderer: str
    rendering: Rendering | None
    because: str = ""
    """why there is none"""
    failed: bool = False
    """it tried, and could not"""
    distance: Distance | None = None
    """None where there is nothing to be compared, or the sizes differ"""


def renderers(tools: Tools) -> tuple[Renderer, ...]:
    """All renderers, in the default order."""
    return DcmtkRenderer(tools), GdcmRenderer(tools), PydicomRenderer(tools)


def choose(display: Display, named: str, tools: Tools) -> Chosen:
    """The renderer that is named, or the first that can.

    Raises:
        UsageError: there is none of that name.
        ToolMissing: it, or every one, is not installed or cannot show this.
    """
    candidates = [r for r in renderers(tools) if named in {"", r.name}]
    if not candidates:
        raise UsageError(f"there is no renderer {named!r}", f"choose one of {', '.join(ORDER)}")
    passed_over: list[tuple[str, str]] = []
    for renderer in candidates:
        objection = _objection(renderer, display)
        if not objection:
            return Chosen(renderer, "--renderer" if named else "default order", tuple(passed_over))
        passed_over.append((renderer.name, objection))
    reasons = "; ".join(f"{name}: {reason}" for name, reason in passed_over)
    raise ToolMissing(f"{display.path} can be shown by no renderer: {reasons}", INSTALL)


def _objection(renderer: Renderer, display: Display) -> str:
    missing = "; ".join(t.unavailable_because for t in renderer.tools(display) if t.unavailable_because)
    return renderer.refusal(display) or missing


def opinions(display: Display, tools: Tools, scratch: Path) -> tuple[Opinion, ...]:
    """What every renderer makes of a frame."""
    made = [_opinion(renderer, display, scratch) for renderer in renderers(tools)]
    first = next((o.rendering for o in made if o.rendering is not None), None)
    return tuple(_measured(opinion, first) for opinion in made)


def _opinion(renderer: Renderer, display: Display, scratch: Path) -> Opinion:
    objection = _objection(renderer, display)
    if objection:
        return Opinion(renderer.name, None, objection)
    try:
        return Opinion(renderer.name, renderer.render(display, scratch))
    except DicomizeError as error:
        return Opinion(renderer.name, None, error.message, failed=True)


def _measured(opinion: Opinion, first: Rendering | None) -> Opinion:
    if opinion.rendering is None or first is None:
        return opinion
    apart = distance(opinion.rendering.picture, first.picture)
    return Opinion(opinion.renderer, opinion.rendering, distance=apart)


def agree(made: Sequence[Opinion], tolerance: int) -> bool:
    """Whether no renderer failed, and no level of any picture is more than `tolerance` from the first picture's."""
    pictures = [o for o in made if o.rendering is not None]
    near = all(o.distance is not None and o.distance.largest <= tolerance for o in pictures)
    return near and not any(o.failed for o in made)
