"""Rasters as files, and as the arrays that they hold."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from dicomize.model import SourceImage
from dicomize.source.formats import raster_family
from dicomize.source.opening import open_source
from dicomize.source.raster import Raster

Describe = Callable[[bytes], SourceImage]
Decode = Callable[[bytes], Raster]


@pytest.fixture
def described(tmp_path: Path) -> Describe:
    """A function from the bytes of a file to its facts."""

    def describe(data: bytes) -> SourceImage:
        path = tmp_path / "picture"
        path.write_bytes(data)
        return open_source(path).image

    return describe


@pytest.fixture(scope="session")
def decoded() -> Decode:
    """A function from the bytes of a file to its pixels."""
    return lambda data: raster_family(data).pixels(data)


@pytest.fixture
def opened(described: Describe, decoded: Decode) -> Decode:
    """A function from the bytes of a file to its pixels, by way of its facts."""

    def open_all(data: bytes) -> Raster:
        described(data)
        return decoded(data)

    return open_all


def samples(raster: Raster) -> np.ndarray:
    """Rows, columns and samples; the alpha is the last of them, where there is one."""
    kind = "<u2" if raster.bits > 8 else "u1"
    color = np.frombuffer(raster.data, kind).reshape(raster.Rows, raster.Columns, -1)
    if raster.alpha is None:
        return color
    alpha = np.frombuffer(raster.alpha, kind).reshape(raster.Rows, raster.Columns, 1)
    return np.concatenate([color, alpha], axis=2)


def noise(rows: int, columns: int, channels: int, bits: int = 8) -> np.ndarray:
    """The same random samples every time."""
    kind = np.uint16 if bits > 8 else np.uint8
    return np.random.default_rng(rows * columns).integers(0, 1 << bits, (rows, columns, channels)).astype(kind)


# ---------------------------------------------------------------- PNG, written here: Pillow writes no 16-bit colour


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(row: np.ndarray, bits: int) -> bytes:
    """Samples of one row, as PNG and TIFF pack them: the first in the highest bits."""
    if bits == 16:
        return row.astype(">u2").tobytes()
    if bits == 8:
        return row.astype(np.uint8).tobytes()
    flat = np.unpackbits(row.astype(np.uint8).reshape(-1, 1), axis=1)[:, 8 - bits :]
    return np.packbits(flat.reshape(-1)).tobytes()


def filtered(rows: list[bytes], bpp: int) -> bytes:
    """Rows behind their filter type: each of the five in turn (W3C PNG, clause 9.2)."""
    out, before = [], bytes(len(rows[0]))
    for number, row in enumerate(rows):
        kind = number % 5
        left = bytes(bpp) + row[: len(row) - bpp] if bpp <= len(row) else bytes(len(row))
        corner = bytes(bpp) + before[: len(row) - bpp] if bpp <= len(row) else bytes(len(row))
        guess = (
            bytes(len(row)),
            left,
            before,
            bytes((a + b) // 2 for a, b in zip(left, before, strict=True)),
            bytes(paeth(a, b, c) for a, b, c in zip(left, before, corner, strict=True)),
        )[kind]
        out.append(bytes([kind]) + bytes((x - g) % 256 for x, g in zip(row, guess, strict=True)))
        before = row
    return b"".join(out)


def paeth(a: int, b: int, c: int) -> int:
    distances = {abs(a + b - c - x): x for x in (c, b, a)}
    return distances[min(distances)]


PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def png(pixels: np.ndarray, kind: int, bits: int, extra: Iterable[bytes] = (), *, interlaced: bool = False) -> bytes:
    """A PNG of samples (rows, columns, channels) of a colour type and depth, with chunks before its data."""
    bpp = max(1, pixels.shape[2] * bits // 8)
    parts = [pixels[y::down, x::across] for x, y, across, down in PASSES] if interlaced else [pixels]
    raw = b"".join(filtered([packed(row, bits) for row in part], bpp) for part in parts if part.size)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], bits, kind, 0, 0, int(interlaced))
    pieces = [chunk(b"IHDR", header), *extra, chunk(b"IDAT", zlib.compress(raw)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces)


# ---------------------------------------------------------------- a CMYK profile


def cmyk_profile() -> bytes:
    """An ICC printer profile with a table of the 16 full and absent inks (ICC.1:2022, 10.11 lut8Type)."""
    colors = []
    for corner in range(16):
        cyan, magenta, yellow, black = (corner >> n & 1 for n in (3, 2, 1, 0))
        light = (1 - black) * (1 - 0.3 * cyan) * (1 - 0.45 * magenta) * (1 - 0.1 * yellow)
        a, b = (1 - black) * (70 * magenta - 40 * cyan), (1 - black) * (80 * yellow - 45 * cyan)
        colors += [round(255 * light), round(128 + a), round(128 + b)]
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = (
        b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + identity + bytes(range(256)) * 4 + bytes(colors) + bytes(range(256)) * 3
    )
    name = b"Made for a test"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name + bytes(1 + 78),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061),
        b"A2B0": table,
    }
    at = 128 + 4 + 12 * len(tags)
    directory, body = struct.pack(">I", len(tags)), b""
    for tag, value in tags.items():
        padded = value + bytes(-len(value) % 4)
        directory += tag + struct.pack(">II", at + len(body), len(value))
        body += padded
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02400000, b"prtr", b"CMYK", b"Lab ")
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061) + bytes(48)
    return head + directory + body
