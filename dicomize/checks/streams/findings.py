"""How findings on the stored picture are written, and how those of many frames become few."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from pydicom.datadict import tag_for_keyword

from dicomize.model import Finding, Severity

SOURCE: Final = "dicomize"
_MOST_KINDS: Final = 100
_MOST_RANGES: Final = 8


def error(kind: str, keyword: str, message: str, reference: str) -> Finding:
    """What breaks the standard."""
    return _finding(Severity.ERROR, kind, keyword, message, reference)


def warning(kind: str, keyword: str, message: str, reference: str) -> Finding:
    """What somebody should look at."""
    return _finding(Severity.WARNING, kind, keyword, message, reference)


def _finding(severity: Severity, kind: str, keyword: str, message: str, reference: str) -> Finding:
    tag = tag_for_keyword(keyword)
    path = f"/{keyword}({tag >> 16:04x},{tag & 0xFFFF:04x})" if tag is not None else ""
    return Finding(severity, kind, message, SOURCE, tag, path, reference)


def numbered(frames: Iterable[tuple[int, Iterable[Finding]]], count: int) -> Iterator[Finding]:
    """Findings of the frames of a picture: what is said of several is said once, with their numbers unless it is all.

    Args:
        frames: number of a frame, counted from 1, and what there is to say of it.
        count: how many frames there are.
    """
    said: dict[Finding, list[range]] = {}
    for number, findings in frames:
        for finding in findings:
            if finding in said or len(said) < _MOST_KINDS:
                _add(said.setdefault(finding, []), number)
    for finding, numbers in said.items():
        where = f"{_spelled(numbers)}: " if sum(map(len, numbers)) < count else ""
        yield replace(finding, message=f"{where}{finding.message}")


def _add(ranges: list[range], number: int) -> None:
    if ranges and number in {ranges[-1].stop, ranges[-1].stop - 1}:
        ranges[-1] = range(ranges[-1].start, number + 1)
    else:
        ranges.append(range(number, number + 1))


def _spelled(ranges: list[range]) -> str:
    shown = [str(r.start) if len(r) == 1 else f"{r.start}-{r.stop - 1}" for r in ranges[:_MOST_RANGES]]
    more = sum(map(len, ranges[_MOST_RANGES:]))
    text = ", ".join(shown) + (f" and {more} more" if more else "")
    return f"frame {text}" if len(ranges) == 1 and len(ranges[0]) == 1 else f"frames {text}"
