"""Data sets that were read from somewhere, as keys and texts: what `-k` would say of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

Pair = tuple[str, str]
"""a key, and a value as it would be typed"""


class Element(NamedTuple):
    """One data element of a file: its values as text, separated by backslashes, or its items."""

    tag: int
    VR: str
    text: str = ""
    items: tuple[tuple[Element, ...], ...] = ()
    problem: str = ""
    """why the text is not what was meant, where it could not be decoded"""


def pairs_of(elements: Iterable[Element], path: str = "") -> Iterator[Pair]:
    """Keys and values, in an order that makes items before it fills them. A sequence replaces whatever was there.

    Items that hold nothing, or nothing any more, are passed over: no key can name one.
    """
    for element in elements:
        key = f"{path}({element.tag >> 16:04X},{element.tag & 0xFFFF:04X})"
        yield key, element.text
        for number, item in enumerate(item for item in element.items if item):
            yield from pairs_of(item, f"{key}[{number}].")
