"""dicomize dump."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.data import get_testdata_file

Run = Callable[..., Any]


@pytest.fixture
def mr() -> Path:
    path = get_testdata_file("MR_small.dcm", download=False)
    assert isinstance(path, str)
    return Path(path)


def test_text_and_json(invoke: Run, mr: Path) -> None:
    done = invoke("dump", mr)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:2] == ["", "# Dicom-File-Format"]
    assert "(0008,0060) CS [MR]                                     #   2, 1 Modality\n" in done.out
    held = json.loads(invoke("dump", mr, "--form", "json").out)
    assert held["00080060"] == {"vr": "CS", "Value": ["MR"]}
    (result,) = invoke("dump", mr, "--json").json["results"]
    assert (result["dataset"], result["complete"], result["problems"]) == (held, True, [])


def test_selected(invoke: Run, mr: Path) -> None:
    done = invoke("dump", mr, "--tag", "Modality", "--tag", "0010,0010")
    assert [line[:11] for line in done.out.splitlines()] == ["(0008,0060)", "(0010,0010)"]
    assert invoke("dump", mr, "--tag", "PatientSpeciesDescription").out == ""
    assert invoke("dump", mr, "--private").out == ""
    assert "(0008,0060)" in invoke("dump", mr, "--no-private").out


def test_wrong_words(invoke: Run, mr: Path, tmp_path: Path) -> None:
    invoke("dump", mr, "--form", "xml").complains(2, "there is no form 'xml'; choose one of dcmtk, json")
    invoke("dump", mr, "--tag", "Nonesuch").complains(9, "Nonesuch")
    invoke("dump", mr, "--tag", "A[x].PatientID").complains(9, "is malformed")
    invoke("dump", tmp_path / "absent").complains(3, "does not exist; check the name")


def test_a_damaged_file(invoke: Run, mr: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut\n.dcm"
    cut.write_bytes(mr.read_bytes()[:3000])
    done = invoke("dump", cut)
    done.complains(3, "cut\\n.dcm at byte ", "runs past the end of the file")
    assert "(7fe0,0010) OW " in done.out
    result = invoke("dump", cut, "--json").json
    assert result["exit_code"] == 3
    assert result["results"][0]["problems"][0]["damage"] == "past-end"
    assert "7FE00010" in result["results"][0]["dataset"]
