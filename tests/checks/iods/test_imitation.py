"""What only the imitation of dciodvfy does."""

from __future__ import annotations

import pytest
from pydicom import Dataset
from pydicom.config import disable_value_validation
from pydicom.uid import JPEGBaseline8Bit

from dicomize.checks.profiles import Profile

from .conftest import Build, Check, code

DCIODVFY, STRICT = Profile.DCIODVFY, Profile.STRICT


def _of(keyword: str, found: set[tuple[str, str, str]]) -> set[str]:
    return {kind for _, kind, path in found if f"/{keyword}(" in path}


@pytest.mark.parametrize(
    ("keyword", "count"), [("ProcedureCodeSequence", 0), ("ConceptNameCodeSequence", 2), ("SourceImageSequence", 0)]
)
def test_a_wrong_number_of_items_is_said_twice(keyword: str, count: int, instance: Build, findings: Check) -> None:
    data = instance("photographic")
    if keyword == "ConceptNameCodeSequence":
        context = Dataset()
        context.ValueType, context.TextValue, context.ConceptNameCodeSequence = "TEXT", "x", [code()] * count
        data.AcquisitionContextSequence = [context]
    else:
        setattr(data, keyword, [code()] * count)
    assert _of(keyword, findings(data, DCIODVFY)) == {"sequence-items", "vm"}
    assert _of(keyword, findings(data, STRICT)) == {"sequence-items"}


@pytest.mark.parametrize("size", [48, 0x3030, 0x2020])
def test_sizes_whose_bytes_are_digits_are_not_zero(size: int, instance: Build, findings: Check) -> None:
    data = instance("sc")
    data.Rows = data.Columns = size
    assert findings(data, DCIODVFY, JPEGBaseline8Bit) == set()


def test_without_rows_no_frame_is_read(instance: Build, findings: Check) -> None:
    data = instance("sc")
    data.Rows = 0
    assert _of("PixelData", findings(data, DCIODVFY, JPEGBaseline8Bit)) == {"empty-1C"}


@pytest.mark.parametrize(("frames", "wrong"), [("1.5", True), ("1", True), ("2.5", False)])
def test_of_an_integer_the_digits_in_front_count(frames: str, wrong: bool, instance: Build, findings: Check) -> None:
    data = instance("byte")
    with disable_value_validation():
        data.add_new(0x00280008, "CS", frames)
        data["NumberOfFrames"].VR = "IS"
    assert ("present-condition-unsatisfied" in _of("FrameIncrementPointer", findings(data, DCIODVFY))) is wrong


def test_numbers_of_a_closed_list_must_be_numbers(instance: Build, findings: Check) -> None:
    data = instance("byte")
    del data.RescaleIntercept
    data.add_new(0x00281052, "LO", "0")
    assert _of("RescaleIntercept", findings(data, DCIODVFY)) == {"rule"}


@pytest.mark.parametrize(
    ("frames", "profile", "missing"),
    [(2, STRICT, True), (None, STRICT, True), (2, DCIODVFY, True), (None, DCIODVFY, False)],
)
def test_the_region_of_a_video(
    frames: int | None, profile: Profile, missing: bool, instance: Build, findings: Check
) -> None:
    data = instance("video")
    del data.AnatomicRegionSequence, data.NumberOfFrames
    if frames:
        data.NumberOfFrames = frames
    assert ("missing-1C" in _of("AnatomicRegionSequence", findings(data, profile))) is missing


def test_length_to_end_ends_it(instance: Build, findings: Check) -> None:
    data = instance("sc")
    data.add_new(0x00080001, "UL", 30)
    # what begins before that byte is read: up to SOPClassUID, and nothing behind it
    missing = findings(data, DCIODVFY)
    assert _of("SOPInstanceUID", missing) == {"missing-1"}
    assert _of("SOPClassUID", missing) == set()
    assert _of("SOPInstanceUID", findings(data, STRICT)) == set()
