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
    when: tuple[str, str] | None = None
    """keyword, and the value that makes the row count; without one it always does"""
    hint: str = ""
    """what may be stated, for whoever is asked"""


@dataclass(frozen=True, slots=True)
class SOPClass:
    """A SOP class of ours. Several share a name where the pixels decide which of them it is."""

    name: str
    UID: str
    title: str
    Modality: str
    rows: tuple[Row, ...]
    grey: tuple[int, ...]
    """values of BitsStored for MONOCHROME2"""
    color: tuple[int, ...]
    """values of BitsStored for three samples"""
    reference: str
    """paragraph that limits the pixels"""
    coded_colors: str = ""
    """paragraph by which lossy JPEG holds YBR_FULL_422, JPEG 2000 its own transform, and all else RGB; empty: none does"""
    multi_frame: bool = False
    frame_vector: str = ""
    """what FrameIncrementPointer points at even for one frame"""
    derived: tuple[str, ...] = ("DERIVED", "PRIMARY")
    """ImageType of pixels with other values than the source's; none: a person must say more than that"""
    takes_exposure: bool = False
    """whether the VL Photographic Acquisition module belongs to it"""
    any_modality: bool = False

    @property
    def one(self) -> str:
        """The title with its article."""
        return f"{'an' if self.title[0] in 'AEIOU' else 'a'} {self.title}"

    def bits(self, *, grey: bool) -> tuple[int, ...]:
        """Values of BitsStored that it has for grey or for colours."""
        return self.grey if grey else self.color


def _rows(*groups: tuple[Row, ...]) -> tuple[Row, ...]:
    """All rows; of two for one attribute the later one."""
    return tuple({row.keyword: row for group in groups for row in group}.values())


def _type_1(reference: str, **hints: str) -> tuple[Row, ...]:
    """Attributes that only a person can state."""
    return tuple(Row(keyword, "1", None, reference, hint=hint) for keyword, hint in hints.items())


def _type_2(reference: str, *keywords: str) -> tuple[Row, ...]:
    """Attributes that are empty where nobody states them."""
    return tuple(Row(keyword, "2", "", reference) for keyword in keywords)


_YES_NO: Final = "YES or NO"
CODE: Final = "a code"
"""the hint of sequences whose items are codes (PS3.3 8)"""

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
_MULTI_FRAME_SC: Final = (
    *_type_1("PS3.3 C.8.6.3", BurnedInAnnotation=_YES_NO),
    Row("NominalScannedPixelSpacing", "1C", None, "PS3.3 C.8.6.3", ("ConversionType", "DF")),
)
_GREY_MULTI_FRAME_SC: Final = (
    # the samples are what they are: no rescaling, no unit, brighter for larger values
    Row("RescaleIntercept", "1", "0", "PS3.3 C.8.6.3"),
    Row("RescaleSlope", "1", "1", "PS3.3 C.8.6.3"),
    Row("RescaleType", "1", "US", "PS3.3 C.8.6.3"),
    Row("PresentationLUTShape", "1", "IDENTITY", "PS3.3 C.8.6.3"),
)


def _vl(modality: str, paragraph: str) -> tuple[Row, ...]:
    return (
        Row("Modality", "1", modality, f"PS3.3 {paragraph}"),
        # the camera delivered the pixels as they are: compressing or turning them does not derive another image
        Row("ImageType", "1", r"ORIGINAL\PRIMARY", "PS3.3 C.8.12.1"),
        # of a lossless file nobody knows what was before it
        Row("LossyImageCompression", "2", "", "PS3.3 C.7.6.1.1.5"),
        Row("AcquisitionContextSequence", "2", "", "PS3.3 C.7.6.14"),
    )


_DERMOSCOPIC: Final = (
    *_type_1(
        "PS3.3 C.7.5.2", Manufacturer="", ManufacturerModelName="", DeviceSerialNumber="", SoftwareVersions=""
    ),
    *_type_1("PS3.3 C.7.4.1", FrameOfReferenceUID=""),
    *_type_2("PS3.3 C.7.4.1", "PositionReferenceIndicator"),
    *_type_2(
        "PS3.3 C.8.12.13", "LightSourcePolarization", "EmitterColorTemperature", "ContactMethod",
        "OpticalMagnificationFactor",
    ),
    Row("ImmersionMedia", "2C", "", "PS3.3 C.8.12.13", ("ContactMethod", "CONTACT")),
    *_type_1("PS3.3 C.8.12.13", RecognizableVisualFeatures=_YES_NO),
)  # fmt: skip
_DILATED: Final = ("PupilDilated", "YES")
_DERIVED_EYE: Final = (
    r"DERIVED\PRIMARY\ and a word on how it was derived; with it of the image in DICOM that it was derived from "
    "SourceImageSequence[0].ReferencedSOPClassUID, .ReferencedSOPInstanceUID and .PurposeOfReferenceCodeSequence[0] with "
    "CodeValue 121322, CodingSchemeDesignator DCM and CodeMeaning 'Source image for image processing operation'"
)
_OPHTHALMIC: Final = (
    Row("Modality", "1", "OP", "PS3.3 C.8.17.1"),
    *_type_1(
        "PS3.3 C.7.4.2",
        SynchronizationTrigger="SOURCE, EXTERNAL, PASSTHRU or NO TRIGGER",
        AcquisitionTimeSynchronized="Y or N",
        SynchronizationFrameOfReferenceUID="one is made for NO TRIGGER with N",
    ),
    Row("ImageType", "1", r"ORIGINAL\PRIMARY", "PS3.3 C.8.17.2", hint=_DERIVED_EYE),
    # Type 2C there, but an empty one breaks the General Reference module (C.12.4)
    Row("SourceImageSequence", "1C", None, "PS3.3 C.8.17.2", ("ImageType", "DERIVED"), "the image it was derived from"),
    Row("InstanceNumber", "1", "1", "PS3.3 C.8.17.2"),
    *_type_1("PS3.3 C.8.17.2", ContentDate="", ContentTime=""),
    Row(
        "AcquisitionDateTime", "1C", None, "PS3.3 C.8.17.2", ("ImageType", "ORIGINAL"),
        "AcquisitionDate and AcquisitionTime state all three",
    ),
    *_type_1("PS3.3 C.8.17.2", BurnedInAnnotation=_YES_NO, LossyImageCompression="00 or 01"),
    Row("LossyImageCompressionRatio", "1C", None, "PS3.3 C.8.17.2", ("LossyImageCompression", "01")),
    Row("LossyImageCompressionMethod", "1C", None, "PS3.3 C.8.17.2", ("LossyImageCompression", "01")),
    Row("PresentationLUTShape", "1C", "IDENTITY", "PS3.3 C.8.17.2", ("PhotometricInterpretation", "MONOCHROME2")),
    # the first frame comes at once, by definition (C.7.6.5.1.2), so one that is alone claims no rate
    Row("FrameTimeVector", "1C", "0", "PS3.3 C.7.6.5"),
    *_type_1("PS3.3 C.8.17.5", AnatomicRegionSequence=CODE, ImageLaterality="R, L or B"),
    *_type_1("PS3.3 C.8.17.3", AcquisitionDeviceTypeCodeSequence=CODE),
    *_type_2(
        "PS3.3 C.8.17.3", "DetectorType", "IlluminationTypeCodeSequence", "LightPathFilterTypeStackCodeSequence",
        "ImagePathFilterTypeStackCodeSequence", "LensesCodeSequence",
    ),
    *_type_2(
        "PS3.3 C.8.17.4", "PatientEyeMovementCommanded", "EmmetropicMagnification", "IntraOcularPressure",
        "HorizontalFieldOfView", "PupilDilated", "RefractiveStateSequence",
    ),
    Row("DegreeOfDilation", "2C", "", "PS3.3 C.8.17.4", _DILATED),
    Row("MydriaticAgentSequence", "2C", "", "PS3.3 C.8.17.4", _DILATED),
    Row(
        "PatientEyeMovementCommandCodeSequence", "1C", None, "PS3.3 C.8.17.4",
        ("PatientEyeMovementCommanded", "YES"), CODE,
    ),
)  # fmt: skip

_ANY_DEPTH: Final = tuple(range(1, 39))
_SECONDARY_CAPTURE: Final = "1.2.840.10008.5.1.4.1.1.7"
_VISIBLE_LIGHT: Final = "1.2.840.10008.5.1.4.1.1.77.1"


def _visible_light(name: str, suffix: str, title: str, modality: tuple[str, str], *rows: Row) -> SOPClass:
    return SOPClass(
        name, f"{_VISIBLE_LIGHT}.{suffix}", title, modality[0], _rows(_COMMON, _vl(*modality), rows),
        grey=(8,), color=(8,), reference="PS3.3 C.8.12.1", coded_colors="PS3.3 C.8.12.1.1.1",
        takes_exposure=name in {"photo", "dermoscopy"},
    )  # fmt: skip


def _multi_frame_sc(number: int, kind: str, bits: tuple[tuple[int, ...], tuple[int, ...]], *rows: Row) -> SOPClass:
    paragraph = f"PS3.3 A.8.{number + 1}.4"
    return SOPClass(
        "mfsc", f"{_SECONDARY_CAPTURE}.{number}", f"Multi-frame {kind} Secondary Capture Image", "OT",
        _rows(_COMMON, _SC, _MULTI_FRAME_SC, rows), *bits, reference=paragraph, coded_colors=paragraph,
        multi_frame=True, any_modality=True,
    )  # fmt: skip


def _ophthalmic(number: int, bits: int, paragraph: str) -> SOPClass:
    return SOPClass(
        "ophthalmic", f"{_VISIBLE_LIGHT}.5.{number}", f"Ophthalmic Photography {bits} Bit Image", "OP",
        _rows(_COMMON, _OPHTHALMIC), (bits,), (bits,), paragraph, coded_colors="PS3.3 C.8.17.2",
        multi_frame=True, frame_vector="FrameTimeVector", derived=(),
    )  # fmt: skip


SOP_CLASSES: Final = (
    SOPClass(
        "sc", _SECONDARY_CAPTURE, "Secondary Capture Image", "OT", _COMMON + _SC, _ANY_DEPTH, _ANY_DEPTH,
        "PS3.3 A.8.1", any_modality=True,
    ),
    _multi_frame_sc(1, "Single Bit", ((1,), ())),
    _multi_frame_sc(2, "Grayscale Byte", ((8,), ()), *_GREY_MULTI_FRAME_SC),
    _multi_frame_sc(3, "Grayscale Word", (tuple(range(9, 17)), ()), *_GREY_MULTI_FRAME_SC),
    _multi_frame_sc(4, "True Color", ((), (8,))),
    _visible_light("photo", "4", "VL Photographic Image", ("XC", "A.32.4")),
    _visible_light("endoscopy", "1", "VL Endoscopic Image", ("ES", "A.32.1")),
    _visible_light("microscopy", "2", "VL Microscopic Image", ("GM", "A.32.2")),
    _ophthalmic(1, 8, "PS3.3 A.41.4"),
    _ophthalmic(2, 16, "PS3.3 A.42.4"),
    _visible_light("dermoscopy", "7", "Dermoscopic Photography Image", ("DMS", "A.32.11"), *_DERMOSCOPIC),
)  # fmt: skip
"""of those that share a name the deeper ones come later"""


def sop_classes(name: str) -> tuple[SOPClass, ...]:
    """The SOP classes of a short name, of which the pixels choose one, or that of a UID; an empty name is `sc`.

    Raises:
        UsageError: there is none of that name here.
    """
    found = tuple(c for c in SOP_CLASSES if (name or "sc") in {c.name, c.UID})
    if not found:
        names = ", ".join(dict.fromkeys(c.name for c in SOP_CLASSES))
        raise UsageError(f"{name!r} is no SOP class that can be written here", f"choose one of {names}, or its UID")
    return found


def sop_class(name: str, bits: int = 8, *, grey: bool = False) -> SOPClass:
    """The SOP class of a name or UID for such pixels; where none takes them, the nearest.

    Raises:
        UsageError: there is none of that name here.
    """
    found = sop_classes(name)
    return next((c for c in found if max(c.bits(grey=grey), default=0) >= bits), found[-1])
