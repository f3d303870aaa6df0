"""Data sets as conditions see them: raw elements, looked up by tag, with their values decoded on demand."""

from __future__ import annotations

import re
import struct
from math import isfinite
from typing import TYPE_CHECKING, Final, NamedTuple

from pydicom.datadict import dictionary_VR

if TYPE_CHECKING:
    from dicomize.checks.elements import Element, Item, Walked

_BINARY: Final = {
    "US": ("H", 2), "SS": ("h", 2), "UL": ("I", 4), "SL": ("i", 4), "FL": ("f", 4), "FD": ("d", 8), "UV": ("Q", 8),
    "SV": ("q", 8), "OW": ("H", 2),
}  # fmt: skip
_NUMERIC_TEXT: Final = frozenset({"DS", "IS"})
_NOT_TEXT: Final = frozenset({*_BINARY, "AT", "OB", "OD", "OF", "OL", "OV", "SQ"})
_LONGEST_HEX: Final = 16
_NUMBER: Final = re.compile(r"\s*([-+]?)(?:0[xX]([0-9a-fA-F]+)|((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?))")


class Facts(NamedTuple):
    """What the file as a whole says."""

    transfer_syntax: str
    byte_order: str
    """as struct writes it"""


class View:
    """One data set or item. `used` collects the tags that some module of the IOD knows, `free` the sequences whose items
    may hold anything."""

    __slots__ = (
        "children",
        "elements",
        "facts",
        "free",
        "index",
        "numbers_read",
        "parent",
        "root",
        "texts_read",
        "used",
    )

    def __init__(self, item: Item, facts: Facts, parent: View | None = None) -> None:
        self.elements = item.elements
        self.facts = facts
        self.parent = parent
        self.root: View = parent.root if parent is not None else self
        self.index = item.index
        self.used: set[int] = set()
        self.free: set[int] = set()
        self.children: dict[int, tuple[View, ...]] = {}
        self.texts_read: dict[int, tuple[str, ...]] = {}
        self.numbers_read: dict[int, tuple[float | None, ...]] = {}

    def has_value(self, tag: int) -> bool:
        element = self.index.get(tag)
        if element is None:
            return False
        length = element.span[1]
        if length is not None and length > 1:
            return True
        # one byte is no value of two
        return not element.is_empty and not (length == 1 and value_representation(element) in _BINARY)

    def items(self, tag: int) -> tuple[View, ...]:
        """The items of a sequence; the same objects at every call."""
        found = self.children.get(tag)
        if found is None:
            element = self.index.get(tag)
            found = tuple(View(item, self.facts, self) for item in element.items) if element is not None else ()
            self.children[tag] = found
        return found

    def texts(self, tag: int) -> tuple[str, ...]:
        """The values of an element of characters, without padding."""
        found = self.texts_read.get(tag)
        if found is None:
            self.texts_read[tag] = found = self._texts(tag)
        return found

    def _texts(self, tag: int) -> tuple[str, ...]:
        element = self.index.get(tag)
        if element is None or element.is_empty or value_representation(element) in _NOT_TEXT:
            return ()
        return tuple(value.strip(" ") for value in element.raw.decode("latin-1").rstrip("\0 ").split("\\"))

    def numbers(self, tag: int) -> tuple[float | None, ...]:
        """The values of a numeric element; None for one that is no number. Tags count as numbers."""
        found = self.numbers_read.get(tag)
        if found is None:
            self.numbers_read[tag] = found = self._numbers(tag)
        return found

    def _numbers(self, tag: int) -> tuple[float | None, ...]:
        element = self.index.get(tag)
        if element is None or element.is_empty:
            return ()
        VR = value_representation(element)
        if VR in _NUMERIC_TEXT:
            return tuple(_parsed(text, whole=VR == "IS") for text in self.texts(tag))
        if VR == "AT":
            halves = self._unpacked(element.raw, "H", 2)
            return tuple(high << 16 | low for high, low in zip(halves[::2], halves[1::2], strict=False))
        return self._unpacked(element.raw, *_BINARY[VR]) if VR in _BINARY else ()

    def is_numeric(self, tag: int) -> bool:
        element = self.index.get(tag)
        return element is not None and value_representation(element) in {*_NUMERIC_TEXT, *_BINARY}

    def _unpacked(self, raw: bytes, code: str, size: int) -> tuple[int, ...]:
        count = len(raw) // size
        return struct.unpack_from(f"{self.facts.byte_order}{count}{code}", raw)


def view_of(walked: Walked, dataset: Item) -> View:
    """The data set of a file, or what is to be seen of it."""
    return View(dataset, Facts(walked.transfer_syntax, "<" if walked.little_endian else ">"))


def value_representation(element: Element) -> str:
    """As written; in implicit VR, and for UN, the dictionary's."""
    if element.VR not in {"", "UN"}:
        return element.VR
    try:
        return dictionary_VR(element.tag).split(" or ")[0]
    except KeyError:
        return "UN"


def _parsed(text: str, *, whole: bool) -> float | None:
    found = _NUMBER.match(text)
    if found is None:
        return None
    size = int(found[2][:_LONGEST_HEX], 16) if found[2] else float(found[3])
    if whole and isfinite(size):
        size = int(size)  # the digits in front of what should not be there
    return -size if found[1] == "-" else size
