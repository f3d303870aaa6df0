"""Every element of a data set with its place, written as dciodvfy -new does: /Seq(gggg,eeee)[1]/Keyword(gggg,eeee)[2]."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from dicomize.checks.dictionary import entry_of, is_creator, is_private
from dicomize.checks.elements import Element, Item
from dicomize.checks.vr import TEXT_RULES
from dicomize.model import Finding, Severity

SOURCE: Final = "dicomize"

_INTEGERS: Final = {"US": 2, "SS": 2, "UL": 4, "SL": 4}
_LEADING_NUMBER: Final = r"[+-]?(0[xX][0-9a-fA-F]{1,200}|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)"
_NUMBERS_AS_TEXT: Final = frozenset({"IS", "DS"})


class Place(NamedTuple):
    """An element and where it is."""

    element: Element
    item: Item
    parent: str
    """the path of the item that holds it, with the slash behind it"""
    VR: str
    """the one to read it with: as written, or of the dictionary where none or UN is written"""

    def path(self, number: int = 0) -> str:
        """The path of the element, or of one of its values, counted from 1."""
        return self.parent + name_of(self.element.tag) + (f"[{number}]" if number else "")

    def finding(self, severity: Severity, kind: str, message: str, reference: str = "", number: int = 0) -> Finding:
        """A finding on the element, or on one of its values."""
        return Finding(severity, kind, message, SOURCE, self.element.tag, self.path(number), reference)


@lru_cache(maxsize=8192)
def name_of(tag: int) -> str:
    """Keyword(gggg,eeee); without a keyword where the dictionary has none."""
    entry = None if is_private(tag) else entry_of(tag)
    return f"{entry.keyword if entry else ''}({tag >> 16:04x},{tag & 0xFFFF:04x})"


def _any(_: Element) -> bool:
    return True


def places(item: Item, parent: str = "/", wanted: Callable[[Element], object] = _any) -> Iterator[Place]:
    """The wanted elements of a data set, those of its sequences right behind the sequence itself."""
    for element in item.elements:
        if wanted(element):
            yield Place(element, item, parent, read_as(element))
        if element.items:
            prefix = parent + name_of(element.tag)
            for number, inner in enumerate(element.items, 1):
                yield from places(inner, f"{prefix}[{number}]/", wanted)


def read_as(element: Element) -> str:
    """The VR to read an element with (PS3.5 6.2.2 note 4, 7.8.1)."""
    VR = element.VR
    if VR not in {"", "UN"}:
        return VR
    if is_private(element.tag):
        return "LO" if is_creator(element.tag) else "UN"
    entry = entry_of(element.tag)
    return entry.VR if entry is not None else "UN"


def texts(element: Element) -> list[str]:
    """The values of an element of text, without padding; for comparing, not for showing."""
    rule = TEXT_RULES.get(read_as(element))
    raw = element.raw.partition(b"\0")[0]
    if not raw or rule is None:
        return []
    content = raw.decode("latin-1")
    return [value.strip() for value in content.split("\\")] if rule.many else [content.strip()]


def text(item: Item, tag: int) -> str | None:
    """The first value of an element of text; an empty string where it has none, None where there is no element."""
    element = item.get(tag)
    if element is None:
        return None
    values = texts(element)
    return values[0] if values else ""


def numbers(element: Element, little: bool) -> list[float]:  # noqa: FBT001
    """The values of a numeric element, whether it is text or binary; what is no number counts as 0."""
    VR = read_as(element)
    size = _INTEGERS.get(VR)
    if size is None:
        return [_number(value) for value in texts(element)] if VR in _NUMBERS_AS_TEXT else []
    raw = element.raw
    order: Literal["little", "big"] = "little" if little else "big"
    return [
        int.from_bytes(raw[at : at + size], order, signed=VR in {"SS", "SL"})
        for at in range(0, len(raw) - size + 1, size)
    ]


def whole(element: Element | None, little: bool) -> int | None:  # noqa: FBT001
    """The first value of a numeric element as an integer, None where there is none."""
    values = numbers(element, little) if element is not None else []
    if not values:
        return None
    return int(values[0]) if abs(values[0]) < 2**64 else 0


def _number(value: str) -> float:
    """The number that a text begins with, as C reads it: what does not begin with one is 0."""
    found = re.match(_LEADING_NUMBER, value)
    if found is None:
        return 0.0
    text = found[0]
    return float.fromhex(text) if "x" in text or "X" in text else float(text)
