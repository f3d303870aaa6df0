"""docs/checks.md names every kind of finding, and every place where the profiles differ."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dicomize.checks.iods import tables
from dicomize.checks.kinds import KINDS
from dicomize.checks.profiles import Profile
from dicomize.checks.vr import TEXT_RULES

PAGE = (Path(__file__).parents[3] / "docs" / "checks.md").read_text("utf-8")
OVERLAY = tables.FOLDER.with_name("overlay")


def _differing(table: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(table, dict):
        if "why" in table:
            yield (*path, table["module"]) if "module" in table else path
        for key, inner in table.items():
            yield from _differing(inner, (*path, key))
    elif isinstance(table, list):
        for number, inner in enumerate(table):
            # of the modules of an IOD: their names
            step = inner.get("module", str(number)) if isinstance(inner, dict) else str(number)
            yield from _differing(inner, (*path, step))


def _subjects() -> set[str]:
    """Attributes, modules and lists with something that is so in one profile only."""
    found = set()
    for file in OVERLAY.glob("*.toml"):
        for path in _differing(tomllib.loads(file.read_text("utf-8"))):
            steps = [step for step in path if step not in {*Profile, "checks"} and not step.isdigit()]
            found.add(steps[-1].rpartition("/")[2])
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_explained(kind: str) -> None:
    meaning, remedy, reference = KINDS[kind]
    assert f"| `{kind}` | {meaning} | {remedy} | {reference} |" in PAGE


def test_no_other_kind_is_explained() -> None:
    table = PAGE.partition("## Kinds of findings")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\S+)` \|", table, re.MULTILINE)) == KINDS.keys()


def test_there_is_something_to_tell() -> None:
    assert {"Laterality", "BodyPart", "DeviceUID", "synchronization"} <= _subjects()


@pytest.mark.parametrize("subject", sorted(_subjects()))
def test_every_difference_of_the_tables_is_told(subject: str) -> None:
    told = PAGE.partition("## Two profiles")[2].partition("\n## ")[0]
    assert re.search(rf"\b{re.escape(subject)}\b", told)


@pytest.mark.parametrize("VR", [VR for VR, rule in TEXT_RULES.items() if rule.differs])
def test_every_difference_of_the_values_is_told(VR: str) -> None:
    assert re.search(rf"^\| (\w\w, )*{VR}(, \w\w)* \|", PAGE, re.MULTILINE)


def test_every_iod_is_named() -> None:
    assert "tables for 15 IODs" in PAGE
    assert len(tomllib.loads((OVERLAY / "iods.toml").read_text("utf-8"))) == 15
