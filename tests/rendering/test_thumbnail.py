"""What goes to a terminal, read back by the rules of each protocol."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from dicomize.rendering import thumbnail
from dicomize.rendering.picture import Picture
from dicomize.rendering.thumbnail import Protocol, spoken

RED, BLUE = (255, 0, 0), (0, 0, 255)
FLAG = Picture(64, 32, "RGB", bytes(RED * 64) * 16 + bytes(BLUE * 64) * 16)


@pytest.mark.parametrize(
    ("environment", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, Protocol.KITTY),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, Protocol.KITTY),
        ({"TERM": "xterm", "TERM_PROGRAM": "ghostty"}, Protocol.KITTY),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, Protocol.ITERM2),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, Protocol.ITERM2),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, Protocol.ITERM2),
        ({"TERM": "foot"}, Protocol.SIXEL),
        ({"TERM": "mlterm-256color"}, Protocol.SIXEL),
        ({"TERM": "xterm-256color"}, Protocol.BLOCKS),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "iTerm.app"}, Protocol.BLOCKS),
        ({"TERM": "xterm-kitty", "TMUX": "/run/tmux"}, Protocol.BLOCKS),
        ({"TERM": "dumb"}, Protocol.NONE),
        ({}, Protocol.NONE),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, Protocol.NONE),
    ],
)
def test_what_a_terminal_speaks(environment: dict[str, str], protocol: Protocol) -> None:
    assert spoken(environment) is protocol


def test_kitty() -> None:
    noise = Image.effect_noise((200, 100), 90)
    text = thumbnail.kitty(Picture(200, 100, "L", noise.tobytes()), 79)
    pieces = re.findall(r"\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\", text)
    assert "".join(f"\x1b_G{c};{d}\x1b\\" for c, d in pieces) + "\n" == text
    assert len(pieces) > 1
    assert pieces[0][0] == "a=T,f=100,q=2,c=79,r=20,m=1"
    assert [control for control, _ in pieces[1:]] == ["m=1"] * (len(pieces) - 2) + ["m=0"]
    assert all(len(data) == 4096 for _, data in pieces[:-1])
    with Image.open(io.BytesIO(base64.b64decode("".join(data for _, data in pieces)))) as image:
        assert image.tobytes() == noise.tobytes()


def test_iterm2() -> None:
    found = re.fullmatch(
        r"\x1b\]1337;File=inline=1;size=(\d+);width=79;height=20;preserveAspectRatio=1:(.*)\x07\n",
        thumbnail.iterm2(FLAG, 79),
    )
    assert found is not None
    png = base64.b64decode(found[2])
    assert len(png) == int(found[1])
    with Image.open(io.BytesIO(png)) as image:
        assert image.tobytes() == FLAG.pixels


def test_sixel() -> None:
    assert unsixel(thumbnail.sixel(FLAG, 79)) == (64, 32, FLAG.pixels)
    odd = Picture(7, 5, "RGB", bytes((RED + BLUE) * 18)[:105])
    assert unsixel(thumbnail.sixel(odd, 79)) == (7, 5, odd.pixels)


def unsixel(text: str) -> tuple[int, int, bytes]:
    """A decoder after DEC's description (VT330/VT340 Programmer Reference, chapter 14)."""
    head = re.match(r'\x1bP0;1;0q"1;1;(\d+);(\d+)', text)
    assert head is not None
    assert text.endswith("\x1b\\\n")
    width, height = int(head[1]), int(head[2])
    colors: dict[int, tuple[int, ...]] = {}
    pixels: dict[tuple[int, int], tuple[int, ...]] = {}
    x = y = color = 0
    for token in re.finditer(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|(?:!(\d+))?([?-~])|([$-])", text[head.end() : -3]):
        if token[1]:
            colors[int(token[1])] = tuple(round(int(token[n]) * 255 / 100) for n in (2, 3, 4))
        elif token[5]:
            color = int(token[5])
        elif token[8]:
            x, y = 0, y + 6 * (token[8] == "-")
        else:
            run, bits = int(token[6] or 1), ord(token[7]) - 63
            dots = [(across, y + bit) for across in range(x, x + run) for bit in range(6) if bits >> bit & 1]
            pixels.update(dict.fromkeys(dots, colors[color]))
            x += run
    assert max(pixels) == (width - 1, height - 1)
    return width, height, bytes(v for y in range(height) for x in range(width) for v in pixels[x, y])


def test_blocks() -> None:
    lines = list(thumbnail.blocks(FLAG, 40))
    assert len(lines) == 10
    assert {len(line) for line in lines} == {40}
    assert lines[0] == [(RED, RED)] * 40
    assert lines[-1] == [(BLUE, BLUE)] * 40


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (1, 5000), (5000, 1), (3, 2), (4000, 3000)])
def test_sizes(columns: int, rows: int) -> None:
    width, lines = thumbnail.size_of(Picture(columns, rows, "L", b""), 79)
    assert 1 <= width <= 79
    assert 1 <= lines <= 20
