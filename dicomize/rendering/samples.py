"""Decoded samples into a picture: grey through the grey pipeline, colour into RGB."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.rendering.display import Display, PixelFacts
from dicomize.rendering.picture import Picture
from dicomize.rendering.windowing import Lut, levels

if TYPE_CHECKING:
    from PIL import Image

_RGB: Final = frozenset({"RGB", "YBR_ICT", "YBR_RCT"})
"""what a decoder of JPEG 2000 gives is RGB already"""
_YBR: Final = frozenset({"YBR_FULL", "YBR_FULL_422"})
_FROM_YBR: Final = (
    1.0, 0.0, 1.402, -1.402 * 128,
    1.0, -0.114 * 1.772 / 0.587, -0.299 * 1.402 / 0.587, (0.114 * 1.772 + 0.299 * 1.402) / 0.587 * 128,
    1.0, 1.772, 0.0, -1.772 * 128,
)  # fmt: skip
"""the inverse of YBR_FULL's definition (PS3.3 C.7.6.3.1.2); Pillow's own conversion is off by up to 1 level"""
_TYPECODES: Final = {8: "B", 16: "H", 32: "I"}


class Samples(NamedTuple):
    """One decoded frame: little endian words of Bits Allocated, and what they are now."""

    data: bytes
    facts: PixelFacts


def picture_of(display: Display, samples: Samples) -> Picture:
    """The picture of decoded samples.

    Raises:
        SourceUnsupported: they are of a kind that is not shown.
        SourceDamaged: they are too few or too many.
    """
    facts = samples.facts
    if facts.BitsAllocated not in _TYPECODES:
        raise SourceUnsupported(
            f"{display.path} allocates {facts.BitsAllocated} bits, which only DCMTK shows", "choose --renderer dcmtk"
        )
    if len(samples.data) not in facts.frame_lengths:
        raise SourceDamaged(
            f"frame {display.frame} of {display.path} has {len(samples.data)} bytes of pixels, not {facts.frame_lengths[0]}",
            "dicomize check says what else is wrong",
        )
    if display.is_grey:
        values, of = _values(samples)
        table = levels(set(of.values()), display.grey)
        shown = {word: table[value] for word, value in of.items()}
        return Picture(facts.Columns, facts.Rows, "L", bytes(map(shown.__getitem__, values)))
    if display.palette is not None:
        return _painted(samples, display.palette)
    return _colored(display, samples)


def _words(samples: Samples) -> Sequence[int]:
    words = array(_TYPECODES[samples.facts.BitsAllocated], samples.data)
    if sys.byteorder == "big":
        words.byteswap()
    return words


def _values(samples: Samples) -> tuple[Sequence[int], dict[int, int]]:
    """The words of a frame, and the stored value of each that occurs (PS3.5 8.1.1)."""
    facts, words = samples.facts, _words(samples)
    shift, mask = facts.HighBit + 1 - facts.BitsStored, (1 << facts.BitsStored) - 1
    values = {word: word >> shift & mask for word in set(words)}
    if facts.PixelRepresentation:
        half = 1 << facts.BitsStored - 1
        values = {word: value - 2 * half if value >= half else value for word, value in values.items()}
    return words, values


def _painted(samples: Samples, palette: Sequence[Lut]) -> Picture:
    """PS3.3 C.7.6.3.1.5: entries of 16 bits are scaled to 8."""
    words, values = _values(samples)
    painted = bytearray(3 * len(words))
    for band, lut in enumerate(palette):
        shift = max(0, lut.bits - 8)
        table = {word: lut.of(value) >> shift for word, value in values.items()}
        painted[band::3] = bytes(map(table.__getitem__, words))
    return Picture(samples.facts.Columns, samples.facts.Rows, "RGB", bytes(painted))


def _colored(display: Display, samples: Samples) -> Picture:
    facts = samples.facts
    name = facts.PhotometricInterpretation
    if facts.SamplesPerPixel != 3 or name not in _RGB | _YBR:
        raise SourceUnsupported(
            f"{display.path} is {name} of {facts.SamplesPerPixel} samples, which is not shown",
            "view it with another program",
        )
    size = (facts.Columns, facts.Rows)
    pixels = _interleaved(_unpacked(_bytes(samples), facts), facts)
    if name in _YBR:
        pixels = _image("RGB", size, pixels).convert("RGB", _FROM_YBR).tobytes()
    return Picture(*size, "RGB", pixels)


def _bytes(samples: Samples) -> bytes:
    """Samples scaled to 8 bits."""
    if samples.facts.BitsStored == samples.facts.BitsAllocated == 8:
        return samples.data
    words, values = _values(samples)
    top = (1 << samples.facts.BitsStored) - 1
    table = {word: int(value * 255 / top + 0.5) for word, value in values.items()}
    return bytes(map(table.__getitem__, words))


def _unpacked(data: bytes, facts: PixelFacts) -> bytes:
    """Native YBR_FULL_422 holds Y1 Y2 Cb Cr for two pixels (PS3.3 C.7.6.3.1.2); every pixel gets its own."""
    count = facts.Rows * facts.Columns
    if facts.PhotometricInterpretation != "YBR_FULL_422" or len(data) != 2 * count:
        return data
    unpacked = bytearray(3 * count)
    for pixel in (0, 1):
        unpacked[3 * pixel :: 6] = data[pixel::4]
        unpacked[3 * pixel + 1 :: 6] = data[2::4]
        unpacked[3 * pixel + 2 :: 6] = data[3::4]
    return bytes(unpacked)


def _interleaved(data: bytes, facts: PixelFacts) -> bytes:
    if facts.PlanarConfiguration == 0:
        return data
    count = facts.Rows * facts.Columns
    mixed = bytearray(3 * count)
    for band in range(3):
        mixed[band::3] = data[band * count : (band + 1) * count]
    return bytes(mixed)


def _image(mode: str, size: tuple[int, int], data: bytes) -> Image.Image:
    from PIL import Image  # noqa: PLC0415 - costs 30 ms, and grey needs none

    return Image.frombytes(mode, size, data)
