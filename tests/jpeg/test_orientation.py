"""Orientations: what can be undone exactly, and the size that comes of it. That it agrees with jpegtran is in test_turn."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageOps

from dicomize.jpeg.markers import parse
from dicomize.jpeg.orientation import can_turn, turned_size

Builder = Callable[..., bytes]


def test_size_is_swapped_by_quarter_turns() -> None:
    assert [turned_size(2, 3, n) for n in range(1, 9)] == [(2, 3)] * 4 + [(3, 2)] * 4


@pytest.mark.parametrize("orientation", [0, 9, -1])
def test_other_orientations_do_not_exist(orientation: int) -> None:
    with pytest.raises(ValueError, match="no orientation"):
        turned_size(1, 1, orientation)


def test_progressive_streams_can_be_turned_lossless_ones_not(photo: Builder) -> None:
    jpeg = parse(photo("RGB", (16, 16), progressive=True, subsampling=0))
    assert all(can_turn(jpeg, n) for n in range(1, 9))
    lossless = jpeg._replace(frame=jpeg.frame._replace(sof=3))
    assert not any(can_turn(lossless, n) for n in range(1, 9))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_size_is_that_which_pillow_shows(photo: Builder, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    shown = ImageOps.exif_transpose(Image.open(io.BytesIO(photo("L", (24, 16), exif=exif))))
    assert shown is not None
    assert turned_size(16, 24, orientation) == (shown.height, shown.width)


@pytest.mark.parametrize(
    ("size", "ways"),
    [
        # MCUs of 16x8: mirroring left and right takes whole MCUs across, up and down whole MCUs down
        ((32, 16), {1, 2, 3, 4, 5, 6, 7, 8}),
        ((33, 16), {1, 4, 5, 6}),
        ((32, 17), {1, 2, 5, 8}),
        ((33, 17), {1, 5}),
    ],
)
def test_mirrored_edges_must_be_whole(photo: Builder, size: tuple[int, int], ways: set[int]) -> None:
    jpeg = parse(photo("RGB", size, subsampling="4:2:2"))
    assert {n for n in range(1, 9) if can_turn(jpeg, n)} == ways
