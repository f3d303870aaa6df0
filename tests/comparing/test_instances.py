"""Attributes of two instances."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import DataElement, Dataset, dcmread
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from dicomize.comparing.ignoring import ignored
from dicomize.comparing.instances import compare_instances
from dicomize.comparing.model import Difference, DifferenceKind
from dicomize.errors import MetadataError, SourceUnreadable, SourceUnsupported

from .conftest import instance

Write = Callable[..., Path]
KIND = DifferenceKind


def differences(left: Path, right: Path, *ignore: str) -> tuple[Difference, ...]:
    return compare_instances(left, right, ignored(ignore)).differences


def code(meaning: str, *inner: Dataset) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "99", meaning
    if inner:
        item.ConceptCodeSequence = list(inner)
    return item


def test_the_same_file(write: Write, tmp_path: Path) -> None:
    one = write("one.dcm", PatientName="Doe^Jane")
    other = tmp_path / "other.dcm"
    shutil.copyfile(one, other)
    result = compare_instances(one, other)
    assert (result.identical_files, result.identical, result.differences, result.pixels) == (True, True, (), None)


def test_values_and_what_only_one_has(write: Write) -> None:
    one = write("one.dcm", PatientName="Doe^Jane", PatientID="1", PatientSex="")
    other = write("other.dcm", PatientName="Doe^John", StudyID="7", PatientSex="F")
    name, sex = "/PatientName(0010,0010)", "/PatientSex(0010,0040)"
    assert differences(one, other) == (
        Difference(KIND.VALUE, name, 0x00100010, ("PN", "PN"), "Doe^Jane", "Doe^John"),
        Difference(KIND.ONLY_LEFT, "/PatientID(0010,0020)", 0x00100020, ("LO", ""), "1", "absent"),
        Difference(KIND.VALUE, sex, 0x00100040, ("CS", "CS"), "empty", "F"),
        Difference(KIND.ONLY_RIGHT, "/StudyID(0020,0010)", 0x00200010, ("", "SH"), "absent", "7"),
    )


def test_empty_is_not_absent(write: Write) -> None:
    (difference,) = differences(write("one.dcm", PatientSex=""), write("other.dcm", instance()))
    assert (difference.kind, difference.left, difference.right) == (KIND.ONLY_LEFT, "empty", "absent")


def test_nested_values_have_paths_as_dciodvfy_writes_them(write: Write) -> None:
    one = write("one.dcm", AcquisitionContextSequence=[code("a"), code("b", code("deep"))])
    other = write("other.dcm", AcquisitionContextSequence=[code("a"), code("b", code("deeper"))])
    (difference,) = differences(one, other)
    assert difference.path == (
        "/AcquisitionContextSequence(0040,0555)[2]/ConceptCodeSequence(0040,a168)[1]/CodeMeaning(0008,0104)"
    )
    assert (difference.left, difference.right) == ("deep", "deeper")


def test_another_number_of_items(write: Write) -> None:
    one = write("one.dcm", AcquisitionContextSequence=[code("a"), code("b")])
    other = write("other.dcm", AcquisitionContextSequence=[code("x")])
    items, value = differences(one, other)
    assert (items.kind, items.left, items.right) == (KIND.ITEMS, "2 items", "1 item")
    assert value.path.endswith("[1]/CodeMeaning(0008,0104)")
    (gone,) = differences(one, write("none.dcm", instance()))
    assert (gone.kind, gone.left) == (KIND.ONLY_LEFT, "2 items")
    (emptied,) = differences(one, write("empty.dcm", AcquisitionContextSequence=[]))
    assert (emptied.kind, emptied.right) == (KIND.ITEMS, "empty")


def private(block: int, value: str, creator: str = "DICOMIZE TEST") -> Dataset:
    dataset = instance()
    dataset.add(DataElement(0x00290000 | block, "LO", creator))
    dataset.add(DataElement(0x00290001 | block << 8, "LO", value))
    return dataset


def test_private_elements_follow_their_creator(write: Write) -> None:
    one = write("one.dcm", private(0x10, "a"))
    assert differences(one, write("same.dcm", private(0x20, "a"))) == ()
    (difference,) = differences(one, write("value.dcm", private(0x20, "b")))
    assert (difference.path, difference.left, difference.right) == ("/(0029,1001)", "a", "b")
    other = differences(one, write("creator.dcm", private(0x10, "a", "SOMEBODY ELSE")))
    assert {d.kind for d in other} == {KIND.ONLY_LEFT, KIND.ONLY_RIGHT}


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_another_transfer_syntax_is_one_difference(syntax: UID, write: Write, tmp_path: Path) -> None:
    values = {
        "PatientName": "Doe^Jane", "Rows": 300, "SelectorFDValue": [0.5, -1e300], "SelectorATValue": [0x00100010],
        "SelectorSLValue": -2, "ImageType": ["ORIGINAL", "PRIMARY"], "SeriesNumber": "7",
        "AcquisitionContextSequence": [code("a", code("b"))], "TextValue": "a\\b  ",
    }  # fmt: skip
    one = write("one.dcm", **values)
    other = tmp_path / "other.dcm"
    big, implicit = syntax == ExplicitVRBigEndian, syntax == ImplicitVRLittleEndian
    dataset = instance(**values)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(other, enforce_file_format=True, implicit_vr=implicit, little_endian=not big)
    assert [d.path for d in differences(one, other)] == ["/TransferSyntaxUID(0002,0010)"]


def test_padding_does_not_count(write: Write) -> None:
    one, other = (write(name, PatientID=text, StudyID=text) for name, text in (("one.dcm", "a"), ("two.dcm", " a ")))
    assert differences(one, other) == ()
    left, right = (write(name, TextValue=text) for name, text in (("three.dcm", "a"), ("four.dcm", " a")))
    assert [d.kind for d in differences(left, right)] == [KIND.VALUE]  # leading blanks of UT count (PS3.5 6.2)


def test_names_in_other_character_sets(write: Write) -> None:
    one = write("one.dcm", SpecificCharacterSet="ISO_IR 100", PatientName="Müller^Zoë")
    other = write("other.dcm", SpecificCharacterSet="ISO_IR 192", PatientName="Müller^Zoë")
    assert [d.path for d in differences(one, other)] == ["/SpecificCharacterSet(0008,0005)"]
    wrong = write("wrong.dcm", SpecificCharacterSet="ISO_IR 100", PatientName="Muller^Zoë")
    difference = differences(one, wrong)[0]
    assert (difference.left, difference.right) == ("Müller^Zoë", "Muller^Zoë")


def test_the_same_value_under_another_vr(write: Write) -> None:
    dataset = instance()
    dataset.add(DataElement(0x00100020, "SH", "4711"))
    (difference,) = differences(write("one.dcm", PatientID="4711"), write("other.dcm", dataset))
    assert (difference.kind, difference.VR) == (KIND.VR, ("LO", "SH"))


def test_long_values_show_where_they_part(write: Write) -> None:
    common = "x" * 100
    (difference,) = differences(
        write("one.dcm", TextValue=common + "left"), write("other.dcm", TextValue=common + "right")
    )
    assert difference.left.endswith("xleft")
    assert difference.right.endswith("xright")
    assert len(difference.right) <= 64


def test_bytes_are_shown_by_length_and_digest(write: Write) -> None:
    one = write("one.dcm", EncapsulatedDocument=b"a" * 3_000_000)
    other = write("other.dcm", EncapsulatedDocument=b"a" * 2_999_999 + b"b")
    assert differences(one, write("same.dcm", EncapsulatedDocument=b"a" * 3_000_000)) == ()
    (difference,) = differences(one, other)
    assert difference.left.startswith("3000000 bytes, SHA-256 ")
    assert difference.left != difference.right
    short = differences(write("three.dcm", ICCProfile=b"ab"), write("four.dcm", ICCProfile=b"ac"))
    assert (short[0].left, short[0].right) == ("61 62", "61 63")


# ---------------------------------------------------------------- ignoring


def test_presets(write: Write) -> None:
    one = write("one.dcm", SOPInstanceUID="1.2.3", StudyDate="20240101", StudyTime="1200", PatientID="a")
    other = write("other.dcm", SOPInstanceUID="1.2.4", StudyDate="20240102", StudyTime="1300", PatientID="b")
    result = compare_instances(one, other, ignored(["uids", "times"]))
    assert [d.path for d in result.differences] == ["/PatientID(0010,0020)"]
    assert len(result.ignored) == 4  # SOPInstanceUID stands in the file meta information, too
    assert not result.identical
    assert compare_instances(one, other, ignored(["uids", "times", "PatientID"])).identical


def test_uids_that_say_what_something_is_count(write: Write) -> None:
    one = write("one.dcm", SOPClassUID="1.2.840.10008.5.1.4.1.1.7")
    other = write("other.dcm", SOPClassUID="1.2.840.10008.5.1.4.1.1.77.1.4")
    assert {d.path for d in differences(one, other, "uids")} == {
        "/MediaStorageSOPClassUID(0002,0002)", "/SOPClassUID(0008,0016)",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("word", "left"),
    [
        ("CodeMeaning", 0),
        ("0008,0104", 0),
        ("(0008,0104)", 0),
        ("AcquisitionContextSequence", 0),
        ("ConceptCodeSequence.CodeMeaning", 0),
        ("AcquisitionContextSequence.ConceptCodeSequence.CodeMeaning", 0),
        ("AcquisitionContextSequence.CodeMeaning", 1),
        ("CodeValue", 1),
    ],
)
def test_keys(word: str, left: int, write: Write) -> None:
    one = write("one.dcm", AcquisitionContextSequence=[code("a", code("b"))])
    other = write("other.dcm", AcquisitionContextSequence=[code("a", code("c"))])
    assert len(differences(one, other, word)) == left


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("PatientNam", "no DICOM keyword"),
        ("uid", "no DICOM keyword"),
        ("", "is no tag"),
        ("AcquisitionContextSequence[1].CodeMeaning", "numbers an item"),
        ("PatientName.", "is no tag"),
    ],
)
def test_words_that_mean_nothing(word: str, why: str) -> None:
    with pytest.raises(MetadataError, match=why):
        ignored([word])


# ---------------------------------------------------------------- what is no instance


def test_what_cannot_be_compared(write: Write, tmp_path: Path) -> None:
    one = write("one.dcm", instance())
    (tmp_path / "text.dcm").write_text("no DICOM file")
    with pytest.raises(SourceUnsupported, match=r"text\.dcm is no DICOM file"):
        compare_instances(one, tmp_path / "text.dcm")
    with pytest.raises(SourceUnreadable, match="does not exist"):
        compare_instances(tmp_path / "absent.dcm", one)
    with pytest.raises(SourceUnreadable, match="is a folder"):
        compare_instances(one, tmp_path)


def test_a_damaged_file_is_compared_as_far_as_it_goes(write: Write, tmp_path: Path) -> None:
    one = write("one.dcm", PatientID="4711", StudyID="1234")
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(one.read_bytes()[:-1])
    result = compare_instances(one, cut)
    assert [d.path for d in result.differences] == ["/StudyID(0020,0010)"]
    assert result.problems == ("the right one is damaged: the value of 4 bytes runs past the end of the file",)


def test_the_differences_are_those_that_dcmdump_shows(write: Write) -> None:
    """Another reader's word on what differs."""
    dcmdump = shutil.which("dcmdump")
    if dcmdump is None:
        pytest.skip("dcmdump is not installed: apt install dcmtk")
    one = write("one.dcm", PatientName="Doe^Jane", PatientID="1", Rows=3, AcquisitionContextSequence=[code("a")])
    dataset = dcmread(one)
    dataset.PatientID, dataset.Rows, dataset.AcquisitionContextSequence[0].CodeMeaning = "2", 4, "b"
    other = write("other.dcm", dataset)
    dumps = [
        {line.split("#")[0].strip() for line in subprocess.run([dcmdump, path], capture_output=True, text=True, check=True).stdout.splitlines()}
        for path in (one, other)
    ]  # fmt: skip
    tags = {line[:11].lower() for line in dumps[0] ^ dumps[1] if line.startswith("(")}
    assert {d.path[-11:] for d in differences(one, other)} == tags
