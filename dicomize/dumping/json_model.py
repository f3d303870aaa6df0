"""The DICOM JSON Model (PS3.18 annex F): without group 0002 and group lengths, long binary values by reference."""

from __future__ import annotations

import base64
import math
import os
import re
import struct
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from dicomize.checks.elements import Element, Item
from dicomize.dumping.charsets import decoder_of
from dicomize.dumping.opened import Opened
from dicomize.dumping.selecting import Selection, Steps
from dicomize.dumping.values import NUMBERS, ONE, TEXT

INLINE: Final = 1024
"""bytes of a binary value that are written in base64; of a longer one it is said where it is"""
_LONGEST_TEXT: Final = 1 << 24
_LARGEST_EXACT: Final = 1 << 53
"""whole numbers above it are strings: many readers take every number for a double (PS3.18 F.2.3)"""
_WORDS: Final = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}
_GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")
_WHOLE: Final = re.compile(r"[+-]?\d{1,12}", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


def model(opened: Opened, selection: Selection) -> dict[str, Any]:
    """The data set as an object of the DICOM JSON Model; of a selection, what is selected, at the top."""
    writer = _Model(opened)
    if selection.everything:
        return writer.item(opened.walked.dataset)
    found: dict[str, Any] = {}
    _collect(writer, opened.walked.dataset, (), selection, found)
    return found


def _collect(writer: _Model, item: Item, steps: Steps, selection: Selection, found: dict[str, Any]) -> None:
    for element in item.elements:
        if selection.wants(element.tag, steps):
            path = "".join(f"{tag:08X}[{number}]." for tag, number in steps)
            found[f"{path}{element.tag:08X}"] = writer.element(element, item)
            continue
        for number, inner in enumerate(element.items):
            _collect(writer, inner, (*steps, (element.tag, number)), selection, found)


class _Model:
    """The objects of one file."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.order = "<" if opened.walked.little_endian else ">"

    def item(self, item: Item) -> dict[str, Any]:
        """A data set; of a duplicate the first counts."""
        found: dict[str, Any] = {}
        for element in item.elements:
            if element.tag & 0xFFFF:
                found.setdefault(f"{element.tag:08X}", self.element(element, item))
        return found

    def element(self, element: Element, item: Item) -> dict[str, Any]:
        VR = self.opened.VR(element)
        if VR == "SQ" or element.items:
            items = [self.item(inner) for inner in element.items]
            return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
        if element.is_empty:
            return {"vr": VR}
        if VR in TEXT:
            raw = self.opened.read(element, _LONGEST_TEXT)
            return _with({"vr": VR}, _texts(VR, decoder_of(self.opened.walked.dataset, item)(raw)))
        if VR in NUMBERS and VR not in ONE:
            return _with({"vr": VR}, _numbers(VR, self.order, self.opened.read(element, _LONGEST_TEXT)))
        if VR == "AT":
            raw = self.opened.read(element, _LONGEST_TEXT)
            pairs = struct.iter_unpack(f"{self.order}HH", raw[: len(raw) // 4 * 4])
            return {"vr": VR, "Value": [f"{group:04X}{number:04X}" for group, number in pairs]}
        return {"vr": VR if VR in _WORDS or VR == "OB" else "UN", **self.binary(element, VR)}

    def binary(self, element: Element, VR: str) -> dict[str, str]:
        start, length = element.span
        if element.fragments:
            last, size = element.fragments[-1]
            length = last + size - start
        elif length is not None and length <= INLINE:
            return {
                "InlineBinary": base64.b64encode(self.little(self.opened.read(element, length), VR)).decode("ascii")
            }
        name = quote(os.fsencode(self.opened.path.name))
        return {"BulkDataURI": f"{name}?offset={start}&length={length or 0}"}

    def little(self, raw: bytes, VR: str) -> bytes:
        """Words in little endian, as the model wants them."""
        size = _WORDS.get(VR, 1)
        if self.order == "<" or size == 1:
            return raw
        # what is left over where the last word is not whole stays as it is
        end = len(raw) // size * size
        turned = bytearray(raw)
        for byte in range(size):
            turned[byte:end:size] = raw[size - 1 - byte : end : size]
        return bytes(turned)


def _with(found: dict[str, Any], values: Sequence[Any]) -> dict[str, Any]:
    return {**found, "Value": list(values)} if values else found


def _texts(VR: str, text: str) -> list[Any]:
    """Values of text; an empty one among several is null."""
    if VR in ONE:
        kept = text.rstrip("\0 ")
        return [kept] if kept else []
    values = [part.strip("\0 ") if VR != "UC" else part.rstrip("\0 ") for part in text.split("\\")]
    return [_text(VR, value) if value else None for value in values]


def _text(VR: str, value: str) -> Any:
    if VR == "PN":
        groups = zip(_GROUPS, value.split("="), strict=False)
        return {name: group for name, group in groups if group}
    if VR == "IS" and _WHOLE.fullmatch(value):
        return int(value)
    if VR == "DS" and _DECIMAL.fullmatch(value) and math.isfinite(float(value)):
        return float(value)
    return value


def _numbers(VR: str, order: str, raw: bytes) -> list[Any]:
    code = NUMBERS[VR]
    size = struct.calcsize(code)
    values = (n for (n,) in struct.iter_unpack(f"{order}{code}", raw[: len(raw) // size * size]))
    return [_number(n) for n in values]


def _number(value: int | float) -> int | float | str:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else str(value)
    return str(value) if isinstance(value, int) and abs(value) > _LARGEST_EXACT else value
