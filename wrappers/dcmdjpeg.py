"""DCMTK's dcmdjpeg: an encapsulated JPEG into native pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dicomize.wrappers import dcmtk
from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import DCMDJPEG

TOOL: Final = DCMDJPEG


def command(program: Path, source: Path, destination: Path, *, convert_color: bool = True) -> Command:
    """Decode to Explicit VR Little Endian, colour by pixel; YCbCr becomes RGB unless told otherwise."""
    color = "+cp" if convert_color else "+cn"
    return Command(
        argv=(argument(program), color, "+px", argument(source), argument(destination)),
        env=dcmtk.ENVIRONMENT,
        produces=Path(argument(destination)),
    )
