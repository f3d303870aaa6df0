"""A picture on a terminal: by the protocol that it is known to speak, or by half blocks in 24-bit colour.

What a terminal speaks is judged by its environment alone. Asking it would mean to read its answer, which a terminal that
does not understand the question leaves on the user's command line.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from dicomize.rendering.picture import Picture


class Protocol(StrEnum):
    """How a picture gets onto a terminal."""

    AUTO = "auto"
    KITTY = "kitty"
    ITERM2 = "iterm2"
    SIXEL = "sixel"
    BLOCKS = "blocks"
    NONE = "none"


_CELL: Final = (8, 16)
"""pixels of a character, roughly; terminals scale by themselves where they can"""
_ROWS: Final = 20
"""lines of text that a thumbnail takes at most"""
_CHUNK: Final = 4096
_SIXEL_TERMS: Final = ("foot", "mlterm", "yaft", "contour")


def spoken(environment: Mapping[str, str]) -> Protocol:
    """What a terminal speaks, by its environment.

    Inside of tmux and screen nothing is certain, so that is half blocks; on a dumb terminal, or with NO_COLOR, nothing.
    """
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if term in {"", "dumb"} or environment.get("NO_COLOR"):
        return Protocol.NONE
    if environment.get("TMUX") or term.startswith(("screen", "tmux")):
        return Protocol.BLOCKS
    if environment.get("KITTY_WINDOW_ID") or "kitty" in term or program == "ghostty":
        return Protocol.KITTY
    if program in {"iTerm.app", "WezTerm"} or environment.get("LC_TERMINAL") == "iTerm2":
        return Protocol.ITERM2
    if term.startswith(_SIXEL_TERMS):
        return Protocol.SIXEL
    return Protocol.BLOCKS


def size_of(picture: Picture, columns: int) -> tuple[int, int]:
    """Columns and lines of text for a picture, at most `columns` and _ROWS, with its aspect kept."""
    cell_width, cell_height = _CELL
    lines = min(_ROWS, max(1, round(columns * cell_width * picture.rows / picture.columns / cell_height)))
    width = min(columns, max(1, round(lines * cell_height * picture.columns / picture.rows / cell_width)))
    return width, lines


def kitty(picture: Picture, columns: int) -> str:
    """The kitty graphics protocol: a PNG in base64, in pieces of 4096 characters."""
    width, lines = size_of(picture, columns)
    data = base64.b64encode(_scaled(picture, width, lines).png()).decode("ascii")
    pieces = [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)]
    control = f"a=T,f=100,q=2,c={width},r={lines},"
    out: list[str] = []
    for number, piece in enumerate(pieces):
        out.append(f"\x1b_G{control if number == 0 else ''}m={int(number + 1 < len(pieces))};{piece}\x1b\\")
    return "".join(out) + "\n"


def iterm2(picture: Picture, columns: int) -> str:
    """iTerm2's inline images."""
    width, lines = size_of(picture, columns)
    png = _scaled(picture, width, lines).png()
    data = base64.b64encode(png).decode("ascii")
    return f"\x1b]1337;File=inline=1;size={len(png)};width={width};height={lines};preserveAspectRatio=1:{data}\x07\n"


def sixel(picture: Picture, columns: int) -> str:
    """Sixel graphics of at most 64 colours."""
    width, lines = size_of(picture, columns)
    image = _scaled(picture, width, lines).image().convert("RGB").quantize(64)
    palette = image.getpalette() or []
    colors = [palette[at : at + 3] for at in range(0, len(palette), 3)]
    head = "".join(
        f"#{number};2;{';'.join(str(round(level * 100 / 255)) for level in color)}"
        for number, color in enumerate(colors)
    )
    bands = "-".join(_bands(image.tobytes(), image.width, image.height))
    return f'\x1bP0;1;0q"1;1;{image.width};{image.height}{head}{bands}\x1b\\\n'


def _bands(indices: bytes, width: int, height: int) -> Iterator[str]:
    """Six rows at a time, each colour of them in one go; runs of the same character are counted."""
    for top in range(0, height, 6):
        rows = [indices[y * width : (y + 1) * width] for y in range(top, min(top + 6, height))]
        layers: list[str] = []
        for color in sorted(set(b"".join(rows))):
            columns = (sum(1 << bit for bit, row in enumerate(rows) if row[x] == color) for x in range(width))
            layers.append(f"#{color}{_counted(''.join(chr(63 + bits) for bits in columns))}")
        yield "$".join(layers)


def _counted(text: str) -> str:
    out: list[str] = []
    at = 0
    while at < len(text):
        run = len(text) - at - len(text[at:].lstrip(text[at]))
        out.append(f"!{run}{text[at]}" if run > 3 else text[at] * run)
        at += run
    return "".join(out)


Cell = tuple[tuple[int, int, int], tuple[int, int, int]]


def blocks(picture: Picture, columns: int) -> Iterator[list[Cell]]:
    """Lines of (upper, lower) colours: a half block shows two pixels above each other."""
    width, lines = size_of(picture, columns)
    image = picture.image().convert("RGB").resize((width, 2 * lines))
    pixels = image.tobytes()
    colors = [(pixels[at], pixels[at + 1], pixels[at + 2]) for at in range(0, len(pixels), 3)]
    for line in range(lines):
        upper = colors[2 * line * width : (2 * line + 1) * width]
        lower = colors[(2 * line + 1) * width : (2 * line + 2) * width]
        yield list(zip(upper, lower, strict=True))


def _scaled(picture: Picture, width: int, lines: int) -> Picture:
    """No larger than it is shown."""
    image = picture.image()
    image.thumbnail((width * _CELL[0] * 2, lines * _CELL[1] * 2))
    return Picture(image.width, image.height, picture.mode, image.tobytes())
