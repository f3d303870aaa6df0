"""What files say about each other: entities whose attributes disagree, duplicates, references that lead nowhere.

It does what dcentvfy does, with its severities (all are errors, but for an attribute that only one file has, or has empty,
and for one number written in two ways, which are warnings). Where it differs, it is on purpose:

- Each file is compared with the first of its entity, not with the last, so that the later file has the finding.
- A patient is PatientID with its issuer. Files without a PatientID are one patient only within a study.
- Text is compared as characters, so that one name in two character sets is one name.
- Attributes that dcentvfy does not look at: institution and department; AccessionNumber within a study, where it belongs,
  not within a series; PositionReferenceIndicator wherever FrameOfReferenceUID is the same; modules as they are listed here
  for every SOP class, known or not.
- One UID on two levels is an error. A reference to what is no file, such as a performed procedure step, is none.
- Of a sequence only the number of items is compared, as there.
"""

from __future__ import annotations

import filecmp
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import tag_for_keyword

from dicomize.checks.dictionary import entry_of
from dicomize.checks.elements import Element, Walked
from dicomize.checks.paths import SOURCE, name_of, places, text, texts
from dicomize.checks.vr import TEXT_RULES, repertoire
from dicomize.model import Finding, Severity

_PATIENT_ID, _ISSUER = 0x00100020, 0x00100021
_STUDY, _SERIES, _INSTANCE, _FRAME_OF_REFERENCE = 0x0020000D, 0x0020000E, 0x00080018, 0x00200052
_SPECIFIC_CHARACTER_SET, _REFERENCED_CLASS, _REFERENCED_INSTANCE = 0x00080005, 0x00081150, 0x00081155


class _Module(NamedTuple):
    """Attributes of an entity that are the same in all its instances (PS3.3 A.1.2)."""

    entity: str
    within: str
    """the entity whose files are compared: those of a series have one equipment and one frame of reference (A.1.2.3)"""
    paragraph: str
    keywords: str


_MODULES: Final = (
    _Module("Patient", "Patient", "C.7.1.1", "PatientName IssuerOfPatientID TypeOfPatientID PatientBirthDate PatientBirthTime PatientBirthDateInAlternativeCalendar PatientDeathDateInAlternativeCalendar PatientAlternativeCalendar PatientSex QualityControlSubject StrainDescription StrainNomenclature StrainAdditionalInformation OtherPatientNames EthnicGroup PatientSpeciesDescription PatientBreedDescription ResponsiblePerson ResponsiblePersonRole ResponsibleOrganization PatientComments PatientIdentityRemoved DeidentificationMethod IssuerOfPatientIDQualifiersSequence OtherPatientIDsSequence ReferencedPatientSequence PatientSpeciesCodeSequence PatientBreedCodeSequence"),
    _Module("Patient", "Patient", "C.7.1.3", "ClinicalTrialSponsorName ClinicalTrialProtocolID ClinicalTrialProtocolName IssuerOfClinicalTrialProtocolID ClinicalTrialSiteID ClinicalTrialSiteName IssuerOfClinicalTrialSiteID ClinicalTrialSubjectID IssuerOfClinicalTrialSubjectID ClinicalTrialSubjectReadingID IssuerOfClinicalTrialSubjectReadingID ClinicalTrialProtocolEthicsCommitteeName ClinicalTrialProtocolEthicsCommitteeApprovalNumber"),
    _Module("Study", "Study", "C.7.2.1", "StudyDate StudyTime AccessionNumber ReferringPhysicianName ConsultingPhysicianName StudyDescription PhysiciansOfRecord NameOfPhysiciansReadingStudy StudyID RequestingService ReferringPhysicianIdentificationSequence ProcedureCodeSequence RequestingServiceCodeSequence ReasonForPerformedProcedureCodeSequence"),
    _Module("Study", "Study", "C.7.2.2", "AdmittingDiagnosesDescription PatientAge PatientSize PatientBodyMassIndex MeasuredAPDimension MeasuredLateralDimension PatientWeight MedicalAlerts Allergies Occupation SmokingStatus AdditionalPatientHistory PregnancyStatus LastMenstrualDate PatientSexNeutered ReasonForVisit AdmissionID ServiceEpisodeID ServiceEpisodeDescription PatientState AdmittingDiagnosesCodeSequence PatientSizeCodeSequence"),
    _Module("Study", "Study", "C.7.2.3", "ClinicalTrialTimePointID ClinicalTrialTimePointDescription LongitudinalTemporalOffsetFromEvent LongitudinalTemporalEventType IssuerOfClinicalTrialTimePointID"),
    _Module("Series", "Series", "C.7.3.1", "SeriesDate SeriesTime Modality SeriesDescription PerformingPhysicianName OperatorsName AnatomicalOrientationType BodyPartExamined ProtocolName PatientPosition SeriesNumber Laterality SmallestPixelValueInSeries LargestPixelValueInSeries PerformedProcedureStepStartDate PerformedProcedureStepStartTime PerformedProcedureStepEndDate PerformedProcedureStepEndTime PerformedProcedureStepID PerformedProcedureStepDescription CommentsOnThePerformedProcedureStep SeriesDescriptionCodeSequence OperatorIdentificationSequence ReferencedPerformedProcedureStepSequence PerformedProtocolCodeSequence RequestAttributesSequence"),
    _Module("Series", "Series", "C.7.3.2", "ClinicalTrialCoordinatingCenterName ClinicalTrialSeriesID ClinicalTrialSeriesDescription IssuerOfClinicalTrialSeriesID"),
    _Module("Equipment", "Series", "C.7.5.1", "Manufacturer InstitutionName InstitutionAddress StationName InstitutionalDepartmentName ManufacturerModelName DeviceSerialNumber DeviceUID GantryID ManufacturerDeviceClassUID SoftwareVersions SpatialResolution DateOfLastCalibration TimeOfLastCalibration DateOfManufacture DateOfInstallation PixelPaddingValue"),
    _Module("Equipment", "Series", "C.8.12.10", "CameraOwnerName LensSpecification LensMake LensModel LensSerialNumber"),
    _Module("Equipment", "Series", "C.8.6.1", "ConversionType SecondaryCaptureDeviceID SecondaryCaptureDeviceManufacturer SecondaryCaptureDeviceManufacturerModelName SecondaryCaptureDeviceSoftwareVersions VideoImageFormatAcquired DigitalImageFormatAcquired"),
    _Module("FrameOfReference", "Series", "C.7.4.1", "FrameOfReferenceUID PositionReferenceIndicator"),
    _Module("FrameOfReference", "FrameOfReference", "C.7.4.1", "PositionReferenceIndicator"),
    _Module("FrameOfReference", "Series", "C.7.4.2", "TriggerSourceOrType SynchronizationTrigger SynchronizationChannel AcquisitionTimeSynchronized TimeSource TimeDistributionProtocol NTPSourceAddress SynchronizationFrameOfReferenceUID"),
)  # fmt: skip

_MAY_LACK: Final = frozenset({"Equipment", "FrameOfReference"})
"""entities of which an attribute that only one file has is not worth a word; dcentvfy has it so"""


_ROWS: Final = tuple((module, tag_for_keyword(word) or 0) for module in _MODULES for word in module.keywords.split())
_COMPARED: Final = frozenset(tag for _, tag in _ROWS)

_BELONGINGS: Final = (
    (_STUDY, _PATIENT_ID, "A.1.2.2"),
    (_SERIES, _PATIENT_ID, "A.1.2.3"),
    (_SERIES, _STUDY, "A.1.2.3"),
    (_INSTANCE, _PATIENT_ID, "C.12.1"),
    (_INSTANCE, _STUDY, "C.12.1"),
    (_INSTANCE, _SERIES, "C.12.1"),
)
"""what has one parent only: the UID, the parent, and the paragraph"""
_LEVELS: Final = (_STUDY, _SERIES, _INSTANCE, _FRAME_OF_REFERENCE)

_BINARY: Final = {"US": "H", "FD": "d"}
_NUMBERS: Final = frozenset({"DS", "FD", "IS", "TM", "US"})
"""VRs that dcentvfy compares as numbers; a TM as one number too"""


class _Value(NamedTuple):
    """What is compared of an element; of a sequence, the number of items. None: it was not read."""

    VR: str
    values: tuple[str, ...] | None
    items: int = 0

    @property
    def shown(self) -> str:
        return f"{self.items} items" if self.VR == "SQ" else "\\".join(self.values or ())[:200]


class _File(NamedTuple):
    """What is kept of the first file of an entity."""

    path: Path
    values: Mapping[int, _Value]


def check_entities(files: Iterable[tuple[Path, Walked]]) -> dict[Path, tuple[Finding, ...]]:
    """The findings on each file that has any, all files taken together; files are looked at one by one, in their order."""
    known, found = _Known(), dict[Path, list[Finding]]()
    for path, walked in files:
        found.setdefault(path, []).extend(known.findings(path, walked))
    for path, finding in known.missing():
        found[path].append(finding)
    return {path: tuple(findings) for path, findings in found.items() if findings}


class _Known:
    """What is known of the files seen so far."""

    def __init__(self) -> None:
        self.entities: dict[tuple[str, ...], _File] = {}
        self.patients: dict[tuple[str, str], tuple[str, ...]] = {}
        """(StudyInstanceUID, PatientID) -> patient: in one study the issuer makes no other patient"""
        self.parents: dict[tuple[int, int, str], tuple[Path, str]] = {}
        self.levels: dict[str, dict[int, Path]] = {}
        self.instances: dict[str, Path] = {}
        self.references: dict[Path, dict[str, str]] = {}
        """file -> UID of an instance not yet seen -> path of the reference"""

    def findings(self, path: Path, walked: Walked) -> Iterator[Finding]:
        """Findings on the next file, which is known from then on."""
        identity = {tag: text(walked.dataset, tag) or "" for tag in (_PATIENT_ID, _ISSUER, *_LEVELS)}
        yield from self._duplicate(path, identity[_INSTANCE])
        yield from self._hierarchy(path, identity)
        yield from self._levels(path, identity)
        yield from self._mismatches(path, identity, _values(walked))
        self._note_references(path, walked)

    def _duplicate(self, path: Path, uid: str) -> Iterator[Finding]:
        first = self.instances.get(uid)
        if first is None and uid:
            self.instances[uid] = path
        elif first is not None:
            equal = " - the files are equal, byte for byte" if _same_bytes(first, path) else ""
            message = f"Duplicate SOPInstanceUID - {uid} - also in file <{first}>{equal}"
            yield _finding(Severity.ERROR, "entity-duplicate", message, _INSTANCE, "C.12.1")

    def _hierarchy(self, path: Path, identity: Mapping[int, str]) -> Iterator[Finding]:
        for tag, parent_tag, paragraph in _BELONGINGS:
            child, parent = identity[tag], identity[parent_tag]
            first, expected = self.parents.setdefault((tag, parent_tag, child), (path, parent))
            if child and expected != parent:
                versus = f"value is <{parent}> versus <{expected}> in file <{first}>"
                message = f"Different {_keyword(parent_tag)} for same {_keyword(tag)} = <{child}> - {versus}"
                yield _finding(Severity.ERROR, "entity-hierarchy", message, parent_tag, paragraph)

    def _levels(self, path: Path, identity: Mapping[int, str]) -> Iterator[Finding]:
        """Within one file it is a finding on that file (files.py)."""
        for tag in _LEVELS:
            uid = identity[tag]
            seen = self.levels.setdefault(uid, {})
            other = next(
                (f"{_keyword(n)} = <{uid}> in file <{first}>" for n, first in seen.items() if first != path), ""
            )
            if uid and other and tag not in seen:
                message = f"{_keyword(tag)} has same value as {other}"
                yield _finding(Severity.ERROR, "entity-hierarchy", message, tag, "PS3.5 9")
            seen.setdefault(tag, path)

    def _mismatches(self, path: Path, identity: Mapping[int, str], values: Mapping[int, _Value]) -> Iterator[Finding]:
        study, patient = identity[_STUDY], identity[_PATIENT_ID]
        own = ("Patient", identity[_ISSUER], patient) if patient else ("Patient of study", study)
        keys = {
            "Patient": self.patients.setdefault((study, patient), own) if study else own,
            "Study": ("Study", study),
            "Series": ("Series", study, identity[_SERIES]),
            "FrameOfReference": ("FrameOfReference", identity[_FRAME_OF_REFERENCE]),
        }
        this, told = _File(path, values), set[int]()
        first = {name: self.entities.setdefault(key, this) if key[-1] else this for name, key in keys.items()}
        for module, tag in _ROWS:
            other = first[module.within]
            difference = _difference(module, values.get(tag), other.values.get(tag))
            if difference is not None and tag not in told:
                told.add(tag)
                severity, sentence, versus = difference
                element = f"Element=<{_keyword(tag)}> IE=<{module.entity}>"
                message = f"{sentence} - {element} - {versus} in file <{other.path}>"
                yield _finding(severity, "entity-mismatch", message, tag, module.paragraph)

    def _note_references(self, path: Path, walked: Walked) -> None:
        for place in places(walked.dataset):
            if place.element.tag != _REFERENCED_INSTANCE or not _is_stored(text(place.item, _REFERENCED_CLASS)):
                continue
            for uid in texts(place.element):
                if uid and uid not in self.instances:
                    self.references.setdefault(path, {}).setdefault(uid, place.path())

    def missing(self) -> Iterator[tuple[Path, Finding]]:
        """References to instances that did not come: each once for a file, at the first place."""
        for path, references in self.references.items():
            for uid, where in references.items():
                if uid not in self.instances:
                    message, tag = f"Missing SOPInstanceUID that was referenced - {uid}", _REFERENCED_INSTANCE
                    yield path, _finding(Severity.ERROR, "entity-reference", message, tag, "10.8", where)


# ---------------------------------------------------------------- values


def _values(walked: Walked) -> dict[int, _Value]:
    codec = repertoire(texts(e) if (e := walked.dataset.get(_SPECIFIC_CHARACTER_SET)) else [], imitate=False).codec
    kept: dict[int, _Value] = {}
    for element in walked.dataset.elements:
        if element.tag in _COMPARED and element.tag not in kept:
            kept[element.tag] = _value(element, codec, "<" if walked.little_endian else ">")
    return kept


def _value(element: Element, codec: str, order: str) -> _Value:
    """Read with the VR of the dictionary, whatever is written: it is the value that is compared."""
    entry = entry_of(element.tag)
    VR = entry.VR if entry is not None else "UN"
    if VR == "SQ":
        return _Value(VR, (), len(element.items))
    if not element.raw and element.span[1]:
        return _Value(VR, None)
    if VR in _BINARY:
        size = struct.calcsize(_BINARY[VR])
        whole = element.raw[: len(element.raw) // size * size]
        return _Value(VR, tuple(str(number) for (number,) in struct.iter_unpack(order + _BINARY[VR], whole)))
    rule = TEXT_RULES[VR]
    content = _decoded(element.raw.partition(b"\0")[0], codec if rule.extended else "").strip(" ")
    parts = content.split("\\") if rule.many else [content]
    return _Value(VR, tuple(part.strip(" ") for part in parts) if content else ())


def _decoded(raw: bytes, codec: str) -> str:
    try:
        return raw.decode(codec or "latin-1")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _difference(module: _Module, this: _Value | None, other: _Value | None) -> tuple[Severity, str, str] | None:
    """The severity, dcentvfy's sentence, and both values; None where they agree."""
    if this is None or other is None:
        if this is other or module.entity in _MAY_LACK:
            return None
        versus = " versus ".join(f"value is <{value.shown}>" if value else "absent" for value in (this, other))
        return Severity.WARNING, "Attribute present in one instance but not the other", versus
    if this == other or this.values is None or other.values is None:
        return None
    return *_judged(this.VR, this.values, other.values), f"value is <{this.shown}> versus <{other.shown}>"


def _judged(VR: str, these: tuple[str, ...], others: tuple[str, ...]) -> tuple[Severity, str]:
    if VR == "SQ":
        return Severity.ERROR, "Sequence has different number of items"
    if not these or not others:
        return Severity.WARNING, "Attribute is empty (zero length) in one instance - OK only if Type 2"
    if len(these) != len(others):
        return Severity.ERROR, f"Attribute has different value multiplicity - {len(these)} versus {len(others)}"
    if VR not in _NUMBERS:
        return Severity.ERROR, "String attribute has different value"
    if all(a == b or _is_same_number(a, b) for a, b in zip(these, others, strict=True)):
        return Severity.WARNING, "Numeric string attribute has equal value but different encoding"
    return Severity.ERROR, "Numeric attribute has different value"


def _is_same_number(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return False


# ---------------------------------------------------------------- helpers


def _keyword(tag: int) -> str:
    return name_of(tag).partition("(")[0]


def _finding(severity: Severity, kind: str, message: str, tag: int, reference: str, path: str = "") -> Finding:
    paragraph = reference if reference.startswith("PS") else f"PS3.3 {reference}"
    return Finding(severity, kind, message, SOURCE, tag, path or f"/{name_of(tag)}", paragraph)


def _is_stored(sop_class: str | None) -> bool:
    """Whether instances of a class are files, as far as anybody knows."""
    known = UID_dictionary.get(sop_class or "")
    return known is None or "Storage" in known[0]


def _same_bytes(first: Path, second: Path) -> bool:
    try:
        return filecmp.cmp(first, second, shallow=False)
    except OSError:
        return False
