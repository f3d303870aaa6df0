"""Huffman tables (ITU-T T.81, annexes C and F): read, kept frozen, unfolded for decoding.

Decoding looks at 16 bits at a time. A Steps table has an answer for each of the 65536 windows: how many bits all the
whole symbols in it take, and how far they go within a block. It is composed of smaller answers for the bits that remain
behind each code, all with operations on bytes that run in C, so that a cold table costs about a millisecond.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from dicomize.errors import SourceDamaged
from dicomize.jpeg.markers import DHT, SOS, JpegFile

WINDOW = 16
"""bits that one look-up sees; no code is longer"""
ENDED = 128
"""added to the advance by an end-of-block"""
NOT_HERE = 64
"""advance of a window of AC symbols whose first one has no answer: it does not fit, or does not exist"""
NO_DC = 255
"""the same, for a window that begins with a DC symbol"""
LAST = 63
"""index of a block's last coefficient in zigzag order"""


class HuffmanTable(NamedTuple):
    """A table as a DHT segment states it (T.81 B.2.4.2)."""

    counts: bytes
    """BITS: number of codes of each length 1..16"""
    symbols: bytes
    """HUFFVAL: symbols in order of their codes"""

    def codes(self) -> tuple[tuple[int, int, int], ...]:
        """(symbol, code, length of the code in bits) in order of the codes (T.81 C.2)."""
        found: list[tuple[int, int, int]] = []
        code = 0
        for length, count in enumerate(self.counts, 1):
            for symbol in self.symbols[len(found) : len(found) + count]:
                found.append((symbol, code, length))
                code += 1
            code <<= 1
        return tuple(found)


class Limits(NamedTuple):
    """The largest categories that a precision allows (T.81 F.1.2.1, F.1.2.2)."""

    dc: int
    ac: int


def limits(precision: int) -> Limits:
    """Largest categories for 8 or 12 bits a sample."""
    return Limits(11, 10) if precision == 8 else Limits(15, 14)


TableSet = Mapping[tuple[int, int], HuffmanTable]
"""(class, destination) -> table; class 0 is DC, 1 is AC"""


# ---------------------------------------------------------------- reading


def parse_tables(payload: bytes, at: int) -> dict[tuple[int, int], HuffmanTable]:
    """Tables of one DHT segment by (class, destination); `at` is the segment's offset, for the message.

    Raises:
        SourceDamaged: the segment breaks T.81 B.2.4.2, or a table's codes break annex C.
    """
    where = f"the DHT segment at byte {at}"
    tables: dict[tuple[int, int], HuffmanTable] = {}
    position = 0
    while position < len(payload):
        counts = payload[position + 1 : position + 17]
        end = position + 17 + sum(counts)
        if len(counts) < 16 or end > len(payload):
            raise SourceDamaged(f"a Huffman table runs past the end of {where}")
        kind, destination = payload[position] >> 4, payload[position] & 15
        if kind > 1 or destination > 3:
            raise SourceDamaged(f"{where} defines a Huffman table of class {kind} for destination {destination}")
        if not _is_prefix_code(counts):
            raise SourceDamaged(f"{where} defines a Huffman table with more codes than fit their lengths")
        tables[kind, destination] = HuffmanTable(bytes(counts), bytes(payload[position + 17 : end]))
        position = end
    return tables


def tables_of_scans(data: bytes, jpeg: JpegFile) -> tuple[TableSet, ...]:
    """The tables in force at each scan.

    Raises:
        SourceDamaged: a DHT segment is malformed.
    """
    tables: dict[tuple[int, int], HuffmanTable] = {}
    found: list[TableSet] = []
    for segment in jpeg.segments:
        if segment.marker == DHT:
            tables = {**tables, **parse_tables(data[segment.payload], segment.start)}
        elif segment.marker == SOS:
            found.append(tables)
    return tuple(found)


def _is_prefix_code(counts: bytes) -> bool:
    """Whether the codes fit, with the code of all ones left free (T.81 C.2)."""
    code = 0
    for length, count in enumerate(counts, 1):
        code += count
        if count and code > (1 << length) - 1:
            return False
        code <<= 1
    return True


# ---------------------------------------------------------------- tables for decoding


class Steps(NamedTuple):
    """What each window of AC symbols does; both members have one byte for each value of the window."""

    bits: bytes
    """bits that the whole symbols take, magnitudes included; 0: there is none"""
    advance: bytes
    """coefficients they go forward, plus ENDED where the last symbol ends the block; any number beyond the block is 64,
    or ENDED + 63, which can never be right"""


class FirstSteps(NamedTuple):
    """What each window does that begins with a DC symbol, AC symbols of the same block following it."""

    bits: bytes
    advance: bytes
    """as in Steps; NO_DC: decode the DC symbol by itself"""
    difference: tuple[int, ...]
    """DIFF of T.81 F.1.2.1"""


class Symbols(NamedTuple):
    """The symbol at the beginning of each window."""

    lengths: bytes
    """bits of the code; 0: no such code"""
    symbols: bytes


class Values(NamedTuple):
    """Each window's first AC symbol alone, with its value."""

    bits: bytes
    advance: bytes
    """as in Steps; NOT_HERE where bits is 0"""
    value: array[int]


@lru_cache(maxsize=16)
def single_symbols(table: HuffmanTable) -> Symbols:
    """Unfold a table for single symbols."""
    codes = table.codes()
    lengths = b"".join(bytes([length]) * (1 << WINDOW - length) for _, _, length in codes)
    names = b"".join(bytes([symbol]) * (1 << WINDOW - length) for symbol, _, length in codes)
    return Symbols(_filled(lengths, WINDOW, 0), _filled(names, WINDOW, 0))


@lru_cache(maxsize=16)
def steps(table: HuffmanTable, largest: int) -> Steps:
    """Unfold an AC table; symbols of a category above `largest` are treated as non-existent."""
    return _steps_by_width(table, largest)[WINDOW]


@lru_cache(maxsize=16)
def first_steps(dc: HuffmanTable, ac: HuffmanTable, largest: Limits) -> FirstSteps:
    """Unfold a DC table together with the AC table of the same component."""
    rests = _steps_by_width(ac, largest.ac)
    bits, advance = bytearray(), bytearray()
    differences: list[int] = []
    for category, _, length in dc.codes():
        taken = length + category
        if taken > WINDOW or category > largest.dc:
            size = 1 << WINDOW - length
            bits += bytes(size)
            advance += bytes([NO_DC]) * size
            differences += [0] * size
            continue
        rest = rests[WINDOW - taken]
        bits += rest.bits.translate(_plus(taken)) * (1 << category)
        advance += rest.advance.translate(_MARK_OVERRUN) * (1 << category)
        size = 1 << WINDOW - taken
        for value in magnitudes(category):
            differences += [value] * size
    differences += [0] * ((1 << WINDOW) - len(differences))
    return FirstSteps(_filled(bytes(bits), WINDOW, 0), _filled(bytes(advance), WINDOW, NO_DC), tuple(differences))


@lru_cache(maxsize=8)
def values(table: HuffmanTable, largest: int) -> Values:
    """Unfold an AC table for decoding of values."""
    bits, advance = bytearray(), bytearray()
    value: array[int] = array("h")
    for symbol, _, length in table.codes():
        run, category = symbol >> 4, symbol & 15
        size, taken = 1 << WINDOW - length, length + category
        if taken > WINDOW or not is_ac_symbol(symbol, largest):
            bits += bytes(size)
            advance += bytes([NOT_HERE]) * size
            value.extend([0] * size)
            continue
        bits += bytes([taken]) * size
        advance += bytes([run + 1 if symbol else ENDED]) * size
        one = 1 << WINDOW - taken
        for magnitude in magnitudes(category):
            value.extend([magnitude] * one)
    value.extend([0] * ((1 << WINDOW) - len(value)))
    return Values(_filled(bytes(bits), WINDOW, 0), _filled(bytes(advance), WINDOW, NOT_HERE), value)


def magnitudes(category: int) -> range | tuple[int, ...]:
    """The values of a category in order of their additional bits (T.81 tables F.1 and F.2)."""
    half = 1 << category >> 1
    if half == 0:
        return (0,)
    return (*range(1 - 2 * half, 1 - half), *range(half, 2 * half))


def extend(bits: int, category: int) -> int:
    """The value that `category` additional bits stand for (T.81 F.2.2.1, EXTEND)."""
    return bits if category == 0 or bits >> category - 1 else bits + 1 - (1 << category)


def is_ac_symbol(symbol: int, largest: int) -> bool:
    """Whether sequential coding has this symbol: EOB, ZRL, or a run and a category (T.81 F.1.2.2.1)."""
    return symbol in (0x00, 0xF0) or 1 <= symbol & 15 <= largest


@lru_cache(maxsize=16)
def _steps_by_width(table: HuffmanTable, largest: int) -> tuple[Steps, ...]:
    """Steps for windows of 0..16 bits, each made of the narrower ones."""
    codes = table.codes()
    narrower = [Steps(b"\0", b"\0")]
    for width in range(1, WINDOW + 1):
        blank = NOT_HERE if width == WINDOW else 0
        bits, advance = bytearray(), bytearray()
        for symbol, _, length in codes:
            if length > width:
                break
            run, category = symbol >> 4, symbol & 15
            taken = length + category
            if taken > width or not is_ac_symbol(symbol, largest):
                bits += bytes(1 << width - length)
                advance += bytes([blank]) * (1 << width - length)
            elif symbol == 0:
                bits += bytes([taken]) * (1 << width - length)
                advance += bytes([ENDED]) * (1 << width - length)
            else:
                rest = narrower[width - taken]
                bits += rest.bits.translate(_plus(taken)) * (1 << category)
                advance += rest.advance.translate(_forward(run + 1)) * (1 << category)
        narrower.append(Steps(_filled(bytes(bits), width, 0), _filled(bytes(advance), width, blank)))
    return tuple(narrower)


def _filled(entries: bytes, width: int, blank: int) -> bytes:
    """Entries, and blank ones for the windows that no code covers."""
    return entries + bytes([blank]) * ((1 << width) - len(entries))


@cache
def _plus(bits: int) -> bytes:
    """Translation table that adds to a number of bits."""
    return bytes(min(i + bits, 255) for i in range(256))


@cache
def _forward(count: int) -> bytes:
    """Translation table that adds to an advance, keeping ENDED apart."""
    return bytes(min(i % ENDED + count, LAST + (i < ENDED)) + i // ENDED * ENDED for i in range(256))


_MARK_OVERRUN = bytes(i if i <= LAST or ENDED <= i < ENDED + LAST else NO_DC for i in range(256))
