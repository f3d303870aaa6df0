"""A rendered frame."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame as people see it."""

    columns: int
    rows: int
    mode: str
    """L: grey, one byte a pixel; RGB: three. 0 is black."""
    pixels: bytes = field(repr=False)
    """rows from the top, interleaved"""

    @property
    def sha256(self) -> str:
        """SHA-256 of the pixels alone, so that two pictures of the same look have the same."""
        return hashlib.sha256(self.pixels).hexdigest()

    def png(self) -> bytes:
        """The picture as a PNG file without metadata: the same pixels give the same bytes."""
        buffer = io.BytesIO()
        self.image().save(buffer, "PNG")
        return buffer.getvalue()

    def image(self) -> Image.Image:
        """The picture for Pillow."""
        from PIL import Image  # noqa: PLC0415 - costs 30 ms, and a picture that is only compared by digest needs none

        return Image.frombytes(self.mode, (self.columns, self.rows), self.pixels)


class Distance(NamedTuple):
    """How far one picture is from another, in levels of 0 to 255."""

    largest: int
    differing: float
    """share of the pixels that are not equal, 0 to 1"""


def distance(one: Picture, other: Picture) -> Distance | None:
    """How far two pictures are from each other; None where they have not the same size. Grey counts as equal red,
    green and blue."""
    if (one.columns, one.rows) != (other.columns, other.rows):
        return None
    if one.mode == other.mode and one.pixels == other.pixels:
        return Distance(0, 0.0)
    from PIL import ImageChops  # noqa: PLC0415 - as above

    mode = "L" if one.mode == other.mode == "L" else "RGB"
    bands = ImageChops.difference(one.image().convert(mode), other.image().convert(mode)).split()
    largest = bands[0]
    for band in bands[1:]:
        largest = ImageChops.lighter(largest, band)
    histogram = largest.histogram()
    return Distance(
        max(level for level, count in enumerate(histogram) if count), 1 - histogram[0] / (one.columns * one.rows)
    )
