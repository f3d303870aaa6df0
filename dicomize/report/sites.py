"""Site profiles, for people."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from dicomize.advice.checking import SiteCheck
from dicomize.model import CommandLine, ConfiguredBackend, Redaction
from dicomize.rectangles import shown
from dicomize.report.plain import printable, tell
from dicomize.report.text import console, fields
from dicomize.sites.loading import LoadedProfile, Stated


def show_list(rows: Sequence[tuple[str, Path, str]], folders: Sequence[Path]) -> None:
    """Each profile with its file, and why it does not count or cannot be loaded."""
    out = console()
    if rows:
        table = fields()
        for name, path, problem in rows:
            table.add_row(printable(name), printable(f"{path}{': ' if problem else ''}{problem}"))
        out.print(table)
        return
    tell("there is no site profile in any of these folders; dicomize site new NAME writes one:")
    for folder in folders:
        tell(f"  {folder}")


def show_profile(loaded: LoadedProfile) -> None:
    """The files, then each entry that counts with the file that says it."""
    out = console()
    out.print(printable(loaded.profile.name), style="bold")
    head = fields()
    for file in loaded.files:
        head.add_row("  file" if file == loaded.files[0] else "  base", printable(str(file)))
    out.print(head)
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("entry", overflow="fold", max_width=30)
    table.add_column("value", overflow="fold", ratio=1)
    table.add_column("from", overflow="fold", max_width=20)
    for stated in loaded.stated:
        name = f"{stated.entry}.{stated.part}" if stated.part else stated.entry
        table.add_row(printable(name), printable(value_text(stated)), printable(stated.file.name))
    out.print(table)


def value_text(stated: Stated) -> str:
    """A value in one line; of a secret only whether it is there."""
    value = stated.value
    if stated.entry == "uid_key_env":
        return f"{value} ({'set' if os.environ.get(str(value)) else 'not set'})"
    if isinstance(value, ConfiguredBackend):
        return _line_text(value.line) if value.line else _build_text(value)
    if stated.entry in {"tools", "attributes"} and isinstance(value, tuple):
        return str(value[1])
    if isinstance(value, Redaction):
        parts = " ".join(shown(rectangle) for rectangle in value.rectangles)
        return f"{value.ManufacturerModelName}, {value.Columns} x {value.Rows}: {parts}"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _build_text(own: ConfiguredBackend) -> str:
    return f"{own.type}: {', '.join(f'{program} {path}' for program, path in own.tools)}"


def _line_text(line: CommandLine) -> str:
    return "; ".join(shlex.join(command) for command in (line.command, line.raw_command) if command)


def show_checks(checks: Sequence[SiteCheck]) -> None:
    """Everything that was looked at, and a line that sums up."""
    out = console()
    table = fields()
    for check in checks:
        why = f"{check.problem}; {check.remedy}" if check.remedy else check.problem
        table.add_row("wrong" if check.problem else "ok", printable(check.subject), printable(why))
    out.print(table)
    wrong = sum(1 for check in checks if check.problem)
    tell(f"{len(checks)} looked at, {wrong} wrong")
