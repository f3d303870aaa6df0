"""WebP: lossless and lossy, still and moving."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, features

from dicomize.errors import SourceDamaged
from dicomize.model import Alpha, SourceImage
from dicomize.source.raster import Raster

from .conftest import noise, samples

if not features.check("webp"):
    pytest.skip("WebP support in Pillow is not installed", allow_module_level=True)

Describe = Callable[[bytes], SourceImage]
Decode = Callable[[bytes], Raster]


def saved(pixels: np.ndarray, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("channels", [3, 4])
def test_lossless_samples_come_out_as_they_went_in(decoded: Decode, described: Describe, channels: int) -> None:
    pixels = noise(13, 17, channels)
    data = saved(pixels, lossless=True, exact=True)
    assert np.array_equal(samples(decoded(data)), pixels)
    facts = described(data)
    assert (facts.format, facts.Columns, facts.Rows, facts.lossy) == ("WebP", 17, 13, None)
    assert facts.alpha is (Alpha.TRANSPARENT if channels == 4 else Alpha.NONE)


def test_a_lossy_picture_says_so(decoded: Decode, described: Describe) -> None:
    data = saved(noise(32, 32, 3), quality=50)
    facts = described(data)
    assert facts.lossy is not None
    # RIFF header and chunk header are not the picture
    assert (facts.lossy.method, facts.lossy.length) == ("", len(data) - 20)
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(samples(decoded(data)), np.asarray(image))


def test_what_travels_along(described: Describe) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 3, "Jane"
    data = saved(noise(4, 4, 3), lossless=True, exif=exif, xmp=b"<x:xmpmeta/>") + b"behind"
    facts = described(data)
    assert {r.name for r in facts.residue} == {"EXIF", "XMP", "bytes behind the picture"}
    assert (facts.exif.Orientation, facts.exif.private) == (3, ("artist",))


def test_frames_are_counted(described: Describe) -> None:
    pictures = [Image.new("RGB", (4, 4), (60 * n, 0, 0)) for n in range(4)]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "WEBP", save_all=True, append_images=pictures[1:])
    assert described(buffer.getvalue()).frames == 4


def test_truncation_at_every_byte(described: Describe) -> None:
    data = saved(noise(5, 5, 3), lossless=True)
    for length in range(12, len(data)):
        with pytest.raises(SourceDamaged):
            described(data[:length])


def test_damaged_data(decoded: Decode) -> None:
    data = saved(noise(40, 40, 3), lossless=True)
    with pytest.raises(SourceDamaged, match="cannot be decoded"):
        decoded(data[:25] + bytes(len(data) - 25))
