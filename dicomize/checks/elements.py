"""A walk over the raw elements of a DICOM file: what is really encoded, damage and all (PS3.5 chapter 7, PS3.10 7.1).

pydicom mends what it reads; a checker must see what is there: the VR as written, the padding, the order, duplicates, the
lengths. Nothing is raised for damage. It becomes a Problem, and the walk goes on where it can.

An element of VR UN that the dictionary knows as a sequence is walked as one: implicit VR little endian inside (PS3.5
6.2.2), or explicit where a writer got that wrong.

Values longer than LONGEST_VALUE are not read, so that a picture does not have to fit into memory; `span` says where they
are.
"""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, Final, Literal

from dicomize.checks.dictionary import entry_of
from dicomize.checks.encoded import LONG_FORM, Damage, Element, Item, Problem, Walked

__all__ = ["LONGEST_VALUE", "Damage", "Element", "Item", "Problem", "Walked", "walk", "walk_bytes", "walk_stream"]

LONGEST_VALUE: Final = 1 << 20
"""bytes of a value that are read"""

_DEFLATED = "1.2.840.10008.1.2.1.99"
_IMPLICIT = "1.2.840.10008.1.2"
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_VRS: Final = LONG_FORM | {
    "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI",
    "UL", "US",
}  # fmt: skip
_BY_CODE: Final = {VR.encode("ascii"): VR for VR in _VRS}
_SHORT_BY_CODE: Final = {VR.encode("ascii"): VR for VR in _VRS - LONG_FORM}
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DELIMITERS: Final = frozenset({_ITEM, _ITEM_END, _SEQUENCE_END})
_PIXEL_DATA = 0x7FE00010
_GROUP_OF_PIXELS: Final = 0x7FE0
_TRANSFER_SYNTAX_UID = 0x00020010
_UNDEFINED = 0xFFFFFFFF
_UNSAID: Final = frozenset({"", "UN"})
"""what is written where the VR is not"""
_DEEPEST = 64
_LARGEST_INFLATED = 1 << 28
_MOST_ELEMENTS = 1 << 20
_MOST_PROBLEMS = 1000
_MOST_BYTES = 1 << 28
"""of values that are kept"""
_WINDOW: Final = 1 << 13
"""bytes read at once: most headers are shorter"""


def walk(path: Path) -> Walked:
    """Walk a file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return walk_stream(file)


def walk_bytes(data: bytes) -> Walked:
    """Walk a file that is in memory."""
    return walk_stream(io.BytesIO(data))


def walk_stream(file: BinaryIO) -> Walked:
    """Walk an open file from its beginning."""
    size = file.seek(0, 2)
    window = _Window(file)
    if window.read(0, 132)[128:] != b"DICM":
        return _without_meta(window, size)
    problems: list[Problem] = []
    meta_walk = _Walk(window, size, problems, little=True, explicit=True)
    meta, at = meta_walk.group_2(132)
    found = next((e.raw for e in meta if e.tag == _TRANSFER_SYNTAX_UID), b"")
    syntax = found.rstrip(b"\0 ").decode("ascii", "replace")
    little, explicit = syntax != _BIG_ENDIAN, syntax != _IMPLICIT
    if not meta:
        little, explicit = _guessed(window, at)
    if syntax == _DEFLATED:
        window, at, size = _inflated(file, at, problems)
    dataset = _Walk(window, size, problems, little=little, explicit=explicit).dataset(at)
    return Walked(Item(tuple(meta)), dataset, syntax, tuple(problems), little, explicit)


def _without_meta(file: _Window, size: int) -> Walked:
    problems = [Problem(Damage.NO_META, "there is no DICM prefix and no file meta information", 0)]
    little, explicit = _guessed(file, 0)
    dataset = _Walk(file, size, problems, little=little, explicit=explicit).dataset(0)
    return Walked(Item(()), dataset, "", tuple(problems), little, explicit)


def _guessed(file: _Window, at: int) -> tuple[bool, bool]:
    """How a data set is encoded of which nobody says it: whether little endian, whether explicit.

    It is explicit if its fifth and sixth byte are a VR, and big endian if its group is low only so.
    """
    head = file.read(at, 6)
    explicit = head[4:].decode("latin-1") in _VRS
    return int.from_bytes(head[:2], "little") <= int.from_bytes(head[:2], "big"), explicit


def _inflated(file: BinaryIO, at: int, problems: list[Problem]) -> tuple[_Window, int, int]:
    file.seek(at)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = inflate.decompress(file.read(), _LARGEST_INFLATED)
        if inflate.unconsumed_tail:
            message = f"of the deflated data set only the first {_LARGEST_INFLATED} bytes are read"
            problems.append(Problem(Damage.DEFLATED, message, at))
    except zlib.error as error:
        problems.append(Problem(Damage.DEFLATED, f"the deflated data set cannot be inflated: {error}", at))
        data = b""
    return _Window(io.BytesIO(data)), 0, len(data)


class _Window:
    """A file, of which a piece is kept, so that not every element costs a call of the system."""

    __slots__ = ("data", "file", "start")

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.start, self.data = file, 0, b""

    def read(self, at: int, count: int) -> bytes:
        """So many bytes at an offset, or those that there are."""
        begin = at - self.start
        found = self.data[begin : begin + count] if begin >= 0 else b""
        if len(found) == count:
            return found
        self.file.seek(at)
        if count > _WINDOW:
            return self.file.read(count)
        self.start, self.data = at, self.file.read(_WINDOW)
        return self.data[:count]


class _Walk:
    """One pass over one encoding."""

    def __init__(self, file: _Window, size: int, problems: list[Problem], *, little: bool, explicit: bool) -> None:
        self.file, self.size, self.problems = file, size, problems
        self._peek = file.read
        self.order: Literal["little", "big"] = "little" if little else "big"
        self.tag_struct = struct.Struct("<HH" if little else ">HH")
        self.short_struct = struct.Struct("<HH2sH" if little else ">HH2sH")
        self.explicit = explicit
        self.elements_left, self.bytes_left = _MOST_ELEMENTS, _MOST_BYTES

    def report(self, problem: Problem) -> None:
        """Note damage; a file of nothing else does not need a list of all of it."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(problem)

    def group_2(self, at: int) -> tuple[list[Element], int]:
        """The elements of group 0002, and the offset behind them."""
        elements: list[Element] = []
        while at + 8 <= self.size and (head := self._peek(at, 12))[:2] == b"\x02\x00":
            element, at = self._element(at, head, self.size, 0)
            elements.append(element)
        return elements, at

    def dataset(self, at: int) -> Item:
        elements, _ = self._elements(at, self.size, 0)
        return Item(tuple(elements))

    # ------------------------------------------------------------ reading

    def _number(self, raw: bytes) -> int:
        return int.from_bytes(raw, self.order)

    def _tag(self, raw: bytes) -> int:
        group, number = self.tag_struct.unpack_from(raw)
        tag: int = group << 16 | number
        return tag

    def _elements(self, at: int, end: int, depth: int) -> tuple[list[Element], int]:
        """Elements up to `end`, or up to the end of an item of undefined length."""
        elements: list[Element] = []
        while (at := self._common(at, end, elements)) < end:
            head = self._peek(at, 12)
            if len(head) < 8 or at + 8 > end:
                self.report(
                    Problem(
                        Damage.LEFT_OVER, f"{end - at} bytes are left over, too few for an element", at, None, end - at
                    )
                )
                return elements, end
            tag = self._tag(head)
            if tag in _DELIMITERS:
                if tag == _ITEM_END:
                    return elements, at + 8
                self.report(Problem(Damage.DELIMITER, "an item delimiter stands where an element should", at, tag))
                return elements, at if tag == _SEQUENCE_END else end
            if self.elements_left <= 0:
                self.report(Problem(Damage.TOO_MANY, f"there are more than {_MOST_ELEMENTS} elements", at))
                return elements, end
            self.elements_left -= 1
            element, at = self._element(at, head, end, depth)
            elements.append(element)
        return elements, at

    def _common(self, at: int, end: int, elements: list[Element]) -> int:
        """Adds what most elements are: of a short VR, undamaged, all of it in the window; gives the offset behind them."""
        data, start = self.file.data, self.file.start
        position, limit = at - start, min(end - start, len(data))
        if not self.explicit or position < 0 or self.bytes_left < limit or self.elements_left < limit:
            return at
        read, append, before = self.short_struct.unpack_from, elements.append, len(elements)
        while position + 8 <= limit:
            group, number, code, length = read(data, position)
            VR = _SHORT_BY_CODE.get(code)
            value, stop = position + 8, position + 8 + length
            if VR is None or group >= _GROUP_OF_PIXELS or stop > limit or length > LONGEST_VALUE:
                break
            append(Element(group << 16 | number, VR, data[value:stop], (start + value, length)))
            position = stop
        count = len(elements) - before
        self.elements_left -= count
        self.bytes_left -= start + position - at - 8 * count
        return start + position

    def _element(self, at: int, head: bytes, end: int, depth: int) -> tuple[Element, int]:
        tag = self._tag(head)
        VR, start, length = self._header(at, head, tag)
        if length == _UNDEFINED:
            return self._undefined(tag, VR, start, end, depth)
        stop = start + length
        if stop > end:
            what = "the file" if end == self.size else "its item"
            self.report(Problem(Damage.PAST_END, f"the value of {length} bytes runs past the end of {what}", at, tag))
            stop = max(start, end)
        if length and (VR == "SQ" or VR in _UNSAID) and self._is_sequence(tag, VR):
            if depth >= _DEEPEST:
                self._too_deep(start, tag)
                return Element(tag, VR, b"", (start, length)), stop
            inner = self._unknown(start, tag) if VR == "UN" else self
            return Element(tag, VR, b"", (start, length), inner.items(start, stop, depth)[0]), stop
        raw = b""
        size = stop - start
        if size <= LONGEST_VALUE and size <= self.bytes_left and tag != _PIXEL_DATA:
            raw = self._peek(start, size)
            self.bytes_left -= size
        return Element(tag, VR, raw, (start, length)), stop

    def _header(self, at: int, head: bytes, tag: int) -> tuple[str, int, int]:
        """VR, offset of the value, its length."""
        if not self.explicit:
            return "", at + 8, self._number(head[4:8])
        VR = _BY_CODE.get(head[4:6], "")
        if VR in LONG_FORM:
            return VR, at + 12, int.from_bytes(head[8:12], self.order)
        if not VR:
            VR = head[4:6].decode("latin-1")
            self.report(Problem(Damage.BAD_VR, f"{VR!r} is no value representation", at, tag))
        return VR, at + 8, int.from_bytes(head[6:8], self.order)

    def _is_sequence(self, tag: int, VR: str) -> bool:
        if VR == "SQ":
            return True
        entry = entry_of(tag)
        return entry is not None and entry.VR == "SQ"

    def _too_deep(self, at: int, tag: int) -> None:
        self.report(Problem(Damage.TOO_DEEP, f"sequences are nested deeper than {_DEEPEST}", at, tag))

    def _unknown(self, at: int, tag: int) -> _Walk:
        """The walk inside of a sequence of VR UN: implicit, unless its first element plainly has a VR."""
        first = self._peek(at + 8, 6)[4:].decode("latin-1")
        explicit = first in _VRS
        if explicit:
            self.report(
                Problem(Damage.EXPLICIT_IN_UN, "a sequence of VR UN holds elements with an explicit VR", at, tag)
            )
        inner = _Walk(self.file, self.size, self.problems, little=True, explicit=explicit)
        inner.elements_left, inner.bytes_left = self.elements_left, self.bytes_left
        return inner

    def _undefined(self, tag: int, VR: str, start: int, end: int, depth: int) -> tuple[Element, int]:
        if tag == _PIXEL_DATA or VR in {"OB", "OW"}:
            fragments, at = self._fragments(start, end, tag)
            return Element(tag, VR, b"", (start, None), (), fragments, self._starts(fragments)), at
        if depth >= _DEEPEST:
            self._too_deep(start, tag)
            return Element(tag, VR, b"", (start, None)), end
        if VR not in {"", "SQ", "UN"}:
            self.report(Problem(Damage.UNDEFINED_LENGTH, f"a value of VR {VR} has an undefined length", start, tag))
        inner = self._unknown(start, tag) if VR == "UN" else self
        items, at = inner.items(start, end, depth)
        return Element(tag, VR, b"", (start, None), items), at

    def items(self, at: int, end: int, depth: int) -> tuple[tuple[Item, ...], int]:
        """Items up to `end`, or up to a sequence delimitation item."""
        items: list[Item] = []
        while at + 8 <= end:
            head = self._peek(at, 8)
            tag, length = self._tag(head), self._number(head[4:])
            if tag == _SEQUENCE_END:
                return tuple(items), at + 8
            if tag != _ITEM:
                self.report(Problem(Damage.NO_ITEM, "a sequence holds something that is no item", at, tag))
                return tuple(items), end
            stop = end if length == _UNDEFINED else at + 8 + length
            if stop > end:
                self.report(
                    Problem(Damage.PAST_END, f"the item of {length} bytes runs past the end of its sequence", at)
                )
                stop = end
            elements, behind = self._elements(at + 8, stop, depth + 1)
            items.append(Item(tuple(elements), None if length == _UNDEFINED else length))
            self.elements_left -= 1
            if self.elements_left <= 0:
                return tuple(items), end
            at = behind if length == _UNDEFINED else stop
        return tuple(items), at

    def _starts(self, fragments: tuple[tuple[int, int], ...]) -> tuple[bytes, ...]:
        return tuple(
            self._peek(offset, min(length, 4 if number else 4 * _MOST_ELEMENTS))
            for number, (offset, length) in enumerate(fragments)
        )

    def _fragments(self, at: int, end: int, tag: int) -> tuple[tuple[tuple[int, int], ...], int]:
        fragments: list[tuple[int, int]] = []
        while at + 8 <= end:
            head = self._peek(at, 8)
            kind, length = self._tag(head), self._number(head[4:])
            if kind == _SEQUENCE_END:
                return tuple(fragments), at + 8
            if kind != _ITEM or at + 8 + length > end:
                self.report(Problem(Damage.FRAGMENT, "encapsulated pixel data holds a damaged fragment", at, tag))
                return tuple(fragments), end
            fragments.append((at + 8, length))
            at += 8 + length
            if len(fragments) > _MOST_ELEMENTS:
                self.report(Problem(Damage.TOO_MANY, f"there are more than {_MOST_ELEMENTS} fragments", at, tag))
                return tuple(fragments), end
        self.report(Problem(Damage.UNENDED, "encapsulated pixel data ends without a delimiter", at, tag))
        return tuple(fragments), at
