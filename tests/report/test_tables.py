"""Reports that need rich: they fit 80 columns, and take nothing that they show for markup."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from dicomize.model import CheckReport, ConversionRequest, Finding, Plan, Severity, ToolReport
from dicomize.pipeline import plan_all
from dicomize.registry import choose
from dicomize.report.checked import show_reports
from dicomize.report.conversion import verdict
from dicomize.report.inspection import Inspection, show_inspections
from dicomize.report.installed import Installed, show_installed
from dicomize.report.planned import Preview, show_plan
from dicomize.report.text import tag_name, uid_name
from dicomize.wrappers.process import Command
from dicomize.wrappers.tool import Tools

NAME = "[bold]x[/bold] :heart: \x1b[31m " + "long " * 40


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    source = tmp_path / "x.jpg"
    Image.new("RGB", (8, 8)).save(source)
    keys = (("PatientComments", f"[red]{'x' * 200}"), ("RequestAttributesSequence[0].ScheduledProcedureStepID", "7"))
    (planned,) = plan_all([ConversionRequest(source, tmp_path / "x.dcm", keys=keys, backend="pydicom")])
    assert isinstance(planned, Plan)
    return planned


def require_tidy(text: str) -> None:
    assert text
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


def test_a_plan(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    _, choice = choose(plan, Tools())
    command = Command(("/opt/a b/tool", "-x", "y" * 100), env=(("A", "b c"),))
    show_plan(Preview(replace(plan, notes=(NAME,)), choice, ((command,),)))
    text = capsys.readouterr().out
    require_tidy(text)
    for word in (
        "[red]xxx",
        "A='b c' '/opt/a b/tool'",
        ":heart:",
        "[bold]x[/bold]",
        "  ScheduledProcedureStepID",
        "1 item",
        "(empty)",
    ):
        assert word in text


def test_findings(capsys: pytest.CaptureFixture[str]) -> None:
    finding = Finding(Severity.ERROR, "kind", NAME, "dicomize", 0x00280010, "/Rows(0028,0010)", "PS3.3")
    show_reports([CheckReport(Path(NAME), "SCImage", (finding, finding), ("dicomize",))], compared=False)
    text = capsys.readouterr().out
    require_tidy(text)
    assert text.count(":heart:") == 3
    assert "[kind, PS3.3]" in " ".join(text.split())
    assert "2 errors, 0 warnings" in text


def test_inspections(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    image = replace(plan.source, icc=NAME, path=Path("/" + "d" * 200))
    show_inspections([Inspection(image, NAME), Inspection(plan.source, "")])
    text = capsys.readouterr().out
    require_tidy(text)
    assert "can be converted as it is" in text


def test_installed(capsys: pytest.CaptureFixture[str]) -> None:
    missing = ToolReport("gdcmimg", unavailable_because=NAME, install="pip install [extra]")
    there = ToolReport("img2dcm", Path("/usr/bin/img2dcm"), "3.6.7", found_by="PATH")
    show_installed(
        [Installed("gdcm", (missing,), NAME), Installed("dcmtk", (there,), ""), Installed("x", (), NAME)], [there]
    )
    text = capsys.readouterr().out
    require_tidy(text)
    assert "pip install [extra]" in text
    assert "gdcm: not available" in text
    assert "dcmtk: available" in text
    assert "labels every JPEG of three components YBR_FULL_422" in " ".join(text.split())


def test_verdict() -> None:
    error = Finding(Severity.ERROR, "k", "m", "s")
    warning = replace(error, severity=Severity.WARNING)
    assert verdict(("a", "b"), (error, warning, warning)) == "checked by a and b: 1 error, 2 warnings"
    assert verdict(("a",), ()) == "checked by a: 0 errors, 0 warnings"


def test_names() -> None:
    assert tag_name(0x00100010) == "PatientName"
    assert tag_name(0x00091001) == "(0009,1001)"
    assert uid_name("1.2.840.10008.1.2.1") == "Explicit VR Little Endian"
