"""Values of which at a glance nothing is to be said: most of them, in most files.

`glance` is the short way around the rules of vr.py, for both profiles. It may only say yes where they have nothing to say;
where it says no, they decide.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from dicomize.checks.dictionary import Entry, entry_of, is_private
from dicomize.checks.vr import COUNTED, SIZES, TEXT_RULES

Glance = Callable[[bytes], bool]

_PRINTABLE: Final = bytes(range(0x20, 0x5C)) + bytes(range(0x5D, 0x7F))
"""ASCII without the backslash, which separates values: the same characters in every Specific Character Set"""
_CODE_STRING: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _"


@lru_cache(maxsize=8192)
def glance(tag: int, VR: str) -> Glance | None:
    """A test of the values of an element, encoded with a VR (empty: implicit); None where there is more to look at."""
    entry = None if is_private(tag) else entry_of(tag)
    if entry is None or entry.retired or (VR and VR not in entry.VRs):
        return None
    read_with = VR or entry.VR
    if read_with in COUNTED:
        return _counted(entry, SIZES[read_with])
    if read_with not in TEXT_RULES:
        return lambda _: True
    return _ONE_VALUE.get(read_with) if entry.fewest <= 1 else None


def _counted(entry: Entry, size: int) -> Glance:
    least, most = entry.fewest * size, entry.most
    if most is None:
        return lambda raw: len(raw) == least
    limit = most * size
    return lambda raw: least <= len(raw) <= limit


def _text(characters: bytes, longest: int) -> Glance:
    return lambda raw: len(raw) <= longest and not raw.translate(None, characters)


def _uid(raw: bytes) -> bool:
    content = raw[:-1] if raw[-1:] == b"\0" else raw
    if b".0" in content or b".." in content or content[-1:] == b"." or len(content) > 64:
        return False
    return content[:1] in {b"1", b"2"} and not content.translate(None, b".0123456789")


def _person(raw: bytes) -> bool:
    # of one component group; dciodvfy has doubts about a name of one component
    return len(raw) <= 64 and 0 < raw.count(b"^") <= 4 and b"=" not in raw and not raw.translate(None, _PRINTABLE)


def _age(raw: bytes) -> bool:
    return len(raw) == 4 and raw[:3].isdigit() and raw[3] in b"DWMY"


def _date(raw: bytes) -> bool:
    # the days that every month has
    return (
        len(raw) == 8
        and raw.isdigit()
        and raw[:1] in {b"1", b"2"}
        and b"01" <= raw[4:6] <= b"12"
        and b"01" <= raw[6:] <= b"28"
    )


def _time(raw: bytes) -> bool:
    content = raw.rstrip(b" ")
    return len(content) == 6 and content.isdigit() and content < b"24" and content[2:3] < b"6" and content[4:5] < b"6"


def _date_time(raw: bytes) -> bool:
    return _date(raw[:8]) and _time(raw[8:])


def _integer(raw: bytes) -> bool:
    content = raw.rstrip(b" ")
    return len(content) <= 9 and content.isdigit()


def _decimal(raw: bytes) -> bool:
    content = raw.rstrip(b" ")
    return len(content) <= 16 and content.replace(b".", b"", 1).isdigit()


_ONE_VALUE: Final[dict[str, Glance]] = {
    "AE": _text(_PRINTABLE, 16),
    "AS": _age,
    "CS": _text(_CODE_STRING, 16),
    "DA": _date,
    "DS": _decimal,
    "DT": _date_time,
    "IS": _integer,
    "LO": _text(_PRINTABLE, 64),
    "LT": _text(_PRINTABLE, 10240),
    "PN": _person,
    "SH": _text(_PRINTABLE, 16),
    "ST": _text(_PRINTABLE, 1024),
    "TM": _time,
    "UI": _uid,
}
"""whether an element that has a value has one, and nothing is wrong with it"""
