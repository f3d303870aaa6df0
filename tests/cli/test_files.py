"""Options that take attributes from files, on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

Run = Callable[..., Any]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3.4"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.InstanceNumber = "1.2.3.1", "1.2.3.2", 4
    dataset.PatientName, dataset.PatientID, dataset.PixelSpacing = "Template^T", "T1", ["1", "1"]
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = tmp_path / "template.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.usefixtures("template")
def test_on_every_backend_the_same(
    tmp_path: Path, photo: Path, dicomize: Run, require_tool: Callable[[str], Path]
) -> None:
    require_tool("img2dcm"), require_tool("gdcmimg")
    (tmp_path / "table.toml").write_text('PatientName = "Table^T"')
    files = ("--dataset-from", "template.dcm", "--series-from", "template.dcm", "--instance-inc")
    for backend in ("dcmtk", "gdcm", "pydicom"):
        words = ("--metadata", "table.toml", "--patient-id", "9", "--backend", backend)
        done = dicomize("convert", photo.name, f"{backend}.dcm", *files, *words)
        assert (done.code, done.err) == (0, "")
        assert "note: left out of --dataset-from template.dcm: " in done.out
    results = {(tmp_path / f"{backend}.dcm").read_bytes() for backend in ("dcmtk", "gdcm", "pydicom")}
    assert len(results) == 1
    result = dcmread(tmp_path / "dcmtk.dcm")
    assert (result.PatientName, result.PatientID, result.InstanceNumber) == ("Table^T", "9", 5)
    assert (result.StudyInstanceUID, result.SeriesInstanceUID) == ("1.2.3.1", "1.2.3.2")


@pytest.mark.usefixtures("template")
def test_the_plan_names_the_file_and_can_be_carried_out_without_it(photo: Path, invoke: Run, template: Path) -> None:
    done = invoke("plan", photo.name, "out.dcm", "--dataset-from", "template.dcm", "--save", "plan.json")
    assert done.code == 0
    assert "--dataset-from" in done.out
    assert "PixelSpacing (they describe the picture of that file)" in " ".join(done.out.split())
    planned = invoke("plan", photo.name, "out.dcm", "--dataset-from", "template.dcm", "--json").json["results"][0]
    origins = {a["tag"]: a["origin"] for a in planned["plan"]["attributes"]}
    assert origins[0x00100010] == "--dataset-from template.dcm"
    template.unlink()
    assert invoke("convert", "--plan", "plan.json").code == 0
    assert dcmread("out.dcm").PatientName == "Template^T"
    # what the plan says already cannot be said again
    invoke("convert", "--plan", "plan.json", "--dataset-from", "template.dcm", "--overwrite").complains(2)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--dataset-from", "none.dcm"), 9, "none.dcm does not exist; check the name"),
        (("--series-from", "photo.jpg"), 9, "photo.jpg is no DICOM file: it has no DICM prefix"),
        (("--dataset-from-xml", "template.dcm"), 9, "template.dcm is no XML that can be read"),
        (("--metadata", "template.dcm"), 9, "does not say what it is"),
        (("--instance-inc",), 2, "--instance-inc goes on from the InstanceNumber of a file"),
        (("--study-from", "template.dcm", "--series-from", "template.dcm"), 2, "exclude each other"),
    ],
)
@pytest.mark.usefixtures("template", "photo")
def test_mistakes(words: tuple[str, ...], code: int, message: str, dicomize: Run, tmp_path: Path) -> None:
    dicomize("convert", "photo.jpg", "out.dcm", *words).complains(code, message)
    assert not (tmp_path / "out.dcm").exists()


def test_damaged_text_gives_one_line(photo: Path, template: Path, dicomize: Run) -> None:
    """pydicom logs what it does not like; none of that may reach people."""
    data = template.read_bytes().replace(b"Template^T", b"T\xe9mplate^T")
    template.write_bytes(data)
    dicomize("convert", photo.name, "out.dcm", "--study-from", template.name).complains(9, "it is not ASCII")


def test_a_result_never_replaces_a_template(photo: Path, template: Path, dicomize: Run) -> None:
    before = template.read_bytes()
    words = ("--dataset-from", template.name, "--overwrite")
    dicomize("convert", photo.name, template.name, *words).complains(2, "template.dcm is itself one of the sources")
    assert template.read_bytes() == before
