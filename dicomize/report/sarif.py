"""Findings in SARIF 2.1.0 (OASIS), which code hosts and editors show beside the files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dicomize.checks.kinds import KINDS
from dicomize.model import CheckReport, Finding
from dicomize.version import __version__

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(reports: Sequence[CheckReport]) -> dict[str, Any]:
    """One run of one tool, with a rule for each kind that was found."""
    findings = [(report.file, finding) for report in reports for finding in report.findings]
    kinds = list(dict.fromkeys(finding.kind for _, finding in findings))
    driver = {
        "name": "dicomize",
        "version": __version__,
        "rules": [_rule(kind) for kind in kinds],
    }
    results = [_result(file, finding, kinds.index(finding.kind)) for file, finding in findings]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _rule(kind: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": kind}
    if kind in KINDS:
        known = KINDS[kind]
        rule["shortDescription"] = {"text": known.meaning}
        rule["help"] = {"text": f"{known.remedy} ({known.reference})"}
    return rule


def _result(file: Path, finding: Finding, rule: int) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}}}
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.path}]
    return {
        "ruleId": finding.kind,
        "ruleIndex": rule,
        "level": finding.severity.value,
        "message": {"text": finding.message},
        "locations": [location],
        "properties": {"source": finding.source, "reference": finding.reference},
    }


def _uri(file: Path) -> str:
    """An absolute file URI, or the relative path as a URI reference."""
    return file.as_uri() if file.is_absolute() else Path("/").joinpath(file).as_uri().removeprefix("file:///")
