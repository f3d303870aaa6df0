"""The program as its users run it, and the same within this process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from dicomize.cli.app import app

WHO = ("--patient-id", "4711", "--study-date", "20240229")


@dataclass(frozen=True)
class Done:
    """How a run of the program ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout, which is ASCII."""
        assert self.out.isascii()
        parsed: dict[str, Any] = json.loads(self.out)
        return parsed

    def complains(self, code: int, *words: str) -> str:
        """The one line of a failure."""
        assert self.code == code, (self.out, self.err)
        assert "Traceback" not in self.err
        assert "\x1b" not in self.out + self.err
        (line,) = self.err.splitlines()
        assert line.startswith("dicomize: ")
        for word in words:
            assert word in line
        return line


def jpeg(columns: int = 32, rows: int = 16, mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((columns, rows)).convert(mode).save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.fixture(name="jpeg")
def jpeg_fixture() -> Callable[..., bytes]:
    return jpeg


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg())
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a run: a folder for temporary files of its own, no colours asked for."""
    temporary = tmp_path / "tmp"
    temporary.mkdir(exist_ok=True)
    names = {"FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "COLUMNS", "TERMINAL_WIDTH", "DICOMIZE_SITES"}
    kept = {k: v for k, v in os.environ.items() if k not in names}
    return {**kept, "TMPDIR": str(temporary), "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"}


@pytest.fixture
def dicomize(tmp_path: Path, environment: dict[str, str]) -> Callable[..., Done]:
    """A function that runs the program; afterwards its folder for temporary files must be empty."""

    def run(*words: str | bytes | Path, env: dict[str, str] | None = None, **options: Any) -> Done:
        command: Sequence[str | bytes | Path] = [sys.executable, "-m", "dicomize", *words]
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            timeout=120,
            env=environment | (env or {}),
            **{"cwd": tmp_path, **options},
        )
        assert list((tmp_path / "tmp").iterdir()) == []
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Done]:
    """The same within this process, for breadth."""
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "COLUMNS", "TERMINAL_WIDTH"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str | Path) -> Done:
        result = CliRunner().invoke(app, [str(w) for w in words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    return run
