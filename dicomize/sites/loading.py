"""A profile's file, and those that it is based on -> a SiteProfile, and which file said what."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dicomize.errors import DicomizeError, MetadataError
from dicomize.model import SiteProfile
from dicomize.sites.entries import ENTRIES, parts_of
from dicomize.sites.searching import find, folders, is_bare


class Stated(NamedTuple):
    """One part of an entry: the value that counts, and the file that says it."""

    entry: str
    part: str
    """the program, attribute, backend or requirement; empty for an entry of one part"""
    value: object
    file: Path


class LoadedProfile(NamedTuple):
    """A profile, and where it comes from."""

    profile: SiteProfile
    stated: tuple[Stated, ...]
    """what counts, in the order of the table of entries"""
    files: tuple[Path, ...]
    """the file that was named, then those that it is based on"""


def load_site(name: str) -> SiteProfile:
    """A profile: of a bare name the first that is found, of anything else the file; of nothing the empty profile.

    Raises:
        MetadataError: there is none, it is no TOML, or an entry is unknown or wrong.
    """
    return read_site(name).profile if name else SiteProfile()


def read_site(name: str) -> LoadedProfile:
    """A profile and where each of its entries comes from; see `load_site`."""
    path = _path_of(name, Path(), "")
    files: list[Path] = []
    said: dict[tuple[str, str], Stated] = {}
    for file, parts in reversed(list(_chain(path))):
        files.insert(0, file)
        said.update({(s.entry, s.part): s for s in parts})
    stated = tuple(sorted(said.values(), key=lambda s: list(ENTRIES).index(s.entry)))
    return LoadedProfile(_profile(path, stated), stated, tuple(files))


def _chain(path: Path) -> Iterator[tuple[Path, tuple[Stated, ...]]]:
    """The file and its bases; what concerns a base alone is not handed down."""
    seen: dict[Path, Path] = {}
    while True:
        key = _resolved(path)
        if key in seen:
            circle = " -> ".join(str(p) for p in (*list(seen.values())[list(seen).index(key) :], path))
            raise MetadataError(f"the site profile {path} is based on itself: {circle}", "take one base out")
        parts = _parts(path)
        yield path, tuple(s for s in parts if s.entry != "base" and not (seen and s.entry == "name"))
        seen[key] = path
        base = next((s.value for s in parts if s.entry == "base"), "")
        if not base:
            return
        path = _path_of(str(base), path.parent, f", which {path} is based on")


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path


def _profile(path: Path, stated: tuple[Stated, ...]) -> SiteProfile:
    fields: dict[str, Any] = {"name": path.stem}
    for said in stated:
        entry = ENTRIES[said.entry]
        if entry.many:
            fields[entry.field] = (*fields.get(entry.field, ()), said.value)
        else:
            fields[entry.field] = said.value
    return SiteProfile(**fields)


def _parts(path: Path) -> tuple[Stated, ...]:
    """What one file says."""
    stated: list[Stated] = []
    for key, value in _table(path).items():
        try:
            stated += (Stated(key, part, said, path) for part, said in parts_of(key, value, path.parent))
        except DicomizeError as error:
            raise MetadataError(f"{key} in the site profile {path} is wrong: {error.message}", error.remedy) from None
        except (TypeError, ValueError) as error:
            raise MetadataError(f"{key} in the site profile {path} is wrong: {error}") from None
    return tuple(stated)


def _table(path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - most runs name no profile

    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise MetadataError(
            f"there is no site profile {path}",
            "name a TOML file, such as ./site.toml; dicomize site list says which exist",
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise MetadataError(f"the site profile {path} is no TOML: {error}") from None
    except (OSError, ValueError, RuntimeError, RecursionError) as error:
        why = getattr(error, "strerror", None) or error
        raise MetadataError(f"the site profile {shown(path)} cannot be read: {why}") from None


def _path_of(name: str, folder: Path, because: str) -> Path:
    """The file of a profile; a relative path counts from the folder of who states it."""
    if not is_bare(name):
        # Path.expanduser raises where there is no such user
        return (folder / os.path.expanduser(name)).absolute()  # noqa: PTH111
    found = find(name)
    if found is None:
        looked = ", ".join(str(f) for f in folders())
        raise MetadataError(
            f"there is no site profile {name}{because}, in {looked}", "dicomize site list says which exist"
        )
    return found


def shown(path: Path) -> str:
    """A path for a message, whatever its name."""
    return str(path) if str(path).isprintable() else repr(str(path))
