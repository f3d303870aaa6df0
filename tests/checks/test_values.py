"""Values against their VR and the dictionary: expected values are those of PS3.5 table 6.2-1 and PS3.6."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pydicom.data
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomize.checks.elements import walk, walk_bytes
from dicomize.checks.profiles import Profile
from dicomize.checks.values import check_values
from dicomize.model import Finding, Severity

STRICT, DCIODVFY = Profile.STRICT, Profile.DCIODVFY
LONG = {"OB", "OW", "SQ", "UN", "UT", "UC", "UR"}
CARRIER = {
    "AE": 0x00080054, "AS": 0x00101010, "CS": 0x00180015, "DA": 0x00080020, "DS": 0x00101030, "DT": 0x0008002A,
    "IS": 0x00200011, "LO": 0x00100020, "LT": 0x00104000, "PN": 0x00100010, "SH": 0x00200010, "ST": 0x00080081,
    "TM": 0x00080030, "UC": 0x00080119, "UI": 0x00080014, "UR": 0x00081190, "UT": 0x00287FE0,
}  # fmt: skip


def element(tag: int, VR: str, value: bytes) -> bytes:
    length = struct.pack("<HI", 0, len(value)) if VR in LONG else struct.pack("<H", len(value))
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF) + VR.encode() + length + value


def file(dataset: bytes) -> bytes:
    return b"\0" * 128 + b"DICM" + element(0x00020010, "UI", b"1.2.840.10008.1.2.1\0") + dataset


def findings(dataset: bytes, profile: Profile = STRICT) -> list[Finding]:
    return list(check_values(walk_bytes(file(dataset)), profile))


def kinds(dataset: bytes, profile: Profile = STRICT) -> list[tuple[str, str]]:
    return [(f.severity.value, f.kind) for f in findings(dataset, profile)]


def invalid(VR: str, value: str | bytes, profile: Profile = STRICT, charset: str = "ISO_IR 192") -> bool:
    raw = value.encode() if isinstance(value, str) else value
    raw += (b"\0" if VR == "UI" else b" ") * (len(raw) % 2)
    head = element(0x00080005, "CS", charset.encode() + b" " * (len(charset) % 2))
    return ("error", "value-invalid") in kinds(head + element(CARRIER[VR], VR, raw), profile)


SOUND = [
    ("AE", "STORE_SCP"), ("AS", "044Y"), ("AS", "000D"), ("CS", "A B_1"), ("DA", "20240229"), ("DS", "+1.5E-10"),
    ("DS", ".5"), ("DS", " 1\\2 "), ("DT", "20240131101500.123456+0100"), ("DT", "2024"), ("IS", "2147483647"),
    ("IS", "-12"), ("LO", "Tübingen"), ("LT", "one\r\ntwo\tthree\\four"), ("PN", "A^B^C^D^E=F^G=H"),
    ("SH", "x"), ("ST", "a\\b\nc"), ("TM", "10"), ("TM", "101559.123456"), ("UI", "1.2.0.3"), ("UC", "x" * 999),
    ("UR", "http://a/b?c=%20"), ("UT", "any"), ("DA", ""), ("UI", ""),
]  # fmt: skip

BROKEN = [
    ("AE", "A\tB"), ("AE", "X" * 17), ("AS", "44Y"), ("AS", "044y"), ("CS", "lower"), ("CS", "A-B"), ("CS", "X" * 17),
    ("DA", "20241399"), ("DA", "2024.01.31"), ("DA", "202401"), ("DS", "1,5"), ("DS", "1" * 17), ("DS", "abc"),
    ("DT", "2024-01-31"), ("DT", "20240131101500+01"), ("DT", "2024013110150"), ("IS", "1.5"), ("IS", "99999999999"),
    ("IS", "2147483648"), ("LO", "X" * 65), ("LO", "a\nb"), ("LT", "a\x01"), ("LT", "x" * 10241),
    ("PN", "A^B^C^D^E^F"), ("PN", "a\tb^c"), ("SH", "X" * 17), ("ST", "x" * 1025), ("TM", "10:15:00"), ("TM", "256000"),
    ("TM", "1"), ("UI", "1..2"), ("UI", "1.02"), ("UI", "1.a"), ("UI", "1." + "2" * 63), ("UR", "http://a b"),
    ("UT", "a\x01"), ("UC", "a\tb"), ("UI", "1.2.3 "),
]  # fmt: skip


@pytest.mark.parametrize("profile", [STRICT, DCIODVFY])
@pytest.mark.parametrize(("VR", "value"), SOUND)
def test_a_sound_value_is_sound_for_both(VR: str, value: str, profile: Profile) -> None:
    assert not invalid(VR, value, profile)


@pytest.mark.parametrize("profile", [STRICT, DCIODVFY])
@pytest.mark.parametrize(("VR", "value"), BROKEN)
def test_a_broken_value_is_broken_for_both(VR: str, value: str, profile: Profile) -> None:
    assert invalid(VR, value, profile)


@pytest.mark.parametrize(
    ("VR", "value"),
    [
        ("DA", "20240230"), ("DA", "20241332"), ("TM", "245959"), ("TM", "101500.1234567"), ("DT", "20240231"), ("DT", "20240131101500+1900"),
        ("DT", "20240131251500"), ("DS", "1e"), ("IS", "-"), ("PN", "A=B=C=D^E"), ("UI", ".1"), ("DA", "20240131ab"),
        ("LO", b"M\xfcller"),
    ],
)  # fmt: skip
def test_what_dciodvfy_does_not_see(VR: str, value: str | bytes) -> None:
    assert invalid(VR, value, STRICT)
    assert not invalid(VR, value, DCIODVFY)


@pytest.mark.parametrize(
    ("VR", "value"),
    [("LO", "é" * 40), ("SH", "é" * 16), ("PN", "é" * 60 + "^é"), ("PN", "A" * 60 + "=" + "B" * 60 + "^C"),
     ("DT", "2024+0100"), ("IS", "-2147483648"), ("TM", "235960")],
)  # fmt: skip
def test_false_alarms_of_dciodvfy(VR: str, value: str) -> None:
    assert not invalid(VR, value, STRICT)
    assert invalid(VR, value, DCIODVFY)


@pytest.mark.parametrize(
    ("charset", "value", "expected"),
    [
        ("", b"M\xfcller", True),
        ("ISO_IR 100", b"M\xfcller", False),
        ("ISO_IR 100", b"M\x85ller", True),
        ("ISO_IR 192", "Müller".encode(), False),
        ("GB18030", "王".encode("gb18030"), False),
        ("GBK", "王".encode("gbk"), False),
        ("\\ISO 2022 IR 87", b"\x1b$B;3ED\x1b(B", False),
        ("ISO_IR 999", b"M\xfcller", True),
        # 64 characters of two bytes each, between two escape sequences; then 65
        ("\\ISO 2022 IR 87", b"\x1b$B" + b";3" * 64 + b"\x1b(B", False),
        ("\\ISO 2022 IR 87", b"\x1b$B" + b";3" * 65 + b"\x1b(B", True),
        ("ISO 2022 IR 13\\ISO 2022 IR 87", b"\xd4\xcf\xc0\xde", False),
        ("ISO 2022 IR 6\\ISO 2022 IR 100", b"\x1b-A" + b"\xe9" * 64, False),
        ("ISO 2022 IR 6\\ISO 2022 IR 100", b"\x1b-A" + b"\xe9" * 65, True),
        ("\\ISO 2022 IR 149", b"\x1b$)C" + b"\xb1\xe8" * 60, False),
        ("\\ISO 2022 IR 149", b"\x1b$)C" + b"\xb1\xe8" * 65, True),
        # the set of one term, used with another; and one that does not exist
        ("\\ISO 2022 IR 87", b"\x1b$)C\xb1\xe8", True),
        ("\\ISO 2022 IR 87", b"\x1b!x", True),
        # characters whose second byte is that of a backslash are one value, and no other
        ("\\ISO 2022 IR 87", b"\x1b$B" + b"%\\" * 60 + b"\x1b(B", False),
        ("GB18030", b"\x81\x5c" * 60, False),
        ("GB18030", b"\x81\x5c" * 65, True),
    ],
)
def test_the_specific_character_set(charset: str, value: bytes, expected: bool) -> None:
    assert invalid("LO", value, STRICT, charset) is expected


@pytest.mark.parametrize(
    "name",
    [
        "chrFrenMulti",
        "chrH31",
        "chrH32",
        "chrI2",
        "chrJapMulti",
        "chrJapMultiExplicitIR6",
        "chrKoreanMulti",
        "chrX1",
        "chrX2",
    ],
)
def test_names_of_real_files(name: str) -> None:
    """Files of pydicom with the examples of PS3.5 annexes H to K."""
    path = Path(pydicom.data.__file__).with_name("charset_files") / f"{name}.dcm"
    assert [f for f in check_values(walk(path), STRICT) if f.kind in {"value-invalid", "vm"}] == []


@pytest.mark.parametrize("codec", ["iso2022_jp_2", "gb18030"])
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=80))
def test_ideographs_are_counted_one_by_one(codec: str, text: str) -> None:
    try:
        raw = text.encode(codec)
    except UnicodeEncodeError:
        return
    if set(re.findall(rb"\x1b[$(]*.", raw)) - {b"\x1b$B", b"\x1b$(D", b"\x1b(B"}:
        return  # it went to Chinese or Korean for a character
    charset = "GB18030" if codec == "gb18030" else "\\ISO 2022 IR 87\\ISO 2022 IR 159"
    assert invalid("LO", raw, STRICT, charset) is (len(text) > 64)


def test_an_item_inherits_the_character_set() -> None:
    inner = element(0x00080104, "LO", "Größe ".encode())
    code = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
    sequence = element(0x00081032, "SQ", code)
    assert kinds(element(0x00080005, "CS", b"ISO_IR 192") + sequence) == []
    assert kinds(sequence) == [("error", "value-invalid")]


def test_padding() -> None:
    assert invalid("LO", b"ab\0\0")
    assert invalid("LO", b"a\0b ")
    assert not invalid("UI", b"1.23\0\0")
    assert invalid("DA", "20240131  ")


def test_findings_have_the_path_of_the_value() -> None:
    inner = element(0x00080100, "SH", b"X" * 18)
    sequence = element(0x00081032, "SQ", struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner)
    (finding,) = findings(sequence)
    assert finding.path == "/ProcedureCodeSequence(0008,1032)[1]/CodeValue(0008,0100)[1]"
    assert finding.tag == 0x00080100
    assert finding.reference == "PS3.5 table 6.2-1"


@pytest.mark.parametrize(
    ("tag", "VR", "value", "expected"),
    [
        (0x00100020, "LO", b"A\\B ", [("error", "vm")]),
        (0x00080008, "CS", b"ORIGINAL", [("error", "vm")]),
        (0x00280010, "US", b"\1\0\1\0", [("error", "vm")]),
        (0x00280034, "IS", b"1\\2 ", []),
        (0x00100020, "SH", b"A ", [("warning", "vr-mismatch"), ("error", "vr-wrong")]),
        (0x00280106, "SS", b"\0\0", []),
        (0x00101000, "LO", b"A ", [("warning", "retired")]),
        (0x00080000, "UL", b"\0\0\0\0", [("warning", "retired")]),
        (0x00100FFE, "LO", b"A ", [("error", "not-in-dictionary")]),
        (0x00111001, "LO", b"A ", [("error", "private")]),
        (0x00050010, "LO", b"A ", [("error", "private")]),
        (0x00110010, "SH", b"A ", [("warning", "vr-mismatch"), ("error", "private")]),
        (0x0011000D, "LO", b"A ", [("error", "private")]),
        (0x00110010, "LO", b"", [("error", "private")]),
        (0x00080080, "UN", b"A ", [("warning", "vr-mismatch")]),
        (0x00182001, "UN", b"1\\" * 32767, [("warning", "vr-mismatch")]),
        (0x00182001, "UN", b"1\\" * 32768, []),
    ],
)  # fmt: skip
def test_elements_against_the_dictionary(tag: int, VR: str, value: bytes, expected: list[tuple[str, str]]) -> None:
    assert kinds(element(tag, VR, value)) == expected


def test_a_private_block_with_its_creator() -> None:
    block = element(0x00110010, "LO", b"ACME") + element(0x00111001, "LO", b"A ")
    assert kinds(block) == []
    (finding,) = findings(block, DCIODVFY)
    assert (finding.kind, finding.path, finding.tag) == ("encoding", '/(0011,1001,"ACME")', 0x00111001)


@pytest.mark.parametrize(("VR", "kind"), [("SL", "vr-mismatch"), ("SH", ""), ("UN", "")])
def test_a_private_block_of_a_known_vendor(VR: str, kind: str) -> None:
    """The element (0019,xx8f) of GEMS_ACQU_01 is SH in no dictionary: there it is SS."""
    wanted = {"SH": "SS"}.get(VR, VR)
    block = element(0x00190010, "LO", b"GEMS_ACQU_01") + element(0x0019108F, wanted, b"\0\0" * (1 + (VR == "SL")))
    assert kinds(block) == []
    assert [(f.kind, f.path) for f in findings(block, DCIODVFY)] == (
        [(kind, '/(0019,108f,"GEMS_ACQU_01")')] if kind else []
    )


def test_a_name_of_one_component_is_sound() -> None:
    name = element(0x00100010, "PN", b"Roe ")
    assert kinds(name) == []
    assert kinds(name, DCIODVFY) == [("warning", "value-dubious")]


@pytest.mark.parametrize(("profile", "severity"), [(STRICT, Severity.ERROR), (DCIODVFY, Severity.WARNING)])
def test_a_group_length_that_is_wrong(profile: Profile, severity: Severity) -> None:
    meta = element(0x00020000, "UL", struct.pack("<I", 99)) + element(0x00020010, "UI", b"1.2.840.10008.1.2.1\0")
    walked = walk_bytes(b"\0" * 128 + b"DICM" + meta + element(0x00100020, "LO", b"A "))
    (finding,) = check_values(walked, profile)
    assert (finding.severity, finding.kind) == (severity, "group-length")
    assert "actually 0x1c" in finding.message
