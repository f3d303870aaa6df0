"""Parts of a TIFF as files, read by Pillow as any other."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from dicomize.errors import SourceDamaged
from dicomize.source import tiff_parts
from dicomize.source.tiff_directories import directories


def striped(
    rows: int, per_strip: int, compression: str, mode: str = "RGB", **options: object
) -> tuple[bytes, np.ndarray]:
    noise = np.random.default_rng(rows).integers(0, 256, (rows, 21, 3), dtype="u1")
    image = Image.fromarray(noise).convert(mode)
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[278] = per_strip
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", compression=compression, tiffinfo=info, **options)
    return buffer.getvalue(), np.asarray(image)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
@pytest.mark.parametrize(("rows", "per_strip"), [(40, 8), (41, 16), (16, 16)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("big", [False, True])
def test_bands_are_the_picture(compression: str, rows: int, per_strip: int, mode: str, big: bool) -> None:
    data, expected = striped(rows, per_strip, compression, mode, big_tiff=big)
    if compression == "jpeg":
        expected = np.asarray(Image.open(io.BytesIO(data)))
    (page,) = directories(data)
    found = list(tiff_parts.bands(page, 1))
    assert [band.first for band in found] == list(range(0, rows, per_strip))
    assert sum(band.Rows for band in found) == rows
    for band in found:
        part = np.asarray(Image.open(io.BytesIO(tiff_parts.part(page, band))))
        assert np.array_equal(part, expected[band.first : band.first + band.Rows])


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
@pytest.mark.parametrize("pixels", [1, 21 * 5, 21 * 20, 21 * 1000])
def test_bands_of_about_so_many_pixels(compression: str, pixels: int) -> None:
    data, expected = striped(41, 8, compression)
    (page,) = directories(data)
    found = list(tiff_parts.bands(page, pixels))
    parts = [np.asarray(Image.open(io.BytesIO(tiff_parts.part(page, band)))) for band in found]
    assert np.array_equal(np.concatenate(parts), expected)
    rows = 8 if compression == "tiff_lzw" else 1
    assert all(band.Rows <= max(rows, pixels // 21) for band in found)


def test_the_whole_page_and_its_tags() -> None:
    data, expected = striped(20, 8, "tiff_lzw", dpi=(72, 144))
    (page,) = directories(data)
    with Image.open(io.BytesIO(tiff_parts.whole(page))) as image:
        assert np.array_equal(np.asarray(image), expected)
        assert image.info["dpi"] == (72, 144)


def test_strips_without_a_length() -> None:
    data, _ = striped(20, 8, "tiff_lzw")
    (page,) = directories(data)
    without = page._replace(entries={tag: entry for tag, entry in page.entries.items() if tag != 279})
    with pytest.raises(SourceDamaged, match="how long its strips are"):
        tiff_parts.whole(without)


def test_too_few_strips() -> None:
    data, _ = striped(20, 8, "tiff_lzw")
    (page,) = directories(data)
    high = page._replace(entries=page.entries | {257: page.entries[256]._replace(start=page.entries[256].start)})
    with pytest.raises(SourceDamaged, match="its size takes"):
        list(tiff_parts.bands(high._replace(entries=high.entries | {278: page.entries[277]}), 1))
