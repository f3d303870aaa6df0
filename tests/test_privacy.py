"""A marker planted in every place that is not the picture is not in the result, whoever wrote it (docs/privacy.md)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from PIL import features

import dicomize
from dicomize import Options
from dicomize.errors import SourceDamaged, SourceUnsupported, ToolMissing

from .planting import BY_DESIGN, FORMS, PLACES, REFUSED, TEXT, behind_soi, in_exif, jpeg, lowered, segment

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "privacy.md").read_text(encoding="utf-8")
WHO = {"PatientID": "4711", "StudyDate": "20240102", "StudyTime": "1200"}
WAYS = {
    "as it is": Options(),
    "photo": Options(sop_class="photo"),
    "decoded": Options(transfer_syntax="explicit"),
    "dcmtk": Options(backend="dcmtk"),
    "gdcm": Options(backend="gdcm"),
    "pydicom": Options(backend="pydicom"),
}


def planted(name: str, folder: Path) -> Path:
    for word, module in (("JPEG-LS", "imagecodecs"), ("HEIC", "pillow_heif")):
        if word in name:
            pytest.importorskip(module)
    for word in ("WebP", "AVIF"):
        if word in name and not features.check(word.lower()):
            pytest.skip(f"{word} support in Pillow is not installed")
    path = folder / "planted"
    path.write_bytes(PLACES[name]())
    return path


@pytest.mark.parametrize("name", sorted(PLACES))
def test_what_is_not_the_picture_does_not_leave_the_file(name: str, tmp_path: Path) -> None:
    source, written = planted(name, tmp_path), 0
    page = 1 if "animation" in name or "page" in name else 0
    for way, options in WAYS.items():
        target = tmp_path / f"{way}.dcm"
        try:
            dicomize.convert(source, target, WHO, replace(options, page=page))
        except ToolMissing:
            continue
        data = target.read_bytes()
        assert not [form for form in FORMS if form in data], way
        written += 1
    assert written >= 1


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_could_hide_among_the_picture_is_refused(name: str, tmp_path: Path) -> None:
    make, says = REFUSED[name]
    if "JPEG-LS" in name:
        pytest.importorskip("imagecodecs")
    (tmp_path / "x").write_bytes(make())
    for options in (Options(), Options(backend="pydicom", transfer_syntax="explicit")):
        with pytest.raises((SourceDamaged, SourceUnsupported), match=re.escape(says)):
            dicomize.convert(tmp_path / "x", tmp_path / "x.dcm", WHO, options)
    assert not (tmp_path / "x.dcm").exists()


def test_rows_behind_a_lowered_height(tmp_path: Path) -> None:
    """They are either seen as damage, or cut off."""
    (tmp_path / "x.jpg").write_bytes(lowered())
    try:
        dicomize.convert(tmp_path / "x.jpg", tmp_path / "x.dcm", WHO)
    except SourceDamaged:
        return
    assert not [form for form in FORMS if form in (tmp_path / "x.dcm").read_bytes()]


@pytest.mark.parametrize("tag", BY_DESIGN)
def test_what_becomes_an_attribute(tag: int, tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(behind_soi(jpeg(), segment(0xE1, b"Exif\0\0" + in_exif(tag))))
    dicomize.convert(tmp_path / "x.jpg", tmp_path / "x.dcm", WHO)
    dataset = pydicom.dcmread(tmp_path / "x.dcm")
    assert dataset[BY_DESIGN[tag]].value == TEXT
    assert (tmp_path / "x.dcm").read_bytes().count(TEXT.encode()) == 1


def test_the_name_of_the_file(tmp_path: Path) -> None:
    source = tmp_path / f"{TEXT}.jpg"
    source.write_bytes(jpeg())
    dicomize.convert(source, tmp_path / "x.dcm", WHO)
    assert TEXT.encode() not in (tmp_path / "x.dcm").read_bytes()


def test_the_marker_is_there_to_be_found(tmp_path: Path) -> None:
    """Apart from where it is compressed or too long for its place."""
    hidden = {name for name in PLACES if not any(form in planted(name, tmp_path).read_bytes() for form in FORMS)}
    assert hidden <= {"PNG iCCP"}


def test_the_page_names_every_attribute_that_exif_becomes() -> None:
    for keyword in (*BY_DESIGN.values(), "AcquisitionDate", "TimezoneOffsetFromUTC", "FNumber", "ICCProfile"):
        assert keyword in PAGE
