"""What is done to decoded pixels, against numpy, Pillow and LittleCMS."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from dicomize.errors import SourceUnsupported
from dicomize.model import Rectangle
from dicomize.source.raster import (
    Raster,
    alpha_of,
    cropped,
    flattened,
    redacted,
    scaled,
    spread_table,
    to_srgb,
    upright,
)

from .conftest import cmyk_profile, noise, samples


def raster(pixels: np.ndarray, bits: int = 8, alpha: np.ndarray | None = None) -> Raster:
    kind = "<u2" if bits > 8 else "u1"
    rows, columns, count = pixels.shape
    return Raster(
        columns,
        rows,
        count,
        bits,
        pixels.astype(kind).tobytes(),
        None if alpha is None else alpha.astype(kind).tobytes(),
    )


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize(("count", "background"), [(1, 0x808080), (3, 0x0A64FF), (3, 0), (1, 0xFFFFFF)])
def test_flattened_to_the_nearest(bits: int, count: int, background: int) -> None:
    pixels, alpha = noise(20, 30, count, bits), noise(30, 20, 1, bits).reshape(20, 30)
    full = (1 << bits) - 1
    behind = np.array(list(background.to_bytes(3, "big"))[:count]) / 255 * full
    behind = np.floor(behind + 0.5)
    share = alpha[..., None] / full
    exact = pixels * share + behind * (1 - share)
    shown = samples(flattened(raster(pixels, bits, alpha), background))
    assert shown.shape == pixels.shape
    assert np.abs(shown - exact).max() <= 0.5 + 1e-6


def test_opaque_pixels_stay_and_transparent_ones_go() -> None:
    pixels, alpha = noise(4, 4, 3), np.full((4, 4), 255)
    alpha[1, 2] = 0
    shown = samples(flattened(raster(pixels, 8, alpha), 0x010203))
    assert shown[1, 2].tolist() == [1, 2, 3]
    shown = shown.copy()
    shown[1, 2] = pixels[1, 2]
    assert np.array_equal(shown, pixels)


def test_nothing_to_flatten() -> None:
    assert alpha_of(raster(noise(2, 2, 3))) == "none"
    assert flattened(raster(noise(2, 2, 3)), 0).data == noise(2, 2, 3).tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("bits", [8, 16])
def test_upright_as_pillow_turns(orientation: int, count: int, bits: int) -> None:
    pixels = noise(5, 7, count, bits)
    planes = []
    for plane in range(count):
        picture = Image.fromarray(pixels[..., plane])
        exif = picture.getexif()
        exif[0x0112] = orientation
        picture.info["exif"] = exif.tobytes()
        planes.append(np.asarray(ImageOps.exif_transpose(picture)))
    expected = np.stack(planes, axis=2).astype("<u2" if bits == 16 else "u1")
    assert upright(raster(pixels, bits), orientation).data == expected.tobytes()


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("count", [1, 3])
def test_parts_blackened_and_kept(count: int, bits: int) -> None:
    pixels = noise(9, 7, count, bits)
    rows, columns, _ = pixels.shape
    expected = pixels.copy()
    expected[2:5, 1:3] = 0
    expected[0:1, 0:columns] = 0
    parts = (Rectangle(1, 2, 2, 3), Rectangle(0, 0, columns, 1))
    assert np.array_equal(samples(redacted(raster(pixels, bits), parts)), expected)
    kept = cropped(raster(pixels, bits), Rectangle(1, 2, 3, rows - 2))
    assert np.array_equal(samples(kept), pixels[2:rows, 1:4])


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_scaled_alike_at_every_depth(count: int, bits: int) -> None:
    """Deep samples are filtered as those of 8 bits are, by the same library in another mode; white stays white."""
    pixels = noise(32, 24, count, 8)
    made = samples(scaled(raster(pixels.astype("u2") << (bits - 8), bits), 11, 7))
    by_pillow = [Image.fromarray(pixels[..., n]).resize((11, 7), Image.Resampling.LANCZOS) for n in range(count)]
    expected = np.stack([np.asarray(plane) for plane in by_pillow], axis=2)
    # of 8 bits it rounds, and cuts off at black and white, after each of two passes
    assert np.abs(made / 2 ** (bits - 8) - expected).max() <= 3
    flat = samples(scaled(raster(np.full((8, 8, count), (1 << bits) - 1), bits), 3, 5))
    assert (flat == (1 << bits) - 1).all()


@pytest.mark.parametrize(("top", "full"), [(1, 255), (7, 255), (254, 255), (100, 255), (1000, 1023), (31, 2047)])
def test_spreading_keeps_every_value_apart(top: int, full: int) -> None:
    table = spread_table(top, full)
    assert (table[0], table[-1], len(set(table))) == (0, full, top + 1)
    assert all(abs(value - n * full / top) <= 0.5 for n, value in enumerate(table))


def test_cmyk_through_its_profile() -> None:
    profile, pixels = cmyk_profile(), noise(8, 8, 4)
    pixels[0, 0], pixels[0, 1], pixels[0, 2] = (0, 0, 0, 0), (0, 0, 0, 255), (0, 255, 255, 0)
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), "CMYK", "RGB"
    )
    expected = ImageCms.applyTransform(Image.fromarray(pixels, "CMYK"), transform)
    assert expected is not None
    shown = samples(to_srgb(raster(pixels)._replace(profile=profile)))
    assert np.array_equal(shown, np.asarray(expected))
    assert shown[0, 0].min() > 250
    assert shown[0, 1].max() < 5
    assert int(shown[0, 2, 0]) > 100 + int(shown[0, 2, 1:].max())


def test_a_profile_that_does_not_explain_cmyk() -> None:
    rgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (rgb, b"nonsense", b""):
        with pytest.raises(SourceUnsupported, match="does not explain its CMYK colours"):
            to_srgb(raster(noise(2, 2, 4))._replace(profile=profile))


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("bits", [12, 16])
def test_rows_that_are_opaque_clear_or_mixed(bits: int, count: int) -> None:
    top = (1 << bits) - 1
    random = np.random.default_rng(bits)
    pixels = random.integers(0, top + 1, (6, 5, count)).astype("<u2")
    alpha = random.integers(0, top + 1, (6, 5)).astype("<u2")
    alpha[0], alpha[1], alpha[2] = 0, top, [0, top, 0, top, 1]
    raster = flattened(Raster(5, 6, count, bits, pixels.tobytes(), alpha.tobytes()), 0x80FF01)
    behind = np.array([0x80, 0xFF, 0x01][:count]) / 255 * top
    share = alpha[..., None] / top
    expected = pixels * share + np.floor(behind + 0.5) * (1 - share)
    found = np.frombuffer(raster.data, "<u2").reshape(6, 5, count)
    assert np.abs(found - expected).max() <= 0.5 + 1e-6
    assert raster.alpha is None
