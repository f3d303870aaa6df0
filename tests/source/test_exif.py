"""Exif facts: segments by Pillow and by hand, damage of every kind, and camera photos as exiftool reads them."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from dicomize.errors import SourceError
from dicomize.model import ExifFacts
from dicomize.source.exif import read
from dicomize.source.opening import open_source

Order = Literal["big", "little"]
Entry = tuple[int, int, int, bytes]
"""tag, type, count, the bytes of the value"""

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SLONG, SRATIONAL, IFD, UTF8 = 1, 2, 3, 4, 5, 7, 9, 10, 13, 129
EXIF_IFD, GPS_IFD = 0x8769, 0x8825
WHEN, WHEN_DIGITIZED, SUBSEC, OFFSET, SUBSEC_DIGITIZED, OFFSET_DIGITIZED = (
    0x9003, 0x9004, 0x9291, 0x9011, 0x9292, 0x9012,
)  # fmt: skip
ORIENTATION, MAKE, MODEL, SOFTWARE, ISO = 0x0112, 0x010F, 0x0110, 0x0131, 0x8827


def text(tag: int, value: str | bytes, kind: int = ASCII) -> Entry:
    raw = (value.encode() if isinstance(value, str) else value) + b"\0"
    return tag, kind, len(raw), raw


def directory(order: Order, at: int, entries: Sequence[Entry], following: int = 0) -> bytes:
    """An IFD at an offset of the TIFF structure, its values behind it (TIFF 6.0, section 2)."""
    table, values = len(entries).to_bytes(2, order), b""
    for tag, kind, count, raw in entries:
        table += tag.to_bytes(2, order) + kind.to_bytes(2, order) + count.to_bytes(4, order)
        if len(raw) <= 4:
            table += raw.ljust(4, b"\0")
        else:
            table += (at + 6 + 12 * len(entries) + len(values)).to_bytes(4, order)
            values += raw
    return table + following.to_bytes(4, order) + values


def segment(
    order: Order = "big",
    picture: Sequence[Entry] = (),
    camera: Sequence[Entry] = (),
    place: Sequence[Entry] = (),
    thumbnail: Sequence[Entry] = (),
) -> bytes:
    """An Exif payload of up to four directories: IFD 0, Exif, GPS, IFD 1."""
    body = b""
    at: list[int] = []
    for entries in (camera, place, thumbnail):
        at.append(8 + len(body) if entries else 0)
        body += directory(order, 8 + len(body), entries) if entries else b""
    pointers = [
        (tag, LONG, 1, offset.to_bytes(4, order)) for tag, offset in ((EXIF_IFD, at[0]), (GPS_IFD, at[1])) if offset
    ]
    first = 8 + len(body)
    body += directory(order, first, [*picture, *pointers], at[2])
    head = b"II*\0" if order == "little" else b"MM\0*"
    return b"Exif\0\0" + head + first.to_bytes(4, order) + body


def short(tag: int, *values: int, order: Order = "big") -> Entry:
    return tag, SHORT, len(values), b"".join(v.to_bytes(2, order) for v in values)


def rational(tag: int, *parts: int, kind: int = RATIONAL) -> Entry:
    return tag, kind, 1, b"".join(p.to_bytes(4, "big", signed=kind == SRATIONAL) for p in parts)


# ---------------------------------------------------------------- what Pillow writes


@pytest.mark.parametrize("endian", ["<", ">"])
def test_segments_that_pillow_writes(endian: str) -> None:
    exif = Image.Exif()
    exif.endian = endian
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Zeiss"
    exif[ExifTags.Base.Model] = "Visucam 500"
    exif[ExifTags.Base.Software] = "1.2.3"
    exif[ExifTags.Base.Artist] = "Dr. Jane Doe"
    camera = exif.get_ifd(ExifTags.IFD.Exif)
    camera[ExifTags.Base.DateTimeOriginal] = "2024:02:29 23:59:58"
    camera[ExifTags.Base.SubsecTimeOriginal] = "0123"
    camera[ExifTags.Base.OffsetTimeOriginal] = "-03:30"
    camera[ExifTags.Base.BodySerialNumber] = "SN 4711"
    camera[ExifTags.Base.LensSerialNumber] = "L 4712"
    camera[ExifTags.Base.CameraOwnerName] = "Clinic"
    camera[ExifTags.Base.ExposureTime] = IFDRational(1, 250)
    camera[ExifTags.Base.FNumber] = IFDRational(28, 10)
    camera[ExifTags.Base.FocalLength] = IFDRational(50)
    camera[ExifTags.Base.ISOSpeedRatings] = 400
    camera[ExifTags.Base.Flash] = 0x19
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = "N"
    place[ExifTags.GPS.GPSLatitude] = (48.0, 8.0, 14.0)
    payload = exif.tobytes()
    assert payload[6:8] == (b"II" if endian == "<" else b"MM")
    facts = read(payload)
    assert facts == ExifFacts(
        Orientation=6,
        DateTimeOriginal="2024:02:29 23:59:58",
        SubSecTimeOriginal="0123",
        OffsetTimeOriginal="-03:30",
        Make="Zeiss",
        Model="Visucam 500",
        Software="1.2.3",
        exposure=(
            ("ExposureTimeInSeconds", "0.004"),
            ("FNumber", "2.8"),
            ("FocalLength", "50"),
            ("PhotographicSensitivity", "400"),
            ("FlashFiringStatus", "1"),
        ),
        private=facts.private,
    )
    assert set(facts.private) == {
        "GPS position", "artist", "camera serial number", "lens serial number", "camera owner",
    }  # fmt: skip


@pytest.mark.parametrize("order", ["big", "little"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations_and_byte_orders(order: Order, orientation: int) -> None:
    payload = segment(order, [short(ORIENTATION, orientation, order=order)], [text(WHEN, "2001:02:03 04:05:06")])
    facts = read(payload)
    theirs = Image.Exif()
    theirs.load(payload)
    assert facts.Orientation == theirs[ORIENTATION] == orientation
    assert facts.DateTimeOriginal == theirs.get_ifd(EXIF_IFD)[WHEN] == "2001:02:03 04:05:06"
    assert facts.problems == ()


@pytest.mark.parametrize("value", [0, 9, 255, 65535])
def test_orientations_that_do_not_exist(value: int) -> None:
    facts = read(segment(picture=[short(ORIENTATION, value)]))
    assert facts.Orientation == 1
    assert facts.problems == (f"Exif Orientation is {value}, which means nothing; the picture is taken as upright",)


@pytest.mark.parametrize("kind", [BYTE, SHORT, LONG])
def test_orientation_as_any_unsigned_number(kind: int) -> None:
    size = {BYTE: 1, SHORT: 2, LONG: 4}[kind]
    assert read(segment(picture=[(ORIENTATION, kind, 1, (6).to_bytes(size, "big"))])).Orientation == 6


@pytest.mark.parametrize(
    "entry", [(ORIENTATION, SHORT, 0, b"\0\6"), text(ORIENTATION, "6"), (ORIENTATION, 99, 1, b"\0\6")]
)
def test_orientation_of_another_kind_is_none(entry: Entry) -> None:
    assert read(segment(picture=[entry])) == ExifFacts()


def test_the_thumbnail_says_nothing_about_the_picture() -> None:
    facts = read(segment(thumbnail=[short(ORIENTATION, 6), text(MAKE, "Maker of thumbnails"), short(0x0201, 1)]))
    assert facts == ExifFacts(private=("thumbnail",))
    assert read(segment(camera=[short(ORIENTATION, 6)])).Orientation == 1


# ---------------------------------------------------------------- when


def taken(*entries: Entry) -> tuple[str, str, str, tuple[str, ...]]:
    facts = read(segment(camera=entries))
    return facts.DateTimeOriginal, facts.SubSecTimeOriginal, facts.OffsetTimeOriginal, facts.problems


@pytest.mark.parametrize(
    "unknown", ["0000:00:00 00:00:00", "    :  :     :  :  ", "                   ", "", ":  :", "\0" * 18]
)
def test_dates_that_are_said_to_be_unknown(unknown: str) -> None:
    # Exif 2.32, 4.6.5.4: "when the date and time are unknown, all the character spaces except colons should be blank"
    assert taken(text(WHEN, unknown)) == ("", "", "", ())
    digitized = text(WHEN_DIGITIZED, "2020:01:02 03:04:05")
    assert taken(text(WHEN, unknown), digitized)[0] == "2020:01:02 03:04:05"


@pytest.mark.parametrize(
    "wrong",
    [
        "2020:13:01 00:00:00", "2020:00:01 00:00:00", "2021:02:29 00:00:00", "2020:01:32 00:00:00",
        "2020:01:01 24:00:00", "2020:01:01 00:60:00", "2020:01:01 00:00:61", "0000:01:01 00:00:00",
        "2020-01-01 00:00:00", "2020:01:01", "2020:01:01T00:00:00", "yesterday", "2020:01:01 00:00:00Z",
        "\u0662\u0660\u0662\u0660:\u0660\u0661:\u0660\u0661 \u0660\u0660:\u0660\u0660:\u0660\u0660",
    ],
)  # fmt: skip
def test_dates_that_no_calendar_has(wrong: str) -> None:
    assert taken(text(WHEN, wrong)) == ("", "", "", (f"Exif states the date {wrong!r}, which is none",))


def test_the_digitization_has_its_own_fraction_and_offset() -> None:
    assert taken(
        text(WHEN_DIGITIZED, "2020:01:02 03:04:05"),
        text(SUBSEC, "11"),
        text(OFFSET, "+01:00"),
        text(SUBSEC_DIGITIZED, "22"),
        text(OFFSET_DIGITIZED, "+02:00"),
    ) == ("2020:01:02 03:04:05", "22", "+02:00", ())


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("+00:00", "+00:00"), ("-00:00", "+00:00"), ("+14:00", "+14:00"), ("-12:00", "-12:00"), ("+05:45", "+05:45"),
        # DICOM PS3.3 C.12.1.1.8: from -1200 to +1400
        ("+14:01", ""), ("-12:01", ""), ("-14:00", ""), ("+24:00", ""),
        ("+01:60", ""), ("Z", ""), ("   :  ", ""), ("+0100", ""), ("01:00", ""), ("+\u0660\u0661:\u0660\u0660", ""),
    ],
)  # fmt: skip
def test_offsets_from_utc(stated: str, kept: str) -> None:
    assert taken(text(WHEN, "2020:01:02 03:04:05"), text(OFFSET, stated))[2] == kept


@pytest.mark.parametrize(
    ("stated", "kept"),
    [("5", "5"), ("00 ", "00"), ("123456789", "123456789"), ("-1", ""), ("1.5", ""), ("\u0665", ""), ("\u00b2", "")],
)
def test_fractions_of_a_second(stated: str, kept: str) -> None:
    assert taken(text(WHEN, "2020:01:02 03:04:05"), text(SUBSEC, stated))[1] == kept


# ---------------------------------------------------------------- text and numbers


@pytest.mark.parametrize(
    ("entry", "kept"),
    [
        (text(MAKE, "  Olympus   Optical  "), "Olympus Optical"),
        (text(MAKE, "Kamera Gerät"), "Kamera Gerät"),
        (text(MAKE, "Kamera Gerät".encode("latin-1")), "Kamera Gerät"),
        (text(MAKE, "Kamera Gerät", UTF8), "Kamera Gerät"),
        (text(MAKE, b"one\0two"), "one"),
        (text(MAKE, b"a\r\nb\x07\x1b[31mc\xc2\x85d"), "a b [31mc d"),
        (text(MAKE, b"x" * 3000), "x" * 1024),
        (text(MAKE, "x" + "\u00e9" * 3000), "x" + "\u00e9" * 511),
        (text(MAKE, b"Caf\xe9"), "Caf\u00e9"),
        ((MAKE, ASCII, 3, b"abc"), "abc"),
        ((MAKE, ASCII, 0, b""), ""),
        ((MAKE, UNDEFINED, 4, b"abc\0"), ""),
        ((MAKE, SHORT, 1, b"\0\1"), ""),
    ],
)
def test_text(entry: Entry, kept: str) -> None:
    assert read(segment(picture=[entry])).Make == kept


def test_the_first_entry_of_a_tag_counts() -> None:
    assert read(segment(picture=[text(MAKE, "first"), text(MAKE, "second")])).Make == "first"


def test_the_directory_of_the_picture_comes_first() -> None:
    assert read(segment(picture=[text(MAKE, "picture")], camera=[text(MAKE, "camera")])).Make == "picture"
    assert read(segment(camera=[text(MAKE, "camera")])).Make == "camera"


def exposure(*entries: Entry) -> dict[str, str]:
    return dict(read(segment(camera=entries)).exposure)


def test_sensitivity() -> None:
    assert exposure(short(ISO, 200)) == {"PhotographicSensitivity": "200"}
    assert exposure(short(ISO, 100, 200)) == {"PhotographicSensitivity": "100"}
    assert exposure(short(ISO, 0)) == {}
    assert exposure((ISO, SHORT, 0, b"\1\0")) == {}
    # 65535: too large for two bytes, stated elsewhere (Exif 2.32, annex G)
    speed = (0x8833, LONG, 1, (102400).to_bytes(4, "big"))
    assert exposure(short(ISO, 65535), speed) == {"PhotographicSensitivity": "102400"}
    assert exposure(short(ISO, 65535)) == {}


@pytest.mark.parametrize(
    ("entry", "kept"),
    [
        (rational(0x829A, 1, 60), {"ExposureTimeInSeconds": "0.0166667"}),
        (rational(0x829A, 1, 0), {}),
        (rational(0x829A, 0, 0), {}),
        (rational(0x829A, 0, 1), {}),
        (rational(0x829A, 0xFFFFFFFF, 1), {}),
        (rational(0x829A, 1, 60, kind=SRATIONAL), {"ExposureTimeInSeconds": "0.0166667"}),
        (rational(0x829A, -1, 60, kind=SRATIONAL), {}),
        ((0x829A, RATIONAL, 0, b""), {}),
        (short(0x829A, 1), {}),
        (short(0x9209, 0x10), {"FlashFiringStatus": "0"}),
        (short(0x9209, 0x5F), {"FlashFiringStatus": "1"}),
        (text(0x9209, "fired"), {}),
    ],
)
def test_exposure(entry: Entry, kept: dict[str, str]) -> None:
    assert exposure(entry) == kept


# ---------------------------------------------------------------- what must not leave


@pytest.mark.parametrize(
    ("where", "entry", "name"),
    [
        ("picture", text(0x013B, "Jane"), "artist"),
        ("picture", text(0x8298, "(c) Jane"), "copyright"),
        ("picture", text(0x010E, "Jane's left eye"), "image description"),
        ("picture", text(0x010D, "jane.tif"), "document name"),
        ("picture", text(0x013C, "JANES-PC"), "host computer"),
        ("picture", (0x9C9D, BYTE, 10, b"J\0a\0n\0e\0\0\0"), "author"),
        ("picture", (0x02BC, BYTE, 12, b"<x:xmpmeta/>"), "XMP packet"),
        ("picture", (0x83BB, LONG, 2, b"\x1c\2\x50\0\4Jane"[:8]), "IPTC record"),
        ("picture", text(0xC62F, "4711"), "camera serial number"),
        ("camera", (0x9286, UNDEFINED, 12, b"ASCII\0\0\0Jane"), "user comment"),
        ("camera", (0x927C, UNDEFINED, 9, b"Nikon\0\2\0\0"), "maker note"),
        ("camera", text(0xA420, "0123456789abcdef"), "unique image ID"),
        ("camera", text(0xA430, "Jane"), "camera owner"),
        ("camera", text(0xA431, "4711"), "camera serial number"),
        ("camera", text(0xA435, "4712"), "lens serial number"),
        ("camera", text(0xA437, "Jane", UTF8), "photographer"),
        ("place", (2, RATIONAL, 3, bytes([0, 0, 0, 48, 0, 0, 0, 1]) * 3), "GPS position"),
        ("place", text(0x1D, "2024:01:01"), "GPS position"),
        ("thumbnail", (0x0201, LONG, 1, b"\0\0\1\0"), "thumbnail"),
        ("thumbnail", (0x0111, LONG, 1, b"\0\0\1\0"), "thumbnail"),
    ],
)
def test_what_identifies_somebody_is_named(where: str, entry: Entry, name: str) -> None:
    directories: dict[str, Any] = {where: [entry]}
    assert read(segment(**directories)).private == (name,)


@pytest.mark.parametrize(
    ("where", "entry"),
    [
        ("picture", text(0x013B, " " * 40)),
        ("picture", text(0x8298, "")),
        ("picture", text(MAKE, "Canon")),
        ("camera", (0x9286, UNDEFINED, 48, b"ASCII\0\0\0".ljust(48, b" "))),
        ("camera", (0x9286, UNDEFINED, 48, bytes(48))),
        ("place", (0, BYTE, 4, b"\2\3\0\0")),
    ],
)
def test_what_cameras_leave_blank_is_not(where: str, entry: Entry) -> None:
    directories: dict[str, Any] = {where: [entry]}
    assert read(segment(**directories)).private == ()


# ---------------------------------------------------------------- damage


@pytest.mark.parametrize(
    "payload", [b"Exif\0", b"Exif\0\0", b"Exif\0\0II", b"Exif\0\0MM*\0\0\0\0\x08", b"Exif\0\0\xff\xd8"]
)
def test_no_tiff_header(payload: bytes) -> None:
    assert read(payload) == ExifFacts(problems=("Exif cannot be read: it has no TIFF header",))


def test_directories_that_lead_in_circles() -> None:
    first = segment(picture=[text(MAKE, "Round"), (EXIF_IFD, LONG, 1, b"\0\0\0\x08"), (GPS_IFD, IFD, 1, b"\0\0\0\x08")])
    looped = bytearray(first)
    end = 6 + 8 + 2 + 3 * 12
    looped[end : end + 4] = b"\0\0\0\x08"
    facts = read(bytes(looped))
    assert facts.Make == "Round"


def test_values_outside_the_segment() -> None:
    entries = [(MAKE, ASCII, 9, b"\0\0\xff\xff"), (0x9003, ASCII, 0xFFFFFFFF, b"\0\0\0\x08"), short(ORIENTATION, 3)]
    facts = read(segment(picture=entries))
    assert facts == ExifFacts(Orientation=3, problems=("Exif values lie outside their segment: tag 010F, 9003",))
    many = [(0x4000 + n, LONG, 0x10000000, b"\0\0\0\x08") for n in range(500)]
    assert read(segment(picture=many)).problems == (
        "Exif values lie outside their segment: tag 4000, 4001, 4002, 4003, 4004 and others",
    )


def test_a_directory_that_runs_past_the_segment() -> None:
    payload = segment(picture=[short(ORIENTATION, 3), text(MAKE, "Long enough")])
    facts = read(payload[: 6 + 8 + 2 + 12])
    assert facts == ExifFacts(Orientation=3, problems=("an Exif directory of 2 entries runs past its segment",))
    nowhere = bytearray(segment(picture=[(EXIF_IFD, LONG, 1, b"\x7f\xff\xff\xff"), short(ORIENTATION, 3)]))
    assert read(bytes(nowhere)).Orientation == 3
    assert read(bytes(nowhere)).problems == ("an Exif directory of 0 entries runs past its segment",)


def test_a_pointer_that_the_segment_ends_within() -> None:
    payload = segment(picture=[short(ORIENTATION, 3)])
    assert read(payload[:-4] + b"\x7f\x7f") == ExifFacts(Orientation=3)


def plain(facts: ExifFacts) -> None:
    """What is promised of any facts, whatever they were read from."""
    assert 1 <= facts.Orientation <= 8
    for value in (facts.Make, facts.Model, facts.Software, facts.DateTimeOriginal, *facts.problems, *facts.private):
        assert value.isprintable()
    assert len(facts.DateTimeOriginal) in {0, 19}
    assert len(facts.problems) < 15


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b""]), st.binary(max_size=300))
def test_random_segments(head: bytes, rest: bytes) -> None:
    plain(read(b"Exif\0\0" + head + rest))


@settings(max_examples=400, deadline=None)
@given(
    order=st.sampled_from(["big", "little"]),
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=8),
    length=st.integers(0, 600),
)
def test_mutated_segments(order: Order, changes: list[tuple[int, int]], length: int) -> None:
    data = bytearray(
        segment(
            order,
            [short(ORIENTATION, 6, order=order), text(MAKE, "Canon"), text(0x013B, "Jane")],
            [text(WHEN, "2020:01:02 03:04:05"), text(OFFSET, "+01:00"), rational(0x829A, 1, 60), short(ISO, 1, 2)],
            [(2, RATIONAL, 3, bytes(24))],
            [short(0x0201, 1)],
        )
    )
    for place, value in changes:
        data[6 + place % (len(data) - 6)] = value
    plain(read(bytes(data[: 6 + length])))


def test_directories_full_of_directories() -> None:
    # 5000 pointers to as many overlapping directories: read in no time, or not at all
    entries = [(EXIF_IFD, LONG, 1, (14 + 12 * n).to_bytes(4, "big")) for n in range(5000)]
    plain(read(segment(picture=entries)))


# ---------------------------------------------------------------- camera photos


def words(value: object) -> str:
    """Text with blanks as we write them."""
    return " ".join(str(value).split())


def by_exiftool(paths: Sequence[Path]) -> dict[str, dict[str, object]]:
    program = shutil.which("exiftool")
    if program is None:
        pytest.skip("exiftool is not installed: apt install libimage-exiftool-perl, brew install exiftool")
    tags = ["-IFD0:Orientation", "-ExifIFD:DateTimeOriginal", "-ExifIFD:CreateDate", "-IFD0:Make", "-IFD0:Model"]
    tags += ["-IFD0:Software", "-GPS:GPSLatitude", "-ExifIFD:SubSecTimeOriginal", "-ExifIFD:SerialNumber"]
    done = subprocess.run([program, "-j", "-n", *tags, *map(str, paths)], capture_output=True, check=False)
    return {entry.pop("SourceFile"): entry for entry in json.loads(done.stdout, parse_int=str, parse_float=str)}


def real(corpus: Path) -> dict[Path, ExifFacts]:
    found: dict[Path, ExifFacts] = {}
    for path in sorted([*corpus.glob("photos/*.jp*g"), *corpus.glob("orientation/*.jpg")]):
        try:
            found[path] = open_source(path).image.exif
        except SourceError:
            continue
    return found


def test_camera_photos_as_exiftool_reads_them(corpus: Path) -> None:
    photos = real(corpus)
    theirs = by_exiftool(list(photos))
    for path, facts in photos.items():
        entry = theirs[str(path)]
        stated = int(str(entry.get("Orientation", 1)))
        assert facts.Orientation == (stated if stated in range(1, 9) else 1), path.name
        for name, value in (("Make", facts.Make), ("Model", facts.Model), ("Software", facts.Software)):
            assert value == words(entry.get(name, "")), path.name
        dates = [str(entry.get(name, "")) for name in ("DateTimeOriginal", "CreateDate")]
        known = [date for date in dates if date.strip(": 0")]
        assert facts.DateTimeOriginal == (known[0] if known else ""), path.name
        if facts.SubSecTimeOriginal:
            assert int(facts.SubSecTimeOriginal) == int(str(entry["SubSecTimeOriginal"])), path.name
        assert ("GPSLatitude" not in entry) or "GPS position" in facts.private, path.name
        assert ("SerialNumber" not in entry) or "camera serial number" in facts.private, path.name
    assert len(photos) > 80


def test_mutated_camera_photos(corpus: Path) -> None:
    payloads = [
        data[at : at + int.from_bytes(data[at - 2 : at], "big") - 2]
        for path in sorted(corpus.glob("photos/*.jpg"))[::5]
        for data in [path.read_bytes()]
        if (at := data.find(b"Exif\0\0")) > 0
    ]
    assert len(payloads) > 8
    for payload in payloads:
        plain(read(payload))
        for at in range(6, min(len(payload), 400)):
            for value in (0x00, 0xFF):
                plain(read(payload[:at] + bytes([value]) + payload[at + 1 :]))
            plain(read(payload[:at]))


def test_exif_through_a_whole_file(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 8
    stream = io.BytesIO()
    Image.new("L", (8, 8)).save(stream, "JPEG", exif=exif)
    path = tmp_path / "photo.jpg"
    path.write_bytes(stream.getvalue())
    assert open_source(path).image.exif.Orientation == 8
