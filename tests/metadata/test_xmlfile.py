"""Data sets in XML: what DCMTK's own dcm2xml writes of a file says what the file says."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from dicomize.errors import MetadataError
from dicomize.metadata.dicomfile import read_elements
from dicomize.metadata.elements import Element
from dicomize.metadata.templates import whole
from dicomize.metadata.xmlfile import read_xml

Convert = Callable[..., Path]


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    dataset.PatientName, dataset.OtherPatientNames = "Müller^Jürgen^A^Dr^PhD", ["A^B", "C"]
    dataset.PatientComments = " spaces <&> 'quotes'\nand lines"
    dataset.PatientOrientation, dataset.AccessionNumber = ["L", "F"], None
    dataset.FrameIncrementPointer = 0x00181063
    dataset.ReferencePixelX0, dataset.RecommendedDisplayFrameRateInFloat = -5, 0.25
    item, inner = Dataset(), Dataset()
    inner.CodeValue, inner.CodeMeaning = "1", "Süden"
    item.RequestedProcedureCodeSequence = [inner]
    item.RequestedProcedureID = "7"
    dataset.RequestAttributesSequence = [item, Dataset()]
    dataset.RequestAttributesSequence[1].RequestedProcedureID = "8"
    dataset.ProcedureCodeSequence = []
    dataset.add_new(0x00090010, "LO", "ACME")
    dataset.add_new(0x00091001, "LO", "private")
    dataset.ICCProfile = b"1234"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = tmp_path / "instance.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def dcm2xml(instance: Path, tmp_path: Path) -> Convert:
    """A function from options to the XML that dcm2xml writes of the instance."""
    program = shutil.which("dcm2xml")
    if program is None:
        pytest.skip("dcm2xml is not installed: apt install dcmtk, brew install dcmtk")

    def convert(*options: str) -> Path:
        path = tmp_path / "instance.xml"
        subprocess.run([program, *options, instance, path], check=True, capture_output=True)
        return path

    return convert


def carried(elements: tuple[Element, ...]) -> tuple[object, ...]:
    imported = whole("", elements, increment=False)
    return imported.attributes, imported.empty, imported.character_set


@pytest.mark.parametrize(
    "options",
    [(), ("+Xn",), ("+Xd",), ("+Xe",), ("-Wn",), ("+U8",), ("+M", "+Wb"), ("-nat",), ("-nat", "+Xn")],
    ids=" ".join,
)
def test_as_the_file_itself(options: tuple[str, ...], instance: Path, dcm2xml: Convert) -> None:
    theirs = carried(read_elements(instance))
    ours = carried(read_xml(dcm2xml(*options)))
    if "+U8" in options:
        assert (theirs[2], ours[2]) == ("ISO_IR 100", "ISO_IR 192")
    assert ours[:2] == theirs[:2]


def test_a_value_that_was_not_loaded_is_missed(tmp_path: Path) -> None:
    """dcm2xml.dtd: loaded ( yes | no ) "yes"."""
    path = tmp_path / "x.xml"
    path.write_text('<data-set><element tag="0010,4000" vr="LT" vm="1" len="9000" loaded="no"></element></data-set>')
    with pytest.raises(MetadataError, match=r"PatientComments cannot be read: .* write the document with \+M"):
        carried(read_xml(path))


def test_the_namespace_is_wanted_where_asked_for(dcm2xml: Convert) -> None:
    assert read_xml(dcm2xml("+Xn"), require_namespace=True)
    with pytest.raises(MetadataError, match=r"does not name the namespace http://dicom\.offis\.de/dcmtk"):
        read_xml(dcm2xml(), require_namespace=True)


def test_the_standards_own_example_of_names(tmp_path: Path) -> None:
    """PS3.19 A.1.6: several names, each with groups."""
    path = tmp_path / "x.xml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">'
        '<DicomAttribute tag="00100010" vr="PN" keyword="PatientName"><PersonName number="1">'
        "<Alphabetic><FamilyName>Yamada</FamilyName><GivenName>Tarou</GivenName></Alphabetic>"
        "<Ideographic><FamilyName>山田</FamilyName><GivenName>太郎</GivenName></Ideographic>"
        "<Phonetic><FamilyName>やまだ</FamilyName><GivenName>たろう</GivenName></Phonetic>"
        "</PersonName></DicomAttribute>"
        '<DicomAttribute tag="00080008" vr="CS"><Value number="2">PRIMARY</Value><Value number="1">ORIGINAL</Value>'
        '</DicomAttribute><DicomAttribute tag="00090001" vr="LO" privateCreator="ACME"><Value number="1">x</Value>'
        "</DicomAttribute></NativeDicomModel>",
        encoding="utf-8",
    )
    name, image_type, private = read_xml(path)
    assert name.text == "Yamada^Tarou=山田^太郎=やまだ^たろう"
    assert image_type.text == "ORIGINAL\\PRIMARY"
    assert "private attributes" in whole("", (private,), increment=False).note


BAD = {
    "nothing": ("", "is no XML"),
    "text": ("PatientName=X", "is no XML"),
    "cut": ("<file-format><data-set>", "is no XML"),
    "another document": ("<html></html>", "begins with <html>"),
    "no data set": ("<file-format><meta-header/></file-format>", "holds no data-set"),
    "bad tag": ('<data-set><element tag="10,10" vr="PN">X</element></data-set>', "with the tag '10,10'"),
    "no tag": ('<data-set><element vr="PN">X</element></data-set>', "with the tag ''"),
    "twice": (
        '<data-set><element tag="0010,0010" vr="PN">X</element><element tag="0010,0010" vr="PN">Y</element></data-set>',
        "says 00100010 twice",
    ),
    "nested": ('<data-set><element tag="0010,0010" vr="PN"><b/></element></data-set>', "something else than text"),
    "stranger": ("<data-set><thing/></data-set>", "with the tag ''|has a <thing>"),
    "mixed": (
        '<NativeDicomModel><DicomAttribute tag="00100010" vr="PN"><Value/><Item/></DicomAttribute></NativeDicomModel>',
        "several kinds",
    ),
    "number": (
        '<NativeDicomModel><DicomAttribute tag="00100010" vr="LO"><Value number="x"/></DicomAttribute></NativeDicomModel>',
        "numbers a value 'x'",
    ),
    "entity": ('<!DOCTYPE a [<!ENTITY x "y">]><data-set>&x;</data-set>', "defines an entity, 'x'"),
    "outside": (
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><data-set>&x;</data-set>', "defines an entity, 'x'",
    ),
    "encoding": ('<?xml version="1.0" encoding="none"?><data-set/>', "is no XML"),
    "deep": ("<data-set>" + '<sequence tag="0040,0275" vr="SQ"><item>' * 5000, "is no XML"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_data_set(kind: str, tmp_path: Path) -> None:
    text, words = BAD[kind]
    path = tmp_path / "a\nb.xml"
    path.write_text(text)
    with pytest.raises(MetadataError, match=words) as raised:
        read_xml(path)
    assert str(raised.value).isprintable()


def test_sequences_too_deep(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_text(
        "<data-set>" + '<sequence tag="0040,0275" vr="SQ"><item>' * 5000 + "</item></sequence>" * 5000 + "</data-set>"
    )
    with pytest.raises(MetadataError, match="too deep"):
        read_xml(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match="does not exist"):
        read_xml(tmp_path / "none.xml")
    with pytest.raises(MetadataError, match="Is a directory"):
        read_xml(tmp_path)
    with pytest.raises(MetadataError, match="larger than 64 MiB"):
        read_xml(Path("/dev/zero"))


@settings(deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_give_a_message(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.xml"
    for content in (data, b"<data-set>" + data + b"</data-set>", b"<NativeDicomModel>" + data + b"</NativeDicomModel>"):
        path.write_bytes(content)
        with suppress(MetadataError):
            read_xml(path)
