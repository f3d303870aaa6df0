"""Time and peak memory of one run of a program, whoever started it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from dicomize.model import Invocation
from dicomize.wrappers.process import ANY_EXIT, Command, run

_LAUNCHER: Final = Path(__file__).with_name("launcher.py")
_UNIT: Final = 1 if sys.platform == "darwin" else 1024
"""bytes in what the system counts memory in: macOS in bytes, the others in KiB"""


class Measured(NamedTuple):
    """A run, whose `invocation` is as if the program had been run directly."""

    invocation: Invocation
    peak_memory: int | None
    """bytes resident at most; None: this system does not say, or the run was stopped"""


def run_measured(command: Command, timeout: float, report: Path) -> Measured:
    """Run a command, however it ends; `report` is a scratch file.

    Raises:
        ToolMissing: the program cannot be started.
        ToolFailed: it took too long.
    """
    if sys.platform == "win32" or not sys.executable:
        return Measured(run(command, timeout, accept=ANY_EXIT), None)
    launched = (sys.executable, "-I", "-S", str(_LAUNCHER), str(report), *command.argv)
    invocation = run(replace(command, argv=launched), timeout, accept=ANY_EXIT)
    seconds, peak = _read(report)
    return Measured(replace(invocation, argv=command.argv, seconds=seconds or invocation.seconds), peak)


def _read(report: Path) -> tuple[float | None, int | None]:
    try:
        seconds, peak = report.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None, None
    return float(seconds), int(peak) * _UNIT
