"""All checks of one file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.datadict import keyword_for_tag

from dicomize.checks.profiles import Profile
from dicomize.checks.run import Judgement, SecondOpinion, check_file, merge
from dicomize.errors import SourceError, SourceUnreadable, SourceUnsupported, ToolFailed, ToolMissing
from dicomize.model import Finding, Severity
from dicomize.wrappers.tool import Tools


def outcome(path: Path, tools: Tools) -> str:
    """What is wrong with a file that cannot be checked; nothing but errors of ours gets through."""
    try:
        check_file(path, tools)
    except (SourceError, ToolFailed) as error:
        return error.message
    return ""


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Tools:
    """The programs, without dciodvfy."""
    absent = "dicomize.wrappers.tool.Tool._in_packages", "dicomize.wrappers.tool.Tool._on_path"
    for name in absent:
        monkeypatch.setattr(name, lambda _: None)
    return Tools()


def test_without_dciodvfy_ours_check_alone(lossy: Callable[..., Path], alone: Tools) -> None:
    report = check_file(lossy(Rows=1), alone)
    assert [v.split()[0] for v in report.validators] == ["dicomize"]
    assert report.iod == "SCImage"
    assert [f.message for f in report.errors if f.kind == "stream"] == ["Rows is 1, the JPEG stream says 16"]
    # Type 1 of the General Study and General Series modules, Type 2 of the Patient module
    kinds = {(f.kind, keyword_for_tag(f.tag or 0)) for f in report.errors}
    assert {
        ("missing-1", "StudyInstanceUID"),
        ("missing-1", "SeriesInstanceUID"),
        ("missing-2", "PatientName"),
    } <= kinds
    assert {f.source for f in report.findings} == {"dicomize"}


def test_dciodvfy_is_missed_where_it_is_required(lossy: Callable[..., Path], alone: Tools) -> None:
    with pytest.raises(ToolMissing, match="dciodvfy"):
        check_file(lossy(), alone, Judgement(opinion=SecondOpinion.REQUIRED))


def test_a_path_to_dciodvfy_is_somebodys_word(
    lossy: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ToolMissing, match="the site profile names, does not exist"):
        check_file(lossy(), Tools((("dciodvfy", tmp_path / "absent"),)))
    monkeypatch.setenv("DICOMIZE_DCIODVFY", str(tmp_path / "absent"))
    with pytest.raises(ToolMissing, match="DICOMIZE_DCIODVFY"):
        check_file(lossy(), Tools())


def test_dciodvfy_beside_ours(lossy: Callable[..., Path], require_tool: Callable[[str], Path]) -> None:
    require_tool("dciodvfy")
    report = check_file(lossy(Rows=1), Tools(), Judgement(Profile.DCIODVFY))
    assert report.validators[1] == "dciodvfy"
    assert report.iod == "SCImage"
    by_source = Counter(f.source for f in report.findings)
    assert by_source["both"] > 10
    assert by_source["dciodvfy"] == 0
    # the stream is a blind spot of dciodvfy, so that this profile does not look at it
    assert by_source["dicomize"] == 0
    strict = check_file(lossy(Rows=1), Tools(), Judgement(Profile.STRICT))
    assert "stream" in {f.kind for f in strict.findings if f.source == "dicomize"}


def test_dciodvfy_is_not_asked_where_nobody_wants_it(lossy: Callable[..., Path]) -> None:
    nowhere = Tools((("dciodvfy", Path("/nonexistent")),))
    report = check_file(lossy(), nowhere, Judgement(opinion=SecondOpinion.NO))
    assert len(report.validators) == 1


def test_what_both_find_is_said_once() -> None:
    ours = Finding(Severity.ERROR, "enum", "ours", "dicomize", 0x00100040)
    alone = Finding(Severity.WARNING, "enum", "ours", "dicomize", 0x00100040)
    theirs = Finding(Severity.ERROR, "enum", "theirs", "dciodvfy", 0x00100040)
    other = Finding(Severity.ERROR, "vm", "theirs", "dciodvfy", 0x00100040)
    elsewhere = replace(theirs, message="elsewhere", path="/Sequence[2]/PatientSex(0010,0040)")
    here = replace(ours, path="/Sequence[1]/PatientSex(0010,0040)")
    assert [f.message for f in merge((here,), (elsewhere,))] == ["ours", "elsewhere"]
    merged = list(merge((ours, alone), (theirs, other)))
    assert [(f.message, f.source) for f in merged] == [("ours", "both"), ("ours", "dicomize"), ("theirs", "dciodvfy")]


def test_what_is_no_dicom_file(tmp_path: Path) -> None:
    text = tmp_path / "text.dcm"
    text.write_text("hello")
    with pytest.raises(SourceUnsupported, match="is no DICOM file"):
        check_file(text, Tools())
    text.write_bytes(b"")
    with pytest.raises(SourceUnsupported, match="is no DICOM file"):
        check_file(text, Tools())
    with pytest.raises(SourceUnreadable, match="does not exist"):
        check_file(tmp_path / "absent", Tools())
    with pytest.raises(SourceUnreadable, match="is no regular file"):
        check_file(tmp_path, Tools())
    with pytest.raises(SourceUnreadable, match="File name too long"):
        check_file(tmp_path / ("x" * 300), Tools())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(SourceUnreadable, match="is no regular file"):
        check_file(tmp_path / "fifo", Tools())


def test_a_deflated_file_that_is_none(lossy: Callable[..., Path], alone: Tools) -> None:
    path = lossy(syntax="1.2.840.10008.1.2.1.98")
    path.write_bytes(path.read_bytes().replace(b"1.2.840.10008.1.2.1.98", b"1.2.840.10008.1.2.1.99"))
    (finding,) = [f for f in check_file(path, alone).errors if "inflated" in f.message]
    assert finding.kind == "encoding"


@pytest.mark.parametrize(
    ("keyword", "old", "new"),
    [
        ("NumberOfFrames", b"IS\x02\x001 ", b"IS\x02\x00xy"),
        ("NumberOfFrames", b"IS\x02\x001 ", b"IS\x02\x00\\\\"),
        ("SOPClassUID", b"1.2.840.10008.5.1.4.1.1.7\0", b"no identifier of a class\0\0"),
        ("Ratio", b"DS\x02\x003 ", b"DS\x02\x00\xff\xfe"),
        ("Rows", b"\x28\x00\x10\x00US\x02\x00", b"\x28\x00\x10\x00US\x01\x00"),
        ("Rows", b"\x28\x00\x10\x00US", b"\x28\x00\x10\x00FL"),
    ],
)
def test_values_that_cannot_be_read(
    keyword: str, old: bytes, new: bytes, lossy: Callable[..., Path], alone: Tools
) -> None:
    path = lossy(NumberOfFrames=1)
    data = path.read_bytes()
    assert old in data, keyword
    at = data.rindex(old)
    path.write_bytes(data[:at] + new + data[at + len(old) :])
    message = outcome(path, alone)
    assert not message or "is damaged" in message


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.one_of(st.none(), st.integers(0, 10**6)),
)
def test_no_damage_gets_through(
    changes: list[tuple[int, int]], cut: int | None, lossy: Callable[..., Path], alone: Tools
) -> None:
    path = lossy(NumberOfFrames=1)
    data = bytearray(path.read_bytes())
    for at, value in changes:
        data[132 + at % (len(data) - 132)] = value
    path.write_bytes(data if cut is None else data[: cut % len(data)])
    message = outcome(path, alone)
    assert "\n" not in message


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
def test_no_damage_gets_through_with_dciodvfy(
    changes: list[tuple[int, int]], lossy: Callable[..., Path], require_tool: Callable[[str], Path]
) -> None:
    require_tool("dciodvfy")
    path = lossy()
    data = bytearray(path.read_bytes())
    for at, value in changes:
        data[132 + at % (len(data) - 132)] = value
    path.write_bytes(data)
    message = outcome(path, Tools(timeout=5.0))
    assert "\n" not in message
