"""A profile that was written is read back as it was meant."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomize.errors import MetadataError
from dicomize.model import SiteProfile
from dicomize.sites.entries import ENTRIES
from dicomize.sites.loading import load_site
from dicomize.sites.schema import schema
from dicomize.sites.writing import Draft, profile_text, toml

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_VALUES = st.recursive(
    _TEXT | st.integers(-(2**53), 2**53) | st.booleans() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(_VALUES)
def test_any_value_is_read_back_by_pythons_own_reader(value: object) -> None:
    assert tomllib.loads(f"x = {toml(value)}") == {"x": value}


def test_an_empty_draft_is_all_comments_and_its_examples_are_a_profile(tmp_path: Path) -> None:
    text = profile_text(Draft(["Dermatology."], {}, {}))
    path = tmp_path / "derm.toml"
    path.write_text(text, encoding="utf-8")
    assert load_site(str(path)) == SiteProfile("derm")
    assert all(line.startswith("# ") or not line for line in text.splitlines())
    assert max(map(len, text.splitlines())) <= 120
    examples = {entry: described["examples"][0] for entry, described in schema()["properties"].items()}
    written = profile_text(Draft([], examples, {}))
    assert tomllib.loads(written) == examples
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    uncommented = "\n".join(line for line in lines if line.startswith("[") or " = " in line)
    assert tomllib.loads(uncommented) == examples


def test_reasons_stand_above_what_they_explain() -> None:
    text = profile_text(Draft(["Head."], {"backends": ["gdcm"]}, {"backends": ["gdcm was\nfastest.", "x" * 150]}))
    lines = text.splitlines()
    at = lines.index('backends = ["gdcm"]')
    assert "# gdcm was fastest." in lines[at - 4 : at]
    assert tomllib.loads(text) == {"backends": ["gdcm"]}


def test_tables_come_last_as_toml_wants_it() -> None:
    kinds = [entry.many and name != "requires" for name, entry in ENTRIES.items()]
    assert kinds == sorted(kinds)


def test_what_is_no_text_cannot_be_written() -> None:
    with pytest.raises(MetadataError, match="cannot stand in a site profile"):
        profile_text(Draft([], {"tools": {"img2dcm": "/\udcff"}}, {}))
