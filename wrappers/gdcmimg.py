"""GDCM's gdcmimg: a codestream or raw pixels into a data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import GDCMIMG

if TYPE_CHECKING:
    from dicomize.model import ImagePixel

TOOL: Final = GDCMIMG


def command(program: Path, source: Path, destination: Path) -> Command:
    """Embed a JPEG, JPEG-LS or JPEG 2000 codestream as it is.

    Raises:
        ValueError: the source is not named .jpg, .jls or .j2k; gdcmimg takes the format from the extension.
    """
    return _command(program, (), _named(source, ".jpg", ".jls", ".j2k"), destination)


def raw_command(program: Path, source: Path, destination: Path, image: ImagePixel) -> Command:
    """Store raw pixels: little endian, interleaved, rows from the top.

    Raises:
        ValueError: the source is not named .raw; gdcmimg takes the format from the extension.
    """
    options = (
        *("--size", f"{image.Columns},{image.Rows}"),
        # Without --depth, --pf alone makes gdcmimg read 8 bits a sample: half of a 16-bit picture, and exit 0.
        *("--depth", f"{image.BitsAllocated}"),
        *("--pf", f"{image.BitsAllocated},{image.BitsStored},{image.HighBit}"),
        *("--spp", f"{image.SamplesPerPixel}"),
    )
    return _command(program, options, _named(source, ".raw"), destination)


def bare_command(program: Path, source: Path, destination: Path) -> Command:
    """As people run it, whatever the file is called."""
    return Command(argv=(argument(program), argument(source), argument(destination)))


def _command(program: Path, options: tuple[str, ...], source: Path, destination: Path) -> Command:
    return Command(
        argv=(argument(program), *options, "-i", argument(source), "-o", argument(destination)),
        produces=Path(argument(destination)),
    )


def _named(source: Path, *extensions: str) -> Path:
    if source.suffix not in extensions:
        raise ValueError(f"gdcmimg needs a file named *{', *'.join(extensions)}: {source}")
    return source
