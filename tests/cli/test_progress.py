"""What is seen of longer work: on a terminal, and nowhere else."""

from __future__ import annotations

import io
import sys

import pytest

from dicomize.cli import progress


class Terminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Not as a fixture: pytest takes stderr over again when a test begins."""
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    monkeypatch.setenv("TERM", "xterm")
    return made


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    assert list(progress.tracked([1, 2, 3, 4], "working")) == [1, 2, 3, 4]
    assert "working" in terminal.getvalue()


def test_few_need_none_unless_they_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    assert list(progress.tracked([1, 2], "working")) == [1, 2]
    assert not terminal.getvalue()
    assert list(progress.tracked([1, 2], "working", slow=True)) == [1, 2]
    assert "working" in terminal.getvalue()


def test_counted_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with progress.counted("frames") as update:
        update(1, 3)
    with progress.told("looking") as say:
        say("comparing")
    assert "frames" in terminal.getvalue()
    assert "comparing" in terminal.getvalue()


@pytest.mark.parametrize("quiet", [False, True])
def test_nothing_in_a_pipe_or_when_quiet(quiet: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal() if quiet else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(progress.tracked([1, 2, 3, 4, 5], "working", quiet=quiet)) == [1, 2, 3, 4, 5]
    with progress.counted("frames", quiet=quiet) as update, progress.told("looking", quiet=quiet) as say:
        update(1, 2)
        say("on")
    assert not stream.getvalue()
