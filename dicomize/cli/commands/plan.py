"""dicomize plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from dicomize import prepare
from dicomize.backends.base import Backend, asked
from dicomize.cli.commands.convert import require_sources_apart
from dicomize.cli.commands.shell import show_script, write_script
from dicomize.cli.destinations import destinations
from dicomize.cli.options import RequestOptions, site_of
from dicomize.cli.outcome import Outcome
from dicomize.errors import DicomizeError, UsageError
from dicomize.making import alone
from dicomize.model import Plan
from dicomize.pipeline import plan_all, plan_frames, tools_of
from dicomize.publish import candidate, publish, require_destination
from dicomize.registry import choose
from dicomize.report.planned import Preview, show_plan
from dicomize.serialize import dump_plan, to_plain
from dicomize.wrappers.process import Command
from dicomize.wrappers.tool import Tools


class Script(NamedTuple):
    """The toolkit's commands as a script, and the folder for what they read; None: beside the result."""

    folder: Path | None = None


def plan(words: Sequence[str], options: RequestOptions, site: str, save: Path | None, script: Script | None) -> Outcome:
    """Show the plan of SOURCE… DEST; save it where asked to.

    Args:
        script: show the toolkit's commands as a script, and nothing else.
    """
    if len(words) < 2 or (len(words) > 2 and not options.multiframe):
        raise UsageError(
            "a source and a destination are needed, or several sources that become one instance",
            "dicomize plan SOURCE DEST, or --multiframe SOURCE... DEST",
        )
    sources, destination = [Path(word).absolute() for word in words[:-1]], words[-1]
    source = sources[0]
    (target,) = destinations([source], destination)
    request = options.request(source, target.absolute(), site_of(site))
    planned = plan_frames(request, sources) if options.multiframe else plan_all([request])[0]
    if isinstance(planned, DicomizeError):
        raise planned
    tools = tools_of(planned)
    backend, choice = choose(planned, tools)
    commands = tuple(_commands(planned, backend, tools))
    preview = Preview(planned, choice, commands)
    if save is not None:
        require_sources_apart([*sources, *options.files()], [save])
        _save(dump_plan(planned).encode("ascii"), save, source, overwrite=options.overwrite)
    result = {
        "status": "planned",
        "plan": to_plain(planned),
        "choice": to_plain(choice),
        "commands": [list(c.argv) for commands in preview.commands for c in commands],
    }
    if script is None:
        return Outcome((result,), show=partial(show_plan, preview))
    folder = script.folder or target.with_name(f"{target.name}.scratch")
    text = write_script(planned, backend, folder, overwrite=options.overwrite)
    return Outcome((result | {"shell": text},), show=partial(show_script, text))


def _commands(planned: Plan, backend: Backend, tools: Tools) -> Iterator[tuple[Command, ...]]:
    """What would run for each picture, in folders that stand for those that are made when it does."""
    root = Path("/scratch")
    pictures = [(alone(planned, frame), root / f"frame-{n}") for n, frame in enumerate(planned.frames, 1)]
    for one, scratch in pictures or [(planned, root)]:
        yield (
            *prepare.commands(one, scratch, tools),
            *backend.commands(asked(one), prepare.picture_of(one, scratch), scratch),
        )


def _save(text: bytes, path: Path, source: Path, *, overwrite: bool) -> None:
    """The plan as a file, by the rules for results: whole or not at all, and never over the source."""
    require_destination(source, path, overwrite=overwrite)
    with candidate(path, lambda file: file.write(text)) as written:
        publish(written, path, overwrite=overwrite)
