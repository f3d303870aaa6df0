"""The pixels of one page of a TIFF.

What is compressed with no more than a general method is taken out as rows of bytes, by Pillow and the libtiff in it where
something has to be decompressed, and what the bits mean is found out here: Pillow knows a few of the many ways to put samples
together, and takes the others for damage. It reads by itself what libtiff turns into samples: JPEG, fax, and most of what
went through a predictor.
"""

from __future__ import annotations

from array import array
from itertools import accumulate
from typing import Final, NamedTuple

from dicomize.errors import SourceUnsupported
from dicomize.model import Alpha
from dicomize.source import tiff_jpeg, tiff_parts
from dicomize.source.described import damaged
from dicomize.source.raster import Raster, alpha_of, bytes_of, expanded, interleaved, numbers_of, spread_table
from dicomize.source.tiff_blocks import Blocks, blocks_of, row_length, spans_of
from dicomize.source.tiff_directories import (
    BITS,
    BLACK_IS_ZERO,
    COLOR_MAP,
    EXTRA,
    FAX,
    FILL_ORDER,
    FORMAT,
    ICC,
    JPEG,
    ORIENTATION,
    PALETTE,
    PHOTOMETRIC,
    SAMPLES,
    WHITE_IS_ZERO,
    Page,
    directories,
)

_PILLOW_PREDICTS: Final = frozenset({(8, 1), (8, 2), (8, 3), (8, 4), (16, 1), (16, 3), (16, 4)})
"""bits and samples of what Pillow knows, and libtiff undoes the predictor of"""


def pixels(page: Page) -> Raster:
    """All samples, black as 0; 1, 2 and 4 bits spread over 8.

    Raises:
        SourceDamaged: they cannot be decoded to their end.
        SourceUnsupported: the colours were multiplied by a 16-bit alpha.
    """
    raster = _planes(page) if page.planar and page.compression != JPEG else _together(page)
    multiplied = page.alpha == 1 and page.photometric != PALETTE
    return _divided(raster) if multiplied and alpha_of(raster) is Alpha.TRANSPARENT else raster


def _divided(raster: Raster) -> Raster:
    """The colours as they were before they were multiplied by the alpha."""
    if raster.bits != 8:
        raise SourceUnsupported(
            "is transparent by a 16-bit alpha that its colours were multiplied by, which is not known here",
            "save it as PNG, or as TIFF in RGB or grey",
        )
    from PIL import Image  # noqa: PLC0415 - most pictures are opaque

    count = raster.SamplesPerPixel
    mode = "RGBa" if count == 3 else "La"
    channels = (*(raster.data[at::count] for at in range(count)), raster.alpha or b"")
    data = Image.frombytes(mode, (raster.Columns, raster.Rows), interleaved(channels)).convert(mode.upper()).tobytes()
    return raster._replace(data=interleaved(tuple(data[at :: count + 1] for at in range(count))))


def palette_of(page: Page) -> list[tuple[int, ...]]:
    """The colour map: all reds, all greens, all blues, of 16 bits each; some writers give 8."""
    values, count = page.values(COLOR_MAP), 1 << page.bits
    if len(values) != 3 * count:
        raise damaged("has a colour map of the wrong length")
    # white is 65535 by the standard, and 65280 by those who only shift
    top = 255 if max(values) < 256 else 65280 if not any(v % 256 for v in values) else 65535
    eight = [(2 * v * 255 + top) // (2 * top) for v in values]
    return list(zip(eight[:count], eight[count : 2 * count], eight[2 * count :], strict=True))


def _planes(page: Page) -> Raster:
    """Of a page that keeps the samples of a pixel apart."""
    wanted = page.samples if page.alpha else page.colors
    found = [_together(directories(tiff_parts.plane(page, number))[0]) for number in range(wanted)]
    first, alpha = found[0], found[-1].data if page.alpha else None
    if page.colors == 1:
        return first._replace(alpha=alpha)
    depth = first.depth
    bytes_ = tuple(plane.data[at::depth] for plane in found[: page.colors] for at in range(depth))
    return first._replace(SamplesPerPixel=page.colors, data=interleaved(bytes_), alpha=alpha, profile=page.raw(ICC))


def _together(page: Page) -> Raster:
    samples = _by_pillow(page) if _is_for_pillow(page) else _samples(page)
    depth = 2 if page.bits > 8 else 1
    channels = len(samples) // max(1, page.size[0] * page.size[1] * depth)
    if channels not in {page.colors, page.samples} or len(samples) != page.size[0] * page.size[1] * depth * channels:
        raise damaged(f"decodes to {len(samples)} bytes, which is not the picture that it states")
    alpha = None
    if channels > page.colors:
        planes, cut = [samples[at :: channels * depth] for at in range(channels * depth)], page.colors * depth
        samples = interleaved(tuple(planes[:cut]))
        alpha = _opacity(page, interleaved(tuple(planes[cut : cut + depth]))) if page.alpha else None
    return _meant(page, samples, alpha)


def _opacity(page: Page, samples: bytes) -> bytes:
    """An alpha, spread over 8 bits if it came with numbers of a palette, which are not."""
    return _spread(samples, page.bits) if page.photometric == PALETTE else samples


def _spread(samples: bytes, bits: int) -> bytes:
    table = spread_table((1 << bits) - 1)
    return samples.translate(bytes(table) + bytes(256 - len(table)))


def _meant(page: Page, samples: bytes, alpha: bytes | None) -> Raster:
    """The colours as they are meant."""
    columns, rows = page.size
    if page.photometric == PALETTE:
        samples, colored = expanded(samples, palette_of(page))
        return Raster(columns, rows, 3 if colored else 1, 8, samples, alpha)
    if page.photometric == WHITE_IS_ZERO and page.compression not in FAX:
        top = (1 << max(8, page.bits)) - 1
        samples = _inverted(samples, top)
    return Raster(columns, rows, page.colors, max(8, page.bits), samples, alpha, page.raw(ICC))


def _inverted(samples: bytes, top: int) -> bytes:
    """What is left to the largest value."""
    halves = [
        samples[at :: 1 + (top > 255)].translate(bytes((part - v) % 256 for v in range(256)))
        for at, part in enumerate((255, top >> 8) if top > 255 else (255,))
    ]
    return interleaved(tuple(halves)) if top > 255 else halves[0]


# ---------------------------------------------------------------- by Pillow


def _is_for_pillow(page: Page) -> bool:
    predicted = page.predictor != 1 and (page.bits, page.samples) in _PILLOW_PREDICTS
    # more bytes than Pillow takes pixels
    deep = page.compression != 1 and page.bits == 16 and page.samples in {3, 4} and blocks_of(page).per_plane == 1
    return page.compression in {JPEG, *FAX} or page.reversed or predicted or deep


def _by_pillow(page: Page) -> bytes:
    """Interleaved samples; those of a palette are its numbers."""
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    if page.compression == JPEG:
        tiff_jpeg.verify(page)
    data = tiff_parts.picture(page, _plainly(page))
    if page.bits == 16 and page.samples > 1:
        return pillow.deep(data, "TIFF")
    image = pillow.loaded(data, "TIFF")
    if image.mode == "1":
        image = image.convert("L")
    samples = image.tobytes()
    return interleaved((samples[1::2], samples[0::2])) if image.mode == "I;16B" else samples


def _plainly(page: Page) -> tiff_parts.Changes:
    """A page as Pillow gives its samples: by itself it turns a picture, divides by an alpha, and inverts what is no fax."""
    changes: dict[int, tuple[int, ...]] = {
        BITS: (page.bits,) * page.samples, SAMPLES: (page.samples,), ORIENTATION: (), FORMAT: (), COLOR_MAP: (),
        EXTRA: (2,) * (page.samples - page.colors), FILL_ORDER: (2,) if page.reversed else (),
    }  # fmt: skip
    if page.photometric == PALETTE or (page.photometric == WHITE_IS_ZERO and page.compression not in FAX):
        changes[PHOTOMETRIC] = (BLACK_IS_ZERO,)
    return changes


# ---------------------------------------------------------------- by ourselves


class _Field(NamedTuple):
    """Rows of samples that lie one after the other: those of the picture, or of its tiles below each other."""

    Columns: int
    bits: int
    samples: int
    data: bytes

    @property
    def depth(self) -> int:
        """Bytes of a sample once it is unpacked."""
        return 1 + (self.bits > 8)

    @property
    def width(self) -> int:
        """Bytes of a row as it is stored, filled up to whole bytes."""
        return (self.Columns * self.bits * self.samples + 7) // 8


def _samples(page: Page) -> bytes:
    """Interleaved samples, little endian; those of a palette are numbers, other few bits are spread over 8."""
    blocks = blocks_of(page)
    field = _Field(blocks.Columns, page.bits, page.samples, _row_bytes(page, blocks))
    if page.bits == 16 and page.order == "big":
        field = field._replace(data=interleaved((field.data[1::2], field.data[0::2])))
    if page.predictor != 1:
        field = field._replace(data=_undone(field))
    if page.bits not in {8, 16}:
        field = field._replace(data=_unpacked(field))
    samples = _put_together(page, blocks, field) if blocks.tiled else field.data
    return samples if page.bits >= 8 or page.photometric == PALETTE else _spread(samples, page.bits)


def _row_bytes(page: Page, blocks: Blocks) -> bytes:
    """All rows, one after the other; of tiles all rows of each."""
    rows = blocks.per_plane * blocks.Rows if blocks.tiled else page.size[1]
    if page.compression == 1:
        data = b"".join(page.data[at : at + length] for at, length in spans_of(page))
    else:
        from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

        data = pillow.loaded(tiff_parts.rows_of_bytes(page), "TIFF").tobytes()
    need = rows * row_length(page, blocks.Columns)
    if len(data) != need:
        raise damaged(f"decodes to {len(data)} of {need} bytes")
    return data


def _undone(field: _Field) -> bytes:
    """The predictor undone: each sample is more by the one before it in its row (TIFF 6.0, section 14)."""
    mask, width = (1 << field.bits) - 1, field.Columns * field.samples
    held = numbers_of(field.data) if field.bits == 16 else array("B", field.data)
    numbers = memoryview(held)
    for row in range(0, len(numbers), width):
        for channel in range(field.samples):
            part = numbers[row + channel : row + width : field.samples]
            for at, value in enumerate(accumulate(part, lambda a, b: (a + b) & mask)):
                part[at] = value
    return bytes_of(held)


def _unpacked(field: _Field) -> bytes:
    """Samples of any bits, the first in the highest; of fewer than 8 a byte each, of more two."""
    bits, width, data = field.bits, field.width, field.data
    if width % bits:
        room = bytes(-width % bits)
        data = b"".join(data[at : at + width] + room for at in range(0, len(data), width))
    # eight samples are in so many bytes as one of them has bits
    columns = [data[at::bits] for at in range(bits)]
    samples = interleaved(tuple(_part(columns, bits, at, byte) for at in range(8) for byte in range(field.depth)))
    found = 8 * field.depth * (width + -width % bits) // bits
    wanted = field.Columns * field.samples * field.depth
    if wanted == found:
        return samples
    return b"".join(samples[at : at + wanted] for at in range(0, len(samples), found))


def _part(columns: list[bytes], bits: int, at: int, byte: int) -> bytes:
    """A byte, of which the lowest is 0, of one in eight samples."""
    start, end = at * bits, (at + 1) * bits
    first, last = start // 8, (end - 1) // 8
    found = bytes(len(columns[0]))
    for number in range(first, last + 1):
        # where the bits of this byte come to lie in the sample
        shift = 8 * (last - number) - (8 * (last + 1) - end) - 8 * byte
        mask = ((1 << bits) - 1) >> 8 * byte & 255
        table = bytes((v << shift if shift >= 0 else v >> -shift) & mask for v in range(256))
        found = _either(found, columns[number].translate(table))
    return found


def _either(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") | int.from_bytes(other, "big")).to_bytes(len(one), "big")


def _put_together(page: Page, blocks: Blocks, field: _Field) -> bytes:
    """The rows of a picture from those of its tiles; what lies beyond its edges is left out."""
    pixel, (columns, rows) = field.samples * field.depth, page.size
    line = blocks.Columns * pixel
    tile = blocks.Rows * line
    starts = range(0, blocks.across * tile, tile)
    last = (columns - (blocks.across - 1) * blocks.Columns) * pixel
    lengths = [line] * (blocks.across - 1) + [last]
    return b"".join(
        field.data[at : at + length]
        for row in range(rows)
        for start, length in zip(starts, lengths, strict=True)
        for at in (row // blocks.Rows * blocks.across * tile + start + row % blocks.Rows * line,)
    )
