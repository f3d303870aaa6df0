"""DCMTK's img2dcm: a JPEG stream or a BMP into a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dicomize.wrappers import dcmtk
from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import IMG2DCM

TOOL: Final = IMG2DCM


def command(program: Path, source: Path, destination: Path) -> Command:
    """Embed a JPEG as it is, with its APPn segments: what shall not be in it must be gone before."""
    return _command(program, ("-i", "JPEG", "-ka"), source, destination)


def bmp_command(program: Path, source: Path, destination: Path) -> Command:
    """Store the pixels of a BMP: 8-bit grey (palette) or 24-bit RGB come out as they are."""
    return _command(program, ("-i", "BMP"), source, destination)


def bare_command(program: Path, source: Path, destination: Path) -> Command:
    """As people run it: no options, and the whole data dictionary."""
    return Command(argv=(argument(program), argument(source), argument(destination)))


def _command(program: Path, options: tuple[str, ...], source: Path, destination: Path) -> Command:
    return Command(
        argv=(argument(program), *options, argument(source), argument(destination)),
        env=dcmtk.ENVIRONMENT,
        produces=Path(argument(destination)),
    )
