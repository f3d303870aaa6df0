"""The tables are sound, and are what the script would write."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword

from dicomize.checks.iods import covered, iod_name, tables
from dicomize.checks.profiles import Profile

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("iods", "modules", "macros", "conditions", "values")
PARAGRAPH = re.compile(r"(PS3\.\d+ )?([A-C]\.)?\d+(\.\w+)*(, .+)?|PS3\.16 .+")


@cache
def table(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((tables.FOLDER / f"{name}.json").read_text("utf-8"))
    return content


def levels() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in ("modules", "macros"):
        yield from table(name).items()


def rows() -> Iterator[dict[str, Any]]:
    """Every row as it stands, and as it is in each profile."""
    for _, level in levels():
        for row in level["rows"]:
            yield from (row, *({**row, **row[profile]} for profile in Profile if profile in row))


def conditions() -> Iterator[str]:
    """Every condition that something depends on."""
    for row in rows():
        yield from (row.get("when", ""), row.get("where", ""))
        yield from (check.get("if", "") for check in row.get("checks", ()))
    for iod in table("iods").values():
        for part in iod["modules"]:
            yield from (part.get("when", ""), *(part.get(profile, {}).get("when", "") for profile in Profile))
    yield from (entry["holds"] for entry in table("conditions").values())


def test_every_keyword_is_an_attribute() -> None:
    keywords = {row["k"] for row in rows() if "tag" not in row}
    keywords |= {need for _, level in levels() for need in level.get("needs", ())}
    assert {keyword for keyword in keywords if tag_for_keyword(keyword) is None} == set()


def test_every_row_has_a_type() -> None:
    assert {row["t"] for row in rows()} == {"1", "1C", "2", "2C", "3", "3C"}


def test_every_row_cites_a_paragraph() -> None:
    cited = {level["paragraph"] for _, level in levels()} | {row["paragraph"] for row in rows() if "paragraph" in row}
    cited |= {entry["paragraph"] for name in ("iods", "values", "conditions") for entry in table(name).values()}
    assert {text for text in cited if not PARAGRAPH.fullmatch(text)} == set()


def test_every_condition_is_defined() -> None:
    for text in filter(None, conditions()):
        for profile in Profile:
            tables.condition(text, profile)


def test_every_condition_is_used() -> None:
    texts = list(conditions())
    used = {name for name in table("conditions") if name in texts or any(f"@{name}" in text for text in texts)}
    assert set(table("conditions")) - used == set()


def test_every_list_of_values_is_used() -> None:
    checked = {check.get("enum") or check.get("terms") for row in rows() for check in row.get("checks", ())}
    compared = {name for text in conditions() for name in re.findall(r" in (\w+)", text)}
    assert set(table("values")) - checked - compared == set()


def test_every_macro_is_used_by_a_sequence() -> None:
    inside = {row["of"]: row["k"] for row in rows() if "of" in row}
    assert set(inside) == set(table("macros"))
    assert {keyword for keyword in inside.values() if dictionary_VR(keyword) != "SQ"} == set()


def test_what_differs_in_a_profile_says_why() -> None:
    parts = [part for iod in table("iods").values() for part in iod["modules"]]
    entries = [*parts, *table("values").values(), *(level for _, level in levels())]
    entries += [row for _, level in levels() for row in level["rows"]]
    differing = [entry[profile] for entry in entries for profile in Profile if profile in entry]
    differing += [
        entry for entry in (*parts, *(check for row in rows() for check in row.get("checks", ()))) if "only" in entry
    ]
    assert len(differing) > 50
    assert [entry for entry in differing if not entry.get("why")] == []


@pytest.mark.parametrize("uid", table("iods"))
@pytest.mark.parametrize("profile", Profile)
def test_every_iod_compiles_down_to_the_last_macro(uid: str, profile: Profile) -> None:
    iod = tables.iod(uid, profile)
    assert iod is not None
    assert covered(uid)
    assert iod_name(uid) == iod.name
    waiting = [module.level for module in iod.modules]
    seen: set[str] = set()
    while waiting:
        inside = {row.inside for row in waiting.pop().rows.values() if row.inside} - seen
        seen |= inside
        waiting += [tables.macro(name, profile) for name in inside]


def test_an_iod_without_tables_is_not_covered() -> None:
    assert not covered("1.2.840.10008.5.1.4.1.1.2")
    assert iod_name("1.2.840.10008.5.1.4.1.1.2") == ""
    assert tables.iod("1.2.840.10008.5.1.4.1.1.2", Profile.STRICT) is None


def test_the_tables_are_what_the_script_writes() -> None:
    if find_spec("highdicom") is None:
        pytest.skip("highdicom is not installed: its tables are needed to make ours")
    script = [sys.executable, str(ROOT / "scripts" / "make-iod-tables"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run scripts/make-iod-tables: {done.stderr}"
