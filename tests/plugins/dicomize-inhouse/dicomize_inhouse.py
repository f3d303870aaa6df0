"""Pictures into DICOM through DCMTK's dump2dcm, which reads a text that describes the data set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dicomize.model import EncodedInstance, Plan, PreparedImage, ToolReport
from dicomize.wrappers.process import Command, run
from dicomize.wrappers.tool import Tool, Tools

# How the program is found and says its version. With [tools] the site names its path; the variable and the PATH follow.
DUMP2DCM = Tool(
    program="dump2dcm",
    version_args=("--version",),
    version_pattern=r"dump2dcm v(\S+)",
    env_var="INHOUSE_DUMP2DCM",
    install="apt install dcmtk (Debian, Ubuntu), brew install dcmtk (macOS)",
)


@dataclass(frozen=True)
class InhouseBackend:
    programs: Tools
    name: str = "inhouse"

    def tools(self) -> tuple[ToolReport, ...]:
        return (self.programs.find(DUMP2DCM),)

    def probe(self) -> tuple[ToolReport, ...]:
        return (self.programs.report(DUMP2DCM),)

    def refusal(self, plan: Plan) -> str | None:
        return None if plan.image.BitsStored == 8 else "it was tried with 8 bits a sample only"

    def commands(self, plan: Plan, image: Path, scratch: Path) -> tuple[Command, ...]:  # noqa: ARG002 - all are given
        program, result = self.programs.require(DUMP2DCM), scratch / "inhouse.dcm"
        # Paths are absolute, so that no name is taken for an option; `produces` is looked for after exit 0.
        return (Command((str(program), "-q", str(scratch / "inhouse.dump"), str(result)), produces=result),)

    def stage(self, plan: Plan, image: PreparedImage, scratch: Path) -> tuple[Path, ...]:
        (scratch / "inhouse.dump").write_bytes(description(plan, image))
        return (scratch / "inhouse.dump",)

    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        self.stage(plan, image, scratch)
        (command,) = self.commands(plan, image.path, scratch)
        return EncodedInstance(scratch / "inhouse.dcm", self.name, (run(command, self.programs.timeout),))


def description(plan: Plan, image: PreparedImage) -> bytes:
    """The data set, as dump2dcm reads it. Only PixelData must be right: everything else is replaced by the plan."""
    pixel = image.image
    head = (
        f"(0002,0010) UI [{plan.TransferSyntaxUID}]\n"
        f"(0028,0002) US {pixel.SamplesPerPixel}\n"
        f"(0028,0004) CS [{pixel.PhotometricInterpretation}]\n"
        f"(0028,0010) US {pixel.Rows}\n(0028,0011) US {pixel.Columns}\n"
        f"(0028,0100) US 8\n(0028,0101) US 8\n(0028,0102) US 7\n(0028,0103) US 0\n"
    ).encode("ascii")
    file = b"=" + bytes(image.path)
    if not plan.encapsulated:
        return head + b"(7fe0,0010) OB " + file + b"\n"
    return (
        head + b"(7fe0,0010) OB (PixelSequence\n(fffe,e000) pi (no value)\n(fffe,e000) pi " + file + b"\n"
        b"(fffe,e0dd) na (SequenceDelimitationItem)\n"
    )
