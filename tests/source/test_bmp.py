"""BMP: depths, masks, run lengths and headers, against the samples that were written and another program's PNGs."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.model import Alpha, ColorModel, SourceImage
from dicomize.source.opening import open_source
from dicomize.source.raster import Raster

from .conftest import noise, samples

Describe = Callable[[bytes], SourceImage]
Decode = Callable[[bytes], Raster]


def bmp(
    size: tuple[int, int], bits: int, body: bytes, compression: int = 0, extra: bytes = b"", palette: bytes = b""
) -> bytes:
    """A BMP with BITMAPINFOHEADER; `extra` are the masks behind it; a negative height is top down."""
    columns, rows = size
    start = 54 + len(extra) + len(palette)
    info = struct.pack("<IiiHHIIiiII", 40, columns, rows, 1, bits, compression, len(body), 0, 0, len(palette) // 4, 0)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + info + extra + palette + body


def rows_of(values: np.ndarray, kind: str) -> bytes:
    """Rows from the bottom, each padded to four bytes."""
    lines = [row.astype(kind).tobytes() for row in values[::-1]]
    return b"".join(line + bytes(-len(line) % 4) for line in lines)


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5])
def test_24_bits(decoded: Decode, columns: int) -> None:
    pixels = noise(3, columns, 3)
    body = rows_of(pixels[..., ::-1], "u1")
    assert np.array_equal(samples(decoded(bmp((columns, 3), 24, body))), pixels)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("columns", [1, 5, 8, 9, 33])
def test_palettes(decoded: Decode, described: Describe, bits: int, columns: int) -> None:
    indices = noise(4, columns, 1, bits)[..., 0]
    unpacked = np.unpackbits(indices.reshape(-1, 1), axis=1)[:, 8 - bits :].reshape(4, -1)
    body = rows_of(np.packbits(unpacked, axis=1), "u1")
    colors = noise(1, 1 << bits, 4)[0]
    colors[0] = (9, 200, 3, 0)
    data = bmp((columns, 4), bits, body, palette=colors.tobytes())
    assert np.array_equal(samples(decoded(data)), colors[indices][..., 2::-1])
    assert (described(data).color, described(data).palette) == (ColorModel.RGB, 1 << bits)


MASKS: list[tuple[int, tuple[int, ...], int]] = [
    (16, (0x7C00, 0x03E0, 0x001F), 8),
    (16, (0xF800, 0x07E0, 0x001F), 8),
    (16, (0x0F00, 0x00F0, 0x000F, 0xF000), 8),
    (16, (0x001F, 0x03E0, 0x7C00, 0x8000), 8),
    (16, (0x7F80, 0x0060, 0x001C), 8),
    (32, (0xFF000000, 0x00FF0000, 0x0000FF00, 0x000000FF), 8),
    (32, (0x000000FF, 0x0000FF00, 0x00FF0000, 0xFF000000), 8),
    (32, (0xFFE00000, 0x001FFC00, 0x000003FF), 11),
    (32, (0x3FF00000, 0x000FFC00, 0x000003FF, 0xC0000000), 10),
]


@pytest.mark.parametrize(("bits", "masks", "depth"), MASKS)
@pytest.mark.parametrize("top_down", [False, True])
def test_masks(
    decoded: Decode, described: Describe, bits: int, masks: tuple[int, ...], depth: int, top_down: bool
) -> None:
    values = np.random.default_rng(1).integers(0, 1 << bits, (5, 6), dtype=np.uint32)
    body = rows_of(values[::-1] if top_down else values, f"<u{bits // 8}")
    compression = 6 if len(masks) == 4 else 3
    data = bmp((6, -5 if top_down else 5), bits, body, compression, struct.pack(f"<{len(masks)}I", *masks))
    expected = []
    for mask in masks:
        top = mask // (mask & -mask)
        value = (values & mask) // (mask & -mask)
        full = (1 << depth) - 1
        expected.append((2 * value.astype(np.int64) * full + top) // (2 * top))
    assert described(data).bits == depth
    assert described(data).alpha is (Alpha.TRANSPARENT if len(masks) == 4 else Alpha.NONE)
    assert np.array_equal(samples(decoded(data)), np.stack(expected, axis=2))


def test_16_bits_without_masks_have_five_for_each_colour(decoded: Decode) -> None:
    data = bmp((1, 1), 16, b"\x00\x7c\0\0")
    assert samples(decoded(data)).tolist() == [[[255, 0, 0]]]


def test_the_fourth_byte_of_32_bits_means_nothing(decoded: Decode, described: Describe) -> None:
    pixels = noise(3, 3, 4)
    data = bmp((3, 3), 32, rows_of(pixels, "u1"))
    assert np.array_equal(samples(decoded(data)), pixels[..., 2::-1])
    facts = described(data)
    assert facts.alpha is Alpha.NONE
    assert "fourth byte" in facts.notes[0]
    pixels[..., 3] = 255
    assert described(bmp((3, 3), 32, rows_of(pixels, "u1"))).notes == ()


PALETTE = bytes(v for n in range(16) for v in (n, 2 * n, 3 * n, 0))


def test_run_lengths(decoded: Decode, described: Describe) -> None:
    # W x H of 5 x 2, from the bottom: 3 of 7, then 9 8 one by one; 5 of 1
    body = bytes((3, 7, 0, 2)) + bytes((0, 0))  # a move by 0, 0 changes nothing
    body += bytes((1, 9, 1, 8, 0, 0, 5, 1, 0, 1))
    data = bmp((5, 2), 8, body, 1, palette=PALETTE)
    indices = np.array([[1, 1, 1, 1, 1], [7, 7, 7, 9, 8]])
    table = np.frombuffer(PALETTE, np.uint8).reshape(-1, 4)[:, 2::-1]
    assert np.array_equal(samples(decoded(data)), table[indices])
    assert described(data).alpha is Alpha.NONE
    absolute = bytes((0, 3, 4, 5, 6, 0, 2, 2, 0, 0, 5, 1, 0, 1))
    data = bmp((5, 2), 8, absolute, 1, palette=PALETTE)
    assert np.array_equal(samples(decoded(data)), table[[[1] * 5, [4, 5, 6, 2, 2]]])


def test_run_lengths_of_nibbles(decoded: Decode) -> None:
    body = bytes((3, 0x78, 0, 5, 0x12, 0x34, 0x50, 0, 0, 1))
    data = bmp((8, 1), 4, body, 2, palette=PALETTE)
    table = np.frombuffer(PALETTE, np.uint8).reshape(-1, 4)[:, 2::-1]
    assert np.array_equal(samples(decoded(data)), table[[[7, 8, 7, 1, 2, 3, 4, 5]]])


def test_what_run_lengths_leave_out_is_transparent(decoded: Decode, described: Describe) -> None:
    data = bmp((4, 2), 8, bytes((1, 3, 0, 2, 1, 1, 2, 5, 0, 1)), 1, palette=PALETTE)
    raster = decoded(data)
    assert samples(raster)[..., 3].tolist() == [[0, 0, 255, 255], [255, 0, 0, 0]]
    assert described(data).alpha is Alpha.TRANSPARENT


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (bytes((6, 1, 0, 1)), "leaves the picture"),
        (bytes((5, 1)), "ends within its run lengths"),
        (bytes((0, 200, 1, 2)), "ends within its run lengths"),
        (bytes((5, 1, 0, 0, 5, 1, 0, 0, 5, 1, 0, 1)), "leaves the picture"),
    ],
)
def test_damaged_run_lengths(described: Describe, body: bytes, says: str) -> None:
    with pytest.raises(SourceDamaged, match=says):
        described(bmp((5, 2), 8, body, 1, palette=PALETTE))


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (bmp((4, 4), 24, bytes(40)), SourceDamaged, "cut short"),
        (bmp((4, 4), 8, bytes(16)), SourceDamaged, "has no palette"),
        (bmp((4, 4), 8, bytes(15) + b"\x10", palette=PALETTE), SourceDamaged, "uses colour 16 of a palette of 16"),
        (bmp((0, 4), 24, b""), SourceDamaged, "size of 0 x 4"),
        (bmp((1, 1), 16, bytes(4), 3, struct.pack("<3I", 5, 0x70, 0x80)), SourceDamaged, "makes no sense"),
        (bmp((1, 1), 16, bytes(4), 3, struct.pack("<3I", 0x7, 0x70, 0)), SourceDamaged, "no mask"),
        (bmp((1, 1), 32, bytes(4), 3, struct.pack("<3I", 0xFFFFFF00, 1, 2)), SourceUnsupported, "24 bits"),
        (bmp((1, 1), 0, bytes(4), 5), SourceUnsupported, "around a JPEG or PNG"),
        (bmp((1, 1), 24, bytes(4), 3), SourceUnsupported, "not known here"),
        (b"BM" + bytes(30), SourceDamaged, "header of 0 bytes"),
    ],
)
def test_refused(opened: Decode, data: bytes, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        opened(data)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_what_pillow_writes(decoded: Decode, mode: str) -> None:
    picture = Image.radial_gradient("L").resize((37, 19)).convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, "BMP")
    raster = decoded(buffer.getvalue())
    expected = picture.convert("L" if raster.SamplesPerPixel == 1 else "RGBA" if raster.alpha else "RGB")
    assert np.array_equal(samples(raster).squeeze(), np.asarray(expected))


def test_the_corpus_as_another_program_sees_it(corpus: Path, decoded: Decode) -> None:
    """The PNGs were made by the Rust crate image. It gives colours to what run lengths leave out."""
    seen = 0
    for reference in sorted((corpus / "formats").glob("tests_reference_bmp_images_*.png")):
        source = reference.with_name(reference.name.replace("_reference_", "_images_").removesuffix(".png"))
        if not source.exists() or "pal8badindex" in source.name or "61754" in source.name:
            continue
        data = source.read_bytes()
        raster = decoded(data)
        with Image.open(reference) as image:
            expected = np.asarray(image.convert("RGB")).astype(float)
        shown = samples(raster)[..., :3] / ((1 << raster.bits) - 1) * 255
        seen_pixels = np.ones(shown.shape[:2], bool)
        if open_source(source).image.palette and raster.alpha:
            seen_pixels = samples(raster)[..., -1] == 255
        difference = np.abs(shown - expected)[seen_pixels]
        assert difference.max() <= (0 if raster.bits == 8 else 1), source.name
        seen += 1
    assert seen > 40
