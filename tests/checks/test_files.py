"""The file as a whole: meta information, UIDs, pixel data, codes, orientation."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import pytest

from dicomize.checks.elements import walk_bytes
from dicomize.checks.files import check_file_level
from dicomize.checks.profiles import Profile
from dicomize.checks.reading import read_file

STRICT, DCIODVFY = Profile.STRICT, Profile.DCIODVFY
LONG = {"OB", "OW", "OV", "SQ", "UN", "UT", "UC", "UR"}
EXPLICIT, JPEG, J2K = (f"1.2.840.10008.1.2{end}" for end in (".1", ".4.50", ".4.91"))
SC, UID, ROOT = "1.2.840.10008.5.1.4.1.1.7", "2.25.1", "2.25."
Value = str | int | bytes | list[bytes] | None


def element(tag: int, VR: str, value: bytes, length: int | None = None) -> bytes:
    size = len(value) if length is None else length
    form = struct.pack("<HI", 0, size) if VR in LONG else struct.pack("<H", size)
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF) + VR.encode() + form + value


def item(content: bytes, tag: int = 0xFFFEE000) -> bytes:
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(content)) + content


def plain(VR: str, value: Value) -> bytes:
    if isinstance(value, list):
        return b"".join(map(item, value))
    if isinstance(value, int):
        return value.to_bytes({"AT": 4}.get(VR, 2), "little")
    raw = value.encode() if isinstance(value, str) else value or b""
    return raw + (b"\0" if VR in {"UI", "OB"} else b" ") * (len(raw) % 2)


SOUND: dict[tuple[int, str], Value] = {
    (0x00020002, "UI"): SC, (0x00020003, "UI"): UID, (0x00020010, "UI"): EXPLICIT,
    (0x00080016, "UI"): SC, (0x00080018, "UI"): UID, (0x00080020, "DA"): "20240131", (0x00080030, "TM"): "1015",
    (0x00080060, "CS"): "OT", (0x00100020, "LO"): "P1", (0x0020000D, "UI"): ROOT + "2", (0x0020000E, "UI"): ROOT + "3",
    (0x00200010, "SH"): "S1", (0x00200011, "IS"): "1", (0x00200013, "IS"): "1", (0x00280002, "US"): 1,
    (0x00280004, "CS"): "MONOCHROME2", (0x00280010, "US"): 2, (0x00280011, "US"): 4, (0x00280100, "US"): 8,
    (0x00280101, "US"): 8, (0x00280102, "US"): 7, (0x00280103, "US"): 0, (0x7FE00010, "OB"): b"\0" * 8,
}  # fmt: skip


def file(changes: Mapping[tuple[int, str], Value] | None = None, fragments: list[bytes] | None = None) -> bytes:
    values = {**SOUND, **(changes or {})}
    elements = [element(tag, VR, plain(VR, v)) for (tag, VR), v in sorted(values.items()) if v is not None]
    if fragments is not None:
        elements[-1] = element(0x7FE00010, "OB", plain("", fragments) + item(b"", 0xFFFEE0DD), 0xFFFFFFFF)
    return b"\0" * 128 + b"DICM" + b"".join(elements)


def kinds(data: bytes, profile: Profile) -> list[tuple[str, str, int | None]]:
    reading = read_file(walk_bytes(data), profile)
    found = (*reading.findings, *check_file_level(reading.walked, profile))
    return list(dict.fromkeys((f.severity.value, f.kind, f.tag) for f in found))


@pytest.mark.parametrize("profile", Profile)
def test_a_sound_file(profile: Profile) -> None:
    assert kinds(file(), profile) == []
    encapsulated = {(0x00020010, "UI"): JPEG}
    assert kinds(file(encapsulated, [b"\0\0\0\0", b"\xff\xd8"]), profile) == []


E, W = "error", "warning"


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({(0x00020002, "UI"): "1.2.3"}, [(E, "meta-mismatch", 0x00020002)]),
        ({(0x00020003, "UI"): "1.2.3"}, [(E, "meta-mismatch", 0x00020003)]),
        (
            {(0x00020002, "UI"): "1.2.3", (0x00080016, "UI"): "1.2.3"},
            [(E, "sop-class", None)],
        ),
        ({(0x00080014, "UI"): "3.2.1"}, [(E, "uid-root", 0x00080014)]),
        ({(0x0020000E, "UI"): ROOT + "2"}, [(E, "uid-reuse", 0x0020000E)]),
        ({(0x00200052, "UI"): ROOT + "3"}, [(E, "uid-reuse", 0x0020000E)]),
        ({(0x00081155, "UI"): "1.2.840.10008.77"}, [(E, "uid-root", 0x00081155)]),
        ({(0x00100020, "LO"): ""}, [(W, "dicomdir", 0x00100020)]),
        ({(0x00200013, "IS"): None}, [(W, "dicomdir", 0x00200013)]),
        ({(0x7FE00010, "OB"): b"\0" * 6}, [(E, "pixeldata-length", 0x7FE00010)]),
        ({(0x00280008, "IS"): "2"}, [(E, "pixeldata-length", 0x7FE00010)]),
        ({(0x00280034, "IS"): "2\\2"}, [(E, "pixel-aspect", 0x00280034)]),
        (
            {(0x00280030, "DS"): "1\\1", (0x00182010, "DS"): "2\\2"},
            [(W, "pixel-spacing", 0x00280030)],
        ),
        ({(0x00280009, "AT"): 0x10630018}, [(E, "frame-increment-pointer", 0x00280009)]),
        ({(0x00280009, "AT"): 0x00100028}, []),
        ({(0x00540010, "US"): b"\1\0\2\0"}, [(E, "rule", 0x00540010)]),
        ({(0x00200020, "CS"): "L\\F"}, []),
        ({(0x00200020, "CS"): "X\\F"}, [(E, "patient-orientation", 0x00200020)]),
        ({(0x00200037, "DS"): "1\\0\\0\\0\\1\\0"}, []),
        ({(0x00200037, "DS"): "1.00005\\0\\0\\0.00009\\0.99999\\0"}, []),
        ({(0x00200037, "DS"): "1.0001\\0\\0\\0\\1\\0"}, [(E, "rule", 0x00200037)]),
        ({(0x00200037, "DS"): "1\\0\\0\\0\\0.99995\\0"}, [(E, "rule", 0x00200037)]),
        ({(0x00200037, "DS"): "1\\0\\0\\0.0002\\1\\0"}, [(E, "rule", 0x00200037)]),
        ({(0x00200037, "DS"): "0\\0\\0\\0\\0\\0"}, [(E, "rule", 0x00200037)]),
        ({(0x00200020, "CS"): "L\\L"}, [(E, "patient-orientation", 0x00200020)]),
        ({(0x00200020, "CS"): "LR\\F"}, [(E, "patient-orientation", 0x00200020)]),
        ({(0x00200020, "CS"): "LE\\V", (0x00102210, "CS"): "QUADRUPED"}, []),
        ({(0x00200020, "CS"): "DV\\V", (0x00102210, "CS"): "QUADRUPED"}, [(E, "patient-orientation", 0x00200020)]),
    ],
)
def test_one_thing_wrong(
    changes: dict[tuple[int, str], Value], expected: list[tuple[str, str, int | None]], profile: Profile
) -> None:
    assert kinds(file(changes), profile) == expected


def code(value: str, scheme: str, tag: int = 0x00080100) -> Value:
    content = {(tag, "SH" if tag == 0x00080100 else "UC"): value, (0x00080102, "SH"): scheme, (0x00080104, "LO"): "x"}
    return [b"".join(element(t, VR, plain(VR, v)) for (t, VR), v in sorted(content.items()))]


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (code("39937001", "SCT"), []),
        (code("T-0100", "SCT"), [(W, "code", 0x00080100)]),
        (code("T-0100", "SRT"), [(W, "code", 0x00080102)]),
        (code("261665006", "SCT"), [(W, "code", 0x00080100)]),
        (code("39937001", "SCT", 0x00080119), [(E, "code", 0x00080119)]),
        (code("1" * 18, "SCT", 0x00080119), []),
    ],
)
def test_codes(value: Value, expected: list[tuple[str, str, int | None]], profile: Profile) -> None:
    assert kinds(file({(0x00081032, "SQ"): value}), profile) == expected


PIXELS = 0x7FE00010
SOI = b"\xff\xd8\0\0"


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(
    ("frames", "fragments", "expected"),
    [
        ("1", [b"", SOI], []),
        ("2", [struct.pack("<2I", 0, 12), SOI, SOI], []),
        ("2", [struct.pack("<2I", 0, 8), SOI, SOI], [(E, "encapsulation", PIXELS)]),
        ("2", [struct.pack("<I", 0), SOI, SOI], [(E, "encapsulation", PIXELS)]),
        ("1", [struct.pack("<I", 0), b"\0\0"], [(W, "encapsulation", PIXELS)]),
        ("1", [b"", SOI, SOI], []),
    ],
)
def test_the_offset_table(
    frames: str, fragments: list[bytes], expected: list[tuple[str, str, int | None]], profile: Profile
) -> None:
    changes: dict[tuple[int, str], Value] = {(0x00020010, "UI"): JPEG, (0x00280008, "IS"): frames}
    assert kinds(file(changes, fragments), profile) == expected


def test_the_extended_offset_table() -> None:
    changes: dict[tuple[int, str], Value] = {
        (0x00020010, "UI"): JPEG,
        (0x00280008, "IS"): "2",
        (0x7FE00001, "OV"): struct.pack("<2Q", 0, 12),
        (0x7FE00002, "OV"): struct.pack("<2Q", 4, 4),
    }
    assert kinds(file(changes, [b"", SOI, SOI]), STRICT) == []
    changes[0x7FE00001, "OV"] = struct.pack("<2Q", 0, 7)
    assert kinds(file(changes, [b"", SOI, SOI]), STRICT) == [(E, "encapsulation", 0x7FE00001)]
    assert kinds(file(changes, [b"", SOI, SOI]), DCIODVFY) == []  # it looks at the length only
    changes[0x7FE00001, "OV"] = struct.pack("<Q", 0)
    assert kinds(file(changes, [b"", SOI, SOI]), DCIODVFY) == [(E, "encapsulation", 0x7FE00001)]


@pytest.mark.parametrize(
    ("syntax", "method", "expected"),
    [
        (JPEG, "ISO_10918_1", False), (JPEG, "ISO_15444_1", True), (J2K, "ISO_15444_1", False),
        (J2K, "ISO_10918_1", True), (EXPLICIT, "ISO_10918_1", False), (JPEG, "BOGUS", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("profile", Profile)
def test_the_lossy_method(syntax: str, method: str, expected: bool, profile: Profile) -> None:
    changes: dict[tuple[int, str], Value] = {(0x00020010, "UI"): syntax, (0x00282114, "CS"): method}
    found = kinds(file(changes, None if syntax == EXPLICIT else [b"", SOI]), profile)
    assert ((W, "lossy-method", 0x00282114) in found) is expected


def test_the_last_of_several_methods_counts() -> None:
    changes: dict[tuple[int, str], Value] = {
        (0x00020010, "UI"): JPEG,
        (0x00282114, "CS"): "ISO_15444_1\\ISO_10918_1",
    }
    assert kinds(file(changes, [b"", SOI]), STRICT) == []


@pytest.mark.parametrize(
    ("stored", "high", "strict", "theirs"),
    [
        (8, 7, [], []),
        (9, 8, [(E, "pixel-bits", 0x00280101)], [(E, "pixel-bits", 0x00280102)]),
        (8, 6, [(E, "pixel-bits", 0x00280102)], [(E, "pixel-bits", 0x00280101)]),
        (6, 7, [(E, "pixel-bits", 0x00280102)], [(W, "pixel-bits", 0x00280102)]),
        (8, 0, [(E, "pixel-bits", 0x00280102)], []),
    ],
)
def test_bits(
    stored: int, high: int, strict: list[tuple[str, str, int | None]], theirs: list[tuple[str, str, int | None]]
) -> None:
    data = file({(0x00280101, "US"): stored, (0x00280102, "US"): high})
    assert kinds(data, STRICT) == strict
    assert kinds(data, DCIODVFY) == theirs


def test_subsampled_colors_need_two_thirds() -> None:
    data = file({(0x00280002, "US"): 3, (0x00280004, "CS"): "YBR_FULL_422", (0x7FE00010, "OB"): b"\0" * 16})
    assert kinds(data, STRICT) == []
    assert kinds(data, DCIODVFY) == [(E, "pixeldata-length", PIXELS)]


# ---------------------------------------------------------------- the encoding


def test_dciodvfy_stops_at_what_is_out_of_order() -> None:
    data = file() + element(0x00100010, "PN", b"A^B ")
    assert kinds(data, STRICT) == [(E, "encoding", 0x00100010)]
    assert kinds(data, DCIODVFY) == [(E, "encoding", None)]
    early = element(0x00080010, "SH", b"A ")
    broken = file().replace(element(0x00100020, "LO", b"P1"), early)
    assert (W, "dicomdir", 0x00200010) in kinds(broken, DCIODVFY)
    assert (W, "dicomdir", 0x00200010) not in kinds(broken, STRICT)


def test_odd_lengths() -> None:
    data = file().replace(element(0x00100020, "LO", b"P1"), element(0x00100020, "LO", b"P1x"))
    assert kinds(data, STRICT) == [(E, "encoding", 0x00100020)]
    assert kinds(data, DCIODVFY) == [(E, "encoding", 0x00100020), (E, "encoding", None)]


def test_a_duplicate() -> None:
    twice = element(0x00100020, "LO", b"P1")
    data = file().replace(twice, twice * 2)
    assert kinds(data, STRICT) == [(E, "encoding", 0x00100020)]
    assert kinds(data, DCIODVFY) == [(E, "encoding", 0x00100020), (E, "encoding", None)]


def test_a_transfer_syntax_is_needed() -> None:
    data = file({(0x00020010, "UI"): None})
    assert kinds(data, DCIODVFY) == [(E, "meta", None), (E, "encoding", None)]


def test_the_version_of_the_meta_information() -> None:
    assert kinds(file({(0x00020001, "OB"): b"\0\1"}), STRICT) == []
    data = file({(0x00020001, "OB"): b"\0\2"})
    assert kinds(data, STRICT) == [(E, "meta", 0x00020001)]
    assert kinds(data, DCIODVFY) == [(W, "meta", 0x00020001)]


def test_native_pixels_under_an_encapsulated_transfer_syntax() -> None:
    assert kinds(file({(0x00020010, "UI"): JPEG}), DCIODVFY) == [(E, "rule", PIXELS)]


def test_encapsulated_pixels_under_a_native_transfer_syntax() -> None:
    found = kinds(file(None, [b"", SOI]), DCIODVFY)
    assert found == [(E, "encoding", None)]
