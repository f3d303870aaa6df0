"""Backends that a site profile describes: another build of a toolkit, or a program of the site's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dicomize.backends.base import Backend, BackendFactory, BareBackend, stage
from dicomize.errors import ToolMissing
from dicomize.model import CommandLine, ConfiguredBackend, EncodedInstance, Plan, PreparedImage, ToolReport
from dicomize.records import dataclass
from dicomize.sites.placeholders import fill, needs_plan
from dicomize.wrappers.process import Command, argument, run
from dicomize.wrappers.tool import Tool, Tools


def build(configured: ConfiguredBackend, factory: BackendFactory, tools: Tools) -> Backend:
    """Another build of a registered backend, with the programs that the site names and no others.

    A program that the site forgot to name must not be taken from another build: the result would be of neither.
    """
    own = Tools(configured.tools, configured.timeout or tools.timeout, sole=f"[backend.{configured.name}]")
    return Renamed(configured.name, factory(own))


@dataclass(frozen=True, slots=True)
class Renamed:
    """A backend under the name that the site gave to this build of it."""

    name: str
    backend: Backend

    def tools(self) -> tuple[ToolReport, ...]:
        return self.backend.tools()

    def probe(self) -> tuple[ToolReport, ...]:
        return self.backend.probe()

    def refusal(self, plan: Plan) -> str | None:
        return self.backend.refusal(plan)

    def commands(self, plan: Plan, image: Path, scratch: Path) -> tuple[Command, ...]:
        return self.backend.commands(plan, image, scratch)

    def stage(self, plan: Plan, image: PreparedImage, scratch: Path) -> tuple[Path, ...]:
        return stage(self.backend, plan, image, scratch)

    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        return replace(self.backend.encode(plan, image, scratch), backend=self.name)

    def bare(self, source: Path, destination: Path) -> Command:
        if not isinstance(self.backend, BareBackend):
            raise ToolMissing(f"the backend {self.backend.name} does not say how its toolkit is run without dicomize")
        return self.backend.bare(source, destination)


@dataclass(frozen=True, slots=True)
class CommandLineBackend:
    """Runs a program of the site's own by the command line that its profile gives."""

    name: str
    line: CommandLine
    timeout: float

    def tools(self) -> tuple[ToolReport, ...]:
        return tuple(self._tool(path).locate(path) for path in self._programs())

    def probe(self) -> tuple[ToolReport, ...]:
        if not self.line.version_args:
            return self.tools()
        limit = min(self.timeout, 10.0)
        return tuple(self._tool(path).version(self._tool(path).locate(path), limit) for path in self._programs())

    def refusal(self, plan: Plan) -> str | None:
        if not self._template(plan):
            form = "compressed streams" if plan.encapsulated else "uncompressed pixels"
            form = "compressing" if plan.compresses else form
            return f"the site profile gives it no command for {form}"
        stated = _values(plan)
        for keyword, accepted in self.line.accepts:
            if stated[keyword] not in accepted:
                return f"it takes {keyword} {' or '.join(accepted)} only, and this is {stated[keyword]}"
        return None

    def commands(self, plan: Plan, image: Path, scratch: Path) -> tuple[Command, ...]:
        destination = scratch / "configured.dcm"
        values = {**_values(plan), "source": argument(image), "destination": argument(destination)}
        program, *arguments = self._template(plan)
        argv = (program, *(fill(part, values) for part in arguments))
        return (Command(argv, self.line.environment, Path(argument(destination))),)

    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        (command,) = self.commands(plan, image.path, scratch)
        return EncodedInstance(scratch / "configured.dcm", self.name, (run(command, self.timeout),))

    def bare(self, source: Path, destination: Path) -> Command:
        if not self.line.command or needs_plan(self.line.command[1:]):
            raise ToolMissing(f"the command line of {self.name} cannot be run on a picture as it is")
        program, *arguments = self.line.command
        values = {"source": argument(source), "destination": argument(destination)}
        argv = (program, *(fill(part, values) for part in arguments))
        return Command(argv, self.line.environment, Path(argument(destination)))

    def _template(self, plan: Plan) -> tuple[str, ...]:
        if plan.compresses:
            return ()  # what it would do with samples, nobody has said
        return self.line.command if plan.encapsulated else self.line.raw_command

    def _programs(self) -> tuple[Path, ...]:
        return tuple(dict.fromkeys(Path(c[0]) for c in (self.line.command, self.line.raw_command) if c))

    def _tool(self, path: Path) -> Tool:
        return Tool(
            program=path.name,
            version_args=self.line.version_args,
            version_pattern=self.line.version_pattern,
            env_var="",
            install=f"correct its path in [backend.{self.name}]",
        )


def _values(plan: Plan) -> dict[str, str]:
    """The placeholders that say how the picture is stored."""
    image = plan.image
    return {
        "SOPClassUID": plan.SOPClassUID,
        "TransferSyntaxUID": plan.TransferSyntaxUID,
        "SamplesPerPixel": str(image.SamplesPerPixel),
        "PhotometricInterpretation": image.PhotometricInterpretation,
        "Rows": str(image.Rows),
        "Columns": str(image.Columns),
        "BitsAllocated": str(image.BitsAllocated),
        "BitsStored": str(image.BitsStored),
        "HighBit": str(image.HighBit),
    }
