"""Our backends, and those that a site may describe, keep the promises that third parties are held to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dicomize.backends.base import Backend
from dicomize.backends.configured import CommandLineBackend, build
from dicomize.backends.dcmtk import DcmtkBackend
from dicomize.backends.gdcm import GdcmBackend
from dicomize.backends.pydicom import PydicomBackend
from dicomize.model import CommandLine, ConfiguredBackend
from dicomize.testing import BackendContract
from dicomize.wrappers.tool import DUMP2DCM, GDCMIMG, IMG2DCM, Tools


class TestDcmtk(BackendContract):
    def make(self, tools: Tools) -> Backend:
        return DcmtkBackend(tools)


class TestGdcm(BackendContract):
    def make(self, tools: Tools) -> Backend:
        return GdcmBackend(tools)


class TestPydicom(BackendContract):
    def make(self, tools: Tools) -> Backend:
        return PydicomBackend(tools)


def second_build(tools: Tools) -> Backend:
    """The DCMTK that is here, as another build of it."""
    named = tuple((tool.program, tools.find(tool).path or Path("/absent")) for tool in (IMG2DCM, DUMP2DCM))
    return build(ConfiguredBackend("dcmtk-b", "dcmtk", named), DcmtkBackend, tools)


class TestSecondBuild(BackendContract):
    def make(self, tools: Tools) -> Backend:
        return second_build(tools)


def by_command_line(tools: Tools) -> Backend:
    """The gdcmimg that is here, by a description of its command line."""
    program = str(tools.find(GDCMIMG).path or "/absent")
    raw = ("--size", "{Columns},{Rows}", "--depth", "{BitsAllocated}", "--spp", "{SamplesPerPixel}")
    line = CommandLine(
        command=(program, "-i", "{source}", "-o", "{destination}"),
        raw_command=(
            *(program, *raw, "--pf", "{BitsAllocated},{BitsStored},{HighBit}"),
            *("-i", "{source}", "-o", "{destination}"),
        ),
        version_args=("--version",),
    )
    return CommandLineBackend("inhouse", line, tools.timeout)


class TestCommandLine(BackendContract):
    def make(self, tools: Tools) -> Backend:
        return by_command_line(tools)


class TestHalf(BackendContract):
    """One that takes compressed 8-bit pictures only."""

    def make(self, tools: Tools) -> Backend:
        whole = by_command_line(tools)
        assert isinstance(whole, CommandLineBackend)
        return replace(whole, line=replace(whole.line, raw_command=(), accepts=(("BitsStored", ("8",)),)))
