"""What another tool's command line asks for, in our own terms."""

from __future__ import annotations

import dataclasses
import shlex
import typing
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import IntEnum

from dicomize.cli.legacy import ours
from dicomize.cli.legacy.arguments import Given, Parsed
from dicomize.cli.legacy.demands import Demands
from dicomize.cli.legacy.table import Answer, Option
from dicomize.cli.options import RequestOptions
from dicomize.errors import UsageError
from dicomize.records import dataclass, field


class Level(IntEnum):
    """How much is said."""

    ERRORS = 0
    NOTES = 1
    REPORT = 2
    DETAILS = 3


@dataclass(frozen=True, slots=True)
class Call:
    """One conversion, as `dicomize convert` would take it, and what else is demanded."""

    sources: tuple[str, ...]
    destination: str
    options: RequestOptions
    site: str = ""
    level: Level = Level.NOTES
    demands: Demands = field(default_factory=Demands)
    remarks: tuple[str, ...] = ()
    """sentences on options that are not done"""
    into_folder: bool = False
    """whether DEST may be a folder, which then gets NAME.dcm of each source"""


@dataclass(frozen=True, slots=True)
class OtherTool:
    """A tool whose command line is taken."""

    name: str
    options: tuple[Option, ...]
    read: Callable[[Sequence[str], tuple[Option, ...]], Parsed]
    translate: Callable[[Parsed], Call]
    """what its own options ask for"""
    usage: str
    version: str
    """the version that the table was made for"""

    @property
    def all_options(self) -> tuple[Option, ...]:
        """Its own, and those of ours whose names it has not."""
        return (*self.options, *ours.beside(self.options))

    def call(self, parsed: Parsed) -> Call:
        """What a command line asks for.

        Raises:
            UsageError: files are missing, an option is refused, or a value is none that it takes.
            MetadataError: a file that an option names is not what it must be.
        """
        call = self.translate(parsed)
        return replace(
            call,
            options=ours.merged(call.options, parsed.given),
            site=value_of(parsed.given, ours.SITE.name) or "",
        )


def effective(given: Sequence[Given]) -> tuple[Given, ...]:
    """What counts of what was said: of options that exclude each other the rightmost.

    Raises:
        UsageError: one that counts is refused.
    """
    last = {g.option.group: g for g in given if g.option.group}
    counting = tuple(g for g in given if not g.option.group or last[g.option.group] is g)
    for each in counting:
        if each.option.answer is Answer.REFUSED:
            raise UsageError(f"{each.option.name} is refused: {each.option.text}", "leave it out")
    return counting


def remarks(given: Sequence[Given]) -> tuple[str, ...]:
    """A sentence for each option that is not done."""
    undone = dict.fromkeys(g.option for g in given if g.option.answer is Answer.NOT_DONE)
    return tuple(f"{option.name} is not done: {option.text}" for option in undone)


def value_of(given: Sequence[Given], name: str) -> str | None:
    """The value of an option, the rightmost where it was said more than once; None where it was not said."""
    return next((g.values[0] for g in reversed(given) if g.option.name == name), None)


def values_of(given: Sequence[Given], name: str) -> tuple[str, ...]:
    """The values of an option that may be said many times, in order."""
    return tuple(value for g in given if g.option.name == name for value in g.values)


def said(given: Sequence[Given], name: str) -> bool:
    return any(g.option.name == name for g in given)


def in_our_words(call: Call, destination: str = "") -> str:
    """The same conversion, of one picture, as a `dicomize convert`, for a shell.

    Args:
        destination: the file, where the call names a folder.
    """
    words = ["--site", call.site] if call.site else []
    hints = typing.get_type_hints(RequestOptions, include_extras=True)
    for entry in dataclasses.fields(RequestOptions):
        value = getattr(call.options, entry.name)
        if value == entry.default:
            continue
        (info,) = hints[entry.name].__metadata__
        name = info.default if isinstance(info.default, str) else info.param_decls[0]
        if value is True:
            words.append(name)
        else:
            for each in value if isinstance(value, list) else [value]:
                words += [name, str(each)]
    files = [*call.sources, destination or call.destination]
    dashes = ["--"] if any(name.startswith("-") for name in files) else []
    return shlex.join(["dicomize", "convert", *words, *dashes, *files])
