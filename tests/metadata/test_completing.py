"""What follows from other attributes, and what is asked for."""

from __future__ import annotations

import re

import pytest
from pydicom.datadict import tag_for_keyword

from dicomize.errors import MetadataError
from dicomize.metadata.completing import complete, require
from dicomize.metadata.dataset import DatasetBuilder, Entry
from dicomize.metadata.iod import SOP_CLASSES, SOPClass, sop_class

EYE = sop_class("ophthalmic")


def built(*pairs: tuple[str, str], origin: str = "-k", zone: str = "") -> DatasetBuilder:
    builder = DatasetBuilder()
    builder.put_all(Entry(key, text, origin, zone=zone) for key, text in pairs)
    return builder


def present(builder: DatasetBuilder, keyword: str) -> bool:
    return tag_for_keyword(keyword) in {a.tag for a in builder.freeze()}


# ---------------------------------------------------------------- what is asked for


def test_everything_that_is_missing_is_listed_at_once() -> None:
    with pytest.raises(MetadataError) as caught:
        require(built(), sop_class("sc"))
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "Modality", "ConversionType"):
        assert keyword in caught.value.message


@pytest.mark.parametrize("sop", SOP_CLASSES, ids=lambda sop: sop.title)
def test_so_it_is_for_every_class(sop: SOPClass) -> None:
    with pytest.raises(MetadataError) as caught:
        require(built(), sop)
    asked = re.sub(r"\([^)]*\)", "", caught.value.message)
    for row in sop.rows:
        unconditional = row.type.startswith("1") and row.when is None
        assert (re.search(rf"\b{row.keyword}\b", asked) is not None) is unconditional, row


def test_what_may_be_stated_is_said_beside_it() -> None:
    with pytest.raises(MetadataError, match=r"BurnedInAnnotation \(YES or NO\).* -k KEY=VALUE, or in \[attributes\]"):
        require(built(), sop_class("mfsc"))


def test_a_wrong_modality_is_refused() -> None:
    rows = [(row.keyword, row.default or "1.2.3") for row in sop_class("photo").rows if row.type == "1"]
    builder = built(*rows, ("Modality", "X"))
    with pytest.raises(MetadataError, match="Modality is X, but a VL Photographic Image is always XC"):
        require(builder, sop_class("photo"))


@pytest.mark.parametrize(
    ("stated", "missing"),
    [
        ((), {"AnatomicRegionSequence (a code)"}),
        (("CodeValue",), {"[0].CodeMeaning", "[0].CodingSchemeDesignator"}),
        (("LongCodeValue",), {"[0].CodeMeaning", "[0].CodingSchemeDesignator"}),
        (("URNCodeValue",), {"[0].CodeMeaning"}),
        (("CodeMeaning",), {"[0].CodeValue", "[0].CodingSchemeDesignator"}),
        (("CodeValue", "CodingSchemeDesignator", "CodeMeaning"), set()),
    ],
)
def test_of_a_code_that_was_begun_the_rest_is_asked_for(stated: tuple[str, ...], missing: set[str]) -> None:
    builder = built(*((f"AnatomicRegionSequence[0].{keyword}", "1") for keyword in stated))
    with pytest.raises(MetadataError) as caught:
        require(builder, EYE)
    parts = caught.value.message.split(", ")
    assert {p.removeprefix("AnatomicRegionSequence") for p in parts if p.startswith("AnatomicRegion")} == {
        m.removeprefix("AnatomicRegionSequence") for m in missing
    }


@pytest.mark.parametrize(
    ("sop", "condition", "asked"),
    [
        (EYE, ("PatientEyeMovementCommanded", "YES"), "PatientEyeMovementCommandCodeSequence"),
        (EYE, ("ImageType", r"DERIVED\PRIMARY\MONTAGE"), "SourceImageSequence (the image it was derived from)"),
        (EYE, ("LossyImageCompression", "01"), "LossyImageCompressionRatio"),
        (EYE, ("ImageType", r"ORIGINAL\PRIMARY"), "AcquisitionDateTime"),
        (sop_class("mfsc"), ("ConversionType", "DF"), "NominalScannedPixelSpacing"),
    ],
)
def test_what_is_asked_for_under_a_condition(sop: SOPClass, condition: tuple[str, str], asked: str) -> None:
    for pairs, expected in (((condition,), True), ((), False)):
        with pytest.raises(MetadataError) as caught:
            require(built(*pairs), sop)
        assert (asked in caught.value.message) is expected


# ---------------------------------------------------------------- what follows


@pytest.mark.parametrize(
    ("name", "condition", "keyword"),
    [
        ("dermoscopy", ("ContactMethod", "CONTACT"), "ImmersionMedia"),
        ("ophthalmic", ("PupilDilated", "YES"), "DegreeOfDilation"),
        ("ophthalmic", ("PupilDilated", "YES"), "MydriaticAgentSequence"),
    ],
)
def test_what_may_be_empty_under_a_condition(name: str, condition: tuple[str, str], keyword: str) -> None:
    for pairs, expected in (((condition,), True), (((condition[0], ""),), False), ((), False)):
        builder = built(*pairs)
        complete(builder, sop_class(name))
        assert present(builder, keyword) is expected
        assert builder.values(keyword) == ()


ORIGINAL = ("ImageType", r"ORIGINAL\PRIMARY")


def moments(builder: DatasetBuilder) -> tuple[str, str, str]:
    complete(builder, EYE)
    return builder.text("AcquisitionDateTime"), builder.text("ContentDate"), builder.text("ContentTime")


def test_one_moment_in_three_forms() -> None:
    pairs = (ORIGINAL, ("AcquisitionDate", "20240229"), ("AcquisitionTime", "115500.5"))
    assert moments(built(*pairs)) == ("20240229115500.5", "20240229", "115500.5")
    assert moments(built(*pairs, zone="+0900")) == ("20240229115500.5+0900", "20240229", "115500.5")
    assert moments(built(ORIGINAL, ("AcquisitionDateTime", "202402291155-0500"))) == (
        "202402291155-0500", "20240229", "1155",
    )  # fmt: skip


def test_what_somebody_stated_stays() -> None:
    pairs = (ORIGINAL, ("AcquisitionDate", "20240229"), ("AcquisitionTime", "1155"), ("ContentDate", "20240301"))
    assert moments(built(*pairs)) == ("202402291155", "20240301", "1155")


@pytest.mark.parametrize(
    "pairs",
    [(), (("AcquisitionDate", "20240229"),), (("AcquisitionDateTime", "20240229"),), (("AcquisitionTime", "11"),)],
)
def test_half_a_moment_is_none(pairs: tuple[tuple[str, str], ...]) -> None:
    builder = built(ORIGINAL, *pairs)
    assert moments(builder)[1:] == ("", "")


def test_other_classes_get_no_such_dates() -> None:
    builder = built(ORIGINAL, ("AcquisitionDate", "20240229"), ("AcquisitionTime", "115500"))
    complete(builder, sop_class("photo"))
    assert not present(builder, "ContentDate")
    assert not present(builder, "AcquisitionDateTime")
