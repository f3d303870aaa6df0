"""dicomize site, as its users run it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dicomize.model import SiteProfile
from dicomize.sites.loading import load_site
from dicomize.sites.schema import schema

Run = Callable[..., Any]


def fits(text: str) -> bool:
    return max(map(len, text.splitlines())) <= 80


@pytest.fixture(autouse=True)
def sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of profiles, not made yet, and no other."""
    folder = tmp_path / "my sites"
    monkeypatch.setenv("DICOMIZE_SITES", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "none"))
    return folder


def test_new_writes_an_explained_profile_into_the_users_folder(invoke: Run, sites: Path, photo: Path) -> None:
    done = invoke("site", "new", "derm")
    assert (done.code, done.out) == (0, f"{sites / 'derm.toml'}\n")
    assert load_site("derm") == SiteProfile("derm")
    assert invoke("convert", photo, "x.dcm", "--site", "derm").code == 0
    invoke("site", "new", "derm").complains(2, "exists already", "--overwrite")
    (sites / "derm.toml").write_text("timeout = 5")
    assert invoke("site", "new", "derm", "--overwrite", "--base", "hospital", "--json").json["results"] == [
        {"name": "derm", "file": str(sites / "derm.toml")}
    ]
    assert 'base = "hospital"' in (sites / "derm.toml").read_text().splitlines()


def test_new_into_a_file(invoke: Run, sites: Path, tmp_path: Path) -> None:
    assert invoke("site", "new", "derm", "-o", tmp_path / "d.toml").code == 0
    assert load_site(str(tmp_path / "d.toml")).name == "d"
    assert not sites.exists()
    invoke("site", "new", "derm", "-o", tmp_path).complains(2, "is a folder")
    invoke("site", "new", "derm", "-o", tmp_path / "absent" / "d.toml").complains(10, "does not exist")


@pytest.mark.parametrize("name", ["../x", "a/b", "x.toml", "", "ö", "-"])
def test_a_name_for_a_profile(invoke: Run, name: str, sites: Path) -> None:
    invoke("site", "new", "--", name).complains(2, "is no name for a profile")
    assert not sites.exists()


def test_a_folder_that_cannot_be_made(invoke: Run, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DICOMIZE_SITES", str(photo / "sites"))
    invoke("site", "new", "derm").complains(10, "cannot be made", "-o")


def test_list(invoke: Run, sites: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = invoke("site", "list")
    assert done.code == 0
    assert "dicomize site new NAME writes one" in done.out
    assert str(sites) in done.out
    second = tmp_path / "second"
    for folder in (sites, second):
        folder.mkdir()
        (folder / "derm.toml").write_text("")
    (second / "eye.toml").write_text("colour = 'blue'")
    (second / "notes.txt").write_text("")
    monkeypatch.setenv("DICOMIZE_SITES", f"{sites}{os.pathsep}{second}")
    done = invoke("site", "list", "--json")
    assert [(r["name"], Path(r["file"]).parent, r["problem"][:23]) for r in done.json["results"]] == [
        ("derm", sites, ""),
        ("derm", second, f"hidden by {sites}"[:23]),
        ("eye", second, "cannot be loaded: colou"),
    ]
    assert done.code == 0
    assert fits(invoke("site", "list").out)


def test_show_says_which_file_says_what_and_hides_the_secret(
    invoke: Run, sites: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites.mkdir()
    (sites / "hospital.toml").write_text(
        'uid_key_env = "WARD_KEY"\ntimeout = 5\n[tools]\nimg2dcm = "x"\n'
        '[backend.own]\ncommand = ["bin/own", "a b", "{source}", "{destination}"]\n'
        '[backend.old]\ntype = "dcmtk"\ntools = { img2dcm = "old" }\n'
        '[redact.bar]\nmodel = "LOGIQ"\ncolumns = 640\nrows = 480\nrectangles = ["0,0,640,40", "1,2,3,4"]\n'
    )
    (sites / "derm.toml").write_text('base = "hospital"\ntimeout = 7\n[attributes]\nInstitutionName = "Größe\\u0007"\n')
    monkeypatch.setenv("WARD_KEY", "hunter2")
    done = invoke("site", "show", "derm")
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0] == ["derm"]
    assert ["timeout", "7.0", "derm.toml"] in lines
    assert ["uid_key_env", "WARD_KEY", "(set)", "hospital.toml"] in lines
    assert "'a b' '{source}'" in done.out
    assert "LOGIQ, 640 x 480: 0,0,640,40 1,2,3,4" in " ".join(done.out.split())
    assert "\a" not in done.out
    assert "hunter2" not in done.out
    assert fits(done.out)
    (result,) = invoke("site", "show", "derm", "--json").json["results"]
    assert result["files"] == [str(sites / "derm.toml"), str(sites / "hospital.toml")]
    entries = {(e["entry"], e["part"]): e for e in result["entries"]}
    assert entries["tools", "img2dcm"]["value"] == str(sites / "x")
    assert entries["uid_key_env", ""]["set"] is True
    assert "hunter2" not in json.dumps(result)
    monkeypatch.delenv("WARD_KEY")
    assert "(not set)" in invoke("site", "show", "derm").out
    invoke("site", "show", "absent").complains(9, "there is no site profile absent, in ", "dicomize site list")


def test_check_ends_with_the_code_of_what_is_wrong(invoke: Run, sites: Path) -> None:
    sites.mkdir()
    profile = sites / "derm.toml"
    profile.write_text('backends = ["pydicom"]')
    done = invoke("site", "check", "derm")
    assert done.code == 0
    assert done.out.splitlines()[-1] == "2 looked at, 0 wrong"
    profile.write_text('backends = ["pydicom"]\nrequires = ["dicomize > 99"]')
    done = invoke("site", "check", "derm")
    assert done.code == 4
    assert "requires dicomize > 99" in done.out
    assert fits(done.out)
    profile.write_text('backends = ["pydicom"]\nrequires = ["dicomize > 99"]\n[attributes]\nPatientSex = "male"')
    done = invoke("site", "check", "derm", "--json")
    assert done.code == 1
    assert [r["exit_code"] for r in done.json["results"]] == [0, 4, 9]
    profile.write_text("timeout = 0")
    invoke("site", "check", "derm").complains(9, "timeout in the site profile")


def test_schema(invoke: Run) -> None:
    assert json.loads(invoke("site", "schema").out) == schema()
    assert invoke("site", "schema", "--json").json["results"] == [schema()]


def test_a_command_is_wanted(invoke: Run, dicomize: Run) -> None:
    done = invoke("site")
    assert done.code == 2
    assert "recommend" in done.out + done.err
    dicomize("site", "shw").complains(2, "No such command 'shw'", "dicomize site --help")
    assert dicomize("site", "show", "--json").json["command"] == "site show"
    assert "site" in dicomize("--help").out


# ---------------------------------------------------------------- recommend


@pytest.fixture
def samples(tmp_path: Path, photo: Path) -> Path:
    folder = tmp_path / "samples"
    folder.mkdir()
    photo.rename(folder / "photo.jpg")
    (folder / "cut.jpg").write_bytes((folder / "photo.jpg").read_bytes()[:300])
    return folder


def test_recommend_writes_the_profile_that_it_recommends(invoke: Run, sites: Path, samples: Path) -> None:
    done = invoke("site", "recommend", samples, "--write", "derm")
    assert done.code == 0
    assert fits("\n".join(line for line in done.out.splitlines() if not line.startswith("written: ")))
    assert done.out.startswith("2 samples: 1 converted, 1 that dicomize does not convert")
    assert f"written: {sites / 'derm.toml'}" in done.out.splitlines()
    profile = load_site("derm")
    assert f"recommended: {', '.join(profile.backends)}" in done.out.splitlines()
    assert profile.requires
    assert invoke("site", "check", "derm").code == 0
    invoke("site", "recommend", samples, "--write", "derm").complains(2, "exists already", "--overwrite")


def test_recommend_in_json_on_the_base_of_a_profile(
    invoke: Run, sites: Path, samples: Path, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    sites.mkdir()
    (sites / "hospital.toml").write_text(
        f'[backend.gdcm-b]\ntype = "gdcm"\ntools = {{ gdcmimg = "{require_tool("gdcmimg")}" }}\n'
    )
    words = ("site", "recommend", samples, "--site", "hospital", "-o", tmp_path / "d.toml", "--own-files", "--json")
    (result,) = invoke(*words).json["results"]
    assert result["status"] == "recommended"
    assert sorted(result["order"]) == ["dcmtk", "gdcm", "gdcm-b", "pydicom"]
    assert [b["name"] for b in result["backends"]] == result["order"]
    assert [Path(r["sample"]).name for r in result["refused"]] == ["cut.jpg"]
    assert result["profile"] == str(tmp_path / "d.toml")
    assert 'base = "hospital"' in (tmp_path / "d.toml").read_text()
    assert load_site(str(tmp_path / "d.toml")).configured[0].name == "gdcm-b"


def test_recommend_where_nothing_can_be_converted(invoke: Run, dicomize: Run, sites: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    done = invoke("site", "recommend", tmp_path / "notes.txt", "--write", "derm")
    assert done.code == 3
    assert done.err == "dicomize: none of the 1 samples was converted, so that nothing can be recommended\n"
    assert "is no image" in done.out
    assert not (sites / "derm.toml").exists()
    assert invoke("site", "recommend", tmp_path / "notes.txt", "--json").json["results"][0]["order"] == []
    invoke("site", "recommend", tmp_path / "absent").complains(3, "absent does not exist")
    dicomize("site", "recommend", "--write", "derm").complains(2, "SAMPLES")
