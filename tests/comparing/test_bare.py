"""Toolkits that fail: however a bare run ends is an answer. Fakes inject the faults."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from dicomize.backends.pydicom import PydicomBackend
from dicomize.comparing.bare import Room, run_bare
from dicomize.comparing.model import RunStatus
from dicomize.errors import ToolMissing
from dicomize.model import EncodedInstance, Plan, PreparedImage, ToolReport
from dicomize.wrappers.process import Command
from dicomize.wrappers.tool import Tools


@dataclass(frozen=True)
class Silent:
    """A backend that does not say how its toolkit is run."""

    name: str = "fake"

    def tools(self) -> tuple[ToolReport, ...]:
        return ()

    def probe(self) -> tuple[ToolReport, ...]:
        return ()

    def refusal(self, plan: Plan) -> str | None:  # noqa: ARG002 - the protocol's signature
        return None

    def commands(self, plan: Plan, image: Path, scratch: Path) -> tuple[Command, ...]:  # noqa: ARG002 - as above
        return ()

    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:  # noqa: ARG002 - as above
        raise AssertionError("nobody asks for that")


@dataclass(frozen=True)
class Fake(Silent):
    """A toolkit whose program is a few lines of Python."""

    code: str = ""

    def bare(self, source: Path, destination: Path) -> Command:
        if not self.code:
            raise ToolMissing("the program is not there")
        return Command((sys.executable, "-I", "-S", "-c", self.code, str(source), str(destination)))


WRITE = "import sys; open(sys.argv[2], 'w').write('x')\n"


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        (WRITE, RunStatus.WROTE, ""),
        (WRITE + "sys.exit('Error: no such format')", RunStatus.FAILED, "exit code 1: Error: no such format"),
        (
            "import sys; print('E: bad marker', file=sys.stderr); sys.exit(7)",
            RunStatus.FAILED,
            "exit code 7: bad marker",
        ),
        ("pass", RunStatus.FAILED, "reported success but wrote nothing"),
        ("import sys; open(sys.argv[2], 'w')", RunStatus.FAILED, "reported success but wrote nothing"),
        ("import os; os.abort()", RunStatus.CRASHED, "killed by SIGABRT"),
        ("import time; time.sleep(60)", RunStatus.TIMED_OUT, "no answer within 1 seconds"),
        ("", RunStatus.NOT_RUN, "the program is not there"),
    ],
)
def test_every_end(code: str, status: RunStatus, words: str, tmp_path: Path) -> None:
    run = run_bare(Fake(code=code), tmp_path / "a.jpg", tmp_path / "a.dcm", Room(1, tmp_path))
    assert run.status is status
    assert words in run.message
    assert (run.returncode is not None) == (status not in {RunStatus.TIMED_OUT, RunStatus.NOT_RUN})


def test_a_backend_that_does_not_say_how_its_toolkit_is_run(tmp_path: Path) -> None:
    run = run_bare(Silent(), tmp_path / "a.jpg", tmp_path / "a.dcm", Room(1, tmp_path))
    assert (run.status, run.argv) == (RunStatus.NOT_RUN, ())
    assert "does not say how" in run.message


def test_the_plain_script_writes_the_file_as_it_is(tmp_path: Path) -> None:
    from pydicom import dcmread  # noqa: PLC0415 - only here
    from pydicom.encaps import generate_frames  # noqa: PLC0415

    from .conftest import jpeg  # noqa: PLC0415

    source, destination = tmp_path / "a.jpg", tmp_path / "a.dcm"
    source.write_bytes(jpeg(comment=b"kept"))
    run = run_bare(PydicomBackend(Tools()), source, destination, Room(30, tmp_path))
    assert (run.status, run.message) == (RunStatus.WROTE, "")
    (frame,) = generate_frames(dcmread(destination).PixelData, number_of_frames=1)
    assert frame.rstrip(b"\0") == source.read_bytes()
