"""Every way that TIFF has to put samples together, against the samples that were written."""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pytest
from PIL import Image

from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.model import SourceImage
from dicomize.source import tiff
from dicomize.source.described import SourceFile
from dicomize.source.raster import Raster
from dicomize.source.tiff_directories import directories

from .conftest import samples

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK = 0, 1, 2, 3, 5
COLORS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4}


class Layout(NamedTuple):
    """How a file is written."""

    order: Literal["<", ">"] = "<"
    big: bool = False
    planar: bool = False
    deflate: bool = False
    predictor: bool = False
    tiled: bool = False
    tile: tuple[int, int] = (16, 16)
    """columns and rows"""


def tiff_of(pixels: np.ndarray, bits: int, tags: dict[int, tuple[int, ...]], layout: Layout) -> bytes:
    """A TIFF in strips of three rows, or in tiles."""
    rows, columns, count = pixels.shape
    planes = [pixels[..., n : n + 1] for n in range(count)] if layout.planar else [pixels]
    parts = [part for plane in planes for part in _parts(plane, bits, layout)]
    where = (324, 325) if layout.tiled else (273, 279)
    entries = {
        256: (columns,), 257: (rows,), 258: (bits,) * count, 259: (8 if layout.deflate else 1,), 277: (count,),
        284: (1 + layout.planar,), where[1]: tuple(map(len, parts)),
        **({322: layout.tile[:1], 323: layout.tile[1:]} if layout.tiled else {278: (3,)}),
        **({317: (2,)} if layout.predictor else {}),
        **tags,
    }  # fmt: skip
    return _file(entries, where[0], parts, layout)


def _parts(plane: np.ndarray, bits: int, layout: Layout) -> list[bytes]:
    rows, columns = plane.shape[:2]
    blocks = [plane[at : at + 3] for at in range(0, rows, 3)]
    if layout.tiled:
        width, height = layout.tile
        filled = np.pad(plane, ((0, -rows % height), (0, -columns % width), (0, 0)))
        blocks = [
            filled[y : y + height, x : x + width]
            for y in range(0, len(filled), height)
            for x in range(0, filled.shape[1], width)
        ]
    return [_part(block, bits, layout) for block in blocks]


def _part(block: np.ndarray, bits: int, layout: Layout) -> bytes:
    if layout.predictor:
        difference = np.diff(block.astype(np.int64), axis=1, prepend=0)
        block = np.mod(difference, 1 << bits).astype(block.dtype)
    if bits == 16:
        raw = block.astype(f"{layout.order}u2").tobytes()
    else:
        spread = block.reshape(len(block), -1).astype(">u2").view("u1").reshape(len(block), -1, 2)
        bit = np.unpackbits(spread, axis=2)[..., 16 - bits :].reshape(len(block), -1)
        raw = np.packbits(bit, axis=1).tobytes()
    return zlib.compress(raw) if layout.deflate else raw


def _file(entries: dict[int, tuple[int, ...]], where: int, parts: list[bytes], layout: Layout) -> bytes:
    order, word = layout.order, 8 if layout.big else 4
    whole, kind = ("Q", 16) if layout.big else ("I", 4)
    entries = entries | {where: (0,) * len(parts)}
    long = {where, where + (1 if where == 324 else 6)}
    size = {tag: (word if tag in long else 2) * len(values) for tag, values in entries.items()}
    head = 16 if layout.big else 8
    heap = head + ((8 + 20 * len(entries) + 8) if layout.big else (2 + 12 * len(entries) + 4))
    first = heap + sum(length for length in size.values() if length > word)
    entries[where] = tuple(first + sum(map(len, parts[:n])) for n in range(len(parts)))
    table, outside = struct.pack(order + ("Q" if layout.big else "H"), len(entries)), b""
    for tag, values in sorted(entries.items()):
        raw = struct.pack(f"{order}{len(values)}{whole if tag in long else 'H'}", *values)
        table += struct.pack(f"{order}HH{whole}", tag, kind if tag in long else 3, len(values))
        table += struct.pack(order + whole, heap + len(outside)) if len(raw) > word else raw.ljust(word, b"\0")
        outside += raw if len(raw) > word else b""
    mark = b"II" if order == "<" else b"MM"
    start = struct.pack(order + "HHHQ", 43, 8, 0, 16) if layout.big else struct.pack(order + "HI", 42, 8)
    return mark + start + table + bytes(word) + outside + b"".join(parts)


def layouts(bits: int, count: int) -> list[Layout]:
    both = (False, True)
    made = itertools.starmap(Layout, itertools.product(("<", ">"), both, both, both, both, both))
    return [
        layout
        for layout in made
        if ((layout.deflate and bits in {8, 16}) or not layout.predictor) and (count > 1 or not layout.planar)
    ]


KINDS = [
    *((bits, kind) for bits in range(1, 17) for kind in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB)),
    *((bits, PALETTE) for bits in range(1, 9)),
    (8, CMYK),
]  # fmt: skip


@pytest.mark.parametrize(
    ("bits", "kind", "extra"),
    [(*form, extra) for form in KINDS for extra in (None, 0, 2) if form != (8, CMYK) or extra is None],
)
def test_every_layout(bits: int, kind: int, extra: int | None) -> None:
    count = COLORS[kind] + (extra is not None)
    random = np.random.default_rng(bits + kind)
    pixels = random.integers(0, 1 << bits, (7, 19, count)).astype("u2" if bits > 8 else "u1")
    colors = random.integers(0, 256, (1 << min(bits, 8), 3))
    tags: dict[int, tuple[int, ...]] = {262: (kind,), **({338: (extra,)} if extra is not None else {})}
    if kind == PALETTE:
        tags[320] = tuple(int(v) * 257 for v in colors.T.reshape(-1))
    for layout in layouts(bits, count):
        raster = tiff.pixels(tiff_of(pixels, bits, tags, layout))
        top = (1 << bits) - 1
        expected = _spread(pixels[..., : COLORS[kind]], bits)
        if kind == WHITE_IS_ZERO:
            expected = max(255, top) - expected
        if kind == PALETTE:
            expected = colors[pixels[..., 0]]
        alpha = [_spread(pixels[..., -1:], bits)] if extra == 2 else []
        assert (raster.Columns, raster.Rows, raster.bits) == (19, 7, max(8, bits) if kind != PALETTE else 8)
        assert np.array_equal(samples(raster), np.concatenate([expected, *alpha], axis=2)), layout


def _spread(pixels: np.ndarray, bits: int) -> np.ndarray:
    """Over 8 bits, to the nearest: a value v of 0 to t becomes 255 v / t."""
    top = (1 << bits) - 1
    return (
        np.floor(pixels.astype(np.float64) * 255 / top + 0.5).astype(np.int64) if bits < 8 else pixels.astype(np.int64)
    )


@pytest.mark.parametrize("bits", [1, 2, 4, 7, 8, 12, 16])
@pytest.mark.parametrize("tile", [(5, 3), (12, 4), (17, 8), (33, 2), (1, 1)])
@pytest.mark.parametrize("planar", [False, True])
def test_tiles_of_any_width(bits: int, tile: tuple[int, int], planar: bool) -> None:
    """By the standard their sides are multiples of 16; each row of a tile is filled up to whole bytes."""
    pixels = np.random.default_rng(bits).integers(0, 1 << bits, (7, 19, 3)).astype("u2" if bits > 8 else "u1")
    for deflate in (False, True):
        data = tiff_of(pixels, bits, {262: (RGB,)}, Layout(planar=planar, deflate=deflate, tiled=True, tile=tile))
        assert np.array_equal(samples(tiff.pixels(data)), _spread(pixels, bits))


@pytest.mark.parametrize("layout", [Layout(), Layout(planar=True), Layout(deflate=True, predictor=True)])
@pytest.mark.parametrize("kind", [BLACK_IS_ZERO, RGB])
def test_colours_are_divided_by_the_alpha_that_they_were_multiplied_by(kind: int, layout: Layout) -> None:
    """TIFF 6.0, section 18: associated alpha; values above it are none, and what is all transparent has no colour."""
    count = COLORS[kind]
    pixels = np.random.default_rng(kind).integers(0, 256, (5, 6, count + 1)).astype("u1")
    pixels[..., -1] |= 1
    pixels[..., :-1] = np.minimum(pixels[..., :-1], pixels[..., -1:])
    found = samples(tiff.pixels(tiff_of(pixels, 8, {262: (kind,), 338: (1,)}, layout)))
    expected = pixels[..., :-1].astype(np.int64) * 255 / pixels[..., -1:]
    assert np.abs(found[..., :-1] - expected).max() < 1
    assert np.array_equal(found[..., -1], pixels[..., -1])


@pytest.mark.parametrize(
    ("bits", "tags", "says"),
    [
        (4, {262: (1,), 317: (2,)}, "predictor"),
        (8, {262: (1,), 317: (3,)}, "predictor"),
        (8, {262: (1,), 266: (2,)}, "first bit of each byte last"),
        (12, {262: (5,)}, "12 bits a sample"),
    ],
)
def test_what_is_sound_and_not_known_is_not_called_damaged(bits: int, tags: dict[int, Any], says: str) -> None:
    pixels = np.zeros((4, 4, COLORS[tags[262][0]]), "u2")
    data = tiff_of(pixels, bits, tags, Layout(deflate=True))
    with pytest.raises(SourceUnsupported, match=says):
        described(data)


def test_fax_bits_may_be_kept_the_other_way_round() -> None:
    pixels = np.random.default_rng(3).integers(0, 2, (9, 21, 1)).astype("u1")
    data = tiff_of(pixels, 1, {262: (1,), 266: (2,)}, Layout())
    start = len(data) - 9 * 3
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data[start:])
    found: Raster = tiff.pixels(data[:start] + turned)
    assert np.array_equal(samples(found), pixels.astype(np.int64) * 255)


# ---------------------------------------------------------------- what others write, and what nobody should


def grey(rows: int = 7, columns: int = 19) -> np.ndarray:
    return np.random.default_rng(rows).integers(0, 256, (rows, columns, 1)).astype("u1")


def retyped(data: bytes, tag: int, kind: int) -> bytes:
    """A little endian file whose entry of that tag says another type of the same size."""
    count = int.from_bytes(data[8:10], "little")
    at = next(at for at in range(10, 10 + 12 * count, 12) if int.from_bytes(data[at : at + 2], "little") == tag)
    return data[: at + 2] + kind.to_bytes(2, "little") + data[at + 4 :]


def described(data: bytes) -> SourceImage:
    return tiff.describe(SourceFile(Path("x.tif"), data, 0)).image


@pytest.mark.parametrize("tag", [256, 257, 258, 259, 262, 277, 278, 284, 317])
def test_numbers_of_signed_types_are_numbers(tag: int) -> None:
    pixels = grey()
    data = tiff_of(pixels, 8, {262: (1,)}, Layout(deflate=True, predictor=True))
    assert np.array_equal(samples(tiff.pixels(retyped(data, tag, 8))), pixels)


@pytest.mark.parametrize("tag", [258, 259, 262, 277, 278, 284, 317, 339])
@pytest.mark.parametrize("kind", [2, 7, 5, 11])
def test_a_structure_that_is_stated_otherwise_than_in_numbers(tag: int, kind: int) -> None:
    """Read as absent, it would be another picture."""
    data = tiff_of(grey(), 8, {262: (1,), 339: (1,)}, Layout(deflate=True, predictor=True))
    with pytest.raises(SourceDamaged, match=f"tag {tag}"):
        described(retyped(data, tag, kind))


def test_negative_numbers() -> None:
    data = retyped(tiff_of(grey(), 8, {262: (1,), 339: (65535,)}, Layout()), 339, 8)
    with pytest.raises(SourceDamaged, match="its tag 339 otherwise than as a number"):
        described(data)


@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize("deflate", [False, True])
def test_strips_and_tiles_that_are_too_many(tiled: bool, deflate: bool) -> None:
    """A file of more rows, told to have fewer: what is behind them belongs to no picture."""
    pixels = np.random.default_rng(1).integers(0, 256, (7, 19, 3)).astype("u1")
    surplus = np.concatenate([pixels, pixels[::-1], pixels, pixels, pixels], axis=0)
    data = tiff_of(surplus, 8, {262: (RGB,), 257: (7,)}, Layout(deflate=deflate, tiled=tiled))
    assert np.array_equal(samples(tiff.pixels(data)), pixels)


def test_planes_of_too_many_strips() -> None:
    """Strips are those of the first plane, then of the second, and so on; more of them mean nothing."""
    pixels = np.random.default_rng(1).integers(0, 256, (6, 19, 3)).astype("u1")
    data = tiff_of(pixels, 8, {262: (RGB,)}, Layout(planar=True))
    page = directories(data)[0]
    more = {tag: (*page.values(tag), *page.values(tag)[:3]) for tag in (273, 279)}
    at = len(data)
    made = bytearray(data + b"".join(n.to_bytes(4, "little") for tag in (273, 279) for n in more[tag]))
    for number, tag in enumerate((273, 279)):
        entry = next(a for a in range(10, 10 + 12 * data[8], 12) if int.from_bytes(data[a : a + 2], "little") == tag)
        made[entry + 4 : entry + 12] = struct.pack("<II", 9, at + 36 * number)
    assert np.array_equal(samples(tiff.pixels(bytes(made))), pixels)


@pytest.mark.parametrize("number", [0, 2, 5])
def test_a_tile_that_is_too_short(number: int) -> None:
    """Its rows would go on with those of the next one, or with whatever is behind the picture."""
    data = bytearray(tiff_of(grey(30, 40), 8, {262: (1,)}, Layout(tiled=True)))
    counts = directories(bytes(data))[0].entries[325]
    size = counts.length // 6
    data[counts.start + number * size : counts.start + (number + 1) * size] = (200).to_bytes(size, "little")
    with pytest.raises(SourceDamaged, match=f"tile {number + 1} has 200 of 256 bytes"):
        described(bytes(data))


def test_a_colour_is_no_alpha() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (7, 19, 3)).astype("u1")
    for planar in (False, True):
        raster = tiff.pixels(tiff_of(pixels, 8, {262: (RGB,), 338: (2,)}, Layout(planar=planar)))
        assert raster.alpha is None
        assert np.array_equal(samples(raster), pixels)


@pytest.mark.parametrize("bits", [1, 7, 8, 12, 16])
@pytest.mark.parametrize("count", [1, 3])
def test_one_strip_of_any_size(bits: int, count: int) -> None:
    """Its bytes are told to be pixels of as many samples as they can be divided into."""
    for rows, columns in itertools.product((1, 2, 3), range(1, 14)):
        pixels = np.random.default_rng(columns).integers(0, 1 << bits, (rows, columns, count))
        pixels = pixels.astype("u2" if bits > 8 else "u1")
        data = tiff_of(pixels, bits, {262: (RGB if count == 3 else BLACK_IS_ZERO,)}, Layout(deflate=True))
        assert np.array_equal(samples(tiff.pixels(data)), _spread(pixels, bits)), (rows, columns)


def test_what_pillow_takes_for_an_attack_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sound picture of the size that is decoded here, of more bytes than Pillow decodes pixels."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3 * 10 // 2)
    for bits, kind, count in ((8, RGB, 3), (16, RGB, 3), (16, RGB, 4), (8, CMYK, 4)):
        pixels = np.random.default_rng(bits).integers(0, 1 << bits, (3, 10, count)).astype("u2" if bits > 8 else "u1")
        tags: dict[int, tuple[int, ...]] = {262: (kind,), **({338: (2,)} if (bits, count) == (16, 4) else {})}
        for predictor in (False, True):
            data = tiff_of(pixels, bits, tags, Layout(deflate=True, predictor=predictor))
            assert np.array_equal(samples(tiff.pixels(data)), pixels)


@pytest.mark.parametrize("layout", [Layout(), Layout(deflate=True, tiled=True), Layout(planar=True)])
def test_in_parts_it_is_the_same(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (50, 19, 4)).astype("u1")
    data = tiff_of(pixels, 8, {262: (RGB,), 338: (2,)}, layout)
    monkeypatch.setattr(tiff, "_BAND", 19 * 6)
    assert np.array_equal(samples(tiff.pixels(data)), pixels)


def test_one_strip_named_again_and_again() -> None:
    rows = 3000
    data = bytearray(tiff_of(grey(rows, 1), 8, {262: (1,)}, Layout(deflate=True)))
    page = directories(bytes(data))[0]
    where, counts = page.entries[273], page.entries[279]
    data[where.start : where.start + where.length] = (8).to_bytes(4, "little") * where.number
    data[counts.start : counts.start + counts.length] = (len(data) - 8).to_bytes(4, "little") * counts.number
    with pytest.raises(SourceDamaged, match="again and again"):
        described(bytes(data))


def test_directories_over_each_other() -> None:
    """Each begins twelve bytes behind the one before it, so that few bytes would make many entries."""
    entries, pages = 50, 60
    data = bytearray(b"II*\0" + struct.pack("<I", 8) + struct.pack("<HHHIH", entries, 1, 1, 1, 0) * 200)
    for number in range(pages):
        struct.pack_into("<H", data, 8 + 12 * number, entries)
    for number in range(pages):
        struct.pack_into("<I", data, 8 + 12 * number + 2 + 12 * entries, 8 + 12 * (number + 1))
    with pytest.raises(SourceDamaged, match="directories that lie over each other"):
        directories(bytes(data))


@pytest.mark.parametrize("tag", [322, 323])
def test_a_tile_larger_than_any_picture(tag: int) -> None:
    data = tiff_of(grey(), 8, {262: (1,), tag: (65535,), 645 - tag: (16000,)}, Layout(tiled=True))
    with pytest.raises(SourceUnsupported, match="tiles of"):
        described(data)


@pytest.mark.parametrize("damage", ["none", "scans", "data"])
def test_a_progressive_jpeg_inside(damage: str) -> None:
    """libjpeg fills what is missing, and libtiff says nothing."""
    picture = Image.radial_gradient("L").resize((64, 48))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", progressive=True, quality=90)
    stream = buffer.getvalue()
    scans = [at for at in range(len(stream) - 1) if stream[at : at + 2] == b"\xff\xda"]
    if damage == "scans":
        stream = stream[: scans[len(scans) // 2]] + b"\xff\xd9"
    if damage == "data":
        stream = stream[: scans[1] + 40] + bytes(20) + stream[scans[1] + 60 :]
    data = tiff_of(np.zeros((3, 64, 1), "u1"), 8, {262: (1,), 257: (48,), 278: (48,), 259: (7,)}, Layout())
    start = len(data) - 3 * 64
    page = directories(data)[0]
    made = bytearray(data[:start] + stream)
    for tag, value in ((273, start), (279, len(stream))):
        entry = page.entries[tag]
        made[entry.start : entry.start + 4] = value.to_bytes(4, "little")
    if damage == "none":
        with Image.open(io.BytesIO(stream)) as expected:
            assert np.array_equal(samples(tiff.pixels(bytes(made)))[..., 0], np.asarray(expected))
    else:
        with pytest.raises(SourceDamaged, match="holds a JPEG that is damaged"):
            tiff.pixels(bytes(made))
