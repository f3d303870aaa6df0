"""The tables of an IOD, turned around: from each tag to the modules that know it, so that a data set is gone through once.

`tasks` passes over what has nothing to say of a data set: most of it. The rest is for the engine, in the order in which
the IOD has its modules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

from dicomize.checks.dictionary import entry_of
from dicomize.checks.iods.tables import Level, Module, Row, iod, level_of
from dicomize.checks.iods.view import View
from dicomize.checks.profiles import Profile

_T = TypeVar("_T")
_OVERLAYS: Final = range(0x60000000, 0x60200000, 0x00020000)


class Task(NamedTuple):
    """A row to look at. The findings come in the order of module, repeating group, presence and tag."""

    module: int
    group: int
    present: bool
    tag: int
    row: Row


_Fine = frozenset[tuple[str, bytes]]
"""VR and value, little endian, of which a row has nothing to say"""


class Flat(NamedTuple):
    """An IOD by tag; the numbers are those of its modules."""

    modules: tuple[Module, ...]
    always: frozenset[int]
    """modules that are in every data set of the IOD"""
    optional: tuple[int, ...]
    """those that are there under a condition, or if one of their attributes is"""
    touched: Mapping[int, frozenset[int]]
    """the optional modules that an attribute brings with it"""
    required: Mapping[int, tuple[tuple[int, Row], ...]]
    """of the modules that are always there"""
    valued: Mapping[int, tuple[tuple[int, Row], ...]]
    """rows that want any value and nothing else"""
    telling: Mapping[int, tuple[tuple[int, Row, _Fine], ...]]
    """the others that can say something of an attribute that is there"""
    belonging: Mapping[int, frozenset[int]]
    """the modules that make an attribute part of the IOD"""
    at_home: frozenset[int]
    """what belongs to a module that is always there"""


@lru_cache(maxsize=64)
def flat_iod(sop_class_uid: str, profile: Profile) -> Flat | None:
    """The tables of the IOD of a SOP class, None where there are none."""
    definition = iod(sop_class_uid, profile)
    return None if definition is None else _flat(definition.modules)


def _flat(modules: tuple[Module, ...]) -> Flat:
    flat = [(number, module) for number, module in enumerate(modules) if not module.repeats]
    always = frozenset(number for number, module in flat if module.needs is None and module.when is None)
    belonging = _by_tag((tag, number) for number, m in flat if m.belongs for tag in m.level.rows)
    telling = [(number, row) for number, m in flat for row in m.level.telling.values()]
    return Flat(
        modules=modules,
        always=always,
        optional=tuple(number for number in range(len(modules)) if number not in always),
        touched={tag: frozenset(numbers) for tag, numbers in _by_tag(_needs(modules)).items()},
        required=_by_tag(
            (tag, (number, row)) for number, m in flat if number in always for tag, row in m.level.required.items()
        ),
        valued=_by_tag((row.tag, (number, row)) for number, row in telling if _wants_any(row)),
        telling=_by_tag((row.tag, (number, row, _fine(row))) for number, row in telling if not _wants_any(row)),
        belonging={tag: frozenset(numbers) for tag, numbers in belonging.items()},
        at_home=frozenset(tag for tag, numbers in belonging.items() if not always.isdisjoint(numbers)),
    )


def _needs(modules: tuple[Module, ...]) -> Iterator[tuple[int, int]]:
    for number, module in enumerate(modules):
        for tag in module.needs or ():
            for group in _OVERLAYS if module.repeats else _OVERLAYS[:1]:
                yield tag + group - _OVERLAYS[0], number


def _by_tag(found: Iterable[tuple[int, _T]]) -> Mapping[int, tuple[_T, ...]]:
    by_tag: defaultdict[int, list[_T]] = defaultdict(list)
    for tag, what in found:
        by_tag[tag].append(what)
    return {tag: tuple(rows) for tag, rows in by_tag.items()}


def _wants_any(row: Row) -> bool:
    """Whether a row wants a value, whichever it is."""
    return not (row.when or row.inside or row.free or row.checks or row.rules)


def _fine(row: Row) -> _Fine:
    """The single values that a row allows, as they are encoded; none if it has more to say than that."""
    entry = entry_of(row.tag)
    plain = all(check.when is None and check.kind in {"enum", "defined-term"} for check in row.checks)
    lists = [check.values for check in row.checks if check.position <= 1]
    if row.when or row.inside or row.free or row.rules or entry is None or not plain or not lists:
        return frozenset()
    allowed = frozenset.intersection(*lists)
    if entry.VR == "US":
        return frozenset(("US", value.to_bytes(2, "little")) for value in allowed if isinstance(value, int))
    if entry.VR == "CS":
        return frozenset(("CS", _padded(value)) for value in allowed if value and isinstance(value, str))
    return frozenset()


def _padded(value: str) -> bytes:
    raw = value.encode("ascii")
    return raw + b" " * (len(raw) % 2)


# ---------------------------------------------------------------- one data set


def tasks(flat: Flat, view: View, profile: Profile) -> list[Task]:
    """The rows to look at; what belongs to a module that is there is noted in `view.used`."""
    index = view.index
    touched: set[int] = set()
    for tag in flat.touched.keys() & index.keys():
        touched |= flat.touched[tag]
    there = set(flat.always)
    found: list[Task] = []
    for number in flat.optional:
        module = flat.modules[number]
        if (module.needs is None or number in touched) and (module.when is None or module.when(view)):
            if module.repeats:
                found += _repeated(number, module, view, profile)
            else:
                there.add(number)
                found += _absent(number, module.level, view)
    for tag in flat.required.keys() - index.keys():
        found += [Task(n, 0, False, tag, row) for n, row in flat.required[tag] if row.when is None or row.when(view)]  # noqa: FBT003
    found += _present(flat, view, there)
    view.used |= flat.at_home & index.keys()
    view.used.update(tag for tag in index if tag not in view.used and not there.isdisjoint(flat.belonging.get(tag, ())))
    return sorted(found)


def _present(flat: Flat, view: View, there: set[int]) -> Iterator[Task]:
    valued, telling, little_endian = flat.valued, flat.telling, view.facts.byte_order == "<"
    for tag, element in view.index.items():
        if tag in valued and not view.has_value(tag):
            yield from (Task(number, 0, True, tag, row) for number, row in valued[tag] if number in there)  # noqa: FBT003
        for number, row, fine in telling.get(tag, ()):
            if number in there and not (fine and little_endian and element[1:3] in fine):
                yield Task(number, 0, True, tag, row)  # noqa: FBT003


def _absent(number: int, level: Level, view: View, group: int = 0) -> Iterator[Task]:
    for tag in level.required.keys() - view.index.keys():
        yield Task(number, group, False, tag, level.required[tag])  # noqa: FBT003


def _repeated(number: int, module: Module, view: View, profile: Profile) -> Iterator[Task]:
    """A module that may be there once for each of the repeating groups."""
    offsets = [group - _OVERLAYS[0] for group in _OVERLAYS]
    # dciodvfy looks at group 6000 only, whichever group is there
    here = [offset for offset in offsets if any(need + offset in view.index for need in module.needs or ())]
    for offset in [0] if profile is Profile.DCIODVFY else here:
        level = _moved(module.level, offset)
        view.used |= level.rows.keys() & view.index.keys()
        yield from _absent(number, level, view, offset)
        for tag in level.telling.keys() & view.index.keys():
            yield Task(number, offset, True, tag, level.telling[tag])  # noqa: FBT003


def _moved(level: Level, offset: int) -> Level:
    return level_of({tag + offset: row._replace(tag=tag + offset) for tag, row in level.rows.items()})
