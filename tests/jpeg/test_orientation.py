"""Orientations: what can be undone exactly, and the size that comes of it. That it agrees with jpegtran is in test_turn."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageOps

from dicomize.jpeg.markers import parse
from dicomize.jpeg.orientation import as_it_lies, as_looked_at, can_turn, combined, mirrored_edges, turned_size
from dicomize.model import Rectangle

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


def looked_at(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """What Pillow shows of pixels with that Exif orientation."""
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(buffer, "PNG", exif=exif)
    return np.asarray(ImageOps.exif_transpose(Image.open(buffer)))


NUMBERED = np.arange(35, dtype="u1").reshape(5, 7)


@pytest.mark.parametrize("first", range(1, 9))
@pytest.mark.parametrize("then", range(1, 9))
def test_two_orientations_as_one(first: int, then: int) -> None:
    both = looked_at(looked_at(NUMBERED, first), then)
    assert np.array_equal(looked_at(NUMBERED, combined(first, then)), both)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_where_a_part_lies(orientation: int) -> None:
    seen = looked_at(NUMBERED, orientation)
    part = Rectangle(1, 2, 3, 2)
    lies = as_it_lies(part, 5, 7, orientation)
    inside = NUMBERED[lies.y : lies.bottom, lies.x : lies.right]
    assert np.array_equal(looked_at(inside, orientation), seen[2:4, 1:4])
    assert as_looked_at(lies, 5, 7, orientation) == part


@pytest.mark.parametrize("orientation", range(1, 9))
def test_edges_that_come_to_lie_left_or_above(orientation: int) -> None:
    seen = looked_at(NUMBERED, orientation)
    first = {*seen[0].tolist(), *seen[:, 0].tolist()}
    right, below = ({*edge.tolist()} <= first for edge in (NUMBERED[:, -1], NUMBERED[-1]))
    assert mirrored_edges(orientation) == (right, below)
