"""What each SOP class wants beyond the pixels: Modality, types, defaults, each with its paragraph of PS3.3.

A default is written only where it claims nothing: numbers that count, empty values, and what follows from the act of
importing a picture. Burned-in text, laterality, body part and patient are never made up.
"""

from __future__ import annotations

from typing import Final

from dicomize.errors import UsageError
from dicomize.records import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """An attribute of the IOD: keyword, type, default text (None: none is written), paragraph of PS3.3."""

    keyword: str
    type: str
    default: str | None
    reference: str


@dataclass(frozen=True, slots=True)
class SOPClass:
    """A SOP class of ours. `limits` names the pixel rules it has beyond classic Secondary Capture."""

    name: str
    UID: str
    title: str
    Modality: str
    rows: tuple[Row, ...]
    visible_light: bool
    takes_exposure: bool = False
    """whether the VL Photographic Acquisition module belongs to it"""
    any_modality: bool = False


_COMMON: Final = (
    Row("PatientName", "2", "", "PS3.3 C.7.1.1"),
    Row("PatientID", "2", "", "PS3.3 C.7.1.1"),
    Row("PatientBirthDate", "2", "", "PS3.3 C.7.1.1"),
    Row("PatientSex", "2", "", "PS3.3 C.7.1.1"),
    Row("StudyInstanceUID", "1", None, "PS3.3 C.7.2.1"),
    Row("StudyDate", "2", "", "PS3.3 C.7.2.1"),
    Row("StudyTime", "2", "", "PS3.3 C.7.2.1"),
    Row("ReferringPhysicianName", "2", "", "PS3.3 C.7.2.1"),
    Row("StudyID", "2", "1", "PS3.3 C.7.2.1"),
    Row("AccessionNumber", "2", "", "PS3.3 C.7.2.1"),
    Row("SeriesInstanceUID", "1", None, "PS3.3 C.7.3.1"),
    Row("SeriesNumber", "2", "1", "PS3.3 C.7.3.1"),
    Row("Manufacturer", "2", "", "PS3.3 C.7.5.1"),
    Row("InstanceNumber", "2", "1", "PS3.3 C.7.6.1"),
    Row("PatientOrientation", "2C", "", "PS3.3 C.7.6.1"),
    # Laterality (C.7.3.1, 2C) is wanted of paired body parts; an empty ImageLaterality says "not known" instead
    Row("ImageLaterality", "3", "", "PS3.3 C.7.6.1"),
    Row("SOPInstanceUID", "1", None, "PS3.3 C.12.1"),
)
_SC: Final = (
    Row("Modality", "1", "OT", "PS3.3 C.7.3.1"),
    Row("ConversionType", "1", "WSD", "PS3.3 C.8.6.1"),
)


def _vl(modality: str, paragraph: str) -> tuple[Row, ...]:
    return (
        Row("Modality", "1", modality, f"PS3.3 {paragraph}"),
        # the camera delivered the pixels as they are: compressing or turning them does not derive another image
        Row("ImageType", "1", r"ORIGINAL\PRIMARY", "PS3.3 C.8.12.1"),
        Row("AcquisitionContextSequence", "2", "", "PS3.3 C.7.6.14"),
    )


SOP_CLASSES: Final = (
    SOPClass(
        "sc", "1.2.840.10008.5.1.4.1.1.7", "Secondary Capture Image", "OT", _COMMON + _SC,
        visible_light=False, any_modality=True,
    ),
    SOPClass(
        "photo", "1.2.840.10008.5.1.4.1.1.77.1.4", "VL Photographic Image", "XC", _COMMON + _vl("XC", "A.32.4"),
        visible_light=True, takes_exposure=True,
    ),
    SOPClass(
        "endoscopy", "1.2.840.10008.5.1.4.1.1.77.1.1", "VL Endoscopic Image", "ES", _COMMON + _vl("ES", "A.32.1"),
        visible_light=True,
    ),
    SOPClass(
        "microscopy", "1.2.840.10008.5.1.4.1.1.77.1.2", "VL Microscopic Image", "GM", _COMMON + _vl("GM", "A.32.2"),
        visible_light=True,
    ),
)  # fmt: skip


def sop_class(name: str) -> SOPClass:
    """The SOP class of a short name or a UID; an empty name is `sc`.

    Raises:
        UsageError: there is none of that name here.
    """
    for candidate in SOP_CLASSES:
        if (name or "sc") in {candidate.name, candidate.UID}:
            return candidate
    names = ", ".join(c.name for c in SOP_CLASSES)
    raise UsageError(f"{name!r} is no SOP class that can be written here", f"choose one of {names}, or its UID")
