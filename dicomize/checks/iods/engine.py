"""One data set against the tables of its IOD (PS3.3): presence, emptiness, items, values, what does not belong."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import isfinite
from typing import Final, TypeVar

from pydicom.datadict import keyword_for_tag

from dicomize.checks.iods.flat import Flat, tasks
from dicomize.checks.iods.imitation import LENGTH_TO_END
from dicomize.checks.iods.tables import Check, Level, Row, macro
from dicomize.checks.iods.view import View
from dicomize.checks.profiles import Profile
from dicomize.model import Finding, Severity

_Value = TypeVar("_Value")

_SOURCE: Final = "dicomize"
_PADDING: Final = 0xFFFCFFFC


class Run:
    """One check of one data set."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.found: dict[tuple[str, str, str], Finding] = {}

    def check(self, iod: Flat, dataset: View) -> Iterator[Finding]:
        """Every finding once, in the order of the modules; last what no module knows."""
        for task in tasks(iod, dataset, self.profile):
            look = self._present if task.present else self._absent
            look(task.row, dataset, "")
        self._unknown(dataset, "")
        yield from self.found.values()

    def check_level(self, level: Level, view: View) -> Iterator[Finding]:
        """Findings on a module that stands by itself; that others are there too is not its matter."""
        self._level(level, view, "")
        yield from self.found.values()

    # ------------------------------------------------------------ one level

    def _level(self, level: Level, view: View, path: str) -> None:
        index = view.index.keys()
        for tag in sorted(level.required.keys() - index):
            self._absent(level.required[tag], view, path)
        for tag in sorted(level.telling.keys() & index):
            self._present(level.telling[tag], view, path)

    def _absent(self, row: Row, view: View, path: str) -> None:
        if row.when is None or row.when(view):
            self._add(Severity.ERROR, f"missing-{row.type}", row, path, f"is missing: it is Type {row.type}")

    def _present(self, row: Row, view: View, path: str) -> None:
        for rule in row.rules:
            if rule.when is None or rule.when(view):
                self._report(rule, row, path, 1 if rule.valued else 0, "")
        holds = row.when is None or row.when(view)
        # dciodvfy looks at no value where the condition does not hold
        wanted = holds or (self._tolerated(row, path) and self.profile is Profile.STRICT)
        if not view.has_value(row.tag):
            self._empty(row, path, holds=holds)
            return
        for check in row.checks:
            # what is said of one value, or under a condition, holds whether the attribute should be there or not
            if (wanted or check.position or check.when is not None) and (check.when is None or check.when(view)):
                self._value(check, row, view, path)
        if row.inside:
            self._items(row, view, path)
        elif row.free:
            view.free.add(row.tag)

    def _tolerated(self, row: Row, path: str) -> bool:
        """Whether an attribute may be there although its condition does not hold."""
        if row.type == "3C":
            self._add(Severity.WARNING, "rule", row, path, "is not expected here: its condition does not hold")
        elif not row.otherwise:
            message = "must not be present: its condition does not hold"
            self._add(Severity.ERROR, "present-condition-unsatisfied", row, path, message)
            return False
        return True

    def _empty(self, row: Row, path: str, *, holds: bool) -> None:
        if row.type == "1C" and not holds:
            message = "is present without a value although its condition does not hold"
            self._add(Severity.ERROR, "empty-condition-unsatisfied", row, path, message)
        elif row.type in {"1", "1C"}:
            self._add(Severity.ERROR, f"empty-{row.type}", row, path, f"has no value: it is Type {row.type}")
        elif row.inside and row.items[0]:
            self._count(row, 0, path)

    # ------------------------------------------------------------ items

    def _items(self, row: Row, view: View, path: str) -> None:
        items = view.items(row.tag)
        least, most = row.items
        # of what may be empty dciodvfy does not count the items
        limit = None if least == 0 and self.profile is Profile.DCIODVFY else most
        if len(items) < least or (limit is not None and len(items) > limit):
            self._count(row, len(items), path)
        inside = macro(row.inside, self.profile)
        for number, item in enumerate(items, 1):
            for level in (inside, *(part for where, part in inside.parts if where(item))):
                item.used |= level.rows.keys() & item.index.keys()
                self._level(level, item, f"{path}/{_name(row.tag, row.keyword)}[{number}]")

    def _count(self, row: Row, number: int, path: str) -> None:
        least, most = row.items
        wanted = f"{least} or more" if most is None else str(least) if least == most else f"{least} to {most}"
        self._add(Severity.ERROR, "sequence-items", row, path, f"has {number} items, not {wanted}")
        if self.profile is Profile.DCIODVFY:
            # it says it twice, for it counts items as values as well; to the standard items are no values (PS3.5 6.4)
            self._add(Severity.ERROR, "vm", row, path, f"has a bad multiplicity for Type {row.type}")

    # ------------------------------------------------------------ values

    def _value(self, check: Check, row: Row, view: View, path: str) -> None:
        if check.kind == "zero":
            self._zero(check, row, view, path)
        elif check.numeric and not view.is_numeric(row.tag):
            if self.profile is Profile.DCIODVFY:
                self._add(Severity.ERROR, "rule", row, path, "is no number, so it cannot be seen whether it is allowed")
        elif check.numeric:
            for number, value in _chosen(view.numbers(row.tag), check.position):
                read = self._read(value)
                if read is not None and not (isfinite(read) and int(read) & 0xFFFF in check.values):
                    self._report(check, row, path, number, f"{read:g}")
        else:
            for number, text in _chosen(view.texts(row.tag), check.position):
                if text not in check.values:
                    self._report(check, row, path, number, text)

    def _read(self, value: float | None) -> float | None:
        """dciodvfy takes what is no number for 0."""
        return 0 if value is None and self.profile is Profile.DCIODVFY else value

    def _zero(self, check: Check, row: Row, view: View, path: str) -> None:
        if not view.is_numeric(row.tag):
            if self.profile is Profile.DCIODVFY:
                self._add(Severity.ERROR, "rule", row, path, "is no number, so it cannot be seen whether it is zero")
            return
        for number, value in enumerate(view.numbers(row.tag), 1):
            if self._read(value) == 0:
                self._report(check, row, path, number, "0")

    def _report(self, check: Check, row: Row, path: str, number: int, value: str) -> None:
        where = f"{path}/{_name(row.tag, row.keyword)}" + (f"[{number}]" if number else "")
        key = (check.severity.value, check.kind, where)
        if key not in self.found:
            message = check.message or _MESSAGES[check.kind].format(value)
            text = f"{row.keyword} {message} ({row.module})"
            self.found[key] = Finding(check.severity, check.kind, text, _SOURCE, row.tag, where, check.reference)

    def _add(self, severity: Severity, kind: str, row: Row, path: str, message: str) -> None:
        where = f"{path}/{_name(row.tag, row.keyword)}"
        key = (severity.value, kind, where)
        if key not in self.found:
            text = f"{row.keyword} {message} ({row.module})"
            self.found[key] = Finding(severity, kind, text, _SOURCE, row.tag, where, row.reference)

    # ------------------------------------------------------------ what does not belong

    def _unknown(self, view: View, path: str) -> None:
        seen: set[int] = set()
        for element in view.elements:
            tag = element.tag
            again = tag in seen
            seen.add(tag)
            if (again or tag not in view.used) and not self._is_exempt(tag):
                where = f"{path}/{_name(tag)}"
                message = f"{_name(tag)} does not belong into this IOD"
                key = ("warning", "not-in-iod", where)
                self.found[key] = Finding(Severity.WARNING, "not-in-iod", message, _SOURCE, tag, where, "PS3.3 A.1.3")
            if element.items and not again and tag not in view.free:
                for number, item in enumerate(view.items(tag), 1):
                    self._unknown(item, f"{path}/{_name(tag)}[{number}]")

    def _is_exempt(self, tag: int) -> bool:
        """Private elements, group lengths and padding belong into every IOD (PS3.5 7.2, 7.8; PS3.3 C.12.2)."""
        if tag == LENGTH_TO_END:
            return self.profile is Profile.DCIODVFY
        return bool(tag >> 16 & 1) or not tag & 0xFFFF or tag == _PADDING


_MESSAGES: Final = {
    "enum": "has the value {!r}, which is none of its enumerated values",
    "defined-term": "has the value {!r}, which is none of its defined terms",
    "zero": "is zero",
}


def _chosen(values: tuple[_Value, ...], position: int) -> Iterator[tuple[int, _Value]]:
    for number, value in enumerate(values, 1):
        if position in {0, number}:
            yield number, value


@lru_cache(maxsize=8192)
def _name(tag: int, keyword: str | None = None) -> str:
    found = keyword_for_tag(tag) if keyword is None else keyword
    return f"{found}({tag >> 16:04x},{tag & 0xFFFF:04x})"
