"""PNG (W3C PNG Specification, third edition): chunks by our own walk, pixels by Pillow.

Pillow neither notices that the compressed data end early nor gives 16-bit colour whole; both are seen to here.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from dicomize.model import ColorModel, ExifFacts, Residue
from dicomize.source import exif
from dicomize.source.described import (
    Described,
    RasterFacts,
    SourceFile,
    damaged,
    densities,
    describe_raster,
    require_size,
)
from dicomize.source.raster import Raster, alpha_of, expanded, interleaved, is_grey

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGB_ALPHA = 0, 2, 3, 4, 6
_DEPTHS: Final = {
    _GREY: (1, 2, 4, 8, 16),
    _RGB: (8, 16),
    _PALETTE: (1, 2, 4, 8),
    _GREY_ALPHA: (8, 16),
    _RGB_ALPHA: (8, 16),
}
_CHANNELS: Final = {_GREY: 1, _RGB: 3, _PALETTE: 1, _GREY_ALPHA: 2, _RGB_ALPHA: 4}
_PICTURE: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"})
_PASSES: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Adam7: first column, first row, steps"""
_LARGEST_PROFILE: Final = 1 << 26


class Chunk(NamedTuple):
    """One chunk; its data are data[start:end]."""

    type: bytes
    start: int
    end: int


class _Png(NamedTuple):
    """The chunks that matter, and the header."""

    Columns: int
    Rows: int
    depth: int
    kind: int
    interlaced: bool
    chunks: tuple[Chunk, ...]
    trailing: int

    def first(self, data: bytes, kind: bytes) -> bytes | None:
        return next((data[c.start : c.end] for c in self.chunks if c.type == kind), None)


def describe(file: SourceFile) -> Described:
    """The facts.

    Raises:
        SourceDamaged: a chunk is cut off or damaged, or the header states what PNG has not.
        SourceUnsupported: it is too large.
    """
    data = file.data
    png = _parsed(data)
    require_size(png.Columns, png.Rows)
    palette = _palette(data, png)
    grey = png.kind in {_GREY, _GREY_ALPHA} or (bool(palette) and is_grey(palette))
    profile = _profile(data, png)
    control = png.first(data, b"acTL")
    facts = RasterFacts(
        format="PNG",
        Columns=png.Columns,
        Rows=png.Rows,
        color=ColorModel.MONOCHROME if grey else ColorModel.RGB,
        bits=16 if png.depth == 16 else 8,
        frames=int.from_bytes(control[:4], "big") if control else 1,
        exif=_exif(data, png),
        profile=profile,
        residue=tuple(_residue(png)),
        palette=tuple(palette),
        notes=tuple(_notes(data, png)),
        bilevel=png.kind == _GREY and png.depth == 1,
    )
    if facts.frames == 1 and (png.kind in {_GREY_ALPHA, _RGB_ALPHA} or png.first(data, b"tRNS")):
        facts = facts._replace(alpha=alpha_of(pixels(data)))
    return describe_raster(file, facts)


def pixels(data: bytes) -> Raster:
    """All samples: 1, 2 and 4 bits spread over 8, 16 bits whole.

    Raises:
        SourceDamaged: the picture is not whole.
    """
    data = _bare(data)
    png = _parsed(data)
    _require_whole(data, png)
    samples, alpha = _DECODERS[png.kind](data, png)
    bits = 16 if png.depth == 16 else 8
    count = len(samples) // (png.Columns * png.Rows * (bits // 8))
    return Raster(png.Columns, png.Rows, count, bits, samples, alpha)


# ---------------------------------------------------------------- chunks


def _parsed(data: bytes) -> _Png:
    found = tuple(chunks(data))
    if not found or found[0].type != b"IHDR" or found[0].end - found[0].start != 13:
        raise damaged("does not begin with the header that a PNG has")
    head = data[found[0].start : found[0].end]
    columns, rows = (int.from_bytes(head[at : at + 4], "big") for at in (0, 4))
    depth, kind, compression, filtering, interlace = head[8:]
    if depth not in _DEPTHS.get(kind, ()) or compression or filtering or interlace > 1:
        raise damaged(f"states colour type {kind} with {depth} bits, which PNG has not")
    if not any(c.type == b"IDAT" for c in found):
        raise damaged("holds no picture")
    return _Png(columns, rows, depth, kind, bool(interlace), found, len(data) - found[-1].end - 4)


def chunks(data: bytes) -> Iterator[Chunk]:
    """Every chunk up to IEND; those of the picture with their check sum looked at."""
    at = len(SIGNATURE)
    while True:
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        start, end = at + 8, at + 8 + length
        if end + 4 > len(data):
            raise damaged(f"ends within a chunk that begins at byte {at}")
        view = memoryview(data)[at + 4 : end]
        if kind in _PICTURE and zlib.crc32(view) != int.from_bytes(data[end : end + 4], "big"):
            raise damaged(f"is damaged in its {kind.decode('ascii')} chunk at byte {at}")
        yield Chunk(kind, start, end)
        if kind == b"IEND":
            return
        at = end + 4


def _palette(data: bytes, png: _Png) -> list[tuple[int, ...]]:
    if png.kind != _PALETTE:
        return []
    raw = png.first(data, b"PLTE")
    if not raw or len(raw) % 3 or len(raw) > 768:
        raise damaged("has no usable palette")
    return [tuple(raw[at : at + 3]) for at in range(0, len(raw), 3)]


def _exif(data: bytes, png: _Png) -> ExifFacts:
    raw = png.first(data, b"eXIf")
    return exif.read_tiff(raw) if raw else ExifFacts()


def _profile(data: bytes, png: _Png) -> bytes:
    """The ICC profile: a name, a zero, the method, then zlib."""
    raw = png.first(data, b"iCCP")
    if raw is None:
        return b""
    try:
        return zlib.decompressobj().decompress(raw.partition(b"\0")[2][1:], _LARGEST_PROFILE) or b"?"
    except zlib.error:
        return b"?"


def _residue(png: _Png) -> Iterator[Residue]:
    lengths: dict[str, int] = {}
    for chunk in png.chunks:
        if chunk.type not in _PICTURE:
            name = "".join(chr(c) if 32 < c < 127 else "?" for c in chunk.type)
            lengths[name] = lengths.get(name, 0) + chunk.end - chunk.start
    yield from (Residue(name, length) for name, length in lengths.items())
    if png.trailing:
        yield Residue("bytes behind IEND", png.trailing)


def _notes(data: bytes, png: _Png) -> Iterator[str]:
    gamma = png.first(data, b"gAMA")
    value = int.from_bytes(gamma[:4], "big") if gamma else 45455
    stated = png.first(data, b"sRGB") is None and png.first(data, b"iCCP") is None
    if density := png.first(data, b"pHYs"):
        yield from densities(int.from_bytes(density[:4], "big"), int.from_bytes(density[4:8], "big"))
    if stated and not 40000 <= value <= 50000:
        yield f"the PNG states a gamma of {value / 100000:g}, which most viewers overlook and DICOM does not know"


# ---------------------------------------------------------------- pixels


def _bare(data: bytes) -> bytes:
    """The picture alone: of what else there is Pillow takes too much for an attack, such as a profile of 1 MiB."""
    return SIGNATURE + b"".join(data[c.start - 8 : c.end + 4] for c in _parsed(data).chunks if c.type in _PICTURE)


def _require_whole(data: bytes, png: _Png) -> None:
    """The compressed data hold every row, and their own check sum."""
    expected, have = _raw_length(png), 0
    stream = zlib.decompressobj()
    try:
        for chunk in png.chunks:
            if chunk.type != b"IDAT":
                continue
            piece: bytes | memoryview = memoryview(data)[chunk.start : chunk.end]
            while piece and have <= expected:
                have += len(stream.decompress(piece, 1 << 20))
                piece = stream.unconsumed_tail
        have += len(stream.flush()) if have <= expected else 0
    except zlib.error as error:
        raise damaged(f"holds damaged data: {error}") from None
    if have < expected or (have == expected and not stream.eof):
        raise damaged(f"is cut short: {have} of {expected} bytes of its picture are there")


def _raw_length(png: _Png) -> int:
    """Bytes of all rows, each with its filter type in front."""
    bits = png.depth * _CHANNELS[png.kind]
    if not png.interlaced:
        return png.Rows * (1 + (png.Columns * bits + 7) // 8)
    total = 0
    for left, top, across, down in _PASSES:
        columns, rows = (png.Columns - left + across - 1) // across, (png.Rows - top + down - 1) // down
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


def _grey(data: bytes, png: _Png) -> tuple[bytes, bytes | None]:
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    image = pillow.loaded(data, "PNG")
    samples = image.convert("L").tobytes() if image.mode == "1" else image.tobytes()
    return samples, _keyed(data, png, samples, 1)


def _rgb(data: bytes, png: _Png) -> tuple[bytes, bytes | None]:
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    samples = pillow.deep(data, "PNG") if png.depth == 16 else pillow.loaded(data, "PNG").tobytes()
    return samples, _keyed(data, png, samples, 3)


def _keyed(data: bytes, png: _Png, samples: bytes, count: int) -> bytes | None:
    """The alpha of a picture of which one colour is transparent (tRNS)."""
    raw = png.first(data, b"tRNS")
    if raw is None:
        return None
    if len(raw) != 2 * count:
        raise damaged("has a tRNS chunk of the wrong length")
    if png.depth == 16:
        key = b"".join(raw[at + 1 : at + 2] + raw[at : at + 1] for at in range(0, len(raw), 2))
    else:
        top = (1 << png.depth) - 1
        # of its two bytes only so many bits count as a sample has (W3C PNG, 11.3.1.1)
        key = bytes((int.from_bytes(raw[at : at + 2], "big") & top) * (255 // top) for at in range(0, len(raw), 2))
    differs = 0
    for number, byte in enumerate(key):
        table = bytearray(b"\xff" * 256)
        table[byte] = 0
        differs |= int.from_bytes(samples[number :: len(key)].translate(table), "big")
    alpha = differs.to_bytes(png.Columns * png.Rows, "big")
    return interleaved((alpha, alpha)) if png.depth == 16 else alpha


def _indexed(data: bytes, png: _Png) -> tuple[bytes, bytes | None]:
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    palette = _palette(data, png)
    indices = pillow.loaded(data, "PNG").tobytes()
    if max(indices) >= len(palette):
        raise damaged(f"uses colour {max(indices)} of a palette of {len(palette)}")
    raw = png.first(data, b"tRNS")
    alpha = indices.translate((raw + b"\xff" * 256)[:256]) if raw else None
    return expanded(indices, palette)[0], alpha


def _grey_alpha(data: bytes, png: _Png) -> tuple[bytes, bytes | None]:
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    if png.depth == 8:
        pairs = pillow.loaded(data, "PNG").tobytes()
        return pairs[0::2], pairs[1::2]
    fours = pillow.loaded(data, "PNG", _as_bytes).tobytes()
    return interleaved((fours[1::4], fours[0::4])), interleaved((fours[3::4], fours[2::4]))


def _as_bytes(image: object) -> None:
    """Two samples of 16 bits are four of 8: so Pillow leaves them whole."""
    image.tile = [tile._replace(args="RGBA") for tile in image.tile]  # type: ignore[attr-defined] # an ImageFile


def _rgb_alpha(data: bytes, png: _Png) -> tuple[bytes, bytes | None]:
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    samples = pillow.deep(data, "PNG") if png.depth == 16 else pillow.loaded(data, "PNG").tobytes()
    depth = png.depth // 8
    planes = [samples[at :: 4 * depth] for at in range(4 * depth)]
    return interleaved(tuple(planes[: 3 * depth])), interleaved(tuple(planes[3 * depth :]))


_DECODERS: Final = {
    _GREY: _grey, _RGB: _rgb, _PALETTE: _indexed, _GREY_ALPHA: _grey_alpha, _RGB_ALPHA: _rgb_alpha,
}  # fmt: skip
