"""Time and memory of programs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dicomize.comparing.measuring import run_measured
from dicomize.errors import ToolFailed
from dicomize.wrappers.process import Command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="not measured on Windows")

MB = 10**6


def python(code: str) -> Command:
    return Command((sys.executable, "-I", "-S", "-c", code))


def test_memory_is_that_of_the_program_and_not_of_whoever_starts_it(tmp_path: Path) -> None:
    held = bytearray(os.urandom(1)) * (200 * MB)
    small = run_measured(python("pass"), 20, tmp_path / "report")
    large = run_measured(python(f"x = bytearray(b'1') * {50 * MB}"), 20, tmp_path / "report")
    assert len(held) == 200 * MB
    assert small.peak_memory is not None
    assert large.peak_memory is not None
    assert MB < small.peak_memory < 40 * MB
    assert 50 * MB <= large.peak_memory - small.peak_memory + 2 * MB < 60 * MB


def test_the_run_is_as_if_nothing_stood_between(tmp_path: Path) -> None:
    command = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    invocation, _ = run_measured(command, 20, tmp_path / "report")
    assert (invocation.argv, invocation.returncode) == (command.argv, 3)
    assert (invocation.stdout, invocation.stderr) == ("out\n", "err\n")


def test_a_signal_comes_through(tmp_path: Path) -> None:
    command = python("import os, signal; os.kill(os.getpid(), signal.SIGTERM)")
    assert run_measured(command, 20, tmp_path / "report").invocation.returncode == -15


def test_the_program_gets_the_usual_signals(tmp_path: Path) -> None:
    """Python ignores SIGPIPE, and a program that inherits that does not end when its reader does."""
    code = "import signal; print(signal.getsignal(signal.SIGPIPE) == signal.SIG_DFL)"
    sh = Command(("/bin/sh", "-c", "kill -PIPE $$; echo survived"))
    assert run_measured(sh, 20, tmp_path / "report").invocation.returncode == -13
    assert "True" not in run_measured(python(code), 20, tmp_path / "report").invocation.stdout


def test_a_program_that_hangs_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match=r"no answer within 0\.5 seconds"):
        run_measured(python("import time; time.sleep(60)"), 0.5, tmp_path / "report")


def test_a_program_that_cannot_be_started(tmp_path: Path) -> None:
    invocation, _ = run_measured(Command((str(tmp_path / "absent"),)), 20, tmp_path / "report")
    assert invocation.returncode == 127
    assert "cannot be started" in invocation.stderr
