"""Frozen records: `dataclasses.dataclass(frozen=True, slots=True)`, defined in a fraction of the time.

The standard library writes and compiles six methods for each class, which takes a third of a millisecond; the vocabulary
of a conversion is some forty classes, and a cold start is on a budget (docs/performance.md). The methods here are the same
for all classes. Whatever reads dataclasses (fields, replace, is_dataclass, type checkers) takes these for what they are.
"""

from __future__ import annotations

import dataclasses
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass

__all__ = ["dataclass", "field"]

_set: Final = object.__setattr__


def _record(*, frozen: bool, slots: bool) -> Callable[[type], type]:
    """A decorator that makes a frozen dataclass with slots, the only kind there is here."""
    if not (frozen and slots):
        raise TypeError("a record is frozen and has slots")
    return _made


def _made(cls: type) -> Any:
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    fields = dataclasses.fields(made)
    methods = {
        "__init__": _initializer(made, fields),
        **_comparison(tuple(f.name for f in fields if f.compare)),
        **_state(tuple(f.name for f in fields)),
    }
    for name, method in (_SHARED | methods).items():
        setattr(made, name, method)
    return made


def _initializer(cls: type, fields: tuple[dataclasses.Field[Any], ...]) -> Callable[..., None]:
    names = tuple(f.name for f in fields if f.init)
    known = frozenset(names)
    made = tuple((f.name, _default(f)) for f in fields)
    finish = getattr(cls, "__post_init__", None)

    def __init__(self: object, *values: object, **named: object) -> None:  # noqa: N807 - becomes a method of that name
        given = dict(zip(names, values, strict=False))
        given.update(named)
        if len(given) != len(values) + len(named) or not known.issuperset(named):
            raise TypeError(f"{cls.__name__}() takes {', '.join(names)}, each once")
        for name, default in made:
            if name in given:
                _set(self, name, given[name])
            elif default is not None:
                _set(self, name, default())
            elif name in known:
                raise TypeError(f"{cls.__name__}() misses {name}")
        if finish is not None:
            finish(self)

    return __init__


def _default(of: dataclasses.Field[Any]) -> Callable[[], object] | None:
    if of.default_factory is not dataclasses.MISSING:
        return of.default_factory
    value = of.default
    return None if value is dataclasses.MISSING else lambda: value


def _comparison(names: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    def values(record: object) -> tuple[object, ...]:
        return tuple([getattr(record, name) for name in names])

    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: object) -> int:  # noqa: N807
        return hash(values(self))

    return {"__eq__": __eq__, "__hash__": __hash__}


def _state(names: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    """For pickle and copy, which would otherwise set the slots one by one."""

    def __getstate__(self: object) -> list[object]:  # noqa: N807
        return [getattr(self, name) for name in names]

    def __setstate__(self: object, state: list[object]) -> None:  # noqa: N807
        for name, value in zip(names, state, strict=True):
            _set(self, name, value)

    return {"__getstate__": __getstate__, "__setstate__": __setstate__}


def _repr(self: Any) -> str:
    shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _no_assignment(_self: object, name: str, _value: object = None) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _no_deletion(_self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


_SHARED: Final[dict[str, Callable[..., Any]]] = {
    "__repr__": _repr,
    "__setattr__": _no_assignment,
    "__delattr__": _no_deletion,
}

if not TYPE_CHECKING:
    dataclass = _record
