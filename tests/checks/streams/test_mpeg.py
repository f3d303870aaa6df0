"""Videos of real encoders against their headers; what they are is what ffprobe says of them (data/README.md)."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomize.checks.native import check_native
from dicomize.checks.profiles import Profile
from dicomize.checks.streams import containers, mpeg, video
from dicomize.codestreams.bytestream import Stream

DATA = Path(__file__).parent / "data"
MPEG2, AVC, HEVC = "4.100", "4.102", "4.107"
METHODS = {MPEG2: "ISO_13818_2", AVC: "ISO_14496_10", HEVC: "ISO_23008_2"}
Said = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def film(instance: Callable[..., Path]) -> Callable[..., Path]:
    """A function that writes a video of 12 frames of 96 by 64 pixels."""

    def save(name: str | bytes, syntax: str, **changes: Any) -> Path:
        data = name if isinstance(name, bytes) else (DATA / name).read_bytes()
        sound = {
            "SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_PARTIAL_420", "PlanarConfiguration": 0,
            "Rows": 64, "Columns": 96, "NumberOfFrames": 12, "LossyImageCompression": "01",
            "LossyImageCompressionMethod": METHODS.get(syntax, "ISO_14496_10"), "LossyImageCompressionRatio": "20",
        }  # fmt: skip
        return instance(data, syntax, **(sound | changes))

    return save


SOUND = [
    ("mpeg2.m2v", MPEG2), ("mpeg2.ts", MPEG2), ("mpeg2.mpg", MPEG2), ("mpeg2.ts", "4.101"), ("avc.ts", AVC),
    ("avc.mp4", AVC), ("avc.mp4", "4.104"), ("avc.ts", "4.106"), ("avc-interlaced.ts", AVC), ("hevc.ts", HEVC),
    ("hevc.mp4", HEVC), ("hevc.mp4", "4.108"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "syntax"), SOUND)
def test_what_encoders_write_is_sound(name: str, syntax: str, film: Callable[..., Path], said: Said) -> None:
    method = METHODS[MPEG2] if name.startswith("mpeg2") else METHODS[HEVC] if name.startswith("hevc") else METHODS[AVC]
    assert said(film(name, syntax, LossyImageCompressionMethod=method)) == []


@pytest.mark.parametrize("name", ["mpeg2.ts", "avc.mp4", "hevc.ts"])
def test_the_header_against_the_stream(name: str, film: Callable[..., Path], said: Said) -> None:
    syntax, codec = {"m": (MPEG2, "MPEG-2"), "a": (AVC, "AVC"), "h": (HEVC, "HEVC")}[name[0]]
    assert said(film(name, syntax, Rows=63)) == [("stream", f"Rows is 63, the {codec} stream says 64")]
    assert said(film(name, syntax, Columns=95)) == [("stream", f"Columns is 95, the {codec} stream says 96")]
    assert said(film(name, syntax, NumberOfFrames=13)) == [
        ("frames", f"the {codec} stream has 12 frames, NumberOfFrames says 13")
    ]
    label = said(film(name, syntax, PhotometricInterpretation="YBR_FULL_422"))
    assert [kind for kind, _ in label] == ["enum"]
    silent = said(film(name, syntax, LossyImageCompression="00"))
    assert silent == [("lossy", "LossyImageCompression is not 01 although the stream is lossy video")]


@pytest.mark.parametrize(("name", "syntax"), [("avc.ts", MPEG2), ("hevc.mp4", AVC), ("mpeg2.ts", HEVC)])
def test_another_codec(name: str, syntax: str, film: Callable[..., Path], said: Said) -> None:
    ((kind, message),) = said(film(name, syntax))
    assert kind == "transfer-syntax"
    codec = {"a": "AVC", "h": "HEVC", "m": "MPEG-2"}[name[0]]
    assert message.startswith(f"the stream is {codec}, the transfer syntax is ")


def test_a_profile_that_decoders_need_not_decode(film: Callable[..., Path], said: Said) -> None:
    found = said(film("avc-422-10.ts", AVC, Rows=62, Columns=90, BitsAllocated=16))
    assert [kind for kind, _ in found] == ["transfer-syntax", "color"]
    assert "profile 122, level 10" in found[0][1]


def test_no_container(film: Callable[..., Path], said: Said) -> None:
    required = ("stream", "the video is in no container; a transport stream or an MP4 file is required")
    assert said(film("avc.h264", AVC)) == [required]
    assert said(film("hevc.hevc", HEVC)) == [required]


def test_residue(film: Callable[..., Path], said: Said) -> None:
    assert said(film("avc-title.mp4", AVC)) == [
        ("residue", "the video carries a box 'udta' of its MP4 file of 130 bytes, which may identify somebody")
    ]
    mpeg2 = (DATA / "mpeg2.m2v").read_bytes()
    first = mpeg2.index(b"\0\0\1\xb8")
    found = said(film(mpeg2[:first] + b"\0\0\1\xb2Jane Doe" + mpeg2[first:], MPEG2))
    assert found == [("residue", "the video carries user data of 8 bytes, which may identify somebody")]


def test_fragments(film: Callable[..., Path], said: Said) -> None:
    data = (DATA / "avc.ts").read_bytes()
    path = film(data, AVC)
    raw = path.read_bytes()
    item = b"\xfe\xff\x00\xe0" + len(data).to_bytes(4, "little")
    assert item in raw
    parts = (b"\xfe\xff\x00\xe0" + len(part).to_bytes(4, "little") + part for part in (data[:1000], data[1000:]))
    two = raw.replace(item + data, b"".join(parts))
    path.write_bytes(two)
    ((kind, message),) = said(path)
    assert (kind, message.partition(",")[0]) == ("encapsulation", "the video is in 2 fragments")
    path.write_bytes(two.replace(b"1.2.840.10008.1.2.4.102\0", b"1.2.840.10008.1.2.4.102.1\0").replace(b"UI\x18\x001.2.840.10008.1.2.4.102.1", b"UI\x1a\x001.2.840.10008.1.2.4.102.1"))  # fmt: skip
    assert said(path) == []


def test_an_offset_table_of_one_entry(film: Callable[..., Path], said: Said) -> None:
    path = film("avc.ts", AVC)
    data = path.read_bytes()
    item = b"\xfe\xff\x00\xe0"
    empty = item + bytes(4) + item
    assert data.count(empty) == 1
    path.write_bytes(data.replace(empty, item + b"\4\0\0\0" + bytes(4) + item))
    assert said(path) == []
    assert {f.kind for f in check_native(path, Profile.STRICT)[1]} & {"encapsulation", "encoding"} == set()


@pytest.mark.parametrize(
    ("name", "syntax", "cut", "clause"),
    [
        ("avc.ts", AVC, 100, "its last packet has 88 of 188 bytes: it is truncated"),
        ("avc.mp4", AVC, 100, "the MP4 box 'moov' at byte"),
        ("avc.mp4", AVC, 1200, "the MP4 file has no moov box|runs past the end"),
        ("mpeg2.m2v", MPEG2, 11090, "it holds no sequence header"),
    ],
)
def test_a_truncated_video(
    name: str, syntax: str, cut: int, clause: str, film: Callable[..., Path], said: Said
) -> None:
    data = (DATA / name).read_bytes()[:-cut]
    found = dict(said(film(data[: len(data) // 2 * 2], syntax)))
    assert "the video is damaged: " in found["stream"]
    assert any(part in found["stream"] for part in clause.split("|"))


def test_a_packet_that_is_not_there(film: Callable[..., Path], said: Said) -> None:
    data = bytearray((DATA / "avc.ts").read_bytes())
    data[188 * 5] = 0
    assert said(film(bytes(data), AVC)) == [
        ("stream", "the video is damaged: the transport stream has no packet at byte 940")
    ]


def test_what_is_no_video(film: Callable[..., Path], said: Said) -> None:
    ((kind, message),) = said(film(b"\xff\xd8\xff\xe0" * 10, AVC))
    assert kind == "stream"
    assert "begins neither as a transport stream" in message


def read(data: bytes) -> None:
    with contextlib.suppress(video.Damaged):
        mpeg._film(Stream(io.BytesIO(data), ((0, len(data)),)))


@given(st.binary(max_size=400))
def test_no_bytes_break_a_parser(data: bytes) -> None:
    for start in (b"", b"\0\0\0\x10ftypisom\0\0\0\0", b"\0\0\1\xb3", b"\0\0\0\1\x67", b"\0\0\0\1\x42\1", b"\0\0\1\xba"):
        read(start + data)
    read(b"G" + data[:187].ljust(187) + b"G" + data[187:])


@given(st.data())
def test_no_damage_breaks_a_parser(data: st.DataObject) -> None:
    name = data.draw(
        st.sampled_from(sorted(path.name for path in DATA.iterdir() if path.suffix not in {".md", ".jhc"}))
    )
    spoilt = bytearray((DATA / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(spoilt[: data.draw(st.integers(0, len(spoilt)))]))


@given(st.binary(max_size=80))
def test_no_parameters_break_a_reader(data: bytes) -> None:
    for reader in (video.avc, video.hevc, lambda unit: video.mpeg2(unit, unit)):
        try:
            reader(data)
        except video.Damaged:
            continue


@given(st.lists(st.binary(max_size=5000), max_size=6))
def test_units_do_not_depend_on_how_the_bytes_come(pieces: list[bytes]) -> None:
    whole = b"\0\0\1".join(pieces)
    at_once = [unit[:100] for unit in video.units((whole,))]
    in_parts = [unit[:100] for unit in video.units(whole[at : at + 999] for at in range(0, len(whole), 999))]
    assert at_once == in_parts


def test_frames_are_counted_beyond_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "_PACKETS", 3)
    data = (DATA / "avc.ts").read_bytes()
    assert mpeg._film(Stream(io.BytesIO(data), ((0, len(data)),))).pictures == 12
