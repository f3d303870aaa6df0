"""DCMTK's dcm2pnm, dcmj2pnm and dcml2pnm: one frame into a grey or colour picture of 8 bits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from dicomize.wrappers import dcmtk
from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import DCM2PNM, DCMJ2PNM, DCML2PNM

__all__ = ["DCM2PNM", "DCMJ2PNM", "DCML2PNM", "command", "read"]

_HEAD: Final = re.compile(rb"P([56])\s+(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)\s+255\s")


def command(program: Path, source: Path, destination: Path, options: tuple[str, ...]) -> Command:
    """Write a binary PGM or PPM of one frame."""
    return Command(
        argv=(argument(program), *options, "+op", argument(source), argument(destination)),
        env=dcmtk.ENVIRONMENT,
        produces=Path(argument(destination)),
    )


def read(data: bytes) -> tuple[int, int, str, bytes]:
    """Columns, rows, L or RGB, and the pixels of a binary PGM or PPM of 8 bits.

    Raises:
        ValueError: it is none, or not whole; the message is a clause about it.
    """
    head = _HEAD.match(data)
    if head is None:
        raise ValueError("is no binary PGM or PPM of 8 bits")
    columns, rows = int(head[2]), int(head[3])
    mode = "L" if head[1] == b"5" else "RGB"
    pixels = data[head.end() :]
    expected = columns * rows * len(mode)
    if len(pixels) != expected:
        raise ValueError(f"has {len(pixels)} bytes of pixels, not {expected}")
    return columns, rows, mode, pixels
