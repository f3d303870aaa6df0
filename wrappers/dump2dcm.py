"""DCMTK's dump2dcm: a text that describes a data set, and a file with its pixels, into that data set."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dicomize.wrappers import dcmtk
from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import DUMP2DCM

if TYPE_CHECKING:
    from dicomize.model import ImagePixel

TOOL: Final = DUMP2DCM


def command(program: Path, source: Path, destination: Path) -> Command:
    """Write the data set that the text `source` describes."""
    return Command(
        argv=(argument(program), argument(source), argument(destination)),
        env=dcmtk.ENVIRONMENT,
        produces=Path(argument(destination)),
    )


def native(image: ImagePixel, transfer_syntax: str, pixels: Path) -> bytes:
    """The text for uncompressed pixels: little endian, interleaved, rows from the top.

    Raises:
        ValueError: the file's name cannot stand in such a text.
    """
    vr = b"OB" if image.BitsAllocated <= 8 else b"OW"
    return _head(image, transfer_syntax) + b"(7fe0,0010) " + vr + b" =" + _name(pixels) + b"\n"


def encapsulated(image: ImagePixel, transfer_syntax: str, stream: Path) -> bytes:
    """The text for one compressed frame: an empty offset table and one fragment.

    Raises:
        ValueError: the file's name cannot stand in such a text.
    """
    return (
        _head(image, transfer_syntax)
        + b"(7fe0,0010) OB (PixelSequence\n"
        + b"(fffe,e000) pi (no value)\n"
        + b"(fffe,e000) pi ="
        + _name(stream)
        + b"\n(fffe,e0dd) na (SequenceDelimitationItem)\n"
    )


def _head(image: ImagePixel, transfer_syntax: str) -> bytes:
    lines = [
        f"(0002,0010) UI [{transfer_syntax}]",
        f"(0028,0002) US {image.SamplesPerPixel}",
        f"(0028,0004) CS [{image.PhotometricInterpretation}]",
        f"(0028,0010) US {image.Rows}",
        f"(0028,0011) US {image.Columns}",
        f"(0028,0100) US {image.BitsAllocated}",
        f"(0028,0101) US {image.BitsStored}",
        f"(0028,0102) US {image.HighBit}",
        f"(0028,0103) US {image.PixelRepresentation}",
    ]
    if image.PlanarConfiguration is not None:
        lines.insert(3, f"(0028,0006) US {image.PlanarConfiguration}")
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _name(path: Path) -> bytes:
    name = os.fsencode(argument(path))
    # The text is read by lines of at most 4096 bytes, and a # begins a comment.
    if any(mark in name for mark in b"\r\n#") or len(name) > 4000:
        raise ValueError(f"dump2dcm cannot read a file of this name: {path!r}")
    return name
