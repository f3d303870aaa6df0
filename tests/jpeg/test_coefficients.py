"""Coefficients read: flat pictures and cosines, of which the standard gives the coefficients."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from dicomize.errors import SourceDamaged
from dicomize.jpeg.coefficients import decode
from dicomize.jpeg.markers import parse


def saved(image: Image.Image, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", **options)
    return stream.getvalue()


def photo(mode: str, size: tuple[int, int], **options: object) -> bytes:
    width, height = size
    bands = len(Image.new(mode, (1, 1)).getbands())
    samples = bytes((i * i // 5 + 17 * (i % 13)) & 255 for i in range(width * height * bands))
    return saved(Image.frombytes(mode, size, samples), **options)


@pytest.mark.parametrize("level", [0, 1, 100, 128, 200, 255])
def test_flat_grey_has_dc_only(level: int) -> None:
    data = saved(Image.new("L", (19, 10), level), qtables=[[8] * 64])
    (plane,) = decode(data, parse(data))
    assert (plane.across, plane.down) == (3, 2)
    # T.81 A.3.3: the DC coefficient is 8 times the mean, less 128; divided by the step of 8
    assert list(plane.values) == ([level - 128] + [0] * 63) * 6


def test_a_cosine_has_one_coefficient() -> None:
    # T.81 A.3.3: vertical frequency 1 alone; column x of the inverse DCT is the same all along a row
    row = [round(128 + 100 * c) for c in (0.980785, 0.831470, 0.555570, 0.195090)]
    rows = [*row, *(256 - v for v in reversed(row))]
    image = Image.frombytes("L", (8, 8), bytes(v for v in rows for _ in range(8)))
    (plane,) = decode(saved(image, qtables=[[1] * 64]), parse(saved(image, qtables=[[1] * 64])))
    # 100 * 4 * sqrt(2) = 565.7 stands at place 2 of the zigzag (T.81 figure A.6)
    assert plane.values[2] == pytest.approx(565.7, abs=2)
    assert sum(abs(v) > 3 for v in plane.values) == 1


def test_planes_are_filled_up_to_whole_mcus() -> None:
    data = photo("RGB", (17, 9), subsampling="4:2:0")
    planes = decode(data, parse(data))
    assert [(p.across, p.down) for p in planes] == [(4, 2), (2, 1), (2, 1)]
    assert all(len(p.values) == 64 * p.across * p.down for p in planes)


def test_sizes_that_lie_are_refused_before_they_take_memory() -> None:
    data = bytearray(photo("L", (8, 8)))
    frame = next(s for s in parse(bytes(data)).segments if s.name == "SOF0")
    data[frame.start + 5 : frame.start + 9] = b"\xff" * 4
    with pytest.raises(SourceDamaged, match="ends early"):
        decode(bytes(data), parse(bytes(data)))
