"""Programs that fail in every way that programs do, in the place of those that a backend would run."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FAILURES: Final = {
    "exit-code": ("echo 'E: cannot do it' >&2; exit 3", "cannot do it"),
    "signal": ("kill -SEGV $$", "SIGSEGV"),
    "no-file": ("exit 0", "wrote no file"),
    "too-slow": ("sleep 60", "no answer within"),
}
"""name -> what it does, and what the error then says"""


def put(path: Path, script: str) -> Path:
    """A program for this system's shell."""
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path
