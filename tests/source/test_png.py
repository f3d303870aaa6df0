"""PNG: every colour type and depth, against the samples that were written, and against Pillow."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.model import Alpha, ColorModel, SourceImage
from dicomize.source.raster import Raster

from .conftest import chunk, noise, png, samples

Describe = Callable[[bytes], SourceImage]
Decode = Callable[[bytes], Raster]

KINDS = {0: 1, 2: 3, 4: 2, 6: 4}
"""colour type -> channels"""


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (5, 3), (21, 34)])
@pytest.mark.parametrize(("kind", "bits"), [(k, b) for k in KINDS for b in (8, 16)])
def test_samples_come_out_as_they_went_in(
    decoded: Decode, kind: int, bits: int, size: tuple[int, int], interlaced: bool
) -> None:
    pixels = noise(*size, KINDS[kind], bits)
    raster = decoded(png(pixels, kind, bits, interlaced=interlaced))
    assert (raster.Rows, raster.Columns, raster.bits) == (*size, bits)
    assert raster.SamplesPerPixel == (1 if kind in {0, 4} else 3)
    assert (raster.alpha is None) == (kind in {0, 2})
    assert np.array_equal(samples(raster), pixels)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_are_spread_over_eight(decoded: Decode, bits: int, interlaced: bool) -> None:
    pixels = noise(13, 11, 1, bits)
    raster = decoded(png(pixels, 0, bits, interlaced=interlaced))
    # W3C PNG, 13.12: the sample times 255 over the greatest sample
    assert np.array_equal(samples(raster), pixels * (255 // ((1 << bits) - 1)))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_palette_is_expanded(decoded: Decode, described: Describe, bits: int) -> None:
    palette = noise(1, 1 << bits, 3)[0]
    palette[0] = (200, 10, 30)
    pixels = noise(9, 14, 1, bits)
    data = png(pixels, 3, bits, [chunk(b"PLTE", palette.tobytes())])
    assert np.array_equal(samples(decoded(data)), palette[pixels[..., 0]])
    facts = described(data)
    assert (facts.color, facts.bits, facts.palette, facts.alpha) == (ColorModel.RGB, 8, 1 << bits, Alpha.NONE)


def test_a_palette_of_greys_is_a_grey_picture(decoded: Decode, described: Describe) -> None:
    pixels = noise(4, 4, 1, 1)
    data = png(pixels, 3, 1, [chunk(b"PLTE", bytes((9, 9, 9, 200, 200, 200)))])
    assert np.array_equal(samples(decoded(data)), np.array([9, 200], np.uint8)[pixels])
    assert described(data).color is ColorModel.MONOCHROME


@pytest.mark.parametrize(
    ("kind", "bits", "transparent", "expected"),
    [
        (0, 4, b"\0\5", lambda p: p[..., 0] != 5),
        (0, 8, b"\0\x05", lambda p: p[..., 0] != 5),
        (0, 8, b"\1\x05", lambda p: p[..., 0] != 5),
        (0, 4, b"\x12\x35", lambda p: p[..., 0] != 5),
        (0, 16, b"\x12\x34", lambda p: p[..., 0] != 0x1234),
        (2, 8, b"\0\1\0\2\0\3", lambda p: (p != [1, 2, 3]).any(axis=2)),
        (2, 16, b"\x12\x34\0\2\xff\xff", lambda p: (p != [0x1234, 2, 65535]).any(axis=2)),
    ],
)
def test_one_transparent_colour(
    decoded: Decode, kind: int, bits: int, transparent: bytes, expected: Callable[[np.ndarray], np.ndarray]
) -> None:
    channels = KINDS[kind]
    pixels = noise(8, 8, channels, bits)
    pixels[2:5, 3] = np.frombuffer(transparent, ">u2") & (1 << bits) - 1
    raster = decoded(png(pixels, kind, bits, [chunk(b"tRNS", transparent)]))
    full = 65535 if bits == 16 else 255
    assert np.array_equal(samples(raster)[..., -1], expected(pixels) * full)


def test_alpha_of_a_palette(decoded: Decode, described: Describe) -> None:
    pixels = noise(6, 6, 1, 2)
    data = png(pixels, 3, 2, [chunk(b"PLTE", bytes(range(12))), chunk(b"tRNS", bytes((0, 128)))])
    assert np.array_equal(samples(decoded(data))[..., 3], np.array([0, 128, 255, 255])[pixels[..., 0]])
    assert described(data).alpha is Alpha.TRANSPARENT


@pytest.mark.parametrize(("full", "alpha"), [(True, Alpha.OPAQUE), (False, Alpha.TRANSPARENT)])
@pytest.mark.parametrize("bits", [8, 16])
def test_what_alpha_says(described: Describe, bits: int, full: bool, alpha: Alpha) -> None:
    pixels = noise(7, 7, 4, bits)
    pixels[..., 3] = (1 << bits) - 1
    pixels[3, 3, 3] -= not full
    assert described(png(pixels, 6, bits)).alpha is alpha


def test_facts(described: Describe) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Acme"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    extra = [
        chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")),
        chunk(b"iCCP", b"name\0\0" + zlib.compress(profile)),
        chunk(b"tEXt", b"Author\0Jane"),
        chunk(b"tEXt", b"Title\0X"),
    ]
    data = png(noise(3, 5, 3), 2, 8, extra) + b"behind"
    facts = described(data)
    assert (facts.format, facts.Columns, facts.Rows, facts.SamplesPerPixel, facts.frames) == ("PNG", 5, 3, 3, 1)
    assert (facts.exif.Orientation, facts.exif.Make) == (6, "Acme")
    assert "sRGB" in facts.icc
    assert [r.name for r in facts.residue] == ["eXIf", "iCCP", "tEXt", "bytes behind IEND"]
    assert [r.length for r in facts.residue][2:] == [11 + 7, 6]
    assert (facts.jpeg, facts.lossy, facts.notes) == (None, None, ())


def test_what_is_no_part_of_the_picture_may_be_of_any_size(decoded: Decode, described: Describe) -> None:
    pixels = noise(3, 5, 3)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    extra = [
        chunk(b"iCCP", b"name\0\0" + zlib.compress(profile + bytes(1 << 21))),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1 << 21))),
    ]
    data = png(pixels, 2, 8, extra)
    assert "sRGB" in described(data).icc
    assert np.array_equal(samples(decoded(data)), pixels)


def test_frames_of_an_animation_are_counted(described: Describe) -> None:
    pictures = [Image.new("RGB", (4, 4), (n, 0, 0)) for n in range(3)]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "PNG", save_all=True, append_images=pictures[1:])
    assert described(buffer.getvalue()).frames == 3


def test_a_gamma_is_noted(described: Describe) -> None:
    linear = chunk(b"gAMA", (100000).to_bytes(4, "big"))
    assert "gamma of 1" in described(png(noise(2, 2, 3), 2, 8, [linear])).notes[0]
    assert described(png(noise(2, 2, 3), 2, 8, [linear, chunk(b"sRGB", b"\0")])).notes == ()
    assert described(png(noise(2, 2, 3), 2, 8, [chunk(b"gAMA", (45455).to_bytes(4, "big"))])).notes == ()


# ---------------------------------------------------------------- damage


def test_truncation_at_every_byte(described: Describe) -> None:
    data = png(noise(6, 6, 3), 2, 8)
    for length in range(8, len(data)):
        with pytest.raises(SourceDamaged):
            described(data[:length])


def test_rows_that_are_missing(decoded: Decode) -> None:
    whole = png(noise(6, 6, 3), 2, 8)
    short = png(noise(5, 6, 3), 2, 8)
    at = whole.index(b"IHDR")
    lying = short[: at - 4] + whole[at - 4 : at + 21] + short[at + 21 :]  # the header of six rows, the data of five
    with pytest.raises(SourceDamaged, match="95 of 114 bytes of its picture are there"):
        decoded(lying)
    with Image.open(io.BytesIO(lying)) as image:
        image.load()  # which is why we look


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE", b"IDAT"])
def test_a_check_sum_that_is_wrong(described: Describe, kind: bytes) -> None:
    data = bytearray(png(noise(4, 4, 1, 1), 3, 1, [chunk(b"PLTE", bytes(range(6)))]))
    data[data.index(kind) + 5] ^= 1
    with pytest.raises(SourceDamaged, match=f"damaged in its {kind.decode()} chunk"):
        described(bytes(data))


def test_data_that_do_not_inflate(decoded: Decode) -> None:
    header = png(noise(4, 4, 3), 2, 8)[:33]
    with pytest.raises(SourceDamaged, match="damaged data"):
        decoded(header + chunk(b"IDAT", b"\x78\x9c" + b"\xff" * 30) + chunk(b"IEND", b""))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (png(noise(4, 4, 1), 3, 8, [chunk(b"PLTE", bytes(6))]), "uses colour"),
        (png(noise(4, 4, 1), 3, 8, [chunk(b"PLTE", bytes(5))]), "no usable palette"),
        (png(noise(4, 4, 1), 3, 8), "no usable palette"),
    ],
)
def test_palettes_that_do_not_fit(opened: Decode, data: bytes, says: str) -> None:
    with pytest.raises(SourceDamaged, match=says):
        opened(data)


def test_a_picture_too_large_to_decode_is_refused_before_it_is_decoded(described: Describe) -> None:
    data = png(noise(1, 1, 3), 2, 8)
    for columns, rows, says in ((60000, 60000, "a small file may claim any size"), (70000, 2, "at most 65535 rows")):
        header = chunk(b"IHDR", columns.to_bytes(4, "big") + rows.to_bytes(4, "big") + data[24:29])
        with pytest.raises(SourceUnsupported, match=says):
            described(data[:8] + header + data[33:])


def test_the_corpus_as_pillow_sees_it(corpus: Path, decoded: Decode) -> None:
    seen = 0
    for path in sorted(corpus.rglob("*.png")):
        raster = decoded(path.read_bytes())
        # Pillow compares the transparent value of few bits with the sample spread over eight; the Rust crate image not
        judge = path.with_name("tests_reference_png_transparency_tbbn0g04.png.png") if "tbbn0g04" in path.name else path
        with Image.open(judge) as image:
            if raster.bits == 8 and getattr(image, "n_frames", 1) == 1:
                mode = ("L" if raster.SamplesPerPixel == 1 else "RGB") + ("A" if raster.alpha else "")
                assert np.array_equal(samples(raster).squeeze(), np.asarray(image.convert(mode)).squeeze()), path
                seen += 1
    assert seen > 150
