"""dicomize view."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from dicomize.cli.commands.talk import Talk
from dicomize.cli.options import site_of
from dicomize.cli.outcome import Outcome
from dicomize.errors import ExitCode, ToolFailed, UsageError
from dicomize.publish import candidate, publish, require_destination
from dicomize.rendering.base import Rendering
from dicomize.rendering.choosing import INSTALL, Chosen, Opinion, agree, choose, opinions
from dicomize.rendering.display import Display, display_of, fault_of
from dicomize.rendering.picture import Picture
from dicomize.rendering.thumbnail import Protocol
from dicomize.rendering.windowing import Lut, Rescale, Span, Window
from dicomize.report.viewed import Viewed, show_opinions, show_viewed
from dicomize.wrappers.tool import Tools


class Wish(NamedTuple):
    """What `dicomize view` was asked for besides its file."""

    frame: int
    window: str
    renderer: str
    thumbnail: Protocol
    output: Path | None
    overwrite: bool


def wish_of(frame: int, window: str, renderer: str, thumbnail: str, output: Path | None, *, overwrite: bool) -> Wish:
    """The wish, as the command line has it.

    Raises:
        UsageError: there is no such way to show a thumbnail.
    """
    if thumbnail not in set(Protocol):
        raise UsageError(f"there is no thumbnail {thumbnail!r}", f"choose one of {', '.join(Protocol)}")
    return Wish(frame, window, renderer, Protocol(thumbnail), output, overwrite)


def view(path: Path, wish: Wish, site: str, talk: Talk) -> Outcome:
    """Render a frame, by one renderer."""
    display, tools = _prepared(path, wish, site)
    chosen = choose(display, wish.renderer, tools)
    with tempfile.TemporaryDirectory(prefix="dicomize-", ignore_cleanup_errors=True) as folder:
        rendering = chosen.renderer.render(display, Path(folder))
    _write(rendering.picture, wish)
    viewed = Viewed(display, rendering, chosen.because, chosen.passed_over, wish.output)
    result = {**_described(display), **_rendered(rendering), **_choice(chosen, wish)}
    return Outcome((result,), show=None if talk.quiet else partial(show_viewed, viewed, wish.thumbnail))


def view_all(path: Path, wish: Wish, tolerance: int, site: str, talk: Talk) -> Outcome:
    """Render a frame by every renderer, and compare; exit code 7 where they are further apart than tolerated."""
    if wish.renderer or wish.output is not None:
        raise UsageError("--all makes no picture of its own", "leave --renderer and -o away, or --all")
    display, tools = _prepared(path, wish, site)
    with tempfile.TemporaryDirectory(prefix="dicomize-", ignore_cleanup_errors=True) as folder:
        made = opinions(display, tools, Path(folder))
    count = sum(o.rendering is not None for o in made)
    if count == 0:
        reasons = "; ".join(f"{o.renderer}: {o.because}" for o in made)
        raise ToolFailed(f"{path} could be shown by no renderer: {reasons}", INSTALL)
    near = agree(made, tolerance)
    verdict = _verdict(count, tolerance, near=near)
    result = {**_described(display), "tolerance": tolerance, "agree": near, "renderers": [_opinion(o) for o in made]}
    show: Callable[[], None] | None = None if talk.quiet else partial(show_opinions, display, made, verdict)
    return Outcome((result,), exit_code=ExitCode.DONE if near else ExitCode.DIFFERENCES, show=show)


def _verdict(count: int, tolerance: int, *, near: bool) -> str:
    if not near:
        return f"the renderers differ by more than {tolerance} of 255 levels, or one failed"
    if count == 1:
        return "only one renderer can show it: there is nothing to compare"
    return f"{count} renderers agree within {tolerance} of 255 levels"


def _prepared(path: Path, wish: Wish, site: str) -> tuple[Display, Tools]:
    profile = site_of(site)
    window = _window(wish.window)
    if wish.output is not None:
        require_destination(path, wish.output, overwrite=wish.overwrite)
    return display_of(path, wish.frame, window), Tools(profile.tools, profile.timeout)


def _window(text: str) -> Window | Span | None:
    """--window in words, or as center and width."""
    if text in {"", "auto"}:
        return None
    if text in set(Span):
        return Span(text)
    try:
        center, width = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"--window {text!r} is no window", "write --window CENTER,WIDTH, or auto, min-max or full"
        ) from None
    window = Window(center, width)
    fault = fault_of(window)
    if fault:
        raise UsageError(f"--window {text!r} is no window: {fault}", "choose a width of 1 or more")
    return window


def _write(picture: Picture, wish: Wish) -> None:
    if wish.output is None:
        return
    data = picture.png()
    with candidate(wish.output, lambda file: file.write(data)) as finished:
        publish(finished, wish.output, overwrite=wish.overwrite)


def _described(display: Display) -> dict[str, Any]:
    return {
        "file": str(display.path),
        "frame": display.frame,
        "frames": display.frames,
        "transfer_syntax": display.transfer_syntax,
        "pixels": display.facts._asdict(),
        "modality": _rescale(display) if display.is_grey else None,
        "window": _plain_voi(display) if display.is_grey else None,
        "inverted": display.inverted,
        "notes": list(display.notes),
    }


def _rescale(display: Display) -> dict[str, Any]:
    modality = display.modality
    return modality._asdict() if isinstance(modality, Rescale) else {"first": modality.first, "bits": modality.bits}


def _plain_voi(display: Display) -> dict[str, Any]:
    voi = display.voi
    origin = {"origin": display.voi_origin}
    if isinstance(voi, Window):
        return {**voi._asdict(), **origin}
    if isinstance(voi, Lut):
        return {"first": voi.first, "bits": voi.bits, "entries": len(voi.entries), **origin}
    return {"span": voi.value, **origin}


def _rendered(rendering: Rendering) -> dict[str, Any]:
    picture = rendering.picture
    return {
        "renderer": rendering.renderer,
        "steps": rendering.steps,
        "columns": picture.columns,
        "rows": picture.rows,
        "mode": picture.mode,
        "sha256": picture.sha256,
    }


def _choice(chosen: Chosen, wish: Wish) -> dict[str, Any]:
    return {
        "because": chosen.because,
        "passed_over": [{"renderer": name, "reason": reason} for name, reason in chosen.passed_over],
        "output": None if wish.output is None else str(wish.output),
    }


def _opinion(opinion: Opinion) -> dict[str, Any]:
    if opinion.rendering is None:
        return {
            "renderer": opinion.renderer,
            "status": "failed" if opinion.failed else "passed over",
            "reason": opinion.because,
        }
    apart = None if opinion.distance is None else opinion.distance._asdict()
    return {"status": "rendered", **_rendered(opinion.rendering), "distance": apart}
