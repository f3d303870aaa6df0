"""dicomize check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pydicom.datadict import keyword_for_tag

from dicomize.checks.run import check_file
from dicomize.cli.commands.talk import Talk
from dicomize.cli.options import site_of
from dicomize.cli.outcome import Outcome, gather
from dicomize.errors import ExitCode
from dicomize.model import CheckReport, Finding
from dicomize.report.checked import show_reports
from dicomize.wrappers.tool import Tools


def check(files: Sequence[Path], site: str, talk: Talk, *, required: bool) -> Outcome:
    """Check each file; an error found in one is exit code 6."""
    profile = site_of(site)
    tools = Tools(profile.tools, profile.timeout)
    one = partial(_one, tools=tools, required=required)
    done, outcome = gather(files, lambda path: {"file": str(path)}, one, verbose=talk.verbose)
    return outcome if talk.quiet else replace(outcome, show=partial(show_reports, done))


def _one(path: Path, tools: Tools, *, required: bool) -> tuple[CheckReport, dict[str, Any], ExitCode]:
    report = check_file(path, tools, require_dciodvfy=required)
    return report, _result(report), ExitCode.NOT_CONFORMANT if report.errors else ExitCode.DONE


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
