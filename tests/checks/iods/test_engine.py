"""Each kind of finding, at every depth, in both profiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.datadict import tag_for_keyword
from pydicom.uid import MPEG2MPML, JPEGBaseline8Bit

from dicomize.checks.elements import Element, Item, walk_bytes
from dicomize.checks.iods import check_iod
from dicomize.checks.profiles import Profile
from dicomize.wrappers import dciodvfy

from .conftest import CLASSES, Build, Check, code, encoded

DCIODVFY, STRICT = Profile.DCIODVFY, Profile.STRICT
SC = CLASSES["sc"]


def path(*keywords: str) -> str:
    """/Seq(gggg,eeee)[1]/Keyword(gggg,eeee)"""
    parts = []
    for keyword in keywords:
        name, bracket, index = keyword.partition("[")
        tag = tag_for_keyword(name)
        assert tag is not None
        parts.append(f"/{name}({tag >> 16:04x},{tag & 0xFFFF:04x}){bracket}{index}")
    return "".join(parts)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("profile", Profile)
def test_good_instances_have_no_findings(name: str, profile: Profile, instance: Build, findings: Check) -> None:
    known = (
        {("warning", "defined-term", path("Modality[1]"))} if (name, profile) == ("dermoscopic", DCIODVFY) else set()
    )
    assert findings(instance(name), profile) == known


def test_an_iod_without_tables_yields_nothing(instance: Build, findings: Check) -> None:
    data = instance("sc")
    data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    assert findings(data) == set()


def test_a_file_without_a_sop_class_yields_nothing() -> None:
    assert list(check_iod(walk_bytes(b""), STRICT)) == []


@pytest.mark.parametrize(
    ("keyword", "value", "kind"),
    [
        ("PatientID", "delete", "missing-2"),
        ("StudyInstanceUID", "delete", "missing-1"),
        ("StudyInstanceUID", "", "empty-1"),
        ("PlanarConfiguration", "delete", "missing-1C"),
        ("PatientOrientation", "delete", "missing-2C"),
        ("SpecificCharacterSet", "", "empty-1C"),
        ("ProcedureCodeSequence", [], "sequence-items"),
        ("IconImageSequence", [], "sequence-items"),
        ("AnatomicRegionSequence", [], "rule"),
        ("DeidentificationMethod", "", "empty-condition-unsatisfied"),
        ("ResponsiblePersonRole", "OWNER", "present-condition-unsatisfied"),
    ],
)
def test_presence(keyword: str, value: object, kind: str, instance: Build, findings: Check) -> None:
    data = instance("sc")
    if value == "delete":
        del data[keyword]
    else:
        setattr(data, keyword, value)
    assert ("error", kind, path(keyword)) in findings(data)


@pytest.mark.parametrize(
    ("keyword", "value", "severity", "kind"),
    [
        ("PatientSex", "X", "error", "enum"),
        ("SamplesPerPixel", 4, "error", "enum"),
        ("PregnancyStatus", 9, "error", "enum"),
        ("ConversionType", "BOGUS", "warning", "defined-term"),
        ("Modality", "ZZ", "warning", "defined-term"),
        ("Rows", 0, "error", "zero"),
        ("PatientWeight", "0", "warning", "zero"),
    ],
)
def test_values(keyword: str, value: object, severity: str, kind: str, instance: Build, findings: Check) -> None:
    data = instance("sc")
    if keyword == "SamplesPerPixel":
        data = instance("true color")
    setattr(data, keyword, value)
    assert (severity, kind, path(f"{keyword}[1]")) in findings(data)


def test_each_value_counts(instance: Build, findings: Check) -> None:
    data = instance("sc")
    data.ImageType = ["DERIVED", "BOGUS", "ANYTHING"]
    assert {f for f in findings(data) if "ImageType" in f[2]} == {("error", "enum", path("ImageType[2]"))}


def test_nested_items(instance: Build, findings: Check) -> None:
    data = instance("sc")
    good, bad = code(), code()
    del bad.CodeMeaning
    bad.LongCodeValue = "1" * 20
    bad.EchoTime = "3"
    data.ProcedureCodeSequence = [good, bad]
    inside = ("ProcedureCodeSequence[2]",)
    assert findings(data) == {
        ("error", "missing-1", path(*inside, "CodeMeaning")),
        ("error", "present-condition-unsatisfied", path(*inside, "CodeValue")),
        ("error", "present-condition-unsatisfied", path(*inside, "LongCodeValue")),
        ("warning", "not-in-iod", path(*inside, "EchoTime")),
    }


def test_too_many_items(instance: Build, findings: Check) -> None:
    data = instance("photographic")
    data.AnatomicRegionSequence = [code(), code()]
    assert ("error", "sequence-items", path("AnatomicRegionSequence")) in findings(data)


def test_a_frame_number_of_a_single_frame_class(instance: Build, findings: Check) -> None:
    data = instance("sc")
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID, reference.ReferencedFrameNumber = (
        SC,
        "2.25.9",
        1,
    )
    data.ReferencedImageSequence = [reference]
    assert findings(data) == {("error", "rule", path("ReferencedImageSequence[1]", "ReferencedFrameNumber"))}


def test_what_does_not_belong(instance: Build, findings: Check) -> None:
    data = instance("sc")
    data.EchoTime = "3"
    data.add_new(0x00110010, "LO", "ACME")
    data.add_new(0x00111001, "LO", "x")
    data.add_new(0xFFFCFFFC, "OB", b"\0\0")
    assert findings(data) == {("warning", "not-in-iod", path("EchoTime"))}


def test_a_duplicate_does_not_belong(instance: Build) -> None:
    walked = walk_bytes(encoded(instance("sc")))
    again = Element(0x00100020, "LO", b"P2", (0, 2))
    elements = tuple(sorted((*walked.dataset.elements, again), key=lambda element: element.tag))
    kinds = {(f.kind, f.tag) for f in check_iod(walked._replace(dataset=Item(elements)), STRICT)}
    assert kinds == {("not-in-iod", 0x00100020)}


def test_modified_attributes_may_be_any(instance: Build, findings: Check) -> None:
    data = instance("sc")
    item, modified = Dataset(), Dataset()
    modified.EchoTime = "3"
    item.SourceOfPreviousValues, item.AttributeModificationDateTime = "x", "20240101"
    item.ModifyingSystem, item.ReasonForTheAttributeModification = "x", "COERCE"
    item.ModifiedAttributesSequence = [modified]
    data.OriginalAttributesSequence = [item]
    assert findings(data) == set()


def test_a_module_is_needed_as_soon_as_one_of_its_attributes_is_there(instance: Build, findings: Check) -> None:
    data = instance("sc")
    data.ClinicalTrialSubjectID = "X"
    kinds = {kind for _, kind, where in findings(data) if "ClinicalTrial" in where}
    assert kinds == {"missing-1", "missing-2"}


def test_overlays_repeat(instance: Build, findings: Check) -> None:
    data = instance("sc")
    data.add_new(0x60020010, "US", 5)
    missing = {where for _, kind, where in findings(data) if kind == "missing-1"}
    assert "/OverlayColumns(6002,0011)" in missing
    assert not any("(6000," in where for where in missing)
    theirs = findings(data, DCIODVFY)
    assert ("error", "missing-1", "/OverlayColumns(6000,0011)") in theirs
    assert ("warning", "not-in-iod", "/OverlayRows(6002,0010)") in theirs


def test_functional_groups_count_frames(instance: Build, findings: Check) -> None:
    data = instance("byte")
    data.SharedFunctionalGroupsSequence = [Dataset()]
    data.PerFrameFunctionalGroupsSequence = [Dataset()]
    assert findings(data) == {("error", "rule", path("PerFrameFunctionalGroupsSequence"))}


def test_functional_groups_hold_the_whole_plane(instance: Build, findings: Check) -> None:
    data = instance("byte")
    shared, measures = Dataset(), Dataset()
    measures.PixelSpacing = ["1", "0"]
    shared.PixelMeasuresSequence = [measures]
    data.SharedFunctionalGroupsSequence = [shared]
    data.PerFrameFunctionalGroupsSequence = [Dataset(), Dataset()]
    inside = "SharedFunctionalGroupsSequence[1]"
    expected = {
        ("error", "missing-1", path(inside, "PlanePositionSequence")),
        ("error", "missing-1", path(inside, "PlaneOrientationSequence")),
        ("error", "zero", path(inside, "PixelMeasuresSequence[1]", "PixelSpacing[2]")),
        ("error", "missing-1", path("FrameOfReferenceUID")),
        ("error", "missing-2", path("PositionReferenceIndicator")),
    }
    assert expected <= findings(data)


def test_photometric_interpretation_by_transfer_syntax(instance: Build, findings: Check) -> None:
    data = instance("photographic")
    assert findings(data, syntax=JPEGBaseline8Bit) == {("error", "enum", path("PhotometricInterpretation[1]"))}
    data.PhotometricInterpretation = "YBR_FULL_422"
    assert findings(data, syntax=JPEGBaseline8Bit) == set()
    assert ("error", "enum", path("PhotometricInterpretation[1]")) in findings(data, syntax=MPEG2MPML)


@pytest.mark.parametrize(
    ("keyword", "value", "ours", "theirs"),
    [
        ("Modality", "EEG", "", "defined-term"),
        ("Modality", "delete", "missing-1", ""),
        ("ImageLaterality", "delete", "", "missing-2C"),
        ("SliceThickness", "1", "not-in-iod", "not-in-iod"),
    ],
)
def test_profiles_differ(keyword: str, value: str, ours: str, theirs: str, instance: Build, findings: Check) -> None:
    data = instance("sc")
    if value == "delete":
        del data[keyword]
    else:
        setattr(data, keyword, value)
    assert {kind for _, kind, _ in findings(data, STRICT)} == set(filter(None, [ours]))
    assert {kind for _, kind, _ in findings(data, DCIODVFY)} == set(filter(None, [theirs]))


def test_dciodvfy_stops_where_tags_are_out_of_order(instance: Build) -> None:
    walked = walk_bytes(encoded(instance("sc")))
    elements = [element for element in walked.dataset.elements if element.tag != 0x00100020]
    late = Element(0x00100020, "LO", b"P2", (0, 2))
    moved = walked._replace(dataset=Item((*elements, late)))
    assert [(f.kind, f.tag) for f in check_iod(moved, DCIODVFY)] == [("missing-2", 0x00100020)]
    assert list(check_iod(moved, STRICT)) == []


def test_findings_say_where_they_come_from(instance: Build) -> None:
    data = instance("sc")
    data.PatientSex = "X"
    (finding,) = check_iod(walk_bytes(encoded(data)), STRICT)
    assert finding.source == "dicomize"
    assert finding.tag == 0x00100040
    assert finding.reference == "PS3.3 C.7.1.1"
    assert finding.message == "PatientSex has the value 'X', which is none of its enumerated values (Patient)"


# ---------------------------------------------------------------- what describes an encapsulated document


def content(kind: str, **values: object) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType, item.ConceptNameCodeSequence = "CONTAINS", kind, [code()]
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def measured(**values: object) -> Dataset:
    item = Dataset()
    item.NumericValue, item.MeasurementUnitsCodeSequence = "1.5", [code("mm", "UCUM", "mm")]
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


SOUND_CONTENT = {
    "text": content("TEXT", TextValue="x"),
    "code": content("CODE", ConceptCodeSequence=[code()]),
    "number": content("NUM", MeasuredValueSequence=[measured()]),
    "no number": content("NUM", MeasuredValueSequence=[]),
    "name": content("PNAME", PersonName="Roe^R"),
    "nested": content("CONTAINER", ContinuityOfContent="SEPARATE", ContentSequence=[content("UIDREF", UID="2.25.1")]),
}
BROKEN_CONTENT = {
    "no relationship": (content("TEXT", TextValue="x", RelationshipType=""), "empty-1", "RelationshipType"),
    "no such relationship": (content("TEXT", TextValue="x", RelationshipType="HAS"), "enum", "RelationshipType"),
    "no such type": (content("TEXTS"), "enum", "ValueType"),
    "no value": (content("TEXT"), "missing-1C", "TextValue"),
    "another value": (content("DATE", Date="20240131", TextValue="x"), "present-condition-unsatisfied", "TextValue"),
    "a value of another macro": (content("TEXT", TextValue="x", GraphicType="POINT"), "not-in-iod", "GraphicType"),
    "no code": (content("CODE"), "missing-1", "ConceptCodeSequence"),
    "a shape": (content("SCOORD", GraphicData=[1.0, 2.0], GraphicType="ELLIPSOID"), "enum", "GraphicType"),
    "flow": (content("CONTAINER", ContinuityOfContent="NO"), "enum", "ContinuityOfContent"),
    "no units": (
        content("NUM", MeasuredValueSequence=[measured(MeasurementUnitsCodeSequence=[])]),
        "empty-1",
        "MeasurementUnitsCodeSequence",
    ),
    "two codes": (content("CODE", ConceptCodeSequence=[code(), code()]), "sequence-items", "ConceptCodeSequence"),
    "a fault further in": (
        content("CONTAINER", ContinuityOfContent="SEPARATE", ContentSequence=[content("TIME")]),
        "missing-1C",
        "Time",
    ),
    "what belongs elsewhere": (content("TEXT", TextValue="x", Rows=1), "not-in-iod", "Rows"),
}  # fmt: skip


def with_content(data: Dataset, item: Dataset) -> Dataset:
    data.ValueType, data.ContinuityOfContent, data.ContentSequence = "CONTAINER", "SEPARATE", [item]
    data.ConceptNameCodeSequence = [code()]
    return data


@pytest.mark.parametrize("name", SOUND_CONTENT)
@pytest.mark.parametrize("profile", Profile)
def test_sound_content_of_a_document(name: str, profile: Profile, instance: Build, findings: Check) -> None:
    assert findings(with_content(instance("pdf"), SOUND_CONTENT[name]), profile) == set()


@pytest.mark.parametrize("name", BROKEN_CONTENT)
def test_broken_content_of_a_document(name: str, instance: Build, findings: Check) -> None:
    item, kind, keyword = BROKEN_CONTENT[name]
    found = findings(with_content(instance("pdf"), item), Profile.STRICT)
    assert {(k, path.rpartition("/")[2].partition("(")[0]) for _, k, path in found} == {(kind, keyword)}


@pytest.mark.parametrize("item", [*SOUND_CONTENT.values(), *(item for item, *_ in BROKEN_CONTENT.values())])
def test_content_as_dciodvfy_has_it(
    item: Dataset, instance: Build, findings: Check, require_tool: Callable[[str], Path], tmp_path: Path
) -> None:
    data = with_content(instance("pdf"), item)
    file = tmp_path / "document.dcm"
    file.write_bytes(encoded(data))
    _, theirs, _ = dciodvfy.validate(file, require_tool("dciodvfy"), 20)
    wanted = {(f.severity.value, f.kind, f.path) for f in theirs if f.path.startswith("/ContentSequence")}
    assert {f for f in findings(data, Profile.DCIODVFY) if f[2].startswith("/ContentSequence")} == wanted
