"""Pictures in the page, each once, and two of them against each other: slider, blink, amplified difference."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dicomize.report.html.markup import Markup, element, joined


class Shot(NamedTuple):
    """A picture, and who shows it."""

    file: str
    """what is shown"""
    png: bytes
    decoder: str = ""
    """who shows it"""
    note: str = ""
    """such as how far it is from the source"""

    @property
    def label(self) -> str:
        return f"{self.file}, shown by {self.decoder}" if self.decoder else self.file


class _Shown(NamedTuple):
    """Shots that are the same picture."""

    names: tuple[str, ...]
    """files, each with who shows it so"""
    labels: tuple[str, ...]
    notes: tuple[str, ...]
    png: bytes


def pictures(shots: Sequence[Shot], *, first: str = "", second: str = "") -> Markup:
    """All pictures, and the viewer for two of them.

    Args:
        first, second: labels of those that the viewer begins with.
    """
    shown = _grouped(shots)
    if not shown:
        return element("p", "There is no picture to be shown.")
    gallery = element("div", *(_figure(number, one) for number, one in enumerate(shown)), class_="gallery")
    if len(shown) < 2:
        return joined(element("p", "All of these are the same picture, byte for byte."), gallery)
    chosen = (_number_of(shown, first, 0), _number_of(shown, second, 1))
    return joined(_viewer(shown, chosen), gallery)


def _grouped(shots: Iterable[Shot]) -> list[_Shown]:
    groups: dict[bytes, list[Shot]] = {}
    for shot in shots:
        groups.setdefault(shot.png, []).append(shot)
    return [
        _Shown(_names(group), tuple(s.label for s in group), tuple(dict.fromkeys(s.note for s in group if s.note)), png)
        for png, group in groups.items()
    ]


def _names(group: Sequence[Shot]) -> tuple[str, ...]:
    decoders: dict[str, list[str]] = {}
    for shot in group:
        decoders.setdefault(shot.file, []).append(shot.decoder)
    return tuple(f"{file}: {', '.join(filter(None, by))}" if any(by) else file for file, by in decoders.items())


def _number_of(shown: Sequence[_Shown], label: str, otherwise: int) -> int:
    return next((number for number, one in enumerate(shown) if label in one.labels), otherwise)


def _figure(number: int, one: _Shown) -> Markup:
    alt = f"The picture of {'; '.join(one.names)}"
    data = f"data:image/png;base64,{base64.b64encode(one.png).decode('ascii')}"
    names = element("ul", *(element("li", name) for name in one.names))
    same = element("p", "The same picture:") if len(one.labels) > 1 else None
    notes = (element("p", note, class_="note") for note in one.notes)
    caption = element("figcaption", same, names, *notes)
    return element("figure", element("img", src=data, alt=alt, id=f"picture-{number}"), caption)


def _viewer(shown: Sequence[_Shown], chosen: tuple[int, int]) -> Markup:
    """Hidden until the script shows it."""
    choices = [_short(one) for one in shown]
    controls = element(
        "div",
        _select("viewer-a", "A", choices, chosen[0]),
        _select("viewer-b", "B", choices, chosen[1]),
        element("button", "Swap A and B", type="button", id="viewer-swap"),
        _modes(),
        _range("viewer-position", "Divided at", 0, 100, 50, "slider"),
        element("button", "Start blinking", type="button", id="viewer-blink", data_for="blink", hidden=True),
        _range("viewer-amplify", "Amplified by", 0, 7, 4, "difference"),
        class_="controls",
        role="group",
        aria_label="Two pictures against each other",
    )
    stage = element(
        "div",
        element("img", alt="", class_="under"),
        element("img", alt="", class_="over"),
        element("span", "A", class_="mark a", aria_hidden="true"),
        element("span", "B", class_="mark b", aria_hidden="true"),
        class_="stage",
        data_mode="slider",
        role="img",
        aria_label="Two pictures against each other",
    )
    status = element("p", "", id="viewer-status", role="status")
    return element("div", controls, stage, status, class_="viewer", hidden=True)


def _short(one: _Shown) -> str:
    more = len(one.labels) - 1
    return f"{one.labels[0]} (and {more} more)" if more else one.labels[0]


def _select(name: str, label: str, choices: Sequence[str], chosen: int) -> Markup:
    options = (
        element("option", choice, value=str(number), selected=number == chosen) for number, choice in enumerate(choices)
    )
    return element("label", f"{label} ", element("select", *options, id=name), for_=name)


def _modes() -> Markup:
    names = {"slider": "Slider", "blink": "Blink", "difference": "Difference"}
    radios = (
        element(
            "label",
            element("input", type="radio", name="viewer-mode", value=mode, checked=mode == "slider"),
            f" {name}",
        )
        for mode, name in names.items()
    )
    return element("fieldset", element("legend", "Show"), *radios)


def _range(name: str, label: str, low: int, high: int, value: int, mode: str) -> Markup:
    return element(
        "label",
        f"{label} ",
        element("input", type="range", id=name, min=low, max=high, value=value),
        element("output", for_=name),
        for_=name,
        data_for=mode,
    )
