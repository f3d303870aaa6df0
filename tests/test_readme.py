"""README's examples do what README says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def sessions() -> list[tuple[str, str]]:
    """Each command of the console blocks, and the output that README shows under it."""
    found: list[tuple[str, str]] = []
    for block in blocks("console"):
        for part in block.split("$ ")[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newcomer's folder: the pictures that the examples name."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "scripts").mkdir()
    shutil.copy2(PROJECT / "scripts" / "sample.jpg", folder / "scripts" / "sample.jpg")
    for name in "abc":
        Image.effect_noise((48, 32), 40 + ord(name)).save(folder / f"{name}.jpg")
    Image.new("RGBA", (48, 32), (200, 30, 30, 100)).save(folder / "overlay.png")
    return folder


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=os.environ | {"COLUMNS": "80"}, capture_output=True, text=True, timeout=60, check=False
    )


def test_every_command_of_readme_runs_in_order(folder: Path) -> None:
    assert len(sessions()) >= 8
    for command, output in sessions():
        words = shlex.split(command.partition(" > ")[0], comments=True)
        assert words[0] == "dicomize"
        done = run([sys.executable, "-m", "dicomize", *words[1:], *again(words)], folder)
        assert done.stderr == output, command
        # comparing two files that differ is no failure
        assert (done.returncode in {0, 7 if words[1] == "compare" else 0}) == (not output), command


def again(words: list[str]) -> list[str]:
    """The examples use one destination more than once."""
    return ["--overwrite"] if words[1] in {"convert", "plan"} and "--plan" not in words else []


def test_the_python_example_runs(folder: Path) -> None:
    (example,) = blocks("python")
    shutil.rmtree(folder / "photo.dcm", ignore_errors=True)
    (folder / "photo.dcm").unlink(missing_ok=True)
    done = run([sys.executable, "-W", "error", "-c", example], folder)
    assert done.returncode == 0, done.stderr
    assert re.match(r"[0-9a-f]{64} \(\) Change\(", done.stdout)


def test_every_page_that_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", README)
    assert len(links) >= 6
    assert [link for link in links if not (PROJECT / link).exists()] == []
