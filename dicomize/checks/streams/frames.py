"""Which fragments are which frame (PS3.5 A.4, PS3.3 C.7.6.3.1.8)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO, Final, NamedTuple

from pydicom import Dataset

from dicomize.checks.streams.findings import error
from dicomize.checks.streams.syntaxes import Syntax
from dicomize.model import Finding
from dicomize.pixeldata import PixelElement, number_of, value_of

Spans = tuple[tuple[int, int], ...]

_STARTS: Final = {"jpeg": b"\xff\xd8", "jpegls": b"\xff\xd8", "jpeg2000": b"\xff\x4f"}
"""how a frame begins, where frames can be told apart"""


class Divided(NamedTuple):
    """The frames, in order, and what is wrong with their number."""

    frames: tuple[Spans, ...]
    findings: tuple[Finding, ...]


def offset_table(element: PixelElement, frames: int) -> Iterator[Finding]:
    """Findings on the Basic Offset Table and on fragments."""
    table = element.offset_table
    if not element.fragments:
        yield _packing("PixelData holds no fragment")
    if len(table) % 4 or (table and len(table) // 4 != frames):
        yield _packing(f"the offset table has {len(table)} bytes for {frames} frames")
        table = b""
    starts = _starts(element)
    for number, target in enumerate(_numbers(table, 4), 1):
        if target not in starts:
            yield _packing(f"the offset of frame {number}, {target}, leads to no fragment")
    for number, (_, length) in enumerate(element.fragments, 1):
        if length % 2:
            yield _packing(f"fragment {number} has the odd length {length}")


def _packing(message: str) -> Finding:
    return error("encapsulation", "PixelData", message, "PS3.5 A.4")


def _starts(element: PixelElement) -> dict[int, int]:
    """Offset of each fragment's item, counted from the first one -> its number, counted from 0."""
    first = element.fragments[0][0] if element.fragments else 0
    return {offset - first: number for number, (offset, _) in enumerate(element.fragments)}


def _numbers(raw: bytes, size: int) -> list[int]:
    return [int.from_bytes(raw[at : at + size], "little") for at in range(0, len(raw) - size + 1, size)]


def divide(file: BinaryIO, dataset: Dataset, element: PixelElement, syntax: Syntax) -> Divided:
    """Divide the fragments into frames: by a table, or by how frames begin."""
    fragments, frames = element.fragments, number_of(dataset, "NumberOfFrames") or 1
    if syntax.codec == "mpeg":
        return Divided((fragments,), tuple(_fragments_of_a_video(fragments, syntax)))
    if syntax.codec == "rle":
        wrong = (_count(len(fragments), frames, "PS3.5 A.4.2"),) if len(fragments) != frames else ()
        return Divided(_one_each(fragments), wrong)
    table = _table(dataset, element)
    if len(table) == frames and (by_table := _by_table(element, table)):
        return Divided(by_table, ())
    if len(fragments) == frames:
        return Divided(_one_each(fragments), ())
    by_start = _by_start(file, fragments, _STARTS[syntax.codec])
    return Divided(by_start, (_count(len(by_start), frames, "PS3.5 A.4"),) if len(by_start) != frames else ())


def _one_each(fragments: Spans) -> tuple[Spans, ...]:
    return tuple((span,) for span in fragments)


def _fragments_of_a_video(fragments: Spans, syntax: Syntax) -> Iterator[Finding]:
    if len(fragments) > 1 and not syntax.uid.endswith(".1"):
        yield error(
            "encapsulation",
            "PixelData",
            f"the video is in {len(fragments)} fragments, {syntax.name} has it in one",
            syntax.encapsulation,
        )


def _count(found: int, frames: int, reference: str) -> Finding:
    pictures = "1 picture" if found == 1 else f"{found} pictures"
    return error("frames", "NumberOfFrames", f"PixelData holds {pictures}, NumberOfFrames says {frames}", reference)


def _table(dataset: Dataset, element: PixelElement) -> list[int]:
    if element.offset_table:
        return _numbers(element.offset_table, 4)
    extended = value_of(dataset, "ExtendedOffsetTable")
    return _numbers(extended, 8) if isinstance(extended, bytes) else []


def _by_table(element: PixelElement, table: list[int]) -> tuple[Spans, ...]:
    """Empty where the table leads elsewhere, or is not in order."""
    starts = _starts(element)
    firsts = [starts.get(target, -1) for target in table]
    if -1 in firsts or firsts[:1] != [0] or any(a >= b for a, b in pairwise(firsts)):
        return ()
    return tuple(element.fragments[a:b] for a, b in zip(firsts, [*firsts[1:], None], strict=True))


def _by_start(file: BinaryIO, fragments: Spans, start: bytes) -> tuple[Spans, ...]:
    """A frame begins with a fragment that begins as a frame does; the first one may be damaged and is one all the same."""
    frames: list[list[tuple[int, int]]] = []
    for span in fragments:
        file.seek(span[0])
        if not frames or file.read(len(start)) == start[: span[1]]:
            frames.append([span])
        else:
            frames[-1].append(span)
    return tuple(map(tuple, frames))
