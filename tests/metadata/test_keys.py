from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom.datadict import dictionary_VR, keyword_for_tag

from dicomize.errors import ExitCode, MetadataError
from dicomize.metadata.keys import DECIDED_BY_THE_PICTURE, KeyPath, outsider, parse_key, parse_tag


@pytest.mark.parametrize("text", ["PatientName", "0010,0010", "(0010,0010)", "00100010"])
def test_one_attribute_in_every_spelling(text: str) -> None:
    assert parse_key(text) == KeyPath((), 0x00100010)
    assert parse_key(text).keyword == "PatientName"


@pytest.mark.parametrize(
    "text",
    [
        "(0040,0275)[0].(0040,0009)",
        "(0040,0275).ScheduledProcedureStepID",
        "00400275.00400009",
        "0040,0275[0].0040,0009",
        "RequestAttributesSequence[0].ScheduledProcedureStepID",
        "RequestAttributesSequence.00400009",
    ],
)
def test_one_path_in_every_spelling(text: str) -> None:
    assert parse_key(text) == KeyPath(((0x00400275, 0),), 0x00400009)


def test_tags_in_small_and_capital_letters() -> None:
    assert parse_key("0008,103e") == parse_key("(0008,103E)") == parse_key("SeriesDescription")


def test_deep_path_with_item_numbers() -> None:
    path = parse_key("ReferencedSeriesSequence[2].ReferencedInstanceSequence[11].ReferencedSOPInstanceUID")
    assert path == KeyPath(((0x00081115, 2), (0x0008114A, 11)), 0x00081155)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "malformed"),
        (".", "malformed"),
        ("PatientName.", "malformed"),
        ("patient name", "malformed at ' name'"),
        ("(0010,0010", "malformed"),
        ("0010,001", "malformed"),
        ("00100010x", "malformed"),
        ("PatientName(0010,0010)", "malformed at '(0010,0010)'"),
        ("PatientName[٣]", "malformed"),
        ("\udcff\udcfe", "malformed"),
        ("PatientName\n", "malformed"),
        ("PatientNam", "did you mean PatientName?"),
        ("patientname", "did you mean PatientName?"),
        ("A" * 100_000, "is no DICOM keyword"),
        ("0009,0010", "private"),
        ("(0008,1111)[0].0009,1001", "private"),
        ("0010,0011", "is no attribute of the DICOM dictionary"),
        ("PatientName[0]", "ends with an item number"),
        ("PatientName.PatientID", "PatientName in the key 'PatientName.PatientID' is no sequence"),
        ("0002,0010", "TransferSyntaxUID belongs to the file"),
        ("TransferSyntaxUID", "TransferSyntaxUID belongs to the file"),
        ("CommandField", "CommandField belongs to the file or the network"),
        ("FileSetID", "FileSetID belongs to the file"),
        ("0010,0000", "(0010,0000) belongs to the file"),
        ("(0008,1111)[0].(0008,0000)", "(0008,0000) belongs to the file"),
        ("(0008,1111)[0].TransferSyntaxUID", "TransferSyntaxUID belongs to the file"),
        ("LengthToEnd", "LengthToEnd belongs to the file"),
        ("FFFE,E000", "Item belongs to the file"),
        ("DataSetTrailingPadding", "belongs to the file"),
        ("6000,0010", "OverlayRows belongs to a repeating group"),
        ("60020010", "OverlayRows belongs to a repeating group"),
        ("5000,0010", "NumberOfPoints belongs to a repeating group"),
        ("PixelData", "PixelData holds pixels"),
        ("FloatPixelData", "FloatPixelData holds pixels"),
        ("IconImageSequence[0].PixelData", "PixelData holds pixels"),
        ("Rows", "Rows cannot be set, since the picture itself decides it"),
        ("NumberOfFrames", "NumberOfFrames cannot be set"),
        ("ICCProfile", "ICCProfile cannot be set"),
        ("RedPaletteColorLookupTableDescriptor", "cannot be set"),
        ("FrameIncrementPointer", "cannot be set"),
        ("SOPClassUID", "choose the SOP class with --as"),
        ("RequestAttributesSequence[0].SpecificCharacterSet", "the items of a sequence have the character set"),
        ("ContentSequence[0]." * 17 + "TextValue", "goes through 17 sequences"),
        ("ContentSequence[0]." * 20_000 + "TextValue", "sequences"),
    ],
)
def test_what_is_no_key_is_refused_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(MetadataError) as caught:
        parse_key(text)
    message = str(caught.value)
    assert says in message
    assert "\n" not in message
    assert len(message) < 400
    assert caught.value.exit_code is ExitCode.METADATA


def test_only_a_person_knows_what_was_before_a_lossless_file() -> None:
    assert parse_key("LossyImageCompression").tag == 0x00282110
    assert parse_key("LossyImageCompressionRatio").tag in DECIDED_BY_THE_PICTURE  # which no template states


def test_what_describes_another_object_may_be_set_in_items() -> None:
    assert parse_key("ReferencedImageSequence[0].SOPClassUID").tag == 0x00080016
    assert parse_key("ReferencedImageSequence[0].NumberOfFrames").tag == 0x00280008


def test_retired_attributes_that_are_still_used_may_be_set() -> None:
    assert parse_key("OtherPatientIDs").tag == 0x00101000
    assert parse_key("0010,1050").tag == 0x00101050  # InsurancePlanIdentification


def test_what_the_picture_decides_is_of_the_dictionary() -> None:
    unknown = [hex(tag) for tag in DECIDED_BY_THE_PICTURE if tag not in DicomDictionary]
    assert unknown == []


@settings(deadline=None)
@given(st.sampled_from(sorted(DicomDictionary)))
def test_every_attribute_of_the_dictionary_is_named_alike_or_refused(tag: int) -> None:
    spellings = [f"{tag >> 16:04X},{tag & 0xFFFF:04X}", f"{tag:08x}", keyword_for_tag(tag)]
    results: set[object] = set()
    for spelling in filter(None, spellings):
        try:
            results.add(parse_key(spelling))
        except MetadataError:
            results.add("refused")
    assert results in ({KeyPath((), tag)}, {"refused"})


@settings(deadline=None)
@given(st.sampled_from(sorted(RepeatersDictionary)), st.integers(0, 127))
def test_repeating_groups_are_refused(mask: str, number: int) -> None:
    tag = int(mask.replace("xx", f"{2 * number:02X}").replace("x", f"{number % 16:X}"), 16)
    assert outsider(tag)
    with pytest.raises(MetadataError):
        parse_key(f"{tag:08X}")


_KEYISH = st.text("PatientName0123456789ABCDEFabcdef(),.[]= \n\udcff٣", max_size=40)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=40), _KEYISH, st.from_regex(r"\([0-9a-f]{4},[0-9a-f]{4}\)(\[\d\])?", fullmatch=True)))
def test_any_text_is_a_key_or_a_metadata_error(text: str) -> None:
    try:
        path = parse_key(text)
    except MetadataError as error:
        message = str(error)
    else:
        message = dictionary_VR(path.tag)
        assert all(dictionary_VR(sequence) == "SQ" for sequence, _ in path.items)
    assert message.isprintable()
    assert message


def test_a_tag_as_a_value() -> None:
    for text in ("PatientName", "0010,0010", "(0010,0010)", "00100010"):
        assert parse_tag("SelectorAttribute", text) == 0x00100010
    for text in ("", "PatientNam", "PatientName[0]", "0010"):
        with pytest.raises(MetadataError):
            parse_tag("SelectorAttribute", text)
