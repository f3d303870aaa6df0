"""Which tables a JPEG uses: whatever else stands in its table segments is no part of the picture (ITU-T T.81, B.2.4).

A table that no scan uses, or that another one replaces before a scan comes, can hold anything: no decoder looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dicomize.errors import SourceDamaged
from dicomize.jpeg.markers import DAC, DHT, DQT, SOS, JpegFile, Scan, Segment

_ARITHMETIC = frozenset({9, 10, 11, 13, 14, 15})
"""n of SOFn"""


class _Table(NamedTuple):
    """One table of a segment: its kind (DC, AC or quantization), its destination, and where it is."""

    kind: str
    destination: int
    start: int
    end: int


def used(data: bytes | memoryview, jpeg: JpegFile) -> dict[int, tuple[tuple[int, int], ...]]:
    """For each table segment, by its offset, where the tables are that a scan uses; those that are used whole are left out."""
    tables = {s.start: tuple(_tables(data, s)) for s in jpeg.segments if s.marker in {DQT, DHT}}
    wanted = set(_used(jpeg, tables))
    partly: dict[int, tuple[tuple[int, int], ...]] = {}
    for segment in jpeg.segments:
        if segment.marker == DAC and jpeg.frame.sof not in _ARITHMETIC:
            partly[segment.start] = ()
        elif segment.start in tables and not wanted.issuperset(tables[segment.start]):
            partly[segment.start] = tuple((t.start, t.end) for t in tables[segment.start] if t in wanted)
    return partly


def require_sound(data: bytes | memoryview, jpeg: JpegFile) -> None:
    """Huffman tables that are used have symbols of the process only, each once (T.81 F.1.2, G.1.2, H.1.2).

    A decoder never sees a symbol that the picture does not use, so anything could stand in its place.

    Raises:
        SourceDamaged: one has others.
    """
    if jpeg.frame.sof > 3:
        return
    tables = {s.start: tuple(_tables(data, s)) for s in jpeg.segments if s.marker in {DQT, DHT}}
    for table in set(_used(jpeg, tables)):
        symbols = bytes(data[table.start + 17 : table.end])
        if table.kind != "Q" and (len(set(symbols)) < len(symbols) or not set(symbols) <= _symbols(jpeg, table.kind)):
            raise SourceDamaged(f"Huffman table {table.destination} holds symbols that no such picture has")


def _symbols(jpeg: JpegFile, kind: str) -> frozenset[int]:
    sof, deep = jpeg.frame.sof, jpeg.frame.precision > 8
    if kind == "D":
        return frozenset(range(17 if sof == 3 else 16 if deep else 12))
    sizes = range(1, 15 if deep else 11)
    # runs of 16 zeros and ends of blocks; in progressive pictures ends of bands of many blocks too
    ends = range(16) if sof == 2 else (0, 15)
    return frozenset({run << 4 | size for run in range(16) for size in sizes} | {run << 4 for run in ends})


def _tables(data: bytes | memoryview, segment: Segment) -> Iterator[_Table]:
    at = segment.start + 4
    while at < segment.end:
        high, destination = data[at] >> 4, data[at] & 15
        if segment.marker == DQT:
            kind, end = "Q", at + 1 + 64 * (1 + high)
        else:
            kind, end = "DA"[high & 1], at + 17 + sum(data[at + 1 : at + 17])
        if end > segment.end:
            raise SourceDamaged(f"has a table at byte {at} that runs past its segment")
        yield _Table(kind, destination, at, end)
        at = end


def _used(jpeg: JpegFile, tables: dict[int, tuple[_Table, ...]]) -> Iterator[_Table]:
    """The tables that are in force where a scan uses them."""
    force: dict[tuple[str, int], _Table] = {}
    scans = iter(jpeg.scans)
    for segment in jpeg.segments:
        for table in tables.get(segment.start, ()):
            force[table.kind, table.destination] = table
        if segment.marker == SOS:
            for key in _needs(jpeg, next(scans)):
                if key in force:
                    yield force[key]


def _needs(jpeg: JpegFile, scan: Scan) -> Iterator[tuple[str, int]]:
    """Kind and destination of what a scan is decoded with."""
    lossless = jpeg.frame.sof % 4 == 3
    for component in scan.components:
        if not lossless:
            yield "Q", jpeg.frame.components[component.position].tq
        if jpeg.frame.sof in _ARITHMETIC:
            continue
        if lossless or (scan.ss == 0 and scan.ah == 0):
            yield "D", component.td
        if scan.se > 0 and not lossless:
            yield "A", component.ta
