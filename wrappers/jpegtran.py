"""libjpeg's jpegtran: turn, crop and blacken a JPEG losslessly, without its metadata."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import JPEGTRAN

if TYPE_CHECKING:
    from dicomize.model import Rectangle

TOOL: Final = JPEGTRAN
SOURCE: Final = "upright-source.jpg"
RESULT: Final = "upright.jpg"

_TRANSFORMS: Final = (
    (),
    ("-flip", "horizontal"),
    ("-rotate", "180"),
    ("-flip", "vertical"),
    ("-transpose",),
    ("-rotate", "90"),
    ("-transverse",),
    ("-rotate", "270"),
)
"""what turns a picture of Exif orientation 1 to 8 upright (Exif 2.32, 4.6.4 A, tag 274)"""


class Work(NamedTuple):
    """What is to be done. Rectangles are made of whole MCUs of the picture as it lies."""

    orientation: int = 1
    """the Exif orientation to undo, last"""
    blacken: tuple[Rectangle, ...] = ()
    keep: Rectangle | None = None
    """None: all of it"""


def commands(program: Path, scratch: Path, work: Work) -> tuple[Command, ...]:
    """Blacken, crop and turn SOURCE into RESULT in a folder, one run for each; the black pictures must be there.

    An orientation that the blocks at the edges do not allow makes jpegtran fail. It exits with 2 when it only warned, as of a
    truncated file; that is no success.

    Raises:
        ValueError: the orientation is not 1 to 8.
    """
    options = tuple(_options(scratch, work))
    names = (SOURCE, *(f"step-{n}.jpg" for n in range(1, len(options))), RESULT)
    return tuple(
        _command(program, scratch / source, scratch / made, words)
        for words, source, made in zip(options, names, names[1:], strict=False)
    )


def _command(program: Path, source: Path, destination: Path, options: tuple[str, ...]) -> Command:
    return Command(
        argv=(argument(program), "-copy", "none", *options, "-outfile", argument(destination), argument(source)),
        produces=Path(argument(destination)),
    )


def _turning(orientation: int) -> tuple[str, ...]:
    if orientation not in range(1, 9):
        raise ValueError(f"not an Exif orientation: {orientation}")
    return ("-perfect", *_TRANSFORMS[orientation - 1])


def _options(scratch: Path, work: Work) -> Iterator[tuple[str, ...]]:
    for part in work.blacken:
        name = f"black-{part.x}-{part.y}-{part.width}-{part.height}.jpg"
        yield ("-drop", f"+{part.x}+{part.y}", argument(scratch / name))
    if work.keep is not None:
        yield ("-crop", f"{work.keep.width}x{work.keep.height}+{work.keep.x}+{work.keep.y}")
    if work.orientation != 1 or not (work.blacken or work.keep):
        yield _turning(work.orientation)


def dropped(command: Command) -> tuple[Path, tuple[int, int]] | None:
    """The picture that a run drops into another, and its width and height."""
    if "-drop" not in command.argv:
        return None
    path = Path(command.argv[command.argv.index("-drop") + 2])
    *_, width, height = path.stem.split("-")
    return path, (int(width), int(height))
