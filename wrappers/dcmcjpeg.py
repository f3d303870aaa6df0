"""DCMTK's dcmcjpeg: native pixels into JPEG, lossless or lossy."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dicomize.wrappers import dcmtk
from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import DCMCJPEG

TOOL: Final = DCMCJPEG


def command(program: Path, source: Path, destination: Path, options: tuple[str, ...] = ()) -> Command:
    """Compress; without options by the lossless process, first-order prediction."""
    return Command(
        argv=(argument(program), *options, argument(source), argument(destination)),
        env=dcmtk.ENVIRONMENT,
        produces=Path(argument(destination)),
    )
