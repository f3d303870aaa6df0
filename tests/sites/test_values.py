from __future__ import annotations

from pathlib import Path

import pytest

from dicomize.sites.values import located, meant


def test_paths_count_from_the_folder_of_the_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = Path("/sites")
    assert located("bin/x", folder) == Path("/sites/bin/x")
    assert located("/opt/x", folder) == Path("/opt/x")
    assert located("~/x", folder) == tmp_path / "x"
    assert located("~nobody-of-this-name/x", folder) == Path("/sites/~nobody-of-this-name/x")


def test_what_somebody_meant() -> None:
    assert meant("tols", ["tools", "type"]) == "did you mean tools? There are tools, type"
    assert meant("zzz", ["tools", "type", "tools"]) == "there are tools, type"
