"""What each command says and does, in text and as JSON."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from PIL import Image
from pydicom import config
from pydicom.encaps import encapsulate

from dicomize import errors
from dicomize.errors import ExitCode
from dicomize.version import __version__

Run = Callable[..., Any]

WHO = ("--patient-id", "4711", "--study-date", "20240229")


def fits(text: str) -> bool:
    return max(map(len, text.splitlines()), default=0) <= 80 and "\x1b" not in text


# ---------------------------------------------------------------- the envelope


def test_the_envelope(invoke: Run, photo: Path, out: Path) -> None:
    done = invoke("convert", photo, out / "x.dcm", "--json", *WHO)
    assert (done.code, done.err) == (0, "")
    assert list(done.json) == ["schema", "command", "status", "exit_code", "results", "messages"]
    results = done.json["results"]
    assert {k: v for k, v in done.json.items() if k != "results"} == {
        "schema": "dicomize/1", "command": "convert", "status": "done", "exit_code": 0, "messages": [],
    }  # fmt: skip
    (result,) = results
    assert list(result) == [
        "status", "source", "source_sha256", "destination", "sha256", "SOPClassUID", "SOPInstanceUID",
        "TransferSyntaxUID", "dicomize_version", "steps", "frames", "choice", "toolkit", "invocations", "changes",
        "verified_by", "loss", "read_by", "validators", "findings", "notes", "seconds",
    ]  # fmt: skip
    assert result["status"] == "converted"
    assert result["sha256"] == hashlib.sha256((out / "x.dcm").read_bytes()).hexdigest()
    assert result["source_sha256"] == hashlib.sha256(photo.read_bytes()).hexdigest()
    assert result["SOPInstanceUID"] == pydicom.dcmread(out / "x.dcm").SOPInstanceUID
    assert all(set(c) == {"tag", "theirs", "ours", "reason", "reference"} for c in result["changes"])


def test_the_envelope_of_a_failure(invoke: Run, tmp_path: Path) -> None:
    done = invoke("convert", tmp_path / "absent.jpg", tmp_path / "x.dcm", "--json")
    assert (done.code, done.err) == (3, "")
    assert done.json == {
        "schema": "dicomize/1",
        "command": "convert",
        "status": "failed",
        "exit_code": 3,
        "results": [
            {
                "source": str(tmp_path / "absent.jpg"),
                "destination": str(tmp_path / "x.dcm"),
                "status": "failed",
                "exit_code": 3,
                "error": "SourceUnreadable",
                "message": f"{tmp_path / 'absent.jpg'} does not exist",
                "remedy": "check the name",
            }
        ],
        "messages": [f"dicomize: {tmp_path / 'absent.jpg'} does not exist; check the name"],
    }


@pytest.mark.parametrize("command", ["inspect", "plan", "check", "backends"])
def test_every_command_has_the_same_envelope(command: str, invoke: Run, photo: Path, out: Path) -> None:
    invoke("convert", photo, out / "x.dcm", *WHO)
    every: dict[str, list[str | Path]] = {
        "inspect": [photo], "plan": [photo, "y.dcm"], "check": [out / "x.dcm"], "backends": [],
    }  # fmt: skip
    words = every[command]
    done = invoke(command, *words, "--json")
    assert (done.code, done.err) == (0, "")
    assert (done.json["schema"], done.json["command"], done.json["status"]) == ("dicomize/1", command, "done")
    assert done.json["results"]


# ---------------------------------------------------------------- what is wrong, and its exit code


def truncated(data: bytes) -> bytes:
    return data[:-40]


def corrupt(data: bytes) -> bytes:
    """Entropy-coded data in which no code exists (T.81 F.2.2.3: no code is all ones)."""
    at = data.index(b"\xff\xda") + 14
    return data[:at] + b"\xff\x00" * 40 + b"\xff\xd9"


def taller(data: bytes) -> bytes:
    at = data.index(b"\xff\xc0")
    return data[: at + 5] + (1600).to_bytes(2, "big") + data[at + 7 :]


BAD: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "is empty"),
    "text": (lambda _: b"Dear Jane,\n", "no image in any format"),
    "png": (lambda _: b"\x89PNG\r\n\x1a\n", "PNG"),
    "truncated": (truncated, "truncated"),
    "corrupt": (corrupt, ""),
    "taller": (taller, ""),
    "no end": (lambda data: data[:-2], "truncated"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_picture_that_cannot_be_used(kind: str, invoke: Run, photo: Path, out: Path) -> None:
    spoil, word = BAD[kind]
    photo.write_bytes(spoil(photo.read_bytes()))
    line = invoke("convert", photo, out / "x.dcm").complains(3, word, str(photo))
    assert list(out.iterdir()) == []
    again = invoke("convert", photo, out / "x.dcm", "--json")
    assert again.json["messages"] == [line]
    assert again.json["results"][0]["exit_code"] == 3


def test_no_picture_at_all(invoke: Run, tmp_path: Path, out: Path) -> None:
    invoke("convert", tmp_path / "absent.jpg", out / "x.dcm").complains(3, "does not exist")
    invoke("convert", out, out / "x.dcm").complains(3, "is a directory")
    invoke("inspect", out).complains(3, "is a directory")
    os.mkfifo(tmp_path / "fifo")
    invoke("convert", tmp_path / "fifo", out / "x.dcm").complains(3, "no regular file")
    invoke("check", tmp_path / "fifo").complains(3, "no regular file")


def test_the_extension_does_not_matter(invoke: Run, photo: Path, out: Path) -> None:
    wrong = photo.rename(photo.with_name("photo.png"))
    assert invoke("convert", wrong, out / "x.dcm").code == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-k", "Nonsense=1"], "Nonsense"),
        (["-k", "=1"], "names no attribute"),
        (["-k", ""], "names no attribute"),
        (["-k", "StudyDate=2024-01-02"], "StudyDate"),
        (["--study-date", "2024-01-02"], "--study-date"),
        (["-k", "PatientSex=male"], "PatientSex"),
        (["--sex", "male"], "--sex"),
        (["--study-uid", "1." + "2" * 63], "--study-uid"),
        (["--patient-name", "a^b^c^d^e^f"], "--patient-name"),
        (["--uid-root", "abc"], "UID root"),
        (["--site", "absent"], "site profile"),
    ],
)
def test_metadata_that_is_wrong(words: list[str], expected: str, invoke: Run, photo: Path, out: Path) -> None:
    invoke("convert", photo, out / "x.dcm", *words).complains(9, expected)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("words", [["--as", "xray"], ["--transfer-syntax", "zip"], ["--backend", "nonesuch"]])
def test_choices_that_do_not_exist(words: list[str], invoke: Run, photo: Path, out: Path) -> None:
    invoke("convert", photo, out / "x.dcm", *words).complains(2, words[1])
    invoke("plan", photo, out / "x.dcm", *words).complains(2, words[1])
    assert list(out.iterdir()) == []


def test_a_name_in_japanese(invoke: Run, photo: Path, out: Path) -> None:
    done = invoke("convert", photo, out / "x.dcm", *WHO, "--patient-name", "Yamada^Tarou=山田^太郎")
    assert done.code == 0
    dataset = pydicom.dcmread(out / "x.dcm")
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    assert dataset.PatientName.ideographic == "山田^太郎"


def test_no_backend(invoke: Run, photo: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DICOMIZE_IMG2DCM", "/nonexistent")
    invoke("convert", photo, out / "x.dcm", "--backend", "dcmtk").complains(4, "DICOMIZE_IMG2DCM")
    assert list(out.iterdir()) == []


def test_a_tool_that_fails_shows_everything_where_asked_for(
    invoke: Run, photo: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "img2dcm"
    broken.write_text("#!/bin/sh\necho 'first word' >&2\necho 'F: last word' >&2\nexit 7\n")
    broken.chmod(0o755)
    monkeypatch.setenv("DICOMIZE_IMG2DCM", str(broken))
    words = ("convert", photo, out / "x.dcm", "--backend", "dcmtk")
    invoke(*words).complains(5, "last word")
    lines = invoke(*words, "-v").err.splitlines()
    assert lines[0].startswith("dicomize: img2dcm failed with exit code 7")
    assert lines[1].startswith(f"  ran {broken} -i JPEG")
    assert lines[2:] == ["    first word", "    F: last word"]
    (result,) = invoke(*words, "--json").json["results"]
    assert result["invocation"]["returncode"] == 7
    assert result["invocation"]["stderr"] == "first word\nF: last word\n"


def test_what_is_not_conformant(
    invoke: Run, photo: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    critic = tmp_path / "dciodvfy"
    critic.write_text(
        "#!/bin/sh\necho 'Error - </StudyID(0020,0010)> - Missing attribute Type 2' >&2\necho SCImage >&2\n"
    )
    critic.chmod(0o755)
    monkeypatch.setenv("DICOMIZE_DCIODVFY", str(critic))
    invoke("convert", photo, out / "x.dcm").complains(6, "/StudyID(0020,0010)", "--no-strict")
    assert list(out.iterdir()) == []
    verbose = invoke("convert", photo, out / "x.dcm", "-v")
    assert "  error: /StudyID(0020,0010) Missing attribute Type 2 [dciodvfy]" in verbose.err.splitlines()
    (result,) = invoke("convert", photo, out / "x.dcm", "--json").json["results"]
    assert [f["kind"] for f in result["findings"] if f["severity"] == "error"] == ["missing-2"]
    assert invoke("convert", photo, out / "x.dcm", "--no-strict").code == 0
    assert invoke("check", out / "x.dcm").code == 0
    done = invoke("check", out / "x.dcm", "--dciodvfy", "--json")
    assert (done.code, done.json["status"]) == (6, "failed")


# ---------------------------------------------------------------- talk


def test_verbose_and_quiet(invoke: Run, photo: Path, out: Path) -> None:
    quiet = invoke("convert", photo, out / "q.dcm", "-q", *WHO)
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    normal = invoke("convert", photo, out / "n.dcm", *WHO, "--backend", "pydicom").out
    verbose = invoke("convert", photo, out / "v.dcm", *WHO, "--backend", "pydicom", "-v").out
    assert "SOPInstanceUID: 2.25.1 -> " in verbose
    assert "SOPInstanceUID: 2.25.1 -> " not in normal
    invoke("convert", photo, out / "q.dcm", "-q").complains(2, "exists already")
    assert invoke("check", out / "q.dcm", "-q").out == ""


def test_notes_are_told(invoke: Run, photo: Path, out: Path) -> None:
    done = invoke("convert", photo, out / "x.dcm")
    assert "note: nobody said whose picture this is" in done.out


# ---------------------------------------------------------------- several


def test_the_good_ones_are_written(invoke: Run, photo: Path, out: Path, jpeg: Callable[..., bytes]) -> None:
    bad, other = photo.with_name("bad.jpg"), photo.with_name("other.jpg")
    bad.write_bytes(b"nothing")
    other.write_bytes(jpeg(quality=30))
    done = invoke("convert", photo, bad, other, out, *WHO)
    assert done.complains(1, "bad.jpg")
    assert sorted(p.name for p in out.iterdir()) == ["other.dcm", "photo.dcm"]
    again = invoke("convert", photo, bad, other, out, *WHO, "--overwrite", "--json").json
    assert (again["status"], again["exit_code"]) == ("partly-failed", 1)
    assert [r["status"] for r in again["results"]] == ["converted", "failed", "converted"]
    numbers = {pydicom.dcmread(p).InstanceNumber for p in out.iterdir()}
    assert len(numbers) == 2


def test_all_bad_in_the_same_way(invoke: Run, photo: Path, out: Path) -> None:
    done = invoke("convert", photo.with_name("a"), photo.with_name("b"), out / "new")
    assert done.code == 3
    assert len(done.err.splitlines()) == 2
    assert list(out.iterdir()) == []


# ---------------------------------------------------------------- plan


def test_a_plan_in_text(invoke: Run, photo: Path) -> None:
    done = invoke("plan", photo, "x.dcm", *WHO, "--backend", "dcmtk")
    assert done.code == 0
    assert fits(done.out)
    for word in ("Secondary Capture", "--patient-id", "PatientID", "img2dcm", "--backend"):
        assert word in done.out


def test_a_plan_has_the_exact_commands(
    invoke: Run, photo: Path, out: Path, require_tool: Callable[[str], Path]
) -> None:
    """Those that a conversion runs, but for the folder that they run in."""
    require_tool("jpegtran")
    require_tool("img2dcm")
    exif = Image.Exif()
    exif[0x0112] = 3
    with Image.open(photo) as image:
        image.save(photo, exif=exif)
    words = (photo, out / "x.dcm", "--backend", "dcmtk", "--json")
    planned = invoke("plan", *words).json["results"][0]["commands"]
    assert [Path(argv[0]).name for argv in planned] == ["jpegtran", "img2dcm"]
    assert planned[0][1:] == [
        "-copy", "none", "-perfect", "-rotate", "180", "-outfile", "/scratch/upright.jpg", "/scratch/upright-source.jpg",
    ]  # fmt: skip
    (run,) = invoke("convert", *words).json["results"][0]["invocations"]
    folder = str(Path(run["argv"][-1]).parent)
    assert [word.replace(folder, "/scratch") for word in run["argv"]] == planned[1]


def test_a_plan_runs_nothing(invoke: Run, photo: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    done = invoke("plan", photo, "x.dcm", "--json", *WHO)
    (result,) = done.json["results"]
    assert list(result) == ["status", "plan", "choice", "commands"]
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "more", [[], ["--transfer-syntax", "explicit"], ["--as", "photo", "-k", "PatientComments=\udcff"]]
)
def test_a_saved_plan_repeats_the_conversion(more: list[str], invoke: Run, photo: Path, out: Path) -> None:
    more = [word.replace("\udcff", "ü") for word in more]
    saved = out / "plan.json"
    assert invoke("plan", photo, out / "planned.dcm", *WHO, *more, "--save", saved).code == 0
    assert saved.read_bytes().isascii()
    assert invoke("convert", photo, out / "direct.dcm", *WHO, *more).code == 0
    assert invoke("convert", "--plan", saved).code == 0
    assert (out / "planned.dcm").read_bytes() == (out / "direct.dcm").read_bytes()
    invoke("convert", "--plan", saved).complains(2, "exists already")
    assert invoke("convert", "--plan", saved, "--overwrite").code == 0


def test_a_plan_is_not_mixed_with_other_words(invoke: Run, photo: Path, out: Path) -> None:
    saved = out / "plan.json"
    invoke("plan", photo, out / "x.dcm", "--save", saved)
    for words in ([photo, out / "y.dcm"], WHO, ["--no-strict"], ["--site", "here"]):
        invoke("convert", "--plan", saved, *words).complains(2, "a plan has every decision in it")
    assert [p.name for p in out.iterdir()] == ["plan.json"]


def test_neither_a_plan_nor_a_journal_replaces_a_source(invoke: Run, photo: Path, out: Path) -> None:
    other = out / "other.jpg"
    other.write_bytes(before := photo.read_bytes())
    frames = ("--multiframe", "-k", "BurnedInAnnotation=NO", *WHO)
    invoke("plan", photo, other, out / "x.dcm", *frames, "--save", other, "--overwrite").complains(
        2, "one of the sources"
    )
    invoke("convert", other, out / "x.dcm", *WHO, "--journal", other).complains(2, "one of the sources")
    assert other.read_bytes() == before


def test_a_plan_of_frames_shows_what_becomes_of_each(invoke: Run, jpeg: Callable[..., bytes], out: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    names = [out / f"{n}.jpg" for n in range(4)]
    for name in names:
        name.write_bytes(jpeg(exif=exif if name == names[1] else Image.Exif()))
    words = ("plan", *names, out / "x.dcm", "--multiframe", "-k", "BurnedInAnnotation=NO", "--backend", "gdcm", *WHO)
    done = invoke(*words)
    said = " ".join(done.out.split())
    assert fits(done.out)
    assert "frames 4, from 4 files" in said
    assert "APP0 JFIF, APP1 Exif (frames 1 and 3 to 4)" in said
    assert re.search(r"turn: Exif Orientation 3 \(frame 2\)", said)
    assert "and the same for frames 3 to 4" in said
    (result,) = invoke(*words, "--json").json["results"]
    encoding = [" ".join(command) for command in result["commands"] if "gdcmimg" in command[0]]
    assert [re.findall(r"frame-(\d)/image", command) for command in encoding] == [["1"], ["2"], ["3"], ["4"]]


def test_frames_go_into_a_new_folder(invoke: Run, photo: Path, out: Path) -> None:
    words = ("convert", photo, photo, f"{out / 'new'}/", "--multiframe", *WHO)
    invoke(*words).complains(9, "BurnedInAnnotation")
    assert not (out / "new").exists()
    assert invoke(*words, "-k", "BurnedInAnnotation=NO").code == 0
    assert [p.name for p in (out / "new").iterdir()] == ["photo.dcm"]


def test_a_plan_does_not_overwrite(invoke: Run, photo: Path, out: Path) -> None:
    before = photo.read_bytes()
    invoke("plan", photo, out / "x.dcm", "--save", photo).complains(2, "is itself one of the sources")
    invoke("plan", photo, out / "x.dcm", "--save", photo, "--overwrite").complains(2, "is itself one of the sources")
    assert photo.read_bytes() == before
    saved = out / "plan.json"
    saved.write_text("mine")
    invoke("plan", photo, out / "x.dcm", "--save", saved).complains(2, "exists already")
    assert saved.read_text() == "mine"
    invoke("plan", photo, out / "x.dcm", "--save", out / "absent" / "p.json").complains(10, "does not exist")


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"schema": "dicomize.plan/1"}', '{"schema": "other"}', "\0"])
def test_what_is_no_plan(text: str, invoke: Run, out: Path) -> None:
    saved = out / "plan.json"
    saved.write_text(text)
    invoke("convert", "--plan", saved).complains(9, "plan")
    saved.write_bytes(b"\xff\xfe")
    invoke("convert", "--plan", saved).complains(9, "plan")
    invoke("convert", "--plan", out).complains(9, "plan")


# ---------------------------------------------------------------- journal and site


def test_the_journal_has_a_line_for_each_result(invoke: Run, photo: Path, out: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    first = invoke("convert", photo, out / "a.dcm", "--journal", journal, "--json", *WHO).json["results"]
    invoke("convert", photo.with_name("absent"), out / "b.dcm", "--journal", journal)
    second = invoke("convert", photo, out / "c.dcm", "--journal", journal, "--json", *WHO).json["results"]
    assert [json.loads(line) for line in journal.read_text("ascii").splitlines()] == [*first, *second]


def test_a_journal_that_cannot_be_written_stops_before_the_work(invoke: Run, photo: Path, out: Path) -> None:
    invoke("convert", photo, out / "x.dcm", "--journal", out).complains(10, "journal")
    invoke("convert", photo, out / "x.dcm", "--journal", out / "absent" / "j").complains(10, "journal")
    assert list(out.iterdir()) == []


def test_a_site_profile(invoke: Run, photo: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = tmp_path / "ward.toml"
    profile.write_text(
        'sop_class = "photo"\nbackends = ["pydicom"]\nuid_key_env = "WARD_KEY"\n'
        '[attributes]\nInstitutionName = "General"\n'
    )
    line = invoke("convert", photo, out / "x.dcm", "--site", profile, *WHO).complains(9, "WARD_KEY", "is not set")
    assert line.endswith("set it to the site's secret before running dicomize")
    monkeypatch.setenv("WARD_KEY", "secret")
    result = invoke("convert", photo, out / "x.dcm", "--site", profile, "--json", *WHO)
    assert result.json["results"][0]["choice"]["because"] == "site profile ward"
    dataset = pydicom.dcmread(out / "x.dcm")
    assert (dataset.InstitutionName, dataset.Modality) == ("General", "XC")
    monkeypatch.setenv("DICOMIZE_SITES", str(tmp_path))
    assert invoke("convert", photo, out / "y.dcm", "--site", "ward", *WHO).code == 0
    assert (out / "x.dcm").read_bytes() == (out / "y.dcm").read_bytes()
    assert "secret" not in invoke("plan", photo, "z.dcm", "--site", "ward", "--json").out
    for command in (["inspect", photo], ["check", out / "x.dcm"], ["backends"]):
        assert invoke(*command, "--site", "ward").code == 0
        invoke(*command, "--site", "absent").complains(9, "there is no site profile")


def test_backends_of_the_sites_own(
    invoke: Run, photo: Path, out: Path, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    profile = tmp_path / "ward.toml"
    profile.write_text(
        f'requires = ["gdcm-b == 0.0.1"]\n[backend.gdcm-b]\ntype = "gdcm"\ntools = {{ gdcmimg = "{require_tool("gdcmimg")}" }}\n'
        '[backend.own]\ncommand = ["bin/own", "{source}", "{destination}"]\n'
    )
    results = {r["name"]: r for r in invoke("backends", "--site", profile, "--json").json["results"]}
    assert list(results)[3:5] == ["gdcm-b", "own"]
    assert results["gdcm-b"]["available"] is True
    assert f"{tmp_path}/bin/own, which the site profile names, does not exist" in results["own"]["because"]
    assert fits(invoke("backends", "--site", profile).out)
    words = ("convert", photo, out / "x.dcm", "--site", profile, *WHO)
    invoke(*words, "--backend", "gdcm-b").complains(4, "requires gdcm-b == 0.0.1, but gdcmimg", "[tools]")
    assert list(out.iterdir()) == []
    assert invoke(*words).code == 0
    invoke("convert", photo, out / "y.dcm", "--backend", "own").complains(2, "there is no backend 'own'")


# ---------------------------------------------------------------- inspect and backends


def test_inspect_in_text(invoke: Run, photo: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera & Co", 6
    exif.get_ifd(0x8825)[1] = "N"
    with Image.open(photo) as image:
        image.save(tmp_path / "leaky.jpg", exif=exif, comment=b"hello")
    done = invoke("inspect", photo, tmp_path / "leaky.jpg")
    assert done.code == 0
    assert fits(done.out)
    for word in ("baseline (SOF0)", "32 x 16", "Camera & Co", "Exif Orientation 6", "COM", "none of it is kept"):
        assert word in done.out


def test_inspect_says_what_stands_in_the_way(invoke: Run, tmp_path: Path, jpeg: Callable[..., bytes]) -> None:
    path = tmp_path / "inks.jpg"
    path.write_bytes(jpeg(mode="CMYK"))
    done = invoke("inspect", path, "--json")
    assert done.code == 0
    assert done.json["results"][0]["status"] == "refused"
    assert "CMYK" in done.json["results"][0]["refusal"]
    assert "convert it to RGB" in " ".join(invoke("inspect", path).out.split())


def test_inspect_looks_at_a_progressive_picture(invoke: Run, tmp_path: Path, jpeg: Callable[..., bytes]) -> None:
    path, data = tmp_path / "progressive.jpg", jpeg(progressive=True)
    path.write_bytes(data)
    assert invoke("inspect", path, "--json").json["results"][0]["status"] == "convertible"
    path.write_bytes(data[: data.rindex(b"\xff\xda")] + b"\xff\xd9")
    assert "incomplete" in invoke("inspect", path, "--json").json["results"][0]["refusal"]


def test_inspect_several_of_which_one_is_bad(invoke: Run, photo: Path, tmp_path: Path) -> None:
    done = invoke("inspect", photo, tmp_path / "absent.jpg")
    assert done.complains(1, "absent.jpg")
    assert "32 x 16" in done.out


def test_backends(invoke: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    done = invoke("backends")
    assert done.code == 0
    assert fits(done.out)
    monkeypatch.setenv("DICOMIZE_GDCMIMG", "/nonexistent")
    results = {r["name"]: r for r in invoke("backends", "--json").json["results"]}
    helpers = ["dciodvfy", "jpegtran", "dcm2pnm", "dcmj2pnm", "dcml2pnm", "tesseract"]
    assert list(results)[:-1] == ["dcmtk", "gdcm", "pydicom", *helpers]
    assert list(results)[-1] in {"magick", "convert-im6.q16", "convert"}
    assert results["pydicom"]["available"] is True
    assert results["pydicom"]["tools"][0]["version"] == pydicom.__version__
    assert results["gdcm"]["available"] is False
    assert "DICOMIZE_GDCMIMG" in results["gdcm"]["because"]
    text = invoke("backends").out
    assert "gdcm: not available" in text
    assert "pip install python-gdcm" in text


# ---------------------------------------------------------------- check


@pytest.fixture
def result(invoke: Run, photo: Path, out: Path) -> Path:
    assert invoke("convert", photo, out / "x.dcm", "-q", *WHO, "--study-time", "120000").code == 0
    return out / "x.dcm"


def test_check_a_good_file(invoke: Run, result: Path) -> None:
    done = invoke("check", result)
    assert (done.code, done.err) == (0, "")
    assert fits(done.out)
    (found,) = invoke("check", result, "--json").json["results"]
    assert list(found) == ["file", "iod", "validators", "findings"]
    assert found["file"] == str(result)
    assert found["validators"][0] == f"dicomize {__version__}"
    assert found["findings"] == []


def test_check_with_dciodvfy(
    invoke: Run, result: Path, require_tool: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    require_tool("dciodvfy")
    (found,) = invoke("check", result, "--dciodvfy", "--json").json["results"]
    assert (found["iod"], found["validators"][1]) == ("SCImage", "dciodvfy")
    monkeypatch.setenv("DICOMIZE_DCIODVFY", "/nonexistent")
    invoke("check", result, "--dciodvfy").complains(4, "DICOMIZE_DCIODVFY")


def test_check_a_wrong_file(invoke: Run, result: Path) -> None:
    dataset = pydicom.dcmread(result)
    dataset.Rows = 17
    dataset.save_as(result)
    done = invoke("check", result)
    assert (done.code, done.err) == (6, "")
    assert fits(done.out)
    assert re.search(r"Rows is 17, the\s+JPEG\s+stream\s+says\s+16", done.out)
    finding = invoke("check", result, "--json").json["results"][0]["findings"][0]
    assert finding == {
        "severity": "error",
        "kind": "stream",
        "tag": "(0028,0010)",
        "keyword": "Rows",
        "path": "/Rows(0028,0010)",
        "message": "Rows is 17, the JPEG stream says 16",
        "reference": "PS3.5 8.2.1",
        "source": "dicomize",
    }


def test_check_decodes_where_it_is_asked_to(invoke: Run, result: Path) -> None:
    assert "decoding with" not in invoke("check", result).out
    assert "decoding with dicomize" in " ".join(invoke("check", result, "--decode").out.split())
    (told,) = json.loads(invoke("check", result, "--decode", "--json").out)["results"]
    assert told["validators"][-1] == "decoding with dicomize"
    data = result.read_bytes()
    end = data.rindex(b"\xff\xd9")
    result.write_bytes(data[: end - 40] + bytes(40) + data[end:])
    assert invoke("check", result).code == 0
    done = invoke("check", result, "--decode", "--json")
    assert done.code == 6
    (told,) = json.loads(done.out)["results"]
    assert [finding["kind"] for finding in told["findings"] if finding["severity"] == "error"] == ["decode"]


def test_dciodvfy_decodes_nothing(invoke: Run, result: Path) -> None:
    done = invoke("check", result, "--decode", "--profile", "dciodvfy")
    assert done.code == 2
    assert "leave one of them out" in " ".join(done.err.split())


def test_check_what_is_no_dicom_file(invoke: Run, result: Path, photo: Path, tmp_path: Path) -> None:
    invoke("check", photo).complains(3, "is no DICOM file", "; name a DICOM file; dicomize inspect looks at pictures")
    (tmp_path / "nothing").mkdir()
    invoke("check", tmp_path / "nothing").complains(
        3, "holds no file that says it is DICOM; name the files, or another folder"
    )
    done = invoke("check", photo, "--sarif", "--json")
    assert (done.code, done.json["results"][0]["message"]) == (2, "--sarif and --json exclude each other")
    words = ("convert", photo, tmp_path / "x.dcm", "--dataset-from", photo)
    invoke(*words).complains(9, "photo.jpg is no DICOM file: it has no DICM prefix; ")
    invoke("convert", "--plan", tmp_path / "none").complains(
        9, "none cannot be read: No such file or directory; name a"
    )
    invoke("check", tmp_path / "absent").complains(3, "does not exist")
    done = invoke("check", result, photo)
    assert done.complains(1, "is no DICOM file")
    assert "0 errors" in done.out
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(result.read_bytes()[:-50])
    assert invoke("check", cut).code in {5, 6}


def test_check_a_folder(invoke: Run, result: Path, photo: Path) -> None:
    assert photo.parent in result.parents
    found = invoke("check", photo.parent, "--json").json["results"]
    assert [r["file"] for r in found] == [str(result)]


def test_check_against_each_other(invoke: Run, result: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin.dcm"
    dataset = pydicom.dcmread(result)
    dataset.PatientBirthDate = "19700101"
    dataset.save_as(twin)
    done = invoke("check", result, twin, "--json")
    assert done.code == 1
    kinds = {f["kind"] for r in done.json["results"] for f in r["findings"]}
    assert {"entity-duplicate", "entity-mismatch"} <= kinds


def test_check_by_profile(invoke: Run, result: Path) -> None:
    dataset = pydicom.dcmread(result)
    dataset["StudyDate"].value = "20240230"
    with config.disable_value_validation():
        dataset.save_as(result)
    strict = invoke("check", result, "--json")
    assert [f["keyword"] for f in strict.json["results"][0]["findings"]] == ["StudyDate"]
    # dciodvfy does not know the calendar
    assert invoke("check", result, "--profile", "dciodvfy").code == 0


def test_check_compares_with_dciodvfy(invoke: Run, result: Path, require_tool: Callable[[str], Path]) -> None:
    require_tool("dciodvfy")
    dataset = pydicom.dcmread(result)
    dataset.Rows = 17
    del dataset.PatientName
    dataset.save_as(result)
    done = invoke("check", result, "--dciodvfy")
    assert done.code == 6
    words = " ".join(done.out.split())
    assert "found by both: 1" in words
    assert "found by dicomize alone: 1" in words
    assert "found by dciodvfy alone: 0" in words


def test_explain(invoke: Run) -> None:
    done = invoke("check", "--explain", "missing-2")
    assert (done.code, done.err) == (0, "")
    assert "what to do" in done.out
    assert fits(done.out)
    assert invoke("check", "--explain", "missing-2", "--json").json["results"][0]["reference"] == "PS3.5 7.4"
    invoke("check", "--explain", "nothing").complains(2, "missing-1C")
    invoke("check").complains(2, "no file")


def test_sarif(invoke: Run, result: Path) -> None:
    dataset = pydicom.dcmread(result)
    dataset.Rows = 17
    dataset.save_as(result)
    done = invoke("check", result, "--sarif")
    assert done.code == 6
    log = json.loads(done.out)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    (found,) = run["results"]
    assert run["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == found["ruleId"] == "stream"
    assert found["level"] == "error"
    location = found["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == result.as_uri()
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "/Rows(0028,0010)"


def test_check_frames_in_several_fragments(invoke: Run, result: Path) -> None:
    dataset = pydicom.dcmread(result)
    stream = next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1))
    dataset.PixelData = encapsulate([stream], fragments_per_frame=4)
    dataset.save_as(result)
    found = invoke("check", result, "--json").json["results"][0]["findings"]
    assert [f for f in found if f["source"] == "dicomize"] == []


def test_every_exit_code_has_a_class() -> None:
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.DicomizeError)]
    owned = {c.exit_code for c in classes if c is not errors.DicomizeError}
    without = {ExitCode.DONE, ExitCode.SOME_FAILED, ExitCode.DIFFERENCES, ExitCode.DELIVERY}
    assert owned == set(ExitCode) - without
