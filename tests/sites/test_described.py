"""The entries of [backend.NAME]."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from dicomize.sites.described import described

COMMAND = "command = ['/t', '{source}', '{destination}']"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it needs a type, or a command or raw_command"),
        ("timeout = 5", "it needs a type, or a command or raw_command"),
        ("type = 'dcmtk'", "it must name the programs of the build in tools"),
        ("type = 'dcmtk'\ntools = {}", "it must name the programs of the build in tools"),
        ("type = ''\ntools = { a = 'b' }", "type: it must name a backend"),
        ("type = 1", "type: it must be text"),
        (f"type = 'dcmtk'\n{COMMAND}", "command describes a program of your own, and type another build"),
        (f"tools = {{ a = 'b' }}\n{COMMAND}", "tools needs a type"),
        ("tols = {}", "'tols' is unknown; did you mean tools?"),
        ("command = 'x {source} {destination}'", "command: it must be a list of text"),
        ("command = []", "command: it must begin with a program"),
        ("command = ['']", "command: it must begin with a program"),
        ("command = ['/t', '{source}']", "command: it must hold {destination}"),
        ("command = ['{source}', '{destination}']", "command: it must hold {source}"),
        ('command = ["/t", "a\\u0000", "{source}", "{destination}"]', "NUL"),
        (f"{COMMAND}\naccepts = {{ bits = [8] }}", "accepts: 'bits' is unknown; there are SOPClassUID,"),
        (f"{COMMAND}\naccepts = {{ BitsStored = 8 }}", "accepts: each attribute needs a list of values"),
        (f"{COMMAND}\naccepts = {{ BitsStored = [true] }}", "accepts: it must be text"),
        (f"{COMMAND}\nenvironment = {{ 'A=B' = 'x' }}", "environment: a variable has a name without ="),
        (f"{COMMAND}\nenvironment = {{ A = 1 }}", "environment: it must be text"),
        (f"{COMMAND}\nversion_pattern = '('", "version_pattern: it is no regular expression"),
        (f"{COMMAND}\nversion_pattern = 'v.*'", "version_pattern: the version must stand in parentheses"),
        (f"{COMMAND}\nversion_args = '--version'", "version_args: it must be a list of text"),
        (f"{COMMAND}\ntimeout = -1", "timeout: it must be a number of seconds"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        described("own", tomllib.loads(text), Path("/site"))
    assert says in str(caught.value)


@pytest.mark.parametrize("name", ["", "Own", "-own", "o wn", "öwn", "own/x"])
def test_a_name_can_be_typed(name: str) -> None:
    with pytest.raises(ValueError, match="is no name for a backend"):
        described(name, tomllib.loads(COMMAND), Path("/site"))


def test_a_table_is_wanted() -> None:
    with pytest.raises(TypeError, match="it must be a table"):
        described("own", "x", Path("/site"))
