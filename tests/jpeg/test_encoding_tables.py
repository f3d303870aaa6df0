"""Huffman tables to encode with: values printed in ITU-T T.81, and the tables that Pillow writes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dicomize.jpeg.encoding_tables import STANDARD_AC, STANDARD_DC, optimal_table
from dicomize.jpeg.huffman import HuffmanTable, parse_tables, tables_of_scans
from dicomize.jpeg.markers import parse


def bits_of(table: HuffmanTable) -> dict[str, int]:
    return {f"{code:0{length}b}": symbol for symbol, code, length in table.codes()}


# ---------------------------------------------------------------- typical tables


def test_standard_tables_are_those_that_libjpeg_writes() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "JPEG")
    (tables,) = tables_of_scans(stream.getvalue(), parse(stream.getvalue()))
    assert tables == {
        (0, 0): STANDARD_DC[0],
        (0, 1): STANDARD_DC[1],
        (1, 0): STANDARD_AC[0],
        (1, 1): STANDARD_AC[1],
    }


@pytest.mark.parametrize(
    ("table", "code", "symbol"),
    [
        # T.81 tables K.3 to K.6 as printed
        (STANDARD_DC[0], "00", 0),
        (STANDARD_DC[0], "010", 1),
        (STANDARD_DC[0], "111111110", 11),
        (STANDARD_DC[1], "00", 0),
        (STANDARD_DC[1], "11111111110", 11),
        (STANDARD_AC[0], "1010", 0x00),
        (STANDARD_AC[0], "11111111001", 0xF0),
        (STANDARD_AC[0], "00", 0x01),
        (STANDARD_AC[0], "1111111111111110", 0xFA),
        (STANDARD_AC[1], "00", 0x00),
        (STANDARD_AC[1], "1111111010", 0xF0),
        (STANDARD_AC[1], "1111111111111110", 0xFA),
    ],
)
def test_codes_are_those_that_the_standard_prints(table: HuffmanTable, code: str, symbol: int) -> None:
    assert bits_of(table)[code] == symbol


# ---------------------------------------------------------------- optimal tables


def test_optimal_table_of_a_textbook_case() -> None:
    # weights 8, 4, 2, 1 and the reserved 1: code lengths 1, 2, 3, 4 (and 4 for the reserved code)
    assert bits_of(optimal_table({7: 8, 5: 4, 3: 2, 1: 1})) == {"0": 7, "10": 5, "110": 3, "1110": 1}


def test_a_single_symbol_gets_one_bit() -> None:
    assert bits_of(optimal_table({9: 100, 4: 0})) == {"0": 9}


@given(st.dictionaries(st.integers(0, 255), st.integers(1, 10**9), min_size=1))
def test_optimal_tables_can_be_written(counts: dict[int, int]) -> None:
    table = optimal_table(counts)
    assert sorted(table.symbols) == sorted(counts)
    payload = bytes([0]) + table.counts + table.symbols
    assert parse_tables(payload, 0) == {(0, 0): table}


def test_long_codes_are_limited_to_16_bits() -> None:
    fibonacci = [1, 1]
    while len(fibonacci) < 30:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    table = optimal_table(dict(enumerate(fibonacci)))
    assert len(table.counts) == 16
    assert sum(count / 2**length for length, count in enumerate(table.counts, 1)) < 1
