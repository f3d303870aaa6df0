"""A value as dcmdump prints it: at most 70 characters, with ... where there is more."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from dicomize.dumping import names

LINE: Final = 70
"""characters of a value that dcmdump prints"""
_MORE: Final = "..."
ENOUGH: Final = 1024
"""bytes that make more than LINE characters of any VR"""
NO_VALUE: Final = "(no value available)"

NUMBERS: Final[Mapping[str, str]] = {
    "US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FL": "f", "FD": "d",
    "OL": "I", "OV": "Q", "OF": "f", "OD": "d",
}  # fmt: skip
ONE: Final = frozenset({"LT", "ST", "UT", "UR", "OB", "OW", "UN", "OF", "OD", "OL", "OV", ""})
"""VRs with a VM of 1, whatever they hold"""
TEXT: Final = frozenset(
    {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
)


class Encoded(NamedTuple):
    """The beginning of a value."""

    VR: str
    raw: bytes
    length: int
    """bytes of all of it"""
    order: Literal["<", ">"]
    decode: Callable[[bytes], str]
    """text by the character set of the data set"""


def shown(value: Encoded) -> str:
    """The value as text."""
    if value.length == 0:
        return NO_VALUE
    if value.VR in TEXT:
        return _text(value)
    if value.VR in NUMBERS:
        return _joined(_numbers(value), whole=len(value.raw) == value.length)
    if value.VR == "AT":
        pairs = struct.iter_unpack(f"{value.order}HH", value.raw[: len(value.raw) // 4 * 4])
        return _joined([f"({group:04x},{number:04x})" for group, number in pairs], whole=len(value.raw) == value.length)
    return _hexadecimal(value)


def multiplicity(value: Encoded, backslashes: int) -> int:
    """The VM (PS3.5 6.4)."""
    if value.VR not in TEXT and value.VR in ONE:
        return 1
    if not value.raw.strip(b"\0 "[: 2 if value.VR in TEXT else 0]):
        return 0
    if value.VR in ONE:
        return 1
    if value.VR in TEXT:
        return backslashes + 1
    size = 4 if value.VR == "AT" else struct.calcsize(NUMBERS.get(value.VR, "x"))
    return max(1, value.length // size)


def _text(value: Encoded) -> str:
    text = value.decode(value.raw).rstrip("\0" if value.VR == "UI" else "\0 ")
    if not text:
        return NO_VALUE
    if value.VR == "UI" and (name := names.uid(text)):
        return f"={name}"
    if len(text) + 2 > LINE:
        return f"[{text[: LINE - 1 - len(_MORE)]}{_MORE}"
    return f"[{text}]"


def _numbers(value: Encoded) -> Sequence[str]:
    code = NUMBERS[value.VR]
    size = struct.calcsize(code)
    numbers = [n for (n,) in struct.iter_unpack(f"{value.order}{code}", value.raw[: len(value.raw) // size * size])]
    if code == "f":
        return [f"{n:.9g}" for n in numbers]
    return [f"{n!r}".removesuffix(".0") for n in numbers]


def _hexadecimal(value: Encoded) -> str:
    """Bytes; words where the VR is OW, in the order of the file's words."""
    size = 2 if value.VR == "OW" else 1
    pieces = [value.raw[at : at + size] for at in range(0, len(value.raw), size)]
    swapped = value.VR == "OW" and value.order == "<"
    return _joined([(p[::-1] if swapped else p).hex() for p in pieces], whole=len(value.raw) == value.length)


def _joined(values: Sequence[str], *, whole: bool) -> str:
    """Values with backslashes between them; as many as fit where they do not all."""
    text = "\\".join(values)
    if whole and len(text) <= LINE:
        return text
    kept: list[str] = []
    room = LINE - len(_MORE) + 1
    for value in values:
        room -= len(value) + 1
        if room < 0:
            break
        kept.append(value)
    return "\\".join(kept) + _MORE
