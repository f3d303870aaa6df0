"""Attributes from other DICOM files, held against what the real img2dcm takes from the same files."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

import dicomize
from dicomize.errors import MetadataError, UsageError
from dicomize.metadata import templates
from dicomize.metadata.dicomfile import read_elements
from dicomize.metadata.imported import AttributeFiles, read_files
from dicomize.model import Attribute, ConversionRequest
from dicomize.pipeline import execute, plan_all
from dicomize.serialize import dump_plan, load_plan

Write = Callable[..., Path]
SC = UID("1.2.840.10008.5.1.4.1.1.7")


def code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return item


def data_set(**attributes: Any) -> Dataset:
    """A small instance of another picture."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = SC, "1.2.3.4"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3.1", "1.2.3.2"
    dataset.PatientName, dataset.PatientID, dataset.PatientSex = "Example^Jane", "4711", "F"
    dataset.PatientBirthDate, dataset.StudyDate, dataset.StudyTime = "19700102", "20200304", "050607"
    dataset.ReferringPhysicianName, dataset.StudyID, dataset.AccessionNumber = "Doctor^D", "S1", "A1"
    dataset.SeriesNumber, dataset.Manufacturer, dataset.InstanceNumber = 7, "ACME", 41
    dataset.InstitutionName = "General Hospital"
    dataset.AnatomicRegionSequence = [code("39937001", "Skin")]
    dataset.Rows, dataset.Columns, dataset.BitsAllocated = 3, 5, 8
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes a data set as a DICOM file, and gives its path."""

    def make(dataset: Dataset, name: str = "template.dcm", *, implicit: bool = False) -> Path:
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        dataset.file_meta.MediaStorageSOPClassUID, dataset.file_meta.MediaStorageSOPInstanceUID = SC, UID("1.2.3.4")
        path = tmp_path / name
        dataset.save_as(path, enforce_file_format=True)
        return path

    return make


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    Image.linear_gradient("L").resize((48, 32)).convert("RGB").save(path)
    return path


def planned(source: Path, attributes: dict[str, str | int] | None = None, /, **options: Any) -> dicomize.Plan:
    return dicomize.plan(source, source.with_suffix(".out.dcm"), attributes, dicomize.Options(**options))


def find(plan: dicomize.Plan, keyword: str) -> Attribute | None:
    return next((a for a in plan.attributes if a.tag == tag_for_keyword(keyword)), None)


def value(plan: dicomize.Plan, keyword: str) -> str:
    found = find(plan, keyword)
    assert found is not None, keyword
    return "\\".join(map(str, found.value))


def origin(plan: dicomize.Plan, keyword: str) -> str:
    found = find(plan, keyword)
    assert found is not None, keyword
    return found.origin


@pytest.fixture
def img2dcm(require_tool: Callable[[str], Path], photo: Path, tmp_path: Path) -> Callable[..., Dataset]:
    """A function from options to what the real img2dcm makes of the photo with them."""
    program = require_tool("img2dcm")

    def run(*options: str | Path) -> Dataset:
        result = tmp_path / "theirs.dcm"
        subprocess.run([program, *options, photo, result], check=True, capture_output=True)
        return dcmread(result, stop_before_pixels=True)

    return run


def texts(dataset: Dataset, keywords: tuple[str, ...]) -> dict[str, str]:
    return {k: str(dataset[k].value or "") for k in keywords}


CHARSETS = {
    "ascii": ("", "Example^Jane"),
    "latin 1": ("ISO_IR 100", "Müller^Jürgen"),
    "cyrillic": ("ISO_IR 144", "Иванов^Иван"),
    "utf-8": ("ISO_IR 192", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    "japanese": ("\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
}


@pytest.mark.parametrize("kind", CHARSETS)
@pytest.mark.parametrize("option", ["study-from", "series-from"])
def test_study_and_series_as_img2dcm(
    option: str, kind: str, photo: Path, write: Write, img2dcm: Callable[..., Dataset]
) -> None:
    terms, name = CHARSETS[kind]
    dataset = data_set(PatientName=name, AccessionNumber=None)
    if terms:
        dataset.SpecificCharacterSet = terms.split("\\")
    template = write(dataset)
    plan = planned(photo, **{option.replace("-", "_"): template})
    keywords = templates.STUDY if option == "study-from" else templates.SERIES
    assert value(plan, "PatientName") == name
    # img2dcm keeps the first of several character sets only, and then the name cannot be read
    dataset.SpecificCharacterSet, dataset.PatientName = (terms, name) if "\\" not in terms else ("", "Example^Jane")
    theirs = img2dcm(f"--{option}", write(dataset, "theirs.dcm"))
    others = tuple(k for k in keywords if k != "PatientName" or "\\" not in terms)
    assert {k: value(plan, k) for k in others} == texts(theirs, others)
    assert {origin(plan, k) for k in keywords} == {f"--{option} {template}"}
    kept = find(plan, "SpecificCharacterSet")
    assert "\\".join(map(str, kept.value if kept else ())) == terms
    # nothing else is taken
    assert find(plan, "InstitutionName") is None
    assert "InstitutionName" not in theirs
    assert origin(plan, "InstanceNumber") == "order of sources"
    if option == "study-from":
        assert origin(plan, "SeriesInstanceUID") == "derived"


def test_the_whole_data_set_as_img2dcm(photo: Path, write: Write, img2dcm: Callable[..., Dataset]) -> None:
    template = write(data_set(ImageComments="A\nB", SoftwareVersions=["1", "2"], PatientWeight="71.50"))
    theirs = img2dcm("--dataset-from", template)
    result = photo.with_suffix(".dcm")
    dicomize.convert(photo, result, options=dicomize.Options(backend="pydicom", dataset_from=template))
    ours = dcmread(result, stop_before_pixels=True)
    assert ours.pop("ContributingEquipmentSequence")
    for element in theirs:
        if element.tag.group != 0x0028 and element.keyword != "SOPInstanceUID":
            assert ours[element.tag] == element
    assert {e.keyword for e in ours} - {e.keyword for e in theirs} <= {"ImageLaterality", "Modality"}


def test_an_instance_number_goes_on_as_with_img2dcm(photo: Path, write: Write, img2dcm: Callable[..., Dataset]) -> None:
    template, other = write(data_set()), write(data_set(InstanceNumber=8), "other.dcm")
    for options in (
        {"dataset_from": template},
        {"dataset_from": template, "instance_inc": True},
        {"study_from": template, "instance_inc": True},
        {"series_from": template, "instance_inc": True},
        {"dataset_from": template, "series_from": other, "instance_inc": True},
        {"dataset_from": other, "series_from": template, "instance_inc": True},
    ):
        words: list[str | Path] = []
        for name, given in options.items():
            words += [f"--{name.replace('_', '-')}"] + ([given] if isinstance(given, Path) else [])
        assert value(planned(photo, **options), "InstanceNumber") == str(img2dcm(*words).InstanceNumber), options


def test_several_pictures_count_on(photo: Path, write: Write) -> None:
    imports = read_files(AttributeFiles(series_from=write(data_set()), instance_inc=True))
    requests = [ConversionRequest(photo, Path(f"{n}.dcm"), imports=imports) for n in range(3)]
    plans = [plan for plan in plan_all(requests) if isinstance(plan, dicomize.Plan)]
    assert [value(plan, "InstanceNumber") for plan in plans] == ["42", "43", "44"]
    assert {value(plan, "SeriesInstanceUID") for plan in plans} == {"1.2.3.2"}


@pytest.mark.parametrize("keyword", ["BurnedInAnnotation", "RecognizableVisualFeatures"])
def test_nobody_says_no_of_a_picture_that_was_not_looked_at(photo: Path, write: Write, keyword: str) -> None:
    of_a_picture = data_set()
    setattr(of_a_picture, keyword, "NO")
    without = data_set()
    setattr(without, keyword, "NO")
    del without.Rows
    plan = planned(photo, dataset_from=write(of_a_picture))
    assert find(plan, keyword) is None
    assert f"{keyword} (somebody looked at the picture of that file, not at this one)" in plan.notes[0]
    assert value(planned(photo, dataset_from=write(without)), keyword) == "NO"


def test_what_belongs_to_the_other_picture_is_left_out_and_named(photo: Path, write: Write) -> None:
    dataset = data_set(
        PixelSpacing=["1", "1"], WindowCenter="40", LossyImageCompression="01", DerivationDescription="cut",
        BurnedInAnnotation="YES", NumberOfFrames=2, SmallestImagePixelValue=0,
    )  # fmt: skip
    dataset.ContributingEquipmentSequence = [Dataset()]
    dataset.ContributingEquipmentSequence[0].Manufacturer = "somebody else"
    dataset.add_new(0x00090010, "LO", "ACME 1")
    dataset.add_new(0x00091001, "LO", "secret")
    dataset.add_new(0x60000010, "US", 3)
    dataset.add_new(0x00189999, "LO", "unknown")
    dataset.AnatomicRegionSequence[0].add_new(0x00091001, "LO", "secret")
    dataset.AnatomicRegionSequence[0].EncapsulatedDocument = b"secret"
    (plan,) = [planned(photo, dataset_from=write(dataset))]
    note = plan.notes[0]
    assert "secret" not in repr(plan)
    for words in (
        "SOPClassUID, SOPInstanceUID (they identify that file)",
        "DerivationDescription, ContributingEquipmentSequence (they tell the history of that file)",
        "AnatomicRegionSequence.(0009,1001), (0009,0010), (0009,1001) (private attributes are not written)",
        "AnatomicRegionSequence.EncapsulatedDocument (they hold binary data)",
        "SmallestImagePixelValue, LossyImageCompression (the picture itself decides them)",
        "WindowCenter (they describe the picture of that file)",
        "OverlayRows (they belong to that file or its pixels)",
        "(0018,9999) (the DICOM dictionary does not know them)",
    ):
        assert words in note
    assert value(plan, "BurnedInAnnotation") == "YES"
    assert value(plan, "Rows") == "32"
    assert find(plan, "PixelSpacing") is None
    provenance = find(plan, "ContributingEquipmentSequence")
    assert provenance is not None
    assert [item[0].value for item in provenance.items] == [("dicomize",)]


def test_items_that_hold_nothing_are_passed_over(photo: Path, write: Write) -> None:
    private, last = Dataset(), code("1", "last")
    private.add_new(0x00091001, "LO", "secret")
    dataset = data_set(AnatomicRegionSequence=[Dataset(), private, last])
    regions = find(planned(photo, dataset_from=write(dataset)), "AnatomicRegionSequence")
    assert regions is not None
    assert [[a.value for a in item] for item in regions.items] == [[("1",), ("SCT",), ("last",)]]


def test_precedence(photo: Path, write: Write, tmp_path: Path) -> None:
    template, study = write(data_set()), write(data_set(PatientName="Study^S", StudyID=None), "study.dcm")
    table = tmp_path / "table.json"
    table.write_text('{"AccessionNumber": "M", "InstitutionName": "M"}')
    profile = dicomize.SiteProfile(name="here", attributes=(("InstitutionName", "site"), ("StationName", "site")))
    plan = planned(
        photo, {"InstitutionName": "k"}, site=profile, dataset_from=template, study_from=study, metadata=table
    )
    assert [(value(plan, k), origin(plan, k).split()[0]) for k in (
        "StationName", "Manufacturer", "PatientName", "AccessionNumber", "InstitutionName", "StudyID",
    )] == [
        ("site", "site"), ("ACME", "--dataset-from"), ("Study^S", "--study-from"), ("M", "--metadata"), ("k", "-k"),
        ("", "--study-from"),
    ]  # fmt: skip


def test_an_empty_attribute_of_a_template_takes_nothing_away(photo: Path, write: Write) -> None:
    plan = planned(photo, dataset_from=write(data_set(StudyID=None, StudyDate=None, StudyTime=None, StationName=None)))
    assert (value(plan, "StudyID"), origin(plan, "StudyDate")) == ("1", "file modification time")
    assert (value(plan, "StationName"), origin(plan, "StationName").split()[0]) == ("", "--dataset-from")


def test_the_result_does_not_depend_on_where_the_template_lies(photo: Path, write: Write) -> None:
    one, other = write(data_set()), write(data_set(), "elsewhere.dcm", implicit=True)
    plans = [planned(photo, dataset_from=path) for path in (one, other)]
    assert value(plans[0], "SOPInstanceUID") == value(plans[1], "SOPInstanceUID")
    changed = planned(photo, dataset_from=write(data_set(InstitutionName="Another"), "third.dcm"))
    assert value(changed, "SOPInstanceUID") != value(plans[0], "SOPInstanceUID")


def test_a_saved_plan_carries_it(photo: Path, write: Write) -> None:
    template = write(data_set())
    plan = planned(photo, dataset_from=template)
    template.unlink()
    again = load_plan(dump_plan(plan), "plan.json")
    assert (again.attributes, again.notes) == (plan.attributes, plan.notes)
    assert execute(again).report.errors == ()


def test_a_text_that_its_character_set_cannot_hold_is_left_to_a_wider_one(photo: Path, write: Write) -> None:
    dataset = data_set(PatientName="Müller")
    dataset.SpecificCharacterSet = "ISO_IR 100"
    plan = planned(photo, {"InstitutionName": "病院"}, dataset_from=write(dataset))
    assert (value(plan, "SpecificCharacterSet"), value(plan, "PatientName")) == ("ISO_IR 192", "Müller")


def test_a_bare_data_set_is_read(photo: Path, tmp_path: Path, img2dcm: Callable[..., Dataset]) -> None:
    bare = tmp_path / "bare.dcm"
    data_set().save_as(bare, implicit_vr=True, little_endian=True)
    assert value(planned(photo, dataset_from=bare), "PatientName") == str(img2dcm("-df", bare).PatientName)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "date": ({"StudyDate": "2020-1-2"}, "StudyDate='2020-1-2' is no date"),
    "sex": ({"PatientSex": "female"}, "PatientSex='female' must be one of"),
    "length": ({"AccessionNumber": "1" * 17}, "AccessionNumber='11111111111111111' has 17 characters"),
    "VM": ({"StudyID": ["1", "2"]}, "StudyID takes 1 value, not 2"),
}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom sees it too, when the tests write it
def test_its_values_are_checked_as_any_other(kind: str, photo: Path, write: Write) -> None:
    attributes, words = WRONG[kind]
    template = write(data_set(**attributes))
    for option in ("dataset_from", "study_from"):
        with pytest.raises(MetadataError, match=words) as raised:
            planned(photo, **{option: template})
        assert raised.value.message.startswith(f"--{option.replace('_', '-')} {template}: ")


def test_text_that_cannot_be_decoded_is_refused(photo: Path, write: Write) -> None:
    dataset = data_set()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    path = write(dataset)
    path.write_bytes(path.read_bytes().replace(b"Example^Jane", b"Ex\xff\xfeple^Jane"))
    with pytest.raises(MetadataError, match="PatientName cannot be read: Failed to decode"):
        planned(photo, dataset_from=path)
    path.write_bytes(path.read_bytes().replace(b"ISO_IR 192", b"ISO_IR 999"))
    with pytest.raises(MetadataError, match="no character set that can stand alone"):
        planned(photo, dataset_from=path)


def test_text_beyond_ascii_without_a_character_set_is_refused(photo: Path, write: Write) -> None:
    path = write(data_set())
    path.write_bytes(path.read_bytes().replace(b"Example^Jane", b"Exampl\xe9^Jane"))
    with pytest.raises(MetadataError, match="PatientName cannot be read: it is not ASCII"):
        planned(photo, study_from=path)


def test_files_that_lack_what_is_needed(photo: Path, write: Write) -> None:
    dataset = data_set(InstanceNumber=None)
    del dataset.SeriesInstanceUID
    path = write(dataset)
    planned(photo, study_from=path)
    with pytest.raises(MetadataError, match="the file has no SeriesInstanceUID"):
        planned(photo, series_from=path)
    for option in ("dataset_from", "study_from"):
        with pytest.raises(MetadataError, match="no InstanceNumber that --instance-inc could go on from"):
            planned(photo, instance_inc=True, **{option: path})


def test_options_that_exclude_each_other(photo: Path, write: Write) -> None:
    path = write(data_set())
    with pytest.raises(UsageError, match="--study-from and --series-from exclude each other"):
        planned(photo, study_from=path, series_from=path)
    with pytest.raises(UsageError, match="--dataset-from and --dataset-from-xml exclude each other"):
        planned(photo, dataset_from=path, dataset_from_xml=path)
    with pytest.raises(UsageError, match="--instance-inc goes on from the InstanceNumber of a file"):
        planned(photo, instance_inc=True)


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"\x08\x00", b"\x08\x00\x05\x00CS\xff\xff", bytes(128) + b"DICM\xff"]
)
def test_what_is_no_dicom_file(content: bytes, photo: Path, tmp_path: Path) -> None:
    path = tmp_path / "a\nb.dcm"
    path.write_bytes(content)
    with pytest.raises(MetadataError) as raised:
        planned(photo, study_from=path)
    assert str(raised.value).isprintable()


def test_files_that_cannot_be_read(photo: Path, tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match="does not exist"):
        planned(photo, dataset_from=tmp_path / "none.dcm")
    with pytest.raises(MetadataError, match="cannot be read: Is a directory"):
        planned(photo, dataset_from=tmp_path)


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_gives_a_message_or_a_plan(seed: int, photo: Path, write: Write) -> None:
    path = write(data_set(PatientName="Example^Jane"))
    data = bytearray(path.read_bytes())
    generator = random.Random(seed)  # noqa: S311 - the same every time
    for _ in range(1 + seed % 4):
        data[generator.randrange(132, len(data))] = generator.randrange(256)
    path.write_bytes(data[: generator.randrange(200, len(data) + 200)])
    with suppress(MetadataError):
        planned(photo, dataset_from=path)
        read_elements(path)
