"""The pictures of an animated PNG, put together here (W3C PNG Specification, third edition, 12.9).

Pillow loses what was there before, where a picture is to be undone and the one before it was looked at (docs/toolkits.md).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from PIL import Image

from dicomize.errors import SourceUnsupported
from dicomize.source import png
from dicomize.source.described import damaged
from dicomize.source.png import SIGNATURE, Chunk
from dicomize.source.raster import Raster, interleaved

_BACKGROUND, _PREVIOUS = 1, 2
"""what becomes of a picture before the next one: cleared, or undone"""
_OVER: Final = 1
"""blended with what was there; otherwise it replaces it"""
_DESCRIBING: Final = (b"PLTE", b"tRNS")


class _Part(NamedTuple):
    """One picture of the animation: where it lies, how it is shown, its compressed data."""

    x: int
    y: int
    Columns: int
    Rows: int
    milliseconds: float
    disposal: int
    blend: int
    data: bytes


def pictures(data: bytes) -> Iterator[tuple[Image.Image, float]]:
    """Each picture as it is seen, with transparency, and how many milliseconds it is shown.

    Raises:
        SourceDamaged: a picture is not whole, or lies outside the canvas.
        SourceUnsupported: the samples have 16 bits.
    """
    head = data[16:29]
    if head[8] == 16:
        raise SourceUnsupported(
            "is an animation of 16 bits a sample, of which 8 would be lost here", "save its pictures one by one"
        )
    size = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
    canvas = Image.new("RGBA", size)
    for number, part in enumerate(_parts(data)):
        if part.x + part.Columns > size[0] or part.y + part.Rows > size[1]:
            raise damaged(f"has a picture {number + 1} that lies outside its canvas")
        before = canvas.copy()
        shown = _shown(data, head, part)
        if part.blend == _OVER:
            canvas.alpha_composite(shown, (part.x, part.y))
        else:
            canvas.paste(shown, (part.x, part.y))
        yield canvas.copy(), part.milliseconds
        if part.disposal == _BACKGROUND or (part.disposal == _PREVIOUS and number == 0):
            canvas.paste((0, 0, 0, 0), (part.x, part.y, part.x + part.Columns, part.y + part.Rows))
        elif part.disposal == _PREVIOUS:
            canvas = before


def _parts(data: bytes) -> Iterator[_Part]:
    control: bytes = b""
    pieces: list[bytes] = []
    for chunk in png.chunks(data):
        if chunk.type in {b"fcTL", b"IEND"}:
            if control:
                yield _part(control, b"".join(pieces))
            control, pieces = data[chunk.start : chunk.end], []
            if chunk.type == b"fcTL" and len(control) != 26:
                raise damaged("has a frame control chunk of the wrong length")
        elif chunk.type == b"IDAT":
            # without a control chunk before it, it is the picture for programs that know no animation
            pieces.append(data[chunk.start : chunk.end])
        elif chunk.type == b"fdAT":
            pieces.append(data[chunk.start + 4 : chunk.end])


def _part(control: bytes, data: bytes) -> _Part:
    columns, rows, x, y = (int.from_bytes(control[at : at + 4], "big") for at in range(4, 20, 4))
    numerator, denominator = (int.from_bytes(control[at : at + 2], "big") for at in (20, 22))
    if not (columns and rows):
        raise damaged("has a picture of no size")
    return _Part(x, y, columns, rows, 1000 * numerator / (denominator or 100), control[24], control[25], data)


def _shown(data: bytes, head: bytes, part: _Part) -> Image.Image:
    """A part as a picture of its own, decoded as any other PNG is."""
    size = part.Columns.to_bytes(4, "big") + part.Rows.to_bytes(4, "big")
    described = [_copied(data, chunk) for chunk in png.chunks(data) if chunk.type in _DESCRIBING]
    alone = [SIGNATURE, _chunk(b"IHDR", size + head[8:]), *described, _chunk(b"IDAT", part.data), _chunk(b"IEND", b"")]
    return _image(png.pixels(b"".join(alone)))


def _copied(data: bytes, chunk: Chunk) -> bytes:
    return _chunk(chunk.type, data[chunk.start : chunk.end])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def _image(raster: Raster) -> Image.Image:
    count = raster.Columns * raster.Rows
    channels = raster.SamplesPerPixel
    planes = [raster.data[n if channels == 3 else 0 :: channels] for n in range(3)]
    alpha = raster.alpha if raster.alpha is not None else b"\xff" * count
    return Image.frombytes("RGBA", (raster.Columns, raster.Rows), interleaved((*planes, alpha)))
