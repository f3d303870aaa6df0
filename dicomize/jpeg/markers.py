"""A strict parser of JPEG markers (ITU-T T.81, annex B).

It reads structure only: which segments there are, where they begin and end, and what the frame and scan headers say. It
accepts whatever T.81 allows (fill bytes, restart markers, any order of tables) and nothing else: bytes between segments,
lengths that leave the file, a second image before EOI, or a missing EOI are damage, since toolkits pass them on and
decoders then disagree.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from dicomize.errors import SourceDamaged
from dicomize.octets import Octets, behind_run, find_pair

TEM, SOF0, DHT, DAC = 0x01, 0xC0, 0xC4, 0xCC
RST0, RST7, SOI, EOI, SOS, DQT, DNL, DRI = 0xD0, 0xD7, 0xD8, 0xD9, 0xDA, 0xDB, 0xDC, 0xDD
DHP, EXP, APP0, APP1, APP2, APP13, APP14, APP15, COM = 0xDE, 0xDF, 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, 0xFE

SOF_MARKERS = frozenset(range(0xC0, 0xD0)) - {DHT, 0xC8, DAC}
_TABLES_AND_MISCELLANY = frozenset({DHT, DAC, DQT, DRI, COM, *range(APP0, APP15 + 1)})
_NAMES = {
    TEM: "TEM", DHT: "DHT", DAC: "DAC", SOI: "SOI", EOI: "EOI", SOS: "SOS", DQT: "DQT", DNL: "DNL",
    DRI: "DRI", DHP: "DHP", EXP: "EXP", COM: "COM", 0xC8: "JPG",
}  # fmt: skip

_END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


def marker_name(marker: int) -> str:
    """Name of a marker's second byte, as T.81 table B.1 spells it."""
    if marker in SOF_MARKERS:
        return f"SOF{marker - SOF0}"
    if APP0 <= marker <= APP15:
        return f"APP{marker - APP0}"
    if RST0 <= marker <= RST7:
        return f"RST{marker - RST0}"
    return _NAMES.get(marker, f"0xFF{marker:02X}")


class Segment(NamedTuple):
    """One marker segment: `data[start:end]` begins with 0xFF and the marker, without fill bytes before it."""

    marker: int
    start: int
    end: int

    @property
    def payload(self) -> slice:
        """What follows the two bytes of length."""
        return slice(self.start + 4, self.end)

    @property
    def name(self) -> str:
        return marker_name(self.marker)


class Component(NamedTuple):
    """A component of the frame (T.81 B.2.2): identifier, sampling factors, quantization table selector."""

    id: int
    h: int
    v: int
    tq: int


class Frame(NamedTuple):
    """The frame header (T.81 B.2.2). `rows` is 0 where a DNL segment gives the height."""

    sof: int
    precision: int
    rows: int
    columns: int
    components: tuple[Component, ...]

    @property
    def h_max(self) -> int:
        return max(c.h for c in self.components)

    @property
    def v_max(self) -> int:
        return max(c.v for c in self.components)

    @property
    def mcu(self) -> tuple[int, int]:
        """Width and height, in pixels, of the unit that DCT-domain turning needs whole (T.81 A.2)."""
        if len(self.components) == 1:
            return 8, 8
        return 8 * self.h_max, 8 * self.v_max


class ScanComponent(NamedTuple):
    """A component's entry in a scan header (T.81 B.2.3): its position in the frame, its table selectors."""

    position: int
    td: int
    ta: int


class Scan(NamedTuple):
    """A scan: header, and entropy-coded data with its restart markers in `data[data_start:data_end]`."""

    header: Segment
    components: tuple[ScanComponent, ...]
    ss: int
    se: int
    ah: int
    al: int
    data_start: int
    data_end: int
    restart_interval: int
    """in MCUs, as in force when the scan begins; 0: none"""


class JpegFile(NamedTuple):
    """Everything the markers say. `segments` has SOI first, EOI last, each SOS header in its place."""

    segments: tuple[Segment, ...]
    frame: Frame
    scans: tuple[Scan, ...]
    end: int
    """offset just behind EOI"""
    trailing: int
    """bytes behind EOI"""
    dnl_rows: int | None
    """height in a DNL segment, or None"""


def looks_like_jpeg(head: bytes) -> bool:
    """Whether the first bytes are SOI and the beginning of another marker."""
    return head[:3] == b"\xff\xd8\xff"


def parse(data: Octets) -> JpegFile:
    """Parse one JPEG image; of one that is not in memory no more than 1 MiB is at a time.

    Raises:
        SourceDamaged: the bytes are not one whole JPEG image; the sentence names the offset.
    """
    return _Parser(data).run()


def leading_segments(data: bytes) -> tuple[Segment, ...]:
    """The segments from SOI up to the first scan, or up to where the structure breaks. Never raises."""
    segments: list[Segment] = []
    at = 2
    while data[at : at + 1] == b"\xff" and at + 4 <= len(data):
        marker, end = data[at + 1], at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in {0x00, TEM, SOI, SOS, EOI} or end > len(data) or end < at + 4:
            break
        segments.append(Segment(marker, at, end))
        at = end
    return tuple(segments)


class _Parser:
    """State while walking the markers once, front to back."""

    def __init__(self, data: Octets) -> None:
        self.data = data
        self.at = 0
        self.segments: list[Segment] = []
        self.scans: list[Scan] = []
        self.frame: Frame | None = None
        self.quantization_tables: set[int] = set()
        self.restart_interval = 0
        self.dnl_rows: int | None = None

    def run(self) -> JpegFile:
        if not looks_like_jpeg(self.data[:3]):
            raise SourceDamaged("the JPEG image does not begin with SOI and a marker")
        self.segments.append(Segment(SOI, 0, 2))
        self.at = 2
        while (segment := self._next_segment()).marker != EOI:
            self._take(segment)
        return self._finished(segment)

    def _finished(self, eoi: Segment) -> JpegFile:
        if self.frame is None or not self.scans:
            raise SourceDamaged("the JPEG image holds no picture: EOI comes before any scan")
        missing = {c.tq for c in self.frame.components} - self.quantization_tables
        if missing and self.frame.sof % 4 != 3:
            raise SourceDamaged(f"quantization table {min(missing)} is used but never defined")
        self.segments.append(eoi)
        return JpegFile(
            segments=tuple(self.segments),
            frame=self.frame,
            scans=tuple(self.scans),
            end=eoi.end,
            trailing=len(self.data) - eoi.end,
            dnl_rows=self.dnl_rows,
        )

    def _next_segment(self) -> Segment:
        data, at = self.data, self.at
        behind = behind_run(0xFF, data, at)
        if behind >= len(data):
            raise SourceDamaged("the file ends without EOI: it is truncated")
        if behind == at:
            raise SourceDamaged(f"there is no marker at byte {at}, where the next segment should begin")
        start, marker = behind - 1, data[behind]
        if marker == EOI:
            return Segment(EOI, start, start + 2)
        if marker in {0x00, TEM, SOI} or RST0 <= marker <= RST7:
            raise SourceDamaged(f"{marker_name(marker)} at byte {start} has no place between segments")
        length = int.from_bytes(data[start + 2 : start + 4], "big")
        end = start + 2 + length
        if end > len(data) or start + 4 > len(data):
            raise SourceDamaged(f"the {marker_name(marker)} segment at byte {start} runs past the end of the file")
        if length < 2:
            raise SourceDamaged(f"the {marker_name(marker)} segment at byte {start} states a length of {length}")
        return Segment(marker, start, end)

    def _take(self, segment: Segment) -> None:
        marker = segment.marker
        self.at = segment.end
        self.segments.append(segment)
        if marker == SOS:
            self._take_scan(segment)
        elif marker in SOF_MARKERS:
            if self.frame is not None:
                raise SourceDamaged(f"a second frame header ({segment.name}) stands at byte {segment.start}")
            self.frame = self._frame(segment)
        elif marker == DRI:
            self.restart_interval = self._exactly(segment, 2)
        elif marker == DNL:
            self._take_dnl(segment)
        elif marker == DQT:
            self._take_quantization_tables(segment)
        elif marker in {DHP, EXP}:
            what = f"{segment.name} at byte {segment.start} makes it a hierarchical JPEG, which is not read here"
            raise SourceDamaged(what, "rewrite it as a sequential JPEG")
        elif marker not in _TABLES_AND_MISCELLANY:
            raise SourceDamaged(f"unknown marker {segment.name} at byte {segment.start}")

    def _exactly(self, segment: Segment, length: int) -> int:
        payload = self.data[segment.payload]
        if len(payload) != length:
            raise SourceDamaged(f"the {segment.name} segment at byte {segment.start} has a wrong length")
        return int.from_bytes(payload, "big")

    def _take_dnl(self, segment: Segment) -> None:
        if self.frame is None or len(self.scans) != 1 or self.segments[-2].marker != SOS:
            raise SourceDamaged(f"DNL at byte {segment.start} does not follow the first scan")
        self.dnl_rows = self._exactly(segment, 2)
        if self.dnl_rows == 0 or self.frame.rows not in {0, self.dnl_rows}:
            what = f"DNL at byte {segment.start} states a height of {self.dnl_rows}"
            raise SourceDamaged(f"{what}, the frame header one of {self.frame.rows}")

    def _take_quantization_tables(self, segment: Segment) -> None:
        payload = self.data[segment.payload]
        at = 0
        while at < len(payload):
            width, table = 1 + (payload[at] >> 4), payload[at] & 15
            steps, at = range(at + 1, at + 1 + 64 * width, width), at + 1 + 64 * width
            if width > 2 or table > 3 or at > len(payload):
                raise SourceDamaged(f"the quantization table in DQT at byte {segment.start} is malformed")
            if not all(any(payload[step : step + width]) for step in steps):
                raise SourceDamaged(f"the quantization table in DQT at byte {segment.start} holds a zero")
            self.quantization_tables.add(table)

    def _frame(self, segment: Segment) -> Frame:
        payload = self.data[segment.payload]
        where = f"the frame header ({segment.name}) at byte {segment.start}"
        if len(payload) < 6 or len(payload) != 6 + 3 * payload[5] or payload[5] == 0:
            raise SourceDamaged(f"{where} has a wrong length")
        components = tuple(
            Component(payload[i], payload[i + 1] >> 4, payload[i + 1] & 15, payload[i + 2])
            for i in range(6, len(payload), 3)
        )
        if any(not (1 <= c.h <= 4 and 1 <= c.v <= 4 and c.tq <= 3) for c in components):
            raise SourceDamaged(f"{where} states sampling factors or tables that do not exist")
        if len({c.id for c in components}) != len(components):
            raise SourceDamaged(f"{where} uses one component identifier twice")
        frame = Frame(
            sof=segment.marker - SOF0,
            precision=payload[0],
            rows=int.from_bytes(payload[1:3], "big"),
            columns=int.from_bytes(payload[3:5], "big"),
            components=components,
        )
        if frame.columns == 0:
            raise SourceDamaged(f"{where} states a width of 0")
        return frame

    def _take_scan(self, header: Segment) -> None:
        payload = self.data[header.payload]
        where = f"the scan header at byte {header.start}"
        if self.frame is None:
            raise SourceDamaged(f"{where} comes before any frame header")
        count = payload[0] if payload else 0
        if not 1 <= count <= 4 or len(payload) != 4 + 2 * count:
            raise SourceDamaged(f"{where} has a wrong length")
        index_of = {c.id: i for i, c in enumerate(self.frame.components)}
        names = payload[1 : 1 + 2 * count : 2]
        if len(set(names)) != count or any(name not in index_of for name in names):
            raise SourceDamaged(f"{where} names a component that the frame header lacks")
        data_end = find_pair(_END_OF_SCAN, self.data, header.end)
        if data_end is None:
            raise SourceDamaged("the file ends within the picture, without EOI: it is truncated")
        while data_end > header.end and self.data[data_end - 1] == 0xFF:
            data_end -= 1
        self.scans.append(
            Scan(
                header=header,
                components=tuple(
                    ScanComponent(index_of[payload[i]], payload[i + 1] >> 4, payload[i + 1] & 15)
                    for i in range(1, 1 + 2 * count, 2)
                ),
                ss=payload[-3],
                se=payload[-2],
                ah=payload[-1] >> 4,
                al=payload[-1] & 15,
                data_start=header.end,
                data_end=data_end,
                restart_interval=self.restart_interval,
            )
        )
        self.at = data_end
