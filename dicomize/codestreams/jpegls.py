"""The markers of a JPEG-LS stream (ITU-T T.87)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from dicomize.octets import Octets, behind_run, find_pair

_SOI, _EOI, _SOS, _DNL, _COM, _SOF55, _LSE, _DRI = 0xD8, 0xD9, 0xDA, 0xDC, 0xFE, 0xF7, 0xF8, 0xDD
_APPS: Final = range(0xE0, 0xF0)
_TABLES: Final = frozenset({_DRI, _DNL, _COM, _LSE, *_APPS})
"""segments that may stand beside frame and scans: DRI, DNL, COM, LSE, APPn"""
_END_OF_SCAN: Final = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")
"""behind 0xFF the next byte of coded data begins with a 0 bit (T.87 A.1); RSTn belong to the data"""


class Damaged(Exception):
    """A stream that is not what T.87 says; the message is a clause."""


class JpegLs(NamedTuple):
    """What the markers of a stream say."""

    rows: int
    columns: int
    precision: int
    components: tuple[int, ...]
    scanned: frozenset[int]
    """components that scans have"""
    near: int
    """the largest difference that the coding allows: 0 is lossless"""
    extras: tuple[tuple[str, int, bytes], ...]
    """what is no part of the picture: segment, its length, how it begins"""
    end: int
    """offset behind EOI"""
    spans: tuple[tuple[int, int], ...]
    """where the extras are: offset, offset behind"""
    parameters: frozenset[int]
    """types of LSE segments: 1 thresholds, 2 and 3 mapping tables, 4 a large size (T.87 C.2.4.1)"""


def parse(data: Octets) -> JpegLs:
    """Read the markers of one JPEG-LS image.

    Raises:
        Damaged: the bytes are not one whole image.
    """
    return _Parser(data).run()


class _Parser:
    """State while walking the markers once, front to back."""

    def __init__(self, data: Octets) -> None:
        self.data, self.at = data, 2
        self.frame: tuple[int, int, int] | None = None
        """precision, rows, columns"""
        self.components: tuple[int, ...] = ()
        self.scanned: set[int] = set()
        self.near, self.rows, self.columns = 0, 0, 0
        self.extras: list[tuple[str, int, bytes]] = []
        self.spans: list[tuple[int, int]] = []
        self.parameters: set[int] = set()

    def run(self) -> JpegLs:
        if self.data[:2] != b"\xff\xd8":
            raise Damaged("it does not begin with SOI")
        while (marker := self._marker()) != _EOI:
            self._segment(marker)
        if self.frame is None:
            raise Damaged("it has no JPEG-LS frame header (SOF55)")
        missing = len(self.components) - len(self.scanned)
        if missing:
            raise Damaged(f"it ends without the scans of {missing} of its {len(self.components)} components")
        precision, rows, columns = self.frame
        rows, columns = rows or self.rows, columns or self.columns
        return JpegLs(
            rows,
            columns,
            precision,
            self.components,
            frozenset(self.scanned),
            self.near,
            tuple(self.extras),
            self.at,
            tuple(self.spans),
            frozenset(self.parameters),
        )

    def _marker(self) -> int:
        data = self.data
        start = self.at
        # the last 0xFF of a run is that of the marker
        self.at = max(start, behind_run(0xFF, data, start) - 1)
        if self.at + 2 > len(data):
            raise Damaged("it ends without EOI: it is truncated")
        if data[self.at] != 0xFF:
            raise Damaged(f"there is no marker at byte {start}, where the next segment should begin")
        self.at += 2
        return data[self.at - 1]

    def _segment(self, marker: int) -> None:
        start, length = self.at - 2, int.from_bytes(self.data[self.at : self.at + 2], "big")
        payload, end = self.data[self.at + 2 : self.at + length], self.at + length
        if length < 2 or end > len(self.data):
            raise Damaged(f"the segment at byte {start} runs past the end: it is truncated")
        self.at = end
        if marker == _SOF55:
            self._frame_header(payload)
        elif marker == _SOS:
            self._scan(payload)
        elif marker not in _TABLES:
            raise Damaged(f"marker 0xFF{marker:02X} at byte {start} has no place in JPEG-LS")
        elif marker in {_DNL, _DRI}:
            self._number(marker, payload)
        elif marker == _LSE:
            self._parameters(payload)
        elif marker in _APPS or marker == _COM:
            name = "COM" if marker == _COM else f"APP{marker - _APPS.start}"
            self.extras.append((name, length + 2, bytes(payload[:32])))
            self.spans.append((start, end))

    def _frame_header(self, payload: bytes) -> None:
        if self.frame is not None:
            raise Damaged("it has a second frame header")
        if len(payload) < 6 or len(payload) != 6 + 3 * payload[5] or not payload[5]:
            raise Damaged("its frame header has a wrong length")
        self.components = tuple(payload[6::3])
        if len(set(self.components)) != len(self.components):
            raise Damaged("its frame header names a component twice")
        self.frame = payload[0], int.from_bytes(payload[1:3], "big"), int.from_bytes(payload[3:5], "big")

    def _number(self, marker: int, payload: bytes) -> None:
        """Rows, or a restart interval: 2 to 4 bytes (T.87 C.2.5, C.2.7)."""
        if len(payload) not in range(2, 5):
            raise Damaged(f"the segment before byte {self.at} has a wrong length")
        if marker == _DNL:
            self.rows = int.from_bytes(payload, "big")

    def _parameters(self, payload: bytes) -> None:
        """Preset parameters (T.87 C.2.4.1): type 1 has five numbers, type 4 a size."""
        kind = payload[0] if payload else 0
        width = payload[1] if kind == 4 and len(payload) > 1 else 0
        if len(payload) != {1: 11, 4: 2 + 2 * width}.get(kind, len(payload)):
            raise Damaged(f"the parameters before byte {self.at} have a wrong length")
        self.parameters.add(kind)
        if kind == 4:
            self._oversize(payload)

    def _oversize(self, payload: bytes) -> None:
        """Rows and columns that do not fit into 16 bits (T.87 C.2.4.1.4)."""
        width = payload[1] if len(payload) > 1 else 0
        self.rows = int.from_bytes(payload[2 : 2 + width], "big")
        self.columns = int.from_bytes(payload[2 + width : 2 + 2 * width], "big")

    def _scan(self, payload: bytes) -> None:
        count = payload[0] if payload else 0
        names = payload[1 : 1 + 2 * count : 2]
        if len(payload) != 4 + 2 * count or not count or self.frame is None or not set(names) <= set(self.components):
            raise Damaged(f"the scan header before byte {self.at} does not fit its frame")
        self.scanned.update(names)
        self.near = max(self.near, payload[1 + 2 * count])
        end = find_pair(_END_OF_SCAN, self.data, self.at)
        if end is None:
            raise Damaged("it ends within the picture, without EOI: it is truncated")
        self.at = end
