"""The grey pipeline: stored values through Modality LUT, VOI LUT and polarity to levels from 0 (black) to 255.

PS3.3 C.7.6.3.1.2 (MONOCHROME1), C.11.1 (Modality LUT), C.11.2 (VOI LUT), PS3.4 N.2. Everything is computed once for
each value that occurs, so the formulas stand here as the standard writes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

WHITE: Final = 255


class Window(NamedTuple):
    """Window Center, Window Width and VOI LUT Function (PS3.3 C.11.2.1.2 and C.11.2.1.3)."""

    center: float
    width: float
    function: str = "LINEAR"


class Lut(NamedTuple):
    """A look-up table (PS3.3 C.11.1.1, C.11.2.1.1, C.7.6.3.1.5). What lies outside of it gets its first or last entry."""

    first: int
    """the value that the first entry is for"""
    bits: int
    """of an entry"""
    entries: tuple[int, ...]

    def of(self, value: float) -> int:
        """The entry for a value."""
        return self.entries[min(max(int(value) - self.first, 0), len(self.entries) - 1)]


class Rescale(NamedTuple):
    """Rescale Slope and Rescale Intercept (PS3.3 C.11.1.1.2)."""

    slope: float = 1.0
    intercept: float = 0.0

    def of(self, value: float) -> float:
        """The value in modality units."""
        return value * self.slope + self.intercept


class Span(StrEnum):
    """What takes the place of a window where there is none."""

    FRAME = "min-max"
    """from the smallest to the largest value of the frame"""
    STORED = "full"
    """from the smallest to the largest value that Bits Stored can hold"""


Voi = Window | Lut | Span
Modality = Rescale | Lut


class Grey(NamedTuple):
    """How stored values become levels."""

    modality: Modality
    voi: Voi
    inverted: bool
    """MONOCHROME1: the smallest value is white"""
    stored: tuple[int, int]
    """the smallest and the largest value that can be stored"""


def _linear(x: float, window: Window) -> float:
    """PS3.3 C.11.2.1.2.1"""
    center, width = window.center - 0.5, window.width - 1
    if x <= center - width / 2:
        return 0.0
    if x > center + width / 2:
        return float(WHITE)
    return ((x - center) / width + 0.5) * WHITE


def _linear_exact(x: float, window: Window) -> float:
    """PS3.3 C.11.2.1.3.2"""
    if x <= window.center - window.width / 2:
        return 0.0
    if x > window.center + window.width / 2:
        return float(WHITE)
    return ((x - window.center) / window.width + 0.5) * WHITE


def _sigmoid(x: float, window: Window) -> float:
    """PS3.3 C.11.2.1.3.1"""
    power = -4 * (x - window.center) / window.width
    return WHITE / (1 + math.exp(power)) if power < 700 else 0.0


FUNCTIONS: Final[Mapping[str, Callable[[float, Window], float]]] = {
    "LINEAR": _linear,
    "LINEAR_EXACT": _linear_exact,
    "SIGMOID": _sigmoid,
}
"""VOI LUT Function -> the level for a value, before rounding"""


def levels(values: Iterable[int], grey: Grey) -> dict[int, int]:
    """The level of each stored value.

    Args:
        values: the distinct values of a frame.
    """
    modal = {value: grey.modality.of(value) for value in values}
    shown = _shown(grey, modal)
    return {value: WHITE - shown(x) if grey.inverted else shown(x) for value, x in modal.items()}


def _shown(grey: Grey, modal: Mapping[int, float]) -> Callable[[float], int]:
    """The VOI LUT as a function from modality values to levels."""
    voi = grey.voi
    if isinstance(voi, Lut):
        top = (1 << voi.bits) - 1
        return lambda x: _rounded(voi.of(x) * WHITE / top)
    if isinstance(voi, Window):
        function = FUNCTIONS[voi.function]
        return lambda x: _rounded(function(x, voi))
    ends = modal.values() if voi is Span.FRAME else [grey.modality.of(value) for value in grey.stored]
    low, high = min(ends, default=0.0), max(ends, default=0.0)
    if high == low:
        return lambda _: 0
    return lambda x: _rounded((x - low) / (high - low) * WHITE)


def _rounded(level: float) -> int:
    """The nearest level; the standard leaves rounding open, and truncation would darken everything by half a level."""
    return int(min(max(level + 0.5, 0.0), WHITE)) if math.isfinite(level) else 0
