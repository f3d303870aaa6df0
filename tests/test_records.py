"""Our records behave as frozen dataclasses with slots do: each statement is made of both."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from dicomize import records


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """A record of the standard library."""

    name: str
    count: int = 1
    parts: list[int] = dataclasses.field(default_factory=list)
    hidden: str = dataclasses.field(default="", repr=False)
    note: str = dataclasses.field(default="", compare=False)
    double: int = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", 2 * self.count)


@records.dataclass(frozen=True, slots=True)
class Ours:
    """One of ours."""

    name: str
    count: int = 1
    parts: list[int] = records.field(default_factory=list)
    hidden: str = records.field(default="", repr=False)
    note: str = records.field(default="", compare=False)
    double: int = records.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", 2 * self.count)


@records.dataclass(frozen=True, slots=True)
class Hashed:
    """One without anything that cannot be hashed."""

    name: str
    count: int = 1


BOTH = pytest.mark.parametrize("record", [Theirs, Ours])


@BOTH
def test_values_defaults_and_factories(record: Any) -> None:
    one = record("a", parts=[1])
    assert (one.name, one.count, one.parts, one.double) == ("a", 1, [1], 2)
    assert record("a").parts is not record("a").parts
    assert record("a", 4, [], "x", "y") == record(note="z", hidden="x", count=4, name="a")


@BOTH
@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        (("a",), {"name": "b"}),
        (("a",), {"unknown": 1}),
        (("a", 1, [], "", "", 2), {}),
        (("a",), {"double": 2}),
    ],
)
def test_what_does_not_fit(record: Any, values: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        record(*values, **named)


@BOTH
def test_it_is_frozen_and_has_no_other_attributes(record: Any) -> None:
    one = record("a")
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'name'"):
        one.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'name'"):
        del one.name
    assert not hasattr(one, "__dict__")


@BOTH
def test_equality(record: Any) -> None:
    assert record("a") == record("a", note="of no importance")
    assert record("a") != record("a", hidden="x")
    assert record("a") != ("a", 1, [], "", 2)


@BOTH
def test_what_reads_dataclasses(record: Any) -> None:
    assert dataclasses.is_dataclass(record("a"))
    one = record("a", 3)
    assert [f.name for f in dataclasses.fields(one)] == ["name", "count", "parts", "hidden", "note", "double"]
    assert dataclasses.replace(one, count=5).double == 10
    assert dataclasses.asdict(one)["count"] == 3
    assert repr(one) == f"{record.__name__}(name='a', count=3, parts=[], note='', double=6)"
    match one:
        case record(name, count):
            assert (name, count) == ("a", 3)
        case _:
            pytest.fail("it does not match")


@BOTH
def test_copies_and_pickles(record: Any) -> None:
    one = record("a", parts=[1])
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own bytes
    assert copy.deepcopy(one) == one
    assert copy.copy(one).parts is one.parts


def test_hashes() -> None:
    assert len({Hashed("a"), Hashed("a"), Hashed("b")}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(Ours("a"))


def test_only_frozen_ones() -> None:
    with pytest.raises(TypeError, match="frozen"):
        records.dataclass(frozen=False, slots=True)(Hashed)
