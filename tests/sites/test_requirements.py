"""Versions that a site approved, in the forms that the programs really have."""

from __future__ import annotations

import pytest

from dicomize.sites.requirements import exactly, fulfils, parse


@pytest.mark.parametrize(
    ("version", "requirement", "fulfilled"),
    [
        ("3.6.7", "dcmtk == 3.6.7", True),
        ("3.6.7", "dcmtk==3.6.8", False),
        ("3.6.7", "dcmtk == 3.6.*", True),
        ("3.6.7", "dcmtk ~= 3.6.6", True),
        ("3.7.0", "dcmtk ~= 3.6.6", False),
        ("3.6.10", "dcmtk > 3.6.9", True),
        ("3.2.6", "gdcm >= 3.0, < 4", True),
        ("3.0.21", "gdcm >= 3.0.22", False),
        ("1.00.snapshot.20260927113651", "dciodvfy == 20260927113651", True),
        ("1.00.snapshot.20260927113651", "dciodvfy >= 20260101000000", True),
        ("1.00.snapshot.20240901000000", "dciodvfy >= 20260101000000", False),
        ("1.00.snapshot.20240901000000", "dciodvfy === 1.00.snapshot.20240901000000", True),
        ("2.1.5", "jpegtran == 2.1.5", True),
        ("3.6.8-rc1", "dcmtk >= 3.6.8rc1", True),
        ("6b", "jpegtran === 6b", True),
        ("6c", "jpegtran === 6b", False),
        ("build nine", "tool == 9", False),
        ("", "tool == 9", False),
        ("", "tool === 9", False),
    ],
)
def test_versions_of_programs(version: str, requirement: str, *, fulfilled: bool) -> None:
    assert fulfils(version, parse(requirement)) is fulfilled


@pytest.mark.parametrize(
    "text",
    ["", "dcmtk", "dcmtk = 3", "== 3", "dcmtk 3.6.7", "dcmtk @ https://x/y", "dcmtk==3; os_name=='nt'", "a[b]==1"],
)
def test_what_is_no_requirement(text: str) -> None:
    with pytest.raises(ValueError, match=r"dcmtk == 3\.6\.7"):
        parse(text)


@pytest.mark.parametrize(
    ("version", "pin"),
    [
        ("3.6.7", "x == 3.6.7"),
        ("3.2.6", "x == 3.2.6"),
        ("1.00.snapshot.20260927113651", "x == 20260927113651"),
        ("6b", "x == 6b0"),
        ("3.6.8+git-4", "x == 3.6.8+git.4"),
        ("r7-x", "x === r7-x"),
    ],
)
def test_one_version_and_no_other(version: str, pin: str) -> None:
    assert exactly("x", version) == pin
    assert fulfils(version, parse(pin))
    assert not fulfils("3.6.6", parse(pin))


@pytest.mark.parametrize("version", ["", "a b", "a;b"])
def test_a_version_that_no_requirement_can_say(version: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be required|is no requirement|must be a name"):
        exactly("x", version)
