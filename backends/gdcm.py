"""GDCM: gdcmimg embeds the codestream, or stores raw pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dicomize.backends import compressing
from dicomize.model import EncodedInstance, Plan, PreparedImage, ToolReport
from dicomize.records import dataclass
from dicomize.wrappers import gdcmimg
from dicomize.wrappers.process import Command, run
from dicomize.wrappers.tool import Tools

_STREAMS: Final = (50, 51, 57, 70, 80, 81, 90, 91)
EMBEDDED: Final = dict.fromkeys((f"1.2.840.10008.1.2.4.{n}" for n in _STREAMS), "gdcmimg")
"""transfer syntax of a codestream -> the program that takes it"""


@dataclass(frozen=True, slots=True)
class GdcmBackend:
    """Runs gdcmimg, which takes the format from the file's extension; the prepared picture has the right one."""

    programs: Tools
    name: str = "gdcm"

    def tools(self) -> tuple[ToolReport, ...]:
        return (self.programs.find(gdcmimg.TOOL),)

    def probe(self) -> tuple[ToolReport, ...]:
        return (self.programs.report(gdcmimg.TOOL),)

    def refusal(self, plan: Plan) -> str | None:
        if plan.compresses:
            return compressing.refusal(compressing.GDCM, plan, self.programs)
        if plan.encapsulated and plan.TransferSyntaxUID not in EMBEDDED:
            return "gdcmimg does not read high-throughput JPEG 2000"
        if plan.image.BitsAllocated == 1:
            byte = "1.2.840.10008.5.1.4.1.1.7.2"
            return f"gdcmimg writes what was in memory behind pixels of one bit (--as {byte} stores bytes)"
        return None

    def commands(self, plan: Plan, image: Path, scratch: Path) -> tuple[Command, ...]:
        program = self.programs.require(gdcmimg.TOOL)
        destination = scratch / "gdcm.dcm"
        if plan.compresses:
            native = scratch / "native.dcm"
            return (
                gdcmimg.raw_command(program, image, native, plan.image),
                compressing.command(
                    compressing.GDCM[plan.TransferSyntaxUID], self.programs, (native, destination), plan.loss
                ),
            )
        if plan.encapsulated:
            return (gdcmimg.command(program, image, destination),)
        return (gdcmimg.raw_command(program, image, destination, plan.image),)

    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        ran = tuple(run(command, self.programs.timeout) for command in self.commands(plan, image.path, scratch))
        return EncodedInstance(scratch / "gdcm.dcm", self.name, ran, "GDCM" if plan.compresses else "")

    def bare(self, source: Path, destination: Path) -> Command:
        return gdcmimg.bare_command(self.programs.require(gdcmimg.TOOL), source, destination)
