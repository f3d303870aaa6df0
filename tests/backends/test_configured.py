"""Backends that a site profile describes, by the real programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dicomize.backends.configured import CommandLineBackend
from dicomize.errors import MetadataError, ToolFailed, ToolMissing, UsageError
from dicomize.model import CommandLine, ConfiguredBackend, Plan, SiteProfile
from dicomize.pipeline import execute
from dicomize.registry import available, choose, find, probe, registered, why_not
from dicomize.wrappers.tool import Tools

RAW = (
    *("--size", "{Columns},{Rows}", "--depth", "{BitsAllocated}", "--spp", "{SamplesPerPixel}"),
    *("--pf", "{BitsAllocated},{BitsStored},{HighBit}", "-i", "{source}", "-o", "{destination}"),
)


@pytest.fixture
def second(require_tool: Callable[[str], Path], tmp_path: Path) -> ConfiguredBackend:
    """Another DCMTK: the same programs under another path."""
    folder = tmp_path / "a build"
    folder.mkdir()
    for program in ("img2dcm", "dump2dcm"):
        (folder / program).symlink_to(require_tool(program))
    return ConfiguredBackend("dcmtk-b", "dcmtk", (("img2dcm", folder / "img2dcm"), ("dump2dcm", folder / "dump2dcm")))


@pytest.fixture
def inhouse(require_tool: Callable[[str], Path]) -> ConfiguredBackend:
    """gdcmimg, as a site would describe it."""
    program = str(require_tool("gdcmimg"))
    line = CommandLine(
        command=(program, "-i", "{source}", "-o", "{destination}"),
        raw_command=(program, *RAW),
        version_args=("--version",),
    )
    return ConfiguredBackend("inhouse", line=line)


def test_a_second_build_gives_the_same_bytes(
    second: ConfiguredBackend, write_jpeg: Callable[..., Path], plan_of: Callable[..., Plan]
) -> None:
    plan = plan_of(write_jpeg(17, 13), site=SiteProfile("here", configured=(second,)), backend="dcmtk-b")
    theirs = execute(plan)
    assert theirs.choice.backend == "dcmtk-b"
    assert theirs.invocations[0].argv[0] == str(dict(second.tools)["img2dcm"])
    ours = execute(replace(plan, backend="dcmtk", destination=plan.destination.with_name("ours.dcm")))
    assert ours.sha256 == theirs.sha256


@pytest.mark.parametrize("transfer_syntax", ["as-is", "explicit"])
def test_a_program_of_the_sites_own_gives_the_same_bytes(
    transfer_syntax: str, inhouse: ConfiguredBackend, write_jpeg: Callable[..., Path], plan_of: Callable[..., Plan]
) -> None:
    site = SiteProfile("here", backends=("inhouse",), configured=(inhouse,))
    plan = plan_of(write_jpeg(17, 13), site=site, transfer_syntax=transfer_syntax)
    theirs = execute(plan)
    assert theirs.choice.backend == "inhouse"
    ours = execute(replace(plan, backend="pydicom", destination=plan.destination.with_name("ours.dcm")))
    assert ours.sha256 == theirs.sha256


def test_they_come_last_in_the_order_of_the_profile(second: ConfiguredBackend, inhouse: ConfiguredBackend) -> None:
    own = (inhouse, second)
    assert [r.name for r in registered(Tools(), own)] == ["dcmtk", "gdcm", "pydicom", "inhouse", "dcmtk-b"]
    assert [r.name for r in available(Tools(), own)][-2:] == ["inhouse", "dcmtk-b"]
    absent = ConfiguredBackend("absent", "dcmtk", (("img2dcm", Path("/nonexistent/img2dcm")),))
    assert "absent" not in [r.name for r in available(Tools(), (absent,))]


def test_they_say_their_versions(second: ConfiguredBackend, inhouse: ConfiguredBackend) -> None:
    (ours,), because = probe(find("dcmtk", Tools()))
    (theirs,), _ = probe(find("dcmtk-b", Tools(), (second,)))
    assert not because
    assert (theirs.version, theirs.found_by) == (ours.version, "site profile")
    (report,), _ = probe(find("inhouse", Tools(), (inhouse,)))
    assert report.version == probe(find("gdcm", Tools()))[0][0].version
    assert inhouse.line is not None
    mute = replace(inhouse, line=replace(inhouse.line, version_args=()))
    assert probe(find("inhouse", Tools(), (mute,)))[0][0].version == ""


def test_a_build_never_borrows_a_program_from_another(
    second: ConfiguredBackend, corpus: Path, plan_of: Callable[..., Plan], tmp_path: Path
) -> None:
    source = tmp_path / "grey12.jpg"
    source.write_bytes((corpus / "synthetic" / "gray12.jpg").read_bytes())
    half = replace(second, tools=second.tools[:1])
    plan = plan_of(source, site=SiteProfile("here", configured=(half,)), backend="dcmtk-b", transfer_syntax="explicit")
    with pytest.raises(ToolMissing, match=r"dcmtk-b: \[backend.dcmtk-b\] names no dump2dcm"):
        choose(plan, Tools())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"raw_command": ()}, "the site profile gives it no command for uncompressed pixels"),
        ({"accepts": (("BitsStored", ("12", "16")),)}, "it takes BitsStored 12 or 16 only, and this is 8"),
    ],
)
def test_what_it_cannot_do(
    change: dict[str, object],
    says: str,
    inhouse: ConfiguredBackend,
    write_jpeg: Callable[..., Path],
    plan_of: Callable[..., Plan],
) -> None:
    assert inhouse.line is not None
    own = replace(inhouse, line=replace(inhouse.line, **change))  # type: ignore[arg-type] # one field of each kind
    site = SiteProfile("here", configured=(own,), backends=("inhouse", "pydicom"))
    _, choice = choose(plan_of(write_jpeg(8, 8), site=site, transfer_syntax="explicit"), Tools())
    assert choice.passed_over == (("inhouse", says),)


def test_a_program_that_is_not_there(write_jpeg: Callable[..., Path], plan_of: Callable[..., Plan]) -> None:
    own = ConfiguredBackend("inhouse", line=CommandLine(("/nonexistent/tool", "{source}", "{destination}")))
    assert "/nonexistent/tool, which the site profile names, does not exist" in why_not(
        find("inhouse", Tools(), (own,))
    )
    with pytest.raises(ToolMissing, match="does not exist"):
        execute(plan_of(write_jpeg(8, 8), site=SiteProfile("s", configured=(own,)), backend="inhouse"))


def test_its_variables_its_time_and_its_word_on_failure(
    tmp_path: Path, write_jpeg: Callable[..., Path], plan_of: Callable[..., Plan]
) -> None:
    tool = tmp_path / "tool"
    tool.write_text('#!/bin/sh\n[ "$SLOW" ] && sleep 60\necho "no $LICENCE for $1" >&2\nexit 3\n')
    tool.chmod(0o755)
    line = CommandLine((str(tool), "{source}", "{destination}"), environment=(("LICENCE", "seat"),))
    own = ConfiguredBackend("inhouse", line=line)
    plan = plan_of(write_jpeg(8, 8), site=SiteProfile("s", configured=(own,)), backend="inhouse")
    with pytest.raises(ToolFailed, match=r"tool failed with exit code 3: no seat for /\S+/image\.jpg"):
        execute(plan)
    slow = replace(own, timeout=0.2, line=replace(line, environment=(("SLOW", "1"),)))
    with pytest.raises(ToolFailed, match=r"gave no answer within 0\.2 seconds"):
        execute(replace(plan, site=SiteProfile("s", configured=(slow,))))
    assert not plan.destination.exists()


@pytest.mark.parametrize("name", ["dcmtk", "pydicom"])
def test_the_name_of_another_is_refused(name: str) -> None:
    own = ConfiguredBackend(name, "gdcm", (("gdcmimg", Path("/x")),))
    with pytest.raises(MetadataError, match=f"describes a backend {name}, but there is one of that name"):
        registered(Tools(), (own,))


def test_a_type_that_does_not_exist() -> None:
    own = ConfiguredBackend("own", "dcm4che", (("jpg2dcm", Path("/x")),))
    assert registered(Tools(), (own,))[-1].because == "its type 'dcm4che' is no backend; there are dcmtk, gdcm, pydicom"
    chain = ConfiguredBackend("chain", "own", (("jpg2dcm", Path("/x")),))
    assert "its type 'own' is no backend" in registered(Tools(), (own, chain))[-1].because


def test_finding_one_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="there is no backend 'own'"):
        find("own", Tools())


def test_how_it_is_run_without_dicomize(inhouse: ConfiguredBackend, tmp_path: Path) -> None:
    assert inhouse.line is not None
    program = inhouse.line.command[0]
    own = CommandLineBackend("own", inhouse.line, 5.0)
    command = own.bare(tmp_path / "a b.jpg", tmp_path / "x.dcm")
    assert command.argv == (program, "-i", f"{tmp_path}/a b.jpg", "-o", f"{tmp_path}/x.dcm")
    assert command.produces == tmp_path / "x.dcm"
    for line in (CommandLine(raw_command=RAW), CommandLine((program, *RAW))):
        with pytest.raises(ToolMissing, match="cannot be run on a picture as it is"):
            CommandLineBackend("own", line, 5.0).bare(tmp_path / "a.jpg", tmp_path / "x.dcm")
