"""Attribute keys as people write them.

All four spellings name the same thing and may be mixed:

    PatientName                        a keyword of PS3.6
    0010,0010   (0010,0010)            DCMTK's tag
    (0008,1111)[0].PatientID           DCMTK's path: items count from 0, the next one is made
    00400275.00400009                  dcm4che's path: the first item is meant
"""

from __future__ import annotations

import re

from pydicom.datadict import dictionary_VM, dictionary_VR, keyword_for_tag, repeater_has_tag, tag_for_keyword
from pydicom.datadict import keyword_dict as keywords

from dicomize.errors import MetadataError
from dicomize.records import dataclass

_COMPONENT = re.compile(
    r"""(?: \( (?P<paren>[0-9A-Fa-f]{4},[0-9A-Fa-f]{4}) \)
          | (?P<comma>[0-9A-Fa-f]{4},[0-9A-Fa-f]{4})
          | (?P<plain>[0-9A-Fa-f]{8}) (?![A-Za-z0-9])
          | (?P<keyword>[A-Za-z][A-Za-z0-9]*) )
        (?: \[ (?P<item>[0-9]{1,4}) \] )?""",
    re.VERBOSE,
)
DEEPEST = 16
"""sequences in each other; real data sets have a handful"""

DECIDED_BY_THE_PICTURE = frozenset(
    {
        0x00280002, 0x00280003, 0x00280004, 0x00280005, 0x00280006, 0x00280008, 0x00280009, 0x0028000A, 0x00280010,
        0x00280011, 0x00280012, 0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x00280106, 0x00280107,
        0x00281101, 0x00281102, 0x00281103, 0x00281111, 0x00281112, 0x00281113, 0x00281199, 0x00281201, 0x00281202,
        0x00281203, 0x00281211, 0x00281212, 0x00281213, 0x00281214, 0x00281221, 0x00281222, 0x00281223, 0x00281224,
        0x00282000, 0x00282110, 0x00282112, 0x00282114,
    }
)  # fmt: skip
"""Image Pixel, multi-frame, palette, ICC and lossy compression attributes: stating them otherwise than the picture
does would be a lie."""
_LOSS = frozenset({0x00282110, 0x00282112, 0x00282114})
"""what nobody but a person knows of a file that is lossless itself; of others the picture says it (planning)"""
_PIXEL_DATA_GROUP = 0x7FE0
_SOP_CLASS_UID = 0x00080016
_SPECIFIC_CHARACTER_SET = 0x00080005
_LENGTH_TO_END = 0x00080001


@dataclass(frozen=True, slots=True)
class KeyPath:
    """Sequences with item numbers (from 0) that lead to an attribute, and its tag."""

    items: tuple[tuple[int, int], ...]
    tag: int

    @property
    def keyword(self) -> str:
        return keyword_for_tag(self.tag)


def parse_key(text: str) -> KeyPath:
    """The path that a key names.

    Raises:
        MetadataError: it is malformed, unknown, private, or not the user's to set.
    """
    *sequences, (tag, item) = _split(text)
    path = KeyPath(tuple((sequence, number or 0) for sequence, number in sequences), tag)
    if item is not None:
        raise MetadataError(
            f"the key {_shown(text)} ends with an item number", "name an attribute of the item behind it"
        )
    if len(path.items) > DEEPEST:
        raise MetadataError(f"the key {_shown(text)} goes through {len(path.items)} sequences", f"{DEEPEST} are enough")
    for sequence, _ in path.items:
        if dictionary_VR(sequence) != "SQ":
            raise MetadataError(f"{name_of(sequence)} in the key {_shown(text)} is no sequence, so it has no items")
    for each in (*(sequence for sequence, _ in path.items), tag):
        if why := outsider(each):
            raise MetadataError(why, "leave it out")
    _check_settable(path)
    return path


def parse_tag(keyword: str, text: str) -> int:
    """The tag that the value of an attribute with VR AT names, as a keyword or as a number.

    Raises:
        MetadataError: it names none.
    """
    match = _COMPONENT.fullmatch(text)
    if match is None or match["item"]:
        raise MetadataError(f"{keyword}={_shown(text)} is no tag", "write a keyword, or a number such as 0010,0010")
    number = match["paren"] or match["comma"] or match["plain"]
    return int(number.replace(",", ""), 16) if number else _tag_of(match["keyword"], f"{keyword}={_shown(text)}")


def vm_of(tag: int) -> str:
    """Value multiplicity of a known tag, as PS3.6 prints it."""
    return dictionary_VM(tag)


def vr_of(tag: int) -> str:
    """VR of a known tag; of several the first."""
    return known_vrs(tag)[0]


def known_vrs(tag: int) -> tuple[str, ...]:
    """All VRs that a known tag may have."""
    return tuple(dictionary_VR(tag).split(" or "))


def name_of(tag: int) -> str:
    """The keyword of a tag; its number where it has none."""
    return keyword_for_tag(tag) or f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _split(text: str) -> list[tuple[int, int | None]]:
    found: list[re.Match[str]] = []
    at = 0
    while True:
        match = _COMPONENT.match(text, at)
        if match is None:
            raise MetadataError(
                f"the key {_shown(text)} is malformed",
                "write a keyword such as PatientName, a tag such as 0010,0010, or a path such as (0008,1111)[0].PatientID",
            )
        found.append(match)
        at = match.end()
        if at == len(text):
            return [(_tag(m, text), int(m["item"]) if m["item"] else None) for m in found]
        if text[at] != ".":
            raise MetadataError(
                f"the key {_shown(text)} is malformed at {_shown(text[at:])}", "separate its parts with dots"
            )
        at += 1


def _tag(match: re.Match[str], text: str) -> int:
    number = match["paren"] or match["comma"] or match["plain"]
    if number is None:
        return _tag_of(match["keyword"], f"the key {_shown(text)}")
    tag = int(number.replace(",", ""), 16)
    if tag >> 16 & 1:
        raise MetadataError(
            f"the key {_shown(text)} is private, and private attributes are not written", "leave it out"
        )
    if tag & 0xFFFF == 0 or tag >> 16 < 0x0008:
        return tag
    try:
        dictionary_VR(tag)
    except KeyError:
        raise MetadataError(
            f"the key {_shown(text)} is no attribute of the DICOM dictionary", "check the tag"
        ) from None
    return tag


def _tag_of(keyword: str, where: str) -> int:
    tag = tag_for_keyword(keyword)
    if tag is not None:
        return int(tag)
    near = _nearest(keyword)
    hint = f"did you mean {near}?" if near else "keywords are those of PS3.6, such as PatientName"
    raise MetadataError(f"{_shown(keyword)} in {where} is no DICOM keyword", hint)


def _nearest(keyword: str) -> str:
    import difflib  # noqa: PLC0415 - only a mistake needs it

    # comparing with a long text takes long, and the longest keyword has 64 characters
    near = difflib.get_close_matches(keyword, keywords, n=1) if len(keyword) <= 64 else []
    return near[0] if near else ""


def outsider(tag: int) -> str:
    """Why a tag belongs to no data set that is written here, at any depth; empty when it may."""
    group = tag >> 16
    if group < 0x0008 or tag & 0xFFFF == 0 or tag == _LENGTH_TO_END or group >= 0xFFFA:
        return f"{name_of(tag)} belongs to the file or the network, not to the data set"
    if group == _PIXEL_DATA_GROUP:
        return f"{name_of(tag)} holds pixels, which cannot be given as text"
    if repeater_has_tag(tag):
        return f"{name_of(tag)} belongs to a repeating group, such as an overlay, which cannot be given as text"
    return ""


def _check_settable(path: KeyPath) -> None:
    """Raises MetadataError for what is decided elsewhere. In the items of a sequence it describes something else."""
    if path.tag == _SPECIFIC_CHARACTER_SET and path.items:
        raise MetadataError("the items of a sequence have the character set of the whole", "set SpecificCharacterSet")
    tag = path.items[0][0] if path.items else path.tag
    if tag in DECIDED_BY_THE_PICTURE and tag not in _LOSS:
        raise MetadataError(f"{name_of(tag)} cannot be set, since the picture itself decides it", "leave it out")
    if tag == _SOP_CLASS_UID:
        raise MetadataError("SOPClassUID cannot be set by a key", "choose the SOP class with --as")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "…")
