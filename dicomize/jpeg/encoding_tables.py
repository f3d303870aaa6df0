"""Huffman tables to encode with (ITU-T T.81, annex K): the typical ones, and the best ones for given symbols."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from dicomize.jpeg.huffman import HuffmanTable

# T.81 K.3.3: the typical tables, which encoders write unless they compute their own
_DC_CATEGORIES = bytes(range(12))
STANDARD_DC = (
    HuffmanTable(bytes.fromhex("00010501010101010100000000000000"), _DC_CATEGORIES),
    HuffmanTable(bytes.fromhex("00030101010101010101010000000000"), _DC_CATEGORIES),
)
"""tables K.3 (luminance) and K.4 (chrominance)"""
STANDARD_AC = (
    HuffmanTable(
        bytes.fromhex("0002010303020403050504040000017d"),
        bytes.fromhex(
            "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728"
            "292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a83848586878889"
            "8a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2"
            "e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
        ),
    ),
    HuffmanTable(
        bytes.fromhex("00020102040403040705040400010277"),
        bytes.fromhex(
            "000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a26"
            "2728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a828384858687"
            "88898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9da"
            "e2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"
        ),
    ),
)
"""tables K.5 (luminance) and K.6 (chrominance)"""


def optimal_table(counts: Mapping[int, int]) -> HuffmanTable:
    """The best table for symbols that occur so often each, one of them at least, by the procedure of T.81 K.2.

    Where the procedure leaves a choice between symbols of equal count, the larger one is merged first, as libjpeg does.
    """
    weights = {**{symbol: count for symbol, count in counts.items() if count}, _RESERVED: 1}
    members = {symbol: [symbol] for symbol in weights}
    sizes = dict.fromkeys(weights, 0)
    while len(weights) > 1:
        keep, drop = sorted(weights, key=lambda symbol: (weights[symbol], -symbol))[:2]
        weights[keep] += weights.pop(drop)
        members[keep] += members.pop(drop)
        for symbol in members[keep]:
            sizes[symbol] += 1
    order = sorted((size, symbol) for symbol, size in sizes.items() if symbol != _RESERVED)
    return HuffmanTable(_limited(Counter(sizes.values())), bytes(symbol for _, symbol in order))


_RESERVED = 256
"""stands for the code of all ones, which no symbol may have"""


def _limited(sizes: Mapping[int, int]) -> bytes:
    """Numbers of codes of 1..16 bits, with longer codes shortened and the reserved one removed (T.81 figure K.3)."""
    longest = max(sizes)
    numbers = [sizes.get(size, 0) for size in range(max(longest, 16) + 1)]
    for size in range(longest, 16, -1):
        while numbers[size] > 0:
            shorter = max(i for i in range(1, size - 1) if numbers[i])
            numbers[size] -= 2
            numbers[size - 1] += 1
            numbers[shorter + 1] += 2
            numbers[shorter] -= 1
    numbers[max(i for i in range(1, 17) if numbers[i])] -= 1
    return bytes(numbers[1:17])
