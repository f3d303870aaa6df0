"""Walk the entropy-coded segments of a lossless Huffman JPEG (ITU-T T.81, annex H) and find whatever is wrong.

Samples are not kept: what is checked is that every code exists and that the data reach to the last sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomize.errors import SourceDamaged
from dicomize.jpeg.entropy import Fault, walk
from dicomize.jpeg.huffman import WINDOW, Symbols, single_symbols, tables_of_scans
from dicomize.jpeg.layout import ScanPlan, picture_rows

if TYPE_CHECKING:
    from array import array

    from dicomize.jpeg.markers import JpegFile, Scan

_MOST = 16
"""the largest category; it has no further bits (T.81 H.1.2.2)"""


def verify(data: bytes, jpeg: JpegFile) -> tuple[int, ...]:
    """Check all scans of a lossless Huffman JPEG (SOF3) whose components are not subsampled.

    Returns:
        For each scan the offset just behind the last byte that the picture needs.

    Raises:
        SourceDamaged: the data is not what the headers promise; the sentence says where and why.
    """
    covered = sorted(c.position for scan in jpeg.scans for c in scan.components)
    if covered != list(range(len(jpeg.frame.components))):
        raise SourceDamaged("a component of the frame appears in no scan, or in more than one")
    tables = tables_of_scans(data, jpeg)
    ends: list[int] = []
    for number, scan in enumerate(jpeg.scans, 1):
        _require_sound(number, scan, jpeg)
        found = [tables[number - 1].get((0, c.td)) for c in scan.components]
        if None in found:
            raise SourceDamaged(f"scan {number} uses a Huffman table which is not defined")
        plan = ScanPlan(number, scan, (), jpeg.frame.columns, picture_rows(jpeg))
        symbols = tuple(single_symbols(table) for table in found if table is not None)
        ends.append(walk(data, plan, _Checker(symbols)))
    return tuple(ends)


def _require_sound(number: int, scan: Scan, jpeg: JpegFile) -> None:
    if not 1 <= scan.ss <= 7 or scan.se or scan.ah or scan.al >= jpeg.frame.precision:
        raise SourceDamaged(f"scan {number} states parameters that a lossless JPEG cannot have")
    if scan.restart_interval % jpeg.frame.columns:
        raise SourceDamaged(f"the restart interval of scan {number} is no whole number of rows (T.81 H.1.1)")
    if scan.restart_interval == 0 and 8 * (scan.data_end - scan.data_start) < picture_rows(jpeg) * jpeg.frame.columns:
        raise SourceDamaged(f"the compressed data of scan {number} ends early: the picture is incomplete")


class _Checker:
    """The visitor that looks at everything and keeps nothing. A pixel is an MCU."""

    def __init__(self, tables: tuple[Symbols, ...]) -> None:
        self.tables = tables

    def restart(self) -> None:
        pass

    def run(self, windows: array[int], bit: int, limit: int, mcus: range) -> tuple[int, int]:
        tables = tuple((table.lengths, table.symbols) for table in self.tables)
        mcu = mcus.start
        for mcu in mcus:
            for lengths, symbols in tables:
                window = windows[bit]
                length, category = lengths[window], symbols[window]
                if length == 0 or category > _MOST:
                    what = f"a difference of category {category}" if length else "a code that its Huffman table lacks"
                    fault = Fault(bit, what, bit + WINDOW)
                    fault.mcu = mcu
                    raise fault
                bit += length + (category if category < _MOST else 0)
            if bit > limit:
                break
        return mcu + 1, bit
