"""DCMTK's dcmcrle: native pixels into RLE."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dicomize.wrappers import dcmtk
from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import DCMCRLE

TOOL: Final = DCMCRLE


def command(program: Path, source: Path, destination: Path, options: tuple[str, ...] = ()) -> Command:
    """Compress; without options without loss, as always."""
    return Command(
        argv=(argument(program), *options, argument(source), argument(destination)),
        env=dcmtk.ENVIRONMENT,
        produces=Path(argument(destination)),
    )
