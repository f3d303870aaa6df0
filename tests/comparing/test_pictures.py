"""Decoded samples as pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from dicomize.comparing.pictures import Samples, by_pixel, distance, interleaved, keep, reference, shown

from .conftest import exif, jpeg, picture


def samples(image: Image.Image, label: str) -> Samples:
    return Samples(image.tobytes(), image.height, image.width, len(image.getbands()), 8, label)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(("mode", "label"), [("L", "MONOCHROME2"), ("RGB", "RGB")])
def test_grey_and_rgb_are_shown_as_they_are(mode: str, label: str) -> None:
    image = picture(mode=mode)
    seen = shown(samples(image, label))
    assert (seen.sha256, seen.PhotometricInterpretation) == (digest(image.tobytes()), label)
    assert seen.picture is not None
    assert seen.picture.tobytes() == image.tobytes()


@pytest.mark.parametrize("label", ["YBR_FULL", "YBR_FULL_422"])
def test_ycbcr_is_shown_as_rgb(label: str) -> None:
    # red, by the formula of PS3.3 C.7.6.3.1.2
    seen = shown(Samples(bytes([76, 85, 255] * 4), 2, 2, 3, 8, label))
    assert seen.PhotometricInterpretation == "RGB"
    assert seen.picture is not None
    assert all(abs(a - b) <= 1 for a, b in zip(seen.picture.tobytes(), bytes([255, 0, 0] * 4), strict=True))
    assert seen.sha256 == digest(seen.picture.tobytes())


def test_every_frame_is_digested() -> None:
    one, other = bytes([76, 85, 255] * 4), bytes([29, 255, 107] * 4)
    two = shown(Samples(one + other, 2, 2, 3, 8, "YBR_FULL"))
    assert two.sha256 != shown(Samples(one, 2, 2, 3, 8, "YBR_FULL")).sha256
    assert shown(Samples(b"ab" * 4, 2, 2, 1, 8, "MONOCHROME2")).sha256 == digest(b"ab" * 4)


def test_padding_is_left_out() -> None:
    assert shown(Samples(b"abc\0", 1, 3, 1, 8, "MONOCHROME2")).sha256 == digest(b"abc")


@pytest.mark.parametrize(("bits", "label"), [(16, "MONOCHROME2"), (8, "CMYK"), (8, "PALETTE COLOR")])
def test_what_is_not_shown_is_digested(bits: int, label: str) -> None:
    seen = shown(Samples(b"abcdefgh", 1, 8 // (bits // 8), 1, bits, label))
    assert (seen.sha256, seen.picture) == (digest(b"abcdefgh"), None)


def test_too_few_samples() -> None:
    with pytest.raises(ValueError, match="3 bytes were decoded, 4 make a frame"):
        shown(Samples(b"abc", 2, 2, 1, 8, "MONOCHROME2"))
    with pytest.raises(ValueError, match="make a frame"):
        shown(Samples(b"", 0, 0, 1, 8, "MONOCHROME2"))


def test_planes() -> None:
    assert interleaved(b"rrggbb", 3, 1) == b"rgbrgb"
    assert interleaved(b"rRsSgGhHbBcC", 3, 2) == b"rRgGbBsShHcC"
    assert by_pixel(Samples(b"rrggbbRRGGBB", 1, 2, 3, 8, "RGB")).data == b"rgbrgbRGBRGB"
    assert by_pixel(Samples(b"abcd", 2, 2, 1, 8, "MONOCHROME2")).data == b"abcd"


def test_distances() -> None:
    black, white = Image.new("RGB", (4, 2)), Image.new("RGB", (4, 2), "white")
    assert distance(black, white) == (255, 255.0)
    assert distance(black, black) == (0, 0.0)
    nearly = black.copy()
    nearly.putpixel((0, 0), (12, 0, 0))
    assert distance(black, nearly) == (12, 0.5)
    assert distance(black, Image.new("RGB", (2, 4))) is None
    assert distance(black, Image.new("L", (4, 2))) is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_reference_is_what_libjpeg_shows_turned(orientation: int, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(exif=exif(orientation)))
    found = reference(path, orientation)
    with Image.open(path) as image:
        from PIL import ImageOps  # noqa: PLC0415 - only here

        expected = ImageOps.exif_transpose(image)
    assert found is not None
    assert (found.size, found.tobytes()) == (expected.size, expected.tobytes())


@pytest.mark.parametrize("kind", ["cmyk", "text", "truncated"])
def test_without_a_reference(kind: str, source: Callable[[str], Path]) -> None:
    assert reference(source(kind)) is None


def test_what_is_kept_is_small(tmp_path: Path) -> None:
    with Image.open(keep(Image.new("L", (3000, 300)), tmp_path / "a.png")) as image:
        assert image.size == (1024, 102)
    with Image.open(keep(Image.new("L", (30, 20)), tmp_path / "b.png")) as image:
        assert image.size == (30, 20)
