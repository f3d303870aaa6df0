"""Our findings in the profile dciodvfy against those of the real one, on spoilt instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.datadict import dictionary_has_tag, dictionary_VR

from dicomize.checks.profiles import Profile
from dicomize.wrappers import dciodvfy

from .conftest import CLASSES, encoded, found, good

KINDS = frozenset({
    "enum", "defined-term", "zero", "not-in-iod", "present-condition-unsatisfied", "empty-condition-unsatisfied",
    "sequence-items",
})  # fmt: skip
"""and all that begin with missing or empty; "rule" is compared apart, for other checks have rules too"""

BOGUS = {"CS": "BOGUS", "US": 7, "DS": "0", "IS": "3"}
ADDED = {
    "EchoTime": "3", "WindowCenter": "5", "WindowWidth": "0", "RescaleSlope": "2", "KVP": "1", "Laterality": "R",
    "PatientSpeciesDescription": "Canine", "ClinicalTrialSubjectID": "X", "PatientIdentityRemoved": "YES",
    "ResponsiblePerson": "A^B", "PixelSpacingCalibrationType": "GEOMETRY", "FrameOfReferenceUID": "2.25.7",
    "NominalScannedPixelSpacing": ["1", "1"], "ContainerIdentifier": "C", "VOILUTFunction": "LINEAR",
    "PresentationLUTShape": "INVERSE", "SmokingStatus": "MAYBE", "BodyPartExamined": "BOGUS", "DocumentTitle": "x",
}  # fmt: skip
LEFT_OUT = frozenset({"SOPClassUID", "PixelData", "FrameTime"})
"""without them it has another IOD, a rule of its own, or, where a frame increment pointer leads nowhere, a crash"""

Mutation = tuple[str, str, Dataset]


def mutations(name: str) -> Iterator[Mutation]:
    """Delete, empty and replace each attribute; add some that belong elsewhere."""
    for keyword in (element.keyword for element in good(name) if element.keyword not in LEFT_OUT):
        data = good(name)
        del data[keyword]
        yield name, f"without {keyword}", data
        data = good(name)
        value = BOGUS.get(dictionary_VR(keyword))
        data[keyword].value = [] if data[keyword].VR == "SQ" else value
        yield name, f"spoilt {keyword}", data
    for keyword, value in ADDED.items():
        data = good(name)
        setattr(data, keyword, value)
        yield name, f"with {keyword}", data


def sample() -> list[Mutation]:
    """A few hundred: all of the first IOD, a part of each other one."""
    chosen: list[Mutation] = []
    for number, name in enumerate(CLASSES):
        every = list(mutations(name))
        chosen += every if number == 0 else every[number % 4 :: 4]
    return chosen


def compared(kind: str, tag: int | None) -> bool:
    if kind == "vm":  # that of sequences; others are not the tables' matter
        return tag is not None and dictionary_has_tag(tag) and dictionary_VR(tag) == "SQ"
    return kind in KINDS or kind.startswith(("missing-", "empty-"))


def test_the_real_dciodvfy_says_the_same(require_tool: Callable[[str], Path], tmp_path: Path) -> None:
    program = require_tool("dciodvfy")

    def judge(
        number: int, mutation: Mutation
    ) -> tuple[str, set[tuple[str, str, int | None]], set[tuple[str, str, int | None]]]:
        name, what, data = mutation
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(encoded(data))
        _, findings, _ = dciodvfy.validate(path, program, 30)
        theirs = {(f.severity.value, f.kind, f.tag) for f in findings if compared(f.kind, f.tag)}
        ours = {(f.severity.value, f.kind, f.tag) for f in found(data, Profile.DCIODVFY) if compared(f.kind, f.tag)}
        return f"{name} {what}", ours, theirs

    cases = sample()
    assert len(cases) > 300
    with ThreadPoolExecutor() as pool:
        judged = list(pool.map(judge, range(len(cases)), cases))
    both = sum(len(ours & theirs) for _, ours, theirs in judged)
    different = {what: (ours - theirs, theirs - ours) for what, ours, theirs in judged if ours != theirs}
    assert different == {}
    assert both > 300


@pytest.mark.parametrize("name", CLASSES)
def test_good_instances_are_good_for_the_real_one(
    name: str, require_tool: Callable[[str], Path], tmp_path: Path
) -> None:
    path = tmp_path / "good.dcm"
    path.write_bytes(encoded(good(name)))
    _, findings, _ = dciodvfy.validate(path, require_tool("dciodvfy"), 30)
    assert {f.kind for f in findings if compared(f.kind, f.tag)} <= (
        {"defined-term"} if name == "dermoscopic" else set()
    )
