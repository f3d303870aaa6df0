"""One frame of RLE against the header (PS3.5 8.2.2, A.4.2 and Annex G)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from pydicom import Dataset

from dicomize.checks.streams.agreement import damage
from dicomize.checks.streams.findings import error
from dicomize.checks.streams.syntaxes import Syntax
from dicomize.codestreams.bytestream import Stream
from dicomize.model import Finding
from dicomize.pixeldata import number_of

HEADER: Final = 64
_MOST: Final = 15


def check_rle(dataset: Dataset, stream: Stream, syntax: Syntax) -> Iterator[Finding]:
    """Findings on one frame: its header of 64 bytes."""
    header = stream.read(0, HEADER)
    if len(header) < HEADER:
        yield damage(f"the frame has {len(header)} bytes, an RLE header has {HEADER}", syntax)
        return
    count, *offsets = (int.from_bytes(header[at : at + 4], "little") for at in range(0, HEADER, 4))
    clauses = list(faults(count, offsets, stream.size))
    for clause in clauses:
        yield error("stream", "PixelData", f"the RLE header is wrong: {clause}", "PS3.5 G.5")
    samples, bits = number_of(dataset, "SamplesPerPixel"), number_of(dataset, "BitsAllocated")
    if samples is None or bits is None or clauses:
        return
    wanted = samples * ((bits + 7) // 8)
    if count != wanted:
        message = f"the RLE stream has {count} segments, SamplesPerPixel and BitsAllocated make {wanted}"
        yield error("stream", "PixelData", message, "PS3.5 G.2")


def faults(count: int, offsets: list[int], size: int) -> Iterator[str]:
    """What is wrong with an RLE header, as clauses.

    Args:
        count: number of segments that it states.
        offsets: all 15 of them, as stated.
        size: bytes of the frame, header included.
    """
    if not 1 <= count <= _MOST:
        yield f"it states {count} segments"
        return
    used, unused = offsets[:count], offsets[count:]
    if used[0] != HEADER:
        yield f"the first segment is at byte {used[0]}, not {HEADER}"
    for number, (before, after) in enumerate(pairwise(used), 2):
        if after <= before:
            yield f"segment {number} is at byte {after}, not behind the one before it at byte {before}"
    beyond = next((number for number, at in enumerate(used, 1) if at >= size), 0)
    if beyond:
        yield f"segment {beyond} is at byte {used[beyond - 1]}, the frame ends at byte {size}: it is truncated"
    if any(unused):
        yield "offsets of segments that are not there are not 0"
