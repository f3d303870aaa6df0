"""Where programs are looked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomize.errors import ToolMissing
from dicomize.wrappers.tool import ALL_TOOLS, Tool, Tools

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")

Fake = Callable[..., Path]

TOOL = Tool(
    program="fake",
    version_args=("--version",),
    version_pattern=r"fake v(\S+)",
    env_var="DICOMIZE_FAKE",
    packages=(("a_package_with_a_fake", "bin/fake"),),
    install="apt install fake",
)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DICOMIZE_FAKE", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def package(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    path = program(folder / "site" / "a_package_with_a_fake" / "bin" / "fake")
    (folder / "site" / "a_package_with_a_fake" / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(folder / "site")
    return path


def on_path(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))


@pytest.mark.usefixtures("bare")
def test_nowhere() -> None:
    report = TOOL.locate()
    assert report.path is None
    assert report.unavailable_because == "fake is neither in an installed PyPI package nor on the PATH"
    assert report.install == "apt install fake"
    assert TOOL.version(report, 1.0) == report


@pytest.mark.usefixtures("bare")
def test_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    on_the_path = program(tmp_path / "path" / "fake")
    on_path(monkeypatch, tmp_path / "path")
    assert (TOOL.locate().path, TOOL.locate().found_by) == (on_the_path, "PATH")
    packaged = package(monkeypatch, tmp_path)
    assert (TOOL.locate().path, TOOL.locate().found_by) == (packaged, "PyPI package")
    named = program(tmp_path / "named" / "other")
    monkeypatch.setenv("DICOMIZE_FAKE", str(named))
    assert (TOOL.locate().path, TOOL.locate().found_by) == (named, "environment variable")
    explicit = program(tmp_path / "explicit" / "fake")
    assert (TOOL.locate(explicit).path, TOOL.locate(explicit).found_by) == (explicit, "site profile")
    assert Tools((("fake", explicit),)).find(TOOL) == TOOL.locate(explicit)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda _: None, "does not exist"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_text(""), "is not executable"),
    ],
)
def test_an_explicit_word_that_does_not_hold_is_never_skipped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make: Callable[[Path], None], fault: str
) -> None:
    package(monkeypatch, tmp_path)
    path = tmp_path / "wrong"
    make(path)
    report = TOOL.locate(path)
    assert report.unavailable_because == f"{path}, which the site profile names, {fault}"
    monkeypatch.setenv("DICOMIZE_FAKE", str(path))
    report = TOOL.locate()
    assert report.unavailable_because == f"{path}, which the environment variable DICOMIZE_FAKE names, {fault}"
    with pytest.raises(ToolMissing, match=fault) as caught:
        Tools().require(TOOL)
    assert caught.value.remedy == "install it: apt install fake"


@pytest.mark.usefixtures("bare")
def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DICOMIZE_FAKE", "")
    assert TOOL.locate().found_by == ""


@pytest.mark.parametrize(
    "first", ["#!/x/bin/python3\n", "#!/bin/sh\n'''exec' /a/long/path/bin/python3 \"$0\" \"$@\"\n"]
)
def test_python_launchers_are_the_last_resort(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, first: str) -> None:
    launcher = program(tmp_path / "venv" / "fake", first)
    on_path(monkeypatch, tmp_path / "venv")
    assert TOOL.locate().path == launcher
    real = program(tmp_path / "usr" / "fake")
    on_path(monkeypatch, tmp_path / "venv", tmp_path / "usr")
    assert TOOL.locate().path == real


@pytest.mark.usefixtures("bare")
def test_what_is_on_the_path_but_no_program_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "one" / "fake").mkdir(parents=True)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "fake").write_text("")
    real = program(tmp_path / "three" / "fake")
    monkeypatch.chdir(tmp_path)
    on_path(monkeypatch, tmp_path / "one", tmp_path / "two", Path("three"))
    assert TOOL.locate().path == real


@pytest.mark.parametrize("stream", ["", ">&2"])
def test_version_from_either_output(fake: Fake, stream: str) -> None:
    tools = Tools((("fake", fake(f"echo 'fake v1.2.3 2022-04-22' {stream}")),))
    assert tools.find(TOOL).version == ""
    assert tools.report(TOOL).version == "1.2.3"


@pytest.mark.parametrize(
    ("script", "because"), [("kill -ILL $$", "killed by SIGILL"), ("exec sleep 60", "no answer within")]
)
def test_a_program_that_cannot_say_its_version_is_unavailable(fake: Fake, script: str, because: str) -> None:
    tools = Tools((("fake", fake(script)),), timeout=0.25 if "sleep" in script else 30.0)
    assert because in tools.report(TOOL).unavailable_because


def test_a_version_that_is_not_understood_is_unknown(fake: Fake) -> None:
    report = Tools((("fake", fake("echo hello; exit 1")),)).report(TOOL)
    assert (report.version, report.unavailable_because) == ("", "")


def test_every_tool_is_there_once_and_says_how_to_get_it() -> None:
    assert len({tool.program for tool in ALL_TOOLS}) == len(ALL_TOOLS)
    assert len({tool.env_var for tool in ALL_TOOLS}) == len(ALL_TOOLS)
    assert all(tool.install for tool in ALL_TOOLS)


@pytest.mark.parametrize(
    ("name", "said", "version"),
    [
        ("img2dcm", "$dcmtk: img2dcm v3.6.7 2022-04-22 $", "3.6.7"),
        ("gdcmimg", "gdcmimg: gdcm 3.0.21 $Date$", "3.0.21"),
        ("dciodvfy", "dicom3tools Version: 1.00.snapshot.20260927113651", "1.00.snapshot.20260927113651"),
        ("jpegtran", "libjpeg-turbo version 2.1.5 (build 20230203)", "2.1.5"),
        ("jpegtran", "Independent JPEG Group's JPEGTRAN, version 9e  16-Jan-2022", "9e"),
    ],
)
def test_versions_as_the_programs_print_them(fake: Fake, name: str, said: str, version: str) -> None:
    (tool,) = (tool for tool in ALL_TOOLS if tool.program == name)
    path = fake(f"cat <<'END'\n{said}\nEND", name)
    assert Tools(((name, path),)).report(tool).version == version


@pytest.mark.parametrize("tool", ALL_TOOLS, ids=lambda tool: tool.program)
def test_installed_programs_say_their_version(tool: Tool, require_tool: Callable[[str], Path]) -> None:
    path = require_tool(tool.program)
    assert Tools(((tool.program, path),)).report(tool).version
