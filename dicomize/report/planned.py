"""A plan, for people."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from rich.table import Table

from dicomize.model import Attribute, Choice, Plan
from dicomize.records import dataclass
from dicomize.report.plain import printable
from dicomize.report.text import console, fields, tag_name, uid_name
from dicomize.wrappers.process import Command


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan, who would carry it out, and the commands that would run."""

    plan: Plan
    choice: Choice
    commands: tuple[Command, ...]


def show_plan(preview: Preview) -> None:
    """Decisions, attributes with their origin, commands."""
    out = console()
    head = fields()
    for name, text in _decisions(preview):
        head.add_row(name, printable(text))
    out.print(head)
    out.print()
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("attribute", overflow="fold", max_width=32)
    table.add_column("value", overflow="fold", ratio=1)
    table.add_column("from", overflow="fold", max_width=20)
    for depth, attribute in _flat(preview.plan.attributes):
        table.add_row("  " * depth + tag_name(attribute.tag), printable(_value(attribute)), printable(attribute.origin))
    out.print(table)


def _decisions(preview: Preview) -> Iterator[tuple[str, str]]:
    plan, image = preview.plan, preview.plan.image
    yield "source", f"{plan.source.path} (SHA-256 {plan.source.sha256})"
    yield "destination", str(plan.destination)
    yield "SOP class", f"{uid_name(plan.SOPClassUID)} ({plan.SOPClassUID})"
    yield "transfer syntax", f"{uid_name(plan.TransferSyntaxUID)} ({plan.TransferSyntaxUID})"
    yield "picture", f"{image.Columns} x {image.Rows}, {image.PhotometricInterpretation}, {image.BitsStored} bits"
    if plan.frames:
        yield "frames", f"{len(plan.frames)}, from {len({f.source.path for f in plan.frames})} files"
    for step in plan.steps:
        yield "step", f"{step.kind}: {step.why}"
    over = "".join(f"; not {name}: {reason}" for name, reason in preview.choice.passed_over)
    yield "backend", f"{preview.choice.backend}, by {preview.choice.because}{over}"
    for command in preview.commands:
        variables = "".join(f"{name}={shlex.quote(value)} " for name, value in command.env)
        yield "command", variables + shlex.join(command.argv)
    for note in plan.notes:
        yield "note", note


def _flat(attributes: tuple[Attribute, ...], depth: int = 0) -> Iterator[tuple[int, Attribute]]:
    for attribute in attributes:
        yield depth, attribute
        for item in attribute.items:
            yield from _flat(item, depth + 1)


def _value(attribute: Attribute) -> str:
    if attribute.VR == "SQ":
        return f"{len(attribute.items)} item{'' if len(attribute.items) == 1 else 's'}"
    if attribute.VR in {"OB", "OW"}:
        return f"{len(str(attribute.value[0])) // 4 * 3:,} bytes"
    return "\\".join(str(v) for v in attribute.value) or "(empty)"
