"""Walk the entropy-coded segments of a sequential Huffman JPEG (ITU-T T.81, annex F) and find whatever is wrong.

Decoders conceal damage: they warn at best, and fill the rest with grey. Here every code is followed to the last bit, but
coefficients are not kept, which allows several symbols to be skipped at a look (see Steps in huffman.py). What is
checked: every code exists, no run leaves its block, no category exceeds the precision, restart markers stand where they
should, the data reaches to the last MCU, and no DC coefficient strays to where no picture can bring it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomize.jpeg.entropy import Fault, walk
from dicomize.jpeg.huffman import (
    ENDED,
    LAST,
    NO_DC,
    WINDOW,
    FirstSteps,
    Steps,
    Symbols,
    extend,
    first_steps,
    is_ac_symbol,
    single_symbols,
    steps,
)
from dicomize.jpeg.layout import ScanPlan, Slot, plan_scans

if TYPE_CHECKING:
    from array import array

    from dicomize.jpeg.markers import JpegFile


def verify(data: bytes, jpeg: JpegFile) -> tuple[int, ...]:
    """Check all scans of a sequential Huffman JPEG (SOF0, SOF1).

    Returns:
        For each scan the offset just behind the last byte that the picture needs; bytes from there to the next marker
        are extraneous.

    Raises:
        SourceDamaged: the data is not what the headers promise; the sentence says where and why.
        ValueError: the JPEG is of another kind.
    """
    return tuple(walk(data, plan, _Checker(plan)) for plan in plan_scans(data, jpeg))


class Unit(NamedTuple):
    """A slot with its tables unfolded, and the slow way through them for what the fast way has no answer to."""

    slot: Slot
    first: FirstSteps
    steps: Steps
    dc: Symbols
    ac: Symbols

    @classmethod
    def of(cls, slot: Slot) -> Unit:
        """Unfold the tables of a slot."""
        return cls(
            slot=slot,
            first=first_steps(slot.dc, slot.ac, slot.limits),
            steps=steps(slot.ac, slot.limits.ac),
            dc=single_symbols(slot.dc),
            ac=single_symbols(slot.ac),
        )

    def difference(self, windows: array[int], bit: int) -> tuple[int, int]:
        """The bit behind a DC symbol, and its value."""
        window = windows[bit]
        length, category = self.dc.lengths[window], self.dc.symbols[window]
        if length == 0:
            raise Fault(bit, "a code that its Huffman table lacks", bit + WINDOW)
        if category > self.slot.limits.dc:
            raise Fault(bit, f"a DC difference of category {category}", bit + length)
        bit += length
        return bit + category, extend(windows[bit] >> WINDOW - category, category)

    def coefficient(self, windows: array[int], bit: int, k: int) -> tuple[int, int, int]:
        """The bit behind an AC symbol, the k (T.81 F.1.2.2) it leads to, and the value there; 0, ENDED, 0 at the end."""
        window = windows[bit]
        length, symbol = self.ac.lengths[window], self.ac.symbols[window]
        if length == 0:
            raise Fault(bit, "a code that its Huffman table lacks", bit + WINDOW)
        if not is_ac_symbol(symbol, self.slot.limits.ac):
            raise Fault(bit, f"an AC symbol 0x{symbol:02X}, which this kind of JPEG lacks", bit + length)
        if symbol == 0:
            return bit + length, ENDED, 0
        k += (symbol >> 4) + 1
        if k > LAST:
            raise Fault(bit, "a run of coefficients that leaves its block", bit + length)
        bit, category = bit + length, symbol & 15
        return bit + category, k, extend(windows[bit] >> WINDOW - category, category)

    def in_range(self, level: int, bit: int) -> int:
        """The DC coefficient, unless it is out of range; `bit` is the one behind it, for the message."""
        if not self.slot.lowest <= level <= self.slot.highest:
            raise Fault(bit, "a DC coefficient is beyond what the samples' precision allows", bit)
        return level

    def rest(self, windows: array[int], bit: int, k: int) -> int:
        """The bit behind a block, of which the coefficients up to k have been read."""
        bits, advance = self.steps.bits, self.steps.advance
        while k < LAST:
            window = windows[bit]
            ahead = k + advance[window]
            if ahead <= LAST or ENDED <= ahead < ENDED + LAST:
                bit += bits[window]
                k = ahead
            else:
                bit, k, _ = self.coefficient(windows, bit, k)
        return bit


class _Checker:
    """The visitor that looks at everything and keeps nothing."""

    def __init__(self, plan: ScanPlan) -> None:
        self.predictions = [0] * (1 + max(slot.component for slot in plan.slots))
        units = [Unit.of(slot) for slot in plan.slots]
        self.units = tuple(
            (
                unit.slot.component,
                unit.slot.lowest,
                unit.slot.highest,
                unit.first.bits,
                unit.first.advance,
                unit.first.difference,
                unit.steps.bits,
                unit.steps.advance,
                unit,
            )
            for unit in units
        )

    def restart(self) -> None:
        self.predictions = [0] * len(self.predictions)

    def run(self, windows: array[int], bit: int, limit: int, mcus: range) -> tuple[int, int]:
        predictions, units = self.predictions, self.units
        mcu = mcus.start
        try:
            for mcu in mcus:  # noqa: B007 - the handler and the result need it
                for component, lowest, highest, first_bits, first_advance, difference, bits, advance, unit in units:
                    window = windows[bit]
                    bit += first_bits[window]
                    k = first_advance[window]
                    level = predictions[component] + difference[window]
                    while k < LAST:
                        window = windows[bit]
                        bit += bits[window]
                        k += advance[window]
                    if k != LAST and not ENDED <= k < ENDED + LAST:
                        if k == NO_DC:
                            bit, alone = unit.difference(windows, bit - first_bits[window])
                            level = predictions[component] + alone
                            k = 0
                        else:
                            bit -= bits[window]
                            k -= advance[window]
                        bit = unit.rest(windows, bit, k)
                    if not lowest <= level <= highest:
                        unit.in_range(level, bit)
                    predictions[component] = level
                if bit > limit:
                    break
        except Fault as fault:
            fault.mcu = mcu
            raise
        return mcu + 1, bit
