"""What a walk over a file gives: elements as they are encoded, and what is wrong with the encoding."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

LONG_FORM: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
"""VRs whose length takes four bytes"""


class Damage(StrEnum):
    """What a Problem is."""

    NO_META = "no-meta"
    DEFLATED = "deflated"
    LEFT_OVER = "left-over"
    """too few bytes for an element"""
    DELIMITER = "delimiter"
    """a delimiter or an item where an element should be"""
    PAST_END = "past-end"
    BAD_VR = "bad-vr"
    TOO_DEEP = "too-deep"
    UNDEFINED_LENGTH = "undefined-length"
    """on a VR that may not have one"""
    NO_ITEM = "no-item"
    """a sequence holds something that is no item"""
    FRAGMENT = "fragment"
    UNENDED = "unended"
    """encapsulated pixel data without a delimiter"""
    EXPLICIT_IN_UN = "explicit-in-un"
    TOO_MANY = "too-many"
    """more elements than anybody has use for"""


class Problem(NamedTuple):
    """Damage: what, a sentence, the byte where it is, and the element concerned, if it is known."""

    damage: Damage
    message: str
    offset: int
    tag: int | None = None
    bytes_left: int = 0


class Element(NamedTuple):
    """One data element as encoded.

    `VR` is what is written, or an empty string in implicit VR. `raw` is the value with its padding; of a value that was
    not read it is empty although `span` is not. `span` is (offset, length) of the value; an undefined length is None.
    `items` are those of a sequence; `fragments` are the spans of encapsulated pixel data, the offset table first.
    """

    tag: int
    VR: str
    raw: bytes
    span: tuple[int, int | None]
    items: tuple[Item, ...] = ()
    fragments: tuple[tuple[int, int], ...] = ()
    starts: tuple[bytes, ...] = ()
    """how each of the fragments begins; of the first, the offset table, all of it"""

    @property
    def header(self) -> int:
        """Bytes in front of the value (PS3.5 7.1.2)."""
        return 12 if self.VR in LONG_FORM else 8

    @property
    def is_empty(self) -> bool:
        return self.span[1] == 0 or (self.span[1] is None and not self.items and not self.fragments)


class Item:
    """A data set: the elements of a file or of a sequence item, in the order of the file; not to be changed."""

    __slots__ = ("elements", "index", "length")

    def __init__(self, elements: tuple[Element, ...], length: int | None = None) -> None:
        self.elements = elements
        # as it is written; None: undefined, or no item of a sequence
        self.length = length
        # of a duplicate the first counts
        self.index: Mapping[int, Element] = {element[0]: element for element in reversed(elements)}

    def get(self, tag: int) -> Element | None:
        """The first element of a tag."""
        return self.index.get(tag)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Item) and self.elements == other.elements

    def __hash__(self) -> int:
        return hash(self.elements)

    def __repr__(self) -> str:
        return f"Item({self.elements!r})"


class Walked(NamedTuple):
    """A file as it is encoded. `meta` is empty where there is no file meta information."""

    meta: Item
    dataset: Item
    transfer_syntax: str
    problems: tuple[Problem, ...]
    little_endian: bool
    explicit: bool
