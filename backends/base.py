"""What a backend is, ours or a third party's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from dicomize.model import EXPLICIT, EncodedInstance, Plan, PreparedImage, ToolReport
from dicomize.wrappers.process import Command
from dicomize.wrappers.tool import Tools


class Backend(Protocol):
    """Writes a prepared picture as a DICOM file, by whatever means."""

    @property
    def name(self) -> str:
        """The name of its entry point."""
        ...

    def tools(self) -> tuple[ToolReport, ...]:
        """The programs it needs and where they are, without running any."""
        ...

    def probe(self) -> tuple[ToolReport, ...]:
        """The same with versions; may run each program once."""
        ...

    def refusal(self, plan: Plan) -> str | None:
        """A sentence on why it cannot carry out this plan, or None when it can."""
        ...

    def commands(self, plan: Plan, image: Path, scratch: Path) -> tuple[Command, ...]:
        """The exact commands that `encode` would run on a prepared picture at `image`."""
        ...

    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        """Write a DICOM file into the scratch folder.

        Raises:
            ToolFailed: a program failed, or took too long.
            ToolMissing: a program is not there.
        """
        ...


@runtime_checkable
class Stages(Protocol):
    """A backend whose commands read other files than the prepared picture."""

    def stage(self, plan: Plan, image: PreparedImage, scratch: Path) -> tuple[Path, ...]:
        """Write these files; `encode` does so first."""
        ...


def stage(backend: Backend, plan: Plan, image: PreparedImage, scratch: Path) -> tuple[Path, ...]:
    """Write what a backend's commands read beside the prepared picture; most read nothing else."""
    return backend.stage(plan, image, scratch) if isinstance(backend, Stages) else ()


@runtime_checkable
class BareBackend(Protocol):
    """A backend that also says how its toolkit is used without dicomize, for `dicomize compare`."""

    def bare(self, source: Path, destination: Path) -> Command:
        """The command that the toolkit's users run on a picture as it is, with default options.

        Raises:
            ToolMissing: a program is not there.
        """
        ...


def asked(plan: Plan) -> Plan:
    """A plan as backends see it: how a data set is encoded is the one writer's business, so they are not asked for it."""
    return plan if plan.encapsulated else replace(plan, TransferSyntaxUID=EXPLICIT)


BackendFactory = Callable[[Tools], Backend]
"""what an entry point of the group `dicomize.backends` names"""
