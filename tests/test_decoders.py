"""RLE as PS3.5 Annex G has it, read here."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pytest

from dicomize.decoders import Frame, _by_ourselves
from dicomize.model import ImagePixel
from dicomize.wrappers.tool import Tools


def nothing(_file: BinaryIO) -> None:
    """No program is run here."""


def read(stream: bytes, image: ImagePixel) -> bytes:
    return _by_ourselves(Frame(stream, image, "", nothing, Path("/nowhere"), Tools()))


def rle(*segments: bytes) -> bytes:
    offsets, at = [], 64
    for segment in segments:
        offsets.append(at)
        at += len(segment)
    header = [len(segments), *offsets, *([0] * (15 - len(offsets)))]
    return b"".join(n.to_bytes(4, "little") for n in header) + b"".join(segments)


def test_literal_and_repeated_runs_and_no_operation() -> None:
    # two literal bytes, 128: nothing, 5 times 7, then a byte that pads
    image = ImagePixel(1, "MONOCHROME2", Rows=1, Columns=7, BitsAllocated=8, BitsStored=8, PlanarConfiguration=None)
    assert read(rle(b"\x01\x0a\x0b\x80\xfc\x07\x00"), image) == bytes([10, 11, 7, 7, 7, 7, 7])


def test_colour_is_in_planes() -> None:
    image = ImagePixel(3, "RGB", Rows=1, Columns=2, BitsAllocated=8, BitsStored=8, PlanarConfiguration=0)
    assert read(rle(b"\x01\x01\x02", b"\x01\x03\x04", b"\xff\x05"), image) == bytes([1, 3, 5, 2, 4, 5])


def test_the_most_significant_byte_comes_first() -> None:
    image = ImagePixel(1, "MONOCHROME2", Rows=1, Columns=2, BitsAllocated=16, BitsStored=16, PlanarConfiguration=None)
    assert read(rle(b"\x01\x12\x34", b"\x01\x56\x78"), image) == (0x1256).to_bytes(2, "little") + (0x3478).to_bytes(
        2, "little"
    )


def test_a_segment_that_is_cut_short_is_not_the_picture() -> None:
    image = ImagePixel(1, "MONOCHROME2", Rows=1, Columns=4, BitsAllocated=8, BitsStored=8, PlanarConfiguration=None)
    with pytest.raises(ValueError, match="segment 1 has 2 bytes, not 4"):
        read(rle(b"\x01\x01\x02"), image)
