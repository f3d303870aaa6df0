"""JPEG-LS streams of DCMTK and GDCM against their headers, spoilt one thing at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset

from dicomize.codestreams.jpegls import Damaged, parse
from dicomize.pixeldata import joined, read_instance

LOSSLESS, NEAR = "4.80", "4.81"
SOF55 = b"\xff\xf7"


def stream_of(path: Path) -> bytes:
    pixels = read_instance(path).pixels
    assert pixels is not None
    return joined(path, pixels.fragments)


@pytest.fixture
def grey(encoded: Callable[..., Path], described: Callable[..., Dataset]) -> bytes:
    return stream_of(encoded(described("L", (50, 40)), bytes(range(200)) * 10, "dcmcjpls"))


@pytest.mark.parametrize("options", [("dcmcjpls",), ("dcmcjpls", "+en", "+md", "2"), ("gdcmconv", "-L")])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_what_toolkits_write_is_sound(
    options: tuple[str, ...], mode: str, encoded: Callable[..., Path], described: Callable[..., Dataset],
    said: Callable[..., object],
) -> None:  # fmt: skip
    dataset = described(mode, (50, 40))
    pixels = bytes(range(200)) * (10 if mode == "L" else 30)
    assert said(encoded(dataset, pixels, *options)) == []


@pytest.mark.parametrize("interleave", ["+il", "+is", "+in"])
def test_every_interleave_mode(
    interleave: str, encoded: Callable[..., Path], described: Callable[..., Dataset], said: Callable[..., object]
) -> None:
    assert said(encoded(described("RGB", (50, 40)), bytes(range(200)) * 30, "dcmcjpls", interleave)) == []


@pytest.mark.parametrize("stored", [12, 16])
def test_more_than_8_bits(
    stored: int, encoded: Callable[..., Path], described: Callable[..., Dataset], said: Callable[..., object]
) -> None:
    dataset = described("L", (50, 40))
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, stored, stored - 1
    path = encoded(dataset, bytes([7, 3]) * 2000, "dcmcjpls")
    assert said(path) == []
    assert parse(stream_of(path)).precision >= stored


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Rows": 41}, "Rows is 41, the JPEG-LS stream says 40"),
        ({"Columns": 49}, "Columns is 49, the JPEG-LS stream says 50"),
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "SamplesPerPixel is 3, the JPEG-LS stream says 1"),
        ({"BitsStored": 9, "BitsAllocated": 16}, "BitsStored is 9, the JPEG-LS stream has 8"),
        ({"BitsAllocated": 4, "BitsStored": 4}, "BitsAllocated is 4, the JPEG-LS stream has 8"),
    ],
)
def test_the_header_against_the_stream(
    changes: dict[str, object], message: str, grey: bytes, instance: Callable[..., Path], said: Callable[..., object]
) -> None:
    assert said(instance(grey, LOSSLESS, **changes)) == [("stream", message)]


def test_near_lossless_under_lossless(
    encoded: Callable[..., Path], described: Callable[..., Dataset], instance: Callable[..., Path],
    said: Callable[..., object],
) -> None:  # fmt: skip
    near = stream_of(encoded(described("L", (50, 40)), bytes(range(200)) * 10, "dcmcjpls", "+en", "+md", "2"))
    message = "the stream allows differences of 2, the transfer syntax is JPEG-LS Lossless"
    assert said(instance(near, LOSSLESS)) == [("transfer-syntax", message)]
    assert said(instance(near, NEAR)) == []
    silent = said(instance(near, NEAR, LossyImageCompression="00"))
    assert silent == [("lossy", "LossyImageCompression is not 01 although the stream is lossy JPEG-LS")]


def test_lossless_under_near_lossless_is_allowed(
    grey: bytes, instance: Callable[..., Path], said: Callable[..., object]
) -> None:
    assert said(instance(grey, NEAR, LossyImageCompression="00")) == []


@pytest.mark.parametrize("label", ["YBR_RCT", "YBR_FULL_422"])
def test_labels_that_jpeg_ls_does_not_have(
    label: str, encoded: Callable[..., Path], described: Callable[..., Dataset], instance: Callable[..., Path],
    said: Callable[..., list[tuple[str, str]]],
) -> None:  # fmt: skip
    color = stream_of(encoded(described("RGB", (50, 40)), bytes(range(200)) * 30, "dcmcjpls"))
    found = said(instance(color, LOSSLESS, "RGB", PhotometricInterpretation=label))
    assert [kind for kind, _ in found] == ["enum"]


def test_residue(grey: bytes, instance: Callable[..., Path], said: Callable[..., object]) -> None:
    comment = grey[:2] + b"\xff\xfe\0\x0aJane Doe" + grey[2:]
    assert said(instance(comment, LOSSLESS)) == [
        ("residue", "the JPEG-LS stream carries COM of 12 bytes, which may identify somebody")
    ]
    behind = grey.rstrip(b"\0") + b"and more of it"
    assert said(instance(behind, LOSSLESS)) == [("residue", "14 bytes follow the end of the picture")]


def test_a_spiff_header_is_about_nobody(
    grey: bytes, instance: Callable[..., Path], said: Callable[..., list[tuple[str, str]]]
) -> None:
    header = b"\xff\xe8\0\x20SPIFF\0" + bytes(24)
    end = b"\xff\xe8\0\x08\0\0\0\1\xff\xd8"
    assert said(instance(grey[:2] + header + end + grey[2:], LOSSLESS)) == []
    entry = b"\xff\xe8\0\x0c\0\0\0\5Jane\0\0"
    (found,) = said(instance(grey[:2] + header + entry + end + grey[2:], LOSSLESS))
    assert found == ("residue", "the JPEG-LS stream carries APP8 of 14 bytes, which may identify somebody")


def test_a_colour_transformation_of_an_encoders_own(
    grey: bytes, instance: Callable[..., Path], said: Callable[..., list[tuple[str, str]]]
) -> None:
    ((kind, message),) = said(instance(grey[:2] + b"\xff\xe8\0\x07mrfx\1" + grey[2:], LOSSLESS))
    assert kind == "stream"
    assert "colour transformation" in message


@pytest.mark.parametrize("cut", [1, 2, 10, 200])
def test_a_truncated_stream(
    cut: int, grey: bytes, instance: Callable[..., Path], said: Callable[..., list[tuple[str, str]]]
) -> None:
    whole = grey[: grey.rindex(b"\xff\xd9") + 2]
    ((kind, message),) = said(instance(whole[:-cut] + bytes(cut % 2), LOSSLESS))
    assert kind == "stream"
    assert message.startswith("the JPEG-LS stream is damaged: it ends")


def test_another_codestream(instance: Callable[..., Path], said: Callable[..., list[tuple[str, str]]]) -> None:
    ((_, message),) = said(instance(b"\xff\x4f\xff\x51", LOSSLESS))
    assert message == "the JPEG-LS stream is damaged: it does not begin with SOI"


def test_what_a_frame_header_cannot_be(grey: bytes) -> None:
    at = grey.index(SOF55)
    with pytest.raises(Damaged, match="a second frame header"):
        parse(grey[:at] + grey[at : at + 13] + grey[at:])
    with pytest.raises(Damaged, match="no JPEG-LS frame header"):
        parse(b"\xff\xd8\xff\xd9")
    with pytest.raises(Damaged, match="ends without the scans of 1 of its 1 components"):
        parse(b"\xff\xd8" + grey[at : at + 13] + b"\xff\xd9")


def test_the_corpus(corpus: Path) -> None:
    found = parse((corpus / "synthetic" / "gray16.jls").read_bytes())
    assert (found.rows, found.columns, found.precision, found.near) == (67, 99, 16, 0)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    for stream in (data, b"\xff\xd8\xff" + data, b"\xff\xd8" + SOF55 + b"\0\x0b\x08\0\2\0\2\1\1\x11\0" + data):
        try:
            found = parse(stream)
        except Damaged:
            continue
        assert found.end <= len(stream)
