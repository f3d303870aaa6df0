"""Cleaned streams: nothing but the picture is left, and the picture is the same to every pixel."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from dicomize.errors import SourceDamaged
from dicomize.jpeg.clean import ADOBE_RGB, clean, clean_length, is_residue
from dicomize.jpeg.coefficients import decode
from dicomize.jpeg.color import color_model
from dicomize.jpeg.markers import APP14, SOF_MARKERS, SOS, parse
from dicomize.jpeg.scan import verify
from dicomize.model import ColorModel

Builder = Callable[..., bytes]

NAME = b"Doe^Jane^Secret"


def cleaned(data: bytes, color: ColorModel | None = None) -> bytes:
    """The cleaned stream, once more than promised of it has been looked at."""
    jpeg = parse(data)
    color = color or color_model(data, jpeg)
    result = clean(data, jpeg, color)
    assert clean_length(data, jpeg, color) == len(result)
    again = parse(result)
    assert again.trailing == 0
    kept = [result[s.start : s.end] for s in again.segments if is_residue(s.marker)]
    assert kept == ([ADOBE_RGB] if color is ColorModel.RGB else [])
    lengths = [s.end - s.start for s in again.segments] + [s.data_end - s.data_start for s in again.scans]
    assert sum(lengths) == len(result)  # so there are no fill bytes
    assert clean(result, again, color) == result
    return result


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.tobytes()


def with_ids(data: bytes, ids: bytes) -> bytes:
    out = bytearray(data)
    for segment in parse(data).segments:
        if segment.marker in SOF_MARKERS:
            out[segment.start + 10 : segment.start + 19 : 3] = ids
        elif segment.marker == SOS:
            entries = out[segment.start + 4]
            for at in range(segment.start + 5, segment.start + 5 + 2 * entries, 2):
                out[at] = ids[out[at] - 1]
    return bytes(out)


def before(data: bytes, name: str, extra: bytes) -> bytes:
    at = next(s.start for s in parse(data).segments if s.name == name)
    return data[:at] + extra + data[at:]


PICTURES: dict[str, tuple[str, dict[str, object]]] = {
    "4:4:4": ("RGB", {"subsampling": "4:4:4"}),
    "4:2:2": ("RGB", {"subsampling": "4:2:2"}),
    "4:2:0": ("RGB", {"subsampling": "4:2:0", "restart_marker_blocks": 1}),
    "RGB": ("RGB", {"keep_rgb": True, "subsampling": "4:4:4"}),
    "grey": ("L", {}),
    "progressive": ("RGB", {"progressive": True}),
    "optimal": ("RGB", {"optimize": True, "comment": NAME, "dpi": (72, 72)}),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_the_picture_stays(photo: Builder, kind: str) -> None:
    mode, options = PICTURES[kind]
    data = photo(mode, (41, 23), **options)
    result = cleaned(data)
    assert pixels(result) == pixels(data)
    if not options.get("progressive"):
        assert decode(result, parse(result)) == decode(data, parse(data))


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("marker", [*range(0xE0, 0xEE), 0xEF, 0xFE])
def test_a_planted_name_is_gone(photo: Builder, segment: Builder, kind: str, marker: int) -> None:
    mode, options = PICTURES[kind]
    data = photo(mode, (17, 9), **options)
    names = [s.name for s in parse(data).segments]
    for place in dict.fromkeys(names[1:]):
        planted = before(data, place, b"\xff\xff" + segment(marker, *NAME)) + NAME
        assert NAME in planted
        result = cleaned(planted)
        assert NAME not in result
        assert result == cleaned(data)


def test_thumbnails_and_what_follows_adobe(photo: Builder, segment: Builder) -> None:
    data = photo("RGB", (17, 9), keep_rgb=True, subsampling="4:4:4")
    small = photo("L", (8, 8), comment=NAME)
    jfxx = segment(0xE0, *b"JFXX\0\x10", *small)
    exif = segment(0xE1, *b"Exif\0\0II*\0\x08\0\0\0", *small)
    adobe = segment(APP14, *b"Adobe\0\x64\0\0\0\0\0", *NAME)
    planted = before(data, "DQT", jfxx + exif + adobe) + small
    assert planted.count(NAME) == 4
    assert NAME not in cleaned(planted)
    assert cleaned(planted) == cleaned(data)


@pytest.mark.parametrize("number", range(1, 5))
def test_adobe_segments_in_any_place(photo: Builder, segment: Builder, number: int) -> None:
    data = photo("RGB", (17, 9), subsampling="4:4:4", keep_rgb=True)
    found = parse(data).segments
    adobe = segment(APP14, *b"Adobe\0\x64\0\0\0\0\0")
    at = next(s for s in found if s.marker == APP14)
    bare = data[: at.start] + data[at.end :]
    place = parse(bare).segments[number].start
    assert cleaned(bare[:place] + adobe + bare[place:]) == cleaned(data)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("head", ["JFIF", "Adobe 1", "both"])
def test_components_named_rgb_that_are_not(photo: Builder, segment: Builder, head: str, *, progressive: bool) -> None:
    data = photo("RGB", (17, 9), progressive=progressive)
    adobe = segment(APP14, *b"Adobe\0\x64\0\0\0\0\1")
    misnamed = with_ids(data, b"RGB")
    if head != "JFIF":
        misnamed = before(misnamed, "DQT", adobe)
    if head == "Adobe 1":
        at = next(s for s in parse(misnamed).segments if s.name == "APP0")
        misnamed = misnamed[: at.start] + misnamed[at.end :]
    assert pixels(misnamed) == pixels(data)
    result = cleaned(misnamed)
    assert [c.id for c in parse(result).frame.components] == [1, 2, 3]
    assert result == cleaned(data)


def test_components_named_rgb_that_are(photo: Builder) -> None:
    data = photo("RGB", (17, 9), keep_rgb=True, subsampling="4:4:4")
    assert bytes(c.id for c in parse(data).frame.components) == b"RGB"
    assert bytes(c.id for c in parse(cleaned(data)).frame.components) == b"RGB"


@pytest.mark.parametrize("ids", [b"\0\1\2", b"YCc", b"\1\x22\x23", b"rgb"])
def test_other_identifiers_of_ycbcr_become_those_of_jfif(photo: Builder, ids: bytes) -> None:
    data = with_ids(photo("RGB", (17, 9)), ids)
    result = cleaned(data)
    assert bytes(c.id for c in parse(result).frame.components) == b"\1\2\3"
    assert pixels(result) == pixels(data)


def test_the_word_of_a_person_rules(photo: Builder) -> None:
    data = with_ids(photo("RGB", (17, 9), subsampling="4:4:4"), b"RGB")
    at = next(s for s in parse(data).segments if s.name == "APP0")
    bare = data[: at.start] + data[at.end :]
    assert color_model(bare, parse(bare)) is ColorModel.AMBIGUOUS
    assert pixels(cleaned(bare, ColorModel.RGB)) == pixels(bare)
    assert pixels(cleaned(bare, ColorModel.YCBCR)) == pixels(data)


def test_bytes_that_the_picture_does_not_need(photo: Builder) -> None:
    data = photo("RGB", (17, 9), progressive=False)
    end = parse(data).scans[0].data_end
    planted = data[:end] + NAME + b"\xff\xff" + data[end:]
    jpeg = parse(planted)
    assert NAME in clean(planted, jpeg, ColorModel.YCBCR)
    assert clean(planted, jpeg, ColorModel.YCBCR, verify(planted, jpeg)) == cleaned(data)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    extras=st.lists(
        st.tuples(st.integers(1, 99), st.sampled_from([*range(0xE1, 0xEE), 0xFE]), st.binary(max_size=99)), max_size=5
    ),
    fill=st.integers(0, 3),
    trailer=st.binary(max_size=99),
)
@pytest.mark.parametrize("progressive", [False, True])
def test_whatever_is_added_goes(
    photo: Builder,
    segment: Builder,
    *,
    progressive: bool,
    extras: list[tuple[int, int, bytes]],
    fill: int,
    trailer: bytes,
) -> None:
    data = dirty = photo("RGB", (24, 24), progressive=progressive)
    for place, marker, payload in extras:
        found = parse(dirty).segments
        at = found[1 + place % (len(found) - 1)].start
        dirty = dirty[:at] + b"\xff" * fill + segment(marker, *payload) + dirty[at:]
    assert cleaned(dirty + trailer) == cleaned(data)


def test_real_pictures(corpus: Path) -> None:
    looked = 0
    for path in sorted(corpus.glob("*/*.[jJ][pP]*")):
        data = path.read_bytes()
        try:
            jpeg = parse(data)
        except SourceDamaged:
            continue
        if jpeg.frame.precision != 8 or len(jpeg.frame.components) not in {1, 3} or len(data) > 400_000:
            continue
        if jpeg.frame.rows == 0 or color_model(data, jpeg) is ColorModel.AMBIGUOUS:
            continue
        assert pixels(cleaned(data)) == pixels(data), path.name
        looked += 1
    assert looked > 60
