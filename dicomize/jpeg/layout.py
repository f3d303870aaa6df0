"""What each scan of a sequential Huffman JPEG has to hold, by its headers and tables (ITU-T T.81, annexes A and B)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomize.errors import SourceDamaged
from dicomize.jpeg.huffman import LAST, HuffmanTable, Limits, TableSet, limits, tables_of_scans
from dicomize.jpeg.markers import DQT, SOS, JpegFile, Scan

if TYPE_CHECKING:
    from collections.abc import Iterator


class Slot(NamedTuple):
    """One data unit of an MCU (T.81 A.2): its component, its tables and the range of its DC coefficients."""

    component: int
    """position in the frame"""
    column: int
    row: int
    """position within the component's part of the MCU, in blocks"""
    dc: HuffmanTable
    ac: HuffmanTable
    limits: Limits
    lowest: int
    highest: int


class ScanPlan(NamedTuple):
    """What a scan has to hold."""

    number: int
    """1 for the first"""
    scan: Scan
    slots: tuple[Slot, ...]
    across: int
    down: int
    """MCUs"""


def picture_rows(jpeg: JpegFile) -> int:
    """Height of the picture, from the frame header or from DNL (T.81 B.2.5).

    Raises:
        SourceDamaged: neither states it.
    """
    rows = jpeg.frame.rows or jpeg.dnl_rows or 0
    if rows == 0:
        raise SourceDamaged("the frame header states a height of 0 and no DNL segment corrects it")
    return rows


def blocks(pixels: int, factor: int, largest: int) -> int:
    """Blocks that a component needs for so many pixels (T.81 A.1.1, A.2.2)."""
    samples = (pixels * factor + largest - 1) // largest
    return (samples + 7) // 8


def plan_scans(data: bytes, jpeg: JpegFile) -> tuple[ScanPlan, ...]:
    """Check the scan headers of a sequential Huffman JPEG and find what each scan has to hold.

    Raises:
        SourceDamaged: the headers contradict each other or T.81.
        ValueError: the JPEG is of another kind.
    """
    if jpeg.frame.sof > 1:
        raise ValueError(f"SOF{jpeg.frame.sof} is not sequential Huffman coding")
    covered = [c.position for scan in jpeg.scans for c in scan.components]
    for index, component in enumerate(jpeg.frame.components):
        if covered.count(index) != 1:
            times = "in no scan" if index not in covered else "in more than one scan"
            raise SourceDamaged(f"component {component.id} of the frame appears {times}")
    if jpeg.frame.precision not in ((8,) if jpeg.frame.sof == 0 else (8, 12)):
        raise SourceDamaged(
            f"the frame header states {jpeg.frame.precision} bits a sample, which SOF{jpeg.frame.sof} lacks"
        )
    tables = tables_of_scans(data, jpeg)
    dc_steps = tuple(table[0] for table in quantization_tables_of(data, jpeg))
    return tuple(_plan(jpeg, number, tables[number - 1], dc_steps) for number in range(1, len(jpeg.scans) + 1))


def quantization_tables(payload: bytes) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(destination, 64 steps in zigzag order) for each table of a DQT segment that the marker parser found sound."""
    at = 0
    while at < len(payload):
        width = 1 + (payload[at] >> 4)
        entries = payload[at + 1 : at + 1 + 64 * width]
        yield (
            payload[at] & 15,
            tuple(int.from_bytes(entries[i : i + width], "big") for i in range(0, len(entries), width)),
        )
        at += 1 + 64 * width


def quantization_tables_of(data: bytes, jpeg: JpegFile) -> tuple[tuple[int, ...], ...]:
    """The quantization table of each component, in zigzag order, as in force at the component's first scan.

    Raises:
        SourceDamaged: it is defined only later, or there is no such scan.
    """
    tables: dict[int, tuple[int, ...]] = {}
    found: dict[int, tuple[int, ...]] = {}
    scans = iter(jpeg.scans)
    for segment in jpeg.segments:
        if segment.marker == DQT:
            tables |= quantization_tables(data[segment.payload])
        elif segment.marker == SOS:
            # of a component's scans the first decides, as libjpeg and so every viewer has it
            for c in next(scans).components:
                found.setdefault(c.position, tables.get(jpeg.frame.components[c.position].tq, ()))
    for index, component in enumerate(jpeg.frame.components):
        if not found.get(index):
            raise SourceDamaged(f"component {component.id} is coded before its quantization table is defined")
    return tuple(found[index] for index in range(len(jpeg.frame.components)))


def _plan(jpeg: JpegFile, number: int, tables: TableSet, dc_steps: tuple[int, ...]) -> ScanPlan:
    frame, scan, rows = jpeg.frame, jpeg.scans[number - 1], picture_rows(jpeg)
    if (scan.ss, scan.se, scan.ah, scan.al) != (0, LAST, 0, 0):
        raise SourceDamaged(f"scan {number} states parameters that a sequential JPEG cannot have")
    alone = len(scan.components) == 1
    slots: list[Slot] = []
    for entry in scan.components:
        component = frame.components[entry.position]
        for kind, destination in enumerate((entry.td, entry.ta)):
            if (kind, destination) not in tables or (destination > 1 and frame.sof == 0):
                name = f"{('DC', 'AC')[kind]} {destination}"
                raise SourceDamaged(f"scan {number} uses Huffman table {name}, which is not defined")
        lowest, highest = _dc_range(frame.precision, dc_steps[entry.position])
        slots += [
            Slot(
                component=entry.position,
                column=column,
                row=row,
                dc=tables[0, entry.td],
                ac=tables[1, entry.ta],
                limits=limits(frame.precision),
                lowest=lowest,
                highest=highest,
            )
            for row in range(1 if alone else component.v)
            for column in range(1 if alone else component.h)
        ]
    if len(slots) > 10:
        raise SourceDamaged(f"an MCU of scan {number} holds {len(slots)} blocks; 10 are allowed")
    first = frame.components[scan.components[0].position]
    h, v = (first.h, first.v) if alone else (1, 1)
    return ScanPlan(
        number=number,
        scan=scan,
        slots=tuple(slots),
        across=blocks(frame.columns, h, frame.h_max),
        down=blocks(rows, v, frame.v_max),
    )


def _dc_range(precision: int, step: int) -> tuple[int, int]:
    """Smallest and largest quantized DC coefficient that is taken for sound.

    Samples of P bits, shifted to be signed, have DC coefficients from -2^(P+2) to 2^(P+2) - 8 (T.81 A.3.3), which
    bounds the quantized ones whatever the step. A step q bounds them by 2^(P+2) / q. A quarter and a step more are
    allowed, since encoders round, and some work on coefficients directly; blocks that much whiter than white come from
    damage only. The check costs a comparison a block, and finds what shifted all that follows.
    """
    most = 1 << precision + 2
    bound = 5 * most // (4 * step) + 1
    return max(-most, -bound), min(most - 1, bound)
