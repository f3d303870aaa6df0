"""What scripts generate is up to date, and the scripts are sound."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pydicom.data
import pytest

from dicomize.version import __version__

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


@pytest.mark.parametrize(
    "script",
    ["make-dictionary", "make-format-table", "make-toolkit-table", "make-legacy-tables", "make-first-profile"],
)
def test_generated_files_are_up_to_date(script: str) -> None:
    done = subprocess.run([sys.executable, SCRIPTS / script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run scripts/{script}: {done.stderr}"


def test_the_transcript_shows_what_a_newcomer_sees(require_tool: Callable[[str], Path], tmp_path: Path) -> None:
    for program in ("img2dcm", "gdcmimg", "dciodvfy"):
        require_tool(program)
    page = tmp_path / "page.md"
    subprocess.run([sys.executable, SCRIPTS / "make-first-profile", "--output", page], check=True)
    text = page.read_text(encoding="utf-8")
    assert "4 samples: 3 converted, 1 that dicomize does not convert" in text
    assert "written: ~/.config/dicomize/sites/derm.toml" in text
    assert " looked at, 0 wrong" in text
    assert "samples/phone.jpg -> phone.dcm" in text
    assert "dicomize: the site profile ward requires dcmtk == 3.6.0, but img2dcm" in text
    assert "Traceback" not in text
    assert str(tmp_path) not in text


@pytest.mark.parametrize("script", ["demo", "setup", "test", "../.ci/run"])
def test_shell_scripts_parse(script: str) -> None:
    subprocess.run(["sh", "-n", SCRIPTS / script], check=True)


def test_transcripts_are_what_commands_print(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- transcript of dicomize --version -->\nold\n<!-- end of transcript -->\nb\n")
    subprocess.run([sys.executable, SCRIPTS / "make-transcripts", page], check=True)
    assert page.read_text() == (
        "a\n<!-- transcript of dicomize --version -->\n```console\n$ dicomize --version\n"
        f"dicomize {__version__}\n```\n<!-- end of transcript -->\nb\n"
    )


def test_the_sweep_accepts_the_sample(tmp_path: Path) -> None:
    (tmp_path / "sample.jpg").write_bytes((SCRIPTS / "sample.jpg").read_bytes())
    command = [sys.executable, str(SCRIPTS / "sweep"), "--corpus", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| sc, as-is | 1 | 1 | 0 | 0 | 0 |" in done.stdout


def test_real_files_are_compared_with_dciodvfy(require_tool: Callable[[str], Path], tmp_path: Path) -> None:
    require_tool("dciodvfy")
    files = Path(pydicom.data.__file__).with_name("test_files")
    for name in ("SC_rgb_small_odd.dcm", "MR_small.dcm", "README.txt"):
        (tmp_path / name).write_bytes((files / name).read_bytes())
    (tmp_path / "copy.dcm").write_bytes((files / "MR_small.dcm").read_bytes())
    command = [sys.executable, str(SCRIPTS / "check-real"), str(tmp_path), "--list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 DICOM files, 1 of them of an IOD with tables\n")
    assert done.stdout.count("1 of 1 files with the same findings") == 2
