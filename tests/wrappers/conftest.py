"""Fakes: small scripts that go wrong in one way each."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a shell script, executable, and gives its path."""

    def write(script: str, name: str = "fake") -> Path:
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def gone() -> Callable[[Path], bool]:
    """A function that tells whether the process whose number a file holds has ended; it waits a little for that."""

    def ended(pid_file: Path) -> bool:
        pid = pid_file.read_text().strip()
        for _ in range(200):
            state = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False).stdout
            # Where nobody reaps orphans they stay as zombies.
            if not state.strip() or state.startswith("Z"):
                return True
            time.sleep(0.02)
        return False

    return ended
