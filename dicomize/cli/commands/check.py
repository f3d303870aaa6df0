"""dicomize check."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pydicom.datadict import keyword_for_tag

from dicomize.checks.elements import walk
from dicomize.checks.entities import check_entities
from dicomize.checks.kinds import KINDS
from dicomize.checks.profiles import Profile
from dicomize.checks.run import Judgement, SecondOpinion, check_file
from dicomize.cli.commands.talk import Talk
from dicomize.cli.options import site_of
from dicomize.cli.outcome import Outcome, combined, gather
from dicomize.cli.progress import tracked
from dicomize.errors import ExitCode, SourceUnreadable, SourceUnsupported, UsageError
from dicomize.model import CheckReport, Finding, Severity
from dicomize.report.checked import show_kind, show_reports
from dicomize.report.sarif import sarif
from dicomize.wrappers.tool import Tools


class Wish(NamedTuple):
    """What `dicomize check` was asked for besides its files."""

    profile: Profile
    dciodvfy: bool
    as_sarif: bool
    decode: bool = False
    as_json: bool = False


def check(paths: Sequence[Path], site: str, talk: Talk, wish: Wish) -> Outcome:
    """Check each file, and the files of folders; an error found in one is exit code 6."""
    if not paths:
        raise UsageError("no file is named", "dicomize check FILE|FOLDER...")
    if wish.as_sarif and wish.as_json:
        raise UsageError("--sarif and --json exclude each other", "give one of them")
    if wish.decode and wish.profile is not Profile.STRICT:
        raise UsageError(
            "dciodvfy decodes nothing, so that its profile has no place for --decode", "leave one of them out"
        )
    profile = site_of(site)
    tools = Tools(profile.tools, profile.timeout)
    judgement = Judgement(wish.profile, SecondOpinion.REQUIRED if wish.dciodvfy else SecondOpinion.NO, wish.decode)
    one = partial(_one, tools=tools, judgement=judgement)
    files = tracked(list(_files(paths)), "checking", quiet=talk.quiet, slow=wish.decode)
    done, outcome = gather(files, lambda path: {"file": str(path)}, one, verbose=talk.verbose)
    reports = _with_entities(done, wish.profile)
    results = tuple(_result(r) for r in reports)
    failed = tuple(r for r in outcome.results if "error" in r)
    codes = [_code(r) for r in reports] + [ExitCode(int(r["exit_code"])) for r in failed]
    if not codes:
        raise SourceUnsupported(
            f"{', '.join(map(str, paths))} holds no file that says it is DICOM", "name the files, or another folder"
        )
    outcome = replace(outcome, results=(*results, *failed), exit_code=combined(codes))
    if wish.as_sarif:
        return replace(outcome, show=partial(_print_sarif, reports))
    return outcome if talk.quiet else replace(outcome, show=partial(show_reports, reports, compared=wish.dciodvfy))


def explain(name: str) -> Outcome:
    """Say what a kind of finding means."""
    if name not in KINDS:
        raise UsageError(f"there is no kind of finding {name!r}", f"kinds: {', '.join(KINDS)}")
    kind = KINDS[name]
    return Outcome(({"kind": name, **kind._asdict()},), show=partial(show_kind, name, kind))


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files that are named, and those in named folders that say they are DICOM."""
    for path in paths:
        if path.is_dir():
            yield from (p for p in sorted(path.rglob("*")) if _says_dicom(p))
        else:
            yield path


def _says_dicom(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        # it is named all the same: that it cannot be read is worth a sentence
        return True


def _one(path: Path, tools: Tools, judgement: Judgement) -> tuple[CheckReport, dict[str, Any], ExitCode]:
    report = check_file(path, tools, judgement)
    return report, _result(report), _code(report)


def _code(report: CheckReport) -> ExitCode:
    return ExitCode.NOT_CONFORMANT if report.errors else ExitCode.DONE


def _with_entities(reports: Sequence[CheckReport], profile: Profile) -> tuple[CheckReport, ...]:
    """The reports with what the files say of each other."""
    if len(reports) < 2:
        return tuple(reports)
    try:
        found = check_entities((r.file, walk(r.file)) for r in reports)
    except OSError as error:
        raise SourceUnreadable(f"{error.filename} cannot be read: {error.strerror or error}") from None
    return tuple(
        replace(r, findings=(*r.findings, *(_weighed(f, profile) for f in found.get(r.file, ())))) for r in reports
    )


def _weighed(finding: Finding, profile: Profile) -> Finding:
    """A reference that leads elsewhere is an error to dcentvfy; but nobody has to check a whole archive at once."""
    if profile is Profile.STRICT and finding.kind == "entity-reference":
        return replace(finding, severity=Severity.WARNING)
    return finding


def _print_sarif(reports: Sequence[CheckReport]) -> None:
    sys.stdout.write(json.dumps(sarif(reports), indent=2) + "\n")


def _result(report: CheckReport) -> dict[str, Any]:
    return {
        "file": str(report.file),
        "iod": report.iod,
        "validators": list(report.validators),
        "findings": [_finding(f) for f in report.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    tag = finding.tag
    return {
        "severity": finding.severity.value,
        "kind": finding.kind,
        "tag": "" if tag is None else f"({tag >> 16:04x},{tag & 0xFFFF:04x})",
        "keyword": "" if tag is None else keyword_for_tag(tag),
        "path": finding.path,
        "message": finding.message,
        "reference": finding.reference,
        "source": finding.source,
    }
