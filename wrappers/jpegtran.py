"""libjpeg's jpegtran: turn a JPEG losslessly, without its metadata."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import JPEGTRAN

TOOL: Final = JPEGTRAN

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


def command(program: Path, source: Path, destination: Path, orientation: int = 1) -> Command:
    """Undo an Exif orientation (1: leave the picture as it is), or fail where blocks at the edge do not allow it.

    jpegtran exits with 2 when it only warned; that covers truncated files, so it is no success.

    Raises:
        ValueError: the orientation is not 1 to 8.
    """
    if orientation not in range(1, 9):
        raise ValueError(f"not an Exif orientation: {orientation}")
    options = ("-copy", "none", "-perfect", *_TRANSFORMS[orientation - 1])
    return Command(
        argv=(argument(program), *options, "-outfile", argument(destination), argument(source)),
        produces=Path(argument(destination)),
    )
