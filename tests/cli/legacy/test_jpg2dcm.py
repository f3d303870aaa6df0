"""dcm4che's jpg2dcm: the examples of its README, on three backends. The real one needs Java and is not run."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from dicomize.cli.legacy import jpg2dcm
from dicomize.cli.legacy.arguments import read_commons
from dicomize.errors import UsageError

Run = Callable[..., Any]

XML = """<?xml version="1.0" encoding="UTF-8"?>
<NativeDicomModel xml:space="preserve">
<DicomAttribute tag="00100010" vr="PN" keyword="PatientName"><PersonName number="1"><Alphabetic>
<FamilyName>Simpson</FamilyName><GivenName>Homer</GivenName></Alphabetic></PersonName></DicomAttribute>
<DicomAttribute tag="00200011" vr="IS" keyword="SeriesNumber"><Value number="1">999</Value></DicomAttribute>
</NativeDicomModel>"""
"""the form that dcm4che's own tools write, the Native DICOM Model of PS3.19"""

EXAMPLES = {
    "-f jpg2dcm.xml image.jpg image.dcm": {"PatientName": "Simpson^Homer", "SeriesNumber": "999"},
    "-na true homer.jpg image.dcm": {},
    "--no-app --xc -m PatientName=X^Y 00400275/00400009=3 -- homer.jpg image.dcm": {"PatientName": "X^Y"},
}


@pytest.mark.parametrize("line", EXAMPLES)
def test_examples(line: str, folder: Path, invoke: Run, require_tool: Callable[[str], Path]) -> None:
    require_tool("img2dcm"), require_tool("gdcmimg")
    (folder / "jpg2dcm.xml").write_text(XML)
    results = set()
    for backend in ("dcmtk", "gdcm", "pydicom"):
        done = invoke("jpg2dcm", "--backend", backend, *line.split())
        assert done.code == 0, done.err
        results.add((folder / "image.dcm").read_bytes())
    assert len(results) == 1
    result = dcmread(folder / "image.dcm")
    for keyword, value in EXAMPLES[line].items():
        assert str(result[keyword].value) == value
    if "--xc" in line:
        assert result.SOPClassUID.name == "VL Photographic Image Storage"
        assert result.RequestAttributesSequence[0].ScheduledProcedureStepID == "3"


def test_into_a_folder(folder: Path, invoke: Run) -> None:
    (folder / "out").mkdir()
    done = invoke("jpg2dcm", "--json", "image.jpg", "homer.jpg", "out")
    assert done.code == 0
    assert ["equivalent" in result for result in done.json["results"]] == [False, False]
    assert sorted(p.name for p in (folder / "out").iterdir()) == ["homer.jpg.dcm", "image.jpg.dcm"]
    invoke("jpg2dcm", "image.jpg", "homer.jpg", "nowhere").complains(2, "is no folder, but must take 2 results")
    invoke("jpg2dcm", "image.jpg", "image.jpg", "out").complains(2, "two pictures would both become")
    invoke("jpg2dcm", "image.jpg").complains(2, "a picture and a result are needed")


def test_the_same_as_convert(folder: Path, invoke: Run) -> None:
    (folder / "out").mkdir()
    (result,) = invoke("jpg2dcm", "--json", "--xc", "-m", "PatientName=X", "--", "image.jpg", "out").json["results"]
    made = (folder / "out" / "image.jpg.dcm").read_bytes()
    words = shlex.split(result["equivalent"])
    assert words[-1] == "out/image.jpg.dcm"
    assert invoke(*words[1:]).code == 0
    assert (folder / "out" / "image.jpg.dcm").read_bytes() == made


def test_values_end_at_the_next_option() -> None:
    parsed = read_commons(["-m", "A=1", "B=2", "--xc", "x.jpg", "-m", "C=3", "--", "-y.jpg", "out"], jpg2dcm.OPTIONS)
    assert parsed.parameters == ("x.jpg", "-y.jpg", "out")
    assert [g.values for g in parsed.given] == [("A=1", "B=2"), (), ("C=3",)]
    for words in ("-m", "-m --xc", "-f", "-z"):
        with pytest.raises(UsageError):
            read_commons(words.split(), jpg2dcm.OPTIONS)
