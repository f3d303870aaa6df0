"""All native checks together: as the real dciodvfy has it, and never an exception."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomize.checks.elements import walk_bytes
from dicomize.checks.native import check_native, check_walked
from dicomize.checks.profiles import Profile
from dicomize.model import Finding, Severity
from dicomize.wrappers import dciodvfy, process

LONG = {"OB", "OW", "SQ", "UN", "UT", "UC", "UR"}
SC = "1.2.840.10008.5.1.4.1.1.7"
Elements = list[tuple[int, str, bytes]]

KINDS = frozenset({
    "value-invalid", "value-dubious", "vr-mismatch", "vr-wrong", "meta", "meta-mismatch", "encoding", "encapsulation",
    "uid-root", "uid-reuse", "patient-orientation", "lossy-method", "dicomdir", "retired", "not-in-dictionary", "code",
    "private", "group-length", "pixeldata-length", "pixel-bits", "pixel-aspect", "pixel-spacing", "sop-class",
})  # fmt: skip
"""kinds that need no table of an IOD"""


def element(tag: int, VR: str, value: bytes, length: int | None = None) -> bytes:
    size = len(value) if length is None else length
    form = struct.pack("<HI", 0, size) if VR in LONG else struct.pack("<H", size & 0xFFFF)
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF) + VR.encode() + form + value


def item(content: bytes, tag: int = 0xFFFEE000) -> bytes:
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(content)) + content


def file(elements: Elements) -> bytes:
    body = b"".join(
        element(tag, VR, value, 0xFFFFFFFF if tag == 0x7FE00010 and value[:4] == b"\xfe\xff\0\xe0" else None)
        for tag, VR, value in elements
    )
    return b"\0" * 128 + b"DICM" + body


CODE = element(0x00080100, "SH", b"39937001") + element(0x00080102, "SH", b"SCT ") + element(0x00080104, "LO", b"Skin")

BASE: Elements = [
    (0x00020001, "OB", b"\0\1"), (0x00020002, "UI", b"1.2.840.10008.5.1.4.1.1.7\0"), (0x00020003, "UI", b"2.25.11\0"),
    (0x00020010, "UI", b"1.2.840.10008.1.2.1\0"), (0x00020012, "UI", b"2.25.19\0"),
    (0x00080005, "CS", b"ISO_IR 192"), (0x00080008, "CS", b"DERIVED\\SECONDARY "),
    (0x00080014, "UI", b"2.25.18\0"), (0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.7\0"), (0x00080018, "UI", b"2.25.11\0"),
    (0x00080020, "DA", b"20240131"), (0x00080030, "TM", b"101500"), (0x00080050, "SH", b"A1"),
    (0x00080060, "CS", b"OT"), (0x00080064, "CS", b"WSD "), (0x00080070, "LO", b"Acme"), (0x00080090, "PN", b"Roe^R "),
    (0x00081032, "SQ", item(CODE)), (0x00100010, "PN", b"Doe^Jane"), (0x00100020, "LO", b"P001"),
    (0x00100030, "DA", b"19800229"), (0x00100040, "CS", b"F "), (0x00101010, "AS", b"044Y"), (0x00101030, "DS", b"70.5"),
    (0x00104000, "LT", b"none"), (0x00180015, "CS", b"HEAD"), (0x0020000D, "UI", b"2.25.12\0"),
    (0x0020000E, "UI", b"2.25.13\0"), (0x00200010, "SH", b"S1"), (0x00200011, "IS", b"1 "), (0x00200013, "IS", b"1 "),
    (0x00200020, "CS", b"L\\F "), (0x00280002, "US", b"\1\0"), (0x00280004, "CS", b"MONOCHROME2 "),
    (0x00280010, "US", b"\2\0"), (0x00280011, "US", b"\4\0"), (0x00280100, "US", b"\x08\0"),
    (0x00280101, "US", b"\x08\0"), (0x00280102, "US", b"\7\0"), (0x00280103, "US", b"\0\0"),
    (0x7FE00010, "OB", b"\0" * 8),
]  # fmt: skip

VALUES = [
    b"", b"  ", b"abc ", b"ABC", b"A\tB ", b"20240230", b"20241399", b"2024.01.31", b"10:15:00", b"245959", b"1.5 ",
    b"99999999999 ", b"1..2", b"1.02", b"0.0 ", b"3.4.5 ", b"1.2.3 ", b"X" * 66, b"M\xc3\xbcller^J ", b"M\xfcller^J",
    b"A^B^C^D^E^F ", b"L\\L ", b"X\\Y ", b"a\0b ", b"ab\0\0", b"1\\2 ", b"\0\0", b"\1\0", b"\x09\0", b"\x10\0",
    b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.840.10008.1.2.4.50\0", b"T-0100", b"odd",
]  # fmt: skip
SWAPS = ["LO", "SH", "CS", "UN", "UT", "SS", "DS"]


def mutations(count: int, seed: int) -> Iterator[bytes]:
    """One thing changed at random: a value, a VR, an element more, less, twice, or elsewhere, or the end cut off."""
    dice = random.Random(seed)  # noqa: S311
    for _ in range(count):
        elements = list(BASE)
        at = dice.randrange(len(elements))
        tag, VR, value = elements[at]
        what = dice.choice(["value", "value", "value", "value", "VR", "remove", "add", "twice", "cut"])
        if what == "value" and VR != "SQ":
            elements[at] = (tag, VR, dice.choice(VALUES))
        elif what == "VR" and VR not in {"SQ", "OB"}:
            elements[at] = (tag, dice.choice(SWAPS), value)
        elif what == "remove":
            del elements[at]
        elif what == "add":
            elements = sorted([*elements, dice.choice(MORE)], key=lambda e: e[0])
        elif what == "twice" and tag >> 16 > 8:
            elements.insert(at, elements[at])
        yield file(elements)[:-4] if what == "cut" else file(elements)


MORE: Elements = [
    (0x00080000, "UL", b"\1\0\0\0"), (0x00100FFE, "LO", b"X "), (0x00111001, "LO", b"X "), (0x00050010, "LO", b"X "),
    (0x00101000, "LO", b"X "), (0x00182010, "DS", b"2\\2 "), (0x00280034, "IS", b"1\\1 "), (0x00282114, "CS", b"X "),
    (0x00081140, "SQ", b""), (0x00200052, "UI", b"2.25.12\0"), (0x00110010, "LO", b"ACME"), (0x00080081, "ST", b"a\tb "),
]  # fmt: skip


def key(finding: Finding) -> tuple[Severity, str, int | None]:
    return finding.severity, finding.kind, finding.tag


def test_as_the_real_dciodvfy_has_it(require_tool: Callable[[str], Path], tmp_path: Path) -> None:
    program = require_tool("dciodvfy")
    paths = []
    for number, data in enumerate(dict.fromkeys(mutations(250, 20260101))):
        paths.append(tmp_path / f"{number}.dcm")
        paths[-1].write_bytes(data)

    def validate(path: Path) -> tuple[Finding, ...] | None:
        invocation = process.run(dciodvfy.command(program, path), 20, accept=process.ANY_EXIT)
        return dciodvfy.parse(invocation.stderr)[1] if invocation.returncode in {0, 1} else None

    with ThreadPoolExecutor(4) as pool:
        theirs = list(pool.map(validate, paths))
    assert sum(findings is None for findings in theirs) < len(paths) // 20  # it crashes on some BitsAllocated
    wrong = []
    for path, findings in zip(paths, theirs, strict=True):
        if findings is None:
            continue
        wanted = {key(f) for f in findings if f.kind in KINDS}
        got = {key(f) for f in check_native(path, Profile.DCIODVFY)[1] if f.kind in KINDS}
        wrong += [(path.name, "missed", k) for k in wanted - got] + [(path.name, "invented", k) for k in got - wanted]
    assert wrong == []


def without_meta(*, explicit: bool) -> bytes:
    """The prefix, and nothing of group 0002 behind it."""
    elements = [(tag, VR, value) for tag, VR, value in BASE if tag >> 16 > 2 and VR != "SQ"]
    if explicit:
        return file(elements)
    plain = (struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value for tag, _, value in elements)
    return file([]) + b"".join(plain)


FOUND_IN_REAL_FILES: dict[str, bytes] = {
    "the prefix alone": without_meta(explicit=True),
    "the prefix alone, implicit": without_meta(explicit=False),
    "a group below the file meta information": file([*BASE[:5], (0x00010001, "LO", b"ACME"), *BASE[5:]]),
    "creators that are no LO": file(sorted([*BASE, (0x00110010, "SH", b"ACME"), (0x00130010, "UL", b"\1\0\0\0")])),
    "private elements of a known vendor": file(
        sorted([
            *BASE,
            (0x00190010, "LO", b"GEMS_ACQU_01"),
            (0x00191002, "SL", b"\1\0\0\0"),
            (0x0019108F, "SL", b"\1\0\0\0"),
            (0x001910FF, "SL", b"\1\0\0\0"),
        ])
    ),
    "a private scheme": file(
        sorted([*BASE, (0x00081110, "SQ", item(element(0x00080100, "SH", b"1 ") + element(0x00080102, "SH", b"99_A-B")))])
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND_IN_REAL_FILES)
def test_as_dciodvfy_has_it_where_real_files_differed(
    case: str, require_tool: Callable[[str], Path], tmp_path: Path
) -> None:
    path = tmp_path / "case.dcm"
    path.write_bytes(FOUND_IN_REAL_FILES[case])
    _, theirs, _ = dciodvfy.validate(path, require_tool("dciodvfy"), 20)
    wanted = {key(f) for f in theirs if f.kind in KINDS}
    assert {key(f) for f in check_native(path, Profile.DCIODVFY)[1] if f.kind in KINDS} == wanted


def test_the_prefix_alone_is_one_fault(tmp_path: Path) -> None:
    path = tmp_path / "prefix.dcm"
    for explicit in (True, False):
        path.write_bytes(without_meta(explicit=explicit))
        (finding,) = check_native(path, Profile.STRICT)[1]
        assert (finding.severity, finding.kind) == (Severity.ERROR, "meta")


def test_a_sound_file_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "sound.dcm"
    path.write_bytes(file(BASE))
    for profile in Profile:
        assert [f for f in check_native(path, profile)[1] if f.kind in KINDS] == []


def test_each_finding_once(tmp_path: Path) -> None:
    path = tmp_path / "broken.dcm"
    for data in mutations(30, 7):
        path.write_bytes(data)
        for profile in Profile:
            found = check_native(path, profile)[1]
            assert len(found) == len(set(found))


def check_all(data: bytes) -> None:
    walked = walk_bytes(data)
    for profile in Profile:
        for finding in check_walked(walked, profile)[1]:
            assert finding.kind
            assert finding.message


@given(st.binary(max_size=600))
def test_any_bytes(data: bytes) -> None:
    check_all(data)
    check_all(b"\0" * 128 + b"DICM" + data)


SOUND = file(BASE)
JPEG = item(b"\0\0\0\0") + item(b"\xff\xd8\0\0") + item(b"", 0xFFFEE0DD)
ENCAPSULATED = file([
    (tag, VR, JPEG if tag == 0x7FE00010 else b"1.2.840.10008.1.2.4.50\0\0" if tag == 0x00020010 else value)
    for tag, VR, value in BASE
])  # fmt: skip


@given(
    st.sampled_from([SOUND, ENCAPSULATED]),
    st.lists(st.tuples(st.integers(132, len(SOUND)), st.binary(max_size=9), st.integers(0, 9)), max_size=6),
)
def test_any_damage(data: bytes, changes: list[tuple[int, bytes, int]]) -> None:
    for at, put, length in changes:
        data = data[:at] + put + data[at + length :]
    check_all(data)


def test_a_file_of_nothing_but_elements_ends() -> None:
    check_all(b"\0" * 128 + b"DICM" + element(0x00111001, "LO", b"") * 4000)
    check_all(b"\0" * 128 + b"DICM" + element(0x00080000, "UL", b"\0\0\0\0") * 4000)
