"""Values of an attribute in two files, compared as dcentvfy does."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Set
from typing import Final, NamedTuple

from dicomize.checks.dictionary import entry_of, is_private
from dicomize.checks.elements import Element, Item, Walked
from dicomize.checks.entity_modules import MAY_LACK, Module
from dicomize.checks.paths import name_of, texts
from dicomize.checks.vr import TEXT_RULES, repertoire
from dicomize.model import Severity

_SPECIFIC_CHARACTER_SET: Final = 0x00080005
_BINARY: Final = {"US": "H", "FD": "d"}
_NUMBERS: Final = frozenset({"DS", "FD", "IS", "TM", "US"})
"""VRs that dcentvfy compares as numbers; a TM as one number too"""


_LONGEST: Final = 400
"""characters of an item that are kept; of a longer one, a digest"""


class Value(NamedTuple):
    """What is compared of an element; of a sequence, its items as text, sorted. None: it was not read."""

    VR: str
    values: tuple[str, ...] | None

    @property
    def shown(self) -> str:
        if self.VR == "SQ":
            count = len(self.values or ())
            return f"{count} item{'' if count == 1 else 's'}: {'; '.join(self.values or ())}"[:200]
        return "\\".join(self.values or ())[:200]


def values_of(walked: Walked, compared: Set[int]) -> dict[int, Value]:
    """What is to be compared of a file: tag -> value."""
    codec = repertoire(texts(e) if (e := walked.dataset.get(_SPECIFIC_CHARACTER_SET)) else [], imitate=False).codec
    kept: dict[int, Value] = {}
    for element in walked.dataset.elements:
        if element.tag in compared and element.tag not in kept:
            kept[element.tag] = _value(element, codec, "<" if walked.little_endian else ">")
    return kept


def _value(element: Element, codec: str, order: str) -> Value:
    """Read with the VR of the dictionary, whatever is written: it is the value that is compared."""
    entry = entry_of(element.tag)
    VR = entry.VR if entry is not None else "UN"
    if VR == "SQ":
        return Value(VR, tuple(sorted(_contents(item, codec, order) for item in element.items)))
    if not element.raw and element.span[1]:
        return Value(VR, None)
    if VR in _BINARY:
        size = struct.calcsize(_BINARY[VR])
        whole = element.raw[: len(element.raw) // size * size]
        return Value(VR, tuple(str(number) for (number,) in struct.iter_unpack(order + _BINARY[VR], whole)))
    rule = TEXT_RULES.get(VR)
    if rule is None:
        return Value(VR, (element.raw.hex(),))
    content = _decoded(element.raw.partition(b"\0")[0], codec if rule.extended else "").strip(" ")
    parts = content.split("\\") if rule.many else [content]
    return Value(VR, tuple(part.strip(" ") for part in parts) if content else ())


def _contents(item: Item, codec: str, order: str) -> str:
    """The standard attributes of an item that have a value, as text: an absent one and an empty one are the same."""
    found = []
    for element in sorted(item.elements, key=lambda element: element.tag):
        if is_private(element.tag) or not element.tag & 0xFFFF:
            continue
        value = _value(element, codec, order)
        if value.values:
            separator = " | " if value.VR == "SQ" else "\\"
            found.append(f"{name_of(element.tag).partition('(')[0]} {separator.join(value.values)}")
    text = ", ".join(found)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} {hashlib.sha256(text.encode()).hexdigest()}"


def _decoded(raw: bytes, codec: str) -> str:
    try:
        return raw.decode(codec or "latin-1")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def difference_of(module: Module, this: Value | None, other: Value | None) -> tuple[Severity, str, str] | None:
    """The severity, dcentvfy's sentence, and both values; None where they agree."""
    if this is None or other is None:
        if this is other or module.entity in MAY_LACK:
            return None
        versus = " versus ".join(f"value is <{value.shown}>" if value else "absent" for value in (this, other))
        return Severity.WARNING, "Attribute present in one instance but not the other", versus
    if this == other or this.values is None or other.values is None:
        return None
    return *_judged(this.VR, this.values, other.values), f"value is <{this.shown}> versus <{other.shown}>"


def _judged(VR: str, these: tuple[str, ...], others: tuple[str, ...]) -> tuple[Severity, str]:
    if VR == "SQ":
        return Severity.ERROR, f"Sequence has different {'items' if len(these) == len(others) else 'number of items'}"
    if not these or not others:
        return Severity.WARNING, "Attribute is empty (zero length) in one instance - OK only if Type 2"
    if len(these) != len(others):
        return Severity.ERROR, f"Attribute has different value multiplicity - {len(these)} versus {len(others)}"
    if VR not in _NUMBERS:
        return Severity.ERROR, "String attribute has different value"
    if all(a == b or _is_same_number(a, b) for a, b in zip(these, others, strict=True)):
        return Severity.WARNING, "Numeric string attribute has equal value but different encoding"
    return Severity.ERROR, "Numeric attribute has different value"


def _is_same_number(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return False
