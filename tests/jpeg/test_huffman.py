"""Huffman tables for decoding, against a decoder that goes bit by bit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomize.errors import SourceDamaged
from dicomize.jpeg.encoding_tables import STANDARD_AC, STANDARD_DC
from dicomize.jpeg.huffman import (
    ENDED,
    LAST,
    NO_DC,
    HuffmanTable,
    first_steps,
    limits,
    magnitudes,
    parse_tables,
    single_symbols,
    steps,
    values,
)

DEGENERATE = HuffmanTable(bytes([0, 3] + [0] * 14), bytes([0xF0, 0x01, 0x00]))
"""zero runs of 2 bits: windows that leave the block many times over"""


def bits_of(table: HuffmanTable) -> dict[str, int]:
    return {f"{code:0{length}b}": symbol for symbol, code, length in table.codes()}


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(
    "payload",
    [
        b"\x00",
        bytes(16),
        bytes([0, 1, *bytes(15)]),
        bytes([0x20, 1, *bytes(15), 7]),
        bytes([0x04, 1, *bytes(15), 7]),
        bytes([0x00, 3, *bytes(15), 1, 2, 3]),
        bytes([0x00, 2, *bytes(15), 1, 2]),
        bytes([0x00, 1, 2, *bytes(14), 1, 2, 3]),
        bytes([0x00, 1, *bytes(15), 1, 2]),
    ],
    ids=["stub", "short", "no symbols", "class", "destination", "overfull", "all ones", "all ones, 2 bits", "rest"],
)
def test_malformed_tables_are_refused(payload: bytes) -> None:
    with pytest.raises(SourceDamaged, match="byte 1234"):
        parse_tables(payload, 1234)


def test_several_tables_in_a_segment() -> None:
    one = bytes([0x00, 1, *bytes(15), 5])
    two = bytes([0x13, 0, 2, *bytes(14), 6, 7])
    tables = parse_tables(one + two, 0)
    assert bits_of(tables[0, 0]) == {"0": 5}
    assert bits_of(tables[1, 3]) == {"00": 6, "01": 7}


# ---------------------------------------------------------------- decoding


def test_magnitudes_are_those_of_table_f_1() -> None:
    assert list(magnitudes(0)) == [0]
    assert list(magnitudes(1)) == [-1, 1]
    assert list(magnitudes(2)) == [-3, -2, 2, 3]
    assert list(magnitudes(3)) == [-7, -6, -5, -4, 4, 5, 6, 7]
    assert (min(magnitudes(15)), max(magnitudes(15)), len(magnitudes(15))) == (-32767, 32767, 32768)


def naive(table: HuffmanTable, text: str) -> tuple[int, int | None]:
    """Bits that whole AC symbols take, read one by one as in T.81 figure F.13, and the advance (None: too far)."""
    codes, taken, k = bits_of(table), 0, 0
    while True:
        found = next((n for n in range(1, 17) if text[taken : taken + n] in codes), 0)
        if not found:
            return taken, k if k <= LAST else None
        symbol = codes[text[taken : taken + found]]
        end = taken + found + symbol % 16
        if end > len(text):
            return taken, k if k <= LAST else None
        if symbol == 0:
            return end, k + ENDED if k < LAST else None
        taken, k = end, k + symbol // 16 + 1


AC_TABLES = st.sampled_from([*STANDARD_AC, DEGENERATE])


@given(AC_TABLES, st.integers(0, 65535))
def test_steps_take_all_whole_symbols(table: HuffmanTable, window: int) -> None:
    unfolded = steps(table, 10)
    taken, advance = naive(table, f"{window:016b}")
    if advance is None:
        assert LAST < unfolded.advance[window] < ENDED or unfolded.advance[window] == ENDED + LAST
    else:
        assert unfolded.bits[window] == taken
        assert unfolded.advance[window] == (advance if taken else 64)


@given(AC_TABLES, st.sampled_from(STANDARD_DC), st.integers(0, 65535))
def test_first_steps_take_dc_and_all_whole_ac_symbols(ac: HuffmanTable, dc: HuffmanTable, window: int) -> None:
    unfolded = first_steps(dc, ac, limits(8))
    text, codes = f"{window:016b}", bits_of(dc)
    length = next((n for n in range(1, 17) if text[:n] in codes), 0)
    category = codes.get(text[:length], 0)
    if length == 0 or length + category > 16:
        assert unfolded.advance[window] == NO_DC
        return
    bits = text[length : length + category]
    # T.81 F.2.2.1: bits that begin with 0 stand for negative values
    value = 0 if not bits else int(bits, 2) - (0 if bits[0] == "1" else 2**category - 1)
    taken, advance = naive(ac, text[length + category :])
    if advance is None:
        assert unfolded.advance[window] == NO_DC
    else:
        assert unfolded.bits[window] == length + category + taken
        assert unfolded.advance[window] == advance
        assert unfolded.difference[window] == value


@given(AC_TABLES, st.integers(0, 65535))
def test_single_symbols_and_values(table: HuffmanTable, window: int) -> None:
    text, codes = f"{window:016b}", bits_of(table)
    length = next((n for n in range(1, 17) if text[:n] in codes), 0)
    alone, unfolded = single_symbols(table), values(table, 10)
    assert alone.lengths[window] == length
    if not length:
        assert unfolded.bits[window] == 0
        return
    symbol = codes[text[:length]]
    assert alone.symbols[window] == symbol
    bits = text[length : length + symbol % 16]
    if length + symbol % 16 > 16:
        assert unfolded.bits[window] == 0
        return
    assert unfolded.bits[window] == length + symbol % 16
    value = 0 if not bits else int(bits, 2) - (0 if bits[0] == "1" else 2 ** len(bits) - 1)
    assert unfolded.value[window] == value


def test_categories_beyond_the_precision_have_no_answer() -> None:
    table = HuffmanTable(bytes([1, 1] + [0] * 14), bytes([0x0B, 0x00]))
    assert steps(table, 10).bits[0] == 0
    assert steps(table, 14).bits[0] == 12
    assert first_steps(HuffmanTable(bytes([1] + [0] * 15), b"\x0c"), table, limits(8)).advance[0] == NO_DC
