"""DCMTK's dcmdjpls: an encapsulated JPEG-LS picture into native pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dicomize.wrappers import dcmtk
from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import DCMDJPLS

TOOL: Final = DCMDJPLS


def command(program: Path, source: Path, destination: Path) -> Command:
    """Decode to Explicit VR Little Endian."""
    return Command(
        argv=(argument(program), argument(source), argument(destination)),
        env=dcmtk.ENVIRONMENT,
        produces=Path(argument(destination)),
    )
