"""Windows and OS/2 bitmaps, decoded here: Pillow knows few of their masks and run lengths, and pads what is cut short.

Channels of fewer than 8 bits are spread over 8; where one has more, all are spread over the most. Pixels that a run
length leaves out are transparent, as every browser shows them.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from typing import Final, NamedTuple

from dicomize.errors import SourceUnsupported
from dicomize.model import ColorModel, Residue
from dicomize.source.described import Described, RasterFacts, SourceFile, damaged, describe_raster, require_size
from dicomize.source.raster import Raster, alpha_of, expanded, interleaved, is_grey, spread_table

_PLAIN, _RLE8, _RLE4, _MASKS, _JPEG, _PNG, _ALPHA_MASKS, _RLE24 = 0, 1, 2, 3, 4, 5, 6, 24
_DEPTHS: Final = {
    _PLAIN: (1, 2, 4, 8, 16, 24, 32), _RLE8: (8,), _RLE4: (4,), _RLE24: (24,), _MASKS: (16, 32), _ALPHA_MASKS: (16, 32),
}  # fmt: skip
_RUN_LENGTHS: Final = frozenset({_RLE4, _RLE8, _RLE24})
_OS2_HEADER: Final = 64
_DEFAULT_MASKS: Final = {16: (0x7C00, 0x03E0, 0x001F, 0), 32: (0xFF0000, 0xFF00, 0xFF, 0)}
_EMBEDDED, _LINKED = 0x4D424544, 0x4C494E4B
"""bV5CSType of a profile in the file, and of the name of one"""


class _Bmp(NamedTuple):
    """The headers."""

    Columns: int
    Rows: int
    top_down: bool
    bits: int
    compression: int
    masks: tuple[int, int, int, int]
    palette: list[tuple[int, ...]]
    start: int
    """offset of the pixels"""
    profile: bytes
    gap: int
    """bytes between the headers and the pixels"""

    @property
    def stride(self) -> int:
        """Bytes of one row."""
        return (self.Columns * self.bits + 31) // 32 * 4


def describe(file: SourceFile) -> Described:
    """The facts.

    Raises:
        SourceDamaged: a header is, or what it says of transparency cannot be read.
        SourceUnsupported: it is too large, or compressed in a way that is not known here.
    """
    bmp = _parsed(file.data)
    require_size(bmp.Columns, bmp.Rows)
    grey = bool(bmp.palette) and is_grey(bmp.palette)
    bits = 8 if bmp.bits < 16 else _depth(bmp.masks)
    facts = RasterFacts(
        format="BMP",
        Columns=bmp.Columns,
        Rows=bmp.Rows,
        color=ColorModel.MONOCHROME if grey else ColorModel.RGB,
        bits=bits,
        profile=bmp.profile,
        residue=tuple(_residue(file.data, bmp)),
        palette=tuple(bmp.palette),
        notes=tuple(_notes(file.data, bmp)),
    )
    if bmp.masks[3] or bmp.compression in _RUN_LENGTHS:
        facts = facts._replace(alpha=alpha_of(pixels(file.data)))
    return describe_raster(file, facts)


def pixels(data: bytes) -> Raster:
    """All samples.

    Raises:
        SourceDamaged: there are too few, or they leave the picture.
    """
    bmp = _parsed(data)
    if bmp.compression in _RUN_LENGTHS:
        samples, alpha = _run_lengths(data, bmp)
        return _from_bgr(bmp, samples, alpha) if bmp.compression == _RLE24 else _from_palette(bmp, samples, alpha)
    rows = list(_rows(data, bmp))
    if bmp.bits <= 8:
        return _from_palette(bmp, b"".join(_indices(row, bmp) for row in rows), None)
    if bmp.bits == 24:
        return _from_bgr(bmp, b"".join(row[: 3 * bmp.Columns] for row in rows), None)
    return _masked(b"".join(row[: bmp.bits // 8 * bmp.Columns] for row in rows), bmp)


# ---------------------------------------------------------------- the headers


def _u(data: bytes, at: int, size: int = 4) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _parsed(data: bytes) -> _Bmp:
    size = _u(data, 14)
    if len(data) < 14 + size or not (size == 12 or 16 <= size <= 124):
        raise damaged(f"states a header of {size} bytes, which no BMP has")
    if size == 12:
        columns, rows, bits = _u(data, 18, 2), _u(data, 20, 2), _u(data, 24, 2)
        compression = used = 0
    else:
        header = data[14 : 14 + size].ljust(124, b"\0")
        columns, rows = (int.from_bytes(header[at : at + 4], "little", signed=True) for at in (4, 8))
        bits, compression, used = _u(header, 14, 2), _u(header, 16), _u(header, 32)
    if size == _OS2_HEADER and compression == 4:
        compression = _RLE24
    _require_known(bits, compression)
    masks, after = _masks(data, size, bits, compression)
    start = _u(data, 10)
    if not after <= start <= len(data):
        raise damaged(f"states that its pixels begin at byte {start} of {len(data)}")
    entry = 3 if size == 12 else 4
    palette = _palette(data[after:start], bits, used, entry)
    return _Bmp(
        columns, abs(rows), rows < 0, bits, compression, masks, palette, start,
        profile=_profile(data, size),
        gap=max(0, start - after - entry * (max(used, len(palette)))),
    )  # fmt: skip


def _require_known(bits: int, compression: int) -> None:
    if compression in {_JPEG, _PNG} and bits == 0:
        raise SourceUnsupported("is a BMP around a JPEG or PNG", "take the picture out of it")
    if bits not in _DEPTHS.get(compression, ()):
        raise SourceUnsupported(
            f"is a BMP of {bits} bits a pixel with compression {compression}, which is not known here",
            "save it as PNG",
        )


def _masks(data: bytes, size: int, bits: int, compression: int) -> tuple[tuple[int, int, int, int], int]:
    """What bits of a pixel are red, green, blue and alpha, and where the headers end."""
    if compression not in {_MASKS, _ALPHA_MASKS}:
        return _DEFAULT_MASKS.get(bits, (0, 0, 0, 0)), 14 + size
    count = 4 if size >= 56 or compression == _ALPHA_MASKS else 3
    red, green, blue, alpha = (_u(data, 54 + 4 * n) if n < count else 0 for n in range(4))
    used = 0
    for mask in (red, green, blue, alpha):
        top = mask // (mask & -mask) if mask else 0
        if mask >= 1 << bits or used & mask or top & (top + 1):
            raise damaged(f"has the mask {mask:#x}, which makes no sense")
        if top > 65535:
            raise SourceUnsupported(f"has a channel of {top.bit_length()} bits, and DICOM samples have at most 16 here")
        used |= mask
    if not (red and green and blue):
        raise damaged("has no mask for one of its colours")
    return (red, green, blue, alpha), max(14 + size, 54 + 4 * count)


def _palette(raw: bytes, bits: int, used: int, entry: int) -> list[tuple[int, ...]]:
    """Its colours, red first, as many as a pixel can name."""
    if bits > 8:
        return []
    if used > 1 << 16:
        raise damaged(f"states a palette of {used} colours")
    count = min(used or 1 << bits, 1 << bits, len(raw) // entry)
    return [(raw[at + 2], raw[at + 1], raw[at]) for at in range(0, entry * count, entry)]


def _profile(data: bytes, size: int) -> bytes:
    if size < 124 or _u(data, 14 + 56) != _EMBEDDED:
        return b""
    at = 14 + _u(data, 14 + 112)
    return data[at : at + _u(data, 14 + 116)]


def _residue(data: bytes, bmp: _Bmp) -> Iterator[Residue]:
    if bmp.gap:
        yield Residue("bytes before the picture", bmp.gap)
    if bmp.profile:
        yield Residue("ICC profile", len(bmp.profile))
    if _u(data, 14) >= 124 and _u(data, 14 + 56) == _LINKED:
        yield Residue("name of an ICC profile", _u(data, 14 + 116))
    if bmp.compression not in _RUN_LENGTHS:
        behind = len(data) - bmp.start - bmp.stride * bmp.Rows - len(bmp.profile)
        if behind > 2:  # some writers round up
            yield Residue("bytes behind the picture", behind)


def _notes(data: bytes, bmp: _Bmp) -> Iterator[str]:
    if bmp.bits == 32 and bmp.compression == _PLAIN:
        fourth = data[bmp.start + 3 : bmp.start + bmp.stride * bmp.Rows : 4]
        if fourth.strip(b"\0") and fourth.strip(b"\xff"):
            yield "the fourth byte of each pixel, which the BMP leaves without a meaning, is left out; if it was meant as transparency, save the picture as PNG"


# ---------------------------------------------------------------- the pixels


def _rows(data: bytes, bmp: _Bmp) -> Iterator[bytes]:
    """Rows from the top, with their padding."""
    need = bmp.start + bmp.stride * (bmp.Rows - 1) + (bmp.Columns * bmp.bits + 7) // 8
    if len(data) < need:
        raise damaged(f"is cut short: {len(data)} bytes where its picture needs {need}")
    order = range(bmp.Rows) if bmp.top_down else range(bmp.Rows - 1, -1, -1)
    return (data[bmp.start + n * bmp.stride : bmp.start + (n + 1) * bmp.stride] for n in order)


def _indices(row: bytes, bmp: _Bmp) -> bytes:
    if bmp.bits == 8:
        return row[: bmp.Columns]
    parts = 8 // bmp.bits
    planes = tuple(
        row.translate(bytes(value >> 8 - bmp.bits * (n + 1) & (1 << bmp.bits) - 1 for value in range(256)))
        for n in range(parts)
    )
    return interleaved(planes)[: bmp.Columns]


def _from_palette(bmp: _Bmp, indices: bytes, alpha: bytes | None) -> Raster:
    if not bmp.palette:
        raise damaged("has no palette")
    if max(indices) >= len(bmp.palette):
        raise damaged(f"uses colour {max(indices)} of a palette of {len(bmp.palette)}")
    samples, colored = expanded(indices, bmp.palette)
    return Raster(bmp.Columns, bmp.Rows, 3 if colored else 1, 8, samples, alpha)


def _from_bgr(bmp: _Bmp, bgr: bytes, alpha: bytes | None) -> Raster:
    return Raster(bmp.Columns, bmp.Rows, 3, 8, interleaved((bgr[2::3], bgr[1::3], bgr[0::3])), alpha)


def _depth(masks: tuple[int, int, int, int]) -> int:
    """Bits of the deepest colour, 8 at least; of the alpha no more than that is kept."""
    return max(8, *(mask.bit_count() for mask in masks[:3]))


def _masked(body: bytes, bmp: _Bmp) -> Raster:
    bits = _depth(bmp.masks)
    if bmp.bits == 32 and all(mask in _BYTES for mask in bmp.masks):
        # most pictures: no arithmetic, only the order changes
        planes = [body[_BYTES[mask] :: 4] for mask in bmp.masks if mask]
    else:
        numbers = array("H" if bmp.bits == 16 else "I", body)
        if sys.byteorder == "big":
            numbers.byteswap()
        planes = [_channel(numbers, mask, bits) for mask in bmp.masks if mask]
    samples = _woven(planes[:3], bits)
    return Raster(bmp.Columns, bmp.Rows, 3, bits, samples, planes[3] if bmp.masks[3] else None)


_BYTES: Final = {0: 0, 0xFF: 0, 0xFF00: 1, 0xFF0000: 2, 0xFF000000: 3}
"""mask -> which byte of a little endian pixel; 0 is none"""


def _channel(numbers: array[int], mask: int, bits: int) -> bytes:
    """One channel, spread over `bits` bits: bytes, or little endian 16-bit samples."""
    shift = (mask & -mask).bit_length() - 1
    table = spread_table(mask >> shift, (1 << bits) - 1)
    values = array("B" if bits == 8 else "H", (table[(v & mask) >> shift] for v in numbers))
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def _woven(planes: list[bytes], bits: int) -> bytes:
    if bits == 8:
        return interleaved(tuple(planes))
    return interleaved(tuple(plane[byte::2] for plane in planes for byte in (0, 1)))


def _run_lengths(data: bytes, bmp: _Bmp) -> tuple[bytes, bytes | None]:
    """Pixels from the top, as indices or BGR, and an alpha where some are left out (None: there are none)."""
    width, height, size = bmp.Columns, bmp.Rows, max(1, bmp.bits // 8)
    picture, covered = bytearray(width * height * size), bytearray(width * height)
    for x, y, run in _runs(data, bmp):
        count = len(run) // size
        if x + count > width or y >= height:
            raise damaged("has a run that leaves the picture")
        at = (y if bmp.top_down else height - 1 - y) * width + x
        picture[size * at : size * at + len(run)] = run
        covered[at : at + count] = b"\xff" * count
    return bytes(picture), None if covered.count(255) == len(covered) else bytes(covered)


def _runs(data: bytes, bmp: _Bmp) -> Iterator[tuple[int, int, bytes]]:
    """Column, row in the order of the file, and the pixels of each run."""
    at, x, y, size = bmp.start, 0, 0, max(1, bmp.bits // 8)
    while at + 1 < len(data):
        count, value = data[at], data[at + 1]
        if count:
            run, length = _repeated(data[at + 1 : at + 1 + size], count, bmp), 1 + size
        elif value > 2:
            length = value * size if bmp.compression != _RLE4 else (value + 1) // 2
            run = data[at + 2 : at + 2 + length]
            run, length = _nibbles(run, value) if bmp.compression == _RLE4 else run, 2 + length + length % 2
            if at + length > len(data) + 1 or len(run) < value * size:
                break
        elif value == 2 and at + 3 < len(data):
            x, y, at = x + data[at + 2], y + data[at + 3], at + 4
            continue
        elif value == 0:
            x, y, at = 0, y + 1, at + 2
            continue
        else:
            return
        yield x, y, run
        x, at = x + len(run) // size, at + length
    # some writers leave out the last mark; a picture that is whole without it is whole
    if (y, x) < (bmp.Rows - 1, bmp.Columns) and y < bmp.Rows:
        raise damaged("ends within its run lengths")


def _repeated(value: bytes, count: int, bmp: _Bmp) -> bytes:
    return _nibbles(value * ((count + 1) // 2), count) if bmp.compression == _RLE4 else value * count


def _nibbles(raw: bytes, count: int) -> bytes:
    return b"".join(bytes((value >> 4, value & 15)) for value in raw)[:count]
