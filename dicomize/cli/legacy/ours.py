"""The long options of `dicomize convert`, which every other tool's command line takes too.

A message says what to do in our own options; a script must be able to say them.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from dicomize.cli.legacy.arguments import Given
from dicomize.cli.legacy.table import Answer, Option
from dicomize.cli.options import RequestOptions
from dicomize.errors import UsageError

SITE = Option(("--site",), Answer.HONOURED, "Site profile: a TOML file, or a name.", "NAME", ours=True)
JSON = Option(("--json",), Answer.HONOURED, "Print one JSON object instead of text.", ours=True)


class Ours(NamedTuple):
    """An option of `dicomize convert`: its row, the field of RequestOptions, and what the field holds."""

    option: Option
    field: str
    kind: Any
    """bool, str, Path, an enumeration, or list"""


def of_convert() -> Iterator[Ours]:
    """All options that say how to convert, by their long names."""
    hints = typing.get_type_hints(RequestOptions, include_extras=True)
    for entry in dataclasses.fields(RequestOptions):
        (info,) = hints[entry.name].__metadata__
        names = [n for n in (info.default, *(info.param_decls or ())) if isinstance(n, str) and n.startswith("--")]
        kind = _kind(hints[entry.name].__origin__)
        takes = "" if kind is bool else "VALUE"
        yield Ours(Option((names[0],), Answer.HONOURED, info.help or "", takes, ours=True), entry.name, kind)


def beside(options: tuple[Option, ...]) -> tuple[Option, ...]:
    """Our options, but those whose name the tool has itself."""
    taken = {name for option in options for name in option.names}
    return tuple(o for o in (*(ours.option for ours in of_convert()), SITE, JSON) if o.name not in taken)


def merged(options: RequestOptions, given: Sequence[Given]) -> RequestOptions:
    """What our options say besides what the tool's own came to.

    Raises:
        UsageError: a value is none that an option takes.
    """
    known = {ours.option.name: ours for ours in of_convert()}
    for each in given:
        ours = known.get(each.option.name)
        if ours is not None and each.option.ours:
            options = dataclasses.replace(options, **{ours.field: _value(ours, options, each)})
    return options


def _value(ours: Ours, options: RequestOptions, given: Given) -> Any:
    if ours.kind is bool:
        return True
    (text,) = given.values
    if ours.kind is list:
        return [*(getattr(options, ours.field) or ()), text]
    if isinstance(ours.kind, type) and issubclass(ours.kind, Enum):
        try:
            return ours.kind(text)
        except ValueError:
            words = ", ".join(str(member.value) for member in ours.kind)
            raise UsageError(f"{ours.option.name} {text!r} is not known", f"choose {words}") from None
    return ours.kind(text)


def _kind(hint: Any) -> Any:
    """The type in Annotated[type | None, …]; a list is one of texts."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    kind = typing.get_origin(hint) or hint
    if kind not in {bool, str, list, Path} and not (isinstance(kind, type) and issubclass(kind, Enum)):
        raise TypeError(f"options of {kind} are not known here")
    return kind
