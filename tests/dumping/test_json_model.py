"""The DICOM JSON Model against pydicom's and dcm2json's."""

from __future__ import annotations

import base64
import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian

from dicomize.dumping.json_model import model
from dicomize.dumping.opened import opened
from dicomize.dumping.selecting import Selection, selection_of

REAL = (
    "CT_small.dcm", "MR_small.dcm", "MR_small_implicit.dcm", "rtplan.dcm", "reportsi.dcm", "waveform_ecg.dcm",
    "examples_palette.dcm", "test-SR.dcm", "image_dfl.dcm", "liver_1frame.dcm", "badVR.dcm",
)  # fmt: skip


ALL = Selection()


def pydicoms(name: str) -> Path:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    return Path(path)


def ours(path: Path, selection: Selection = ALL) -> dict[str, Any]:
    with opened(path) as file:
        held = model(file, selection)
    assert json.loads(json.dumps(held, allow_nan=False)) == held
    return held


def by_reference(held: dict[str, Any], path: Path) -> dict[str, Any]:
    """With what is said to be somewhere put where it is."""
    data = path.read_bytes()
    for element in held.values():
        if "BulkDataURI" in element:
            name, _, query = element.pop("BulkDataURI").partition("?")
            assert name == path.name
            offset, length = (int(part.split("=")[1]) for part in query.split("&"))
            element["InlineBinary"] = base64.b64encode(data[offset : offset + length]).decode()
        for item in element.get("Value", ()) if element["vr"] == "SQ" else ():
            by_reference(item, path)
    return held


def comparable(held: dict[str, Any]) -> dict[str, Any]:
    """Without what two readings may differ in: numbers as text or as number, empty values, group lengths, and private
    elements, whose VRs depend on a dictionary. dcm2json says ISO_IR 192 of every text, and nothing of empty names."""
    found = {}
    for tag, element in held.items():
        if tag.endswith("0000") or int(tag[3], 16) % 2 or tag == "00080005":
            continue
        VR, values = element["vr"], element.get("Value", [])
        if VR == "SQ":
            values = [comparable(item) for item in values]
        elif VR in {"DS", "IS", "FD", "FL"}:
            values = [float(f"{float(v):.12g}") if is_number(v) else v for v in values]
        elif VR == "PN":
            values = [{k: v.rstrip("^") for k, v in value.items() if v.strip("^")} for value in values if value]
        found[tag] = (VR, [v for v in values if v not in (None, "", {})], element.get("InlineBinary", ""))
    return found


def is_number(value: object) -> bool:
    try:
        return math.isfinite(float(str(value)))
    except ValueError:
        return False


@pytest.mark.parametrize("name", [n for n in REAL if n not in {"image_dfl.dcm", "badVR.dcm"}])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_as_pydicom(name: str) -> None:
    path = pydicoms(name)
    theirs = dcmread(path).to_json_dict(suppress_invalid_tags=True)
    assert comparable(by_reference(ours(path), path)) == comparable(theirs)


@pytest.mark.parametrize("name", REAL)
def test_as_dcm2json(name: str) -> None:
    program = shutil.which("dcm2json")
    if program is None:
        pytest.skip("dcm2json is not installed: apt install dcmtk")
    path = pydicoms(name)
    done = subprocess.run([program, "-q", "-fc", path], capture_output=True, check=True, timeout=60)
    held = ours(path)
    if name != "image_dfl.dcm":  # its offsets are those of the inflated data set
        by_reference(held, path)
    else:
        assert held["7FE00010"].pop("BulkDataURI").startswith("image_dfl.dcm?offset=")
    theirs = comparable(json.loads(done.stdout))
    if name == "image_dfl.dcm":
        theirs["7FE00010"] = ("OB", [], "")
        held["7FE00010"]["vr"] = "OB"
    assert comparable(held) == theirs


def written(path: Path, dataset: Dataset, syntax: str = ExplicitVRLittleEndian) -> Path:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "2.25.1"
    little = syntax != ExplicitVRBigEndian
    dataset.save_as(path, implicit_vr=False, little_endian=little, enforce_file_format=True)
    return path


def test_values(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = "Yamada^Tarou=山田^太郎"
    dataset.ImageType = ["ORIGINAL", "", "X"]
    dataset.add_new("DiffusionBValue", "FD", [0.5, math.inf, -math.inf, math.nan])
    dataset.add_new("SelectorUVValue", "UV", [5, 2**60])
    dataset.FrameIncrementPointer = 0x00181063
    dataset.StudyDescription = ""
    held = ours(written(tmp_path / "x.dcm", dataset))
    assert held["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}]}
    assert held["00080008"] == {"vr": "CS", "Value": ["ORIGINAL", None, "X"]}
    assert held["00189087"] == {"vr": "FD", "Value": [0.5, "inf", "-inf", "NaN"]}
    assert held["00720083"] == {"vr": "UV", "Value": [5, str(2**60)]}
    assert held["00280009"] == {"vr": "AT", "Value": ["00181063"]}
    assert held["00081030"] == {"vr": "LO"}
    assert not any(tag.startswith("0002") for tag in held)


def test_big_endian_words_become_little_endian(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.add_new("PixelData", "OW", b"\1\2\3\4")
    dataset.BitsAllocated = 16
    held = ours(written(tmp_path / "x.dcm", dataset, ExplicitVRBigEndian))
    assert base64.b64decode(held["7FE00010"]["InlineBinary"]) == b"\2\1\4\3"


def test_names_are_quoted(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.add_new("PixelData", "OB", bytes(2000))
    held = ours(written(tmp_path / "a b?&#.dcm", dataset))
    assert held["7FE00010"]["BulkDataURI"].startswith("a%20b%3F%26%23.dcm?offset=")


def test_a_selection() -> None:
    path = pydicoms("rtplan.dcm")
    held = ours(path, selection_of(["PatientName", "DoseReferenceSequence[1].DoseReferenceNumber"], private=None))
    assert list(held) == ["00100010", "300A0010[1].300A0012"]
    assert held["300A0010[1].300A0012"] == {"vr": "IS", "Value": [2]}
