"""What dciodvfy gets to see of a damaged data set: it stops reading where we go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dicomize.checks.elements import Element, Item

if TYPE_CHECKING:
    from dicomize.checks.elements import Walked

_PIXEL_DATA: Final = 0x7FE00010
_SIZES: Final = {0x00280008: b" 0\0", 0x00280010: b"\0", 0x00280011: b"\0"}
"""NumberOfFrames, which is text, Rows and Columns, which are binary: the bytes that make a zero"""

LENGTH_TO_END: Final = 0x00080001
"""retired; it ends the data set where it says"""

_ENCAPSULATED: Final = frozenset(
    f"1.2.840.10008.1.2.{end}"
    for end in (
        *("5", "4.50", "4.51", "4.57", "4.70", "4.80", "4.81", "4.90", "4.91"),
        *("4.100", "4.101", "4.102", "4.103", "4.104", "4.105", "4.106"),
        *("4.110", "4.111", "4.112", "4.201", "4.202", "4.203"),
    )
)
"""the transfer syntaxes that it knows to be encapsulated"""


def as_dciodvfy_reads(walked: Walked) -> Item:
    """The data set up to where dciodvfy gives up, pixel data as it takes them."""
    elements: list[Element] = []
    last = max((element.tag for element in walked.meta.elements), default=-1)
    damaged = {problem.tag for problem in walked.problems}
    end = _end(walked)
    for element in walked.dataset.elements:
        if element.tag < last:
            break  # tags out of order
        last = element.tag
        if element.span[0] - element.header >= end:
            break
        if element.tag == _PIXEL_DATA:
            encapsulated = element.span[1] is None
            if _PIXEL_DATA in damaged or (encapsulated and walked.transfer_syntax not in _ENCAPSULATED):
                break
            if encapsulated and any(_is_zero(walked.dataset.get(tag)) for tag in _SIZES):
                element = element._replace(span=(element.span[0], 0))  # noqa: PLW2901 - no frame, nothing read
        elements.append(element)
    return Item(tuple(elements))


def _end(walked: Walked) -> float:
    """The byte up to which it reads."""
    told = walked.dataset.get(LENGTH_TO_END)
    if told is None or len(told.raw) != 4:
        return float("inf")
    return told.span[0] + 4 + int.from_bytes(told.raw, "little" if walked.little_endian else "big")


def _is_zero(element: Element | None) -> bool:
    return element is not None and bool(element.raw) and not element.raw.strip(_SIZES[element.tag])
