"""The encoding of a file: order, duplicates, lengths, damage (PS3.5 7).

dciodvfy gives up reading where a file is damaged, and judges what it has got by then: elements that it did not reach are
missing for it. To say what it says, the checks behind this one must see what it sees; `read_file` gives them that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import lt
from typing import Final, NamedTuple

from dicomize.checks.dictionary import is_private
from dicomize.checks.elements import Damage, Element, Item, Problem, Walked
from dicomize.checks.paths import SOURCE, Place, name_of, numbers, places, read_as, texts, whole
from dicomize.checks.profiles import Profile
from dicomize.checks.vr import SIZES
from dicomize.model import Finding, Severity

ENCAPSULATED: Final = r"1\.2\.840\.10008\.1\.2\.(5|4\.(5\d|6[0-6]|70|8[01]|9[01]|10[0-6]|11[012]|20[123]))"
"""the transfer syntaxes that dciodvfy knows as encapsulated: those of HEVC are not among them"""

_PIXEL_DATA: Final = 0x7FE00010
_BITS_ALLOCATED, _BITS_STORED, _HIGH_BIT, _PIXEL_REPRESENTATION = 0x00280100, 0x00280101, 0x00280102, 0x00280103
_TRANSFER_SYNTAX_UID = 0x00020010
_META_VERSION = 0x00020001
_LENGTH_TO_END = 0x00080001
_ODD_FRAGMENT = "EncapsulatedPixelDataFragmentNotEvenLength"


class Reading(NamedTuple):
    """What is left of a file after reading it, and what there was to say about that."""

    walked: Walked
    findings: tuple[Finding, ...]


def read_file(walked: Walked, profile: Profile) -> Reading:
    """The file as the profile reads it."""
    if profile is Profile.DCIODVFY:
        return _Reader(walked).read()
    return Reading(walked, tuple(_strictly(walked)))


# ---------------------------------------------------------------- the standard


def _strictly(walked: Walked) -> Iterator[Finding]:
    for problem in walked.problems:
        yield _damage(problem)
    if not walked.meta.elements and Damage.NO_META not in {problem.damage for problem in walked.problems}:
        message = "behind the prefix DICM there is no file meta information"
        yield Finding(Severity.ERROR, "meta", message, SOURCE, reference="PS3.10 7.1")
    version = walked.meta.get(_META_VERSION)
    if version is not None and version.raw != b"\0\1":
        message, path = f"the version is {version.raw[:8].hex()}, not 0001", f"/{name_of(_META_VERSION)}"
        yield Finding(Severity.ERROR, "meta", message, SOURCE, _META_VERSION, path, "PS3.10 7.1")
    for item in (walked.meta, walked.dataset):
        yield from _order(item, "/")
        for place in places(item, wanted=_is_uneven):
            yield from _lengths(place)
            for number, inner in enumerate(place.element.items, 1):
                yield from _order(inner, f"{place.path(number)}/")


def _damage(problem: Problem) -> Finding:
    kind = "encapsulation" if problem.damage in {Damage.FRAGMENT, Damage.UNENDED} else "encoding"
    message = f"at byte {problem.offset}: {problem.message}"
    path = f"/{name_of(problem.tag)}" if problem.tag is not None else ""
    return Finding(Severity.ERROR, kind, message, SOURCE, problem.tag, path, "PS3.5 7")


def _is_uneven(element: Element) -> bool:
    """Whether to look at its length, or at what it holds."""
    length = element.span[1]
    return bool(element.items) or bool(length and (length % 2 or length % SIZES.get(read_as(element), 1)))


def _order(item: Item, parent: str) -> Iterator[Finding]:
    tags = [element.tag for element in item.elements]
    if all(map(lt, tags, tags[1:])):
        return
    last = -1
    for element in item.elements:
        if element.tag <= last:
            how = "occurs twice" if element.tag == last else "is out of order"
            path = parent + name_of(element.tag)
            yield Finding(Severity.ERROR, "encoding", f"the element {how}", SOURCE, element.tag, path, "PS3.5 7.1")
        last = max(last, element.tag)


def _lengths(place: Place) -> Iterator[Finding]:
    length = place.element.span[1]
    if length is None:
        return
    if length % 2:
        yield place.finding(Severity.ERROR, "encoding", f"the value has the odd length {length}", "PS3.5 7.1.1")
    elif length % SIZES.get(place.VR, 1):
        message = f"{length} bytes are no whole number of values of VR {place.VR}"
        yield place.finding(Severity.ERROR, "encoding", message, TABLE_OF_LENGTHS)


TABLE_OF_LENGTHS: Final = "PS3.5 table 6.2-1"


# ---------------------------------------------------------------- dciodvfy


class _Stop(Exception):
    """Reading ends here."""


class _Reader:
    """Reads on as dciodvfy would, over what the walk found."""

    def __init__(self, walked: Walked) -> None:
        self.walked = walked
        self.little = walked.little_endian
        self.findings: list[Finding] = []
        self.failed = False
        self.past_end = {p.tag for p in walked.problems if p.damage is Damage.PAST_END}
        self.broken = {p.damage for p in walked.problems}

    def read(self) -> Reading:
        self._meta()
        meta, _ = self._elements(self.walked.meta, "/", top=True)
        last = max((element.tag for element in meta.elements), default=-1)
        dataset, _ = self._elements(self.walked.dataset, "/", top=True, last=last)
        representation = dataset.get(_PIXEL_REPRESENTATION)
        is_number = representation is not None and read_as(representation) in {"US", "SS"}
        if is_number and representation is not None and len(numbers(representation, self.little)) != 1:
            self._say("encoding", "Bad PixelRepresentation - not a US with a single value")
        self._left_over()
        if self.failed:
            self._say("encoding", "Dicom dataset read failed")
        return Reading(self.walked._replace(meta=meta, dataset=dataset), tuple(self.findings))

    def _say(
        self,
        kind: str,
        message: str,
        tag: int | None = None,
        parent: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        path = parent + name_of(tag) if parent is not None and tag is not None else ""
        self.findings.append(Finding(severity, kind, message, SOURCE, tag, path, "PS3.5 7"))

    def _fail(self, kind: str, message: str, tag: int | None = None, parent: str | None = None) -> None:
        self._say(kind, message, tag, parent)
        self.failed = True

    def _meta(self) -> None:
        meta = self.walked.meta
        if Damage.NO_META in self.broken:
            return
        syntax = meta.get(_TRANSFER_SYNTAX_UID)
        if syntax is None:
            self._fail("meta", "Metaheader present but doesn't contain Transfer Syntax UID")
        elif not texts(syntax):
            self._fail("meta", "Empty or missing TransferSyntaxUID in Meta Information Header")
        version = meta.get(_META_VERSION)
        if version is not None and version.raw != b"\0\1":
            message = "Bad FileMetaInformationVersion Attribute - wrong VR, length or not 0x00,0x01"
            self._say("meta", message, _META_VERSION, "/", Severity.WARNING)

    def _left_over(self) -> None:
        at = next((p for p in self.walked.problems if p.damage is Damage.LEFT_OVER), None)
        if at is not None and at.bytes_left < 4:
            self._say("encoding", "Tag read failed", severity=Severity.WARNING)
        elif at is not None:
            self._fail("encoding", "Value representation read failed")

    def _elements(self, item: Item, parent: str, *, top: bool, last: int = -1) -> tuple[Item, bool]:
        """The elements that are read, behind one with the tag `last`, and whether all of them were."""
        kept: list[Element] = []
        end: int | None = None
        try:
            for element in item.elements:
                if end is not None and element.span[0] - element.header >= end:
                    break
                self._in_order(element.tag, last)
                last = element.tag
                kept.append(self._element(element, parent))
                if element.tag == _LENGTH_TO_END and top and len(element.raw) == 4:
                    end = element.span[0] + 4 + (whole(element, self.little) or 0)
                if element.tag == _PIXEL_DATA:
                    self._pixels(element, kept, parent, top=top)
        except _Stop:
            return Item(tuple(kept)), False
        return Item(tuple(kept)), True

    def _in_order(self, tag: int, last: int) -> None:
        if tag < last:
            self._say("encoding", "Tags out of order - trailing garbage, wrong transfer syntax, or not valid DICOM")
            raise _Stop
        if tag == last:
            self._fail("encoding", "Tags out of order - same element occurs twice", tag)

    def _element(self, element: Element, parent: str) -> Element:
        tag, length = element.tag, element.span[1]
        if length is not None and length % 2:
            message = f"Bad Value Length - not a multiple of 2 - VL = <0x{length:x}> should be <0x{length + 1:x}>"
            self._fail("encoding", message, tag, parent)
        if element.items:
            return self._sequence(element, parent)
        if tag in self.past_end:
            pixels = tag == _PIXEL_DATA
            self._fail(
                "encoding", f"Seek failed - while reading {'unencapsulated Pixel Data' if pixels else 'a value'}"
            )
            raise _Stop
        size = SIZES.get(read_as(element), 1)
        if length is None or tag == _PIXEL_DATA or not length % size:
            return element
        message = f"Value length does not match value representation <{length} dec> - expected multiple of {size}"
        self._fail("encoding", message, tag, parent)
        return element._replace(raw=b"", span=(element.span[0], 0))

    def _sequence(self, element: Element, parent: str) -> Element:
        items = []
        for number, item in enumerate(element.items, 1):
            if element.VR == "UN" and element.span[1] is not None:
                for inner in item.elements:
                    if inner.VR:
                        message = "Incorrect Explicit VR inside fixed length sequence encoded as UN VR"
                        self._say("encoding", message, inner.tag)
            kept, whole = self._elements(item, f"{parent}{name_of(element.tag)}[{number}]/", top=False)
            items.append(kept)
            if not whole:
                self._fail("encoding", "Sequence item read failed")
                raise _Stop
        return element._replace(items=tuple(items))

    # ------------------------------------------------------------ PixelData

    def _pixels(self, element: Element, kept: list[Element], parent: str, *, top: bool) -> None:
        allocated = self._bits(kept, parent)
        encapsulated = re.fullmatch(ENCAPSULATED, self.walked.transfer_syntax) is not None
        if element.span[1] is None:
            if not encapsulated:
                kept.pop()
                message = (
                    "Undefined value length of other byte/word element is illegal in non-encapsulated transfer syntax"
                )
                self._fail("encoding", message)
                raise _Stop
            self._fragments(element)
            return
        if encapsulated and top:
            message = (
                "Specification of fixed value length for PixelData element in top level Dataset is illegal in "
                "encapsulated transfer syntax"
            )
            self._say("rule", message, _PIXEL_DATA, parent)
        if element.VR == "OB" and allocated > 8:
            message = f"Invalid Value Representation - VR = OB, Explicit VR, Bits Allocated = {allocated} exceeds 8"
            self._say("vr-wrong", message, _PIXEL_DATA, parent)

    def _fragments(self, element: Element) -> None:
        if any(length % 2 for _, length in element.fragments):
            self._say("encapsulation", _ODD_FRAGMENT, severity=Severity.WARNING)
        if Damage.UNENDED in self.broken:
            self._fail("encoding", "Tag read failed")
        elif Damage.FRAGMENT in self.broken:
            self._fail("encoding", "Seek failed - while skipping encapsulated data")

    def _bits(self, kept: list[Element], parent: str) -> int:
        """Check the bits as dciodvfy does, which takes 0 for something missing; gives the bits allocated."""
        allocated, stored, high = (self._bit(kept, tag) for tag in (_BITS_ALLOCATED, _BITS_STORED, _HIGH_BIT))
        allocated = allocated or ((stored - 1) // 8 + 1) * 8 or 16
        stored = stored or allocated
        high = high or stored - 1
        if high > stored - 1:
            message = f"Bad attribute value - <{high}> exceeds BitsStored {stored} - 1"
            self._say("pixel-bits", message, _HIGH_BIT, parent, Severity.WARNING)
        if high > allocated - 1:
            message = f"Bad attribute value - <{high}> exceeds BitsAllocated {allocated} - 1"
            self._say("pixel-bits", message, _HIGH_BIT, parent)
        if high < stored - 1:
            message = f"Bad attribute value - <{stored}> exceeds High Bit {high} + 1"
            self._say("pixel-bits", message, _BITS_STORED, parent)
        return allocated

    def _bit(self, kept: list[Element], tag: int) -> int:
        found = next((e for e in kept if e.tag == tag), None)
        return (whole(found, self.little) or 0) & 0xFFFF


def group_lengths(walked: Walked, profile: Profile) -> Iterator[Finding]:
    """Group lengths that are not (PS3.5 7.2, PS3.10 7.1)."""
    severity = Severity.WARNING if profile is Profile.DCIODVFY else Severity.ERROR
    elements = (*walked.meta.elements, *walked.dataset.elements)
    lengths = [at for at, element in enumerate(elements) if not element.tag & 0xFFFF]
    for at in reversed(lengths):
        element = elements[at]
        group = element.tag >> 16
        behind = next((later for later in elements[at + 1 :] if later.tag >> 16 != group), None)
        is_length = len(element.raw) == 4 and not is_private(element.tag)
        if not is_length or behind is None or behind.span[0] < element.span[0]:
            continue
        stated = int.from_bytes(element.raw, "little" if walked.little_endian or group == 2 else "big")
        actual = behind.span[0] - behind.header - element.span[0] - 4
        if stated != actual:
            message = f"Bad group length - Group 0x{group:x} specified as 0x{stated:x} actually 0x{actual:x}"
            path = "" if profile is Profile.DCIODVFY else f"/{name_of(element.tag)}"
            yield Finding(severity, "group-length", message, SOURCE, element.tag if path else None, path, "PS3.5 7.2")
