"""The data dictionary of PS3.6, as the checks need it: one look-up a tag, remembered."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from pydicom.datadict import get_entry, private_dictionary_VR

_AMBIGUOUS: Final = {"US or SS": "US", "US or SS or OW": "US", "US or OW": "OW", "OB or OW": "OB"}
"""VRs that depend on other elements: how to read one that is not written"""


class Entry(NamedTuple):
    """What the dictionary says of a tag."""

    keyword: str
    VR: str
    """the one to read it with, where several are allowed"""
    VRs: tuple[str, ...]
    fewest: int
    most: int | None
    step: int
    """the VM: from `fewest` to `most` (None: any number), in steps of `step`"""
    retired: bool


@lru_cache(maxsize=8192)
def entry_of(tag: int) -> Entry | None:
    """The entry of a tag of an even group; None where the standard has none."""
    if tag & 0xFFFF == 0 and tag >> 16 not in {0, 2}:
        return Entry("", "UL", ("UL",), 1, 1, 1, retired=True)
    try:
        VR, VM, _, retired, keyword = get_entry(tag)
    except KeyError:
        return None
    fewest, most, step = _multiplicity(VM)
    return Entry(keyword, _AMBIGUOUS.get(VR, VR), tuple(VR.split(" or ")), fewest, most, step, bool(retired))


def _multiplicity(VM: str) -> tuple[int, int | None, int]:
    """Fewest, most and step of a VM such as 1, 1-3, 2-n, 2-2n."""
    low, _, high = VM.partition("-")
    if not high:
        return int(low), int(low), 1
    if high.endswith("n"):
        return int(low), None, int(high[:-1] or 1)
    return int(low), int(high), 1


def vendor_representation(tag: int, owner: str) -> str:
    """The VR that a vendor has for a private element; an empty string where nobody knows it."""
    try:
        return private_dictionary_VR(tag, owner)
    except KeyError:
        return ""


def is_private(tag: int) -> bool:
    """Whether the group is odd (PS3.5 7.8)."""
    return bool(tag & 0x10000)


def is_creator(tag: int) -> bool:
    """Whether it is a Private Creator element, or stands where one would (PS3.5 7.8.1)."""
    return is_private(tag) and tag & 0xFFFF < 0x100
