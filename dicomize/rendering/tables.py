"""Look-up tables and windows of a data set, whichever of the allowed ways they are written in."""

from __future__ import annotations

import sys
from array import array
from pathlib import Path
from typing import Final

from pydicom import Dataset

from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.pixeldata import value_of
from dicomize.rendering.windowing import Lut, Window

_COLORS: Final = ("Red", "Green", "Blue")


def window_of(dataset: Dataset) -> Window | None:
    """The first window of a data set or of an item of Frame VOI LUT; None where there is none."""
    center, width = (_first(dataset, keyword) for keyword in ("WindowCenter", "WindowWidth"))
    if center is None or width is None:
        return None
    return Window(center, width, str(value_of(dataset, "VOILUTFunction") or "LINEAR"))


def _first(dataset: Dataset, keyword: str) -> float | None:
    value = value_of(dataset, keyword)
    values = list(value) if hasattr(value, "__iter__") and not isinstance(value, str) else [value]
    return float(values[0]) if values and isinstance(values[0], int | float) else None


def lut_of(dataset: Dataset, descriptor: str, data: str) -> Lut | None:
    """A table: its descriptor (entries, first value, bits) and its data; None where they do not fit together.

    Entries of 8 bits are found one in each byte or one in each word (PS3.3 C.7.6.3.1.6 allows the first, many write the
    second).
    """
    described, raw = value_of(dataset, descriptor), value_of(dataset, data)
    numbers = [n for n in described if isinstance(n, int)] if hasattr(described, "__iter__") else []
    if len(numbers) != 3 or raw is None:
        return None
    count, first, bits = numbers[0] or 1 << 16, numbers[1], numbers[2]
    entries = _entries(raw, count)
    if len(entries) < count or not 1 <= bits <= 16:
        return None
    return Lut(first, bits, tuple(min(e, (1 << bits) - 1) for e in entries[:count]))


def _entries(raw: object, count: int) -> list[int]:
    if isinstance(raw, bytes):
        if len(raw) < 2 * count:
            return list(raw)
        words = array("H", raw[: 2 * count])
        if sys.byteorder == "big":
            words.byteswap()
        return list(words)
    values = list(raw) if hasattr(raw, "__iter__") else [raw]
    words_as_numbers = [int(v) & 0xFFFF for v in values if isinstance(v, int)]
    if len(words_as_numbers) < count <= 2 * len(words_as_numbers):
        return [byte for word in words_as_numbers for byte in (word & 0xFF, word >> 8)]
    return words_as_numbers


def palette_of(dataset: Dataset, path: Path) -> tuple[Lut, Lut, Lut]:
    """The three tables of PALETTE COLOR (PS3.3 C.7.6.3.1.5).

    Raises:
        SourceUnsupported: the palette is segmented.
        SourceDamaged: a table is missing or does not fit its descriptor.
    """
    luts: list[Lut] = []
    for color in _COLORS:
        lut = lut_of(dataset, f"{color}PaletteColorLookupTableDescriptor", f"{color}PaletteColorLookupTableData")
        if lut is None:
            if value_of(dataset, f"Segmented{color}PaletteColorLookupTableData") is not None:
                raise SourceUnsupported(
                    f"the palette of {path} is segmented, which is not shown", "gdcmconv --decompress-lut unfolds it"
                )
            raise SourceDamaged(
                f"the {color.lower()} palette of {path} is missing or damaged", "dicomize check says more"
            )
        luts.append(lut)
    red, green, blue = luts
    return red, green, blue
