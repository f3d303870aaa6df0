"""Files that attributes come from, as bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dicomize.errors import MetadataError

_LARGEST: Final = 64 * 1024 * 1024
"""bytes; attributes are text, and pictures have no place here"""


def shown(path: Path) -> str:
    """A file's name, for a message of one line."""
    return str(path) if str(path).isprintable() else repr(str(path))


def read_whole(path: Path) -> bytes:
    """All of a file that holds attributes; one that never ends, such as a device, does not fill the memory.

    Raises:
        MetadataError: it cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise MetadataError(f"{shown(path)} does not exist", "check the name") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise MetadataError(f"{shown(path)} cannot be read: {why}", "check the name") from None
    if len(raw) > _LARGEST:
        raise MetadataError(f"{shown(path)} is larger than 64 MiB", "leave out what is no attribute")
    return raw
