"""Lines for people, whatever characters they hold."""

from __future__ import annotations

import io
import sys

import pytest

from dicomize.model import Finding, Invocation, Severity
from dicomize.report.plain import found, printable, ran, say, tell


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("plain", "ascii", "plain"),
        ("Grüße 山田", "utf-8", "Grüße 山田"),
        ("Grüße", "ascii", "Gr\\xfc\\xdfe"),
        ("Grüße 山", "latin-1", "Grüße \\u5c71"),
        ("a\nb\rc\td", "utf-8", "a\\nb\\rc\\td"),
        ("\x1b[31mred\x07", "utf-8", "\\x1b[31mred\\x07"),
        ("caf\udce9", "utf-8", "caf\\udce9"),
        ("a\u202eb\u200b", "utf-8", "a\\u202eb\\u200b"),
        ("\U0001f4f7", "utf-8", "\U0001f4f7"),
        ("\U0001f4f7", "ascii", "\\U0001f4f7"),
        ("\x85\u2028", "utf-8", "\\x85\\u2028"),
    ],
)
def test_printable(text: str, encoding: str, expected: str) -> None:
    assert printable(text, encoding) == expected


def test_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    tell("one\nline")
    say("another\none")
    assert capsys.readouterr() == ("one\\nline\n", "another\\none\n")


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    say("hello")


def test_what_a_program_said() -> None:
    lines = list(ran(Invocation(("/bin/x", "-a", "b c"), 1, "out\nmore\n", "err", 0.1)))
    assert lines == ["  ran /bin/x -a b c", "    out", "    more", "    err"]


def test_what_was_found() -> None:
    finding = Finding(Severity.WARNING, "kind", "is odd", "dicomize", 0x00280010, "/Rows(0028,0010)")
    assert list(found([finding])) == ["  warning: /Rows(0028,0010) is odd [dicomize]"]
