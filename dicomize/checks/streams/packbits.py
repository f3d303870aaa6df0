"""The bytes that an RLE frame gives, counted (PS3.5 G.3)."""

from __future__ import annotations

from dicomize.checks.streams.rle import HEADER


def wrong_segment(frame: bytes, expected: int) -> str:
    """A clause on the first segment that does not give the bytes it should; an empty string where all do.

    Args:
        frame: a frame whose header is sound.
        expected: bytes of each segment, decoded: rows times columns.
    """
    count, *offsets = (int.from_bytes(frame[at : at + 4], "little") for at in range(0, HEADER, 4))
    ends = [*offsets[1:count], len(frame)]
    for number, (start, end) in enumerate(zip(offsets[:count], ends, strict=True), 1):
        given = decoded_length(frame[start:end])
        if given != expected:
            return f"segment {number} gives {given} bytes of {expected}"
    return ""


def decoded_length(segment: bytes) -> int:
    """Bytes that a segment gives; what its end cuts off does not count."""
    at, given, length = 0, 0, len(segment)
    while at < length:
        code = segment[at]
        if code < 128:
            given += min(code + 1, length - at - 1)
            at += code + 2
        else:
            if code > 128 and at + 1 < length:
                given += 257 - code
            at += 2 if code > 128 else 1
    return given
