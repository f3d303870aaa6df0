"""What a video stream says of itself: MPEG-2 (ISO/IEC 13818-2), AVC (ITU-T H.264), HEVC (ITU-T H.265)."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from typing import Final, NamedTuple

LONGEST_UNIT: Final = 2048
"""bytes of a unit that are looked at"""
_START: Final = re.compile(rb"\x00\x00\x01")


class Damaged(Exception):
    """Bytes that are no such stream; the message is a clause."""


class Video(NamedTuple):
    """The first sequence header of a stream."""

    codec: str
    """MPEG-2, AVC, HEVC"""
    rows: int
    columns: int
    bits: int
    chroma: int
    """chroma_format_idc: 1 is 4:2:0"""
    profile: int
    """profile_idc; of MPEG-2 profile_and_level_indication"""
    level: int
    interlaced: bool
    """AVC: pictures may be fields, so that pictures that are coded are not frames"""


def units(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What follows each start code, up to LONGEST_UNIT bytes of it and whatever comes behind."""
    buffer = b""
    for chunk in chunks:
        buffer += chunk
        done = yield from _units(buffer, len(buffer) - LONGEST_UNIT)
        buffer = buffer[done:]
    yield from _units(buffer, len(buffer))


def _units(buffer: bytes, limit: int) -> Generator[bytes, None, int]:
    """Those that begin before the limit; returns how many bytes are done with."""
    for found in _START.finditer(buffer):
        if found.end() > limit:
            return found.start()
        yield buffer[found.end() : found.end() + LONGEST_UNIT]
    return max(0, len(buffer) - 2)


class Bits:
    """Bits of a raw byte sequence payload, most significant first; zeros behind its end."""

    def __init__(self, data: bytes) -> None:
        # an encoder puts a 3 behind two zeros, so that no start code appears (H.264 7.4.1)
        data = data.replace(b"\0\0\3", b"\0\0")
        self._bits, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def read(self, count: int) -> int:
        """The next `count` bits as a number."""
        self._left -= count
        if self._left < 0:
            raise Damaged("a sequence header is cut short")
        return self._bits >> self._left & (1 << count) - 1

    def skip(self, count: int) -> None:
        """Leave bits out."""
        self.read(count)

    def ue(self) -> int:
        """An Exp-Golomb code (H.264 9.1)."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 32:
                raise Damaged("a sequence header holds a code that is none")
        return (1 << zeros) - 1 + self.read(zeros)


def mpeg2(sequence: bytes, extension: bytes | None) -> Video:
    """A sequence header with its extension (13818-2 6.2.2), both without their start codes; MPEG-1 has none."""
    bits = Bits(sequence[:8])
    columns, rows = bits.read(12), bits.read(12)
    if extension is None:
        return Video("MPEG-1", rows, columns, 8, 1, 0, 0, interlaced=False)
    bits = Bits(extension[:6])
    bits.skip(4)
    profile = bits.read(8)
    bits.skip(1)
    chroma = bits.read(2)
    columns |= bits.read(2) << 12
    rows |= bits.read(2) << 12
    return Video("MPEG-2", rows, columns, 8, chroma, profile, 0, interlaced=False)


_HIGH_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


def avc(unit: bytes) -> Video:
    """A sequence parameter set (H.264 7.3.2.1.1), its NAL unit header included."""
    bits = Bits(unit[1:LONGEST_UNIT])
    profile = bits.read(8)
    bits.skip(8)
    level = bits.read(8)
    bits.ue()
    chroma, depth = 1, 8
    if profile in _HIGH_PROFILES:
        chroma = bits.ue()
        if chroma == 3:
            bits.skip(1)
        depth = 8 + max(bits.ue(), bits.ue())
        bits.skip(1)
        if bits.read(1):
            _scaling_lists(bits, 12 if chroma == 3 else 8)
    bits.ue()
    order = bits.ue()
    if order == 0:
        bits.ue()
    elif order == 1:
        bits.skip(1)
        for _ in range(2):
            bits.ue()
        for _ in range(_few(bits.ue())):
            bits.ue()
    bits.ue()
    bits.skip(1)
    columns, rows = 16 * (bits.ue() + 1), 16 * (bits.ue() + 1)
    frames_only = bits.read(1)
    rows *= 2 - frames_only
    bits.skip(1 if frames_only else 2)
    if bits.read(1):
        left, right, top, bottom = (bits.ue() for _ in range(4))
        columns -= (left + right) * (2 if chroma in {1, 2} else 1)
        rows -= (top + bottom) * (2 if chroma == 1 else 1) * (2 - frames_only)
    return Video("AVC", rows, columns, depth, chroma, profile, level, interlaced=not frames_only)


def _scaling_lists(bits: Bits, count: int) -> None:
    for number in range(count):
        if not bits.read(1):
            continue
        last = following = 8
        for _ in range(16 if number < 6 else 64):
            if following:
                code = bits.ue()
                following = (last + (-(code // 2) if code % 2 == 0 else code // 2 + 1)) % 256
            last = following or last


def _few(count: int) -> int:
    if count > 255:
        raise Damaged("a sequence header holds a number that is none")
    return count


def hevc(unit: bytes) -> Video:
    """A sequence parameter set (H.265 7.3.2.2), its NAL unit header included."""
    bits = Bits(unit[2:LONGEST_UNIT])
    bits.skip(4)
    sublayers = bits.read(3)
    bits.skip(1)
    profile, level = _profile_tier_level(bits, sublayers)
    bits.ue()
    chroma = bits.ue()
    if chroma == 3:
        bits.skip(1)
    columns, rows = bits.ue(), bits.ue()
    if bits.read(1):
        left, right, top, bottom = (bits.ue() for _ in range(4))
        columns -= (left + right) * (2 if chroma in {1, 2} else 1)
        rows -= (top + bottom) * (2 if chroma == 1 else 1)
    depth = 8 + max(bits.ue(), bits.ue())
    return Video("HEVC", rows, columns, depth, chroma, profile, level, interlaced=False)


def _profile_tier_level(bits: Bits, sublayers: int) -> tuple[int, int]:
    """General profile and level (H.265 7.3.3)."""
    bits.skip(3)
    profile = bits.read(5)
    bits.skip(32 + 48)
    level = bits.read(8)
    present = [(bits.read(1), bits.read(1)) for _ in range(sublayers)]
    if sublayers:
        bits.skip(2 * (8 - sublayers))
    for has_profile, has_level in present:
        bits.skip(88 * has_profile + 8 * has_level)
    return profile, level
