"""Every way that TIFF has to put samples together, against the samples that were written."""

from __future__ import annotations

import itertools
import struct
import zlib
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pytest

from dicomize.errors import SourceUnsupported
from dicomize.source import tiff
from dicomize.source.described import SourceFile
from dicomize.source.raster import Raster

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


def tiff_of(pixels: np.ndarray, bits: int, tags: dict[int, tuple[int, ...]], layout: Layout) -> bytes:
    """A TIFF in strips of three rows, or tiles of 16 x 16."""
    rows, columns, count = pixels.shape
    planes = [pixels[..., n : n + 1] for n in range(count)] if layout.planar else [pixels]
    parts = [part for plane in planes for part in _parts(plane, bits, layout)]
    where = (324, 325) if layout.tiled else (273, 279)
    entries = {
        256: (columns,), 257: (rows,), 258: (bits,) * count, 259: (8 if layout.deflate else 1,), 277: (count,),
        284: (1 + layout.planar,), where[1]: tuple(map(len, parts)),
        **({322: (16,), 323: (16,)} if layout.tiled else {278: (3,)}),
        **({317: (2,)} if layout.predictor else {}),
        **tags,
    }  # fmt: skip
    return _file(entries, where[0], parts, layout)


def _parts(plane: np.ndarray, bits: int, layout: Layout) -> list[bytes]:
    rows, columns = plane.shape[:2]
    blocks = [plane[at : at + 3] for at in range(0, rows, 3)]
    if layout.tiled:
        filled = np.pad(plane, ((0, -rows % 16), (0, -columns % 16), (0, 0)))
        blocks = [
            filled[y : y + 16, x : x + 16] for y in range(0, len(filled), 16) for x in range(0, filled.shape[1], 16)
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
        tiff.describe(SourceFile(Path("x.tif"), data, 0))


def test_fax_bits_may_be_kept_the_other_way_round() -> None:
    pixels = np.random.default_rng(3).integers(0, 2, (9, 21, 1)).astype("u1")
    data = tiff_of(pixels, 1, {262: (1,), 266: (2,)}, Layout())
    start = len(data) - 9 * 3
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data[start:])
    found: Raster = tiff.pixels(data[:start] + turned)
    assert np.array_equal(samples(found), pixels.astype(np.int64) * 255)
