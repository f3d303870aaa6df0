"""The quantized DCT coefficients of a sequential Huffman JPEG, written (ITU-T T.81, F.1).

All components go into one scan, interleaved where there are several, without restart intervals.
"""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from dicomize.errors import SourceDamaged
from dicomize.jpeg.encoding_tables import optimal_table
from dicomize.jpeg.huffman import LAST, HuffmanTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dicomize.jpeg.coefficients import Plane


class Coding(NamedTuple):
    """How a component is written."""

    h: int
    v: int
    """blocks in an MCU"""
    across: int
    down: int
    """size in blocks, without those that only fill the last MCUs"""
    table: int
    """destination of its DC table and of its AC table"""


TablePair = tuple[HuffmanTable, HuffmanTable]
"""DC, AC"""


def encode(planes: tuple[Plane, ...], codings: tuple[Coding, ...], tables: Mapping[int, TablePair]) -> bytes:
    """The entropy-coded segment of one scan of all components (T.81 F.1.2), padded with ones.

    Blocks that only fill MCUs are written as libjpeg writes them: the DC coefficient of the block before, nothing else.
    """
    bits = _CodeBits(tables)
    pieces: list[bytes] = []
    rest = ""
    for keys in _rows_of_keys(planes, codings):
        text = rest + "".join(map(bits.__getitem__, keys))
        whole = len(text) & ~7
        rest = text[whole:]
        pieces.append(_stuffed(text[:whole]))
    if rest:
        pieces.append(_stuffed(rest.ljust(8, "1")))
    return b"".join(pieces)


def optimal_tables(planes: tuple[Plane, ...], codings: tuple[Coding, ...]) -> dict[int, TablePair]:
    """The tables that make `encode` write the fewest bits (T.81 K.2)."""
    keys: Counter[int] = Counter()
    for row in _rows_of_keys(planes, codings):
        keys.update(row)
    counts: dict[int, Counter[int]] = {2 * c.table + kind: Counter() for c in codings for kind in (0, 1)}
    for key, times in keys.items():
        for symbol in _symbols(key):
            counts[key >> _TABLE][symbol] += times
    return {c.table: (optimal_table(counts[2 * c.table]), optimal_table(counts[2 * c.table + 1])) for c in codings}


# ---------------------------------------------------------------- keys
#
# What is to be written is a list of keys, one for each DC difference, each run of zeros with the coefficient behind it,
# and each end of a block. A key is table << 24 | run << 17 | (value + 65536), where the table is twice its destination,
# plus 1 for AC; the run counts the coefficient too, and is 0 for DC differences and ends of blocks.

_TABLE, _RUN, _BIAS = 24, 17, 1 << 16
_INDICES = range(64)
_ONLY_DC = array("h", bytes(128))


def _rows_of_keys(planes: tuple[Plane, ...], codings: tuple[Coding, ...]) -> Iterator[list[int]]:
    """The keys of each row of MCUs."""
    first = codings[0]
    predictions = [0] * len(planes)
    for row in range(-(-first.down // first.v)):
        keys: list[int] = []
        for column in range(-(-first.across // first.h)):
            for index, (plane, coding) in enumerate(zip(planes, codings, strict=True)):
                predictions[index] = _component_keys(keys, plane, coding, (row, column), predictions[index])
        yield keys


def _component_keys(keys: list[int], plane: Plane, coding: Coding, mcu: tuple[int, int], prediction: int) -> int:
    """Append the keys of a component's part of an MCU; the last DC coefficient is returned."""
    dc = coding.table << _TABLE + 1 | _BIAS
    ac = dc | 1 << _TABLE
    for y in range(mcu[0] * coding.v, (mcu[0] + 1) * coding.v):
        for x in range(mcu[1] * coding.h, (mcu[1] + 1) * coding.h):
            if x >= coding.across or y >= coding.down:
                keys += (dc, ac)
                continue
            at = 64 * (y * plane.across + x)
            block = plane.values[at : at + 64]
            keys.append(dc + block[0] - prediction)
            prediction = block[0]
            block[0] = 0
            last = 0
            for k in compress(_INDICES, block):
                keys.append(ac + (k - last << _RUN) + block[k])
                last = k
            if last != LAST:
                keys.append(ac)
    return prediction


def _symbols(key: int) -> tuple[int, ...]:
    """The symbols that a key is written with (T.81 F.1.2.1, F.1.2.2)."""
    run, category = key >> _RUN & 127, _value(key).bit_length()
    if run == 0:
        return (category,)
    zeros, short = divmod(run - 1, 16)
    return (0xF0,) * zeros + (short << 4 | category,)


def _value(key: int) -> int:
    return (key & 2 * _BIAS - 1) - _BIAS


class _CodeBits(dict[int, str]):
    """The bits of each key as text, found when first asked for."""

    def __init__(self, tables: Mapping[int, TablePair]) -> None:
        super().__init__()
        self._codes = {
            2 * destination + kind: {symbol: f"{code:0{length}b}" for symbol, code, length in table.codes()}
            for destination, pair in tables.items()
            for kind, table in enumerate(pair)
        }

    def __missing__(self, key: int) -> str:
        codes, value = self._codes[key >> _TABLE], _value(key)
        category = value.bit_length()
        try:
            bits = "".join(codes[symbol] for symbol in _symbols(key))
        except KeyError:
            raise SourceDamaged("a coefficient is larger than any that its precision allows") from None
        if category:
            bits += f"{value if value > 0 else value + (1 << category) - 1:0{category}b}"
        self[key] = bits
        return bits


def _stuffed(bits: str) -> bytes:
    """Whole bytes of text bits, a zero behind each 0xFF (T.81 F.1.2.3)."""
    return int(bits or "0", 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")
