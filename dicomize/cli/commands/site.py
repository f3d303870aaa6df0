"""dicomize site list, show, new, schema, check."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from dicomize.advice.checking import check_site
from dicomize.cli.outcome import Outcome, combined
from dicomize.errors import DestinationError, ExitCode, MetadataError, UsageError
from dicomize.publish import candidate, publish, require_destination
from dicomize.report.plain import tell
from dicomize.report.sites import show_checks, show_list, show_profile
from dicomize.serialize import to_plain
from dicomize.sites.loading import Stated, load_site, read_site
from dicomize.sites.schema import schema
from dicomize.sites.searching import folders, own_folder, profiles
from dicomize.sites.writing import Draft, profile_text

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def list_sites() -> Outcome:
    """Every profile that a bare name can mean."""
    rows = tuple(_listed())
    results = tuple({"name": name, "file": str(path), "problem": problem} for name, path, problem in rows)
    return Outcome(results, show=partial(show_list, rows, tuple(folders())))


def _listed() -> Iterator[tuple[str, Path, str]]:
    first: dict[str, Path] = {}
    for path in profiles():
        if path.stem in first:
            yield path.stem, path, f"hidden by {first[path.stem]}"
            continue
        first[path.stem] = path
        try:
            read_site(str(path))
        except MetadataError as error:
            yield path.stem, path, f"cannot be loaded: {error}"
        else:
            yield path.stem, path, ""


def show(name: str) -> Outcome:
    """The profile as it counts, and which file says what."""
    loaded = read_site(name)
    result = {
        "name": loaded.profile.name,
        "files": [str(file) for file in loaded.files],
        "entries": [_entry(stated) for stated in loaded.stated],
    }
    return Outcome((result,), show=partial(show_profile, loaded))


def _entry(stated: Stated) -> dict[str, Any]:
    value = stated.value
    pair = stated.entry in {"tools", "attributes"} and isinstance(value, tuple)
    entry = {
        "entry": stated.entry,
        "part": stated.part,
        "value": to_plain(value[1] if pair and isinstance(value, tuple) else value),
        "file": str(stated.file),
    }
    return entry | ({"set": bool(os.environ.get(str(value)))} if stated.entry == "uid_key_env" else {})


def check(name: str) -> Outcome:
    """Whether the profile can do what it says."""
    checks = tuple(check_site(load_site(name)))
    codes = [check.exit_code for check in checks if check.problem]
    results = tuple(to_plain(check) | {"exit_code": int(check.exit_code)} for check in checks)
    return Outcome(results, exit_code=combined(codes) if codes else ExitCode.DONE, show=partial(show_checks, checks))


def new(name: str, output: Path | None, base: str, *, overwrite: bool) -> Outcome:
    """Write a profile in which everything is explained and nothing decided."""
    path = require_place(name, output, overwrite=overwrite)
    values = {"base": base} if base else {}
    write(path, Draft([f"Site profile {name}: dicomize convert --site {name} ..."], values, {}), overwrite=overwrite)
    return Outcome(({"name": name, "file": str(path)},), show=partial(tell, str(path)))


def require_place(name: str, output: Path | None, *, overwrite: bool) -> Path:
    """Where a profile will be written: a file, or the user's folder.

    Raises:
        UsageError: the name cannot be one.
        DestinationExists: the file is there already.
        DestinationError: its folder cannot be made, or is not there.
    """
    if not _NAME.fullmatch(name) or name.endswith(".toml"):
        raise UsageError(f"{name!r} is no name for a profile", "use letters, digits, dots, _ and -, without .toml")
    path = (output or _in_own_folder(name)).absolute()
    require_destination(Path(), path, overwrite=overwrite)
    return path


def write(path: Path, draft: Draft, *, overwrite: bool) -> None:
    """Write a profile, whole or not at all.

    Raises:
        DestinationExists: the file is there already.
        DestinationError: it cannot be written.
        MetadataError: what it says cannot stand in TOML.
    """
    text = profile_text(draft).encode("utf-8")
    with candidate(path, lambda file: file.write(text)) as written:
        publish(written, path, overwrite=overwrite)


def _in_own_folder(name: str) -> Path:
    folder = own_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DestinationError(
            f"the folder {folder} cannot be made: {error.strerror or error}", "name a file with -o"
        ) from None
    return folder / f"{name}.toml"


def print_schema() -> Outcome:
    """The JSON Schema of a profile."""
    parsed = schema()
    return Outcome((parsed,), show=partial(_print_json, parsed))


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2) + "\n")
