"""A rendered frame, for people."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dicomize.rendering import thumbnail
from dicomize.rendering.base import Rendering
from dicomize.rendering.choosing import Opinion
from dicomize.rendering.display import Display
from dicomize.rendering.picture import Picture
from dicomize.rendering.thumbnail import Protocol
from dicomize.rendering.windowing import Lut, Window
from dicomize.report.plain import printable
from dicomize.report.text import console, fields, uid_name

_ENCODERS: Final[Mapping[Protocol, Callable[[Picture, int], str]]] = {
    Protocol.KITTY: thumbnail.kitty,
    Protocol.ITERM2: thumbnail.iterm2,
    Protocol.SIXEL: thumbnail.sixel,
}


@dataclass(frozen=True, slots=True)
class Viewed:
    """What `dicomize view` found out about a frame."""

    display: Display
    rendering: Rendering
    because: str
    passed_over: tuple[tuple[str, str], ...]
    output: Path | None


def show_viewed(viewed: Viewed, protocol: Protocol) -> None:
    """The picture, where the terminal can show it, and the facts."""
    out = console()
    _show_thumbnail(out, viewed.rendering.picture, protocol)
    table = fields()
    for name, text in _rows(viewed):
        table.add_row(name, printable(text))
    out.print(table)


def _rows(viewed: Viewed) -> Iterator[tuple[str, str]]:
    display, rendering = viewed.display, viewed.rendering
    yield "file", f"{display.path}, frame {display.frame} of {display.frames}"
    yield from stored_rows(display)
    yield "renderer", f"{rendering.renderer} ({viewed.because}): {rendering.steps}"
    for name, reason in viewed.passed_over:
        yield "passed over", f"{name}: {reason}"
    yield "SHA-256", rendering.picture.sha256
    if viewed.output is not None:
        yield "written to", str(viewed.output)


def stored_rows(display: Display) -> Iterator[tuple[str, str]]:
    """What is stored, and how it is shown."""
    facts = display.facts
    yield (
        "size",
        f"{facts.Columns} x {facts.Rows}, {facts.PhotometricInterpretation}, {facts.BitsStored} bit{'s' * (facts.BitsStored > 1)} a sample",
    )
    yield "encoding", uid_name(display.transfer_syntax)
    if display.is_grey:
        yield "window", f"{voi_text(display)} ({display.voi_origin})"
    for note in display.notes:
        yield "note", note


def voi_text(display: Display) -> str:
    """The window in words."""
    voi = display.voi
    if isinstance(voi, Window):
        return f"center {voi.center:g}, width {voi.width:g}, {voi.function}"
    if isinstance(voi, Lut):
        return f"table of {len(voi.entries)} entries from {voi.first}"
    return voi.value


def show_opinions(display: Display, opinions: Sequence[Opinion], verdict: str) -> None:
    """The renderers against each other."""
    out = console()
    out.print(printable(f"{display.path}, frame {display.frame} of {display.frames}"), style="bold", overflow="fold")
    about = fields()
    for name, text in stored_rows(display):
        about.add_row(f"  {name}", printable(text))
    out.print(about)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2))
    for heading in ("renderer", "SHA-256 of pixels", "largest", "differing"):
        table.add_column(heading, justify="right" if heading in {"largest", "differing"} else "left", overflow="fold")
    for opinion in opinions:
        table.add_row(opinion.renderer, *_measured(opinion))
    out.print(table)
    out.print(f"  {verdict}")


def _measured(opinion: Opinion) -> tuple[str, ...]:
    if opinion.rendering is None:
        return printable(opinion.because), "", ""
    digest = opinion.rendering.picture.sha256[:16]
    if opinion.distance is None:
        return digest, "other size", ""
    return digest, str(opinion.distance.largest), f"{opinion.distance.differing:.1%}"


def _show_thumbnail(out: Console, picture: Picture, protocol: Protocol) -> None:
    """Never into a pipe or a file: what it is made of are control sequences."""
    if not sys.stdout.isatty():
        return
    chosen = thumbnail.spoken(os.environ) if protocol is Protocol.AUTO else protocol
    if chosen is Protocol.BLOCKS and not sys.stdout.encoding.lower().startswith("utf"):
        return
    columns = max(1, min(out.width, 80) - 1)
    if chosen in _ENCODERS:
        sys.stdout.write(_ENCODERS[chosen](picture, columns))
    elif chosen is Protocol.BLOCKS:
        for cells in thumbnail.blocks(picture, columns):
            line = Text()
            for upper, lower in cells:
                line.append(
                    "▀", style=f"rgb({upper[0]},{upper[1]},{upper[2]}) on rgb({lower[0]},{lower[1]},{lower[2]})"
                )
            out.print(line)
