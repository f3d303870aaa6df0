"""Command lines of a site's own programs."""

from __future__ import annotations

import pytest

from dicomize.sites.placeholders import PLACEHOLDERS, check_arguments, fill

BOTH = ["{source}", "{destination}"]


def test_each_argument_stays_one_whatever_a_name_holds() -> None:
    values = {"source": "/a b/$(x);'\"{Rows}.jpg", "destination": "/-o", "Rows": "7"}
    assert [fill(a, values) for a in ("--in={source}", "{destination}", "{Rows}x{Rows}", "{{Rows}}", "plain", "")] == [
        "--in=/a b/$(x);'\"{Rows}.jpg", "/-o", "7x7", "{Rows}", "plain", "",
    ]  # fmt: skip


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_every_placeholder(name: str) -> None:
    check_arguments([*BOTH, f"--x={{{name}}}"])
    assert fill(f"<{{{name}}}>", dict.fromkeys(PLACEHOLDERS, "v")) == "<v>"


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("{rows}", "{rows} is no placeholder; there are source, destination,"),
        ("{}", "{} is no placeholder"),
        ("{0}", "{0} is no placeholder"),
        ("{source.name}", "{source.name} is no placeholder"),
        ("{source[0]}", "{source[0]} is no placeholder"),
        ("{source!r}", "{source!r} is no placeholder"),
        ("{Rows:05}", "{Rows:05} is no placeholder"),
        ("{source", "'{source' has a brace without its partner"),
        ("}", "has a brace without its partner"),
    ],
)
def test_nothing_else_is_one(argument: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"brace|placeholder") as caught:
        check_arguments([*BOTH, argument])
    assert says in str(caught.value)


@pytest.mark.parametrize("missing", BOTH)
def test_both_files_must_be_in_it(missing: str) -> None:
    with pytest.raises(ValueError, match=f"it must hold {missing}"):
        check_arguments([a for a in BOTH if a != missing])
