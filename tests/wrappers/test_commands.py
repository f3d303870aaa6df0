"""The argument lists, to the letter, and each wrapper against a program that misbehaves."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dicomize.errors import ToolFailed
from dicomize.model import ImagePixel, Rectangle
from dicomize.wrappers import (
    dciodvfy,
    dcm2pnm,
    dcmcjpeg,
    dcmcjpls,
    dcmcrle,
    dcmdjpeg,
    dcmdjpls,
    dcmtk,
    dump2dcm,
    gdcmconv,
    gdcmimg,
    img2dcm,
    jpegtran,
)
from dicomize.wrappers.process import Command, run

if TYPE_CHECKING:
    from collections.abc import Callable

BIN = Path("/opt/bin/program")
JPG, RAW, OUT = Path("/s/image.jpg"), Path("/s/image.raw"), Path("/s/out.dcm")

GREY_12 = ImagePixel(1, "MONOCHROME2", Rows=3, Columns=5, BitsAllocated=16, BitsStored=12, PlanarConfiguration=None)
RGB = ImagePixel(3, "RGB", Rows=3, Columns=5, BitsAllocated=8, BitsStored=8, PlanarConfiguration=0)

DICTIONARY = (("DCMDICTPATH", str(dcmtk.DICTIONARY)),)

GOLDEN = [
    (img2dcm.command(BIN, JPG, OUT), "-i JPEG -ka /s/image.jpg /s/out.dcm", DICTIONARY),
    (img2dcm.bmp_command(BIN, Path("/s/i.bmp"), OUT), "-i BMP /s/i.bmp /s/out.dcm", DICTIONARY),
    (dump2dcm.command(BIN, Path("/s/dump.txt"), OUT), "/s/dump.txt /s/out.dcm", DICTIONARY),
    (dcmdjpeg.command(BIN, Path("/s/in.dcm"), OUT), "+cp +px /s/in.dcm /s/out.dcm", DICTIONARY),
    (dcmdjpeg.command(BIN, Path("/s/in.dcm"), OUT, convert_color=False), "+cn +px /s/in.dcm /s/out.dcm", DICTIONARY),
    (dcmdjpls.command(BIN, Path("/s/in.dcm"), OUT), "/s/in.dcm /s/out.dcm", DICTIONARY),
    (gdcmimg.command(BIN, JPG, OUT), "-i /s/image.jpg -o /s/out.dcm", ()),
    (
        gdcmimg.raw_command(BIN, RAW, OUT, GREY_12),
        "--size 5,3 --depth 16 --pf 16,12,11 --spp 1 -i /s/image.raw -o /s/out.dcm",
        (),
    ),
    (
        gdcmimg.raw_command(BIN, RAW, OUT, RGB),
        "--size 5,3 --depth 8 --pf 8,8,7 --spp 3 -i /s/image.raw -o /s/out.dcm",
        (),
    ),
    (dcmcjpeg.command(BIN, Path("/s/in.dcm"), OUT, ("+e1",)), "+e1 /s/in.dcm /s/out.dcm", DICTIONARY),
    (dcmcjpls.command(BIN, Path("/s/in.dcm"), OUT), "/s/in.dcm /s/out.dcm", DICTIONARY),
    (dcmcrle.command(BIN, Path("/s/in.dcm"), OUT), "/s/in.dcm /s/out.dcm", DICTIONARY),
    (gdcmconv.compress_command(BIN, Path("/s/in.dcm"), OUT, ("-J",)), "-J -i /s/in.dcm -o /s/out.dcm", ()),
    (gdcmconv.command(BIN, Path("/s/in.dcm"), OUT), "--raw -i /s/in.dcm -o /s/out.dcm", ()),
    (
        dcm2pnm.command(BIN, Path("/s/in.dcm"), OUT, ("+F", "2", "-O", "+Wm")),
        "+F 2 -O +Wm +op /s/in.dcm /s/out.dcm",
        DICTIONARY,
    ),
]


@pytest.mark.parametrize(("command", "arguments", "env"), GOLDEN)
def test_argument_lists(command: Command, arguments: str, env: tuple[tuple[str, str], ...]) -> None:
    assert command == Command((str(BIN), *arguments.split()), env=env, produces=OUT)


@pytest.mark.parametrize(
    ("work", "runs"),
    [
        (jpegtran.Work(), ["-copy none -perfect -outfile /s/upright.jpg /s/upright-source.jpg"]),
        (jpegtran.Work(6), ["-copy none -perfect -rotate 90 -outfile /s/upright.jpg /s/upright-source.jpg"]),
        (
            jpegtran.Work(3, (Rectangle(16, 8, 32, 24),), Rectangle(8, 0, 64, 40)),
            [
                "-copy none -drop +16+8 /s/black-16-8-32-24.jpg -outfile /s/step-1.jpg /s/upright-source.jpg",
                "-copy none -crop 64x40+8+0 -outfile /s/step-2.jpg /s/step-1.jpg",
                "-copy none -perfect -rotate 180 -outfile /s/upright.jpg /s/step-2.jpg",
            ],
        ),
    ],
)
def test_argument_lists_of_jpegtran(work: jpegtran.Work, runs: list[str]) -> None:
    commands = jpegtran.commands(BIN, Path("/s"), work)
    assert [command.argv for command in commands] == [(str(BIN), *words.split()) for words in runs]
    assert [command.produces for command in commands] == [Path(words.split()[-2]) for words in runs]


def test_argument_list_of_dciodvfy() -> None:
    command = dciodvfy.command(BIN, OUT)
    assert (command.argv, command.produces) == ((str(BIN), "-new", "/s/out.dcm"), None)
    assert dciodvfy.command(BIN, OUT, full_paths=False).argv == (str(BIN), "/s/out.dcm")


@pytest.mark.parametrize("command", [row[0] for row in GOLDEN])
def test_commands_are_made_absolute(command: Command) -> None:
    assert all(not argument.startswith(("@", "./")) for argument in command.argv)


def test_names_that_look_like_options(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    argv = img2dcm.command(Path("img2dcm"), Path("-v.jpg"), Path("@out.dcm")).argv
    assert argv == (f"{tmp_path}/img2dcm", "-i", "JPEG", "-ka", f"{tmp_path}/-v.jpg", f"{tmp_path}/@out.dcm")


@pytest.mark.parametrize("name", ["image.jpe", "image.jfif", "image", "image.JPG"])
def test_gdcmimg_wants_its_extension(name: str) -> None:
    with pytest.raises(ValueError, match=r"\.jpg"):
        gdcmimg.command(BIN, Path("/s") / name, OUT)
    with pytest.raises(ValueError, match=r"\.raw"):
        gdcmimg.raw_command(BIN, Path("/s") / name, OUT, RGB)


@pytest.mark.parametrize("orientation", [-1, 0, 9])
def test_jpegtran_knows_eight_orientations(orientation: int) -> None:
    with pytest.raises(ValueError, match="not an Exif orientation"):
        jpegtran.commands(BIN, Path("/s"), jpegtran.Work(orientation))


def test_dump_of_native_pixels() -> None:
    assert dump2dcm.native(RGB, "1.2.840.10008.1.2.1", RAW).decode().splitlines() == [
        "(0002,0010) UI [1.2.840.10008.1.2.1]",
        "(0028,0002) US 3",
        "(0028,0004) CS [RGB]",
        "(0028,0006) US 0",
        "(0028,0010) US 3",
        "(0028,0011) US 5",
        "(0028,0100) US 8",
        "(0028,0101) US 8",
        "(0028,0102) US 7",
        "(0028,0103) US 0",
        "(7fe0,0010) OB =/s/image.raw",
    ]
    grey = dump2dcm.native(GREY_12, "1.2.840.10008.1.2.1", RAW).decode()
    assert "(0028,0006)" not in grey
    assert grey.endswith("(7fe0,0010) OW =/s/image.raw\n")


def test_dump_of_a_stream() -> None:
    assert dump2dcm.encapsulated(RGB, "1.2.840.10008.1.2.4.50", JPG).decode().splitlines()[-4:] == [
        "(7fe0,0010) OB (PixelSequence",
        "(fffe,e000) pi (no value)",
        "(fffe,e000) pi =/s/image.jpg",
        "(fffe,e0dd) na (SequenceDelimitationItem)",
    ]


@pytest.mark.parametrize("name", ["a\nb", "a#b", "x" * 4001])
def test_names_that_a_dump_cannot_hold(name: str) -> None:
    with pytest.raises(ValueError, match="cannot read a file of this name"):
        dump2dcm.native(RGB, "1.2.840.10008.1.2.1", Path("/s") / name)


def commands(program: Path, folder: Path) -> list[Command]:
    jpg, raw, out = folder / "image.jpg", folder / "image.raw", folder / "out"
    return [
        img2dcm.command(program, jpg, out),
        img2dcm.bmp_command(program, folder / "i.bmp", out),
        dump2dcm.command(program, folder / "dump.txt", out),
        dcmdjpeg.command(program, folder / "in.dcm", out),
        dcmdjpls.command(program, folder / "in.dcm", out),
        gdcmimg.command(program, jpg, out),
        gdcmimg.raw_command(program, raw, out, RGB),
        gdcmconv.command(program, folder / "in.dcm", out),
        *jpegtran.commands(program, folder, jpegtran.Work()),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 1", "failed with exit code 1"),
        ("exit 2", "failed with exit code 2"),
        ("kill -SEGV $$", "killed by SIGSEGV"),
        ("exit 0", "wrote no file"),
        ('for last; do :; done; : > "${last%/*}/out"; : > "${last%/*}/upright.jpg"', "wrote an empty file"),
    ],
)
@pytest.mark.parametrize("index", range(9))
def test_every_wrapper_notices(
    fake: Callable[..., Path], tmp_path: Path, index: int, script: str, message: str
) -> None:
    with pytest.raises(ToolFailed, match=message) as caught:
        run(commands(fake(script), tmp_path)[index], 30.0)
    assert caught.value.invocation is not None
