"""How deep pictures are looked at: eight bits cannot show all that sixteen hold, and one bright pixel would hide the rest."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from dicomize.source.raster import numbers_of

_CUT: Final = 200
"""one of so many samples at each end may be what hides the others: a hot pixel, a frame"""


def views(data: bytes) -> Iterator[bytes]:
    """Samples of 16 bits, little endian, as 8 bits: all that occurs, and where that shows more, without the ends."""
    samples = numbers_of(data)
    counts = [0] * 65536
    for value in samples:
        counts[value] += 1
    least, most = min(samples), max(samples)
    yield _windowed(samples, least, most)
    low, high = ends(counts)
    if narrower(high - low, most - least):
        yield _windowed(samples, low, high)


def ends(counts: list[int]) -> tuple[int, int]:
    """The values between which all samples lie but one of 200 at each end.

    Args:
        counts: how often each value occurs, from 0 on.
    """
    total = sum(counts)
    below = list(accumulate(counts))
    low = next(value for value, count in enumerate(below) if count * _CUT > total)
    high = next(value for value, count in enumerate(below) if (total - count) * _CUT < total)
    return low, max(low, high)


def narrower(width: int, whole: int) -> bool:
    """Whether so much less is shown that it is worth another look."""
    return 4 * width < 3 * whole


def _windowed(samples: array[int], least: int, most: int) -> bytes:
    width = max(1, most - least)
    table = {value: min(255, max(0, 255 * (value - least) // width)) for value in set(samples)}
    return bytes(map(table.__getitem__, samples))
