"""dicomize plan --shell: the toolkit's commands as a script that can be run, and the files that it reads."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dicomize.backends.base import Backend, asked, stage
from dicomize.errors import DestinationError, DestinationExists, UsageError
from dicomize.model import Plan, PreparedImage
from dicomize.pipeline import reopened, tools_of
from dicomize.prepare import picture_of, prepare
from dicomize.report.plain import printable
from dicomize.version import __version__
from dicomize.wrappers.process import Command


def write_script(plan: Plan, backend: Backend, folder: Path, *, overwrite: bool) -> str:
    """Write what the commands read into a folder, and give the script that runs them there.

    Raises:
        UsageError: the backend runs no program, or the folder holds something.
        DestinationError: the folder cannot be written.
        DicomizeError: the picture cannot be prepared; its class says why.
    """
    if plan.frames:
        raise UsageError("a script of commands is made for one picture, not for frames", "leave --shell out")
    folder = folder.absolute()
    if not backend.commands(asked(plan), picture_of(plan, folder), folder):
        raise UsageError(
            f"the {backend.name} backend runs no program, so there is nothing to print", "choose another with --backend"
        )
    try:
        with _own_folder(folder, overwrite=overwrite):
            image = _prepared(plan, folder)
            staged = stage(backend, asked(plan), image, folder)
    except OSError as error:
        raise DestinationError(
            f"the folder {folder} cannot be written: {error.strerror or error}", "name another one with --scratch DIR"
        ) from None
    commands = backend.commands(asked(plan), image.path, folder)
    return "".join(f"{line}\n" for line in _lines(plan, backend, image.path, staged, commands))


@contextmanager
def _own_folder(folder: Path, *, overwrite: bool) -> Iterator[None]:
    """A folder for nothing else; one that had to be made does not stay where nothing came of it."""
    made = not folder.exists()
    folder.mkdir(exist_ok=True)
    if not overwrite and any(folder.iterdir()):
        raise DestinationExists(f"{folder} is not empty", "name another folder with --scratch DIR, or say --overwrite")
    try:
        yield
    except BaseException:
        if made:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _prepared(plan: Plan, folder: Path) -> PreparedImage:
    """The prepared picture in the folder, without what preparing it leaves behind."""
    with tempfile.TemporaryDirectory(prefix=".dicomize-", dir=folder) as scratch:
        image = prepare(plan, reopened(plan.source, plan.site), Path(scratch), tools_of(plan))
        return replace(image, path=image.path.replace(folder / image.path.name))


def _lines(
    plan: Plan, backend: Backend, picture: Path, staged: tuple[Path, ...], commands: tuple[Command, ...]
) -> Iterator[str]:
    steps = "; ".join(f"{step.kind} ({step.why})" for step in plan.steps) or "nothing had to be done"
    yield "#!/bin/sh"
    yield _comment(f"what the {backend.name} backend of dicomize {__version__} runs for {plan.source.path}")
    yield _comment(f"{picture}: the prepared picture: {steps}")
    for path in staged:
        yield _comment(f"{path}: the same picture in the form that the program reads")
    for command in commands:
        if command.produces is not None:
            yield _comment(f"{command.produces}: what {command.program} writes, with attributes and UIDs of its own")
    yield _comment("dicomize takes nothing but the picture from it")
    yield "set -e"
    for command in commands:
        variables = [f"{name}={shlex.quote(value)}" for name, value in command.env]
        yield " ".join([*variables, shlex.join(command.argv)])


def _comment(text: str) -> str:
    return f"# {printable(text, 'utf-8')}"


def show_script(text: str) -> None:
    """The script on stdout, its file names byte for byte."""
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(text))
    sys.stdout.buffer.flush()
