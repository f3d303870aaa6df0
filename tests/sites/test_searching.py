"""Where profiles with a short name are looked for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dicomize.sites.searching import find, folders, is_bare, own_folder


def test_the_order_of_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    monkeypatch.setenv("DICOMIZE_SITES", f"{one}{os.pathsep}{os.pathsep}{two}")
    assert list(folders())[:2] == [one, two]
    assert own_folder() == one


@pytest.mark.skipif(sys.platform != "linux", reason="the custom of each platform is platformdirs' business")
def test_the_users_folder_then_those_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DICOMIZE_SITES", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    expected = [tmp_path / name / "dicomize" / "sites" for name in ("config", "a", "b")]
    assert list(folders()) == expected
    assert own_folder() == expected[0]
    for folder in reversed(expected):
        folder.mkdir(parents=True)
        (folder / "derm.toml").write_text("")
        assert find("derm") == folder / "derm.toml"
    assert find("absent") is None


@pytest.mark.parametrize(
    ("name", "bare"), [("derm", True), ("derm-4.b", True), ("derm.toml", False), ("./derm", False), ("/x/derm", False)]
)
def test_what_is_searched_for(name: str, *, bare: bool) -> None:
    assert is_bare(name) is bare
