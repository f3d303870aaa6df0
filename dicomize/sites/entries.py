"""The entries that a profile may have, and what each becomes in a SiteProfile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from dicomize.errors import DicomizeError
from dicomize.metadata.iod import sop_classes
from dicomize.metadata.uids import check_root
from dicomize.metadata.values import check_character_set
from dicomize.model import Redaction, UIDMode
from dicomize.rectangles import parse_rectangle
from dicomize.sites import requirements
from dicomize.sites.described import described
from dicomize.sites.values import located, meant, require_known, seconds, table_of, text_of, texts_of

Parts = Iterable[tuple[str, object]]
"""what an entry says, part by part: those of a base are overridden one by one; an entry of one part has no name"""


class Entry(NamedTuple):
    """An entry: the field of SiteProfile, whether it holds many parts, and how TOML's value becomes these.

    Converting raises TypeError, ValueError or DicomizeError.
    """

    field: str
    many: bool
    parts: Callable[[object, Path], Parts]


def parts_of(key: str, value: object, folder: Path) -> Parts:
    """What one entry of a profile in `folder` says.

    Raises:
        TypeError, ValueError, DicomizeError: it is unknown or wrong.
    """
    if key == "uid_key":
        raise ValueError(
            "a secret does not belong into a file that is copied and shown; put it into an environment variable, "
            'and name that: uid_key_env = "DICOMIZE_UID_KEY"'
        )
    if key not in ENTRIES:
        raise ValueError(f"it is unknown; {meant(key, ENTRIES)}")
    return tuple(ENTRIES[key].parts(value, folder))


def _one(field: str, convert: Callable[[object], object]) -> Entry:
    return Entry(field, many=False, parts=lambda value, _folder: (("", convert(value)),))


def _attributes(value: object, _folder: Path) -> Iterator[tuple[str, object]]:
    for key, v in table_of(value).items():
        yield key, (key, _number_or_text(key, v))


def _number_or_text(key: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"{key} must be text or a number, in quotes where it has dots")


def _programs(value: object, folder: Path) -> Iterator[tuple[str, object]]:
    for program, path in table_of(value).items():
        yield program, (program, located(text_of(path), folder))


def _backends(value: object, folder: Path) -> Iterator[tuple[str, object]]:
    for name, table in table_of(value).items():
        try:
            yield name, described(name, table, folder)
        except (TypeError, ValueError) as error:
            raise ValueError(f"[backend.{name}] {error}") from None


def _redactions(value: object, _folder: Path) -> Iterator[tuple[str, object]]:
    for name, table in table_of(value).items():
        try:
            yield name, _redaction(name, table_of(table))
        except (TypeError, ValueError, DicomizeError) as error:
            raise ValueError(f"[redact.{name}] {getattr(error, 'message', error)}") from None


def _redaction(name: str, table: dict[str, Any]) -> Redaction:
    require_known(table, REDACTION)
    if missing := [key for key in REDACTION if key not in table]:
        raise ValueError(f"it lacks {missing[0]}")
    columns, rows = (_side(key, table[key]) for key in ("columns", "rows"))
    rectangles = tuple(parse_rectangle(text, "rectangles:") for text in texts_of(table["rectangles"]))
    if not rectangles or any(r.right > columns or r.bottom > rows for r in rectangles):
        raise ValueError(f"rectangles must hold at least one, each within {columns} x {rows}")
    return Redaction(name, text_of(table["model"]).strip(), columns, rows, rectangles)


def _side(key: str, value: object) -> int:
    if type(value) is not int or not 1 <= value <= 65535:
        raise ValueError(f"{key} must be a number of pixels, from 1 to 65535")
    return value


def _requirements(value: object, _folder: Path) -> Iterator[tuple[str, object]]:
    for text in texts_of(value):
        yield requirements.parse(text).name, text


def _sop_class(value: object) -> str:
    sop_classes(text_of(value))
    return text_of(value)


def _character_set(value: object) -> str:
    if text := text_of(value):
        check_character_set(text)
    return text_of(value)


def _uid_root(value: object) -> str:
    if text := text_of(value):
        check_root(text)
    return text_of(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("it must be true or false")
    return value


def _uids(value: object) -> UIDMode:
    if value not in list(UIDMode):
        raise ValueError(f"it must be {' or '.join(UIDMode)}")
    return UIDMode(text_of(value))


def _variable(value: object) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text_of(value)):
        raise ValueError("it must be the name of an environment variable, not the secret itself")
    return text_of(value)


REDACTION: Final = ("model", "columns", "rows", "rectangles")
"""what a table [redact.NAME] has, all of it"""

ENTRIES: Final[dict[str, Entry]] = {
    "base": _one("base", text_of),
    "name": _one("name", text_of),
    "backends": _one("backends", texts_of),
    "requires": Entry("requires", many=True, parts=_requirements),
    "sop_class": _one("sop_class", _sop_class),
    "transfer_syntax": _one("transfer_syntax", text_of),
    "character_set": _one("character_set", _character_set),
    "uids": _one("uids", _uids),
    "uid_root": _one("uid_root", _uid_root),
    "uid_key_env": _one("uid_key_env", _variable),
    "require_no_text": _one("require_no_text", _flag),
    "imagemagick": _one("imagemagick", _flag),
    "timeout": _one("timeout", seconds),
    "tools": Entry("tools", many=True, parts=_programs),
    "attributes": Entry("attributes", many=True, parts=_attributes),
    "redact": Entry("redactions", many=True, parts=_redactions),
    "backend": Entry("configured", many=True, parts=_backends),
}
"""name in TOML -> what it becomes; `base` and `name` concern the file and are not handed down"""
