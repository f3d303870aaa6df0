"""The table of known defects."""

from __future__ import annotations

import pytest

from dicomize.wrappers.defects import DEFECTS, Answer, Defect, known


@pytest.mark.parametrize(
    ("since", "before", "version", "affected"),
    [
        ("", "", "1.0", True),
        ("", "3.7", "3.6.7", True),
        ("", "3.7", "3.6.10", True),
        ("", "3.7", "3.7", False),
        ("", "3.7", "3.7.0", False),
        ("", "3.7", "3.7.0+git1", False),
        ("3.0.22", "", "3.0.21", False),
        ("3.0.22", "", "3.0.22", True),
        ("3.0.22", "", "3.2.6", True),
        ("3.0.22", "3.3", "", True),
        ("3.0.22", "3.3", "snapshot", True),
    ],
)
def test_versions(since: str, before: str, version: str, affected: bool) -> None:
    assert Defect("p", "w", "d", Answer.AVOIDS, since, before).affects(version) is affected


def test_known_to_one_version() -> None:
    assert "encode-deflated" in {defect.what for defect in known("gdcmconv", "3.2.6")}
    assert "encode-deflated" not in {defect.what for defect in known("gdcmconv", "3.0.21")}
    assert known("no-such-program") == ()


def test_every_row_is_a_sentence_with_a_source() -> None:
    for defect in DEFECTS:
        assert defect.description
        assert not defect.description.endswith(".")
        assert defect.reference
