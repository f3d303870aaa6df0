"""Every paragraph that is cited exists, and is about what it is cited for."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dicomize.checks.iods import tables

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TITLES: dict[str, dict[str, str]] = tomllib.loads((HERE / "paragraphs.toml").read_text("utf-8"))
NUMBER = r"(?:table [\d.]+-\d+|(?:\d+|[A-Z](?![A-Za-z]))(?:\.\d+[a-z]?)*)"
CITED = re.compile(rf"(PS3\.\d+) ({NUMBER}(?:, {NUMBER})*)(?![\w-])")
BARE = re.compile(r'"([A-F]\.\d+(?:\.\d+[a-z]?)+)"')
"""a number of PS3.3 that is written without its part"""
IN_NO_TITLE = {"macro", "pixels", "sequence", "series"}
"""words of our names of modules that say what kind of thing it is"""
NAMED_OTHERWISE = {"single-frame", "private elements"}
"""what the IODs of one frame share, and a part of the SOP Common module with a paragraph of its own"""


def table(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((tables.FOLDER / f"{name}.json").read_text("utf-8"))
    return content


def cited_in(entry: Any) -> Iterator[str]:
    """What stands under `paragraph` anywhere inside."""
    if isinstance(entry, dict):
        for number in entry.get("paragraph", "").split(", "):
            yield from [number if number.startswith("PS3.") else f"PS3.3 {number}"] if number else []
    for inner in entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ():
        yield from cited_in(inner)


def cited_in_tables() -> set[str]:
    return {
        number for name in ("iods", "modules", "macros", "conditions", "values") for number in cited_in(table(name))
    }


def cited_in_code() -> set[str]:
    found = set()
    for path in (path for folder in ("dicomize", "wrappers", "backends") for path in (ROOT / folder).rglob("*.py")):
        text = path.read_text("utf-8")
        found |= {f"PS3.3 {number}" for number in BARE.findall(text)}
        for part, numbers in CITED.findall(text):
            found |= {f"{part} {number}" for number in numbers.split(", ")}
    return found


def listed() -> set[str]:
    return {f"{part} {number}" for part, titles in TITLES.items() for number in titles}


def test_tables_cite_what_exists() -> None:
    assert cited_in_tables() - listed() == set()


def test_code_cites_what_exists() -> None:
    assert len(cited_in_code()) > 40
    assert cited_in_code() - listed() == set()


def test_the_list_has_only_what_is_cited() -> None:
    assert listed() - cited_in_tables() - cited_in_code() == set()


def modules() -> Iterator[tuple[str, str, str]]:
    """Name of a module or macro in our tables, its own name, and each paragraph that it cites."""
    for kind in ("modules", "macros"):
        for key, entry in table(kind).items():
            for cited in cited_in({"paragraph": entry["paragraph"]}):
                if re.sub(r" \d+$", "", key) not in NAMED_OTHERWISE:
                    yield key, entry["name"], cited


@pytest.mark.parametrize(("key", "name", "cited"), list(modules()))
def test_a_module_cites_the_paragraph_of_its_name(key: str, name: str, cited: str) -> None:
    part, _, number = cited.partition(" ")
    title = re.sub(r"[^a-z0-9]", "", TITLES[part][number].lower())
    words = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|\d+", name)}
    assert {word for word in words - IN_NO_TITLE if word not in title} == set(), key


@pytest.mark.parametrize("sop_class", list(table("iods")))
def test_an_iod_cites_its_own_paragraph(sop_class: str) -> None:
    entry = table("iods")[sop_class]
    title = TITLES["PS3.3"][entry["paragraph"]].replace("Secondary Capture", "SC").lower()
    name = re.sub(r"[^a-z0-9]", "", entry["name"].lower())
    assert name.startswith(re.sub(r"[^a-z0-9]|iod$", "", title))
