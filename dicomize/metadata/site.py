"""Site profiles: what one site wants of every conversion, in TOML.

name = "Dermatology, building 4"
backends = ["dcmtk", "pydicom"]      # order of preference
sop_class = "photo"
transfer_syntax = "as-is"
character_set = "ISO_IR 192"
uids = "derived"                     # or "random"
uid_key = "a secret of the site"     # or uid_root
timeout = 60                         # seconds for one run of a program

[tools]
img2dcm = "/opt/dcmtk-3.6.7/bin/img2dcm"   # or relative to the folder of the profile

[attributes]
InstitutionName = "General Hospital"
"(0008,1032)[0].CodeMeaning" = "Photograph"
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from dicomize.errors import DicomizeError, MetadataError
from dicomize.metadata.iod import sop_class
from dicomize.metadata.uids import check_root
from dicomize.metadata.values import check_character_set
from dicomize.model import SiteProfile, UIDMode


def sites_folder() -> Path:
    """Where profiles with a short name live: DICOMIZE_SITES, or the user's configuration folder."""
    if named := os.environ.get("DICOMIZE_SITES"):
        return Path(named)
    base = os.environ.get("XDG_CONFIG_HOME") or os.environ.get("APPDATA") or "~/.config"
    return Path(base).expanduser() / "dicomize" / "sites"


def load_site(name: str) -> SiteProfile:
    """A profile: of a bare name the one in `sites_folder()`, of anything else the file; of nothing the empty profile.

    Raises:
        MetadataError: there is none, it is no TOML, or an entry is unknown or wrong.
    """
    if not name:
        return SiteProfile()
    import tomllib  # noqa: PLC0415 - most runs name no profile

    path = Path(name)
    try:
        # a bare name must not depend on what lies in the current folder
        if path.name == name and path.suffix != ".toml":
            path = sites_folder() / f"{name}.toml"
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise MetadataError(
            f"there is no site profile {path}", "name a TOML file, such as ./site.toml, or a profile that exists"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise MetadataError(f"the site profile {path} is no TOML: {error}") from None
    except (OSError, ValueError, RuntimeError, RecursionError) as error:
        why = getattr(error, "strerror", None) or error
        raise MetadataError(f"the site profile {_shown(path)} cannot be read: {why}") from None
    return _profile(path.absolute(), table)


def _shown(path: Path) -> str:
    return str(path) if str(path).isprintable() else repr(str(path))


def _profile(path: Path, table: dict[str, Any]) -> SiteProfile:
    fields: dict[str, Any] = {"name": path.stem}
    for key, value in table.items():
        convert = _ENTRIES.get(key)
        if convert is None:
            raise MetadataError(
                f"the site profile {path} has an unknown entry {key!r}", f"entries: {', '.join(_ENTRIES)}"
            )
        try:
            fields[key] = convert(value)
        except DicomizeError as error:
            raise MetadataError(f"{key} in the site profile {path} is wrong: {error.message}", error.remedy) from None
        except (TypeError, ValueError) as error:
            raise MetadataError(f"{key} in the site profile {path} is wrong: {error}") from None
    fields["tools"] = tuple(_located(fields.get("tools", ()), path.parent))
    return SiteProfile(**fields)


def _located(tools: tuple[tuple[str, str], ...], folder: Path) -> Iterator[tuple[str, Path]]:
    """Paths of programs, from the folder of the profile; `~` is the user's home."""
    for program, text in tools:
        path = Path(text)
        if text.startswith("~"):
            path = Path(os.path.expanduser(text))  # noqa: PTH111 - Path.expanduser raises where there is no such user
        yield program, folder / path


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("it must be text")
    return value


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("it must be a list of names")
    return tuple(_text(v) for v in value)


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 86400:
        raise ValueError("it must be a number of seconds, more than 0")
    return float(value)


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise TypeError("it must be a table of text")
    return tuple((key, _number_or_text(key, v)) for key, v in value.items())


def _number_or_text(key: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"{key} must be text or a number, in quotes where it has dots")


def _programs(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise TypeError("it must be a table of paths")
    return tuple((program, _text(path)) for program, path in value.items())


def _sop_class(value: object) -> str:
    sop_class(_text(value))
    return _text(value)


def _character_set(value: object) -> str:
    if text := _text(value):
        check_character_set(text)
    return _text(value)


def _uid_root(value: object) -> str:
    if text := _text(value):
        check_root(text)
    return _text(value)


def _uids(value: object) -> UIDMode:
    if value not in list(UIDMode):
        raise ValueError(f"it must be {' or '.join(UIDMode)}")
    return UIDMode(_text(value))


_ENTRIES: Final[dict[str, Callable[[object], object]]] = {
    "name": _text,
    "backends": _names,
    "tools": _programs,
    "attributes": _pairs,
    "sop_class": _sop_class,
    "transfer_syntax": _text,
    "character_set": _character_set,
    "uids": _uids,
    "uid_root": _uid_root,
    "uid_key": _text,
    "timeout": _seconds,
}
