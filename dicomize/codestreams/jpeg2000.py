"""The headers of a JPEG 2000 codestream (ITU-T T.800 annex A, T.814) and of a JP2 file around it (annex I)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from dicomize.codestreams.bytestream import Stream

_SOC, _SOT, _SOD, _EOC = 0xFF4F, 0xFF90, 0xFF93, 0xFFD9
_SIZ, _CAP, _COD, _COC, _TLM, _COM = 0xFF51, 0xFF50, 0xFF52, 0xFF53, 0xFF55, 0xFF64
_DECODING: Final = frozenset({_SIZ, _COD, _COC, 0xFF5C, 0xFF5D})
"""SIZ, COD, COC, QCD, QCC"""
_SIGNATURE: Final = b"\0\0\0\x0cjP  \r\n\x87\n"
_NEEDED: Final = frozenset({"jP  ", "ftyp", "jp2h", "jp2c"})
"""boxes of a JP2 file that are there for the picture"""
_MOST_BOXES: Final = 1000
_MOST_COMMENTS: Final = 100
_COMMENT: Final = 4096
"""bytes that are kept of a comment"""
_MOST_PARTS: Final = 1 << 20


class Damaged(Exception):
    """Bytes that are no whole codestream; the message is a clause."""


class Component(NamedTuple):
    """A component (T.800 A.5.1): bits of a sample, and how many columns and rows apart samples are."""

    bits: int
    signed: bool
    dx: int
    dy: int


class Coding(NamedTuple):
    """A coding style (T.800 A.6.1); the progression order and the colours are those of the whole picture."""

    progression: int
    component_transform: bool
    levels: int
    reversible: bool


class Codestream(NamedTuple):
    """What the headers say."""

    rows: int
    columns: int
    components: tuple[Component, ...]
    codings: tuple[Coding, ...]
    """that of the main header first, then others that tiles or components have"""
    high_throughput: bool
    tile_lengths: bool
    """whether there is a TLM segment"""
    comments: tuple[tuple[bytes, int], ...]
    """text, length of the segment"""
    end: int
    """offset behind EOC"""
    comment_spans: tuple[tuple[int, int], ...]
    """where all comments are: offset, offset behind"""
    first_tile: int
    """offset of the first tile-part"""
    last_tile: int
    """offset of the last tile-part"""
    others: tuple[Segment, ...] = ()
    """segments besides those that say how to decode every stream: SIZ, COD, COC, QCD, QCC"""


class Segment(NamedTuple):
    """A segment: its marker, where it is, and the offset of the tile-part that it belongs to; 0: of the main header."""

    marker: int
    start: int
    end: int
    tile_part: int


class File(NamedTuple):
    """A JP2 file: where its codestream begins, and the boxes that the picture does not need."""

    start: int
    extras: tuple[tuple[str, int], ...]


def codestream_of_file(stream: Stream) -> File | None:
    """Look through the boxes of a JP2 file; None where it is none.

    Raises:
        Damaged: it is one, without a codestream.
    """
    if stream.read(0, len(_SIGNATURE)) != _SIGNATURE:
        return None
    start, extras = -1, []
    for kind, at, header, length in _boxes(stream):
        if kind == "jp2c" and start < 0:
            start = at + header
        elif kind not in _NEEDED:
            extras.append((kind, length))
    if start < 0:
        raise Damaged("a JP2 file without a codestream")
    return File(start, tuple(extras))


def _boxes(stream: Stream) -> Iterator[tuple[str, int, int, int]]:
    """Type, offset, length of the header, and length of each box at the top level."""
    at = 0
    for _ in range(_MOST_BOXES):
        head = stream.read(at, 16)
        if len(head) < 8:
            return
        length, header = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(head[8:], "big"), 16
        elif length == 0:
            length = stream.size - at
        if length < header:
            return
        yield head[4:8].decode("latin-1"), at, header, length
        at += length


def parse(stream: Stream, start: int = 0) -> Codestream:
    """Read the main header, and the header of each tile-part; the coded data is leapt over.

    Raises:
        Damaged: this is no codestream, or not all of one.
    """
    return _Parser(stream, start).run()


class _Parser:
    """State while walking the markers once, front to back."""

    def __init__(self, stream: Stream, start: int) -> None:
        self.stream, self.at = stream, start
        self.size: tuple[int, int, int] = (0, 0, 0)
        """rows, columns, number of tiles"""
        self.components: tuple[Component, ...] = ()
        self.codings: list[Coding] = []
        self.comments: list[tuple[bytes, int]] = []
        self.comment_spans: list[tuple[int, int]] = []
        self.first_tile = self.tile_part = 0
        self.others: list[Segment] = []
        self.high_throughput = self.tile_lengths = False

    def run(self) -> Codestream:
        if self._number(2) != _SOC or self.stream.number(self.at, 2) != _SIZ:
            raise Damaged("it does not begin with SOC and SIZ")
        self._header(until=_SOT)
        self.first_tile = self.at - 2
        if not self.codings:
            raise Damaged("its main header has no COD")
        end = self._tile_parts()
        rows, columns, _ = self.size
        return Codestream(
            rows,
            columns,
            self.components,
            tuple(dict.fromkeys(self.codings)),
            self.high_throughput,
            self.tile_lengths,
            tuple(self.comments),
            end,
            tuple(self.comment_spans),
            self.first_tile,
            self.tile_part,
            tuple(self.others),
        )

    def _number(self, count: int) -> int:
        raw = self.stream.read(self.at, count)
        if len(raw) < count:
            raise Damaged("it ends without EOC: it is truncated")
        self.at += count
        return int.from_bytes(raw, "big")

    def _header(self, until: int) -> None:
        """The segments of a header; what follows it is the marker `until`."""
        while (marker := self._number(2)) != until:
            if not 0xFF01 <= marker <= 0xFFFE or marker in {_SOC, _SOT, _SOD, _EOC}:
                raise Damaged(f"0x{marker:04X} at byte {self.at - 2} has no place in a header")
            if 0xFF30 <= marker <= 0xFF3F:
                self._keep(marker, self.at - 2, self.at)
                continue  # these have no length (T.800 A.1)
            length = self._number(2)
            if length < 2 or self.at + length - 2 > self.stream.size:
                raise Damaged(f"the segment 0x{marker:04X} at byte {self.at - 4} runs past the end: it is truncated")
            self._segment(marker, length)
            self.at += length - 2

    def _segment(self, marker: int, length: int) -> None:
        if marker == _COM:
            self.comment_spans.append((self.at - 4, self.at + length - 2))
            self._keep(marker, self.at - 4, self.at + length - 2)
            if len(self.comments) < _MOST_COMMENTS:
                text = self.stream.read(self.at + 2, min(length - 4, _COMMENT))
                self.comments.append((text, length + 2))
            return
        if marker not in _DECODING:
            self._keep(marker, self.at - 4, self.at + length - 2)
        if marker not in {_SIZ, _CAP, _COD, _COC, _TLM}:
            return
        payload = self.stream.read(self.at, length - 2)
        if marker == _SIZ:
            self._size(payload)
        elif marker == _CAP:
            # Pcap 15 is bit 17 of 32, counted from the lowest (T.800 A.5.2, T.814 A.2)
            self.high_throughput = bool(int.from_bytes(payload[:4], "big") & 1 << 17)
        elif marker == _TLM:
            self.tile_lengths = True
        else:
            self._coding(marker, payload)

    def _keep(self, marker: int, start: int, end: int) -> None:
        if len(self.others) >= _MOST_PARTS:
            raise Damaged("it has more segments than any picture needs")
        self.others.append(Segment(marker, start, end, self.tile_part))

    def _size(self, payload: bytes) -> None:
        count = int.from_bytes(payload[34:36], "big")
        if self.components or not count or len(payload) != 36 + 3 * count:
            raise Damaged("its SIZ has a wrong length, or is not the only one")
        width, height, left, top, tile_width, tile_height, tile_left, tile_top = (
            int.from_bytes(payload[at : at + 4], "big") for at in range(2, 34, 4)
        )
        if not (left < width and top < height and tile_width and tile_height and tile_left <= left and tile_top <= top):
            raise Damaged("its SIZ describes no picture")
        tiles = -(-(width - tile_left) // tile_width) * -(-(height - tile_top) // tile_height)
        self.size = height - top, width - left, tiles
        self.components = tuple(
            Component((payload[at] & 127) + 1, payload[at] >= 128, payload[at + 1], payload[at + 2])
            for at in range(36, len(payload), 3)
        )

    def _coding(self, marker: int, payload: bytes) -> None:
        if marker == _COD:
            precincts = payload[5] + 1 if len(payload) > 5 and payload[0] & 1 else 0
            if len(payload) != 10 + precincts:
                raise Damaged("a COD has a wrong length")
            self.codings.append(Coding(payload[1], bool(payload[4] & 1), payload[5], payload[9] == 1))
            return
        style = payload[1 + (2 if len(self.components) > 256 else 1) :]
        first = payload[len(payload) - len(style) - 1 :][:1]
        precincts = style[0] + 1 if style and first and first[0] & 1 else 0
        if len(style) != 5 + precincts:
            raise Damaged("a COC has a wrong length")
        if self.codings:
            self.codings.append(self.codings[0]._replace(levels=style[0], reversible=style[4] == 1))

    def _tile_parts(self) -> int:
        """Leap from tile-part to tile-part; the offset behind EOC."""
        tiles: set[int] = set()
        for _ in range(_MOST_PARTS):
            start = self.tile_part = self.at - 2
            head = self.stream.read(self.at, 10)
            if len(head) < 10:
                raise Damaged("it ends without EOC: it is truncated")
            tile, length = int.from_bytes(head[2:4], "big"), int.from_bytes(head[4:8], "big")
            self.at += 10
            self._header(until=_SOD)
            tiles.add(tile)
            end = start + length if length else self._last_end()
            if end < self.at:
                raise Damaged(f"the tile-part at byte {start} states a length of {length}, less than its header has")
            if end > self.stream.size:
                raise Damaged(f"the tile-part at byte {start} is {end - self.stream.size} bytes short: it is truncated")
            self.at = end
            marker = self._number(2)
            if marker == _EOC:
                break
            if marker != _SOT:
                raise Damaged(f"neither a tile-part nor EOC is at byte {end}")
        missing = self.size[2] - len(tiles)
        if missing > 0:
            raise Damaged(f"{missing} of its {self.size[2]} tiles are missing")
        return self.at

    def _last_end(self) -> int:
        """The end of a tile-part that does not say how long it is: where EOC is."""
        at = self.at
        for chunk in self.stream.chunks(at):
            # coded data hold no marker (T.800 A.1), so the first EOC is the end; it may lie across two chunks
            if (found := (chunk + self.stream.read(at + len(chunk), 1)).find(b"\xff\xd9")) >= 0:
                return at + found
            at += len(chunk)
        raise Damaged("it ends without EOC: it is truncated")
