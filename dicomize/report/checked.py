"""Findings, for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from dicomize.model import CheckReport, Severity
from dicomize.report.conversion import verdict
from dicomize.report.plain import printable
from dicomize.report.text import console

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def show_reports(reports: Sequence[CheckReport]) -> None:
    """Findings grouped by file."""
    out = console()
    for report in reports:
        out.print(printable(f"{report.file}: {report.iod}"), style="bold", overflow="fold")
        for finding in report.findings:
            line = Text("  ")
            line.append(finding.severity.value, style=_STYLES[finding.severity])
            line.append(printable(f"  {finding.path} {finding.message}"))
            line.append(
                f"  [{', '.join(filter(None, (finding.source, finding.kind, finding.reference)))}]", style="dim"
            )
            out.print(line, overflow="fold")
        out.print(f"  {verdict(report.validators, report.findings)}")
