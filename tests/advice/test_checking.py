"""Whether a profile can do what it says, with the real programs of this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dicomize.advice.checking import check_site
from dicomize.errors import ExitCode
from dicomize.model import CommandLine, ConfiguredBackend, SiteProfile
from dicomize.version import __version__

Require = Callable[[str], Path]


def wrong(site: SiteProfile) -> dict[str, str]:
    return {check.subject: check.problem for check in check_site(site) if check.problem}


def test_an_empty_profile_is_tried_by_every_backend_that_is_here(require_tool: Require) -> None:
    require_tool("img2dcm")
    require_tool("gdcmimg")
    checks = tuple(check_site(SiteProfile("ward")))
    assert [c.subject for c in checks][-3:] == ["trial by dcmtk", "trial by gdcm", "trial by pydicom"]
    assert {c.exit_code for c in checks} == {ExitCode.DONE}


def test_a_toolkit_that_is_missing_matters_only_where_it_is_named() -> None:
    absent = (("img2dcm", Path("/nonexistent/img2dcm")),)
    assert list(wrong(SiteProfile("ward", tools=absent))) == ["tools.img2dcm"]
    assert list(wrong(SiteProfile("ward", tools=absent, backends=("dcmtk",)))) == ["tools.img2dcm", "backend dcmtk"]


@pytest.mark.parametrize(
    ("change", "subject", "says", "code"),
    [
        ({"backends": ("gdmc", "pydicom")}, "backend gdmc", "it does not exist", ExitCode.METADATA),
        ({"tools": (("imgdcm", Path("/x")),)}, "tools.imgdcm", "nothing here runs a program imgdcm", ExitCode.METADATA),
        ({"requires": ("dicomize > 99",)}, "requires dicomize > 99", f"dicomize is {__version__}", ExitCode.TOOL_MISSING),
        ({"requires": ("dcmkt == 1",)}, "requires dcmkt == 1", "neither a backend nor a program", ExitCode.METADATA),
        ({"attributes": (("PatientSex", "male"),)}, "attributes.PatientSex", "must be one of M, F, O", ExitCode.METADATA),
        ({"attributes": (("PatientsSex", "M"),)}, "attributes.PatientsSex", "PatientsSex", ExitCode.METADATA),
        ({"attributes": (("Modality", "US"),), "sop_class": "photo"}, "trial", "is always XC", ExitCode.METADATA),
        ({"transfer_syntax": "zip"}, "trial", "'zip' of the site profile is not known", ExitCode.METADATA),
        ({"uid_key_env": "DICOMIZE_NO_SUCH_KEY"}, "trial", "DICOMIZE_NO_SUCH_KEY, which is not set", ExitCode.METADATA),
        (
            {"configured": (ConfiguredBackend("pydicom", "gdcm", (("gdcmimg", Path("/x")),)),)},
            "backends", "describes a backend pydicom, but there is one of that name", ExitCode.METADATA,
        ),
        (
            {"configured": (ConfiguredBackend("own", line=CommandLine(("/nonexistent", "{source}", "{destination}"))),)},
            "backend own", "/nonexistent, which the site profile names, does not exist", ExitCode.TOOL_MISSING,
        ),
    ],
)  # fmt: skip
def test_what_is_wrong(change: dict[str, object], subject: str, says: str, code: ExitCode) -> None:
    site = replace(SiteProfile("ward", backends=("pydicom",)), **change)  # type: ignore[arg-type] # one field of each kind
    (check,) = [check for check in check_site(site) if check.problem]
    assert (check.subject, check.exit_code) == (subject, code)
    assert says in check.problem


def test_versions_are_asked_of_the_programs_that_would_run(require_tool: Require) -> None:
    program = require_tool("img2dcm")
    found = wrong(SiteProfile("ward", backends=("dcmtk", "pydicom"), requires=("dcmtk == 1.2.3", "gdcm == 1.2.3")))
    assert list(found) == ["requires dcmtk == 1.2.3"]
    assert f"img2dcm ({program}) is 3." in found["requires dcmtk == 1.2.3"]


def test_a_trial_finds_a_program_that_writes_nothing(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\nexit 0\n")
    tool.chmod(0o755)
    own = ConfiguredBackend("own", line=CommandLine((str(tool), "{source}", "{destination}")))
    checks = {c.subject: c for c in check_site(SiteProfile("ward", configured=(own,)))}
    assert checks["trial by own"].problem == "tool reported success but wrote no file"
    assert checks["trial by own"].exit_code is ExitCode.TOOL_FAILED
    assert checks["trial by pydicom"].problem == ""
