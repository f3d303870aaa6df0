"""Pixels as an uncompressed Windows bitmap, the only raster that img2dcm reads."""

from __future__ import annotations

import struct

from dicomize.model import ImagePixel


def bmp(image: ImagePixel, pixels: bytes) -> bytes:
    """A BMP of interleaved 8-bit samples, rows from the top: 24-bit for RGB, a grey palette for one sample a pixel."""
    grey = image.SamplesPerPixel == 1
    palette = b"".join(bytes((v, v, v, 0)) for v in range(256)) if grey else b""
    width = image.Columns * image.SamplesPerPixel
    padding = bytes(-width % 4)
    if not grey:
        pixels = _swapped(pixels)
    rows = b"".join(pixels[at : at + width] + padding for at in range((image.Rows - 1) * width, -1, -width))
    offset = 54 + len(palette)
    head = struct.pack("<2sIHHI", b"BM", offset + len(rows), 0, 0, offset)
    info = struct.pack(
        "<IiiHHIIiiII", 40, image.Columns, image.Rows, 1, 8 * image.SamplesPerPixel, 0, len(rows), 2835, 2835,
        len(palette) // 4, 0,
    )  # fmt: skip
    return head + info + palette + rows


def _swapped(rgb: bytes) -> bytes:
    """RGB as BGR."""
    bgr = bytearray(len(rgb))
    bgr[0::3], bgr[1::3], bgr[2::3] = rgb[2::3], rgb[1::3], rgb[0::3]
    return bytes(bgr)
