"""Conversions by versions that the site did not approve."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from dicomize.approval import require_approved
from dicomize.errors import MetadataError, ToolMissing
from dicomize.model import CommandLine, ConfiguredBackend, ConversionRequest, Plan, SiteProfile
from dicomize.pipeline import execute, plan_all
from dicomize.registry import find, probe
from dicomize.version import __version__
from dicomize.wrappers.tool import DCIODVFY, Tools


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., Plan]:
    source = tmp_path / "x.jpg"
    Image.new("L", (8, 8)).save(source)

    def make(*requires: str, backend: str = "", **site: object) -> Plan:
        profile = SiteProfile("ward", requires=requires, **site)  # type: ignore[arg-type] # any field of it
        (planned,) = plan_all([ConversionRequest(source, tmp_path / "x.dcm", backend=backend, site=profile)])
        assert isinstance(planned, Plan)
        return planned

    return make


def version_of(backend: str) -> str:
    return probe(find(backend, Tools()))[0][0].version


def test_the_approved_version_converts(plan: Callable[..., Plan], require_tool: Callable[[str], Path]) -> None:
    require_tool("img2dcm")
    here = version_of("dcmtk")
    requires = (f"dcmtk == {here}", f"img2dcm >= {here}", f"dicomize == {__version__}", "gdcm == 0.1", "gdcmimg == 0.1")
    assert execute(plan(*requires, backend="dcmtk")).choice.backend == "dcmtk"


@pytest.mark.parametrize("name", ["dcmtk", "img2dcm"])
def test_another_one_is_refused_and_nothing_takes_its_place(
    name: str, plan: Callable[..., Plan], require_tool: Callable[[str], Path]
) -> None:
    program, here = require_tool("img2dcm"), version_of("dcmtk")
    planned = plan(f"{name} == 1.2.3")
    with pytest.raises(ToolMissing) as caught:
        execute(planned)
    assert str(caught.value) == (
        f"the site profile ward requires {name} == 1.2.3, but img2dcm ({program}) is {here}; install that version and name "
        "its path in [tools], or change requires once this one is approved"
    )
    assert not planned.destination.exists()
    assert execute(replace(planned, backend="pydicom")).choice.backend == "pydicom"


def test_the_validator_counts_for_every_backend(plan: Callable[..., Plan], require_tool: Callable[[str], Path]) -> None:
    require_tool("dciodvfy")
    here = Tools().report(DCIODVFY).version
    assert execute(plan(f"dciodvfy === {here}", backend="pydicom")).report.errors == ()
    with pytest.raises(ToolMissing, match=f"requires dciodvfy == 19990101, but dciodvfy .* is {re.escape(here)}"):
        require_approved(SiteProfile("ward", requires=("dciodvfy == 19990101",)), "pydicom")
    absent = (("dciodvfy", Path("/nonexistent")),)
    with pytest.raises(ToolMissing, match=r"requires dciodvfy > 1, but /nonexistent.* does not exist"):
        require_approved(SiteProfile("ward", requires=("dciodvfy > 1",), tools=absent), "pydicom")


def test_dicomize_itself(plan: Callable[..., Plan]) -> None:
    with pytest.raises(ToolMissing, match=f"requires dicomize > 99, but dicomize is {__version__}"):
        execute(plan("dicomize > 99", backend="pydicom"))


@pytest.mark.parametrize("name", ["dcmkt", "nonesuch"])
def test_a_name_that_does_not_exist(name: str, plan: Callable[..., Plan]) -> None:
    with pytest.raises(MetadataError, match=f"requires {name}, which is neither a backend nor a program; .*dcmtk"):
        execute(plan(f"{name} == 1", backend="pydicom"))


@pytest.fixture
def versioned(tmp_path: Path) -> Callable[[str], SiteProfile]:
    """A function that gives the site's own program a version, and the site's profile; each question leaves a mark."""
    tool = tmp_path / "tool"

    def put(version: str) -> SiteProfile:
        tool.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/asked\necho tool {version}\n")
        tool.chmod(0o755)
        line = CommandLine((str(tool), "{source}", "{destination}"), version_args=("-v",))
        return SiteProfile("ward", configured=(ConfiguredBackend("own", line=line),), requires=("own == 1.0",))

    return put


def test_a_program_is_asked_once_until_it_changes(versioned: Callable[[str], SiteProfile], tmp_path: Path) -> None:
    site = versioned("1.0")
    for _ in range(3):
        require_approved(site, "own")
    assert (tmp_path / "asked").read_text() == "asked\n"
    versioned("1.0.1")
    with pytest.raises(ToolMissing, match=r"tool .* is 1\.0\.1"):
        require_approved(site, "own")


def test_one_that_does_not_say_its_version_is_not_approved(versioned: Callable[[str], SiteProfile]) -> None:
    with pytest.raises(ToolMissing, match="is of a version that it does not say"):
        require_approved(versioned(""), "own")


def test_nobody_is_asked_where_nothing_is_required(
    versioned: Callable[[str], SiteProfile], plan: Callable[..., Plan], tmp_path: Path
) -> None:
    execute(plan(configured=versioned("1.0").configured, backend="pydicom"))
    assert not (tmp_path / "asked").exists()


def test_what_is_no_requirement() -> None:
    with pytest.raises(MetadataError, match="requires in the site profile ward is wrong: 'dcmtk 3' is no requirement"):
        require_approved(SiteProfile("ward", requires=("dcmtk 3",)), "pydicom")
