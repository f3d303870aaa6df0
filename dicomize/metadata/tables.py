"""--metadata FILE: attributes in JSON, TOML or YAML, as keys and texts.

A file is a table of keys, in any of the four spellings, and values: text, numbers, lists of several, and for sequences a
list of tables, or one table. Or it is a data set in the DICOM JSON Model (PS3.18 F). Both say what `-k` would say.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from dicomize.errors import MetadataError
from dicomize.metadata import jsonmodel
from dicomize.metadata.elements import Pair
from dicomize.metadata.keys import DEEPEST
from dicomize.metadata.reading import read_whole, shown

_MOST: Final = 100_000
"""attributes; a file of more repeats itself through references"""


def read_table(path: Path) -> tuple[Pair, ...]:
    """Keys and values of a file whose name ends in .json, .toml, .yaml or .yml.

    Raises:
        MetadataError: it cannot be read, is not what its name says, or holds what is no value.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise MetadataError(
            f"the name of {shown(path)} does not say what it is", f"let it end in {', '.join(_READERS)}"
        )
    raw = read_whole(path)
    try:
        table = read(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        why = " ".join(str(error).split()) or "its tables are too deep"
        raise MetadataError(f"{shown(path)} cannot be read: {why}", "correct it there") from None
    return _bounded(_pairs(_one_data_set(table), ""))


def _bounded(pairs: Iterator[Pair]) -> tuple[Pair, ...]:
    found = []
    for pair in pairs:
        found.append(pair)
        if len(found) > _MOST:
            raise MetadataError(f"the file has more than {_MOST} attributes", "leave out what is no attribute")
    return tuple(found)


def _one_data_set(table: Any) -> dict[str, Any]:
    """The table itself; DICOMweb gives a list of data sets, of which one is meant here."""
    if isinstance(table, list) and len(table) == 1:
        (table,) = table
    if not isinstance(table, dict):
        raise MetadataError("it is no table of keys and values", "write one data set: keys, and a value for each")
    return table


def _pairs(table: dict[str, Any], path: str, depth: int = 0) -> Iterator[Pair]:
    if depth > DEEPEST:  # YAML can make a table that holds itself
        raise MetadataError(f"the file has tables in each other, more than {DEEPEST} deep", "make them flatter")
    for key, value in table.items():
        where = f"{path}{key}"
        if isinstance(value, dict) and "vr" in value:
            value = jsonmodel.value_of(where, str(key), value)  # noqa: PLW2901 - from here on it is as in a plain table
        items = [value] if isinstance(value, dict) else value
        if isinstance(items, list) and items and all(isinstance(item, dict) for item in items):
            # a sequence replaces whatever was there; no key can name an item that holds nothing
            yield where, ""
            for number, item in enumerate(filter(None, items)):
                yield from _pairs(item, f"{where}[{number}].", depth + 1)
        else:
            yield where, _text(where, value)


def _text(where: str, value: object) -> str:
    if isinstance(value, list):
        return "\\".join(_one(where, v) for v in value)
    return _one(where, value)


def _one(where: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        raise MetadataError(f"{where} is {str(value).lower()}, which no attribute can be", 'write text, such as "YES"')
    if isinstance(value, int | float):
        return str(value)
    # dates and times of TOML
    if isinstance(value, datetime.datetime):
        zone = value.strftime("%z")
        return value.strftime("%Y%m%d%H%M%S.%f") + zone
    if isinstance(value, datetime.date):
        return value.strftime("%Y%m%d")
    if isinstance(value, datetime.time):
        return value.strftime("%H%M%S.%f" if value.microsecond else "%H%M%S")
    raise MetadataError(f"{where} is no value", "write text, a number, a list of them, or tables for a sequence")


# ---------------------------------------------------------------- formats


def _json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_distinct, parse_constant=_no_number)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"it says {twice!r} twice")
    return table


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _toml(text: str) -> Any:
    import tomllib  # noqa: PLC0415 - only a file of its kind needs it

    return tomllib.loads(text)


def _yaml(text: str) -> Any:
    from dicomize.metadata.yamlfile import load  # noqa: PLC0415 - as above

    return load(text)


_READERS: Final[dict[str, Callable[[str], Any]]] = {".json": _json, ".toml": _toml, ".yaml": _yaml, ".yml": _yaml}
