"""What a renderer is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dicomize.model import Invocation, ToolReport
from dicomize.rendering.display import Display
from dicomize.rendering.picture import Picture


@dataclass(frozen=True, slots=True)
class Rendering:
    """A rendered frame, and who did what."""

    renderer: str
    picture: Picture
    steps: str
    """a clause: who decoded, who windowed"""
    invocations: tuple[Invocation, ...] = ()


class Renderer(Protocol):
    """Makes a picture of a frame."""

    name: str

    def tools(self, display: Display) -> tuple[ToolReport, ...]:
        """The programs that it would run."""

    def refusal(self, display: Display) -> str | None:
        """A clause on why it cannot show this, or None when it can."""

    def render(self, display: Display, scratch: Path) -> Rendering:
        """The picture of a frame that it did not refuse.

        Raises:
            ToolMissing, ToolFailed: a program is not there or does not do its work.
            SourceDamaged, SourceUnsupported: the pixels cannot be decoded or shown.
        """
