"""The description of colour profiles, as Pillow's LittleCMS reads it."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, UnidentifiedImageError

from dicomize.jpeg.markers import parse
from dicomize.source.icc import description
from dicomize.source.opening import open_source


def theirs(profile: bytes) -> str:
    return str(ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))).strip()


def created(name: str) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()  # type: ignore[arg-type]


def profile_with(tag: bytes) -> bytes:
    """A profile that consists of a header and a `desc` tag."""
    head = bytearray(128)
    head[36:40] = b"acsp"
    table = (1).to_bytes(4, "big") + b"desc" + (144).to_bytes(4, "big") + len(tag).to_bytes(4, "big")
    return bytes(head) + table + tag


def mluc(*texts: tuple[bytes, str]) -> bytes:
    """A multiLocalizedUnicodeType (ICC.1:2022, 10.15)."""
    records, strings = b"", b""
    for language, text in texts:
        encoded = text.encode("utf-16-be")
        offset = 16 + 12 * len(texts) + len(strings)
        records += language + len(encoded).to_bytes(4, "big") + offset.to_bytes(4, "big")
        strings += encoded
    return b"mluc" + bytes(4) + len(texts).to_bytes(4, "big") + (12).to_bytes(4, "big") + records + strings


@pytest.mark.parametrize("name", ["sRGB", "LAB", "XYZ"])
def test_profiles_that_pillow_makes(name: str) -> None:
    assert description(created(name)) == theirs(created(name)) != ""


def test_descriptions_by_hand() -> None:
    # ICC.1:2001-04, 6.5.17: length of the ASCII text with its NUL, then text for other systems
    assert description(profile_with(b"desc" + bytes(4) + b"\0\0\0\x08My RGB\0\0" + bytes(78))) == "My RGB"
    assert description(profile_with(mluc((b"enUS", "Wide Gamut")))) == "Wide Gamut"
    assert description(profile_with(mluc((b"deDE", "Großer Farbraum"), (b"enUS", "Wide Gamut")))) == "Wide Gamut"
    assert description(profile_with(mluc((b"deDE", "Großer Farbraum")))) == "Großer Farbraum"
    assert description(profile_with(mluc((b"enUS", "a\nb\0")))) == "ab"


def test_descriptions_that_are_not_there() -> None:
    assert description(profile_with(mluc())) == "unnamed"
    for size in (0, 4, 11):
        records_of_no_size = bytearray(mluc((b"enUS", "Wide Gamut")))
        records_of_no_size[12:16] = size.to_bytes(4, "big")
        assert description(profile_with(bytes(records_of_no_size))) == "unnamed"
    assert description(profile_with(b"text" + bytes(4) + b"hello\0")) == "unnamed"
    assert description(profile_with(b"")) == "unnamed"
    assert description(profile_with(mluc((b"enUS", ""))[:20])) == "unnamed"
    assert description(created("sRGB")[:128] + bytes(4)) == "unnamed"


def test_what_is_no_profile() -> None:
    for data in (b"", b"x", bytes(500), created("sRGB")[:131]):
        assert description(data) == "damaged"


@given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=6), st.integers(0, 700))
def test_damage_is_never_an_error(changes: list[tuple[int, int]], length: int) -> None:
    data = bytearray(created("sRGB")[:length])
    for place, value in changes:
        if place < len(data):
            data[place] = value
    assert description(bytes(data)).isprintable()


def test_a_profile_in_several_segments(tmp_path: Path) -> None:
    profile = created("sRGB")
    # the description comes to lie at the very end, across the border of two segments
    name = mluc((b"enUS", "A profile that is long"))
    start = 2 * 65519 - 40
    long = bytearray(profile.ljust(start, b"\0") + name)
    at = next(i for i in range(132, 400, 12) if profile[i : i + 4] == b"desc")
    long[at + 4 : at + 12] = start.to_bytes(4, "big") + len(name).to_bytes(4, "big")
    long[:4] = len(long).to_bytes(4, "big")
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "JPEG", icc_profile=bytes(long))
    data = stream.getvalue()
    segments = [s for s in parse(data).segments if s.name == "APP2"]
    assert len(segments) == 3
    assert all(a.end == b.start for a, b in pairwise(segments))
    chunks = [data[s.start : s.end] for s in segments]
    for order in (chunks, chunks[::-1], [chunks[1], chunks[2], chunks[0]]):
        path = tmp_path / "photo.jpg"
        path.write_bytes(data[: segments[0].start] + b"".join(order) + data[segments[-1].end :])
        assert open_source(path).image.icc == "A profile that is long"
        with Image.open(path) as image:
            assert image.info["icc_profile"] == bytes(long)
    assert theirs(bytes(long)) == "A profile that is long"


def test_a_segment_without_any_chunk(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "JPEG")
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe2\x00\x10ICC_PROFILE\0\1\1" + stream.getvalue()[2:])
    assert open_source(path).image.icc == ""


def test_real_profiles(corpus: Path) -> None:
    compared = 0
    for path in sorted(corpus.glob("*/*.jp*g")):
        if b"ICC_PROFILE\0" not in path.read_bytes():
            continue
        try:
            with Image.open(path) as image:
                profile = image.info.get("icc_profile")
        except UnidentifiedImageError:  # more than 8 bits a sample
            continue
        if profile is None:
            continue
        assert description(profile) == theirs(profile), path.name
        assert open_source(path).image.icc == theirs(profile)
        compared += 1
    assert compared > 10
