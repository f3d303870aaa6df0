"""--metadata FILE: three formats and the DICOM JSON Model say what -k says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from dicomize.errors import MetadataError
from dicomize.metadata.dataset import DatasetBuilder, Entry
from dicomize.metadata.dicomfile import read_elements
from dicomize.metadata.elements import pairs_of
from dicomize.metadata.tables import read_table
from dicomize.model import Attribute

Pairs = tuple[tuple[str, str], ...]
SAME: Pairs = (
    ("PatientName", "Müller^Jürgen"),
    ("0010,0020", "0012"),
    ("PatientBirthDate", "19700102"),
    ("PatientOrientation", "L\\F"),
    ("InstanceNumber", "7"),
    ("PatientWeight", "71.5"),
    ("BurnedInAnnotation", "NO"),
    ("AccessionNumber", ""),
    ("RequestAttributesSequence", ""),
    ("RequestAttributesSequence[0].RequestedProcedureID", "A"),
    ("RequestAttributesSequence[1].RequestedProcedureID", "B"),
    ("RequestAttributesSequence[1].RequestedProcedureCodeSequence", ""),
    ("RequestAttributesSequence[1].RequestedProcedureCodeSequence[0].CodeValue", "1"),
)
TEXTS = {
    "x.json": """{"PatientName": "Müller^Jürgen", "0010,0020": "0012", "PatientBirthDate": "19700102",
        "PatientOrientation": ["L", "F"], "InstanceNumber": 7, "PatientWeight": 71.5, "BurnedInAnnotation": "NO",
        "AccessionNumber": null, "RequestAttributesSequence": [{"RequestedProcedureID": "A"},
        {"RequestedProcedureID": "B", "RequestedProcedureCodeSequence": {"CodeValue": "1"}}]}""",
    "x.toml": """
        PatientName = "Müller^Jürgen"
        "0010,0020" = "0012"
        PatientBirthDate = 1970-01-02
        PatientOrientation = ["L", "F"]
        InstanceNumber = 7
        PatientWeight = 71.5
        BurnedInAnnotation = "NO"
        AccessionNumber = ""
        [[RequestAttributesSequence]]
        RequestedProcedureID = "A"
        [[RequestAttributesSequence]]
        RequestedProcedureID = "B"
        [RequestAttributesSequence.RequestedProcedureCodeSequence]
        CodeValue = "1"
        """,
    "x.yaml": """
PatientName: Müller^Jürgen
0010,0020: 0012
PatientBirthDate: 19700102
PatientOrientation: [L, F]
InstanceNumber: 7
PatientWeight: 71.5
BurnedInAnnotation: NO
AccessionNumber: null
RequestAttributesSequence:
  - RequestedProcedureID: A
  - RequestedProcedureID: B
    RequestedProcedureCodeSequence: {CodeValue: 1}
""",
}


@pytest.fixture(autouse=True)
def _needs_yaml(request: pytest.FixtureRequest) -> None:
    if "yaml" in request.node.name:
        pytest.importorskip("yaml", reason="PyYAML is not installed: pip install pyyaml")


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", TEXTS)
def test_three_formats_say_the_same(name: str, tmp_path: Path) -> None:
    assert read_table(write(tmp_path, name, TEXTS[name])) == SAME
    assert read_table(write(tmp_path, name.upper(), "\ufeff" + TEXTS[name])) == SAME


def frozen(pairs: Pairs) -> tuple[Attribute, ...]:
    builder = DatasetBuilder()
    builder.put_all(Entry(key, text, "") for key, text in pairs)
    return builder.freeze()


def instance(folder: Path) -> Path:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.PatientName, dataset.OtherPatientNames = "Müller^Jürgen", ["A^B", "C"]
    dataset.PatientOrientation, dataset.AccessionNumber = ["L", "F"], None
    dataset.PatientWeight, dataset.SeriesNumber = "71.5", 12
    dataset.FrameAcquisitionNumber, dataset.RecommendedDisplayFrameRateInFloat = 3, 0.25
    dataset.PatientComments = "two\nlines \\ and a backslash"
    dataset.RequestAttributesSequence = [Dataset()]
    dataset.RequestAttributesSequence[0].RequestedProcedureID = "7"
    dataset.ProcedureCodeSequence = []
    dataset.StudyInstanceUID, dataset.SOPInstanceUID = "1.2.3", "1.2.4"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"  # type: ignore[assignment] # pydicom makes a UID of it
    dataset.save_as(folder / "instance.dcm", enforce_file_format=True)
    return folder / "instance.dcm"


def test_the_json_model_as_dcmtk_writes_it(tmp_path: Path) -> None:
    program = shutil.which("dcm2json")
    if program is None:
        pytest.skip("dcm2json is not installed: apt install dcmtk, brew install dcmtk")
    path = instance(tmp_path)
    table = tmp_path / "x.json"
    subprocess.run([program, path, table], check=True, capture_output=True)
    expected = frozen(tuple(pairs_of(e for e in read_elements(path) if e.tag != 0x00080005)))
    assert [a for a in frozen(read_table(table)) if a.tag != 0x00080005] == list(expected)


def test_the_json_model_as_pydicom_writes_it(tmp_path: Path) -> None:
    path = instance(tmp_path)
    data = dcmread(path).to_json_dict()
    expected = frozen(tuple(pairs_of(read_elements(path))))
    assert frozen(read_table(write(tmp_path, "x.json", json.dumps(data)))) == expected
    # DICOMweb gives a list of data sets
    assert frozen(read_table(write(tmp_path, "y.json", json.dumps([data])))) == expected


def test_names_and_the_json_model(tmp_path: Path) -> None:
    """PS3.18 F.2.2: the groups of a name."""
    table = {
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}]},
        "00101001": {"vr": "PN", "Value": [{"Phonetic": "やまだ"}, None]},
        "PatientID": "mixed with a plain value",
    }
    assert read_table(write(tmp_path, "x.json", json.dumps(table))) == (
        ("00100010", "Yamada^Tarou=山田^太郎"),
        ("00101001", "==やまだ\\"),
        ("PatientID", "mixed with a plain value"),
    )


def test_items_that_hold_nothing_are_passed_over(tmp_path: Path) -> None:
    pairs = read_table(write(tmp_path, "x.json", '{"ProcedureCodeSequence": [{}, {"CodeValue": "1"}]}'))
    assert pairs == (("ProcedureCodeSequence", ""), ("ProcedureCodeSequence[0].CodeValue", "1"))
    assert len(frozen(pairs)[0].items) == 1


def test_dates_and_times_of_toml(tmp_path: Path) -> None:
    text = """StudyDate = 2024-02-29
        StudyTime = 01:02:03
        AcquisitionTime = 01:02:03.5
        AcquisitionDateTime = 2024-02-29T01:02:03.25+09:00"""
    pairs = read_table(write(tmp_path, "x.toml", text))
    assert [text for _, text in pairs] == ["20240229", "010203", "010203.500000", "20240229010203.250000+0900"]
    frozen(pairs)


def test_yaml_takes_no_text_for_something_else(tmp_path: Path) -> None:
    text = "A: 0012\nB: NO\nC: 12:30:00\nD: 1_000\nE: 2024-01-02\nF: '~'\nG: ~\nH:\nI: 0x10\nJ: =\nK: [~, 'null']\nL: 1e3\n"
    assert dict(read_table(write(tmp_path, "x.yml", text))) == {
        "A": "0012", "B": "NO", "C": "12:30:00", "D": "1_000", "E": "2024-01-02", "F": "~", "G": "", "H": "",
        "I": "0x10", "J": "=", "K": "\\null", "L": "1e3",
    }  # fmt: skip


MODEL = '{"00100010": {"vr": "PN", %s}}'
BAD = {
    "x.txt": ("", "does not say what it is; let it end in .json, .toml, .yaml, .yml"),
    "empty.json": ("", "cannot be read: Expecting value"),
    "cut.json": ('{"a": ', "cannot be read: Expecting value"),
    "list.json": ("[]", "no table of keys and values"),
    "two.json": ("[{}, {}]", "no table of keys and values"),
    "scalar.json": ("3", "no table of keys and values"),
    "twice.json": ('{"PatientID": "1", "PatientID": "2"}', "it says 'PatientID' twice"),
    "true.json": ('{"BurnedInAnnotation": true}', "BurnedInAnnotation is true, which no attribute can be"),
    "nan.json": ('{"PatientWeight": NaN}', "NaN is no number"),
    "mixed.json": ('{"RequestAttributesSequence": [{}, "x"]}', "RequestAttributesSequence is no value"),
    "lists.json": ('{"PatientID": [["x"]]}', "PatientID is no value"),
    "deep.json": ('{"a":' * 100000, "cannot be read: "),
    "nested.json": ('{"a":' * 40 + "1" + "}" * 40, "more than 16 deep"),
    "x.toml": ("PatientID = ", "cannot be read: Invalid value"),
    "twice.toml": ('PatientID = "1"\nPatientID = "2"', "cannot be read: Cannot overwrite"),
    "bool.toml": ("BurnedInAnnotation = true", "is true, which no attribute"),
    "x.yaml": ("a: [", "it is no YAML"),
    "twice.yaml": ("a: 1\na: 2", "it says 'a' twice"),
    "key.yaml": ("? [a]\n: 1", "a key is no text"),
    "python.yaml": ("a: !!python/object/apply:os.getcwd []", "it is no YAML"),
    "binary.yaml": ("a: !!binary aGVsbG8=", "a is no value"),
    "self.yaml": ("&a {x: [*a]}", "more than 16 deep"),
    "laughs.yaml": (
        "a: &a [{x: 1}, {x: 1}, {x: 1}, {x: 1}, {x: 1}, {x: 1}, {x: 1}, {x: 1}, {x: 1}, {x: 1}]\n"
        + "".join(
            f"{after}: &{after} [{', '.join(f'{{x: *{before}}}' for _ in range(10))}]\n"
            for before, after in zip("abcdefg", "bcdefgh", strict=True)
        ),
        "more than 100000 attributes",
    ),
    "several.yaml": ("a: 1\n---\na: 2", "it is no YAML"),
    "bulk.json": (MODEL % '"BulkDataURI": "x"', "00100010 holds binary data"),
    "inline.json": (MODEL % '"InlineBinary": "x"', "00100010 holds binary data"),
    "member.json": (MODEL % '"value": []', "has 'value', which the DICOM JSON Model does not know"),
    "no list.json": (MODEL % '"Value": "x"', "Value of 00100010 is no list"),
    "name.json": (MODEL % '"Value": ["x"]', "00100010 is a name, but no table of its groups"),
    "group.json": (MODEL % '"Value": [{"Family": "x"}]', "has a group 'Family'"),
    "VR.json": ('{"00100020": {"vr": "SH", "Value": ["x"]}}', "00100020 has the VR LO, not 'SH'"),
    "no VR.json": ('{"00100020": {"vr": [], "Value": ["x"]}}', "00100020 has the VR LO, not"),
    "table.json": ('{"00100020": {"vr": "LO", "Value": [{}]}}', "holds a table where a value must be"),
    "items.json": ('{"00400275": {"vr": "SQ", "Value": ["x"]}}', "is a sequence, but holds what is no data set"),
    "unknown.json": ('{"00189999": {"vr": "LO", "Value": ["x"]}}', "is no attribute of the DICOM dictionary"),
    "private.json": (
        '{"00091001": {"vr": "LO", "Value": ["x"]}}',
        "is private, and private attributes are not written",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_table(name: str, tmp_path: Path) -> None:
    text, words = BAD[name]
    with pytest.raises(MetadataError) as raised:
        read_table(write(tmp_path, name, text))
    assert words in str(raised.value)
    assert str(raised.value).isprintable()


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match="does not exist"):
        read_table(tmp_path / "none.json")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(MetadataError, match="Is a directory"):
        read_table(tmp_path / "folder.json")
    (tmp_path / "latin.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(MetadataError, match="cannot be read: 'utf-8' codec"):
        read_table(tmp_path / "latin.json")
    (tmp_path / "endless.json").symlink_to("/dev/zero")
    with pytest.raises(MetadataError, match="is larger than 64 MiB"):
        read_table(tmp_path / "endless.json")


def test_without_pyyaml_the_message_says_how_to_get_it(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['yaml'] = None\n"
        "from dicomize.metadata.tables import read_table; from pathlib import Path\n"
        "read_table(Path(sys.argv[1]))"
    )
    path = write(tmp_path, "x.yaml", "a: 1")
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=False)
    assert "MetadataError: YAML cannot be read here, since PyYAML is not installed" in done.stderr
    assert "pip install 'dicomize[yaml]'" in done.stderr


KEYS = st.sampled_from(["PatientName", "00100010", "00400275", "RequestAttributesSequence", "vr", "Value", "x", ""])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
TABLES = st.dictionaries(KEYS, LEAVES | st.lists(LEAVES, max_size=3), max_size=4)
VALUES = st.dictionaries(KEYS, LEAVES | TABLES | st.lists(LEAVES | TABLES, max_size=3), max_size=4)


@settings(deadline=None)
@given(value=VALUES)
def test_any_json_gives_pairs_or_a_message(value: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = write(tmp_path_factory.getbasetemp(), "any.json", json.dumps(value))
    with suppress(MetadataError):
        frozen(read_table(path))


@settings(deadline=None)
@given(text=st.text(alphabet="ab:-[]{},&*!|>?'\"\\n \\t#%@`~0", max_size=30))
def test_any_yaml_gives_pairs_or_a_message(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = write(tmp_path_factory.getbasetemp(), "any.yaml", text)
    with suppress(MetadataError):
        frozen(read_table(path))
