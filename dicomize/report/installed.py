"""Backends and programs, for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from dicomize.model import ToolReport
from dicomize.records import dataclass
from dicomize.report.plain import printable
from dicomize.report.text import console, fields
from dicomize.wrappers.defects import Defect, known


@dataclass(frozen=True, slots=True)
class Installed:
    """A backend on this machine; `because` is empty when it can be used."""

    name: str
    tools: tuple[ToolReport, ...]
    because: str

    @property
    def defects(self) -> tuple[Defect, ...]:
        """Known defects of its programs in the versions that are here."""
        return tuple(d for t in self.tools if not t.unavailable_because for d in known(t.program, t.version))


def show_installed(backends: Sequence[Installed], helpers: Sequence[ToolReport]) -> None:
    """One table for each backend, one for the helpers."""
    out = console()
    for backend in backends:
        out.print(f"{backend.name}: {'not available' if backend.because else 'available'}", style="bold")
        table = fields()
        for tool in backend.tools:
            _add_tool(table, tool)
        if backend.because and not backend.tools:
            table.add_row("  why", printable(backend.because))
        for defect in backend.defects:
            table.add_row("  defect", f"{defect.program} {defect.description} ({defect.answer})")
        out.print(table)
    out.print("helpers", style="bold")
    table = fields()
    for tool in helpers:
        _add_tool(table, tool)
    out.print(table)


def _add_tool(table: Table, tool: ToolReport) -> None:
    if tool.unavailable_because:
        table.add_row(f"  {tool.program}", printable(tool.unavailable_because))
        table.add_row("  get it", tool.install)
        return
    where = f", {tool.path}" if tool.path else ""
    table.add_row(f"  {tool.program}", printable(f"{tool.version or 'version not known'} ({tool.found_by}){where}"))
