"""JPEG 2000 streams of OpenJPEG and OpenJPH against their headers, spoilt one thing at a time."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features
from pydicom import Dataset

from dicomize.codestreams.bytestream import Stream
from dicomize.codestreams.jpeg2000 import Codestream, Damaged, codestream_of_file, parse

DATA = Path(__file__).parent / "data"
LOSSLESS, LOSSY, HT_LOSSLESS, HT_RPCL, HT = "4.90", "4.91", "4.201", "4.202", "4.203"
Said = Callable[..., list[tuple[str, str]]]


def jpeg2000(mode: str = "L", size: tuple[int, int] = (50, 40), **options: Any) -> bytes:
    """A codestream that Pillow writes with OpenJPEG."""
    if not features.check("jpg_2000"):
        pytest.skip("OpenJPEG is not installed")
    buffer = io.BytesIO()
    picture = Image.linear_gradient("L").resize(size).convert(mode)
    picture.save(buffer, "JPEG2000", **({"no_jp2": True} | options))
    return buffer.getvalue()


def parsed(data: bytes) -> Codestream:
    return parse(Stream(io.BytesIO(data), ((0, len(data)),)))


@pytest.mark.parametrize(
    ("syntax", "mode", "options", "changes"),
    [
        (LOSSLESS, "L", {}, {}),
        (LOSSLESS, "L", {"tile_size": (16, 16)}, {}),
        (LOSSLESS, "L", {"tile_size": (16, 16), "plt": True}, {}),
        (LOSSLESS, "RGB", {"mct": 1}, {"PhotometricInterpretation": "YBR_RCT"}),
        (LOSSLESS, "RGB", {"mct": 0}, {}),
        (LOSSY, "L", {"irreversible": True}, {}),
        (LOSSY, "RGB", {"irreversible": True, "mct": 1}, {"PhotometricInterpretation": "YBR_ICT"}),
        (LOSSY, "L", {}, {"LossyImageCompression": "00"}),
    ],
)
def test_what_openjpeg_writes_is_sound(
    syntax: str, mode: str, options: dict[str, Any], changes: dict[str, Any], instance: Callable[..., Path], said: Said
) -> None:
    assert said(instance(jpeg2000(mode, **options), syntax, mode, **changes)) == []


@pytest.mark.parametrize("options", [("-K",), ("-K", "-Y", "-r", "10"), ("-K", "-t", "16,16")])
def test_what_gdcm_writes_is_sound(
    options: tuple[str, ...], encoded: Callable[..., Path], described: Callable[..., Dataset], said: Said
) -> None:
    assert {kind for kind, _ in said(encoded(described("RGB", (50, 40)), bytes(6000), "gdcmconv", *options))} <= {
        "lossy"
    }


@pytest.mark.parametrize(
    ("syntax", "name"),
    [(HT_LOSSLESS, "grey.jhc"), (HT_LOSSLESS, "grey-tlm.jhc"), (HT_RPCL, "grey-tlm.jhc"), (HT, "grey-lossy.jhc"), (HT, "grey.jhc")],
)  # fmt: skip
def test_what_openjph_writes_is_sound(syntax: str, name: str, instance: Callable[..., Path], said: Said) -> None:
    assert said(instance((DATA / name).read_bytes(), syntax)) == []


def test_high_throughput_in_colours(instance: Callable[..., Path], said: Said) -> None:
    stream = (DATA / "color.jhc").read_bytes()
    assert said(instance(stream, HT_LOSSLESS, "RGB", PhotometricInterpretation="YBR_RCT")) == []
    ((kind, _),) = said(instance(stream, HT_LOSSLESS, "RGB"))
    assert kind == "color"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Rows": 41}, "Rows is 41, the JPEG 2000 stream says 40"),
        ({"Columns": 49}, "Columns is 49, the JPEG 2000 stream says 50"),
        ({"SamplesPerPixel": 3}, "SamplesPerPixel is 3, the JPEG 2000 stream says 1"),
        ({"PixelRepresentation": 1}, "PixelRepresentation is 1, the JPEG 2000 stream says 0"),
        ({"BitsStored": 12, "BitsAllocated": 16}, "BitsStored is 12, the JPEG 2000 stream has 8"),
    ],
)
def test_the_header_against_the_stream(
    changes: dict[str, Any], message: str, instance: Callable[..., Path], said: Said
) -> None:
    assert said(instance(jpeg2000(), LOSSLESS, **changes)) == [("stream", message)]


@pytest.mark.parametrize(
    ("syntax", "stream", "message"),
    [
        (LOSSLESS, "irreversible", "the irreversible 9-7 wavelet, the transfer syntax is JPEG 2000 Lossless"),
        (LOSSLESS, "grey.jhc", "high-throughput JPEG 2000, the transfer syntax is JPEG 2000 Lossless"),
        (HT_LOSSLESS, "", "JPEG 2000 that is not high-throughput, the transfer syntax is HTJ2K Lossless"),
        (HT_LOSSLESS, "grey-lossy.jhc", "the irreversible 9-7 wavelet, the transfer syntax is HTJ2K Lossless"),
        (HT_RPCL, "grey.jhc", "has no TLM, the transfer syntax is HTJ2K Lossless RPCL"),
    ],
)
def test_another_transfer_syntax(
    syntax: str, stream: str, message: str, instance: Callable[..., Path], said: Said
) -> None:
    data = (DATA / stream).read_bytes() if stream.endswith("jhc") else jpeg2000(irreversible=bool(stream))
    ((kind, found),) = said(instance(data, syntax))
    assert kind == "transfer-syntax"
    assert found.endswith(message)


def test_what_rpcl_asks_for(instance: Callable[..., Path], said: Said) -> None:
    large = (DATA / "grey-large-base.jhc").read_bytes()
    found = said(instance(large, HT_RPCL, Rows=130, Columns=140))
    assert [message.partition(",")[0] for _, message in found] == [
        "the stream has a base resolution of more than 64 pixels either way"
    ]
    other = said(instance(jpeg2000(), HT_RPCL))
    assert any("does not have the progression order RPCL" in message for _, message in other)


@pytest.mark.parametrize(
    ("options", "syntax", "label", "message"),
    [
        ({"mct": 1}, LOSSLESS, "RGB", "is RGB, the JPEG 2000 stream transforms colours to YBR_RCT"),
        ({"mct": 1}, LOSSLESS, "YBR_FULL", "is YBR_FULL, the JPEG 2000 stream transforms colours to YBR_RCT"),
        ({"mct": 0}, LOSSLESS, "YBR_RCT", "is YBR_RCT, the JPEG 2000 stream does not transform colours"),
        ({"mct": 1, "irreversible": True}, LOSSY, "YBR_RCT", "is YBR_RCT, the JPEG 2000 stream transforms colours to YBR_ICT"),
    ],
)  # fmt: skip
def test_labels(
    options: dict[str, Any], syntax: str, label: str, message: str, instance: Callable[..., Path], said: Said
) -> None:
    found = said(instance(jpeg2000("RGB", **options), syntax, "RGB", PhotometricInterpretation=label))
    assert found == [("color", f"PhotometricInterpretation {message}")]


def test_a_label_that_is_not_allowed(instance: Callable[..., Path], said: Said) -> None:
    found = said(instance(jpeg2000("RGB", mct=1), LOSSLESS, "RGB", PhotometricInterpretation="YBR_ICT"))
    assert [kind for kind, _ in found] == ["enum"]


def test_lossy_without_saying_so(instance: Callable[..., Path], said: Said) -> None:
    found = said(instance(jpeg2000(irreversible=True), LOSSY, LossyImageCompression="00"))
    assert found == [("lossy", "LossyImageCompression is not 01 although the stream is lossy JPEG 2000")]


def test_a_whole_file(instance: Callable[..., Path], said: Said) -> None:
    stream = jpeg2000(no_jp2=False)
    assert stream[4:8] == b"jP  "
    assert said(instance(stream, LOSSLESS)) == [
        ("stream", "PixelData holds a whole JP2 file, not its codestream alone")
    ]
    with_box = stream + b"\0\0\0\x10xml <a/>Jane"
    assert said(instance(with_box, LOSSLESS))[1] == (
        "residue", "the JP2 file carries a box 'xml ' of 16 bytes, which may identify somebody"
    )  # fmt: skip


def test_a_file_without_a_codestream(instance: Callable[..., Path], said: Said) -> None:
    ((_, message),) = said(instance(jpeg2000(no_jp2=False)[:12], LOSSLESS))
    assert message == "the JPEG 2000 stream is damaged: a JP2 file without a codestream"


def test_comments(instance: Callable[..., Path], said: Said) -> None:
    stream = jpeg2000(comment="Jane Doe, 1970-01-01")
    assert said(instance(stream, LOSSLESS)) == [
        ("residue", "the JPEG 2000 stream carries a comment of 26 bytes, which may identify somebody")
    ]


@pytest.mark.parametrize("cut", [1, 2, 40, 100])
@pytest.mark.parametrize("options", [{}, {"tile_size": (16, 16)}])
def test_a_truncated_stream(options: dict[str, Any], cut: int, instance: Callable[..., Path], said: Said) -> None:
    stream = jpeg2000(**options)
    ((kind, message),) = said(instance(stream[:-cut], LOSSLESS))
    assert kind == "stream"
    assert message.startswith("the JPEG 2000 stream is damaged: ")
    assert "truncated" in message or "neither a tile-part nor EOC" in message


def test_a_tile_that_is_missing() -> None:
    stream = jpeg2000(tile_size=(16, 16))
    last = stream.rindex(b"\xff\x90\x00\x0a")
    with pytest.raises(Damaged, match="1 of its 12 tiles are missing"):
        parsed(stream[:last] + b"\xff\xd9")


def test_bytes_behind_the_picture(instance: Callable[..., Path], said: Said) -> None:
    stream = jpeg2000()
    stream += bytes(len(stream) % 2)
    assert said(instance(stream + b"more to come", LOSSLESS))[0][0] == "residue"


def test_a_tile_part_without_a_length() -> None:
    stream = bytearray(jpeg2000())
    at = stream.index(b"\xff\x90\x00\x0a")
    stream[at + 6 : at + 10] = bytes(4)
    assert parsed(bytes(stream)).end == len(stream)
    with pytest.raises(Damaged, match="truncated"):
        parsed(bytes(stream[:-6]))


@pytest.mark.parametrize("name", ["src.j2k", "gray16.j2k", "lossy.j2k"])
def test_the_corpus(name: str, corpus: Path) -> None:
    found = parsed((corpus / "synthetic" / name).read_bytes())
    assert (found.rows, found.columns) == (67, 99)
    assert all(coding.reversible for coding in found.codings) is (name != "lossy.j2k")


def test_high_throughput_of_the_corpus(corpus: Path) -> None:
    assert parsed((corpus / "synthetic" / "src.jph").read_bytes()).high_throughput


@given(st.binary(max_size=300), st.integers(0, 400))
def test_no_bytes_break_the_parser(data: bytes, at: int) -> None:
    sound = (DATA / "grey-tlm.jhc").read_bytes()
    for stream in (data, b"\xff\x4f\xff\x51" + data, sound[:at] + data, sound[:at] + data + sound[at + len(data) :]):
        try:
            assert parsed(stream).end <= len(stream)
        except Damaged:
            continue


@given(st.binary(max_size=200))
def test_no_boxes_break_the_parser(data: bytes) -> None:
    for box in (b"", b"\0\0\0\0jp2c", b"\0\0\0\1jp2c"):
        stream = b"\0\0\0\x0cjP  \r\n\x87\n" + box + data
        try:
            codestream_of_file(Stream(io.BytesIO(stream), ((0, len(stream)),)))
        except Damaged:
            continue
