r"""Values against PS3.5 table 6.2-1. Where pydicom has a validator of its own, it must agree with what is accepted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import config
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.valuerep import validate_value

from dicomize.errors import MetadataError
from dicomize.metadata.keys import outsider
from dicomize.metadata.values import check_character_set, is_uid, parse_value, problem_of
from dicomize.model import Attribute, Value


def parse(keyword: str, text: str) -> tuple[Value, ...]:
    tag = tag_for_keyword(keyword)
    assert tag is not None
    return parse_value(tag, text)


@pytest.mark.parametrize(
    ("keyword", "text", "values"),
    [
        ("StudyDate", "20240229", ("20240229",)),
        ("StudyDate", "", ()),
        ("StudyTime", "23", ("23",)),
        ("StudyTime", "2359", ("2359",)),
        ("StudyTime", "235960", ("235960",)),  # a leap second
        ("StudyTime", "000000.123456", ("000000.123456",)),
        ("StudyTime", "1200 ", ("1200",)),
        ("AcquisitionDateTime", "2024", ("2024",)),
        ("AcquisitionDateTime", "2024-0500", ("2024-0500",)),
        ("AcquisitionDateTime", "20240102030405.5+1400", ("20240102030405.5+1400",)),
        ("AcquisitionDateTime", "202401-1200", ("202401-1200",)),
        ("SeriesNumber", "-2147483648", ("-2147483648",)),
        ("SeriesNumber", " +7 ", ("+7",)),
        ("PatientWeight", "-1.5E+2", ("-1.5E+2",)),
        ("PatientWeight", ".5", (".5",)),
        ("PatientWeight", "1234567890123456", ("1234567890123456",)),
        ("PatientAge", "018M", ("018M",)),
        ("RetrieveAETitle", "MY AE-1", ("MY AE-1",)),
        ("RetrieveURI", "https://example.org/a?b=c#d", ("https://example.org/a?b=c#d",)),
        ("StudyInstanceUID", "1.2.840.0.39", ("1.2.840.0.39",)),
        ("StudyInstanceUID", "2.25." + "1" * 59, ("2.25." + "1" * 59,)),
        ("PatientName", " Doe^Jane ", ("Doe^Jane",)),
        ("PatientName", "Yamada^Tarou=山田^太郎=やまだ^たろう", ("Yamada^Tarou=山田^太郎=やまだ^たろう",)),
        ("PatientName", "x" * 64 + "=" + "y" * 64 + "=" + "z" * 64, ("x" * 64 + "=" + "y" * 64 + "=" + "z" * 64,)),
        ("OtherPatientNames", "A^B\\C^D", ("A^B", "C^D")),
        ("StudyDescription", "ü" * 64, ("ü" * 64,)),
        ("StudyDescription", "  ", ()),
        ("ImageComments", "two\r\nlines \\ and a backslash  ", ("two\r\nlines \\ and a backslash",)),
        ("ImageComments", "  indented", ("  indented",)),
        ("ImageType", r"DERIVED\PRIMARY\\NEW", ("DERIVED", "PRIMARY", "", "NEW")),
        ("PatientSex", "O ", ("O",)),
        ("TimezoneOffsetFromUTC", "-0330", ("-0330",)),
        ("SpecificCharacterSet", r"\ISO 2022 IR 87", ("", "ISO 2022 IR 87")),
        ("PixelPaddingValue", "65535", (65535,)),
        ("ReferencePixelX0", "-2147483648", (-(2**31),)),
        ("ExposureTimeInms", "0.125", (0.125,)),
        ("RecommendedDisplayFrameRateInFloat", "25", (25.0,)),
        ("SelectorAttribute", "(0010,0010)", (0x00100010,)),
        ("DeidentificationMethodCodeSequence", "", ()),
    ],
)
def test_what_the_standard_allows(keyword: str, text: str, values: tuple[Value, ...]) -> None:
    assert parse(keyword, text) == values


@pytest.mark.parametrize(
    ("keyword", "text", "says"),
    [
        ("StudyDate", "2024-01-02", "StudyDate='2024-01-02' is no date; write it as YYYYMMDD"),
        ("StudyDate", "20240230", "is no day of the calendar"),
        ("StudyDate", "00000101", "is no day of the calendar"),
        ("StudyDate", "\N{ARABIC-INDIC DIGIT TWO}0240102", "is no date"),
        ("StudyTime", "12:30", "is no time; write it as HHMMSS"),
        ("StudyTime", "123", "is no time"),
        ("StudyTime", "240000", "is no time of a day"),
        ("StudyTime", "236000", "is no time of a day"),
        ("StudyTime", "235961", "is no time of a day"),
        ("StudyTime", "120000.1234567", "is no time"),
        ("StudyTime", "120000.", "is no time"),
        ("AcquisitionDateTime", "2024-01-02", "is no date and time"),
        ("AcquisitionDateTime", "20241301", "is no day"),
        ("AcquisitionDateTime", "2024010225", "is no time of a day"),
        ("AcquisitionDateTime", "2024+1401", "is no offset from UTC"),
        ("AcquisitionDateTime", "2024-1201", "is no offset from UTC"),
        ("AcquisitionDateTime", "2024-0000", "is no offset from UTC"),
        ("AcquisitionDateTime", "2024+0060", "is no offset from UTC"),
        ("TimezoneOffsetFromUTC", "banana", "is no offset from UTC"),
        ("TimezoneOffsetFromUTC", "+09:00", "is no offset from UTC"),
        ("TimezoneOffsetFromUTC", "-0000", "is no offset from UTC"),
        ("SeriesNumber", "2147483648", "is no whole number"),
        ("SeriesNumber", "1.0", "is no whole number"),
        ("SeriesNumber", "1_0", "is no whole number"),
        ("SeriesNumber", "0000000000001", "has 13 characters; IS holds 12"),
        ("SeriesNumber", "1\\2", "SeriesNumber takes 1 value, not 2"),
        ("PatientWeight", "70,5", "is no decimal number"),
        ("PatientWeight", "nan", "is no decimal number"),
        ("PatientWeight", "1e400", "is too large"),
        ("PatientWeight", "12345678901234567", "has 17 characters; DS holds 16"),
        ("PatientAge", "34", "is no age; write it as 034Y"),
        ("PatientSex", "male", "PatientSex='male' must be one of M, F, O"),
        ("PatientSex", "m", "must be one of M, F, O"),
        ("BurnedInAnnotation", "MAYBE", "must be one of YES, NO"),
        ("ImageLaterality", "LEFT", "must be one of R, L, U, B"),
        ("Modality", "xc", "is no code string"),
        ("Modality", "X" * 17, "has 17 characters; CS holds 16"),
        ("RetrieveAETitle", "Ä", "is no application entity title"),
        ("RetrieveURI", "https://example.org/<a>", "is no URI"),
        ("RetrieveURI", "a b", "is no URI"),
        ("StudyInstanceUID", "1." + "2" * 63, "has 65 characters; UI holds 64"),
        ("StudyInstanceUID", "1.02", "is no UID"),
        ("StudyInstanceUID", "1.2.", "is no UID"),
        ("StudyInstanceUID", "12", "is no UID"),
        ("StudyInstanceUID", "3.1", "is no UID"),
        ("StudyInstanceUID", "1.40", "is no UID"),
        ("PatientName", "a=b=c=d", "has more than three component groups"),
        ("PatientName", "a^b^c^d^e^f", "has more than five components"),
        ("PatientName", "ok=" + "x" * 65, "has 65 characters in one component group; PN holds 64"),
        ("PatientName", "a\\b", "PatientName takes 1 value, not 2"),
        ("PatientName", "Jane\nDoe", "holds the control character U+000A"),
        ("PatientName", "M\udcfcller", "holds bytes that are no UTF-8"),
        ("PatientID", "\x1b$B", "holds the control character U+001B"),
        ("PatientID", "12\x00", "holds the control character U+0000"),
        ("PatientID", "\x85", "holds the control character U+0085"),
        ("ImageComments", "bell\a", "holds the control character U+0007"),
        ("StudyDescription", "x" * 65, "has 65 characters; LO holds 64"),
        ("AccessionNumber", "x" * 17, "has 17 characters; SH holds 16"),
        ("ImageComments", "x" * 10241, "has 10241 characters; LT holds 10240"),
        ("PatientOrientation", "L", "PatientOrientation takes 2 values, not 1"),
        ("PixelPaddingValue", "-1", "is no whole number from 0 to 65535"),
        ("PixelPaddingValue", "6_0", "is no whole number"),
        ("PixelPaddingValue", "9" * 6000, "is no whole number"),
        ("ExposureTimeInms", "inf", "is no number"),
        ("ExposureTimeInms", "1e999", "is too large"),
        ("RecommendedDisplayFrameRateInFloat", "x", "is no number"),
        ("EncapsulatedDocument", "x", "holds binary data (VR OB)"),
        ("EncapsulatedDocument", "", "holds binary data (VR OB)"),
        ("RequestAttributesSequence", "x", "is a sequence and takes no value"),
        ("SelectorAttribute", "somewhere", "is no DICOM keyword"),
    ],
)
def test_what_the_standard_forbids_is_said_in_one_sentence(keyword: str, text: str, says: str) -> None:
    with pytest.raises(MetadataError) as caught:
        parse(keyword, text)
    message = str(caught.value)
    assert says in message
    assert message.isprintable()
    assert len(message) < 300


@pytest.mark.parametrize(
    ("keyword", "good", "bad"),
    [
        ("PatientID", [1], [2, 3]),  # 1
        ("PatientOrientation", [2], [1, 3]),  # 2
        ("OtherPatientIDs", [1, 2, 9], []),  # 1-n
        ("ImageType", [2, 3, 7], [1]),  # 2-n
        ("ContourData", [3, 6, 9], [1, 2, 4, 7]),  # 3-3n
        ("VerticesOfThePolygonalShutter", [2, 4, 6], [1, 3, 5]),  # 2-2n
        ("ShutterShape", [1, 2, 3], [4]),  # 1-3
    ],
)
def test_multiplicity(keyword: str, good: list[int], bad: list[int]) -> None:
    for count in good:
        assert len(parse(keyword, "\\".join(["1"] * count))) == count
    for count in bad:
        with pytest.raises(MetadataError, match="takes"):
            parse(keyword, "\\".join(["1"] * count))


def test_every_multiplicity_of_the_dictionary_is_understood() -> None:
    """For each VM as it is printed, the least number of values is accepted, and one fewer is not."""
    seen: set[str] = set()
    for tag, (VR, VM, *_) in DicomDictionary.items():
        if (
            VR not in {"CS", "DS", "IS", "LO", "SH", "US", "FL", "FD"}
            or VM in seen
            or tag < 0x00080008
            or outsider(tag)
        ):
            continue
        seen.add(VM)
        least = int(VM.split("-")[0])
        assert len(parse_value(tag, "\\".join(["1"] * least))) == least
        if least > 1:
            with pytest.raises(MetadataError, match=f"takes {VM} values, not {least - 1}"):
                parse_value(tag, "\\".join(["1"] * (least - 1)))
        if VM.isdecimal() or not VM.endswith("n"):
            most = int(VM.split("-")[-1])
            with pytest.raises(MetadataError, match=f"not {most + 1}"):
                parse_value(tag, "\\".join(["1"] * (most + 1)))
    assert {"1", "2", "3", "1-n", "2-n", "1-2", "1-3"} <= seen


@pytest.mark.parametrize(
    "text",
    [
        *("ISO_IR 100", "ISO_IR 101", "ISO_IR 109", "ISO_IR 110", "ISO_IR 126", "ISO_IR 127", "ISO_IR 138"),
        *("ISO_IR 144", "ISO_IR 148", "ISO_IR 166", "ISO_IR 13", "ISO_IR 192", "GB18030", "GBK"),
        *(r"\ISO 2022 IR 87", r"ISO 2022 IR 13\ISO 2022 IR 87", r"ISO 2022 IR 6\ISO 2022 IR 149"),
        *(r"ISO 2022 IR 100\ISO 2022 IR 144\ISO 2022 IR 126", r"\ISO 2022 IR 58", r"\ISO 2022 IR 159"),
    ],
)
def test_character_sets_of_the_standard(text: str) -> None:
    check_character_set(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "UTF-8", "ISO-IR 192", "ISO_IR_100", "ISO IR 100", "ISO_IR 6", "ISO 2022 IR 100", "ISO 2022 IR 87"),
        *(r"ISO_IR 100\ISO 2022 IR 87", r"ISO_IR 192\ISO 2022 IR 87", r"\ISO_IR 192", r"\GB18030", r"ISO 2022 IR 6\\"),
        *(r"ISO 2022 IR 87\ISO 2022 IR 6", r"ISO_IR 100\ISO_IR 144"),
    ],
)
def test_terms_that_are_none_or_stand_in_the_wrong_place(text: str) -> None:
    with pytest.raises(MetadataError, match="SpecificCharacterSet"):
        check_character_set(text)


@pytest.mark.parametrize("text", ["1.2", "0.39", "2.999", "2.25.0", "1.2.840.10008.1.1"])
def test_uids(text: str) -> None:
    assert is_uid(text)


@pytest.mark.parametrize("text", ["", "1", "1.", ".1", "1..2", "01.2", "1.02", "3.2", "1.40", "0.100", "1.2\n", "1.٣"])
def test_no_uids(text: str) -> None:
    assert not is_uid(text)


_SETTABLE = sorted(tag for tag in DicomDictionary if not outsider(tag))
_TYPED = st.text("0123456789+-.:/\\^= ABCDWMYabcdeE\n\t\x00üΩ山\udcff", max_size=30)


@settings(deadline=None)
@given(st.sampled_from(_SETTABLE), st.one_of(st.text(max_size=80), _TYPED))
def test_whatever_is_accepted_satisfies_pydicom_and_is_stable(tag: int, text: str) -> None:
    message = ""
    try:
        values = parse_value(tag, text)
    except MetadataError as error:
        message = str(error)
    assert message.isprintable()
    if message:
        return
    VR = dictionary_VR(tag).split(" ", maxsplit=1)[0]
    for value in values:
        if VR != "AT":
            validate_value(VR, value, config.RAISE)
    assert problem_of(Attribute(tag, VR, values)) == ""


_BY_VR = {dictionary_VR(tag): tag for tag in reversed(_SETTABLE) if DicomDictionary[tag][1] == "1"}
_PLAUSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "DA": st.dates().map(lambda d: d.isoformat().replace("-", "")),
    "TM": st.times().map(lambda t: t.isoformat().replace(":", "")),
    "DT": st.datetimes().map(lambda t: t.isoformat().replace(":", "").replace("-", "").replace("T", "")),
    "IS": st.integers(-(2**31), 2**31 - 1).map(str),
    "DS": st.floats(allow_nan=False, allow_infinity=False).map(lambda x: f"{x:.8g}"),
    "US": st.integers(0, 65535).map(str),
    "SL": st.integers(-(2**31), 2**31 - 1).map(str),
    "FL": st.floats(width=32, allow_nan=False, allow_infinity=False).map(str),
    "FD": st.floats(allow_nan=False, allow_infinity=False).map(str),
    "UI": st.uuids().map(lambda u: f"2.25.{u.int}"),
    "AS": st.tuples(st.integers(0, 999), st.sampled_from("DWMY")).map(lambda a: f"{a[0]:03}{a[1]}"),
}


@settings(deadline=None)
@given(st.data(), st.sampled_from(sorted(_PLAUSIBLE)))
def test_whatever_is_right_is_accepted(data: st.DataObject, VR: str) -> None:
    text = data.draw(_PLAUSIBLE[VR])
    (value,) = parse_value(_BY_VR[VR], text)
    assert value == (text if isinstance(value, str) else type(value)(text))
    validate_value(VR, value, config.RAISE)


@pytest.mark.parametrize(
    "attribute",
    [
        Attribute(0x00100020, "SH", ("1",)),
        Attribute(0x00100020, "LO", ("1", "2")),
        Attribute(0x00100020, "LO", (1,)),
        Attribute(0x00100020, "LO", ("x ",)),
        Attribute(0x00100020, "LO", ("x",), ((),)),
        Attribute(0x00400275, "SQ", ("x",)),
        Attribute(0x00020010, "UI", ("1.2",)),
        Attribute(0x7FE00010, "OB", ()),
        Attribute(0x00090010, "LO", ("x",)),
        Attribute(-1, "LO", ("x",)),
        Attribute(2**32, "LO", ("x",)),
        Attribute(0x00280010, "US", ("5",)),
        Attribute(0x00280010, "US", (65536,)),
        Attribute(0x00280010, "US", (5.0,)),
    ],
)
def test_attributes_that_cannot_be_ours(attribute: Attribute) -> None:
    assert problem_of(attribute)
