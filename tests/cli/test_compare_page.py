"""dicomize compare --html."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

Run = Callable[..., Any]


@pytest.fixture
def pair(invoke: Run, photo: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A conversion, and the same with another pixel and another name."""
    left, right = tmp_path / "left.dcm", tmp_path / "right.dcm"
    words = ("--transfer-syntax", "explicit", "--patient-id", "1", "--backend", "pydicom")
    assert invoke("convert", photo, left, *words).code == 0
    dataset = dcmread(left)
    dataset.PatientName = "<b>Roe</b>"
    dataset.PixelData = bytes([dataset.PixelData[0] ^ 16]) + dataset.PixelData[1:]
    dataset.save_as(right)
    return left, right


def test_toolkits(invoke: Run, photo: Path, out: Path) -> None:
    page = out / "page.html"
    done = invoke("compare", photo, "--html", page, "--json", "--patient-id", "1")
    assert done.code == 0
    text = page.read_text(encoding="utf-8")
    assert f"What toolkits make of {photo.name}" in text
    assert "data:image/png;base64," in text
    for result in done.json["results"]:
        for file in (result["raw"]["file"], result["normalized"]["file"]):
            if file is not None:
                assert file["sha256"] in text
                assert file["path"] is None
                assert {digest["picture"] for digest in file["digests"]} <= {None}
    assert [p.name for p in out.iterdir()] == ["page.html"]


def test_with_files_kept(invoke: Run, photo: Path, out: Path) -> None:
    done = invoke("compare", photo, "--html", out / "page.html", "--raw", out / "raw", "--json", "--backend", "pydicom")
    (result,) = done.json["results"]
    assert Path(result["raw"]["file"]["path"]).is_file()
    assert Path(result["normalized"]["file"]["digests"][0]["picture"]).is_file()


def test_a_pair(invoke: Run, pair: tuple[Path, Path], out: Path) -> None:
    done = invoke("compare", *pair, "--html", out / "page.html")
    assert (done.code, done.err) == (7, "")
    text = (out / "page.html").read_text(encoding="utf-8")
    assert "✗ They differ." in text
    assert "&lt;b&gt;Roe&lt;/b&gt;" in text
    assert "<b>" not in text
    assert text.count("data:image/png;base64,") == 2


def test_a_pair_without_pictures(invoke: Run, pair: tuple[Path, Path], out: Path) -> None:
    dataset = dcmread(pair[1])
    del dataset.PixelData
    dataset.save_as(pair[1])
    assert invoke("compare", *pair, "--html", out / "page.html").code == 7
    assert "The right one has no picture here: " in (out / "page.html").read_text(encoding="utf-8")


def test_nothing_is_overwritten(invoke: Run, photo: Path, pair: tuple[Path, Path], out: Path) -> None:
    page = out / "page.html"
    page.write_text("mine")
    for words in ((photo,), pair):
        invoke("compare", *words, "--html", page).complains(2, "exists already")
        assert page.read_text() == "mine"
        invoke("compare", *words, "--html", out / "absent" / "page.html").complains(10, "does not exist")
        assert invoke("compare", *words, "--html", page, "--overwrite").code in {0, 7}
        assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
        page.write_text("mine")
    before = pair[0].read_bytes()
    invoke("compare", *pair, "--html", pair[0], "--overwrite").complains(2, "is the source itself")
    assert pair[0].read_bytes() == before


@pytest.mark.parametrize("name", [b"x" * 250 + b".jpg", b"caf\xe9\n<script>.jpg", "\u202e\U0001f4f7.jpg".encode() * 20])
def test_names(name: bytes, invoke: Run, photo: Path, tmp_path: Path, out: Path) -> None:
    source = tmp_path / os.fsdecode(name[-250:])
    source.write_bytes(photo.read_bytes())
    done = invoke(
        "compare", source, "--html", out / "page.html", "--backend", "pydicom", "--quiet", "--patient-id", "1"
    )
    assert (done.code, done.err) == (0, "")
    assert "What toolkits make of " in (out / "page.html").read_text(encoding="utf-8")
