"""The bitmaps that img2dcm is given, read by somebody else."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from dicomize.backends.bmp import bmp
from dicomize.model import ImagePixel


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 2), (4, 4), (5, 7)])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_another_reader_sees_the_same_pixels(size: tuple[int, int], mode: str) -> None:
    columns, rows = size
    samples = len(mode)
    pixels = bytes((37 * i + 11) % 256 for i in range(columns * rows * samples))
    image = ImagePixel(samples, "MONOCHROME2" if samples == 1 else "RGB", rows, columns, 8, 8, None)
    with Image.open(io.BytesIO(bmp(image, pixels)), formats=("BMP",)) as seen:
        assert seen.size == size
        assert seen.convert(mode).tobytes() == pixels
