"""GIF (GIF89a specification): blocks by our own walk, pixels by Pillow.

Pillow takes compressed data that end early for a picture, so their length is counted here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from dicomize.model import ColorModel, Residue
from dicomize.source.described import Described, RasterFacts, SourceFile, damaged, describe_raster, require_size
from dicomize.source.raster import Raster, alpha_of, expanded, is_grey

_TRAILER: Final = 0x3B
_CONTROL: Final = 0xF9
_EXTENSIONS: Final = {0x01: "plain text", 0xFE: "comment", 0xFF: "application"}
_ICC: Final = b"ICCRGBG1012"


class _Frame(NamedTuple):
    """One picture: where it lies on the screen, its colours, the index that is transparent, its compressed data."""

    left: int
    top: int
    Columns: int
    Rows: int
    palette: list[tuple[int, ...]]
    transparent: int | None
    code_size: int
    data: bytes


class _Extension(NamedTuple):
    """One extension, and where it is."""

    label: int
    content: bytes
    start: int
    end: int


class _Gif(NamedTuple):
    """The screen, and what is in the file."""

    Columns: int
    Rows: int
    frames: tuple[_Frame, ...]
    residue: tuple[Residue, ...]
    profile: bytes


def describe(file: SourceFile) -> Described:
    """The facts.

    Raises:
        SourceDamaged: a block is cut off or unknown, or a lone picture cannot be decoded.
        SourceUnsupported: it is too large.
    """
    gif = _parsed(file.data)
    require_size(gif.Columns, gif.Rows)
    if not gif.frames:
        raise damaged("holds no picture")
    palette = gif.frames[0].palette
    facts = RasterFacts(
        format="GIF",
        Columns=gif.Columns,
        Rows=gif.Rows,
        color=ColorModel.MONOCHROME if is_grey(palette) else ColorModel.RGB,
        frames=len(gif.frames),
        profile=gif.profile,
        residue=gif.residue,
        palette=tuple(palette),
    )
    if len(gif.frames) == 1:
        facts = facts._replace(alpha=alpha_of(pixels(file.data)))
    return describe_raster(file, facts)


def pixels(data: bytes) -> Raster:
    """The first picture on its screen; what it does not cover is transparent.

    Raises:
        SourceDamaged: it is not whole.
    """
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    gif = _parsed(data)
    frame = gif.frames[0]
    _require_whole(frame)
    indices = pillow.loaded(data, "GIF").tobytes()
    if len(indices) != gif.Columns * gif.Rows:
        raise damaged("holds a picture that does not fit its screen")
    inside = _inside(gif, frame)
    if inside is not None:
        indices = bytes(index if within else 0 for index, within in zip(indices, inside, strict=True))
    if not frame.palette or max(indices) >= len(frame.palette):
        raise damaged(f"uses colour {max(indices)} of a palette of {len(frame.palette)}")
    alpha = inside
    if frame.transparent is not None:
        seen = bytearray(b"\xff" * 256)
        seen[frame.transparent] = 0
        alpha = indices.translate(seen)
        if inside is not None:
            alpha = bytes(map(min, alpha, inside))
    samples, colored = expanded(indices, frame.palette)
    return Raster(gif.Columns, gif.Rows, 3 if colored else 1, 8, samples, alpha)


def _inside(gif: _Gif, frame: _Frame) -> bytes | None:
    """255 where the picture covers the screen; None where it covers all of it."""
    left, right, top, bottom = frame.left, frame.left + frame.Columns, frame.top, frame.top + frame.Rows
    if (left, top, right, bottom) == (0, 0, gif.Columns, gif.Rows):
        return None
    row = bytes(left) + b"\xff" * (right - left) + bytes(gif.Columns - right)
    return bytes(gif.Columns * top) + row * (bottom - top) + bytes(gif.Columns * (gif.Rows - bottom))


# ---------------------------------------------------------------- blocks


def _u(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _parsed(data: bytes) -> _Gif:
    if len(data) < 13:
        raise damaged("ends within its header")
    flags, at = data[10], 13
    shared: list[tuple[int, ...]] = []
    if flags & 0x80:
        shared = _palette(data, at, flags)
        at += 3 * len(shared)
    frames: list[_Frame] = []
    extensions: list[_Extension] = []
    # the last mark may be missing from a picture that is whole
    while data[at : at + 1] != bytes([_TRAILER]) and not (frames and at + 2 > len(data)):
        kind = data[at : at + 1]
        if kind == b"\x21":
            extensions.append(_extension(data, at))
            at = extensions[-1].end
        elif kind == b"\x2c":
            frame, at = _image(data, at, shared, extensions)
            frames.append(frame)
        else:
            raise damaged(f"has an unknown block at byte {at}" if kind else "ends before its picture")
    residue = [Residue(_EXTENSIONS.get(e.label, "unknown extension"), e.end - e.start)
               for e in extensions if e.label != _CONTROL]  # fmt: skip
    if at + 1 < len(data):
        residue.append(Residue("bytes behind the trailer", len(data) - at - 1))
    profile = next((e.content[len(_ICC) :] for e in extensions if e.content.startswith(_ICC)), b"")
    # where the first picture is larger than its screen, browsers and Pillow enlarge the screen
    columns = max([_u(data, 6), *(f.left + f.Columns for f in frames[:1])])
    rows = max([_u(data, 8), *(f.top + f.Rows for f in frames[:1])])
    return _Gif(columns, rows, tuple(frames), tuple(residue), profile)


def _extension(data: bytes, at: int) -> _Extension:
    content, end = _blocks(data, at + 2)
    return _Extension(data[at + 1], content, at, end)


def _palette(data: bytes, at: int, flags: int) -> list[tuple[int, ...]]:
    end = at + 3 * (2 << (flags & 7))
    if end > len(data):
        raise damaged("ends within its palette")
    return [tuple(data[p : p + 3]) for p in range(at, end, 3)]


def _image(data: bytes, at: int, shared: list[tuple[int, ...]], extensions: list[_Extension]) -> tuple[_Frame, int]:
    """A picture, and where it ends; what the extension right before it says of transparency."""
    transparent = None
    if extensions and extensions[-1].end == at and extensions[-1].label == _CONTROL:
        control = extensions[-1].content
        transparent = control[3] if len(control) > 3 and control[0] & 1 else None
    if at + 11 > len(data):
        raise damaged("ends within the header of its picture")
    left, top, columns, rows = (_u(data, at + n) for n in (1, 3, 5, 7))
    flags, palette = data[at + 9], shared
    at += 10
    if flags & 0x80:
        palette = _palette(data, at, flags)
        at += 3 * len(palette)
    content, end = _blocks(data, at + 1)
    return _Frame(left, top, columns, rows, palette, transparent, data[at] if at < len(data) else 0, content), end


def _blocks(data: bytes, at: int) -> tuple[bytes, int]:
    """What a chain of blocks holds, and where it ends."""
    pieces: list[bytes] = []
    while True:
        if at >= len(data) or at + 1 + data[at] > len(data):
            raise damaged(f"ends within a block at byte {min(at, len(data))}")
        size = data[at]
        if not size:
            return b"".join(pieces), at + 1
        pieces.append(data[at + 1 : at + 1 + size])
        at += 1 + size


# ---------------------------------------------------------------- LZW


def _require_whole(frame: _Frame) -> None:
    need = frame.Columns * frame.Rows
    if not 1 <= frame.code_size <= 11:
        raise damaged("states a code size that GIF has not")
    have = 0
    for length in _lengths(frame):
        have += length
        if have >= need:
            return
    raise damaged(f"is cut short: {have} of {need} pixels are there")


def _lengths(frame: _Frame) -> Iterator[int]:
    """How many pixels each code stands for; ends at the end code, or at one that cannot be."""
    clear = 1 << frame.code_size
    fresh = [1] * clear + [0, 0]  # the clear and the end code stand for none
    table, before = fresh.copy(), 0
    codes = _codes(frame, table_size := [len(table)])
    for code in codes:
        if code == clear:
            table, before = fresh.copy(), 0
        elif code == clear + 1 or code > len(table) or (code == len(table) and not before):
            return
        else:
            if before and len(table) < 4096:
                table.append(before + 1)
            if code >= len(table):
                return
            before = table[code]
            yield before
        table_size[0] = len(table)


def _codes(frame: _Frame, table_size: list[int]) -> Iterator[int]:
    """The codes, each as wide as the table is large when it is read."""
    buffer = held = 0
    for byte in frame.data:
        buffer |= byte << held
        held += 8
        while held >= (width := min(12, table_size[0].bit_length())):
            yield buffer & (1 << width) - 1
            buffer >>= width
            held -= width
