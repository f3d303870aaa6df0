"""Values of a profile's entries, by the forms that TOML knows. Each function raises TypeError or ValueError."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def text_of(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("it must be text")
    return value


def texts_of(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("it must be a list of text")
    return tuple(text_of(v) for v in value)


def table_of(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("it must be a table")
    return value


def seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 86400:
        raise ValueError("it must be a number of seconds, more than 0 and at most 86400")
    return float(value)


def located(text: str, folder: Path) -> Path:
    """A path, from the folder of the profile; `~` is the user's home."""
    if "\0" in text:
        raise ValueError("a path holds a NUL character")
    if text.startswith("~"):
        text = os.path.expanduser(text)  # noqa: PTH111 - Path.expanduser raises where there is no such user
    return folder / text


def require_known(given: Iterable[str], known: tuple[str, ...]) -> None:
    """Raise ValueError on the first name that is not known, with the one that was probably meant."""
    for name in given:
        if name not in known:
            raise ValueError(f"{name!r} is unknown; {meant(name, known)}")


def meant(name: str, known: Iterable[str]) -> str:
    """What somebody probably wanted to write, and what there is."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    names = tuple(dict.fromkeys(known))
    close = get_close_matches(name, names, 1)
    return f"did you mean {close[0]}? There are {', '.join(names)}" if close else f"there are {', '.join(names)}"
