"""File names that trip command lines, and where results go."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dicomize.cli.destinations import destinations
from dicomize.errors import UsageError

Run = Callable[..., Any]

HOSTILE = {
    "dash": b"-dash.jpg",
    "options": b"--overwrite",
    "at": b"@at.jpg",
    "spaces": b" a  b .jpg",
    "newline": b"a\ndicomize: all is well.jpg",
    "not utf-8": b"caf\xe9 \xff.jpg",
    "emoji": "\U0001f4f7\U0001f469\u200d\u2695\ufe0f.jpg".encode(),
    "quotes": b"a'b\"c`d$(e);f.jpg",
    "control": b"\x1b[2J\x07\r.jpg",
    "markup": b"[red]a[bold] :heart:.jpg",
    "glob": b"*?.jpg",
    "backslash": b"a\\b%s{0}.jpg",
    "long": b"x" * 240 + b".jpg",
    "bidi": "a\u202egpj.exe".encode(),
    "many dots": b"...a..b..",
    "no extension": b"photo",
    "equals": b"PatientID=1.jpg",
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("backend", ["dcmtk", "gdcm", "pydicom"])
def test_into_a_folder_and_into_a_file(
    kind: str,
    backend: str,
    tmp_path: Path,
    invoke: Run,
    jpeg: Callable[..., bytes],
    require_tool: Callable[[str], Path],
) -> None:
    if backend != "pydicom":
        require_tool({"dcmtk": "img2dcm", "gdcm": "gdcmimg"}[backend])
    out = tmp_path / "out"
    out.mkdir()
    name = os.fsdecode(HOSTILE[kind])
    (tmp_path / name).write_bytes(jpeg())
    done = invoke("convert", "--backend", backend, "--", name, "out")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0].endswith(".dcm")
    assert all(c.isprintable() for line in done.out.splitlines() for c in line)
    (result,) = out.iterdir()
    assert os.fsencode(result.name) == os.fsencode(Path(name).stem) + b".dcm"
    into_file = os.fsdecode(HOSTILE[kind][:200]) + ".out"
    done = invoke("convert", "--backend", backend, "--json", "--", name, into_file)
    assert done.code == 0
    assert os.fsencode(done.json["results"][0]["destination"]) == os.fsencode(into_file)
    assert (tmp_path / into_file).read_bytes() == result.read_bytes()


@pytest.mark.parametrize("kind", HOSTILE)
def test_reports_stay_within_their_lines(kind: str, tmp_path: Path, invoke: Run, jpeg: Callable[..., bytes]) -> None:
    name = os.fsdecode(HOSTILE[kind])
    (tmp_path / name).write_bytes(jpeg())
    for words in (["inspect", "--", name], ["plan", "--", name, "x.dcm"]):
        done = invoke(*words)
        assert done.code == 0
        assert all(c.isprintable() for line in done.out.splitlines() for c in line)
        assert "dicomize: all is well" not in [line[:21] for line in done.out.splitlines()]
        assert json.loads(invoke(words[0], "--json", *words[1:]).out)
    (tmp_path / name).write_bytes(b"nothing")
    line = invoke("convert", "--", name, "x.dcm").complains(3)
    assert line.isprintable()
    invoke("check", "--", name).complains(3)


def test_from_the_shell(dicomize: Run, tmp_path: Path, jpeg: Callable[..., bytes]) -> None:
    name = b"caf\xe9\n\x1b[31m.jpg"
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(jpeg())
    done = dicomize("convert", name, b"out\xff.dcm")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == "caf\\udce9\\n\\x1b[31m.jpg -> out\\udcff.dcm"
    again = dicomize("convert", name, b"other\xff.dcm", "--json")
    assert os.fsencode(again.json["results"][0]["source"]) == name


# ---------------------------------------------------------------- destinations


def names(*sources: str, into: str = "folder/") -> list[str]:
    return [str(p) for p in destinations([Path(s) for s in sources], into)]


def test_names_in_a_folder() -> None:
    assert names("photo.jpg") == ["folder/photo.dcm"]
    assert names("a/photo.jpg", "b/scan.jpeg") == ["folder/photo.dcm", "folder/scan.dcm"]
    assert names("photo.jpg", "photo.jpeg", "x.jpg") == [
        "folder/photo.jpg.dcm", "folder/photo.jpeg.dcm", "folder/x.dcm",
    ]  # fmt: skip
    assert names("Photo.jpg", "photo.jpeg") == ["folder/Photo.jpg.dcm", "folder/photo.jpeg.dcm"]
    assert names("photo", into="x.dcm") == ["x.dcm"]


@pytest.mark.parametrize(
    "sources", [("a/x.jpg", "b/x.jpg"), ("Photo.jpg", "photo.JPG"), ("x.jpg", "x.jpg"), ("x", "x.jpg", "x.jpg.jpg")]
)
def test_a_collision_that_is_left_is_an_error(sources: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="two sources would both become"):
        names(*sources)


def test_a_collision_stops_before_anything_runs(invoke: Run, photo: Path, out: Path) -> None:
    invoke("convert", photo, photo, out).complains(2, "two sources would both become")
    assert list(out.iterdir()) == []


def test_a_file_where_a_folder_is_needed(invoke: Run, photo: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.dcm"
    there.write_text("mine")
    other = tmp_path / "other.jpg"
    other.write_bytes(photo.read_bytes())
    invoke("convert", photo, other, there).complains(2, "is no folder")
    invoke("convert", photo, f"{there}/").complains(2, "is no folder")
    assert there.read_text() == "mine"


def test_a_folder_that_is_not_there_is_made(invoke: Run, photo: Path, tmp_path: Path) -> None:
    assert invoke("convert", photo, "new/").code == 0
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["photo.dcm"]
    other = tmp_path / "other.jpg"
    other.write_bytes(photo.read_bytes())
    assert invoke("convert", photo, other, "newer").code == 0
    assert len(list((tmp_path / "newer").iterdir())) == 2
    invoke("convert", photo, "a/b/").complains(10, "cannot be made")
    invoke("convert", photo, "a/b.dcm").complains(10, "does not exist")
    assert not (tmp_path / "a").exists()


def test_a_folder_that_holds_nothing_is_not_left_behind(invoke: Run, photo: Path, tmp_path: Path) -> None:
    invoke("convert", photo, "new/", "--backend", "nonesuch").complains(2)
    invoke("convert", tmp_path / "absent", "new/").complains(3)
    assert not (tmp_path / "new").exists()


def test_a_name_that_is_too_long(invoke: Run, photo: Path, tmp_path: Path) -> None:
    invoke("convert", photo, "x" * 300).complains(10, "File name too long")
    invoke("convert", photo, "x" * 300 + "/").complains(10, "cannot be made")
    invoke("convert", "x" * 300, "y.dcm").complains(3, "File name too long")
    long = tmp_path / ("x" * 253 + ".j")
    long.write_bytes(photo.read_bytes())
    invoke("convert", long, tmp_path).complains(10, "File name too long")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([long.name, photo.name])


@pytest.mark.usefixtures("photo")
def test_relative_paths(invoke: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert invoke("convert", "../../photo.jpg", ".").code == 0
    assert invoke("convert", "./../../photo.jpg", "../x.dcm").code == 0
    assert (inner / "photo.dcm").read_bytes() == (tmp_path / "a" / "x.dcm").read_bytes()


@pytest.mark.parametrize("link", ["same", "symlink", "hard link"])
def test_the_source_is_never_the_destination(link: str, invoke: Run, photo: Path, out: Path) -> None:
    target = out / "x.dcm"
    if link == "symlink":
        target.symlink_to(photo)
    elif link == "hard link":
        target.hardlink_to(photo)
    else:
        target = photo
    before = photo.read_bytes()
    for more in ([], ["--overwrite"]):
        invoke("convert", photo, target, *more).complains(2)
    assert photo.read_bytes() == before


def test_no_result_replaces_another_source(invoke: Run, photo: Path, out: Path, jpeg: Callable[..., bytes]) -> None:
    stored = out / "photo.dcm"
    stored.write_bytes(jpeg(quality=20))
    link = photo.with_name("other.jpg")
    link.symlink_to(stored)
    invoke("convert", photo, link, out, "--overwrite").complains(2, "is itself one of the sources")
    assert stored.read_bytes() == jpeg(quality=20)
    assert [p.name for p in out.iterdir()] == ["photo.dcm"]


def test_devices_are_not_replaced(invoke: Run, photo: Path) -> None:
    invoke("convert", photo, "/dev/null", "--overwrite").complains(2, "is no regular file")
    assert Path("/dev/null").is_char_device()
