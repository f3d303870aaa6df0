"""dicomize compare, as its users run it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from .conftest import WHO, Done

Run = Callable[..., Done]


@pytest.fixture
def pair(invoke: Run, photo: Path, tmp_path: Path) -> tuple[Path, Path]:
    """One picture of two patients."""
    files = tmp_path / "one.dcm", tmp_path / "other.dcm"
    for path, patient in zip(files, ("4711", "4712"), strict=True):
        done = invoke(
            "convert", photo, path, "--backend", "pydicom", "--study-date", "20240229", "--patient-id", patient
        )
        assert done.code == 0
    return files


# ---------------------------------------------------------------- one picture


def test_one_picture(dicomize: Run, photo: Path) -> None:
    done = dicomize("compare", photo.name, "--backend", "pydicom", *WHO)
    assert (done.code, done.err) == (0, "")
    assert max(map(len, done.out.splitlines())) <= 80
    assert "\x1b" not in done.out
    for words in (
        "pydicom: on its own:",
        "leaves out what must have a value",
        "PatientID",
        "through dicomize: nothing wrong",
    ):
        assert words in done.out


def test_the_json(invoke: Run, photo: Path, require_tool: Callable[[str], Path]) -> None:
    require_tool("gdcmimg")
    done = invoke("compare", photo, "--json", *WHO)
    assert (done.code, done.err) == (0, "")
    assert (done.json["schema"], done.json["command"], done.json["status"]) == ("dicomize/1", "compare", "done")
    results = {result["backend"]: result for result in done.json["results"]}
    assert {"gdcm", "pydicom"} <= set(results)
    result = results["gdcm"]
    assert list(result) == [
        "status", "source", "source_sha256", "backend", "version", "program", "because", "raw", "normalized", "verdict",
        "identical_to", "attributes", "differences",
    ]  # fmt: skip
    assert list(result["raw"]) == ["run", "file", "faults"]
    assert list(result["raw"]["run"]) == [
        "status", "argv", "message", "returncode", "seconds", "peak_memory",
    ]  # fmt: skip
    assert list(result["raw"]["file"]) == [
        "sha256", "size", "TransferSyntaxUID", "PhotometricInterpretation", "report", "leaks", "digests", "problems", "path",
    ]  # fmt: skip
    assert list(result["normalized"]) == ["file", "seconds", "refusal", "exit_code", "faults"]
    assert "pydicom" in result["identical_to"]
    assert result["differences"] is None
    assert {"tag": "(0010,0020)", "keyword": "PatientID", "theirs": "absent", "ours": "4711"}.items() <= next(
        row for row in result["attributes"] if row["keyword"] == "PatientID"
    ).items()
    assert {fault["kind"] for fault in result["raw"]["faults"]} >= {"lossy", "type-1", "type-2"}


def test_a_refused_source(dicomize: Run, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    done = dicomize("compare", "text.jpg")
    assert done.code == 3
    (line,) = done.err.splitlines()
    assert line.startswith("dicomize: text.jpg is no image") or "is no image" in line
    assert "refused by dicomize" in done.out


@pytest.mark.parametrize("words", [("--multiframe",), ("--frame-time", "40")])
def test_frames_are_not_compared(invoke: Run, photo: Path, words: tuple[str, ...]) -> None:
    invoke("compare", photo, *words).complains(2, "one picture is compared, not frames", "--page")


def test_what_is_kept(invoke: Run, photo: Path, tmp_path: Path) -> None:
    words = ("compare", photo, "--backend", "pydicom", "--raw", tmp_path / "kept")
    assert invoke(*words).code == 0
    assert {p.name for p in (tmp_path / "kept").iterdir()} >= {"photo.pydicom.raw.dcm", "photo.pydicom.normalized.dcm"}
    invoke(*words).complains(2, "exists already", "--overwrite")
    assert invoke(*words, "--overwrite", "-q").out == ""


# ---------------------------------------------------------------- two instances


def test_two_alike(dicomize: Run, pair: tuple[Path, Path], tmp_path: Path) -> None:
    shutil.copyfile(pair[0], tmp_path / "copy.dcm")
    done = dicomize("compare", "one.dcm", "copy.dcm")
    assert (done.code, done.err) == (0, "")
    assert "the same bytes" in done.out


def test_two_different(dicomize: Run, pair: tuple[Path, Path]) -> None:
    done = dicomize("compare", *(p.name for p in pair))
    assert (done.code, done.err) == (7, "")
    assert "/PatientID(0010,0020) LO" in done.out
    assert "< 4711" in " ".join(done.out.split())
    assert "pixels: the same bytes are stored" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_what_may_differ(invoke: Run, pair: tuple[Path, Path]) -> None:
    words = ("compare", *pair, "--ignore", "uids", "--ignore", "PatientID", "--ignore", "ContributingEquipmentSequence")
    done = invoke(*words)
    assert done.code == 0
    assert "alike" in done.out
    assert "PatientID" not in done.out
    assert "(ignored)" in invoke(*words, "-v").out
    (result,) = invoke(*words, "--json").json["results"]
    assert (result["status"], result["differences"]) == ("alike", [])
    assert "PatientID" in {d["keyword"] for d in result["ignored"]}


def test_the_json_of_a_pair(invoke: Run, pair: tuple[Path, Path]) -> None:
    done = invoke("compare", *pair, "--json")
    assert (done.code, done.json["status"]) == (7, "failed")
    (result,) = done.json["results"]
    assert list(result) == [
        "status", "left", "right", "identical_files", "differences", "ignored", "pixels", "problems",
    ]  # fmt: skip
    patient = next(d for d in result["differences"] if d["keyword"] == "PatientID")
    assert patient == {
        "kind": "value", "path": "/PatientID(0010,0020)", "tag": "(0010,0020)", "VR": ["LO", "LO"], "left": "4711",
        "right": "4712", "keyword": "PatientID",
    }  # fmt: skip
    assert result["pixels"] == {
        "encoded_identical": True, "decoded_identical": True, "compared_as": "", "frames": [], "picture": None,
        "amplified": 1.0, "problem": "",
    }  # fmt: skip


def test_the_picture_of_the_difference(invoke: Run, tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    names = []
    for number, color in enumerate(((200, 30, 30), (30, 200, 30))):
        source, result = tmp_path / f"{number}.png", tmp_path / f"{number}.dcm"
        Image.new("RGB", (32, 24), color).save(source)
        assert invoke("convert", source, result, "--backend", "pydicom", *WHO).code == 0
        names.append(result)
    picture = tmp_path / "difference.png"
    done = invoke("compare", *names, "--difference", picture)
    assert done.code == 7
    assert "largest difference 170, mean 113.3333" in done.out
    assert "PSNR 5.28 dB" in done.out  # 20 log10 255 - 10 log10(170^2 * 2 / 3)
    with Image.open(picture) as image:
        assert image.getpixel((3, 3)) == (255, 255, 0)
    invoke("compare", *names, "--difference", picture).complains(2, "exists already")
    assert invoke("compare", *names, "--difference", picture, "--overwrite").code == 7
    invoke("compare", *names, "--difference", names[0], "--overwrite").complains(2, "is the source itself")


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "one picture or two DICOM files"),
        (("a", "b", "c"), 2, "one picture or two DICOM files"),
        (("absent.jpg",), 3, "does not exist"),
        (("absent.dcm", "one.dcm"), 3, "does not exist"),
        (("photo.jpg", "one.dcm"), 3, "is no DICOM file"),
        (("photo.jpg", "--ignore", "uids"), 2, "about two instances"),
        (("photo.jpg", "--difference", "x.png"), 2, "about two instances"),
        (("one.dcm", "other.dcm", "--as", "photo"), 2, "compared as they are"),
        (("one.dcm", "other.dcm", "--raw", "x"), 2, "--raw is about one picture; dicomize compare SOURCE --raw FOLDER"),
        (("one.dcm", "other.dcm", "--ignore", "nonsense"), 9, "no DICOM keyword"),
        (("photo.jpg", "--backend", "nonsense"), 2, "there is no backend"),
        (("photo.jpg", "--raw", "photo.jpg"), 10, "cannot be written"),
        (("photo.jpg", "--site", "./absent.toml"), 9, "absent.toml"),
    ],
)
def test_misuse(words: tuple[str, ...], code: int, said: str, invoke: Run, pair: Any) -> None:
    assert pair
    invoke("compare", *words).complains(code, said)
