"""DCMTK: img2dcm embeds the JPEG stream, or stores the pixels of a BMP; dump2dcm stores deeper ones and other streams."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dicomize.backends import compressing
from dicomize.backends.bmp import bmp
from dicomize.model import EncodedInstance, Plan, PreparedImage, ToolReport
from dicomize.records import dataclass
from dicomize.source.large import LARGE
from dicomize.wrappers import dump2dcm, img2dcm
from dicomize.wrappers.process import Command, run
from dicomize.wrappers.tool import Tools

_JPEG: Final = dict.fromkeys((f"1.2.840.10008.1.2.4.{n}" for n in (50, 51)), "img2dcm")
_OTHER: Final = dict.fromkeys((f"1.2.840.10008.1.2.4.{n}" for n in (57, 70, 80, 81, 90, 91)), "dump2dcm")
EMBEDDED: Final = _JPEG | _OTHER
"""transfer syntax of a codestream -> the program that takes it"""


@dataclass(frozen=True, slots=True)
class DcmtkBackend:
    """Runs img2dcm with a trimmed data dictionary: reading the whole one is most of its time."""

    programs: Tools
    name: str = "dcmtk"

    def tools(self) -> tuple[ToolReport, ...]:
        return (self.programs.find(img2dcm.TOOL),)

    def probe(self) -> tuple[ToolReport, ...]:
        return (self.programs.report(img2dcm.TOOL),)

    def refusal(self, plan: Plan) -> str | None:
        if plan.compresses:
            missing = self.programs.find(dump2dcm.TOOL).unavailable_because
            return missing or compressing.refusal(compressing.DCMTK, plan, self.programs)
        if plan.encapsulated and plan.TransferSyntaxUID not in EMBEDDED:
            return "dump2dcm does not know the transfer syntaxes of high-throughput JPEG 2000"
        if _needs_dump(plan):
            return self.programs.find(dump2dcm.TOOL).unavailable_because or None
        return None

    def commands(self, plan: Plan, image: Path, scratch: Path) -> tuple[Command, ...]:
        destination = scratch / "dcmtk.dcm"
        if plan.compresses:
            native, dump = scratch / "native.dcm", image.with_suffix(".dump")
            return (
                dump2dcm.command(self.programs.require(dump2dcm.TOOL), dump, native),
                compressing.command(
                    compressing.DCMTK[plan.TransferSyntaxUID], self.programs, (native, destination), plan.loss
                ),
            )
        if _needs_dump(plan):
            return (dump2dcm.command(self.programs.require(dump2dcm.TOOL), image.with_suffix(".dump"), destination),)
        program = self.programs.require(img2dcm.TOOL)
        if plan.encapsulated:
            return (img2dcm.command(program, image, destination),)
        return (img2dcm.bmp_command(program, image.with_suffix(".bmp"), destination),)

    def stage(self, plan: Plan, image: PreparedImage, scratch: Path) -> tuple[Path, ...]:  # noqa: ARG002 - the protocol's
        """Uncompressed pixels as a BMP; what img2dcm does not take described by a dump, which names the prepared file."""
        if _needs_dump(plan):
            describe = dump2dcm.native if plan.decoded else dump2dcm.encapsulated
            path = image.path.with_suffix(".dump")
            data = describe(image.image, image.TransferSyntaxUID, image.path)
        elif not plan.encapsulated:
            path, data = image.path.with_suffix(".bmp"), bmp(image.image, image.data)
        else:
            return ()
        path.write_bytes(data)
        return (path,)

    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        self.stage(plan, image, scratch)
        ran = tuple(run(command, self.programs.timeout) for command in self.commands(plan, image.path, scratch))
        return EncodedInstance(scratch / "dcmtk.dcm", self.name, ran, "DCMTK" if plan.compresses else "")

    def bare(self, source: Path, destination: Path) -> Command:
        return img2dcm.bare_command(self.programs.require(img2dcm.TOOL), source, destination)


def _needs_dump(plan: Plan) -> bool:
    """Whether img2dcm does not take it: a stream of another kind, or samples that are too deep for a BMP."""
    if plan.compresses:
        return True
    if plan.encapsulated:
        return EMBEDDED.get(plan.TransferSyntaxUID) != "img2dcm"
    # a BMP would have to be made in memory
    return plan.image.BitsAllocated != 8 or plan.image.native_length > LARGE
