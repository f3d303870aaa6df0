"""What is found inside of streams."""

from __future__ import annotations

import pytest

from dicomize.comparing.leaks import stream_leaks
from dicomize.comparing.model import Leak
from dicomize.jpeg import markers

from .conftest import exif, jpeg


def names(data: bytes) -> list[str]:
    return [leak.name for leak in stream_leaks(data)]


def test_a_plain_picture_leaks_nothing() -> None:
    assert stream_leaks(jpeg()) == ()


def test_places_devices_and_comments() -> None:
    data = jpeg(exif=exif(), comment=b"Doe^Jane")
    assert names(data) == ["GPS position", "camera serial number", "COM"]
    # COM: marker, length and eight bytes of text (ITU-T T.81 B.2.4.5)
    assert stream_leaks(data)[-1] == Leak("COM", "COM", 12)


@pytest.mark.parametrize(("tail", "found"), [(b"", []), (b"\0", []), (b"\0\0", [2]), (b"x", [1]), (b"4711", [4])])
def test_what_follows_the_picture_but_for_one_byte_of_padding(tail: bytes, found: list[int]) -> None:
    assert [leak.length for leak in stream_leaks(jpeg() + tail) if leak.name == "bytes behind EOI"] == found


def test_a_second_picture_behind_the_first() -> None:
    assert names(jpeg() + jpeg()) == ["bytes behind EOI"]


def test_of_a_damaged_stream_what_stands_before_the_picture() -> None:
    data = jpeg(exif=exif(), comment=b"Doe^Jane")
    assert names(data[:-100]) == ["GPS position", "camera serial number", "COM"]
    assert names(data[:30]) == []
    assert names(b"") == names(b"\xff\xd8") == []


def test_the_leading_segments_are_those_of_the_whole() -> None:
    data = jpeg(exif=exif(), comment=b"x")
    whole = markers.parse(data).segments
    leading = markers.leading_segments(data)
    assert leading == whole[1 : len(leading) + 1]
    assert whole[len(leading) + 1].marker == markers.SOS


def test_icc_profiles_and_jfif_say_nothing_of_a_person() -> None:
    assert names(jpeg(icc_profile=b"x" * 200)) == []


def test_what_encoders_of_jpeg_ls_write() -> None:
    data = jpeg()
    spiff = b"\xff\xe8\x00\x20SPIFF\0" + bytes(24)
    entry = b"\xff\xe8\x00\x08\0\0\0\1\0\0"
    assert names(data[:2] + spiff + entry + data[2:]) == []
    assert names(data[:2] + entry + data[2:]) == ["APP8"]


def test_xmp_is_a_leak() -> None:
    packet = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"
    segment = b"\xff\xe1" + (len(packet) + 2).to_bytes(2, "big") + packet
    data = jpeg()
    assert names(data[:2] + segment + data[2:]) == ["APP1 XMP"]
