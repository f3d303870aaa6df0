"""The form of DCMTK's dcmdump, line for line: tag, VR, value, length, VM, name.

Where it departs: control characters are escaped, text is decoded by its character set, private attributes have no names,
and damage does not end it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final, Literal

from dicomize.checks.elements import Element, Item
from dicomize.dumping import names
from dicomize.dumping.charsets import decoder_of
from dicomize.dumping.opened import Opened
from dicomize.dumping.selecting import Selection, Steps
from dicomize.dumping.values import ENOUGH, ONE, TEXT, Encoded, multiplicity, shown

_WIDTH: Final = 40
"""bytes that a value takes at least"""
_SEQUENCE_END: Final = "SequenceDelimitationItem"
_ITEM_END: Final = "ItemDelimitationItem"


def lines(opened: Opened, selection: Selection) -> Iterator[str]:
    """The file as dcmdump prints it; of a selection, the lines alone."""
    walked = opened.walked
    dump = _Dump(opened, selection)
    if not selection.everything:
        yield from dump.selected(walked.meta, ())
        yield from dump.selected(walked.dataset, ())
        return
    yield from ("", "# Dicom-File-Format", "", "# Dicom-Meta-Information-Header")
    yield f"# Used TransferSyntax: {'Little Endian Explicit' if walked.meta.elements else 'Unknown Transfer Syntax'}"
    yield from dump.elements(walked.meta, "", "<")
    yield from ("", "# Dicom-Data-Set")
    used = names.used(walked.transfer_syntax, little=walked.little_endian, explicit=walked.explicit)
    yield f"# Used TransferSyntax: {_printable(used)}"
    yield from dump.elements(walked.dataset, "", dump.order)


class _Dump:
    """The lines of one file."""

    def __init__(self, opened: Opened, selection: Selection) -> None:
        self.opened, self.selection = opened, selection
        self.order: Literal["<", ">"] = "<" if opened.walked.little_endian else ">"
        self.decode = partial(decoder_of, opened.walked.dataset)

    def selected(self, item: Item, steps: Steps) -> Iterator[str]:
        """The elements that are wanted, wherever they are."""
        order = "<" if item is self.opened.walked.meta else self.order
        for element in item.elements:
            if self.selection.wants(element.tag, steps):
                yield from self.element(element, item, "", order)
                continue
            for number, inner in enumerate(element.items):
                yield from self.selected(inner, (*steps, (element.tag, number)))

    def elements(self, item: Item, indent: str, order: Literal["<", ">"]) -> Iterator[str]:
        for element in item.elements:
            yield from self.element(element, item, indent, order)

    def element(self, element: Element, item: Item, indent: str, order: Literal["<", ">"]) -> Iterator[str]:
        VR = self.opened.VR(element)
        name = names.attribute(element.tag)
        if element.fragments or (element.span[1] is None and VR in {"OB", "OW"}):
            yield from self.fragments(element, indent, name)
        elif VR == "SQ" or element.items:
            yield from self.sequence(element, indent, name)
        else:
            value = self.value(element, VR, item, order)
            count = 1 if VR in ONE or VR not in TEXT else self.backslashes(element, value)
            yield _line(indent, element.tag, VR or "??", shown(value), value.length, multiplicity(value, count), name)

    def value(self, element: Element, VR: str, item: Item, order: Literal["<", ">"]) -> Encoded:
        length = element.span[1] or 0
        return Encoded(VR, self.opened.read(element, ENOUGH), length, order, self.decode(item))

    def backslashes(self, element: Element, value: Encoded) -> int:
        whole = value.raw if len(value.raw) == value.length else self.opened.read(element, value.length)
        return value.decode(whole).count("\\")

    def sequence(self, element: Element, indent: str, name: str) -> Iterator[str]:
        length = element.span[1]
        kind = "undefined" if length is None else "explicit"
        text = f"(Sequence with {kind} length #={len(element.items)})"
        yield _line(indent, element.tag, "SQ", text, length, 1, name)
        inner = "<" if element.VR == "UN" else self.order
        for item in element.items:
            yield from self.item(item, indent + "  ", inner)
        end = _SEQUENCE_END if length is None else f"{_SEQUENCE_END} for re-encod."
        yield _line(indent, 0xFFFEE0DD, "na", f"({end})", 0, 0, _SEQUENCE_END)

    def item(self, item: Item, indent: str, order: Literal["<", ">"]) -> Iterator[str]:
        kind = "undefined" if item.length is None else "explicit"
        text = f"(Item with {kind} length #={len(item.elements)})"
        yield _line(indent, 0xFFFEE000, "na", text, item.length, 1, "Item")
        yield from self.elements(item, indent + "  ", order)
        end = _ITEM_END if item.length is None else f"{_ITEM_END} for re-encoding"
        yield _line(indent, 0xFFFEE00D, "na", f"({end})", 0, 0, _ITEM_END)

    def fragments(self, element: Element, indent: str, name: str) -> Iterator[str]:
        yield _line(indent, element.tag, "OB", f"(PixelSequence #={len(element.fragments)})", None, 1, name)
        for span in element.fragments:
            value = Encoded("OB", self.opened.piece(span, ENOUGH), span[1], "<", lambda _: "")
            yield _line(indent + "  ", 0xFFFEE000, "pi", shown(value), span[1], 1, "Item")
        yield _line(indent, 0xFFFEE0DD, "na", f"({_SEQUENCE_END})", 0, 0, _SEQUENCE_END)


def _line(  # noqa: PLR0913, PLR0917 - the fields of a line
    indent: str, tag: int, VR: str, value: str, length: int | None, VM: int, name: str
) -> str:
    visible = _printable(value)
    room = " " * max(0, _WIDTH - len(visible.encode("utf-8", "surrogateescape")))
    written = "u/l" if length is None else f"{length:>3}"
    head = f"{indent}({tag >> 16:04x},{tag & 0xFFFF:04x}) {_printable(VR)}"
    return f"{head} {visible}{room} # {written},{VM:>2} {name}"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
