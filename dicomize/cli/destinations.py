"""SOURCE… DEST -> one destination for each source."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from dicomize.errors import DestinationError, UsageError
from dicomize.publish import mode_of


def is_folder(text: str, sources: int) -> bool:
    """Whether DEST means a folder: it is one, is written as one, or has to take several files."""
    return sources > 1 or text.endswith(("/", os.sep)) or stat.S_ISDIR(mode_of(Path(text)))


def destinations(sources: Sequence[Path], text: str) -> tuple[Path, ...]:
    """Where each result goes. In a folder photo.jpg becomes photo.dcm, or photo.jpg.dcm where two would collide.

    Raises:
        UsageError: two sources would get the same destination, or DEST is a file where a folder is needed.
    """
    if not is_folder(text, len(sources)):
        return (Path(text),)
    folder = Path(text)
    if mode_of(folder) and not stat.S_ISDIR(mode_of(folder)):
        raise UsageError(f"{folder} is no folder, so results cannot be put into it", "name a folder")
    # file systems that ignore case would let Photo.dcm overwrite photo.dcm
    stems = Counter(source.stem.casefold() for source in sources)
    names = [(s.stem if stems[s.stem.casefold()] == 1 else s.name) + ".dcm" for s in sources]
    twice = [name for name, count in Counter(n.casefold() for n in names).items() if count > 1]
    if twice:
        raise UsageError(f"two sources would both become {folder / twice[0]}", "convert them into different folders")
    return tuple(folder / name for name in names)


def make_folder(text: str) -> None:
    """Make the destination folder, if it is not there.

    Raises:
        DestinationError: it cannot be made.
    """
    try:
        Path(text).mkdir(exist_ok=True)
    except OSError as error:
        raise DestinationError(
            f"the folder {text} cannot be made: {error.strerror or error}", "make its parent folder first"
        ) from None
