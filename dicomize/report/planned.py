"""A plan, for people."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from rich.table import Table

from dicomize.model import Attribute, Choice, Plan, Step
from dicomize.records import dataclass
from dicomize.report.plain import printable
from dicomize.report.text import console, fields, tag_name, uid_name
from dicomize.wrappers.process import Command


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan, who would carry it out, and the commands that would run."""

    plan: Plan
    choice: Choice
    commands: tuple[tuple[Command, ...], ...]
    """of each picture"""


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
        files = len({f.source.path for f in plan.frames})
        yield "frames", f"{len(plan.frames)}, from {files} file{'' if files == 1 else 's'}"
    alike = _alike(plan)
    for frames in alike:
        for step in plan.frames[frames[0] - 1].steps if plan.frames else plan.steps:
            yield "step", f"{step.kind}: {step.why}{f' ({_which(frames, plan)})' if len(alike) > 1 else ''}"
    over = "".join(f"; not {name}: {reason}" for name, reason in preview.choice.passed_over)
    yield "backend", f"{preview.choice.backend}, by {preview.choice.because}{over}"
    for frames in alike:
        for command in preview.commands[frames[0] - 1]:
            variables = "".join(f"{name}={shlex.quote(value)} " for name, value in command.env)
            yield "command", variables + shlex.join(command.argv)
        if len(frames) > 1 and preview.commands[frames[0] - 1]:
            yield "", f"and the same for {_which(frames[1:], plan)}"
    for note in plan.notes:
        yield "note", note


def _alike(plan: Plan) -> list[list[int]]:
    """Numbers of frames that go the same way, from 1; of one picture just that."""
    ways: dict[tuple[Step, ...], list[int]] = {}
    for number, frame in enumerate(plan.frames, 1):
        ways.setdefault(frame.steps, []).append(number)
    return list(ways.values()) or [[1]]


def _which(numbers: Sequence[int], plan: Plan) -> str:
    """Such as "frames 1 to 3 and 5"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    if len(runs) > _MOST_RUNS:
        return f"{len(numbers)} of {len(plan.frames)} frames"
    words = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return f"frame{'' if len(numbers) == 1 else 's'} {' and '.join(words)}"


_MOST_RUNS: Final = 8
"""more are counted, not listed"""


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
