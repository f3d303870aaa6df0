"""Two instances: their attributes, nested and private ones included, and their pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from dicomize.checks.dictionary import is_creator, is_private
from dicomize.checks.elements import Element, Item, Walked, walk
from dicomize.checks.paths import name_of, read_as, texts
from dicomize.comparing.ignoring import NOTHING, Ignored
from dicomize.comparing.model import Difference, DifferenceKind, InstanceComparison
from dicomize.comparing.pixels import compare_pixels
from dicomize.comparing.values import Setting, for_people, setting, side_by_side, values
from dicomize.errors import SourceUnreadable, SourceUnsupported
from dicomize.publish import sha256_of

_PIXEL_DATA: Final = 0x7FE00010
_NOT_COMPARED: Final = frozenset({0x00020000, 0x00020001, _PIXEL_DATA, 0xFFFCFFFC})
"""group length and version of the file meta information, the picture (pixels.py), padding behind the data set"""

_Key: TypeAlias = tuple[int, str]
"""a tag; of a private element that without its block, and its creator (PS3.5 7.8.1)"""
_Found: TypeAlias = tuple[tuple[int, ...], Difference]
"""tags that lead to an element, and how it differs"""


def compare_instances(
    left: Path, right: Path, ignore: Ignored = NOTHING, picture: Path | None = None
) -> InstanceComparison:
    """Compare two DICOM files.

    Args:
        ignore: what may differ without that counting.
        picture: where to write a PNG of how the pictures differ; of several frames the worst.

    Raises:
        SourceUnreadable: one cannot be read.
        SourceUnsupported: one is no DICOM file.
        ToolMissing: a picture is asked for, and numpy is not installed.
        DestinationError: the picture cannot be written.
    """
    sides = _walked(left), _walked(right)
    found = list(_attributes(left, right, sides))
    counting: list[Difference] = []
    put_aside: list[Difference] = []
    for path, difference in found:
        (put_aside if ignore.covers(path, difference.VR) else counting).append(difference)
    pixels_count = not ignore.covers((_PIXEL_DATA,), ("OW",))
    return InstanceComparison(
        left=left,
        right=right,
        identical_files=sha256_of(left) == sha256_of(right),
        differences=tuple(counting),
        ignored=tuple(put_aside),
        pixels=compare_pixels(left, right, picture) if pixels_count else None,
        problems=tuple(_problems(sides)),
    )


def _walked(path: Path) -> Walked:
    try:
        with path.open("rb") as file:
            if file.read(132)[128:] != b"DICM":
                raise SourceUnsupported(f"{path} is no DICOM file: it has no DICM prefix", "name two DICOM files")
        return walk(path)
    except FileNotFoundError:
        raise SourceUnreadable(f"{path} does not exist", "check the name") from None
    except IsADirectoryError:
        raise SourceUnreadable(f"{path} is a folder", "name a DICOM file") from None
    except OSError as error:
        raise SourceUnreadable(f"{path} cannot be read: {error.strerror or error}") from None


def _problems(sides: tuple[Walked, Walked]) -> Iterator[str]:
    """The first damage of each file."""
    for name, side in zip(("left", "right"), sides, strict=True):
        if side.problems:
            yield f"the {name} one is damaged: {side.problems[0].message}"


def _attributes(left: Path, right: Path, sides: tuple[Walked, Walked]) -> Iterator[_Found]:
    one, other = sides
    # the file meta information is always little endian (PS3.10 7.1)
    metas = setting(left, little_endian=True), setting(right, little_endian=True)
    yield from _compared(_Side(one.meta, metas[0]), _Side(other.meta, metas[1]), "/", ())
    mains = setting(left, little_endian=one.little_endian), setting(right, little_endian=other.little_endian)
    yield from _compared(_Side(one.dataset, mains[0]), _Side(other.dataset, mains[1]), "/", ())


class _Side(NamedTuple):
    """One data set of two."""

    item: Item
    setting: Setting

    @property
    def inner(self) -> Setting:
        return self.setting.inside(self.item)


def _compared(left: _Side, right: _Side, parent: str, path: tuple[int, ...]) -> Iterator[_Found]:
    mine, theirs = _keyed(left.item), _keyed(right.item)
    settings = left.inner, right.inner
    for key in sorted({*mine, *theirs}):
        one, other = mine.get(key), theirs.get(key)
        element = one or other
        if element is None or element.tag in _NOT_COMPARED:
            continue
        here, place = (*path, element.tag), parent + name_of(element.tag)
        if one is None or other is None:
            yield here, _alone(one, other, place, settings)
        elif one.items or other.items:
            yield from _sequences((one, other), settings, place, here)
        else:
            difference = _unequal(one, other, place, settings)
            if difference is not None:
                yield here, difference


def _keyed(item: Item) -> dict[_Key, Element]:
    """The elements, the first of each tag, by keys that do not depend on which block a private creator was given."""
    creators = {e.tag & 0xFFFF00FF: (texts(e) or [""])[0] for e in item.elements if is_creator(e.tag)}
    found: dict[_Key, Element] = {}
    for element in item.elements:
        tag, creator = element.tag, ""
        if is_creator(tag):
            tag, creator = tag & 0xFFFF0000, creators[tag & 0xFFFF00FF]
        elif is_private(tag):
            creator = creators.get(tag & 0xFFFF0000 | tag >> 8 & 0xFF, "")
            tag = tag & 0xFFFF00FF | 0x100 if creator else tag
        found.setdefault((tag, creator), element)
    return found


def _alone(one: Element | None, other: Element | None, place: str, settings: tuple[Setting, Setting]) -> Difference:
    """An element that only one side has."""
    element, where = (one, settings[0]) if one is not None else (other, settings[1])
    if element is None:
        raise AssertionError("one of the two is there")
    VR = read_as(element)
    text = _shown(element, VR, where)
    if one is not None:
        return Difference(DifferenceKind.ONLY_LEFT, place, element.tag, (VR, ""), text, "absent")
    return Difference(DifferenceKind.ONLY_RIGHT, place, element.tag, ("", VR), "absent", text)


def _shown(element: Element, VR: str, where: Setting) -> str:
    if element.items or VR == "SQ":
        return _count(element)
    return for_people(values(element, VR, where))


def _count(element: Element) -> str:
    number = len(element.items)
    return f"{number} item{'' if number == 1 else 's'}" if number else "empty"


def _sequences(
    pair: tuple[Element, Element], settings: tuple[Setting, Setting], place: str, path: tuple[int, ...]
) -> Iterator[_Found]:
    one, other = pair
    if len(one.items) != len(other.items):
        yield path, Difference(DifferenceKind.ITEMS, place, one.tag, ("SQ", "SQ"), _count(one), _count(other))
    for number, (mine, theirs) in enumerate(zip(one.items, other.items, strict=False), 1):
        yield from _compared(_Side(mine, settings[0]), _Side(theirs, settings[1]), f"{place}[{number}]/", path)


def _unequal(one: Element, other: Element, place: str, settings: tuple[Setting, Setting]) -> Difference | None:
    VRs = read_as(one), read_as(other)
    mine, theirs = values(one, VRs[0], settings[0]), values(other, VRs[1], settings[1])
    # where the VR is not written, or is UN, the other side's word on it is as good
    if "UN" in VRs and VRs[0] != VRs[1] and mine != theirs:
        known = VRs[0] if VRs[1] == "UN" else VRs[1]
        mine, theirs = values(one, known, settings[0]), values(other, known, settings[1])
    if mine != theirs:
        kind = DifferenceKind.VALUE
    elif VRs[0] != VRs[1] and one.VR and other.VR:
        kind = DifferenceKind.VR
    else:
        return None
    return Difference(kind, place, one.tag, VRs, *side_by_side(mine, theirs))
