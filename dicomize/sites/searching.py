"""Where profiles with a short name live.

The folders that DICOMIZE_SITES names, then the user's configuration folder, then those of the system, by the custom of
each platform.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

VARIABLE: Final = "DICOMIZE_SITES"


def folders() -> Iterator[Path]:
    """The folders that are searched, in order, whether they exist or not."""
    for name in os.environ.get(VARIABLE, "").split(os.pathsep):
        if name:
            yield Path(name).absolute()
    from platformdirs import PlatformDirs  # noqa: PLC0415 - most runs name no profile

    for folder in PlatformDirs("dicomize", appauthor=False, multipath=True).iter_config_dirs():
        yield Path(folder, "sites")


def own_folder() -> Path:
    """Where a new profile goes: the first of the folders that are searched."""
    return next(folders())


def is_bare(name: str) -> bool:
    """Whether a name is one to search for: it must not depend on what lies in the current folder."""
    return Path(name).name == name and not name.endswith(".toml")


def find(name: str) -> Path | None:
    """The first profile of a bare name."""
    return next((path for path in (folder / f"{name}.toml" for folder in folders()) if path.is_file()), None)


def profiles() -> Iterator[Path]:
    """Every profile in the folders that are searched, in order; of two with one name the first is the one that counts."""
    for folder in dict.fromkeys(folders()):
        if folder.is_dir():
            yield from sorted(path for path in folder.glob("*.toml") if path.is_file())
