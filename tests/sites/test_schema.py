"""The schema says what the loader takes: the same entries, and the same verdict on the same profiles."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped] # its types are another package
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dicomize.errors import MetadataError
from dicomize.model import UIDMode
from dicomize.sites.described import BUILD_ENTRIES, COMMAND_ENTRIES
from dicomize.sites.entries import ENTRIES
from dicomize.sites.loading import load_site
from dicomize.sites.placeholders import ATTRIBUTES
from dicomize.sites.schema import PATH, schema
from dicomize.sites.writing import toml

PROJECT = Path(__file__).parents[2]
SCHEMA = schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
PAGE = (PROJECT / "docs" / "sites.md").read_text(encoding="utf-8")


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert (PROJECT / "docs" / "site-profile.schema.json").resolve() == PATH


def test_it_has_the_loaders_entries() -> None:
    assert list(SCHEMA["properties"]) == list(ENTRIES)
    definitions = SCHEMA["$defs"]
    assert definitions["build"]["properties"].keys() == BUILD_ENTRIES.keys()
    assert definitions["program"]["properties"].keys() == COMMAND_ENTRIES.keys()
    accepts = definitions["program"]["properties"]["accepts"]
    assert tuple(accepts["propertyNames"]["enum"]) == ATTRIBUTES
    assert SCHEMA["properties"]["uids"]["enum"] == list(UIDMode)


def described(entries: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        entry
        for table in (entries["properties"], *(d["properties"] for d in entries["$defs"].values()))
        for entry in table.values()
    ]


def test_every_entry_is_described_and_its_example_is_valid() -> None:
    for entry in described(SCHEMA):
        assert entry["description"].endswith(".")
        (example,) = entry["examples"]
        jsonschema.validate(example, entry | {"$defs": SCHEMA["$defs"]})


def takes(text: str, folder: Path) -> bool:
    path = folder / "x.toml"
    path.write_text(text, encoding="utf-8")
    try:
        load_site(str(path))
    except MetadataError as error:
        return "is wrong" not in str(error)
    return True


EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_of_the_page(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hospital.toml").write_text("")
    monkeypatch.setenv("DICOMIZE_SITES", str(tmp_path))
    VALIDATOR.validate(tomllib.loads(text))
    assert takes(text, tmp_path)


def test_the_page_names_every_entry() -> None:
    for entry in (*(ENTRIES.keys() - {"backend"}), *BUILD_ENTRIES, *COMMAND_ENTRIES):
        assert re.search(rf"\b{entry}\b", PAGE), entry
    assert len(EXAMPLES) >= 3


GOOD = [
    "",
    "name = ''",
    "backends = []",
    "requires = ['dcmtk==3.6.7', 'gdcm >= 3, < 4']",
    "sop_class = 'photo'",
    "character_set = ''",
    "uids = 'random'",
    "uid_root = '1.2.3'",
    "uid_key_env = 'X_1'",
    "timeout = 0.5",
    "tools = {}",
    "[attributes]\nSeriesNumber = 7\nPatientWeight = 70.5\nStudyID = ''",
    "[backend.x]\ntype = 'dcmtk'\ntools = { img2dcm = 'x' }\ntimeout = 1",
    "[backend.x]\nraw_command = ['x', '{source}', '{destination}']\naccepts = { BitsStored = [8, '12'] }",
    "[backend.x]\ncommand = ['x', '{source}', '{destination}']\nenvironment = { A = '' }\nversion_args = []",
]
BAD = [
    "colour = 'blue'",
    "uid_key = 'secret'",
    "name = 1",
    "base = []",
    "backends = 'dcmtk'",
    "backends = [1]",
    "requires = 'dcmtk == 1'",
    "requires = ['dcmtk']",
    "requires = ['== 1']",
    "sop_class = 1",
    "uids = 'guessed'",
    "uid_key_env = '1X'",
    "uid_key_env = 'a secret'",
    "timeout = 0",
    "timeout = 86401",
    "timeout = '60'",
    "timeout = true",
    "tools = 'x'",
    "tools = { img2dcm = 1 }",
    "attributes = []",
    "attributes = { PatientID = true }",
    "attributes = { A = { B = 'x' } }",
    "backend = 'x'",
    "[backend.x]",
    "[backend.X]\ncommand = ['x', '{source}', '{destination}']",
    "[backend.x]\ntype = 'dcmtk'",
    "[backend.x]\ntype = 'dcmtk'\ntools = {}",
    "[backend.x]\ntype = 'dcmtk'\ntools = { a = 'b' }\nversion_args = []",
    "[backend.x]\ncommand = ['x']",
    "[backend.x]\ncommand = 'x {source} {destination}'",
    "[backend.x]\ncommand = ['x', '{source}', '{destination}']\naccepts = { Bits = [8] }",
    "[backend.x]\ncommand = ['x', '{source}', '{destination}']\naccepts = { BitsStored = [] }",
    "[backend.x]\ncommand = ['x', '{source}', '{destination}']\naccepts = { BitsStored = [8.5] }",
    "[backend.x]\ncommand = ['x', '{source}', '{destination}']\nenvironment = { A = 1 }",
    "[backend.x]\ncommand = ['x', '{source}', '{destination}']\nextra = 1",
]


@pytest.mark.parametrize("text", GOOD)
def test_both_take_it(text: str, tmp_path: Path) -> None:
    VALIDATOR.validate(tomllib.loads(text))
    assert takes(text, tmp_path)


@pytest.mark.parametrize("text", BAD)
def test_both_refuse_it(text: str, tmp_path: Path) -> None:
    assert not VALIDATOR.is_valid(tomllib.loads(text))
    assert not takes(text, tmp_path)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_SAMPLES = st.sampled_from(
    ["", "x", "photo", "derived", "1.2.3", "ISO_IR 192", "X_KEY", "a b", "dcmtk == 3", "{source}", "("]
)
_NAMES = st.sampled_from([*ENTRIES, *BUILD_ENTRIES, *COMMAND_ENTRIES, *ATTRIBUTES, "img2dcm", "own", "X=Y", "uid_key"])
_COMMAND = st.just(["/t", "{source}", "{destination}"])
_VALUES = st.recursive(
    _SAMPLES | _TEXT | st.integers(-1, 100000) | st.floats(-1, 1e6) | st.booleans() | _COMMAND,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | _TEXT, inner, max_size=3),
    max_leaves=6,
)
_OWN = st.dictionaries(st.sampled_from([*BUILD_ENTRIES, *COMMAND_ENTRIES]), _VALUES, max_size=4)
_PROFILES = st.dictionaries(
    st.sampled_from([e for e in ENTRIES if e != "base"]), _VALUES, max_size=4
) | st.fixed_dictionaries({"backend": st.dictionaries(st.sampled_from(["own", "b-2", "Own", ""]), _OWN, max_size=2)})


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=_PROFILES)
def test_whatever_a_profile_says_is_taken_or_refused_in_a_sentence_and_the_schema_is_no_stricter(
    table: dict[str, Any], tmp_path: Path
) -> None:
    text = "\n".join(f"{toml(key)} = {toml(value)}" for key, value in table.items())
    assert tomllib.loads(text) == table
    if takes(text, tmp_path):
        VALIDATOR.validate(table)
