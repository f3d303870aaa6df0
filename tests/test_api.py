"""The library, and the whole file that it makes, against the real dciodvfy."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational
from pydicom import Dataset, dcmread

import dicomize
from dicomize.api import Options
from dicomize.errors import DestinationExists, MetadataError, SourceUnreadable
from dicomize.model import Finding, UIDMode
from dicomize.wrappers import dciodvfy

FILE_TIME = 1_600_000_000  # 2020-09-13 12:26:40 UTC
EXIF = {
    0x010F: "Canon",
    0x0110: "EOS R5",
    0x0131: "1.2",
    0x9003: "2024:01:02 10:11:12",
    0x9011: "+09:00",
    0x829A: IFDRational(1, 125),
    0x829D: IFDRational(28, 10),
    0x8827: 400,
    0x920A: IFDRational(50, 1),
    0x9209: 1,
}
JAPANESE = "Yamada^Tarou=山田^太郎=やまだ^たろう"  # PS3.5 H.3.1


@pytest.fixture
def jpeg(tmp_path: Path) -> Callable[..., Path]:
    def make(mode: str = "RGB", exif: dict[int, Any] | None = None) -> Path:
        path = tmp_path / "picture.jpg"
        table = Image.Exif()
        for tag, value in (exif or {}).items():
            (table.get_ifd(0x8769) if tag > 0x8769 else table)[tag] = value
        Image.linear_gradient("L").resize((48, 32)).convert(mode).save(path, subsampling=0, exif=table)
        os.utime(path, (FILE_TIME, FILE_TIME))
        return path

    return make


def converted(source: Path, attributes: dict[str, str | int] | None = None, **options: Any) -> tuple[Path, Dataset]:
    destination = source.with_suffix(".dcm")
    chosen = Options(backend="pydicom", overwrite=True, **options)
    dicomize.convert(source, destination, attributes, chosen)
    return destination, dcmread(destination)


def says(path: Path, program: Path) -> list[Finding]:
    _, findings, _ = dciodvfy.validate(path, program, 60.0)
    return list(findings)


@pytest.mark.parametrize("sop_class", ["sc", "photo", "endoscopy", "microscopy"])
@pytest.mark.parametrize("transfer_syntax", ["as-is", "explicit"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("exif", [{}, EXIF], ids=["plain", "exif"])
def test_dciodvfy_finds_nothing(
    jpeg: Callable[..., Path],
    require_tool: Callable[[str], Path],
    sop_class: str,
    transfer_syntax: str,
    mode: str,
    exif: dict[int, Any],
) -> None:
    program = require_tool("dciodvfy")
    path, _ = converted(jpeg(mode, exif), {"PatientID": "1"}, sop_class=sop_class, transfer_syntax=transfer_syntax)
    assert says(path, program) == []


RICH: dict[str, str | int] = {
    "PatientID": "1",
    "PatientName": JAPANESE,
    "PatientBirthDate": "19700131",
    "PatientSex": "F",
    "AccessionNumber": "A1",
    "StudyDescription": "検査",
    "InstanceNumber": 7,
    "Laterality": "R",
    "BodyPartExamined": "HAND",
    "OtherPatientIDsSequence[0].PatientID": "2",
    "OtherPatientIDsSequence[0].IssuerOfPatientID": "Elsewhere",
    "OtherPatientIDsSequence[0].TypeOfPatientID": "TEXT",
    "(0040,0275)[0].RequestedProcedureID": "R1",
    "00400275.00400009": "S1",
    "(0008,1032)[0].CodeValue": "77477000",
    "(0008,1032)[0].CodingSchemeDesignator": "SCT",
    "(0008,1032)[0].CodeMeaning": "Computed tomography",
}


@pytest.mark.parametrize("sop_class", ["sc", "photo", "endoscopy", "microscopy"])
@pytest.mark.parametrize("character_set", [None, r"\ISO 2022 IR 87", r"ISO 2022 IR 13\ISO 2022 IR 87", "GB18030"])
def test_dciodvfy_finds_nothing_in_rich_metadata(
    jpeg: Callable[..., Path], require_tool: Callable[[str], Path], sop_class: str, character_set: str | None
) -> None:
    program = require_tool("dciodvfy")
    stated: dict[str, str | int] = {} if character_set is None else {"SpecificCharacterSet": character_set}
    path, dataset = converted(jpeg(exif=EXIF), RICH | stated, sop_class=sop_class)
    assert says(path, program) == []
    assert str(dataset.PatientName) == JAPANESE
    assert dataset.StudyDescription == "検査"
    assert dataset.InstanceNumber == 7
    assert dataset.RequestAttributesSequence[0].ScheduledProcedureStepID == "S1"


def test_a_japanese_name_in_the_bytes(jpeg: Callable[..., Path]) -> None:
    path, dataset = converted(jpeg(), {"PatientName": JAPANESE})
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    assert JAPANESE.encode() in path.read_bytes()
    path, _ = converted(jpeg(), {"PatientName": JAPANESE, "SpecificCharacterSet": r"\ISO 2022 IR 87"})
    # PS3.5 H.3.1: each part goes back to ASCII before its delimiter
    example = (
        "59 61 6D 61 64 61 5E 54 61 72 6F 75 3D 1B 24 42 3B 33 45 44 1B 28 42 5E 1B 24 42 42 40 4F 3A 1B 28 42 3D "
        "1B 24 42 24 64 24 5E 24 40 1B 28 42 5E 1B 24 42 24 3F 24 6D 24 26 1B 28 42"
    )
    assert bytes.fromhex(example) in path.read_bytes()


def test_what_exif_says_is_in_its_place(jpeg: Callable[..., Path]) -> None:
    _, dataset = converted(jpeg(exif=EXIF), sop_class="photo")
    assert (dataset.Manufacturer, dataset.ManufacturerModelName, dataset.SoftwareVersions) == ("Canon", "EOS R5", "1.2")
    assert (dataset.StudyDate, dataset.StudyTime) == (dataset.AcquisitionDate, dataset.AcquisitionTime)
    assert (dataset.StudyDate, dataset.StudyTime) == ("20240102", "101112")
    assert dataset.TimezoneOffsetFromUTC == "+0900"
    assert (dataset.ExposureTimeInSeconds, dataset.FNumber, dataset.FocalLength) == (0.008, 2.8, 50)
    assert (dataset.PhotographicSensitivity, dataset.FlashFiringStatus) == (400, 1)


def test_the_same_call_gives_the_same_bytes(jpeg: Callable[..., Path], tmp_path: Path) -> None:
    source = jpeg(exif=EXIF)
    one = dicomize.convert(source, tmp_path / "one.dcm", {"PatientID": "1"}, Options(backend="pydicom"))
    two = dicomize.convert(source, tmp_path / "two.dcm", {"0010,0020": "1"}, Options(backend="pydicom"))
    assert one.sha256 == two.sha256
    assert (tmp_path / "one.dcm").read_bytes() == (tmp_path / "two.dcm").read_bytes()


def test_a_plan_decides_and_writes_nothing(jpeg: Callable[..., Path], tmp_path: Path) -> None:
    plan = dicomize.plan(jpeg(), str(tmp_path / "a.dcm"), {"PatientID": "1"}, Options(uids=UIDMode.RANDOM))
    assert plan.destination == tmp_path / "a.dcm"
    assert not plan.destination.exists()


def test_a_site_by_file(jpeg: Callable[..., Path], tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('sop_class = "endoscopy"\n[attributes]\nInstitutionName = "H"\n', encoding="utf-8")
    _, dataset = converted(jpeg(), site=str(site))
    assert (dataset.Modality, dataset.InstitutionName) == ("ES", "H")


def test_inspect_and_check(jpeg: Callable[..., Path]) -> None:
    source = jpeg(exif=EXIF)
    assert dicomize.inspect(source).exif.Make == "Canon"
    path, _ = converted(source, {"PatientID": "1"})
    assert dicomize.check(path).findings == ()
    assert dicomize.check(path.read_bytes()).findings == ()
    assert dicomize.check(dcmread(path)).findings == ()
    with pytest.raises(SourceUnreadable):
        dicomize.check(path.with_name("none.dcm"))


def test_what_is_wrong_leaves_nothing_behind(jpeg: Callable[..., Path], tmp_path: Path) -> None:
    source, destination = jpeg(), tmp_path / "a.dcm"
    with pytest.raises(MetadataError, match="PatientSex='male' must be one of M, F, O"):
        dicomize.convert(source, destination, {"PatientSex": "male"})
    assert not destination.exists()
    destination.write_bytes(b"mine")
    with pytest.raises(DestinationExists):
        dicomize.convert(source, destination)
    assert destination.read_bytes() == b"mine"
