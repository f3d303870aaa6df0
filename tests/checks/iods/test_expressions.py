"""The language of conditions, and conditions held against what their paragraphs say."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom import Dataset

from dicomize.checks.elements import Element, Item, Walked
from dicomize.checks.iods.expressions import compile_expression
from dicomize.checks.iods.tables import condition
from dicomize.checks.iods.view import View, view_of
from dicomize.checks.profiles import Profile

SC, MULTI_FRAME, VIDEO = (f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("7", "7.4", "77.1.4.1"))
NATIVE, BASELINE, MPEG2 = (f"1.2.840.10008.1.2{end}" for end in (".1", ".4.50", ".4.100"))


def item(data: Dataset) -> Item:
    elements = []
    for element in data:
        raw = b""
        items: tuple[Item, ...] = ()
        if element.VR == "SQ":
            items = tuple(item(inside) for inside in element.value)
        elif element.VR == "US":
            raw = element.value.to_bytes(2, "little")
        elif element.VR == "AT":
            raw = b"".join(half.to_bytes(2, "little") for half in (element.value.group, element.value.element))
        elif element.value not in (None, ""):
            values = element.value if element.VM > 1 else [element.value]
            raw = "\\".join(map(str, values)).encode()
        elements.append(Element(element.tag, element.VR, raw, (0, None if items else len(raw)), items))
    return Item(tuple(elements))


def view(syntax: str = NATIVE, **values: Any) -> View:
    data = Dataset()
    for keyword, value in values.items():
        setattr(data, keyword, value)
    inside = item(data)
    return view_of(Walked(Item(()), inside, syntax, (), little_endian=True, explicit=True), inside)


def dataset(**values: Any) -> Dataset:
    data = Dataset()
    for keyword, value in values.items():
        setattr(data, keyword, value)
    return data


def holds(text: str, seen: View) -> bool:
    sets: dict[str, frozenset[str | int]] = {"Paired": frozenset({"HAND", "EYE"})}
    return compile_expression(text, lambda _: lambda _: True, sets.__getitem__)(seen)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("always", True),
        ("never", False),
        ("@anything and not never", True),
        ("present PatientID and absent PatientName", True),
        ("filled StudyID or filled PatientID", True),
        ("unfilled StudyID and present StudyID", True),
        ("unfilled PatientName", True),
        ("ImageType is DERIVED", True),
        ("ImageType[3] is RGB", False),
        ('ImageType[2] is "PRIMARY" | SECONDARY', True),
        ("ImageType[*] is SECONDARY", True),
        ("values ImageType = 2", True),
        ("values ImageType > 2", False),
        ("BodyPartExamined in Paired", True),
        ("Rows >= 4 and Rows <= 4 and Rows < 5", True),
        ("Rows = Columns", False),
        ("BitsStored > 0", False),
        ("NumberOfFrames > 1", True),
        ("FrameIncrementPointer = 1577059", True),
        ("items SourceImageSequence = 2", True),
        ("some SourceImageSequence present ReferencedSOPClassUID", True),
        ("some SourceImageSequence (parent present PatientID and root Rows = 4)", True),
        ("parent always", False),
        ("syntax in native", True),
        ("syntax in jpeg-lossy | rle", False),
        ("not (never or (present PatientID and never))", True),
    ],
)
def test_expressions(text: str, *, expected: bool) -> None:
    sources = [dataset(ReferencedSOPClassUID=SC), dataset()]
    seen = view(
        PatientID="1", StudyID="", ImageType=["DERIVED", "SECONDARY"], BodyPartExamined="HAND", Rows=4, Columns=6,
        NumberOfFrames=2, FrameIncrementPointer=0x00181063, SourceImageSequence=sources,
    )  # fmt: skip
    assert holds(text, seen) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "present",
        "present NoSuchKeyword",
        "Rows",
        "Rows near 4",
        "(always",
        "always always",
        "Rows = $4",
        "and",
        "some",
    ],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        compile_expression(text, lambda _: lambda _: True, lambda _: frozenset())


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        # C.7.1.1: the species tells an animal from a person
        ("animal", {}, False),
        ("animal", {"PatientSpeciesDescription": "Canine"}, True),
        ("animal", {"AnatomicalOrientationType": "BIPED"}, False),
        ("animal", {"AnatomicalOrientationType": "QUADRUPED"}, True),
        # C.7.1.1: the method is needed once the identity is removed, in words or in codes
        ("de-identified-without-method-codes", {"PatientIdentityRemoved": "YES"}, True),
        ("de-identified-without-method-codes", {"PatientIdentityRemoved": "NO"}, False),
        ("de-identified-without-method-description", {"DeidentificationMethod": "x", "PatientIdentityRemoved": "YES"}, False),
        # C.7.3.1: the side of a paired body part, unless the image tells it
        ("laterality-not-told-body-part-is-paired", {"BodyPartExamined": "HAND"}, True),
        ("laterality-not-told-body-part-is-paired", {"BodyPartExamined": "HEAD"}, False),
        ("laterality-not-told-body-part-is-paired", {"BodyPartExamined": "HAND", "ImageLaterality": "R"}, False),
        ("laterality-not-told-body-part-may-be-paired", {}, True),
        ("laterality-not-told-body-part-may-be-paired", {"BodyPartExamined": "HEAD"}, False),
        # C.7.6.1: images that are oriented in the patient need no letters
        ("no-patient-plane", {}, True),
        ("no-patient-plane", {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "ImagePositionPatient": [0, 0, 0]}, False),
        # C.7.6.3.1.2: samples by photometric interpretation
        ("one-sample", {"PhotometricInterpretation": "PALETTE COLOR"}, True),
        ("three-samples", {"PhotometricInterpretation": "YBR_FULL_422"}, True),
        ("three-samples", {"PhotometricInterpretation": "MONOCHROME2"}, False),
        # C.8.6.3: rescale and shape for grey, not for bitmaps
        ("monochrome-and-no-bitmap", {"PhotometricInterpretation": "MONOCHROME2", "BitsStored": 8}, True),
        ("monochrome-and-no-bitmap", {"PhotometricInterpretation": "MONOCHROME2", "BitsStored": 1}, False),
        ("monochrome-and-no-bitmap", {"PhotometricInterpretation": "RGB", "BitsStored": 8}, False),
        # C.7.6.6, C.8.6.3: a pointer unless a secondary capture has one frame
        ("more-frames-than-one-or-no-secondary-capture", {"SOPClassUID": MULTI_FRAME, "NumberOfFrames": 1}, False),
        ("more-frames-than-one-or-no-secondary-capture", {"SOPClassUID": MULTI_FRAME, "NumberOfFrames": 2}, True),
        ("more-frames-than-one-or-no-secondary-capture", {"SOPClassUID": VIDEO, "NumberOfFrames": 1}, True),
        # C.8.12.1: the region for video, but not of specimens
        ("video-without-specimen", {"SOPClassUID": VIDEO}, True),
        ("video-without-specimen", {"SOPClassUID": SC}, False),
        # C.8.17.2.1.4: derived ophthalmic images say how
        ("derived-without-a-third-value", {"ImageType": ["DERIVED", "PRIMARY"]}, True),
        ("derived-without-a-third-value", {"ImageType": ["DERIVED", "PRIMARY", "MONTAGE"]}, False),
        ("original-with-a-third-value", {"ImageType": ["ORIGINAL", "PRIMARY", "MONTAGE"]}, True),
        # C.8.6.3: a scanner is needed for a nominal spacing
        ("neither-film-nor-a-scan", {"ConversionType": "SD"}, False),
        ("neither-film-nor-a-scan", {"ConversionType": "WSD"}, True),
    ],
)  # fmt: skip
def test_conditions_say_what_their_paragraphs_say(name: str, values: dict[str, Any], *, expected: bool) -> None:
    assert condition(name, Profile.STRICT)(view(**values)) is expected


@pytest.mark.parametrize(
    ("name", "syntax", "samples", "expected"),
    [
        ("three-lossy-jpeg-samples", BASELINE, 3, True),
        ("three-lossy-jpeg-samples", BASELINE, 1, False),
        ("three-lossy-jpeg-samples", NATIVE, 3, False),
        ("three-uncompressed-samples", NATIVE, 3, True),
        ("mpeg-2", MPEG2, 3, True),
    ],
)
def test_conditions_on_the_transfer_syntax(name: str, syntax: str, samples: int, *, expected: bool) -> None:
    assert condition(name, Profile.STRICT)(view(syntax, SamplesPerPixel=samples)) is expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"1.5", 1.5),
        (b"0x10", 16),
        (b"-3 ", -3),
        (b" 7", 7),
        (b"abc", None),
        (b"1,5", 1),
        (b".5e1", 5),
        (b"1e999", float("inf")),
    ],
)
def test_numbers_in_text_are_read_as_far_as_they_go(raw: bytes, expected: float | None) -> None:
    element = Element(0x00101030, "DS", raw, (0, len(raw)))
    inside = Item((element,))
    seen = view_of(Walked(Item(()), inside, NATIVE, (), little_endian=True, explicit=True), inside)
    assert seen.numbers(0x00101030) == (expected,)


def test_big_endian_and_implicit_values() -> None:
    inside = Item((Element(0x00280010, "", b"\x01\x02", (0, 2)), Element(0x00080060, "", b"OT", (0, 2))))
    seen = view_of(Walked(Item(()), inside, NATIVE, (), little_endian=False, explicit=False), inside)
    assert seen.numbers(0x00280010) == (0x0102,)
    assert seen.texts(0x00080060) == ("OT",)
    assert seen.texts(0x00280010) == ()


def test_one_byte_is_no_value_of_two() -> None:
    inside = Item((Element(0x00280010, "US", b"\x01", (0, 1)),))
    seen = view_of(Walked(Item(()), inside, NATIVE, (), little_endian=True, explicit=True), inside)
    assert not seen.has_value(0x00280010)
    assert seen.numbers(0x00280010) == ()
