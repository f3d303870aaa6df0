"""The entries of [backend.NAME]: another build of a toolkit, or a program of the site's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from dicomize.model import CommandLine, ConfiguredBackend
from dicomize.sites.placeholders import ATTRIBUTES, check_arguments
from dicomize.sites.values import located, require_known, seconds, table_of, text_of, texts_of

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def described(name: str, value: object, folder: Path) -> ConfiguredBackend:
    """A backend as a profile in `folder` describes it.

    Raises:
        ValueError, TypeError: an entry is unknown, missing or wrong.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a backend; use small letters, digits, dots, _ and -")
    table = table_of(value)
    require_known(table, (*BUILD_ENTRIES, *COMMAND_ENTRIES))
    fields: dict[str, Any] = {}
    for key, entry in table.items():
        convert = BUILD_ENTRIES.get(key) or COMMAND_ENTRIES[key]
        try:
            fields[key] = convert(entry, folder)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{key}: {error}") from None
    timeout = fields.pop("timeout", 0.0)
    if "type" in fields:
        return ConfiguredBackend(name, timeout=timeout, **_build(fields))
    return ConfiguredBackend(name, timeout=timeout, line=_line(fields))


def problems(own: ConfiguredBackend) -> Iterator[str]:
    """What is wrong with a description that was read from a saved plan."""
    table: dict[str, object] = {"type": own.type, "tools": {name: str(path) for name, path in own.tools}}
    if line := own.line:
        commands = {"command": list(line.command), "raw_command": list(line.raw_command)}
        table = {key: words for key, words in commands.items() if words}
        table |= {"accepts": {key: list(values) for key, values in line.accepts}, "environment": dict(line.environment)}
        table |= {"version_args": list(line.version_args), "version_pattern": line.version_pattern}
    if own.timeout:
        table["timeout"] = own.timeout
    try:
        described(own.name, table, Path())
    except (TypeError, ValueError) as error:
        yield f"its backend {own.name}: {error}"


def _build(fields: dict[str, Any]) -> dict[str, Any]:
    for key in fields:
        if key not in BUILD_ENTRIES:
            raise ValueError(f"{key} describes a program of your own, and type another build of a backend; say one")
    if not fields.get("tools"):
        raise ValueError("it must name the programs of the build in tools")
    return fields


def _line(fields: dict[str, Any]) -> CommandLine:
    if "tools" in fields:
        raise ValueError('tools needs a type, such as type = "dcmtk"')
    if not fields.keys() & {"command", "raw_command"}:
        raise ValueError("it needs a type, or a command or raw_command")
    return CommandLine(**fields)


def _type(value: object, _folder: Path) -> str:
    if not text_of(value):
        raise ValueError("it must name a backend, such as dcmtk")
    return text_of(value)


def programs(value: object, folder: Path) -> tuple[tuple[str, Path], ...]:
    """A table of programs and their paths, from the folder of the profile."""
    return tuple((name, located(text_of(path), folder)) for name, path in table_of(value).items())


def _command(value: object, folder: Path) -> tuple[str, ...]:
    words = texts_of(value)
    if not words or not words[0]:
        raise ValueError("it must begin with a program")
    if any("\0" in word for word in words):
        raise ValueError("an argument holds a NUL character")
    program, *arguments = words
    check_arguments(arguments)
    return (str(located(program, folder)), *arguments)


def _accepts(value: object, _folder: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    table = table_of(value)
    require_known(table, ATTRIBUTES)
    return tuple((keyword, _any_of(values)) for keyword, values in table.items())


def _any_of(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise TypeError("each attribute needs a list of values")
    return tuple(str(v) if type(v) is int else text_of(v) for v in value)


def _environment(value: object, _folder: Path) -> tuple[tuple[str, str], ...]:
    pairs = tuple((name, text_of(text)) for name, text in table_of(value).items())
    if any(not name or "=" in name or "\0" in name + text for name, text in pairs):
        raise ValueError("a variable has a name without = and a value, and neither holds a NUL character")
    return pairs


def _pattern(value: object, _folder: Path) -> str:
    try:
        groups = re.compile(text_of(value)).groups
    except re.error as error:
        raise ValueError(f"it is no regular expression: {error}") from None
    if groups < 1:
        raise ValueError("the version must stand in parentheses")
    return text_of(value)


BUILD_ENTRIES: Final[dict[str, Callable[[object, Path], object]]] = {
    "type": _type,
    "tools": programs,
    "timeout": lambda value, _folder: seconds(value),
}
COMMAND_ENTRIES: Final[dict[str, Callable[[object, Path], object]]] = {
    "command": _command,
    "raw_command": _command,
    "accepts": _accepts,
    "environment": _environment,
    "version_args": lambda value, _folder: texts_of(value),
    "version_pattern": _pattern,
    "timeout": BUILD_ENTRIES["timeout"],
}
