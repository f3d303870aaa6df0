"""Backends that break one promise each. They are run by test_contract.py, in a pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dicomize.backends.base import Backend
from dicomize.backends.configured import CommandLineBackend
from dicomize.model import CommandLine, EncodedInstance, Plan, PreparedImage, ToolReport
from dicomize.testing import BackendContract
from dicomize.wrappers.process import Command
from dicomize.wrappers.tool import GDCMIMG, Tools


def sound(tools: Tools) -> CommandLineBackend:
    """gdcmimg, for compressed pictures."""
    program = str(tools.find(GDCMIMG).path or "/absent")
    return CommandLineBackend("broken", CommandLine((program, "-i", "{source}", "-o", "{destination}")), tools.timeout)


@dataclass(frozen=True)
class Broken:
    """As the sound one, but for what a subclass says otherwise."""

    backend: CommandLineBackend
    name: str = "broken"

    def tools(self) -> tuple[ToolReport, ...]:
        return self.backend.tools()

    def probe(self) -> tuple[ToolReport, ...]:
        return self.backend.probe()

    def refusal(self, plan: Plan) -> str | None:
        return self.backend.refusal(plan)

    def commands(self, plan: Plan, image: Path, scratch: Path) -> tuple[Command, ...]:
        return self.backend.commands(plan, image, scratch)

    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        return self.backend.encode(plan, image, scratch)


class AnotherPicture(Broken):
    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        encoded = super().encode(plan, image, scratch)
        data = bytearray(encoded.path.read_bytes())
        data[-40] ^= 1
        encoded.path.write_bytes(data)
        return encoded


class OtherCommands(Broken):
    def commands(self, plan: Plan, image: Path, scratch: Path) -> tuple[Command, ...]:
        return tuple(replace(c, argv=(*c.argv, "--verbose")) for c in super().commands(plan, image, scratch))


class LeavesThings(Broken):
    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        Path("left.log").write_text("x")
        return super().encode(plan, image, scratch)


class Talks(Broken):
    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        sys.stdout.write("encoding ...\n")
        return super().encode(plan, image, scratch)


class Wanders(Broken):
    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        os.chdir(scratch)
        return super().encode(plan, image, scratch)


class UsesAShell(Broken):
    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        subprocess.run(f'ls "{scratch}" > /dev/null 2>&1', shell=True, check=False)  # noqa: S602 - that is its mistake
        return super().encode(plan, image, scratch)


class WritesElsewhere(Broken):
    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        encoded = super().encode(plan, image, scratch)
        return replace(encoded, path=encoded.path.rename(scratch.parent / "elsewhere.dcm"))


class ChangesItsSource(Broken):
    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        encoded = super().encode(plan, image, scratch)
        image.path.write_bytes(b"")
        return encoded


class RefusesAll(Broken):
    def refusal(self, plan: Plan) -> str | None:  # noqa: ARG002 - whatever it is
        return "not today"


class RefusesSilently(Broken):
    def refusal(self, plan: Plan) -> str | None:
        return "" if not plan.encapsulated else None


class SwallowsFailures(Broken):
    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        try:
            return super().encode(plan, image, scratch)
        except Exception:  # noqa: BLE001 - that is its mistake
            return EncodedInstance(scratch / "nothing.dcm", self.name)


class NamesNothing(Broken):
    def tools(self) -> tuple[ToolReport, ...]:
        return ()


def contracts() -> Iterator[tuple[str, type]]:
    for broken in Broken.__subclasses__():

        class Contract(BackendContract):
            kind = broken

            def make(self, tools: Tools) -> Backend:
                return self.kind(sound(tools))

        yield f"Test{broken.__name__}", Contract


globals().update(contracts())
