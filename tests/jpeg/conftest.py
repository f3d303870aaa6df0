"""Builders of JPEG streams. They are handed out as fixtures, for test modules do not import each other."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image

Builder = Callable[..., bytes]


def _segment(marker: int, *payload: int) -> bytes:
    """A marker segment with its length."""
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + bytes(payload)


def _dht(kind: int, *symbols: int) -> bytes:
    """A table whose codes, all of 4 bits, count up from 0000 in order of the symbols."""
    return _segment(0xC4, kind << 4, 0, 0, 0, len(symbols), *[0] * 12, *symbols)


def _grey(bits: str, *, width: int = 8, precision: int = 8, restart: int = 0, tables: bytes | None = None) -> bytes:
    """A JPEG of one row of blocks, from text bits; in its tables the code of the n-th symbol is n."""
    if tables is None:
        # DC categories: 0000 0, 0001 1, 0010 10, 0011 11, 0100 12; AC: 0000 EOB, 0001 ZRL, 0010 0/1, 0011 0/10, ...
        tables = _dht(0, 0, 1, 10, 11, 12) + _dht(1, 0x00, 0xF0, 0x01, 0x0A, 0x0B, 0x10, 0xE1, 0x21)
    padded = bits.replace(" ", "")
    padded += "1" * (-len(padded) % 8)
    data = int(padded or "0", 2).to_bytes(len(padded) // 8, "big").replace(b"\xff", b"\xff\x00")
    return (
        b"\xff\xd8"
        + _segment(0xDB, 0, *[1] * 64)
        + _segment(0xC0 + (precision != 8), precision, 0, 8, width >> 8, width & 255, 1, 1, 0x11, 0)
        + tables
        + (_segment(0xDD, 0, restart) if restart else b"")
        + _segment(0xDA, 1, 1, 0, 0, 63, 0)
        + data
        + b"\xff\xd9"
    )


def _photo(mode: str, size: tuple[int, int], **options: object) -> bytes:
    """A JPEG by Pillow, of samples without much order; its options are those of Image.save."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    samples = bytes((i * i // 7 + 13 * (i % 11)) & 255 for i in range(size[0] * size[1] * bands))
    stream = io.BytesIO()
    Image.frombytes(mode, size, samples).save(stream, "JPEG", **options)
    return stream.getvalue()


@pytest.fixture(scope="session")
def segment() -> Builder:
    return _segment


@pytest.fixture(scope="session")
def dht() -> Builder:
    return _dht


@pytest.fixture(scope="session")
def grey() -> Builder:
    return _grey


@pytest.fixture(scope="session")
def photo() -> Builder:
    return _photo
