"""The tests of BackendContract. Each is one promise, and says which where it is broken."""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dicomize.backends.base import Backend
from dicomize.errors import ToolFailed, ToolMissing
from dicomize.registry import unavailable
from dicomize.testing.keeping import keeps_its_word, undisturbed
from dicomize.testing.pictures import PICTURES, Case, case
from dicomize.testing.programs import FAILURES, put
from dicomize.wrappers.tool import Tools

AWKWARD = (
    "a b",
    "-o",
    "--help",
    "@file",
    "Größe 山",
    "$(touch pwned)",
    "`touch pwned`",
    "a;touch pwned",
    "'\"",
    "{Rows}",
)
"""names of folders that command lines trip over"""


class BackendContract:
    """Subclass it, and make the backend as its entry point does."""

    def make(self, tools: Tools) -> Backend:
        """The backend with the programs that `tools` finds."""
        raise NotImplementedError

    @pytest.fixture
    def backend(self) -> Backend:
        """The backend, where its programs are installed."""
        made = self.make(Tools(timeout=60.0))
        if because := unavailable(made):
            pytest.skip(f"{made.name} is not installed: {because}")
        return made

    @pytest.fixture
    def scratch(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The scratch folder; the current folder, HOME and TMPDIR are others, and empty."""
        for name in ("current", "home", "temporary", "scratch"):
            (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / "current")
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
        return tmp_path / "scratch"

    def _case(self, backend: Backend, name: str, scratch: Path, sop_class: str = "sc") -> Case:
        """A picture that the backend takes."""
        made = case(name, scratch, sop_class)
        if refusal := backend.refusal(made.plan):
            pytest.skip(f"{backend.name} refuses it: {refusal}")
        return made

    def _any(self, backend: Backend, scratch: Path) -> Case:
        """The first picture that the backend takes."""
        for name in PICTURES:
            made = case(name, scratch)
            if backend.refusal(made.plan) is None:
                return made
        pytest.fail(f"{backend.name} refuses every picture")

    # ---------------------------------------------------------------- what it says of itself

    def test_its_name_can_be_typed(self, backend: Backend) -> None:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*", backend.name)

    def test_it_says_which_programs_it_needs(self, backend: Backend) -> None:
        reports = backend.tools()
        assert reports
        assert all(report.program and not report.unavailable_because for report in reports)
        assert all(report.path is None or report.path.is_absolute() for report in reports)

    def test_a_probe_is_of_the_same_programs(self, backend: Backend) -> None:
        reports = backend.probe()
        assert [(r.program, r.path) for r in reports] == [(r.program, r.path) for r in backend.tools()]
        assert all(r.version == r.version.strip() and not r.unavailable_because for r in reports)

    @pytest.mark.parametrize("name", PICTURES)
    def test_a_refusal_is_one_sentence_and_the_same_each_time(self, backend: Backend, name: str, scratch: Path) -> None:
        plan = case(name, scratch).plan
        refusal = backend.refusal(plan)
        assert refusal == backend.refusal(plan)
        assert refusal is None or (refusal and refusal.isprintable())

    def test_it_takes_something(self, backend: Backend, scratch: Path) -> None:
        self._any(backend, scratch)

    def test_commands_run_nothing(self, backend: Backend, scratch: Path) -> None:
        plan = self._any(backend, scratch).plan
        nowhere = Path("/nowhere")
        image = nowhere / ("image.raw" if plan.decoded else "image.jpg")
        for command in backend.commands(plan, image, nowhere):
            assert Path(command.argv[0]).is_file()
            assert command.produces is not None, "nobody would notice that nothing was written"
            assert command.produces.is_relative_to(nowhere)

    # ---------------------------------------------------------------- what it writes

    @pytest.mark.parametrize("name", PICTURES)
    def test_the_picture_is_stored_exactly(self, backend: Backend, name: str, scratch: Path) -> None:
        keeps_its_word(backend, self._case(backend, name, scratch), scratch)

    @pytest.mark.parametrize("sop_class", ["sc", "photo", "endoscopy", "microscopy"])
    def test_every_sop_class(self, backend: Backend, sop_class: str, scratch: Path) -> None:
        keeps_its_word(backend, self._case(backend, "colour", scratch, sop_class), scratch)

    def test_it_writes_nowhere_else_and_says_nothing(
        self, backend: Backend, scratch: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        keeps_its_word(backend, self._any(backend, scratch), scratch)
        for name in ("current", "home", "temporary"):
            assert list((scratch.parent / name).iterdir()) == [], f"something was left in the {name} folder"
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("name", AWKWARD)
    def test_a_name_is_a_name_and_no_option_or_command(self, backend: Backend, name: str, scratch: Path) -> None:
        folder = scratch / name
        folder.mkdir()
        keeps_its_word(backend, self._any(backend, folder), folder)
        assert not list(scratch.parent.rglob("pwned")), "a name was given to a shell"

    def test_several_at_once(self, backend: Backend, scratch: Path) -> None:
        folders = [scratch / str(number) for number in range(4)]
        cases = []
        for folder in folders:
            folder.mkdir()
            cases.append(self._any(backend, folder))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda pair: keeps_its_word(backend, *pair), zip(cases, folders, strict=True)))

    # ---------------------------------------------------------------- when its programs fail

    def _with(self, backend: Backend, script: str, timeout: float, folder: Path) -> Backend:
        """The backend with a program that fails in the place of each of its own."""
        if sys.platform == "win32":
            pytest.skip("the failing programs are shell scripts")
        programs = [report.program for report in backend.tools() if report.path is not None]
        explicit = tuple((program, put(folder / program, script)) for program in programs)
        made = self.make(Tools(explicit, timeout))
        if not programs or [r.path for r in made.tools() if r.path] != [path for _, path in explicit]:
            pytest.skip(f"{backend.name} runs no program that Tools finds")
        return made

    @pytest.mark.parametrize("failure", FAILURES)
    def test_a_program_that_fails_is_a_failure(
        self, backend: Backend, failure: str, scratch: Path, tmp_path: Path
    ) -> None:
        script, says = FAILURES[failure]
        failing = self._with(backend, script, 1.0 if failure == "too-slow" else 30.0, tmp_path)
        plan, image = self._any(backend, scratch)
        with pytest.raises(ToolFailed, match=says) as caught, undisturbed():
            failing.encode(plan, image, scratch)
        assert caught.value.invocation is not None, "nobody can see what the program said"

    def test_a_program_that_is_not_there_is_missed(self, backend: Backend, scratch: Path, tmp_path: Path) -> None:
        failing = self._with(backend, "exit 3", 30.0, tmp_path)
        plan, image = self._any(backend, scratch)
        for report in failing.tools():
            if report.path is not None:
                report.path.unlink()
        assert unavailable(failing)
        with pytest.raises(ToolMissing):
            failing.encode(plan, image, scratch)
