"""dicomize view, on a terminal and in pipes."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydicom.data import get_testdata_file

Run = Callable[..., Any]


def pydicoms(name: str) -> Path:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    return Path(path)


@pytest.fixture
def mr() -> Path:
    return pydicoms("MR_small.dcm")


def test_a_picture(invoke: Run, mr: Path, out: Path) -> None:
    png = out / "mr.png"
    done = invoke("view", mr, "-o", png, "--renderer", "pydicom")
    assert (done.code, done.err) == (0, "")
    assert "center 600, width 1600, LINEAR (the file's window)" in done.out
    assert "pydicom (--renderer): pydicom decoded, dicomize windowed" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    with Image.open(png) as image:
        assert (image.format, image.mode, image.size, image.info) == ("PNG", "L", (64, 64), {})
    assert [p.name for p in out.iterdir()] == ["mr.png"]


def test_json(invoke: Run, mr: Path, out: Path) -> None:
    done = invoke("view", mr, "-o", out / "mr.png", "--renderer", "pydicom", "--json", "--window", "700,200")
    (result,) = done.json["results"]
    assert result["window"] == {"center": 700, "width": 200, "function": "LINEAR", "origin": "--window"}
    assert (result["renderer"], result["because"], result["passed_over"]) == ("pydicom", "--renderer", [])
    assert (result["frame"], result["frames"], result["mode"]) == (1, 1, "L")
    assert result["output"] == str(out / "mr.png")
    again = invoke("view", mr, "--renderer", "pydicom", "--json", "--window", "700,200").json["results"][0]
    assert (again["sha256"], again["output"]) == (result["sha256"], None)


def test_the_default_order(invoke: Run, mr: Path, require_tool: Callable[[str], Path]) -> None:
    require_tool("dcm2pnm")
    assert "renderer  dcmtk (default order): dcm2pnm decoded and windowed" in invoke("view", mr).out


def test_without_toolkits(invoke: Run, mr: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for program in ("DCM2PNM", "GDCMCONV"):
        monkeypatch.setenv(f"DICOMIZE_{program}", "/nonexistent")
    done = invoke("view", mr)
    assert done.code == 0
    assert "renderer     pydicom (default order)" in done.out
    assert done.out.count("passed over") == 2
    invoke("view", mr, "--renderer", "dcmtk").complains(4, "/nonexistent", "does not exist", "dicomize backends")


def test_all(invoke: Run, mr: Path, require_tool: Callable[[str], Path]) -> None:
    for program in ("dcm2pnm", "gdcmconv"):
        require_tool(program)
    done = invoke("view", mr, "--all")
    assert (done.code, done.err) == (0, "")
    assert "3 renderers agree within 2 of 255 levels" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    strict = invoke("view", mr, "--all", "--tolerance", "0", "--json")
    assert strict.code == 7
    (result,) = strict.json["results"]
    assert not result["agree"]
    assert [r["renderer"] for r in result["renderers"]] == ["dcmtk", "gdcm", "pydicom"]
    assert [r["distance"]["largest"] for r in result["renderers"]] == [0, 1, 1]
    one = invoke("view", pydicoms("liver_1frame.dcm"), "--all")
    assert one.code == 0
    assert "only one renderer can show it: there is nothing to compare" in one.out
    differing = invoke("view", pydicoms("SC_rgb_rle_16bit.dcm"), "--all")
    assert differing.code == 7
    assert "the renderers differ by more than 2 of 255 levels" in differing.out


def test_usage(invoke: Run, mr: Path, out: Path, tmp_path: Path) -> None:
    invoke("view", mr, "--frame", "2").complains(2, "has 1 frame, not 2")
    invoke("view", mr, "--renderer", "nonesuch").complains(2, "there is no renderer 'nonesuch'")
    for window in ("1", "a,b", "1,2,3", "5,0", "nan,5"):
        invoke("view", mr, "--window", window).complains(2, "is no window")
    invoke("view", mr, "--thumbnail", "ascii").complains(2, "there is no thumbnail 'ascii'")
    invoke("view", mr, "--all", "-o", out / "x.png").complains(2, "--all makes no picture of its own")
    invoke("view", tmp_path / "absent").complains(3, "does not exist; check the name")
    assert list(out.iterdir()) == []


def test_nothing_is_overwritten_or_half_written(invoke: Run, mr: Path, out: Path, tmp_path: Path) -> None:
    png = out / "x.png"
    png.write_text("mine")
    invoke("view", mr, "-o", png).complains(2, "exists already")
    assert png.read_text() == "mine"
    assert invoke("view", mr, "-o", png, "--overwrite").code == 0
    assert png.read_bytes().startswith(b"\x89PNG")
    invoke("view", mr, "-o", tmp_path / "absent" / "x.png").complains(10, "does not exist")
    copy = tmp_path / "copy.dcm"
    copy.write_bytes(mr.read_bytes())
    invoke("view", copy, "-o", copy, "--overwrite").complains(2, "is the source itself")
    assert copy.read_bytes() == mr.read_bytes()
    assert [p.name for p in out.iterdir()] == ["x.png"]


def test_a_damaged_file(invoke: Run, mr: Path, out: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(mr.read_bytes()[:-1000])
    invoke("view", cut, "-o", out / "x.png", "--renderer", "pydicom").complains(3, "cannot decode frame 1")
    assert list(out.iterdir()) == []


# ---------------------------------------------------------------- terminals


def on_a_terminal(environment: dict[str, str], *words: str | Path) -> str:
    """What a terminal would be sent."""
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "dicomize", *map(str, words)]
    with subprocess.Popen(command, env=environment, stdin=end, stdout=end, stderr=end) as process:
        os.close(end)
        received = b"".join(iter(lambda: _read(terminal), b""))
    os.close(terminal)
    assert process.returncode == 0, received
    return received.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side is gone
        return b""


@pytest.mark.parametrize(
    ("speaks", "begin", "end"),
    [
        ({"TERM": "xterm-kitty"}, "\x1b_Ga=T", "\x1b\\"),
        ({"TERM": "xterm", "TERM_PROGRAM": "iTerm.app"}, "\x1b]1337;File=", "\x07"),
        ({"TERM": "foot"}, "\x1bP0;1;0q", "\x1b\\"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "\x1b[38;2;", "▀"),
    ],
)
def test_a_thumbnail(speaks: dict[str, str], begin: str, end: str, mr: Path, environment: dict[str, str]) -> None:
    clean = {k: v for k, v in environment.items() if k not in {"TERM_PROGRAM", "KITTY_WINDOW_ID", "TMUX", "NO_COLOR"}}
    text = on_a_terminal(clean | speaks, "view", "--renderer", "pydicom", mr)
    assert text.startswith(begin)
    assert end in text
    assert "center 600, width 1600" in text
    none = on_a_terminal(clean | speaks, "view", "--renderer", "pydicom", "--thumbnail", "none", mr)
    assert begin not in none
    assert "▀" not in none


def test_no_thumbnail_in_a_pipe(dicomize: Run, mr: Path) -> None:
    for word in ("kitty", "blocks", "auto"):
        done = dicomize("view", mr, "--renderer", "pydicom", "--thumbnail", word, env={"TERM": "xterm-kitty"})
        assert (done.code, done.err) == (0, "")
        assert "\x1b" not in done.out
        assert "▀" not in done.out


def test_hostile_names(dicomize: Run, mr: Path, tmp_path: Path) -> None:
    name = "-a\n\x1b[31m.dcm"
    (tmp_path / name).write_bytes(mr.read_bytes())
    for more in ([], ["--all"]):
        done = dicomize("view", *more, "--", name)
        assert done.code == 0
        assert "\x1b" not in done.out
        assert "-a\\n\\x1b[31m.dcm" in done.out
    done = dicomize("view", "-o", "out\n.png", "--renderer", "pydicom", "--", name)
    assert done.code == 0
    with Image.open(io.BytesIO((tmp_path / "out\n.png").read_bytes())) as image:
        assert image.size == (64, 64)
