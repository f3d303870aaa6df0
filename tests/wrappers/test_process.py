"""The process layer against programs that misbehave."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dicomize.errors import ToolFailed, ToolMissing
from dicomize.wrappers import process
from dicomize.wrappers.process import ANY_EXIT, KEEP, Command, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")

LONG = 30.0
SHORT = 0.25

Fake = Callable[..., Path]


def command(program: Path, *arguments: str, produces: Path | None = None) -> Command:
    return Command((str(program), *arguments), produces=produces)


def test_what_a_program_says_comes_back(fake: Fake) -> None:
    program = fake('echo "out $1"; echo "err $2" >&2')
    invocation = run(command(program, "a b", "$HOME"), LONG)
    assert invocation.argv == (str(program), "a b", "$HOME")
    assert (invocation.returncode, invocation.stdout, invocation.stderr) == (0, "out a b\n", "err $HOME\n")
    assert invocation.seconds > 0
    assert pickle.loads(pickle.dumps(invocation)) == invocation  # noqa: S301


def test_input_is_closed_and_the_locale_is_c(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("KEPT", "kept")
    program = fake('cat; echo "$LC_ALL $KEPT $ADDED"')
    assert run(Command((str(program),), env=(("ADDED", "added"),)), LONG).stdout == "C kept added\n"


def test_a_program_that_hangs_is_stopped(fake: Fake) -> None:
    program = fake("echo started; echo 'still thinking' >&2; sleep 60", "img2dcm")
    with pytest.raises(ToolFailed, match=r"^img2dcm gave no answer within 0\.25 seconds and was stopped") as caught:
        run(command(program), SHORT)
    assert caught.value.invocation is not None
    assert caught.value.invocation.returncode == -9
    assert caught.value.exit_code == 5


def test_a_program_that_closes_its_outputs_and_hangs_is_stopped(fake: Fake) -> None:
    with pytest.raises(ToolFailed, match="no answer"):
        run(command(fake("exec >&- 2>&-; exec sleep 60")), SHORT)


def test_children_of_a_program_that_ignores_sigterm_are_stopped_with_it(
    fake: Fake, tmp_path: Path, gone: Callable[[Path], bool]
) -> None:
    child = tmp_path / "child"
    program = fake(f"trap '' TERM HUP INT; sleep 60 & echo $! > {child}; while :; do wait; done")
    with pytest.raises(ToolFailed, match="no answer"):
        run(command(program), 1.0)
    assert gone(child)


def test_a_grandchild_that_holds_the_pipes_does_not_hold_us(
    fake: Fake, tmp_path: Path, gone: Callable[[Path], bool]
) -> None:
    child = tmp_path / "child"
    invocation = run(command(fake(f"sleep 60 & echo $! > {child}; echo done")), LONG)
    assert invocation.stdout == "done\n"
    assert invocation.seconds < LONG
    assert gone(child)


def test_a_talkative_grandchild_does_not_hold_us(fake: Fake, tmp_path: Path, gone: Callable[[Path], bool]) -> None:
    child = tmp_path / "child"
    run(command(fake(f"(while :; do echo x; done) & echo $! > {child}")), LONG)
    assert gone(child)


@pytest.mark.skipif(shutil.which("setsid") is None, reason="no setsid")
def test_a_daemon_that_holds_the_pipes_does_not_hold_us(fake: Fake) -> None:
    assert run(command(fake("setsid sleep 2 & echo done")), LONG).stdout == "done\n"


def test_death_by_signal_is_named(fake: Fake) -> None:
    program = fake("echo 'img2dcm: file.cc:12: assertion failed' >&2; kill -ABRT $$", "img2dcm")
    with pytest.raises(ToolFailed, match=r"^img2dcm was killed by SIGABRT: img2dcm: file\.cc:12: assertion failed"):
        run(command(program), LONG)
    assert process.signal_name(-200) == "signal 200"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("W: odd\nE: no JPEG\nF: cannot go on\nbye", ": cannot go on"),
        ("E: no JPEG\nbye", ": no JPEG"),
        ("Error: bad\nusage: …", ": Error: bad"),
        ("one\ntwo\n", ": two"),
        ("", "exit code 1"),
    ],
)
def test_failure_quotes_the_most_telling_line(fake: Fake, said: str, told: str) -> None:
    program = fake(f"cat >&2 <<'END'\n{said}\nEND\nexit 1", "img2dcm")
    with pytest.raises(ToolFailed) as caught:
        run(command(program), LONG)
    assert caught.value.message.startswith("img2dcm failed with exit code 1")
    assert caught.value.message.endswith(told)


def test_a_failure_may_be_told_on_stdout(fake: Fake) -> None:
    with pytest.raises(ToolFailed, match="exit code 3: it broke"):
        run(command(fake("echo it broke; exit 3")), LONG)


def test_the_caller_says_which_exits_it_accepts(fake: Fake) -> None:
    assert run(command(fake("exit 3")), LONG, accept=(0, 3)).returncode == 3
    assert run(command(fake("kill -SEGV $$")), LONG, accept=ANY_EXIT).returncode == -11


def test_success_without_a_file_is_a_failure(fake: Fake, tmp_path: Path) -> None:
    program = fake("echo 'cannot write' >&2", "gdcmimg")
    with pytest.raises(ToolFailed, match=r"^gdcmimg reported success but wrote no file: cannot write"):
        run(command(program, produces=tmp_path / "out"), LONG)


def test_success_with_an_empty_file_is_a_failure(fake: Fake, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(ToolFailed, match="wrote an empty file"):
        run(command(fake(f": > {out}"), produces=out), LONG)


def test_a_file_from_before_is_no_product(fake: Fake, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("old")
    with pytest.raises(ToolFailed, match="wrote no file"):
        run(command(fake(":"), produces=out), LONG)
    assert out.read_text() == "old"
    assert run(command(fake(f"echo newer > {out}"), produces=out), LONG).returncode == 0


def test_megabytes_of_messages_are_cut_in_the_middle(fake: Fake) -> None:
    program = fake("echo first >&2; head -c 20000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo last >&2")
    stderr = run(command(program), LONG).stderr
    assert stderr.startswith("first\n")
    assert stderr.endswith("\nlast\n")
    assert len(stderr) < 2 * KEEP + 100
    assert process.left_out(stderr) == 20_000_000 + len("first\n\nlast\n") - 2 * KEEP
    assert process.left_out("nothing\n") == 0


def test_bytes_that_are_no_text_are_kept(fake: Fake) -> None:
    invocation = run(command(fake(r"printf '\303\251 \377\376\n' >&2")), LONG)
    assert invocation.stderr == "é \\xff\\xfe\n"


def test_a_file_that_is_not_executable(tmp_path: Path) -> None:
    path = tmp_path / "img2dcm"
    path.write_text("")
    with pytest.raises(ToolMissing, match="img2dcm cannot be started: Permission denied"):
        run(command(path), LONG)


def test_a_program_for_another_machine(tmp_path: Path) -> None:
    path = tmp_path / "img2dcm"
    path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(57))
    path.chmod(0o755)
    with pytest.raises(ToolMissing, match="img2dcm cannot be started"):
        run(command(path), LONG)


def test_a_program_that_has_vanished(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="cannot be started: No such file") as caught:
        run(command(tmp_path / "img2dcm"), LONG)
    assert caught.value.exit_code == 4
    assert caught.value.remedy


def test_a_system_short_of_processes_is_no_missing_program(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", short)
    with pytest.raises(ToolFailed, match="Resource temporarily unavailable"):
        run(command(fake(":")), LONG)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, MemoryError])
def test_nothing_is_left_after_an_interruption(
    fake: Fake,
    tmp_path: Path,
    gone: Callable[[Path], bool],
    monkeypatch: pytest.MonkeyPatch,
    interruption: type[BaseException],
) -> None:
    child = tmp_path / "child"
    read_some = process._read_some

    def interrupted(*arguments: object) -> None:
        read_some(*arguments)  # type: ignore[arg-type]
        if child.exists() and child.read_text().endswith("\n"):
            raise interruption

    monkeypatch.setattr(process, "_read_some", interrupted)
    with pytest.raises(interruption):
        run(command(fake(f"echo $$ > {child}; sleep 60")), LONG)
    assert gone(child)


def test_names_that_are_no_text(fake: Fake, tmp_path: Path) -> None:
    out = tmp_path / "b\udcffd na\nme"
    invocation = run(command(fake('echo hello > "$1"; echo "$1"'), str(out), produces=out), LONG)
    assert out.read_text() == "hello\n"
    assert invocation.argv[1] == str(out)


@pytest.mark.parametrize("argv", [(), ("img2dcm",), ("./img2dcm", "x"), ("/bin/true", "a\0b")])
def test_commands_are_absolute(argv: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"absolute|NUL"):
        Command(argv)


def test_products_are_absolute() -> None:
    with pytest.raises(ValueError, match="absolute"):
        Command(("/bin/true",), produces=Path("out.dcm"))


def test_names_that_look_like_options_become_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert process.argument(Path("-k")) == f"{tmp_path}/-k"
    assert process.argument(Path("@x")) == f"{tmp_path}/@x"


def test_an_interrupt_while_a_program_starts_leaves_it_not_running(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def interrupted(*words: Any, **named: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*words, **named))
        os.kill(os.getpid(), signal.SIGINT)
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run(Command((sys.executable, "-c", "import time; time.sleep(600)")), 60)
    assert [process.returncode for process in started] == [-signal.SIGKILL]
    assert signal.getsignal(signal.SIGINT) is before
