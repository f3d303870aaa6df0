"""The quantized DCT coefficients of a Huffman JPEG, read into arrays (ITU-T T.81, F.2; progressive.py has annex G).

Any arrangement of scans is taken; encoding.py writes them again.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

from dicomize.jpeg.entropy import Fault, walk
from dicomize.jpeg.huffman import ENDED, LAST, NO_DC, FirstSteps, HuffmanTable, Values, first_steps, values
from dicomize.jpeg.layout import ScanPlan, blocks, picture_rows, plan_scans
from dicomize.jpeg.scan import Unit, verify

if TYPE_CHECKING:
    from dicomize.jpeg.markers import JpegFile


class Plane(NamedTuple):
    """The coefficients of one component."""

    across: int
    down: int
    """blocks, with those that fill the last MCUs of an interleaved scan (T.81 A.2.4)"""
    values: array[int]
    """64 of each block in zigzag order; blocks from left to right, rows of blocks from the top"""


def decode(data: bytes, jpeg: JpegFile) -> tuple[Plane, ...]:
    """The coefficients of all components, in order of the frame header.

    Raises:
        SourceDamaged: the data is not what the headers promise.
    """
    if jpeg.frame.sof == 2:
        from dicomize.jpeg.progressive import fill, require_data  # noqa: PLC0415 - few pictures are progressive

        require_data(jpeg)
        planes = _blank_planes(jpeg)
        fill(data, jpeg, planes)
        return planes
    plans = plan_scans(data, jpeg)
    if not all(_can_be_whole(plan) for plan in plans):
        verify(data, jpeg)  # always raises
    planes = _blank_planes(jpeg)
    for plan in plans:
        walk(data, plan, _Reader(plan, jpeg, planes))
    return planes


def _can_be_whole(plan: ScanPlan) -> bool:
    """Whether there are 2 bits for each block; headers that promise more must not be given the memory for it."""
    return plan.across * plan.down * len(plan.slots) <= 4 * (plan.scan.data_end - plan.scan.data_start)


def _blank_planes(jpeg: JpegFile) -> tuple[Plane, ...]:
    frame, rows = jpeg.frame, picture_rows(jpeg)
    if len(frame.components) == 1:
        sizes = [(blocks(frame.columns, 1, 1), blocks(rows, 1, 1))]
    else:
        across, down = blocks(frame.columns, 1, frame.h_max), blocks(rows, 1, frame.v_max)
        sizes = [(across * c.h, down * c.v) for c in frame.components]
    return tuple(Plane(across, down, array("h", bytes(128 * across * down))) for across, down in sizes)


_NO_CODES = HuffmanTable(bytes(16), b"")


class _Target(NamedTuple):
    """A slot of the MCU, where its blocks go, and its tables."""

    unit: Unit
    component: int
    plane: array[int]
    origin: int
    column_step: int
    row_step: int
    """places from the block of one MCU to that of the next one"""
    levels: FirstSteps
    """DC symbols alone"""
    coefficients: Values


class _Reader:
    """The visitor that keeps every coefficient."""

    def __init__(self, plan: ScanPlan, jpeg: JpegFile, planes: tuple[Plane, ...]) -> None:
        alone = len(plan.scan.components) == 1
        self.across = plan.across
        self.predictions = [0] * len(planes)
        targets: list[_Target] = []
        for slot in plan.slots:
            plane, component = planes[slot.component], jpeg.frame.components[slot.component]
            h, v = (1, 1) if alone else (component.h, component.v)
            targets.append(
                _Target(
                    unit=Unit.of(slot),
                    component=slot.component,
                    plane=plane.values,
                    origin=64 * (slot.row * plane.across + slot.column),
                    column_step=64 * h,
                    row_step=64 * v * plane.across,
                    levels=first_steps(slot.dc, _NO_CODES, slot.limits),
                    coefficients=values(slot.ac, slot.limits.ac),
                )
            )
        self.targets = tuple(targets)

    def restart(self) -> None:
        self.predictions = [0] * len(self.predictions)

    def run(self, windows: array[int], bit: int, limit: int, mcus: range) -> tuple[int, int]:
        mcu = mcus.start
        try:
            for mcu in mcus:
                row, column = divmod(mcu, self.across)
                for target in self.targets:
                    at = target.origin + column * target.column_step + row * target.row_step
                    bit = self._level(target, at, windows, bit)
                    bit = _rest(target, at, windows, bit)
                if bit > limit:
                    break
        except Fault as fault:
            fault.mcu = mcu
            raise
        return mcu + 1, bit

    def _level(self, target: _Target, at: int, windows: array[int], bit: int) -> int:
        """Read the DC coefficient of a block; the bit behind it is returned."""
        window = windows[bit]
        if target.levels.advance[window] == NO_DC:
            bit, difference = target.unit.difference(windows, bit)
        else:
            bit += target.levels.bits[window]
            difference = target.levels.difference[window]
        level = target.unit.in_range(self.predictions[target.component] + difference, bit)
        self.predictions[target.component] = target.plane[at] = level
        return bit


def _rest(target: _Target, at: int, windows: array[int], bit: int) -> int:
    """Read the AC coefficients of a block; the bit behind it is returned."""
    plane, unfolded = target.plane, target.coefficients
    bits, advance, value = unfolded.bits, unfolded.advance, unfolded.value
    k = 0
    while k < LAST:
        window = windows[bit]
        bit += bits[window]
        k += advance[window]
        if k <= LAST:
            plane[at + k] = value[window]
        elif k < ENDED:
            bit, k, slow = target.unit.coefficient(windows, bit - bits[window], k - advance[window])
            if k <= LAST:
                plane[at + k] = slow
    return bit
