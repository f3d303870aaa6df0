"""Findings, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from dicomize.checks.kinds import KINDS, Kind
from dicomize.checks.run import BOTH, OURS, THEIRS
from dicomize.model import CheckReport, Finding, Severity
from dicomize.report.conversion import verdict
from dicomize.report.plain import printable
from dicomize.report.text import console

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow"}
_GROUPS = (("found by both", BOTH), ("found by dicomize alone", OURS), ("found by dciodvfy alone", THEIRS))


def show_reports(reports: Sequence[CheckReport], *, compared: bool) -> None:
    """Findings grouped by file; where two checkers are compared, by who found them."""
    out = console()
    for report in reports:
        out.print(printable(f"{report.file}: {report.iod}"), style="bold", overflow="fold")
        for title, findings in _groups(report.findings, compared=compared):
            if title:
                out.print(f"  {title}: {len(findings)}", style="italic")
            _show(out, findings)
        out.print(f"  {verdict(report.validators, report.findings)}")


def _groups(findings: Sequence[Finding], *, compared: bool) -> Iterator[tuple[str, Sequence[Finding]]]:
    if not compared:
        yield "", findings
        return
    for title, source in _GROUPS:
        yield title, [f for f in findings if f.source == source]


def _show(out: Console, findings: Iterable[Finding]) -> None:
    for finding in findings:
        line = Text("  ")
        line.append(finding.severity.value, style=_STYLES[finding.severity])
        line.append(printable(f"  {finding.path} {finding.message}"))
        line.append(f"  [{', '.join(filter(None, (finding.kind, finding.reference)))}]", style="dim")
        known = KINDS.get(finding.kind)
        if known is not None and finding.severity is Severity.ERROR:
            line.append(f"; {known.remedy}", style="dim")
        out.print(line, overflow="fold")


def show_kind(name: str, kind: Kind) -> None:
    """What a kind of finding means."""
    out = console()
    out.print(name, style="bold")
    out.print(f"  {kind.meaning}")
    out.print(f"  what to do: {kind.remedy}")
    out.print(f"  {kind.reference}")
