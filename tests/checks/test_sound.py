"""The short way around the rules of the values never says yes where a rule has something to say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomize.checks.elements import Element, Item, Walked
from dicomize.checks.paths import Place
from dicomize.checks.profiles import Profile
from dicomize.checks.sound import glance
from dicomize.checks.values import _DEFAULT, _Context, _Judge

CARRIERS = {
    "AE": 0x00080054, "AS": 0x00101010, "CS": 0x00180015, "DA": 0x00080020, "DS": 0x00101030, "DT": 0x0008002A,
    "IS": 0x00200011, "LO": 0x00100020, "LT": 0x00104000, "PN": 0x00100010, "SH": 0x00200010, "ST": 0x00080081,
    "TM": 0x00080030, "UI": 0x00080018, "UC": 0x00080119, "UR": 0x00081190, "UT": 0x00287FE0, "US": 0x00280010,
    "FD": 0x00189073, "AT": 0x00280009,
}  # fmt: skip

values = st.one_of(
    st.binary(max_size=70),
    st.text(alphabet="0129 .+-eE\\\0", max_size=18).map(str.encode),
    st.text(alphabet="AZaz_ ^=\\\x1b\n~", max_size=80).map(str.encode),
    st.from_regex(rb"[012][0-9]{7}([0-2][0-9][0-6][0-9][0-6][0-9] ?)?", fullmatch=True),
    st.from_regex(rb"[0-2][0-9][0-6][0-9][0-6][0-9] ?", fullmatch=True),
    st.from_regex(rb"[0-2](\.[0-9]{1,3}){1,9}\0?", fullmatch=True),
    st.from_regex(rb"[0-9]{3}[A-Z]", fullmatch=True),
)


def at_length(tag: int, VR: str, raw: bytes, profile: Profile) -> list[str]:
    """What the rules say of an element, without the short way."""
    element = Element(tag, VR, raw, (0, len(raw)))
    item = Item((element,))
    walked = Walked(Item(()), item, "1.2.840.10008.1.2.1", (), little_endian=True, explicit=True)
    judge = _Judge(walked, profile)
    return [f.message for f in judge._closely(Place(element, item, "/", VR), _Context(_DEFAULT, {}))]


@pytest.mark.parametrize("profile", Profile)
@given(VR=st.sampled_from(sorted(CARRIERS)), raw=values)
def test_what_looks_sound_is_sound(profile: Profile, VR: str, raw: bytes) -> None:
    sound = glance(CARRIERS[VR], VR)
    if raw and sound is not None and sound(raw):
        assert at_length(CARRIERS[VR], VR, raw, profile) == []


@pytest.mark.parametrize(
    ("VR", "raw"),
    [
        ("AE", b"STORE_SCP "), ("AS", b"044Y"), ("CS", b"A_1 "), ("DA", b"20240228"), ("DS", b"1.5 "),
        ("DT", b"20240128101500"), ("IS", b"12"), ("LO", b"Any text"), ("LT", b"Any text"), ("PN", b"Roe^Richard "),
        ("SH", b"x "), ("ST", b"Any text"), ("TM", b"235959"), ("UI", b"1.2.840.10008.1.2\0"), ("US", b"\1\0"),
        ("FD", b"\0" * 8), ("AT", b"\0" * 4),
    ],
)  # fmt: skip
def test_common_values_are_seen_at_a_glance(VR: str, raw: bytes) -> None:
    sound = glance(CARRIERS[VR], VR)
    assert sound is not None
    assert sound(raw)


@pytest.mark.parametrize(
    ("tag", "VR"),
    [
        (0x00091010, "LO"), (0x00080024, "XX"), (0x00100021, "UN"), (0x00100020, "SH"), (0x00080001, "UL"),
        (0x00081234, "LO"), (0x00100030, "UN"),
    ],
)  # fmt: skip
def test_what_needs_a_closer_look(tag: int, VR: str) -> None:
    """Private and unknown elements, another VR than the dictionary's, retired ones."""
    assert glance(tag, VR) is None
