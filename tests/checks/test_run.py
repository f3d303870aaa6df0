"""All checks of one file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dicomize.checks.run import check_file
from dicomize.errors import SourceDamaged, SourceError, SourceUnreadable, SourceUnsupported, ToolFailed, ToolMissing
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
    assert report.iod == "Secondary Capture Image Storage"
    assert len(report.errors) == 1
    assert report.warnings == ()


def test_dciodvfy_is_missed_where_it_is_required(lossy: Callable[..., Path], alone: Tools) -> None:
    with pytest.raises(ToolMissing, match="dciodvfy"):
        check_file(lossy(), alone, require_dciodvfy=True)


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
    report = check_file(lossy(Rows=1), Tools())
    assert report.validators[1] == "dciodvfy"
    assert report.iod == "SCImage"
    assert {f.source for f in report.findings} == {"dicomize", "dciodvfy"}


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
    with pytest.raises(SourceDamaged, match="is damaged"):
        check_file(path, alone)


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
