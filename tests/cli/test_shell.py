"""dicomize plan --shell: what it prints runs, and gives what the backend would have given."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import generate_frames

from dicomize.model import EncodedInstance, PreparedImage
from dicomize.normalize import normalize
from dicomize.serialize import load_plan

Run = Callable[..., Any]
PROGRAMS = {"dcmtk": "img2dcm", "gdcm": "gdcmimg"}
WORDS = ("--patient-id", "4711", "--study-date", "20240229", "--study-time", "010203")


def turned(path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.linear_gradient("L").resize((64, 32)).convert("RGB").save(path, "JPEG", exif=exif, subsampling=0)


def deep(path: Path) -> None:
    Image.frombytes("I;16", (24, 16), bytes(range(256)) * 3).save(path, "PNG")


CASES: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "as it is": (lambda path: Image.linear_gradient("L").save(path, "JPEG"), ()),
    "turned": (turned, ()),
    "decoded": (turned, ("--transfer-syntax", "explicit")),
    "16 bits": (deep, ()),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("backend", PROGRAMS)
def test_the_script_runs_and_its_picture_normalizes_to_the_result(
    backend: str, case: str, tmp_path: Path, invoke: Run, require_tool: Callable[[str], Path]
) -> None:
    require_tool(PROGRAMS[backend])
    make, options = CASES[case]
    make(tmp_path / "photo")
    words = ("--backend", backend, *WORDS, *options, "--overwrite")
    assert invoke("convert", "photo", "expected.dcm", *words).code == 0
    done = invoke("plan", "photo", "out.dcm", *words, "--shell", "--scratch", "a b", "--save", "plan.json")
    assert (done.code, done.err) == (0, "")
    script = tmp_path / "script.sh"
    script.write_text(done.out)
    before = {path.name for path in (tmp_path / "a b").iterdir()}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    ran = subprocess.run(["sh", script], cwd=elsewhere, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    (name,) = {path.name for path in (tmp_path / "a b").iterdir()} - before
    # every file that is there is explained
    assert {*re.findall(r"^# .*/a b/(\S+): ", done.out, re.MULTILINE)} == before | {name}
    plan = load_plan((tmp_path / "plan.json").read_text(), "plan.json")
    picture = tmp_path / "a b" / ("image.raw" if plan.decoded else "image.jpg")
    image = PreparedImage(picture, picture.read_bytes(), plan.image, plan.TransferSyntaxUID)
    result = io.BytesIO()
    normalize(plan, image, EncodedInstance(tmp_path / "a b" / name, backend)).instance.write(result)
    assert result.getvalue() == (tmp_path / "expected.dcm").read_bytes()
    assert not (tmp_path / "out.dcm").exists()


@pytest.mark.parametrize("name", ["src.jls", "src.j2k", "gray16.jp2"])
@pytest.mark.parametrize("backend", PROGRAMS)
def test_other_streams(
    backend: str, name: str, corpus: Path, tmp_path: Path, invoke: Run, require_tool: Callable[[str], Path]
) -> None:
    require_tool(PROGRAMS[backend]), require_tool("dump2dcm")
    source = corpus / "synthetic" / name
    done = invoke("plan", source, "out.dcm", "--backend", backend, "--shell", "--scratch", "work")
    assert (done.code, done.err) == (0, "")
    subprocess.run(["sh"], input=done.out, text=True, check=True, cwd=tmp_path, capture_output=True)
    (shown,) = invoke("plan", source, "out.dcm", "--backend", backend, "--json").json["results"][0]["commands"]
    scratch = str(tmp_path / "work")
    assert [word.replace("/scratch", scratch) for word in shown] == shlex.split(done.out.splitlines()[-1])[
        -len(shown) :
    ]
    (frame,) = generate_frames(dcmread(tmp_path / "work" / f"{backend}.dcm").PixelData, number_of_frames=1)
    # nothing but the picture: the file without its boxes and segments
    (picture,) = [p for p in (tmp_path / "work").iterdir() if p.stem == "image" and p.suffix != ".dump"]
    assert frame.rstrip(b"\0") == picture.read_bytes().rstrip(b"\0")


def test_the_commands_are_those_of_the_conversion(
    photo: Path, tmp_path: Path, invoke: Run, require_tool: Callable[[str], Path]
) -> None:
    require_tool("img2dcm")
    converted = invoke("convert", photo.name, "out.dcm", "--backend", "dcmtk", "--json").json["results"][0]
    script = invoke("plan", photo.name, "x.dcm", "--backend", "dcmtk", "--shell", "--json").json["results"][0]["shell"]
    (command,) = [line for line in script.splitlines() if not line.startswith("#") and line != "set -e"]
    words = shlex.split(command)
    assert words[0].startswith("DCMDICTPATH=")
    (invocation,) = converted["invocations"]
    files = [Path(word).name for word in invocation["argv"][-2:]]
    assert words[1:] == [*invocation["argv"][:-2], *(str(tmp_path / "x.dcm.scratch" / name) for name in files)]


def test_hostile_names(tmp_path: Path, invoke: Run, jpeg: Callable[..., bytes], require_tool: Run) -> None:
    require_tool("gdcmimg")
    source = tmp_path / "a\nrm -rf x; $(touch y) '\".jpg"
    source.write_bytes(jpeg())
    folder = "d\n'\"$(touch y) `touch y`;*"
    done = invoke("plan", source, "out.dcm", "--backend", "gdcm", "--shell", "--scratch", folder)
    assert done.code == 0
    subprocess.run(["sh"], input=done.out, text=True, check=True, cwd=tmp_path, capture_output=True)
    assert (tmp_path / folder / "gdcm.dcm").exists()
    assert not (tmp_path / "y").exists()


@pytest.mark.skipif(os.name != "posix", reason="names of files are text elsewhere")
def test_a_folder_whose_name_is_no_text(photo: Path, tmp_path: Path, dicomize: Run, require_tool: Run) -> None:
    program = require_tool("gdcmimg")
    name = os.fsdecode(b"caf\xe9")
    raw = subprocess.run(
        [*_python(), "plan", photo, "out.dcm", "--backend", "gdcm", "--shell", "--scratch", name],
        cwd=tmp_path, capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert b"/caf\xe9/image.jpg" in raw
    subprocess.run(["sh"], input=raw, check=True, cwd=tmp_path, capture_output=True)
    assert (tmp_path / name / "gdcm.dcm").exists()
    assert program.name in raw.decode(errors="replace")
    assert dicomize("plan", photo, "out.dcm", "--backend", "gdcm", "--shell", "--scratch", name).code == 2


def _python() -> list[str]:
    import sys  # noqa: PLC0415 - only here

    return [sys.executable, "-m", "dicomize"]


def test_mistakes(photo: Path, tmp_path: Path, invoke: Run, require_tool: Run) -> None:
    require_tool("img2dcm")
    words = ("plan", photo.name, "out.dcm", "--shell")
    invoke(*words, "--backend", "pydicom").complains(2, "the pydicom backend runs no program")
    assert not (tmp_path / "out.dcm.scratch").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "image.jpg").write_bytes(b"mine")
    invoke(*words, "--scratch", "full").complains(2, "full is not empty; name another folder")
    assert (tmp_path / "full" / "image.jpg").read_bytes() == b"mine"
    invoke(*words, "--scratch", photo.name).complains(10, "cannot be written: ")
    invoke(*words, "--scratch", "no/where").complains(10, "cannot be written: No such file or directory")
    photo.write_bytes(photo.read_bytes()[:-40] + b"\xff\xd9")
    invoke(*words).complains(3)
    assert not (tmp_path / "out.dcm.scratch").exists()
