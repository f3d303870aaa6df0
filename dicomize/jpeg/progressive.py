"""The quantized DCT coefficients of a progressive Huffman JPEG (ITU-T T.81, annex G), read into arrays.

Each scan brings some coefficients of some components to some precision. Whatever is wrong is found as in a sequential
picture: codes that are not there, runs that leave their band, data that end early, and scans that are missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomize.errors import SourceDamaged
from dicomize.jpeg.entropy import Fault, walk
from dicomize.jpeg.huffman import (
    LAST,
    WINDOW,
    HuffmanTable,
    Limits,
    Symbols,
    extend,
    limits,
    single_symbols,
    tables_of_scans,
)
from dicomize.jpeg.layout import ScanPlan, blocks, picture_rows, quantization_tables_of

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator

    from dicomize.jpeg.coefficients import Plane
    from dicomize.jpeg.markers import JpegFile, Scan

_MOST_SHIFT = 13
"""the largest Al (T.81 B.2.3)"""


def fill(data: bytes, jpeg: JpegFile, planes: tuple[Plane, ...]) -> None:
    """Read all scans into planes that hold zeros.

    Raises:
        SourceDamaged: the data is not what the headers promise.
    """
    require_complete(jpeg)
    quantization_tables_of(data, jpeg)
    tables = tables_of_scans(data, jpeg)
    for number, scan in enumerate(jpeg.scans, 1):
        alone = len(scan.components) == 1
        first = jpeg.frame.components[scan.components[0].position]
        h, v = (first.h, first.v) if alone else (1, 1)
        plan = ScanPlan(
            number=number,
            scan=scan,
            slots=(),
            across=blocks(jpeg.frame.columns, h, jpeg.frame.h_max),
            down=blocks(picture_rows(jpeg), v, jpeg.frame.v_max),
        )
        kind = 1 if scan.ss else 0
        found = [tables[number - 1].get((kind, c.ta if kind else c.td)) for c in scan.components]
        if None in found and not (kind == 0 and scan.ah):
            raise SourceDamaged(f"scan {number} uses a Huffman table which is not defined")
        reader = _reader(scan, jpeg, planes, [table for table in found if table is not None])
        walk(data, plan, reader)


def require_data(jpeg: JpegFile) -> None:
    """There is a bit for each DC coefficient: headers that promise more must not be given the memory for it.

    Raises:
        SourceDamaged: there is not.
    """
    for number, scan in enumerate(jpeg.scans, 1):
        if scan.ss:
            continue
        components = [jpeg.frame.components[entry.position] for entry in scan.components]
        need = sum(
            blocks(jpeg.frame.columns, c.h, jpeg.frame.h_max) * blocks(picture_rows(jpeg), c.v, jpeg.frame.v_max)
            for c in components
        )
        if need > 8 * (scan.data_end - scan.data_start):
            raise SourceDamaged(f"the compressed data of scan {number} ends early: the picture is incomplete")


def require_complete(jpeg: JpegFile) -> None:
    """Every coefficient of every component is brought to its full precision, in an order that T.81 allows (G.1.1.1).

    Raises:
        SourceDamaged: a scan is out of order, or missing.
    """
    left: list[list[int | None]] = [[None] * (LAST + 1) for _ in jpeg.frame.components]
    for number, scan in enumerate(jpeg.scans, 1):
        band_is_sound = (scan.ss == 0 == scan.se) or (1 <= scan.ss <= scan.se <= LAST and len(scan.components) == 1)
        if not band_is_sound or scan.al > _MOST_SHIFT or scan.ah not in {0, scan.al + 1}:
            raise SourceDamaged(f"scan {number} states parameters that a progressive JPEG cannot have")
        for entry in scan.components:
            component = left[entry.position]
            for k in range(scan.ss, scan.se + 1):
                if component[k] != (scan.ah or None):
                    raise SourceDamaged(f"scan {number} refines coefficient {k} out of order")
                component[k] = scan.al
    for frame_entry, states in zip(jpeg.frame.components, left, strict=True):
        if any(states):
            raise SourceDamaged(f"the picture is incomplete: the last scans of component {frame_entry.id} are missing")
        if None in states:
            k = states.index(None)
            raise SourceDamaged(f"the picture is incomplete: no scan has coefficient {k} of component {frame_entry.id}")


def _reader(
    scan: Scan, jpeg: JpegFile, planes: tuple[Plane, ...], tables: list[HuffmanTable]
) -> _FirstDC | _FinerDC | _FirstAC | _FinerAC:
    largest = limits(jpeg.frame.precision)
    targets = tuple(_targets(scan, jpeg, planes))
    across = blocks(jpeg.frame.columns, targets[0].h if len(targets) == 1 else 1, jpeg.frame.h_max)
    if scan.ss:
        target = targets[0]._replace(h=1, v=1)
        band = _Band(scan.ss, scan.se, scan.al, across, single_symbols(tables[0]), largest.ac)
        return _FinerAC(target, band) if scan.ah else _FirstAC(target, band)
    if len(targets) == 1:
        targets = (targets[0]._replace(h=1, v=1),)
    if scan.ah:
        return _FinerDC(targets, across, scan.al)
    return _FirstDC(targets, across, scan.al, [single_symbols(table) for table in tables], largest)


class _Target(NamedTuple):
    """A component of a scan: its coefficients, the blocks in a row of them, and its blocks in an MCU."""

    plane: array[int]
    width: int
    h: int
    v: int

    def places(self, column: int, row: int) -> Iterator[int]:
        """Where the blocks of an MCU begin."""
        for y in range(row * self.v, (row + 1) * self.v):
            for x in range(column * self.h, (column + 1) * self.h):
                yield 64 * (y * self.width + x)


def _targets(scan: Scan, jpeg: JpegFile, planes: tuple[Plane, ...]) -> Iterator[_Target]:
    for entry in scan.components:
        plane, component = planes[entry.position], jpeg.frame.components[entry.position]
        yield _Target(plane.values, plane.across, component.h, component.v)


class _FirstDC:
    """DC coefficients, but for their last bits (T.81 G.1.2.1)."""

    def __init__(
        self, targets: tuple[_Target, ...], across: int, shift: int, tables: list[Symbols], largest: Limits
    ) -> None:
        self.targets, self.across, self.shift, self.tables = targets, across, shift, tables
        self.largest = largest.dc
        self.predictions = [0] * len(targets)

    def restart(self) -> None:
        self.predictions = [0] * len(self.predictions)

    def run(self, windows: array[int], bit: int, limit: int, mcus: range) -> tuple[int, int]:
        for mcu in mcus:
            row, column = divmod(mcu, self.across)
            try:
                for index, target in enumerate(self.targets):
                    for at in target.places(column, row):
                        bit, difference = self._difference(windows, bit, self.tables[index])
                        self.predictions[index] += difference
                        target.plane[at] = self.predictions[index] << self.shift
            except Fault as fault:
                fault.mcu = mcu
                raise
            except OverflowError:
                beyond = Fault(bit, "a DC coefficient is beyond what the samples' precision allows", bit)
                beyond.mcu = mcu
                raise beyond from None
            if bit > limit:
                return mcu + 1, bit
        return mcus.stop, bit

    def _difference(self, windows: array[int], bit: int, table: Symbols) -> tuple[int, int]:
        window = windows[bit]
        length, category = table.lengths[window], table.symbols[window]
        if length == 0:
            raise Fault(bit, "a code that its Huffman table lacks", bit + WINDOW)
        if category > self.largest:
            raise Fault(bit, f"a DC difference of category {category}", bit + length)
        bit += length
        return bit + category, extend(windows[bit] >> WINDOW - category, category)


class _FinerDC:
    """One more bit of each DC coefficient (T.81 G.1.2.1)."""

    def __init__(self, targets: tuple[_Target, ...], across: int, shift: int) -> None:
        self.targets, self.across, self.one = targets, across, 1 << shift

    def restart(self) -> None:
        pass

    def run(self, windows: array[int], bit: int, limit: int, mcus: range) -> tuple[int, int]:
        for mcu in mcus:
            row, column = divmod(mcu, self.across)
            for target in self.targets:
                for at in target.places(column, row):
                    if windows[bit] >> WINDOW - 1:
                        target.plane[at] |= self.one
                    bit += 1
            if bit > limit:
                return mcu + 1, bit
        return mcus.stop, bit


class _Band(NamedTuple):
    """What a scan of AC coefficients brings."""

    first: int
    last: int
    shift: int
    across: int
    """blocks in a row of the component"""
    symbols: Symbols
    largest: int
    """category"""


class _AC:
    """What both scans of AC coefficients share: the run of blocks that have no more of the band (EOBRUN)."""

    def __init__(self, target: _Target, band: _Band) -> None:
        self.plane, self.width, self.band = target.plane, target.width, band
        self.ended = 0

    def restart(self) -> None:
        self.ended = 0

    def run(self, windows: array[int], bit: int, limit: int, mcus: range) -> tuple[int, int]:
        across, width = self.band.across, self.width
        for mcu in mcus:
            row, column = divmod(mcu, across)
            at = 64 * (row * width + column)
            if bit > limit and not self.free(at):
                return mcu, bit
            try:
                bit = self.block(windows, bit, at)
            except Fault as fault:
                fault.mcu = mcu
                raise
        return mcus.stop, bit

    def free(self, at: int) -> bool:
        """Whether a block takes no bit."""
        raise NotImplementedError

    def block(self, windows: array[int], bit: int, at: int) -> int:
        """Read a block; the bit behind it is returned."""
        raise NotImplementedError

    def symbol(self, windows: array[int], bit: int) -> tuple[int, int]:
        """The bit behind a symbol, and the symbol."""
        window = windows[bit]
        length = self.band.symbols.lengths[window]
        if length == 0:
            raise Fault(bit, "a code that its Huffman table lacks", bit + WINDOW)
        return bit + length, self.band.symbols.symbols[window]

    def end_of_band(self, windows: array[int], bit: int, run: int) -> int:
        """Read how many blocks have no more of the band, this one included; the bit behind it is returned."""
        self.ended = (1 << run) + (windows[bit] >> WINDOW - run)
        return bit + run


class _FirstAC(_AC):
    """AC coefficients, but for their last bits (T.81 G.1.2.2)."""

    def free(self, at: int) -> bool:  # noqa: ARG002 - the other kind needs it
        return self.ended > 0

    def block(self, windows: array[int], bit: int, at: int) -> int:
        if self.ended:
            self.ended -= 1
            return bit
        plane, (k, last, shift, _, _, largest) = self.plane, self.band
        while k <= last:
            begin = bit
            bit, symbol = self.symbol(windows, bit)
            run, category = symbol >> 4, symbol & 15
            if category:
                k += run
                if k > last or category > largest:
                    raise Fault(begin, f"an AC symbol 0x{symbol:02X} that has no place there", bit)
                plane[at + k] = extend(windows[bit] >> WINDOW - category, category) * (1 << shift)
                bit += category
                k += 1
            elif run < 15:
                bit = self.end_of_band(windows, bit, run)
                self.ended -= 1
                return bit
            else:
                k += 16
        if k > last + 1:
            raise Fault(bit, "a run of coefficients that leaves its band", bit)
        return bit


class _FinerAC(_AC):
    """One more bit of each AC coefficient that is not 0, and those that are 1 from now on (T.81 G.1.2.3)."""

    def free(self, at: int) -> bool:
        return self.ended > 0 and not any(self.plane[at + self.band.first : at + self.band.last + 1])

    def block(self, windows: array[int], bit: int, at: int) -> int:
        plane, (k, last, shift, _, _, _) = self.plane, self.band
        while k <= last and not self.ended:
            begin = bit
            bit, symbol = self.symbol(windows, bit)
            run, category = symbol >> 4, symbol & 15
            value = 0
            if category:
                if category > 1:
                    raise Fault(begin, f"an AC symbol 0x{symbol:02X} that has no place there", bit)
                value = 1 << shift if windows[bit] >> WINDOW - 1 else -1 << shift
                bit += 1
            elif run < 15:
                bit = self.end_of_band(windows, bit, run)
                break
            bit, k = self._refined(windows, bit, at + k, run)
            k -= at
            if value:
                if k > last:
                    raise Fault(begin, "a run of coefficients that leaves its band", bit)
                plane[at + k] = value
            k += 1
        if self.ended:
            self.ended -= 1
            bit, _ = self._refined(windows, bit, at + k, LAST + 1)
        return bit

    def _refined(self, windows: array[int], bit: int, place: int, zeros: int) -> tuple[int, int]:
        """Refine coefficients up to the one behind `zeros` zeros, or to the end of the band; where that is."""
        plane, one = self.plane, 1 << self.band.shift
        end = place - place % 64 + self.band.last
        while place <= end:
            value = plane[place]
            if value:
                if windows[bit] >> WINDOW - 1 and not abs(value) & one:
                    plane[place] = value + one if value > 0 else value - one
                bit += 1
            elif zeros == 0:
                break
            else:
                zeros -= 1
            place += 1
        return bit, place
