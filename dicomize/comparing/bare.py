"""A toolkit on its own: on the original picture, with its default options, as its users run it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from dicomize.backends.base import Backend, BareBackend
from dicomize.comparing.measuring import Measured, run_measured
from dicomize.comparing.model import Run, RunStatus
from dicomize.errors import ToolFailed, ToolMissing
from dicomize.model import Invocation
from dicomize.wrappers.process import Command, last_word, signal_name


class Room(NamedTuple):
    """The limits of a run: seconds, and a scratch folder."""

    timeout: float
    scratch: Path


def run_bare(backend: Backend, source: Path, destination: Path, room: Room) -> Run:
    """Run it. However that ends is an answer; nothing is raised."""
    if not isinstance(backend, BareBackend):
        return Run(RunStatus.NOT_RUN, message="the backend does not say how its toolkit is run without dicomize")
    try:
        command = backend.bare(source, destination)
    except ToolMissing as error:
        return Run(RunStatus.NOT_RUN, message=error.message)
    try:
        measured = run_measured(command, room.timeout, room.scratch / "measured")
    except ToolMissing as error:
        return Run(RunStatus.NOT_RUN, command.argv, error.message)
    except ToolFailed as error:
        seconds = error.invocation.seconds if error.invocation else None
        return Run(RunStatus.TIMED_OUT, command.argv, f"no answer within {room.timeout:g} seconds", seconds=seconds)
    status, message = _end(command, measured.invocation, destination)
    return _run(status, message, measured)


def _run(status: RunStatus, message: str, measured: Measured) -> Run:
    invocation = measured.invocation
    return Run(status, invocation.argv, message, invocation.returncode, invocation.seconds, measured.peak_memory)


def _end(command: Command, invocation: Invocation, destination: Path) -> tuple[RunStatus, str]:
    code, said = invocation.returncode, last_word(invocation)
    after = f": {said}" if said else ""
    if code < 0:
        return RunStatus.CRASHED, f"killed by {signal_name(code)}{after}"
    if code:
        return RunStatus.FAILED, f"exit code {code}{after}"
    if not destination.is_file() or not destination.stat().st_size:
        return RunStatus.FAILED, f"{command.program} reported success but wrote nothing{after}"
    return RunStatus.WROTE, ""
