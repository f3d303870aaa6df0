"""Bytes that need not be in memory: what a parser of a codestream asks of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Protocol, SupportsIndex, overload

PIECE: Final = 1 << 20
"""bytes looked through at a time, at most"""


class Octets(Protocol):
    """Bytes, or what reads them from a file when they are asked for."""

    def __len__(self) -> int: ...

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> int: ...

    @overload
    def __getitem__(self, index: slice, /) -> bytes: ...


def find_pair(pattern: re.Pattern[bytes], data: Octets, at: int) -> int | None:
    """The offset of the first match from `at` on of a pattern of two bytes; None where there is none."""
    for start, stop in _pieces(at, len(data)):
        # one byte more, as a pair may lie across two pieces
        if found := pattern.search(data[start : stop + 1]):
            return start + found.start()
    return None


def behind_run(octet: int, data: Octets, at: int) -> int:
    """The offset behind a run of one octet, which may be empty."""
    for start, stop in _pieces(at, len(data)):
        left = len(data[start:stop].lstrip(bytes([octet])))
        if left:
            return stop - left
    return max(at, len(data))


def _pieces(at: int, end: int) -> Iterator[tuple[int, int]]:
    """Offsets of pieces up to `end`, each twice as long as the one before: most of what is looked for is near."""
    length = 64
    while at < end:
        yield at, min(at + length, end)
        at += length
        length = min(2 * length, PIECE)
