"""What a DICOM file, or a data set in XML, may give to another instance: all that does not belong to its own picture.

--dataset-from and --dataset-from-xml give the whole data set, --study-from and --series-from a few attributes, all with
the meaning that DCMTK's img2dcm gives them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Final

from pydicom.datadict import tag_for_keyword

from dicomize.errors import MetadataError
from dicomize.metadata.elements import Element, pairs_of
from dicomize.metadata.keys import DECIDED_BY_THE_PICTURE, name_of, outsider, vr_of
from dicomize.metadata.values import check_character_set, takes_text
from dicomize.model import ImportedAttributes

STUDY: Final = (
    "PatientName", "PatientID", "PatientSex", "PatientBirthDate",
    "StudyInstanceUID", "StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber",
)  # fmt: skip
"""what --study-from takes, beside SpecificCharacterSet (img2dcm's manual, Attribute Sources)"""
SERIES: Final = (*STUDY, "SeriesInstanceUID", "SeriesNumber", "Manufacturer")
"""what --series-from takes"""

_OTHER_PICTURE: Final = "they describe the picture of that file"
_OTHER_HISTORY: Final = "they tell the history of that file"
_KEPT_OF_GROUP_28: Final = frozenset({0x00280301, 0x00280302})
"""BurnedInAnnotation and RecognizableVisualFeatures: whoever names a template says so, but see _SEEN_THERE"""
_ROWS: Final = 0x00280010
_SEEN_THERE: Final = "somebody looked at the picture of that file, not at this one"
_REASONS: Final[dict[int, str]] = {
    0x00080016: "they identify that file",  # SOPClassUID
    0x00080018: "they identify that file",  # SOPInstanceUID
    **dict.fromkeys(
        (
            0x00880200,  # IconImageSequence
            0x20500020,  # PresentationLUTShape
            0x52009229,  # SharedFunctionalGroupsSequence
            0x52009230,  # PerFrameFunctionalGroupsSequence
        ),
        _OTHER_PICTURE,
    ),
    **dict.fromkeys(
        (
            0x00080012,  # InstanceCreationDate
            0x00080013,  # InstanceCreationTime
            0x00080014,  # InstanceCreatorUID
            0x00082111,  # DerivationDescription
            0x00082112,  # SourceImageSequence
            0x00089215,  # DerivationCodeSequence
            0x0018A001,  # ContributingEquipmentSequence
            0x04000500,  # EncryptedAttributesSequence
            0x04000561,  # OriginalAttributesSequence
            0x4FFE0001,  # MACParametersSequence
        ),
        _OTHER_HISTORY,
    ),
}
_CHARACTER_SET: Final = 0x00080005
_INSTANCE_NUMBER: Final = 0x00200013
_SHOWN: Final = 8
"""names given of each kind of what was left out"""


def whole(origin: str, elements: tuple[Element, ...], *, increment: bool) -> ImportedAttributes:
    """The whole data set, but what belongs to its own picture.

    Args:
        increment: whether the first picture gets the next InstanceNumber, instead of that one.

    Raises:
        MetadataError: a text could not be decoded, or there is no InstanceNumber to go on from.
    """
    texts = {e.tag: e.text for e in elements}
    sieve = _Sieve(origin, holds_picture=_ROWS in texts)
    kept = tuple(sieve.kept(elements))
    number = _number(origin, texts.get(_INSTANCE_NUMBER, ""), increment=increment)
    stating = [e for e in kept if e.tag != _INSTANCE_NUMBER and (e.text or e.items)]
    empty = [e for e in kept if not (e.text or e.items)]
    return ImportedAttributes(
        origin=origin,
        attributes=tuple(pairs_of(stating)),
        empty=tuple(key for key, _ in pairs_of(empty)),
        character_set=_character_set(origin, texts),
        first_number=number,
        note=sieve.note(),
    )


def some(
    origin: str, elements: tuple[Element, ...], keywords: tuple[str, ...], *, increment: bool
) -> ImportedAttributes:
    """The attributes of those keywords; what the file lacks is made empty, so that nothing of others is mixed in.

    Raises:
        MetadataError: a UID is missing, a text could not be decoded, or there is no InstanceNumber to go on from.
    """
    found = {e.tag: e for e in elements}
    pairs: list[tuple[str, str]] = []
    for keyword in keywords:
        element = found.get(tag_for_keyword(keyword) or 0)
        text = _decoded(origin, element) if element else ""
        if not text and keyword.endswith("UID"):
            raise MetadataError(f"{origin}: the file has no {keyword}", "name a file that belongs to the study")
        pairs.append((keyword, text))
    texts = {e.tag: e.text for e in elements}
    number = _number(origin, texts.get(_INSTANCE_NUMBER, ""), increment=True) if increment else None
    return ImportedAttributes(
        origin=origin, attributes=tuple(pairs), character_set=_character_set(origin, texts), first_number=number
    )


def _decoded(origin: str, element: Element) -> str:
    if element.problem:
        raise MetadataError(
            f"{origin}: {name_of(element.tag)} cannot be read: {element.problem}",
            "correct SpecificCharacterSet there, with dcmodify for instance",
        )
    return element.text


def _character_set(origin: str, texts: dict[int, str]) -> str:
    text = texts.get(_CHARACTER_SET, "")
    if text:
        try:
            check_character_set(text)
        except MetadataError as error:
            raise MetadataError(f"{origin}: {error.message}", error.remedy) from None
    return text


def _number(origin: str, text: str, *, increment: bool) -> int | None:
    try:
        return int(text) + increment
    except ValueError:
        if increment:
            raise MetadataError(
                f"{origin}: the file has no InstanceNumber that --instance-inc could go on from",
                "leave --instance-inc out, or say --instance-number",
            ) from None
    return None


@dataclasses.dataclass(slots=True)
class _Sieve:
    """Lets through what another instance may have, and remembers what it held back, by reason."""

    origin: str
    holds_picture: bool
    held: dict[str, list[str]] = dataclasses.field(default_factory=dict)

    def kept(self, elements: Iterable[Element], path: str = "") -> Iterator[Element]:
        for element in elements:
            if element.tag == _CHARACTER_SET:
                continue  # text is decoded, and encoded anew
            reason = self._reason(element) if not path else _reason_anywhere(element.tag)
            if reason:
                self.held.setdefault(reason, []).append(path + name_of(element.tag))
                continue
            _decoded(self.origin, element)
            inner = path + name_of(element.tag) + "."
            yield element._replace(items=tuple(tuple(self.kept(item, inner)) for item in element.items))

    def _reason(self, element: Element) -> str:
        """Why it cannot come from there; empty when it can. "NO" is a claim about the pixels that were looked at."""
        if self.holds_picture and element.tag in _KEPT_OF_GROUP_28 and element.text.strip() == "NO":
            return _SEEN_THERE
        return _reason(element.tag)

    def note(self) -> str:
        """One sentence on all that was held back; empty where that is nothing."""
        parts = []
        for reason, names in self.held.items():
            distinct = list(dict.fromkeys(names))
            more = f" and {len(distinct) - _SHOWN} more" if len(distinct) > _SHOWN else ""
            parts.append(f"{', '.join(distinct[:_SHOWN])}{more} ({reason})")
        return f"left out of {self.origin}: {'; '.join(parts)}" if parts else ""


def _reason(tag: int) -> str:
    """Why an attribute cannot come from another data set; empty when it can."""
    if tag in DECIDED_BY_THE_PICTURE:
        return "the picture itself decides them"
    if tag in _REASONS:
        return _REASONS[tag]
    if tag >> 16 == 0x0028 and tag not in _KEPT_OF_GROUP_28:
        return _OTHER_PICTURE
    return _reason_anywhere(tag)


def _reason_anywhere(tag: int) -> str:
    """The same for the items of a sequence, which describe something else than the picture."""
    if tag >> 16 & 1:
        return "private attributes are not written"
    if outsider(tag):
        return "they belong to that file or its pixels"
    try:
        VR = vr_of(tag)
    except KeyError:
        return "the DICOM dictionary does not know them"
    return "" if takes_text(VR) else "they hold binary data"
