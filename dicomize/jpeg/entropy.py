"""The entropy-coded data of a scan, and the walk through it (ITU-T T.81, annexes E and F): restart intervals, bits, MCUs.

The walk knows where MCUs may begin and end; what is in them is the business of a visitor.
"""

from __future__ import annotations

import re
import sys
from array import array
from typing import NamedTuple, Protocol

from dicomize.errors import SourceDamaged
from dicomize.jpeg.layout import ScanPlan
from dicomize.jpeg.markers import Scan, marker_name

_CHUNK = 1 << 15
"""bytes of entropy-coded data that are spread out at a time; small enough for the processor's cache"""
_PIECE = 1 << 20
"""bytes that lose their stuffing at a time"""
_SLACK = 2400
"""bytes that are always there behind a chunk: ten blocks of 27 + 63 * 30 bits, the longest MCU, and a window"""
_NOT_STUFFED = re.compile(rb"\xff(?:[\xd0-\xd7]|\xff+[\x00\xd0-\xd7])")

# ---------------------------------------------------------------- the data


class Interval(NamedTuple):
    """What lies between two restart markers (T.81 E.1.4)."""

    source: int
    """offset of its first byte in the file"""
    start: int
    end: int
    """its bytes in the scan's data, once that has lost its stuffing"""
    follower: bytes
    """the bytes that end it: a restart marker with its fill bytes, or stuffing that is none, or nothing"""

    @property
    def restart(self) -> int | None:
        """The number of the restart marker that follows, or None."""
        return self.follower[-1] & 7 if self.follower and self.follower[-1] else None


def unstuffed(data: bytes, scan: Scan) -> tuple[bytearray, tuple[Interval, ...]]:
    """The entropy-coded data without stuffed zeros and restart markers (T.81 F.1.2.3), and the intervals in it."""
    clean = bytearray()
    intervals: list[Interval] = []
    at = scan.data_start

    def take(end: int, follower: bytes) -> None:
        begin = len(clean)
        _append_unstuffed(clean, data, at, end)
        intervals.append(Interval(at, begin, len(clean), follower))

    for found in _NOT_STUFFED.finditer(data, scan.data_start, scan.data_end):
        take(found.start(), found.group())
        at = found.end()
    take(scan.data_end, b"")
    return clean, tuple(intervals)


def _append_unstuffed(clean: bytearray, data: bytes, at: int, end: int) -> None:
    """Append data without its stuffing, a piece at a time: a picture is in memory often enough."""
    while at < end:
        stop = min(at + _PIECE, end)
        if stop < end and data[stop - 1] == 0xFF:
            stop += 1  # its stuffing belongs to it
        clean += data[at:stop].replace(b"\xff\x00", b"\xff")
        at = stop


class BitWindows:
    """The 16 bits that begin at every bit, for a chunk of the data at a time; ones follow behind the end."""

    def __init__(self, clean: bytearray) -> None:
        self._clean = clean
        self._start = self._end = -1
        self._windows: array[int] = array("H")

    def at(self, bit: int) -> tuple[array[int], int, int]:
        """Windows that contain a bit, the bit that their first one begins at, the bit where the next chunk is due."""
        if not self._start <= bit < self._end:
            first = bit >> 4 << 1
            self._windows = _windows(self._clean[first : first + _CHUNK + _SLACK])
            self._start, self._end = 8 * first, 8 * (first + _CHUNK)
        return self._windows, self._start, self._end


def _windows(chunk: bytearray) -> array[int]:
    """windows[q] are the 16 bits of the chunk at bit q; a slack of ones follows."""
    chunk += b"\xff" * (2 + len(chunk) % 2)
    windows: array[int] = array("H", bytes(16 * (len(chunk) - 2)))
    number = int.from_bytes(chunk, "big")
    for shift in range(8):
        shifted = (number << shift).to_bytes(len(chunk) + 1, "big")
        for skipped in (0, 1):
            words: array[int] = array("H", shifted[1 + skipped : len(chunk) - 1 + skipped])
            if sys.byteorder == "little":
                words.byteswap()
            windows[shift + 8 * skipped :: 16] = words
    windows.frombytes(_ONES)
    return windows


_ONES = b"\xff" * (16 * _SLACK)


# ---------------------------------------------------------------- the walk


class Fault(Exception):
    """Damage found by a visitor: at which bit of the windows, in which MCU, what, and up to which bit it has looked."""

    def __init__(self, bit: int, what: str, reach: int) -> None:
        super().__init__(what)
        self.bit = bit
        self.reach = reach
        self.mcu = 0
        self.what = what


class Visitor(Protocol):
    """Who reads the MCUs of a scan."""

    def restart(self) -> None:
        """Begin a restart interval: predictions are 0 (T.81 F.1.1.5.1)."""

    def run(self, windows: array[int], bit: int, limit: int, mcus: range) -> tuple[int, int]:
        """Read MCUs from a bit on, and stop behind the first that ends beyond the limit.

        Returns:
            The number of the next MCU, and the bit where it begins.

        Raises:
            Fault: an MCU cannot be decoded.
        """


def walk(data: bytes, plan: ScanPlan, visitor: Visitor) -> int:
    """Lead a visitor through a scan; the offset just behind the last byte it needs is returned.

    Raises:
        SourceDamaged: the scan does not hold what the plan says.
    """
    return _Walk(data, plan).run(visitor)


class _Walk:
    """One scan on its way."""

    def __init__(self, data: bytes, plan: ScanPlan) -> None:
        self.plan = plan
        self.total = plan.across * plan.down
        self.clean, self.intervals = unstuffed(data, plan.scan)
        self.windows = BitWindows(self.clean)

    def run(self, visitor: Visitor) -> int:
        length = self.plan.scan.restart_interval or self.total
        mcu = 0
        for number, interval in enumerate(self.intervals):
            visitor.restart()
            last = min(mcu + length, self.total)
            bit = self._interval(visitor, interval, range(mcu, last))
            mcu = last
            if mcu == self.total:
                if interval.restart is not None:
                    raise self._damage(interval, 8 * interval.end, mcu - 1, "a restart marker follows the last MCU")
                return self._offset(interval, bit)
            self._check_restart(interval, number, bit, mcu)
        raise AssertionError("the last interval ends the scan or is refused")

    def _interval(self, visitor: Visitor, interval: Interval, mcus: range) -> int:
        """Read an interval; the bit behind its last MCU is returned."""
        end = 8 * interval.end
        mcu, bit = mcus.start, 8 * interval.start
        while mcu < mcus.stop:
            if bit >= end:
                raise self._early(interval, mcu)
            windows, base, due = self.windows.at(bit)
            try:
                mcu, bit = visitor.run(windows, bit - base, min(due, end) - base - 1, range(mcu, mcus.stop))
            except Fault as fault:
                if fault.reach + base > end:
                    raise self._early(interval, fault.mcu) from None
                raise self._damage(interval, fault.bit + base, fault.mcu, fault.what) from None
            bit += base
        if bit > end:
            raise self._early(interval, mcu - 1)
        return bit

    def _check_restart(self, interval: Interval, number: int, bit: int, mcu: int) -> None:
        if interval.restart is None:
            raise self._damage(interval, 8 * interval.end, mcu, f"restart marker RST{number % 8} is missing")
        if 8 * interval.end - bit >= 8:
            raise self._damage(interval, bit, mcu - 1, "bytes that belong to nothing precede a restart marker")
        if interval.restart != number % 8:
            what = f"restart marker RST{interval.restart} stands where RST{number % 8} should"
            raise self._damage(interval, 8 * interval.end, mcu, what)

    def _offset(self, interval: Interval, bit: int) -> int:
        """Offset in the file just behind the byte that holds the bit before this one."""
        end = -(-bit // 8)
        return interval.source + end - interval.start + self.clean.count(0xFF, interval.start, end)

    def _row(self, mcu: int) -> str:
        return f"MCU row {min(mcu // self.plan.across + 1, self.plan.down)} of {self.plan.down}"

    def _damage(self, interval: Interval, bit: int, mcu: int, what: str) -> SourceDamaged:
        where = f"scan {self.plan.number} is damaged near byte {self._offset(interval, bit)}, in {self._row(mcu)}"
        return SourceDamaged(f"the compressed data of {where}: {what}")

    def _early(self, interval: Interval, mcu: int) -> SourceDamaged:
        if interval.restart is not None:
            what = f"restart marker {marker_name(interval.follower[-1])} comes too early"
        elif interval.follower:
            what = "0xFF is followed by 0xFF 0x00, which is neither data nor a marker"
        else:
            where = f"scan {self.plan.number} ends early at byte {self._offset(interval, 8 * interval.end)}"
            return SourceDamaged(f"the compressed data of {where}, in {self._row(mcu)}: the picture is incomplete")
        return self._damage(interval, 8 * interval.end, mcu, what)
