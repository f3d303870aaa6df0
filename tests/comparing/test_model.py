"""The vocabulary of comparisons: what follows from its fields."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from dicomize.comparing.model import (
    AttributeRow,
    BackendOutcome,
    Comparison,
    Difference,
    DifferenceKind,
    FrameDifference,
    InstanceComparison,
    NormalizedOutcome,
    PixelDifference,
    RawOutcome,
    Run,
    RunStatus,
    StoredFile,
)
from dicomize.errors import ExitCode
from dicomize.serialize import to_plain

DIFFERENCE = Difference(
    DifferenceKind.VALUE, "/PatientID(0010,0020)", 0x00100020, ("LO", "LO"), "4711", "4712"
)  # fmt: skip


def stored(sha256: str) -> StoredFile:
    return StoredFile(sha256, 100, "1.2.840.10008.1.2.4.50", "YBR_FULL_422", None, (), ())


def outcome(name: str, sha256: str) -> BackendOutcome:
    normalized = NormalizedOutcome(stored(sha256)) if sha256 else NormalizedOutcome(refusal="no")
    return BackendOutcome(name, "1", None, "", RawOutcome(Run(RunStatus.NOT_RUN)), normalized, "nothing")


def comparison(*digests: str) -> Comparison:
    backends = tuple(outcome(str(n), digest) for n, digest in enumerate(digests))
    return Comparison(Path("a.jpg"), "ab", None, "", ExitCode.DONE, backends, ())


@pytest.mark.parametrize(
    ("digests", "identical"),
    [(("a", "a"), True), (("a", "b"), False), (("a", "", "a"), True), (("a", ""), None), (("", ""), None), ((), None)],
)
def test_results_are_identical_if_there_are_two_and_all_are(
    digests: tuple[str, ...], *, identical: bool | None
) -> None:
    assert comparison(*digests).identical is identical


@pytest.mark.parametrize("same", [True, False])
def test_results_of_different_encoders_are_alike_if_nothing_else_differs(*, same: bool) -> None:
    pixels = PixelDifference(encoded_identical=False, decoded_identical=same)
    pair = InstanceComparison(Path("a"), Path("b"), identical_files=False, differences=(), ignored=(), pixels=pixels)
    assert replace(comparison("a", "b"), pairs=(("1", pair),)).alike is same
    assert comparison("a", "a").alike is True
    assert comparison("a").alike is None


def test_a_row_is_equal_if_everybody_wrote_what_is_kept() -> None:
    assert AttributeRow(0x00280004, (("dcmtk", "RGB"), ("gdcm", "RGB")), "RGB", "", "").equal
    assert not AttributeRow(0x00280004, (("dcmtk", "YBR_FULL_422"), ("gdcm", "RGB")), "RGB", "", "").equal


def test_the_worst_frame_has_the_largest_mean_error() -> None:
    frames = (
        FrameDifference(1, 200, 0.5, 40.0, 0.9),
        FrameDifference(2, 3, 2.5, 30.0, 0.8),
        FrameDifference(3, 0, 0.0, None, 1.0),
    )
    assert PixelDifference(encoded_identical=False, decoded_identical=False, frames=frames).worst == frames[1]
    assert PixelDifference(encoded_identical=True).worst is None


@pytest.mark.parametrize(
    ("differences", "pixels", "identical"),
    [
        ((), None, True),
        ((DIFFERENCE,), None, False),
        ((), PixelDifference(encoded_identical=True), True),
        ((), PixelDifference(encoded_identical=False, decoded_identical=True), True),
        ((), PixelDifference(encoded_identical=False, decoded_identical=False), False),
        # nobody could tell
        ((), PixelDifference(encoded_identical=False), False),
    ],
)
def test_instances_are_identical_if_nothing_that_counts_differs(
    differences: tuple[Difference, ...], pixels: PixelDifference | None, *, identical: bool
) -> None:
    result = InstanceComparison(Path("a"), Path("b"), identical_files=False, differences=differences, ignored=(), pixels=pixels)  # fmt: skip
    assert result.identical is identical


def test_everything_is_json_and_can_be_pickled() -> None:
    whole = comparison("a", "b")
    assert json.loads(json.dumps(to_plain(whole)))["backends"][1]["normalized"]["file"]["sha256"] == "b"
    assert pickle.loads(pickle.dumps(whole)) == whole  # noqa: S301 - our own bytes
