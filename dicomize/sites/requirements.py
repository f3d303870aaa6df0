"""Versions that the site approved: `dcmtk == 3.6.7`, in the form of PEP 508 and with the comparisons of PEP 440.

A snapshot, such as dciodvfy's 1.00.snapshot.20260927113651, counts by its date. `===` compares text with text, for
versions that PEP 440 has no place for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_SNAPSHOT = re.compile(r".*\bsnapshot\.(\d+)")


def parse(text: str) -> Requirement:
    """A requirement.

    Raises:
        ValueError: it is none, or says no version.
    """
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - most profiles require nothing

    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        raise ValueError(f'{text!r} is no requirement; write a name and a version: "dcmtk == 3.6.7"') from None
    if not requirement.specifier or requirement.extras or requirement.marker or requirement.url:
        raise ValueError(f'{text!r} must be a name and versions: "dcmtk == 3.6.7" or "gdcm >= 3.0, < 4"')
    return requirement


def fulfils(version: str, requirement: Requirement) -> bool:
    """Whether a version is one of those; one that is not known, or of another form, is none."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - as above

    if all(s.operator == "===" for s in requirement.specifier):
        return requirement.specifier.contains(version, prereleases=True)
    try:
        return requirement.specifier.contains(Version(_comparable(version)), prereleases=True)
    except InvalidVersion:
        return False


def exactly(name: str, version: str) -> str:
    """The requirement of one version and no other.

    Raises:
        ValueError: no requirement can say this version.
    """
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - as above

    try:
        text = f"{name} == {Version(_comparable(version))}"
    except InvalidVersion:
        text = f"{name} === {version}"
    if not version or not fulfils(version, parse(text)):
        raise ValueError(f"the version {version!r} of {name} cannot be required")
    return text


def _comparable(version: str) -> str:
    snapshot = _SNAPSHOT.fullmatch(version)
    return snapshot[1] if snapshot else version
