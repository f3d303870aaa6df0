"""The walk over raw elements: what is encoded, as it is, whatever it is."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomize.checks import elements
from dicomize.checks.elements import Damage, Walked, walk, walk_bytes

LONG = {"OB", "OW", "SQ", "UN", "UT", "UC", "UR"}
IMPLICIT, EXPLICIT, DEFLATED, BIG = (f"1.2.840.10008.1.2{end}" for end in ("", ".1", ".1.99", ".2"))


def element(tag: int, VR: str, value: bytes, length: int | None = None, order: str = "<") -> bytes:
    size = len(value) if length is None else length
    head = struct.pack(f"{order}HH", tag >> 16, tag & 0xFFFF)
    if not VR:
        return head + struct.pack(f"{order}I", size) + value
    form = f"{order}2sHI" if VR in LONG else f"{order}2sH"
    return head + struct.pack(form, VR.encode(), *((0, size) if VR in LONG else (size,))) + value


def item(content: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content) if length is None else length) + content


ITEM_END, SEQUENCE_END = struct.pack("<HHI", 0xFFFE, 0xE00D, 0), struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def file(dataset: bytes, syntax: str = EXPLICIT) -> bytes:
    padded = syntax.encode() + b"\0" * (len(syntax) % 2)
    return b"\0" * 128 + b"DICM" + element(0x00020010, "UI", padded) + dataset


def damage(walked: Walked) -> list[Damage]:
    return [problem.damage for problem in walked.problems]


NAME = element(0x00100010, "PN", b"Roe^Richard ")
UNDEFINED = 0xFFFFFFFF


def test_an_element_is_given_as_it_is_written() -> None:
    walked = walk_bytes(file(element(0x00080020, "LO", b"2024  ") + NAME))
    first, second = walked.dataset.elements
    assert (first.tag, first.VR, first.raw, first.span[1]) == (0x00080020, "LO", b"2024  ", 6)
    assert second.raw == b"Roe^Richard "
    assert walked.transfer_syntax == EXPLICIT
    assert walked.problems == ()


def test_a_file_is_walked_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "one.dcm"
    path.write_bytes(file(NAME))
    assert walk(path) == walk_bytes(file(NAME))


def test_implicit_vr() -> None:
    sequence = element(0x00081032, "", item(element(0x00080100, "", b"A ")))
    walked = walk_bytes(file(sequence + element(0x00100010, "", b"A^B "), IMPLICIT))
    assert not walked.explicit
    assert [e.tag for e in walked.dataset.elements] == [0x00081032, 0x00100010]
    assert walked.dataset.elements[0].items[0].elements[0].raw == b"A "


def test_big_endian() -> None:
    walked = walk_bytes(file(element(0x00280010, "US", b"\0\5", order=">"), BIG))
    assert not walked.little_endian
    assert walked.dataset.elements[0].tag == 0x00280010


def test_a_deflated_data_set() -> None:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    walked = walk_bytes(file(deflate.compress(NAME) + deflate.flush(), DEFLATED))
    assert walked.dataset.elements[0].raw == b"Roe^Richard "


def test_a_deflated_data_set_that_is_none() -> None:
    assert damage(walk_bytes(file(b"\xff\xff\xff\xff", DEFLATED))) == [Damage.DEFLATED]


@pytest.mark.parametrize(
    ("data", "little", "explicit"),
    [
        (NAME, True, True),
        (element(0x00100010, "", b"A^B "), True, False),
        (element(0x00100010, "PN", b"A^B ", order=">"), False, True),
    ],
)
def test_a_bare_data_set(data: bytes, little: bool, explicit: bool) -> None:
    walked = walk_bytes(data)
    assert (walked.little_endian, walked.explicit) == (little, explicit)
    assert walked.dataset.elements[0].tag == 0x00100010
    assert damage(walked) == [Damage.NO_META]


def test_sequences_of_undefined_length() -> None:
    inner = item(element(0x00080100, "SH", b"A ") + ITEM_END, UNDEFINED)
    walked = walk_bytes(file(element(0x00081032, "SQ", inner + inner + SEQUENCE_END, UNDEFINED) + NAME))
    sequence, name = walked.dataset.elements
    assert sequence.span[1] is None
    assert [i.elements[0].raw for i in sequence.items] == [b"A ", b"A "]
    assert name.tag == 0x00100010
    assert walked.problems == ()


@pytest.mark.parametrize("explicit", [False, True])
def test_a_sequence_of_vr_un_is_walked(explicit: bool) -> None:
    inner = element(0x00080100, "SH" if explicit else "", b"A ")
    walked = walk_bytes(file(element(0x00081032, "UN", item(inner)) + NAME))
    sequence = walked.dataset.elements[0]
    assert sequence.VR == "UN"
    assert sequence.items[0].elements[0].raw == b"A "
    assert damage(walked) == ([Damage.EXPLICIT_IN_UN] if explicit else [])


def test_encapsulated_pixel_data() -> None:
    data = item(struct.pack("<I", 0)) + item(b"\xff\xd8\xff\xe0\0\0") + SEQUENCE_END
    pixels = walk_bytes(file(element(0x7FE00010, "OB", data, UNDEFINED))).dataset.elements[0]
    assert [length for _, length in pixels.fragments] == [4, 6]
    assert pixels.starts == (b"\0\0\0\0", b"\xff\xd8\xff\xe0")
    assert not pixels.is_empty


def test_long_values_and_pixels_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "LONGEST_VALUE", 4)
    walked = walk_bytes(file(NAME + element(0x7FE00010, "OB", b"\0\0")))
    assert [(e.raw, e.span[1]) for e in walked.dataset.elements] == [(b"", 12), (b"", 2)]
    assert not any(e.is_empty for e in walked.dataset.elements)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (NAME[:-3], Damage.PAST_END),
        (NAME + b"\0\0\0", Damage.LEFT_OVER),
        (SEQUENCE_END, Damage.DELIMITER),
        (element(0x00081032, "SQ", NAME), Damage.NO_ITEM),
        (element(0x00100010, "XX", b"A "), Damage.BAD_VR),
        (element(0x00100010, "UT", b"", UNDEFINED), Damage.UNDEFINED_LENGTH),
        (element(0x7FE00010, "OB", item(b""), UNDEFINED), Damage.UNENDED),
        (element(0x7FE00010, "OB", item(b"", 8), UNDEFINED), Damage.FRAGMENT),
        (element(0x00081032, "SQ", item(NAME, 99)), Damage.PAST_END),
    ],
)
def test_damage_is_told(data: bytes, expected: Damage) -> None:
    assert expected in damage(walk_bytes(file(data)))


def test_nesting_has_an_end() -> None:
    data = NAME
    for _ in range(100):
        data = element(0x00081032, "SQ", item(data))[:-1] + data[-1:]
    assert damage(walk_bytes(file(data))) == [Damage.TOO_DEEP]


def test_the_number_of_elements_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "_MOST_ELEMENTS", 5)
    walked = walk_bytes(file(NAME * 9))
    assert len(walked.dataset.elements) == 5
    assert damage(walked) == [Damage.TOO_MANY]


@given(st.binary(max_size=400))
def test_any_bytes_can_be_walked(data: bytes) -> None:
    for whole in (data, file(data), file(data, IMPLICIT), file(data, BIG), file(data, DEFLATED)):
        walked = walk_bytes(whole)
        assert sum(len(e.raw) for e in walked.dataset.elements) <= len(whole) or walked.transfer_syntax == DEFLATED
