"""Carry out another tool's command line."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from dicomize.cli.commands.convert import carry_out, require_sources_apart
from dicomize.cli.commands.talk import Talk
from dicomize.cli.legacy import gdcmimg, img2dcm, jpg2dcm
from dicomize.cli.legacy.call import Call, Level, OtherTool, in_our_words, said
from dicomize.cli.legacy.demands import Demands, require
from dicomize.cli.legacy.table import lines
from dicomize.cli.options import site_of
from dicomize.cli.outcome import Outcome, finish
from dicomize.errors import DicomizeError, UsageError
from dicomize.model import Plan
from dicomize.pipeline import plan_all, plan_frames
from dicomize.report.plain import say, tell
from dicomize.version import __version__

TOOLS: Final = {tool.name: tool for tool in (img2dcm.TOOL, gdcmimg.TOOL, jpg2dcm.TOOL)}


def run_as(name: str, words: Sequence[str]) -> NoReturn:
    """Do what the words ask of a tool, and end as every command ends."""
    finish(name, partial(_outcome, TOOLS[name], words), as_json="--json" in words)


def _outcome(tool: OtherTool, words: Sequence[str]) -> Outcome:
    parsed = tool.read(words, tool.all_options)
    if said(parsed.given, "--arguments"):
        say(f"{tool.name} with {len(parsed.words)} arguments: {shlex.join(parsed.words)}")
    if not words or any({"-h", "--help"} & {*g.option.names} for g in parsed.given):
        return Outcome(show=partial(_show_help, tool))
    if any("--version" in g.option.names for g in parsed.given):
        return Outcome(show=partial(tell, f"dicomize {__version__}, in place of {tool.name} of {tool.version}"))
    return _convert(tool.call(parsed))


def _show_help(tool: OtherTool) -> None:
    tell(f"dicomize {tool.usage}")
    tell(f"What becomes of each option of {tool.name} ({tool.version}):")
    for line in lines(tool.options):
        tell(line)
    tell("It takes the long options of dicomize convert, too, and --site and --json.")


def _convert(call: Call) -> Outcome:
    sources, targets = [Path(name) for name in call.sources], _targets(call)
    require_sources_apart([*sources, *call.options.files()], targets)
    profile, imports = site_of(call.site), call.options.imports()
    if call.options.multiframe:
        made = [plan_frames(call.options.request(sources[0], targets[0], profile, imports), sources)]
        sources = sources[:1]
    else:
        requests = [call.options.request(s, t, profile, imports) for s, t in zip(sources, targets, strict=True)]
        made = plan_all(requests)
    planned = [_demanded(plan, call.demands) for plan in made]
    work = list(zip(sources, targets, planned, strict=True))
    talk = Talk(verbose=call.level is Level.DETAILS, quiet=call.level < Level.REPORT)
    outcome = carry_out(work, None, talk)
    # pictures of one call share a study, but `convert` would name their results otherwise
    same = {"equivalent": in_our_words(call, str(targets[0]))} if len(targets) == 1 else {}
    results = tuple(result | same for result in outcome.results)
    return replace(outcome, results=results, messages=(*_notes(call, planned), *outcome.messages))


def _targets(call: Call) -> list[Path]:
    destination = Path(call.destination)
    if call.into_folder and destination.is_dir():
        names = [Path(source).name + ".dcm" for source in call.sources]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise UsageError(f"two pictures would both become {destination / twice}", "convert them one by one")
        return [destination / name for name in names]
    if len(call.sources) > 1 and not call.options.multiframe:
        raise UsageError(f"{destination} is no folder, but must take {len(call.sources)} results", "name a folder")
    return [destination]


def _demanded(planned: Plan | DicomizeError, demands: Demands) -> Plan | DicomizeError:
    if isinstance(planned, DicomizeError):
        return planned
    try:
        require(planned, demands)
    except DicomizeError as error:
        return error
    return planned


def _notes(call: Call, planned: Sequence[Plan | DicomizeError]) -> list[str]:
    """What other tools would log as warnings; with a report the notes of the plans are in it."""
    if call.level is Level.ERRORS:
        return []
    notes = [f"dicomize: note: {remark}" for remark in call.remarks]
    if call.level is Level.NOTES:
        notes += [f"dicomize: note: {note}" for plan in planned if isinstance(plan, Plan) for note in plan.notes]
    else:
        notes.append(f"dicomize: the same as {in_our_words(call)}")
    return notes
