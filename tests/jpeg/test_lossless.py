"""Lossless JPEG (SOF3), written here by the book, and walked."""

from __future__ import annotations

import numpy as np
import pytest

from dicomize.errors import SourceDamaged
from dicomize.jpeg import markers
from dicomize.jpeg.lossless import verify

CODES = {n: f"{n:05b}" for n in range(17)}
"""one code of five bits for each category"""


def written(width: int, height: int, bits: int = 8, components: int = 1, restart: int = 0) -> bytes:
    """Random samples by predictor 1, the sample to the left (T.81 H.1.2.1)."""
    samples = np.random.default_rng(width * height * bits).integers(0, 1 << bits, (height, width, components)).tolist()
    text, row_of = "", [[0] * components for _ in range(width)]
    pieces: list[bytes] = []
    for y in range(height):
        if restart and y and y % restart == 0:
            pieces.append(stuffed(text) + bytes([0xFF, 0xD0 + (len(pieces) % 8)]))
            text = ""
        before = row_of
        row_of = samples[y]
        fresh = y == 0 or (restart and y % restart == 0)
        for x, pixel in enumerate(row_of):
            for n, value in enumerate(pixel):
                guess = row_of[x - 1][n] if x else (1 << bits - 1) if fresh else before[0][n]
                text += coded((value - guess) % 65536)
    pieces.append(stuffed(text))
    counts = bytes([0, 0, 0, 0, 17] + [0] * 11)
    entries = b"".join(bytes([n + 1, 0x11, 0]) for n in range(components))
    selectors = b"".join(bytes([n + 1, 0]) for n in range(components))
    frame = bytes([bits]) + height.to_bytes(2, "big") + width.to_bytes(2, "big") + bytes([components]) + entries
    interval = segment(0xDD, (restart * width).to_bytes(2, "big")) if restart else b""
    return (
        b"\xff\xd8"
        + segment(0xC3, frame)
        + segment(0xC4, b"\0" + counts + bytes(range(17)))
        + interval
        + segment(0xDA, bytes([components]) + selectors + b"\1\0\0")
        + b"".join(pieces)
        + b"\xff\xd9"
    )


def coded(difference: int) -> str:
    """T.81 table H.2: differences modulo 65536; category 16 has no further bits."""
    value = difference - 65536 if difference > 32768 else difference
    category = abs(value).bit_length()
    if category == 16:
        return CODES[16]
    magnitude = value if value > 0 else value + (1 << category) - 1
    return CODES[category] + (f"{magnitude:0{category}b}" if category else "")


def stuffed(text: str) -> bytes:
    padded = text + "1" * (-len(text) % 8)
    return int(padded, 2).to_bytes(len(padded) // 8, "big").replace(b"\xff", b"\xff\0")


def segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload


@pytest.mark.parametrize("bits", [2, 8, 12, 16])
@pytest.mark.parametrize("components", [1, 3])
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (200, 90)])
@pytest.mark.parametrize("restart", [0, 1, 2])
def test_whole(bits: int, components: int, size: tuple[int, int], restart: int) -> None:
    data = written(*size, bits, components, restart)
    assert verify(data, markers.parse(data)) == (len(data) - 2,)


def test_bytes_that_no_decoder_reads_are_told() -> None:
    data = written(5, 5)
    more = data[:-2] + b"JANE" + data[-2:]
    assert verify(more, markers.parse(more)) == (len(data) - 2,)


@pytest.mark.parametrize("size", [(7, 3), (40, 40)])
def test_cut_short(size: tuple[int, int]) -> None:
    data = written(*size)
    for cut in (2, 5, 9):
        shorter = data[: -2 - cut] + b"\xff\xd9"
        with pytest.raises(SourceDamaged):
            verify(shorter, markers.parse(shorter))


def test_a_header_that_promises_more() -> None:
    data = bytearray(written(9, 9))
    at = data.index(b"\xff\xc3")
    data[at + 5 : at + 7] = b"\0\x0a"
    with pytest.raises(SourceDamaged, match="incomplete"):
        verify(bytes(data), markers.parse(bytes(data)))


def test_a_code_that_is_not_there() -> None:
    data = written(9, 9)
    at = markers.parse(data).scans[0].data_start
    spoilt = data[:at] + b"\xff\0" + data[at + 1 :]
    with pytest.raises(SourceDamaged, match="a code that its Huffman table lacks"):
        verify(spoilt, markers.parse(spoilt))


@pytest.mark.parametrize(("ss", "se", "ahal"), [(0, 0, 0), (8, 0, 0), (1, 63, 0), (1, 0, 0x10), (1, 0, 8)])
def test_scan_headers_that_cannot_be(ss: int, se: int, ahal: int) -> None:
    data = bytearray(written(3, 3))
    at = data.index(b"\xff\xda")
    data[at + 7 : at + 10] = bytes((ss, se, ahal))
    with pytest.raises(SourceDamaged, match="cannot have"):
        verify(bytes(data), markers.parse(bytes(data)))


def test_a_table_that_is_not_there() -> None:
    data = bytearray(written(3, 3))
    at = data.index(b"\xff\xda")
    data[at + 6] = 0x10
    with pytest.raises(SourceDamaged, match="not defined"):
        verify(bytes(data), markers.parse(bytes(data)))


def test_an_interval_that_ends_within_a_row() -> None:
    data = written(6, 4, restart=2).replace(b"\xff\xdd\0\4\0\x0c", b"\xff\xdd\0\4\0\x0d")
    with pytest.raises(SourceDamaged, match="no whole number of rows"):
        verify(data, markers.parse(data))
