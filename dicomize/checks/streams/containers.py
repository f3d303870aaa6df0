"""Where a video is in its container: MPEG-2 transport stream (ISO/IEC 13818-1) or MP4 (ISO/IEC 14496-12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from dicomize.checks.streams.video import LONGEST_UNIT, Damaged
from dicomize.codestreams.bytestream import Stream

_SYNC: Final = 0x47
_PACKET: Final = 188
_PACKETS: Final = 4096
"""that are read at a time"""
_CODECS: Final = {0x01: "MPEG-1", 0x02: "MPEG-2", 0x1B: "AVC", 0x24: "HEVC"}
"""stream_type (13818-1 table 2-34)"""
_MOST_BOXES: Final = 10_000
_SAMPLE_ENTRIES: Final = {"avc1": "AVC", "avc3": "AVC", "hvc1": "HEVC", "hev1": "HEVC", "mp4v": "MPEG-2"}
_CONFIGURATIONS: Final = {"avcC": "AVC", "hvcC": "HEVC"}
_HOLDERS: Final = frozenset({"moov", "trak", "mdia", "minf", "stbl"})
_NEEDED: Final = frozenset(
    {"ftyp", "moov", "mdat", "free", "skip", "wide", "styp", "sidx", "moof", "mfra", "pdin", "iods"}
)
_TOP: Final = 8


class Box(NamedTuple):
    """A box of an MP4 file."""

    kind: str
    start: int
    """of its payload"""
    end: int


class Track(NamedTuple):
    """The video track of an MP4 file."""

    codec: str
    parameters: bytes
    """the first sequence parameter set, or nothing"""
    samples: int
    """0 where the file does not say"""


class Movie(NamedTuple):
    """An MP4 file."""

    track: Track
    extras: tuple[tuple[str, int, bytes], ...]
    """boxes that the video does not need: type, length, how they begin"""


def packet_size(stream: Stream) -> int:
    """188, or 192 with a time stamp before each packet; 0: no transport stream."""
    head = stream.read(0, 2 * 192)
    for size, at in ((_PACKET, 0), (192, 4)):
        if head[at : at + 1] == b"G" and (len(head) < size + at + 1 or head[size + at] == _SYNC):
            return size
    return 0


class Transport:
    """The video in a transport stream."""

    def __init__(self, stream: Stream, size: int) -> None:
        self.stream, self.size = stream, size
        self.codec = ""
        """known once some of it has been read"""
        self._map, self._video = -1, -1

    def chunks(self) -> Iterator[bytes]:
        """The elementary stream, piece by piece.

        Raises:
            Damaged: packets are missing, or not where they should be.
        """
        at = 0
        while block := self.stream.read(at, _PACKETS * self.size):
            parts = []
            for start in range(0, len(block) - self.size + 1, self.size):
                packet = block[start + self.size - _PACKET : start + self.size]
                if packet[0] != _SYNC:
                    raise Damaged(f"the transport stream has no packet at byte {at + start}")
                parts.append(self._payload(packet))
            left = len(block) % self.size
            if left > 1 or (left and block[-1]):
                raise Damaged(f"its last packet has {left} of {self.size} bytes: it is truncated")
            yield b"".join(parts)
            at += len(block)

    def _payload(self, packet: bytes) -> bytes:
        pid, begins, control = int.from_bytes(packet[1:3], "big") & 0x1FFF, packet[1] & 0x40, packet[3] >> 4 & 3
        at = 4 + (1 + packet[4] if control & 2 else 0)
        if not control & 1 or at >= _PACKET:
            return b""
        if pid == self._video:
            # a packet of the elementary stream begins with a header of its own (13818-1 2.4.3.6)
            return packet[at + 9 + packet[at + 8] :] if begins and at + 9 < _PACKET else packet[at:]
        if begins and pid in {0, self._map}:
            self._table(packet[at + 1 + packet[at] :], is_map=pid != 0)
        return b""

    def _table(self, section: bytes, *, is_map: bool) -> None:
        """A program association or a program map section (13818-1 2.4.4)."""
        end = min(3 + (int.from_bytes(section[1:3], "big") & 0xFFF) - 4, len(section))
        if not is_map:
            for at in range(8, end - 3, 4):
                if section[at : at + 2] != b"\0\0":
                    self._map = int.from_bytes(section[at + 2 : at + 4], "big") & 0x1FFF
                    return
        at = 12 + (int.from_bytes(section[10:12], "big") & 0xFFF)
        while is_map and self._video < 0 and at + 5 <= end:
            if section[at] in _CODECS:
                self.codec = _CODECS[section[at]]
                self._video = int.from_bytes(section[at + 1 : at + 3], "big") & 0x1FFF
            at += 5 + (int.from_bytes(section[at + 3 : at + 5], "big") & 0xFFF)


def is_mp4(stream: Stream) -> bool:
    """Whether it begins with the box that every MP4 file begins with."""
    return stream.read(4, 4) == b"ftyp"


def movie(stream: Stream) -> Movie:
    """Look through the boxes of an MP4 file.

    Raises:
        Damaged: it has no video, or not all of it.
    """
    top = list(_boxes(stream, 0, stream.size))
    moov = next((box for box in top if box.kind == "moov"), None)
    if moov is None:
        raise Damaged("the MP4 file has no moov box: it is truncated, or was never finished")
    inside = list(_boxes(stream, moov.start, moov.end))
    tracks = (_track(stream, box) for box in inside if box.kind == "trak")
    track = next((track for track in tracks if track is not None), None)
    if track is None:
        raise Damaged("the MP4 file has no video track")
    others = [box for box in top if box.kind not in _NEEDED] + [box for box in inside if box.kind in {"udta", "meta"}]
    extras = tuple((b.kind, b.end - b.start + _TOP, stream.read(b.start, min(b.end - b.start, 4096))) for b in others)
    return Movie(track, extras)


def _boxes(stream: Stream, at: int, end: int) -> Iterator[Box]:
    for _ in range(_MOST_BOXES):
        head = stream.read(at, 16)
        if at + 8 > end or len(head) < 8 or not any(head[4:8]):
            return
        length, header = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, header = int.from_bytes(head[8:], "big"), 16
        elif length == 0:
            length = end - at
        kind = head[4:8].decode("latin-1")
        if length < header or at + length > end:
            raise Damaged(f"the MP4 box {kind!r} at byte {at} runs past the end: it is truncated")
        yield Box(kind, at + header, at + length)
        at += length


def _track(stream: Stream, trak: Box) -> Track | None:
    """The track, if it is one of video."""
    leaves: dict[str, Box] = {}
    waiting = [trak]
    while waiting:
        holder = waiting.pop()
        for box in _boxes(stream, holder.start, holder.end):
            if box.kind in _HOLDERS:
                waiting.append(box)
            else:
                leaves.setdefault(box.kind, box)
    handler, entries, sizes = leaves.get("hdlr"), leaves.get("stsd"), leaves.get("stsz")
    if handler is None or entries is None or stream.read(handler.start + 8, 4) != b"vide":
        return None
    samples = stream.number(sizes.start + 8, 4) if sizes is not None else 0
    entry = next(_boxes(stream, entries.start + 8, entries.end), None)
    if entry is None:
        raise Damaged("the video track of the MP4 file has no sample entry")
    parameters = b""
    # what every visual sample entry has in front of its boxes is 78 bytes long (14496-12 12.1.3)
    for box in _boxes(stream, entry.start + 78, entry.end):
        if box.kind in _CONFIGURATIONS:
            record = stream.read(box.start, min(box.end - box.start, 4 * LONGEST_UNIT))
            parameters = _avc_set(record) if box.kind == "avcC" else _hevc_set(record)
    return Track(_SAMPLE_ENTRIES.get(entry.kind, entry.kind), parameters, samples)


def _avc_set(record: bytes) -> bytes:
    """The first sequence parameter set of an AVCDecoderConfigurationRecord (14496-15 5.3.3)."""
    return record[8 : 8 + int.from_bytes(record[6:8], "big")] if record[5:6] and record[5] & 31 else b""


def _hevc_set(record: bytes) -> bytes:
    """The first sequence parameter set of an HEVCDecoderConfigurationRecord (14496-15 8.3.3)."""
    at = 23
    for _ in range(record[22] if len(record) > 22 else 0):
        kind, count = record[at] & 63 if at < len(record) else 0, int.from_bytes(record[at + 1 : at + 3], "big")
        at += 3
        for _ in range(count):
            length = int.from_bytes(record[at : at + 2], "big")
            if kind == 33:
                return record[at + 2 : at + 2 + length]
            at += 2 + length
            if at > len(record):
                return b""
    return b""
