"""Lines of text for people, whatever characters a file name holds."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dicomize.model import Finding, Invocation


def tell(text: str) -> None:
    """A line on stdout."""
    sys.stdout.write(printable(text, sys.stdout.encoding) + "\n")


def say(text: str) -> None:
    """A line on stderr, at once; where nobody can read it any more, there is nothing left to be said."""
    with suppress(OSError):
        sys.stderr.write(printable(text, sys.stderr.encoding) + "\n")
        sys.stderr.flush()


def ran(invocation: Invocation) -> Iterator[str]:
    """A run of a program and everything that it said, as lines."""
    yield f"  ran {' '.join(invocation.argv)}"
    for line in (invocation.stdout + invocation.stderr).splitlines():
        yield f"    {line}"


def found(findings: Iterable[Finding]) -> Iterator[str]:
    """Findings as lines."""
    for finding in findings:
        yield f"  {finding.severity}: {finding.path} {finding.message} [{finding.source}]"


def printable(text: str, encoding: str | None = None) -> str:
    """One line of text with whatever cannot be printed escaped: control characters in a file name could rewrite the
    terminal, and line breaks pretend that dicomize said something else.

    Args:
        encoding: of the stream it goes to; None is stdout's.
    """
    visible = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    name = encoding or sys.stdout.encoding or "utf-8"
    return visible.encode(name, "backslashreplace").decode(name)
