"""The tables of the IODs: read from tables/*.json once per process, compiled when an IOD first needs them.

scripts/make-iod-tables writes those files from overlay/*.toml, where the rules are to be read and changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from dicomize.checks.iods.expressions import Predicate, compile_expression, tag_of
from dicomize.checks.profiles import Profile
from dicomize.model import Severity

FOLDER: Final = Path(__file__).with_name("tables")


class Check(NamedTuple):
    """One rule on the values of an attribute that is present."""

    kind: str
    severity: Severity
    values: frozenset[str | int]
    numeric: bool
    position: int
    """which value, counted from 1; 0: each of them"""
    when: Predicate | None
    message: str
    reference: str
    valued: bool
    """whether the finding is on the value, not the attribute"""


class Row(NamedTuple):
    """One attribute of a module or macro."""

    tag: int
    keyword: str
    type: str
    when: Predicate | None
    """the condition of 1C, 2C, 3C; None where no program can know it"""
    otherwise: bool
    """whether it may be present although the condition does not hold"""
    items: tuple[int, int | None]
    """fewest and most items of a sequence; None: any number"""
    inside: str
    """the macro that describes the items"""
    free: bool
    """whether its items may hold anything"""
    checks: tuple[Check, ...]
    rules: tuple[Check, ...]
    """what is to be said of it whether it has a value or not"""
    module: str
    reference: str


class Level(NamedTuple):
    """The attributes of one level: a module, or the items of a sequence."""

    rows: Mapping[int, Row]
    required: Mapping[int, Row]
    """those whose absence can be wrong"""
    telling: Mapping[int, Row]
    """those of which something can be said although they are there"""
    parts: tuple[tuple[Predicate, Level], ...] = ()
    """attributes that belong to the level only where a condition holds"""


class Module(NamedTuple):
    """A module of one IOD."""

    name: str
    needs: frozenset[int] | None
    """it is there if one of these is; None: whatever is there"""
    when: Predicate | None
    level: Level
    repeats: bool
    """whether it may be there once for each of the repeating groups 60xx"""
    belongs: bool
    """whether the attributes belong into the IOD; if not, it only says what to think of them all the same"""


class Iod(NamedTuple):
    """An information object definition."""

    name: str
    modules: tuple[Module, ...]


@cache
def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return content


def iod_entry(sop_class_uid: str) -> Mapping[str, Any] | None:
    """What the tables say of a SOP class, as it stands in the file."""
    entry: Mapping[str, Any] | None = _read("iods").get(sop_class_uid)
    return entry


@cache
def iod(sop_class_uid: str, profile: Profile) -> Iod | None:
    """The compiled tables of an IOD, or None where there are none."""
    entry = iod_entry(sop_class_uid)
    if entry is None:
        return None
    chosen = [part for part in entry["modules"] if part.get("only", profile.value) == profile.value]
    return Iod(entry["name"], tuple(_module(part, profile) for part in chosen))


@cache
def condition(expression: str, profile: Profile) -> Predicate:
    """A condition: the name of one in conditions.json, or an expression."""
    named = _read("conditions").get(expression)
    text = named["holds"] if named else expression
    return compile_expression(text, lambda name: condition(name, profile), lambda name: value_set(name, profile))


@cache
def value_set(name: str, profile: Profile) -> frozenset[str | int]:
    """Enumerated values or defined terms by the name of their list."""
    entry = _read("values")[name]
    differs = entry.get(profile.value, {})
    return frozenset(differs.get("only", entry["values"])) - set(differs.get("without", ())) | set(
        differs.get("with", ())
    )


@cache
def macro(name: str, profile: Profile) -> Level:
    """What the items of a sequence hold."""
    table = _read("macros")[name]
    return _level(table["rows"], profile, table["name"], table["paragraph"])


def file_meta(profile: Profile) -> Level:
    """The file meta information (PS3.10 7.1), which is that of any IOD."""
    return _module_level("file-meta-information", profile)


def _module(part: Mapping[str, Any], profile: Profile) -> Module:
    table = _for(_read("modules")[part["module"]], profile)
    level = _module_level(part["module"], profile)
    part = _for(part, profile)
    when = part.get("when")
    names = part.get("needs", table.get("needs"))
    needs: frozenset[int] | None = frozenset(map(tag_of, names)) if names else frozenset(level.rows)
    if when or part["usage"] == "M" or table.get("always"):
        needs = None
    return Module(
        table["name"],
        needs,
        condition(when, profile) if when else None,
        level,
        table.get("repeats", False),
        table.get("belongs", True),
    )


@cache
def _module_level(name: str, profile: Profile) -> Level:
    table = _read("modules")[name]
    return _level(table["rows"], profile, table["name"], table["paragraph"])


def _level(rows: list[dict[str, Any]], profile: Profile, module: str, paragraph: str) -> Level:
    compiled: dict[str, dict[int, Row]] = {"": {}}
    for raw in rows:
        entry = _for(raw, profile)
        if not entry.get("drop"):
            row = _row(entry, profile, module, paragraph)
            compiled.setdefault(entry.get("where", ""), {})[row.tag] = row
    whole = level_of(compiled.pop(""))
    return whole._replace(parts=tuple((condition(where, profile), level_of(part)) for where, part in compiled.items()))


def level_of(rows: Mapping[int, Row]) -> Level:
    """The rows of a level, sorted out."""
    required = {tag: row for tag, row in rows.items() if row.type in {"1", "2"} or _may_be_missing(row)}
    telling = {tag: row for tag, row in rows.items() if _may_tell(row)}
    return Level(rows, required, telling)


def _may_tell(row: Row) -> bool:
    return bool(row.type in {"1", "1C"} or row.when or row.inside or row.free or row.checks or row.rules)


def _for(entry: Mapping[str, Any], profile: Profile) -> Mapping[str, Any]:
    """An entry with what differs in a profile."""
    differs = entry.get(profile.value)
    return {**entry, **differs} if differs else entry


def _paragraph(number: str) -> str:
    return number if number.startswith("PS3.") else f"PS3.3 {number}"


def _may_be_missing(row: Row) -> bool:
    return row.type in {"1C", "2C"} and row.when is not None


def _row(entry: Mapping[str, Any], profile: Profile, module: str, paragraph: str) -> Row:
    reference = _paragraph(entry.get("paragraph", paragraph))
    when = entry.get("when")
    least, most = entry.get("items", (0, None))
    only = profile.value
    checks = [_check(raw, reference, profile) for raw in entry.get("checks", ()) if raw.get("only", only) == only]
    return Row(
        tag=int(entry["tag"], 16) if "tag" in entry else tag_of(entry["k"]),
        keyword=entry["k"],
        type=entry["t"],
        when=condition(when, profile) if when else None,
        otherwise=entry.get("otherwise", not when),
        items=(least, most),
        inside="" if entry.get("free") else entry.get("of", ""),
        free=entry.get("free", False),
        checks=tuple(check for check in checks if check.kind != "rule"),
        rules=tuple(check for check in checks if check.kind == "rule"),
        module=module,
        reference=reference,
    )


_NO_VALUES: Final[frozenset[str | int]] = frozenset()


def _check(raw: Mapping[str, Any], reference: str, profile: Profile) -> Check:
    when = raw.get("if")
    kind, values, severity, message = "rule", _NO_VALUES, raw.get("severity", "error"), raw.get("rule", "")
    if "enum" in raw:
        kind, values = "enum", value_set(raw["enum"], profile)
    elif "terms" in raw:
        kind, values, severity = "defined-term", value_set(raw["terms"], profile), "warning"
    elif "nonzero" in raw:
        kind, severity = "zero", raw["nonzero"]
    return Check(
        kind=kind,
        severity=Severity(severity),
        values=values,
        numeric=any(isinstance(value, int) for value in values),
        position=raw.get("value", 0),
        when=condition(when, profile) if when else None,
        message=message,
        reference=_paragraph(raw["paragraph"]) if "paragraph" in raw else reference,
        valued=raw.get("valued", kind != "rule"),
    )
