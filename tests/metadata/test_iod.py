"""The SOP classes: their names, and which of them pixels choose."""

from __future__ import annotations

import pytest
from pydicom.datadict import keyword_dict
from pydicom.uid import UID

from dicomize.errors import UsageError
from dicomize.metadata.iod import SOP_CLASSES, SOPClass, sop_class, sop_classes


@pytest.mark.parametrize("sop", SOP_CLASSES, ids=lambda sop: sop.title)
def test_every_class_is_what_the_standard_calls_it(sop: SOPClass) -> None:
    assert UID(sop.UID).name == f"{sop.title} Storage"


def test_every_row_is_of_an_attribute_and_stands_once() -> None:
    for sop in SOP_CLASSES:
        keywords = [row.keyword for row in sop.rows]
        assert len(set(keywords)) == len(keywords)
        conditions = {row.when[0] for row in sop.rows if row.when}
        assert {*keywords, *conditions} <= set(keyword_dict)
        assert all(row.reference.startswith("PS3.3 ") for row in sop.rows)


@pytest.mark.parametrize(
    ("name", "grey", "bits", "suffix"),
    [
        ("", False, 8, "7"),
        ("sc", True, 16, "7"),
        ("mfsc", True, 8, "7.2"),
        ("mfsc", True, 10, "7.3"),
        ("mfsc", True, 16, "7.3"),
        ("mfsc", False, 8, "7.4"),
        ("ophthalmic", True, 8, "77.1.5.1"),
        ("ophthalmic", False, 8, "77.1.5.1"),
        ("ophthalmic", True, 16, "77.1.5.2"),
        ("ophthalmic", False, 16, "77.1.5.2"),
        ("dermoscopy", False, 8, "77.1.7"),
        ("1.2.840.10008.5.1.4.1.1.7.3", True, 8, "7.3"),
    ],
)
def test_the_pixels_choose_among_those_of_one_name(name: str, grey: bool, bits: int, suffix: str) -> None:
    found = sop_class(name, bits, grey=grey).UID
    assert found.removeprefix("1.2.840.10008.5.1.4.1.1.") == suffix


@pytest.mark.parametrize(
    ("name", "grey", "bits", "title"),
    [
        ("mfsc", False, 16, "Multi-frame True Color Secondary Capture Image"),
        ("mfsc", True, 4, "Multi-frame Grayscale Byte Secondary Capture Image"),
        ("ophthalmic", True, 12, "Ophthalmic Photography 16 Bit Image"),
    ],
)
def test_what_none_takes_is_told_against_the_nearest(name: str, grey: bool, bits: int, title: str) -> None:
    nearest = sop_class(name, bits, grey=grey)
    assert nearest.title == title
    assert bits not in nearest.bits(grey=grey)


def test_a_name_that_is_none() -> None:
    with pytest.raises(UsageError, match="choose one of sc, mfsc, photo, endoscopy, microscopy, ophthalmic, dermosc"):
        sop_classes("selfie")


def test_titles_have_their_article() -> None:
    assert sop_class("ophthalmic").one == "an Ophthalmic Photography 8 Bit Image"
    assert sop_class("photo").one == "a VL Photographic Image"
