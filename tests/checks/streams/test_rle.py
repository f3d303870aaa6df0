"""RLE headers of toolkits, spoilt one thing at a time (PS3.5 Annex G)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset

from dicomize.checks.streams.rle import faults

RLE = "5"
BODY = b"\xff\0" * 20


def header(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "little") for number in numbers).ljust(64, b"\0")


@pytest.mark.parametrize("program", [("dcmcrle",), ("gdcmconv", "-R")])
@pytest.mark.parametrize(("mode", "allocated"), [("L", 8), ("L", 16), ("RGB", 8)])
def test_what_toolkits_write_is_sound(
    program: tuple[str, ...], mode: str, allocated: int, encoded: Callable[..., Path],
    described: Callable[..., Dataset], said: Callable[..., object],
) -> None:  # fmt: skip
    dataset = described(mode, (50, 40))
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = allocated, allocated, allocated - 1
    pixels = bytes(range(200)) * (10 * dataset.SamplesPerPixel * allocated // 8)
    assert said(encoded(dataset, pixels, *program)) == []


def test_several_frames(
    encoded: Callable[..., Path], described: Callable[..., Dataset], said: Callable[..., object]
) -> None:
    dataset = described("L", (50, 40))
    dataset.NumberOfFrames = 3
    path = encoded(dataset, bytes(range(200)) * 30, "dcmcrle")
    assert said(path) == []
    path.write_bytes(path.read_bytes().replace(b"\x28\0\x08\0IS\2\x003 ", b"\x28\0\x08\0IS\2\x002 "))
    assert ("frames", "PixelData holds 3 pictures, NumberOfFrames says 2") in said(path)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("stream", "clause"),
    [
        (header(0), "it states 0 segments"),
        (header(16, 64), "it states 16 segments"),
        (header(1, 66), "the first segment is at byte 66, not 64"),
        (header(2, 64, 64), "segment 2 is at byte 64, not behind the one before it at byte 64"),
        (header(2, 64, 4000), "segment 2 is at byte 4000, the frame ends at byte 104: it is truncated"),
        (header(1, 64, 70), "offsets of segments that are not there are not 0"),
    ],
)
def test_a_header_that_is_wrong(
    stream: bytes, clause: str, instance: Callable[..., Path], said: Callable[..., object]
) -> None:
    assert said(instance(stream + BODY, RLE)) == [("stream", f"the RLE header is wrong: {clause}")]


def test_a_frame_that_is_too_short(instance: Callable[..., Path], said: Callable[..., object]) -> None:
    assert said(instance(header(1, 64)[:40], RLE)) == [("stream", "the frame has 40 bytes, an RLE header has 64")]


def test_segments_against_samples_and_bits(instance: Callable[..., Path], said: Callable[..., object]) -> None:
    message = "the RLE stream has 2 segments, SamplesPerPixel and BitsAllocated make 1"
    assert said(instance(header(2, 64, 80) + BODY, RLE)) == [("stream", message)]
    assert said(instance(header(2, 64, 80) + BODY, RLE, BitsAllocated=16)) == []


def test_labels(instance: Callable[..., Path], said: Callable[..., list[tuple[str, str]]]) -> None:
    stream = header(3, 64, 70, 80) + BODY
    assert said(instance(stream, RLE, "RGB")) == []
    ((kind, _),) = said(instance(stream, RLE, "RGB", PhotometricInterpretation="YBR_FULL_422"))
    assert kind == "enum"


def test_one_wrong_frame_of_many(instance: Callable[..., Path], said: Callable[..., list[tuple[str, str]]]) -> None:
    sound, wrong = header(1, 64) + BODY, header(1, 60) + BODY
    found = said(instance([sound, wrong, sound, wrong, wrong], RLE))
    assert found == [("stream", "frames 2, 4-5: the RLE header is wrong: the first segment is at byte 60, not 64")]


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 2**32 - 1), min_size=15, max_size=15), st.integers(64, 9999))
def test_no_numbers_break_it(count: int, offsets: list[int], size: int) -> None:
    clauses = list(faults(count, offsets, size))
    sound = 1 <= count <= 15 and offsets[0] == 64 and sorted(set(offsets[:count])) == offsets[:count]
    assert bool(clauses) or (sound and max(offsets[:count]) < size and not any(offsets[count:]))
