"""Which fragments are which frame, and how many there are."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended

from dicomize.checks.streams.findings import error, numbered
from dicomize.codestreams.bytestream import Stream
from dicomize.model import Finding
from dicomize.pixeldata import read_instance

Said = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def several(lossy: Callable[..., Path], write: Callable[..., Path]) -> Callable[..., Path]:
    """A function that writes JPEG frames in fragments, with or without a table."""

    def save(frames: list[bytes], count: int, *, fragments: int = 1, table: bool = False) -> Path:
        dataset = read_instance(lossy()).dataset
        dataset.NumberOfFrames = count
        return write(dataset, encapsulate(frames, fragments_per_frame=fragments, has_bot=table))

    return save


@pytest.mark.parametrize("table", [False, True])
@pytest.mark.parametrize("fragments", [1, 3])
def test_sound_frames(
    fragments: int, table: bool, several: Callable[..., Path], jpeg: Callable[..., bytes], said: Said
) -> None:
    frames = [jpeg(quality=q) for q in (40, 50, 60)]
    assert said(several(frames, 3, fragments=fragments, table=table)) == []


@pytest.mark.parametrize("fragments", [1, 3])
@pytest.mark.parametrize("count", [1, 2, 4, 5])
def test_another_number_of_frames(
    count: int, fragments: int, several: Callable[..., Path], jpeg: Callable[..., bytes], said: Said
) -> None:
    frames = [jpeg(quality=q) for q in (40, 50, 60)]
    assert said(several(frames, count, fragments=fragments)) == [
        ("frames", f"PixelData holds 3 pictures, NumberOfFrames says {count}")
    ]


def test_every_frame_is_looked_at(several: Callable[..., Path], jpeg: Callable[..., bytes], said: Said) -> None:
    frames = [jpeg()] * 12
    frames[3] = frames[7] = frames[8] = jpeg(size=(32, 16))
    frames[11] = jpeg()[:-2]
    assert said(several(frames, 12)) == [
        ("stream", "frames 4, 8-9: Columns is 24, the JPEG stream says 32"),
        (
            "stream",
            "frame 12: the JPEG stream is damaged: the file ends within the picture, without EOI: it is truncated",
        ),
    ]


def test_what_all_frames_say_is_said_once(several: Callable[..., Path], jpeg: Callable[..., bytes], said: Said) -> None:
    assert said(several([jpeg(size=(32, 16))] * 5, 5)) == [("stream", "Columns is 24, the JPEG stream says 32")]


def test_an_extended_offset_table(
    lossy: Callable[..., Path], write: Callable[..., Path], jpeg: Callable[..., bytes], said: Said
) -> None:
    dataset = read_instance(lossy()).dataset
    dataset.NumberOfFrames = 2
    pixels, offsets, lengths = encapsulate_extended([jpeg(), jpeg(size=(32, 16))])
    dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = offsets, lengths
    assert said(write(dataset, pixels)) == [("stream", "frame 2: Columns is 24, the JPEG stream says 32")]


def test_a_toolkit_that_splits_frames(
    encoded: Callable[..., Path], described: Callable[..., Dataset], said: Said
) -> None:
    dataset = described("L", (200, 200))
    dataset.NumberOfFrames = 3
    pixels = bytes(i * i % 251 for i in range(120_000))
    for options in (("+e1", "+fs", "1", "-ot"), ("+e1", "+fs", "1", "+ot"), ("+e1", "-ot"), ("+eb", "+ot")):
        path = encoded(dataset, pixels, "dcmcjpeg", *options)
        if "+fs" in options:
            assert len(read_instance(path).pixels.fragments) > 3  # type: ignore[union-attr]
        assert said(path) == []


def test_the_frames_of_a_large_file_are_read_one_at_a_time(
    several: Callable[..., Path], jpeg: Callable[..., bytes], said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = [jpeg()] * 50
    asked: list[int] = []
    plain = Stream.read

    def read(self: Stream, at: int, count: int) -> bytes:
        asked.append(count)
        return plain(self, at, count)

    monkeypatch.setattr(Stream, "read", read)
    assert said(several(frames, 50)) == []
    assert max(asked) <= len(frames[0]) + 1


@given(st.lists(st.binary(max_size=9), min_size=1, max_size=6), st.integers(0, 60), st.integers(0, 60))
def test_fragments_read_as_one(parts: list[bytes], at: int, count: int) -> None:
    file = b"".join(b"--" + part for part in parts)
    spans, offset = [], 0
    for part in parts:
        spans.append((offset + 2, len(part)))
        offset += 2 + len(part)
    stream = Stream(io.BytesIO(file), tuple(spans))
    assert stream.read(at, count) == b"".join(parts)[at : at + count]
    assert stream.whole() == b"".join(stream.chunks()) == b"".join(parts)


def test_a_list_of_frames_does_not_grow_without_end() -> None:
    def every_other(n: int) -> list[Finding]:
        return [error("stream", "Rows", "wrong", "PS3.5 8.2.1")] if n % 2 else []

    (finding,) = numbered(((n, every_other(n)) for n in range(1, 101)), 100)
    assert finding.message == "frames 1, 3, 5, 7, 9, 11, 13, 15 and 42 more: wrong"
    assert len(list(numbered(((n, [error("stream", "Rows", f"{n}", "")]) for n in range(1, 500)), 600))) == 100
