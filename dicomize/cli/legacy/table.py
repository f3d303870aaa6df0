"""What becomes of an option of another tool: a row of data."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class Answer(StrEnum):
    """What becomes of an option."""

    HONOURED = "honoured"
    ALREADY = "already so"
    """what it asks for is what is done anyway"""
    NOT_DONE = "not done"
    """the conversion goes on without it, and a note says why"""
    REFUSED = "refused"
    """nothing is converted, and the message says why"""


class Option(NamedTuple):
    """One option: its names, the longest first, and what becomes of it."""

    names: tuple[str, ...]
    answer: Answer
    text: str
    """what it comes to; for an option that is not done or refused, why"""
    takes: str = ""
    """its values, one word each"""
    group: str = ""
    """options that exclude each other: the rightmost counts"""
    ours: bool = False
    """whether it is an option of `dicomize convert`, and none of the tool's own"""

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def values(self) -> int:
        return len(self.takes.split())


def lines(options: tuple[Option, ...]) -> Iterator[str]:
    """The table for people on a terminal."""
    for option in options:
        yield f"  {', '.join(option.names)}{f' {option.takes}' if option.takes else ''}"
        yield f"      {option.answer}: {option.text}"


def markdown(options: tuple[Option, ...]) -> Iterator[str]:
    """The table for docs/legacy.md."""
    yield "| option | answer | what becomes of it |"
    yield "|---|---|---|"
    for option in options:
        names = ", ".join(f"`{name}`" for name in option.names)
        yield f"| {names}{f' {option.takes}' if option.takes else ''} | {option.answer} | {option.text} |"
