"""GDCM's gdcmconv: a data set into another transfer syntax."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import GDCMCONV

TOOL: Final = GDCMCONV
NO_PICTURES: Final = frozenset({"1.2.840.10008.5.1.4.1.1.77.1.7"})
"""SOP classes that GDCM does not know, and takes no file of for a picture: Dermoscopic Photography"""


def command(program: Path, source: Path, destination: Path) -> Command:
    """Decode to native pixels; YCbCr stays YCbCr."""
    return Command(
        argv=(argument(program), "--raw", "-i", argument(source), "-o", argument(destination)),
        produces=Path(argument(destination)),
    )


def compress_command(program: Path, source: Path, destination: Path, options: tuple[str, ...]) -> Command:
    """Compress; the options say how. An error or a rate without --lossy is passed over by the program."""
    return Command(
        argv=(argument(program), *options, "-i", argument(source), "-o", argument(destination)),
        produces=Path(argument(destination)),
    )
