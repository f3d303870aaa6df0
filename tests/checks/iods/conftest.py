"""Good instances, made with pydicom, one for each IOD, to be spoilt one thing at a time."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian

from dicomize.checks.elements import walk_bytes
from dicomize.checks.iods import check_iod
from dicomize.checks.profiles import Profile
from dicomize.model import Finding

_ROWS, _COLUMNS = 4, 6

_STORAGE = "1.2.840.10008.5.1.4.1.1."
CLASSES = {
    "sc": f"{_STORAGE}7",
    "single bit": f"{_STORAGE}7.1",
    "byte": f"{_STORAGE}7.2",
    "word": f"{_STORAGE}7.3",
    "true color": f"{_STORAGE}7.4",
    "endoscopic": f"{_STORAGE}77.1.1",
    "microscopic": f"{_STORAGE}77.1.2",
    "photographic": f"{_STORAGE}77.1.4",
    "video": f"{_STORAGE}77.1.4.1",
    "ophthalmic": f"{_STORAGE}77.1.5.1",
    "dermoscopic": f"{_STORAGE}77.1.7",
    "pdf": f"{_STORAGE}104.1",
}
_MODALITY = {
    "endoscopic": "ES", "microscopic": "GM", "photographic": "XC", "video": "XC", "ophthalmic": "OP",
    "dermoscopic": "DMS", "pdf": "DOC",
}  # fmt: skip
_GREY = {"single bit": 1, "byte": 8, "word": 16}

Build = Callable[[str], Dataset]
Check = Callable[..., set[tuple[str, str, str]]]


def code(value: str = "113014", scheme: str = "DCM", meaning: str = "Study") -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _identified(name: str) -> Dataset:
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = CLASSES[name], "2.25.42"
    data.StudyInstanceUID, data.SeriesInstanceUID = "2.25.43", "2.25.44"
    data.StudyDate, data.StudyTime, data.AccessionNumber, data.StudyID = "20240131", "101500", "A1", "S1"
    data.PatientName, data.PatientID, data.PatientBirthDate, data.PatientSex = "Doe^Jane", "P1", "19800229", "F"
    data.ReferringPhysicianName, data.Manufacturer = "Roe^Richard", "Acme"
    data.SeriesNumber, data.InstanceNumber, data.Modality = 1, 1, _MODALITY.get(name, "OT")
    data.ContentDate, data.ContentTime, data.BurnedInAnnotation = "20240131", "101501", "NO"
    return data


def _pixels(data: Dataset, name: str) -> None:
    bits = _GREY.get(name, 8)
    grey = name in _GREY
    data.ImageType, data.PatientOrientation, data.ImageLaterality = ["DERIVED", "SECONDARY"], ["L", "F"], "R"
    data.Rows, data.Columns, data.SamplesPerPixel = _ROWS, _COLUMNS, 1 if grey else 3
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = bits, bits, bits - 1, 0
    data.PhotometricInterpretation = "MONOCHROME2" if grey else "RGB"
    data.LossyImageCompression = "00"
    if not grey:
        data.PlanarConfiguration = 0
    frames = 1
    if name in {*_GREY, "true color", "video", "ophthalmic"}:
        frames = data.NumberOfFrames = 2
        data.FrameIncrementPointer, data.FrameTime = 0x00181063, 40
    length = _ROWS * _COLUMNS * (1 if grey else 3) * bits * frames // 8
    data.add_new(0x7FE00010, "OW" if bits == 16 else "OB", bytes(length + length % 2))


def _particular(data: Dataset, name: str) -> None:
    """What the IOD wants beyond what all images have."""
    if name in {"sc", "pdf", "true color", *_GREY}:
        data.ConversionType = "WSD"
    if name in {"byte", "word"}:
        data.RescaleIntercept, data.RescaleSlope, data.RescaleType = 0, 1, "US"
        data.PresentationLUTShape = "IDENTITY"
    if name in {"endoscopic", "microscopic", "photographic", "video", "dermoscopic"}:
        data.ImageType, data.AcquisitionContextSequence = ["ORIGINAL", "PRIMARY"], []
    if name in {"video", "ophthalmic", "dermoscopic"}:
        data.AnatomicRegionSequence = [code("39937001", "SCT", "Skin")]
    if name == "pdf":
        data.AcquisitionDateTime, data.DocumentTitle, data.ConceptNameCodeSequence = "20240131101500", "Report", []
        data.MIMETypeOfEncapsulatedDocument, data.EncapsulatedDocument = "application/pdf", b"%PDF"


def _ophthalmic(data: Dataset) -> None:
    data.ImageType, data.AcquisitionDateTime = ["ORIGINAL", "PRIMARY", "", "COLOR"], "20240131101500"
    data.SynchronizationFrameOfReferenceUID, data.SynchronizationTrigger = "2.25.45", "NO TRIGGER"
    data.AcquisitionTimeSynchronized, data.PatientEyeMovementCommanded = "N", "NO"
    data.AcquisitionDeviceTypeCodeSequence = [code("409898007", "SCT", "Fundus Camera")]
    for keyword in ("EmmetropicMagnification", "IntraOcularPressure", "HorizontalFieldOfView", "PupilDilated"):
        setattr(data, keyword, None)
    data.DetectorType = "CCD"
    for stem in ("RefractiveState", "IlluminationTypeCode", "LightPathFilterTypeStackCode", "LensesCode"):
        setattr(data, f"{stem}Sequence", [])
    data.ImagePathFilterTypeStackCodeSequence = []


def _dermoscopic(data: Dataset) -> None:
    data.ManufacturerModelName, data.DeviceSerialNumber, data.SoftwareVersions = "Cam", "1", "1.0"
    data.FrameOfReferenceUID, data.PositionReferenceIndicator = "2.25.46", None
    data.RecognizableVisualFeatures = "NO"
    for keyword in (
        "LightSourcePolarization",
        "EmitterColorTemperature",
        "ContactMethod",
        "OpticalMagnificationFactor",
    ):
        setattr(data, keyword, None)


def good(name: str) -> Dataset:
    """A data set without a fault."""
    data = _identified(name)
    if name != "pdf":
        _pixels(data, name)
    _particular(data, name)
    if name == "ophthalmic":
        _ophthalmic(data)
    if name == "dermoscopic":
        _dermoscopic(data)
    return data


def encoded(data: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """As a file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(data.SOPClassUID), UID("2.25.42")
    meta.TransferSyntaxUID, meta.ImplementationClassUID = UID(syntax), UID("2.25.47")
    if UID(syntax).is_compressed and "PixelData" in data:
        frames = [b"\xff\xd8\xff\xd9"] * int(data.get("NumberOfFrames", 1))
        data.add_new(0x7FE00010, "OB", encapsulate(frames))
        data["PixelData"].is_undefined_length = True
    data.file_meta = meta
    buffer = io.BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def found(data: Dataset, profile: Profile, syntax: str = ExplicitVRLittleEndian) -> list[Finding]:
    return list(check_iod(walk_bytes(encoded(data, syntax)), profile))


@pytest.fixture
def instance() -> Build:
    """A function from a short name of an IOD to a good data set."""
    return good


@pytest.fixture
def findings() -> Check:
    """A function from a data set to (severity, kind, path) of what is found."""

    def check(
        data: Dataset, profile: Profile = Profile.STRICT, syntax: str = ExplicitVRLittleEndian
    ) -> set[tuple[str, str, str]]:
        return {(f.severity.value, f.kind, f.path) for f in found(data, profile, syntax)}

    return check
