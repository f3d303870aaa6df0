"""Decoded pixels, and what is done to them: flattening, conversion of colours, turning, cropping, scaling.

Pillow is imported where it is needed only: most conversions decode nothing.
"""

from __future__ import annotations

import io
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from dicomize.errors import SourceUnsupported
from dicomize.model import Alpha, Rectangle

if TYPE_CHECKING:
    from PIL import Image


class Raster(NamedTuple):
    """Interleaved samples from the top left, above 8 bits two bytes each, little endian.

    `alpha` is one sample a pixel of the same depth: 0 is transparent, all bits set is opaque.
    """

    Columns: int
    Rows: int
    SamplesPerPixel: int
    bits: int
    data: bytes
    alpha: bytes | None = None
    profile: bytes = b""
    """ICC profile, where colours are to be converted through it"""

    @property
    def depth(self) -> int:
        """Bytes of one sample."""
        return 1 if self.bits <= 8 else 2


def alpha_of(raster: Raster) -> Alpha:
    """What the channel of transparency says."""
    if raster.alpha is None:
        return Alpha.NONE
    full = ((1 << raster.bits) - 1).to_bytes(raster.depth, "little")
    opaque = raster.alpha == full * (raster.Columns * raster.Rows)
    return Alpha.OPAQUE if opaque else Alpha.TRANSPARENT


def interleaved(planes: tuple[bytes, ...]) -> bytes:
    """Planes of bytes as one sequence: the first of each, the second of each, and so on."""
    count = len(planes)
    joined = bytearray(count * len(planes[0]))
    for number, plane in enumerate(planes):
        joined[number::count] = plane
    return bytes(joined)


def expanded(indices: bytes, palette: list[tuple[int, ...]]) -> tuple[bytes, bool]:
    """The colours of a palette picture, and whether they are RGB: a palette of nothing but greys makes a grey picture."""
    planes = [bytes(entry[channel] for entry in palette).ljust(256, b"\0") for channel in range(3)]
    if is_grey(palette):
        return indices.translate(planes[0]), False
    return interleaved(tuple(indices.translate(plane) for plane in planes)), True


def indexed(raster: Raster, palette: Sequence[tuple[int, ...]]) -> bytes:
    """The number of each pixel's colour in a palette that has all of them; of equal entries the first.

    Raises:
        ValueError: it has not.
    """
    numbers = {tuple(entry): number for number, entry in reversed(list(enumerate(palette)))}
    try:
        return bytes(map(numbers.__getitem__, zip(*(raster.data[channel::3] for channel in range(3)), strict=True)))
    except KeyError as exc:
        raise ValueError("a colour of the picture is not in its palette") from exc


def packed(samples: bytes) -> bytes:
    """Black and white of 8 bits as one bit a pixel, the first in the lowest bit (PS3.5 8.1.1)."""
    digits = samples[::-1].translate(b"0" * 128 + b"1" * 128)
    return int(digits, 2).to_bytes((len(samples) + 7) // 8, "little")


def is_grey(palette: list[tuple[int, ...]]) -> bool:
    return all(entry[0] == entry[1] == entry[2] for entry in palette)


def spread_table(top: int, full: int = 255) -> tuple[int, ...]:
    """For each value of 0 to `top` the nearest of 0 to `full`; no two become one where `full` is not below `top`."""
    return tuple((2 * v * full + top) // (2 * top) for v in range(top + 1))


# ---------------------------------------------------------------- flattening


def flattened(raster: Raster, background: int) -> Raster:
    """The picture on a background, 0xRRGGBB, as everybody sees it who has one of that colour behind it."""
    if raster.alpha is None:
        return raster
    colors = tuple(background.to_bytes(3, "big"))[: raster.SamplesPerPixel]
    data = _blended_8(raster, colors) if raster.bits == 8 else _blended(raster, colors)
    return raster._replace(data=data, alpha=None)


def _blended_8(raster: Raster, colors: tuple[int, ...]) -> bytes:
    from PIL import Image  # noqa: PLC0415 - see above

    size = (raster.Columns, raster.Rows)
    mode = "L" if raster.SamplesPerPixel == 1 else "RGB"
    picture = Image.frombytes(mode, size, raster.data)
    behind = Image.new(mode, size, colors if mode == "RGB" else colors[0])
    return Image.composite(picture, behind, Image.frombytes("L", size, raster.alpha or b"")).tobytes()


def _blended(raster: Raster, colors: tuple[int, ...]) -> bytes:
    """Row by row: most are opaque or clear as a whole, and the others are worked out sample by sample."""
    full = (1 << raster.bits) - 1
    behind = bytes_of(array("H", ((2 * color * full + 255) // 510 for color in colors)))
    width, length = 2 * raster.Columns, len(behind) * raster.Columns
    opaque, clear, alphas = full.to_bytes(2, "little") * raster.Columns, bytes(width), raster.alpha or b""
    made = []
    for row in range(raster.Rows):
        data, alpha = raster.data[row * length : (row + 1) * length], alphas[row * width : (row + 1) * width]
        if alpha == clear:
            data = behind * raster.Columns
        elif alpha != opaque:
            data = _mixed(data, alpha, numbers_of(behind), full)
        made.append(data)
    return b"".join(made)


def _mixed(data: bytes, alpha: bytes, behind: array[int], full: int) -> bytes:
    samples, parts, count = numbers_of(data), numbers_of(alpha), len(behind)
    for channel, color in enumerate(behind):
        samples[channel::count] = array(
            "H",
            ((2 * (v * a + color * (full - a)) + full) // (2 * full)
             for v, a in zip(samples[channel::count], parts, strict=True)),
        )  # fmt: skip
    return bytes_of(samples)


def numbers_of(data: bytes) -> array[int]:
    """Little endian 16-bit samples as numbers."""
    numbers = array("H", data)
    if numbers.itemsize != 2:  # pragma: no cover - no platform that Python runs on
        raise AssertionError("a C short has other than 16 bits")
    return _swapped(numbers)


def bytes_of(numbers: array[int]) -> bytes:
    return _swapped(numbers).tobytes()


def _swapped(numbers: array[int]) -> array[int]:
    import sys  # noqa: PLC0415 - for this line

    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


# ---------------------------------------------------------------- colours


def to_srgb(raster: Raster) -> Raster:
    """CMYK or RGB as sRGB, perceptual intent, by LittleCMS through the profile that came with it.

    Raises:
        SourceUnsupported: the profile cannot be used.
    """
    from PIL import Image, ImageCms  # noqa: PLC0415 - see above

    mode = "CMYK" if raster.SamplesPerPixel == 4 else "RGB"
    picture = Image.frombytes(mode, (raster.Columns, raster.Rows), raster.data)
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(raster.profile))
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(
            picture, source, target, renderingIntent=ImageCms.Intent.PERCEPTUAL, outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        raise SourceUnsupported(
            f"has an ICC profile that does not explain its {mode} colours: {error}", "convert it to sRGB first"
        ) from None
    if converted is None:
        raise SourceUnsupported(f"has {mode} colours that LittleCMS does not convert", "convert it to sRGB first")
    return Raster(raster.Columns, raster.Rows, 3, 8, converted.tobytes(), raster.alpha)


# ---------------------------------------------------------------- turning

_TRANSPOSITIONS: Final = (
    "", "FLIP_LEFT_RIGHT", "ROTATE_180", "FLIP_TOP_BOTTOM", "TRANSPOSE", "ROTATE_270", "TRANSVERSE", "ROTATE_90",
)  # fmt: skip
"""what undoes Exif orientation 1 to 8 (CIPA DC-008, 4.6.5.1.6)"""


def turned(picture: Image.Image, orientation: int) -> Image.Image:
    """A picture with an Exif orientation undone."""
    from PIL import Image  # noqa: PLC0415 - see above

    if orientation == 1:
        return picture
    return picture.transpose(Image.Transpose[_TRANSPOSITIONS[orientation - 1]])


def upright(raster: Raster, orientation: int) -> Raster:
    """The picture with an Exif orientation undone. Samples are moved, so byte order does not matter."""
    from PIL import Image  # noqa: PLC0415 - see above

    if orientation == 1:
        return raster
    size = (raster.Columns, raster.Rows)
    columns, rows = size[::-1] if orientation >= 5 else size
    if raster.depth == 1:
        mode = "L" if raster.SamplesPerPixel == 1 else "RGB"
        data = turned(Image.frombytes(mode, size, raster.data), orientation).tobytes()
        return raster._replace(Columns=columns, Rows=rows, data=data)
    # Pillow turns one plane of 16-bit samples at a time
    samples, result = array("H", raster.data), array("H", bytes(len(raster.data)))
    count = raster.SamplesPerPixel
    for plane in range(count):
        picture = Image.frombytes("I;16", size, samples[plane::count].tobytes())
        result[plane::count] = array("H", turned(picture, orientation).tobytes())
    return raster._replace(Columns=columns, Rows=rows, data=result.tobytes())


# ---------------------------------------------------------------- parts, and other sizes


def redacted(raster: Raster, parts: tuple[Rectangle, ...]) -> Raster:
    """The picture with black parts."""
    pixel = raster.SamplesPerPixel * raster.depth
    data = bytearray(raster.data)
    for part in parts:
        black = bytes(part.width * pixel)
        for y in range(part.y, part.bottom):
            at = (y * raster.Columns + part.x) * pixel
            data[at : at + len(black)] = black
    return raster._replace(data=bytes(data))


def cropped(raster: Raster, part: Rectangle) -> Raster:
    """A part of the picture."""
    pixel = raster.SamplesPerPixel * raster.depth
    starts = ((y * raster.Columns + part.x) * pixel for y in range(part.y, part.bottom))
    data = b"".join(raster.data[at : at + part.width * pixel] for at in starts)
    return raster._replace(Columns=part.width, Rows=part.height, data=data)


def scaled(raster: Raster, columns: int, rows: int) -> Raster:
    """The picture in another size, by Lanczos filtering with all samples that a new one covers."""
    from PIL import Image  # noqa: PLC0415 - see above

    size = (raster.Columns, raster.Rows)
    if raster.depth == 1:
        mode = "L" if raster.SamplesPerPixel == 1 else "RGB"
        picture = Image.frombytes(mode, size, raster.data).resize((columns, rows), Image.Resampling.LANCZOS)
        return raster._replace(Columns=columns, Rows=rows, data=picture.tobytes())
    samples, count, top = numbers_of(raster.data), raster.SamplesPerPixel, (1 << raster.bits) - 1
    result = array("H", bytes(2 * count * columns * rows))
    for plane in range(count):
        # Pillow filters deep samples as floating point only
        picture = Image.frombytes("F", size, array("f", samples[plane::count]).tobytes())
        made = array("f", picture.resize((columns, rows), Image.Resampling.LANCZOS).tobytes())
        result[plane::count] = array("H", (min(top, max(0, round(v))) for v in made))
    return raster._replace(Columns=columns, Rows=rows, data=bytes_of(result))
