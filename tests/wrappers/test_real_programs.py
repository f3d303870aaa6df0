"""The real programs, on small pictures: what goes in comes out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from PIL import Image, ImageOps
from pydicom import Dataset, dcmread
from pydicom.encaps import generate_frames

from dicomize.errors import ToolFailed
from dicomize.model import ImagePixel
from dicomize.wrappers import dcmdjpeg, dcmtk, dump2dcm, gdcmconv, gdcmimg, img2dcm, jpegtran
from dicomize.wrappers.process import Command, run

Require = Callable[[str], Path]

EXPLICIT, BASELINE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"
WIDTH, HEIGHT = 21, 17
TIMEOUT = 60.0

GREY_8 = ImagePixel(1, "MONOCHROME2", HEIGHT, WIDTH, BitsAllocated=8, BitsStored=8, PlanarConfiguration=None)
GREY_16 = ImagePixel(1, "MONOCHROME2", HEIGHT, WIDTH, BitsAllocated=16, BitsStored=16, PlanarConfiguration=None)
GREY_12 = ImagePixel(1, "MONOCHROME2", HEIGHT, WIDTH, BitsAllocated=16, BitsStored=12, PlanarConfiguration=None)
RGB_8 = ImagePixel(3, "RGB", HEIGHT, WIDTH, BitsAllocated=8, BitsStored=8, PlanarConfiguration=0)
YBR_8 = ImagePixel(3, "YBR_FULL_422", HEIGHT, WIDTH, BitsAllocated=8, BitsStored=8, PlanarConfiguration=0)

RAW = pytest.mark.parametrize("image", [GREY_8, GREY_12, GREY_16, RGB_8], ids=["grey8", "grey12", "grey16", "rgb8"])


def picture(mode: str, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    samples = width * height * len(mode)
    return Image.frombytes(mode, (width, height), bytes(i * 7 % 256 for i in range(samples)))


def raw(image: ImagePixel) -> bytes:
    top = 1 << image.BitsStored
    values = (i * 251 % top for i in range(image.Rows * image.Columns * image.SamplesPerPixel))
    return b"".join(value.to_bytes(image.BitsAllocated // 8, "little") for value in values)


def jpeg(path: Path, mode: str = "RGB", **options: int) -> bytes:
    picture(mode).save(path, "JPEG", **options)
    return path.read_bytes()


def done(command: Command) -> Dataset:
    invocation = run(command, TIMEOUT)
    assert not any(line.startswith(("F: ", "E: ", "W: ")) for line in invocation.stderr.splitlines())
    assert command.produces is not None
    return dcmread(command.produces)


def described(dataset: Dataset) -> ImagePixel:
    return ImagePixel(
        dataset.SamplesPerPixel,
        dataset.PhotometricInterpretation,
        dataset.Rows,
        dataset.Columns,
        dataset.BitsAllocated,
        dataset.BitsStored,
        dataset.get("PlanarConfiguration"),
    )


@RAW
def test_gdcmimg_stores_raw_pixels(require_tool: Require, tmp_path: Path, image: ImagePixel) -> None:
    source = tmp_path / "image.raw"
    source.write_bytes(raw(image))
    dataset = done(gdcmimg.raw_command(require_tool("gdcmimg"), source, tmp_path / "out.dcm", image))
    assert dataset.file_meta.TransferSyntaxUID == EXPLICIT
    assert described(dataset) == image
    assert dataset.PixelData[: image.native_length] == source.read_bytes()


@RAW
def test_dump2dcm_stores_raw_pixels(require_tool: Require, tmp_path: Path, image: ImagePixel) -> None:
    source, dump = tmp_path / "a raw [im]age", tmp_path / "dump.txt"
    source.write_bytes(raw(image))
    dump.write_bytes(dump2dcm.native(image, EXPLICIT, source))
    dataset = done(dump2dcm.command(require_tool("dump2dcm"), dump, tmp_path / "out.dcm"))
    assert dataset.file_meta.TransferSyntaxUID == EXPLICIT
    assert described(dataset) == image
    assert dataset.PixelData[: image.native_length] == source.read_bytes()


def test_dump2dcm_stores_a_stream(require_tool: Require, tmp_path: Path) -> None:
    dump = tmp_path / "dump.txt"
    stream = jpeg(tmp_path / "image.jpg")
    dump.write_bytes(dump2dcm.encapsulated(YBR_8, BASELINE, tmp_path / "image.jpg"))
    dataset = done(dump2dcm.command(require_tool("dump2dcm"), dump, tmp_path / "out.dcm"))
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    assert frame[: len(stream)] == stream


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("wrapper", [img2dcm, gdcmimg], ids=["img2dcm", "gdcmimg"])
def test_a_jpeg_is_embedded_as_it_is(require_tool: Require, tmp_path: Path, wrapper: object, mode: str) -> None:
    assert wrapper in {img2dcm, gdcmimg}
    module = img2dcm if wrapper is img2dcm else gdcmimg
    source = tmp_path / "image.jpg"
    picture(mode).save(source, "JPEG")
    # Without its JFIF segment, which img2dcm may drop: what every backend is given is clean already.
    stream = source.read_bytes()
    stream = stream[:2] + stream[4 + int.from_bytes(stream[4:6]) :]
    source.write_bytes(stream)
    dataset = done(module.command(require_tool(module.TOOL.program), source, tmp_path / "out.dcm"))
    assert dataset.file_meta.TransferSyntaxUID == BASELINE
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    assert frame[: len(stream)] == stream
    assert len(frame) - len(stream) in {0, 1}


def test_img2dcm_stores_a_bmp(require_tool: Require, tmp_path: Path) -> None:
    source = tmp_path / "image.bmp"
    picture("RGB").save(source)
    dataset = done(img2dcm.bmp_command(require_tool("img2dcm"), source, tmp_path / "out.dcm"))
    assert described(dataset) == RGB_8
    assert dataset.PixelData[: RGB_8.native_length] == picture("RGB").tobytes()


def test_decoders_agree(require_tool: Require, tmp_path: Path) -> None:
    jpeg(tmp_path / "image.jpg", subsampling=0)
    source = tmp_path / "in.dcm"
    run(gdcmimg.command(require_tool("gdcmimg"), tmp_path / "image.jpg", source), TIMEOUT)
    one = done(dcmdjpeg.command(require_tool("dcmdjpeg"), source, tmp_path / "one.dcm", convert_color=False))
    two = done(gdcmconv.command(require_tool("gdcmconv"), source, tmp_path / "two.dcm"))
    rgb = done(dcmdjpeg.command(require_tool("dcmdjpeg"), source, tmp_path / "rgb.dcm"))
    assert one.PixelData == two.PixelData
    assert (one.PhotometricInterpretation, rgb.PhotometricInterpretation) == ("YBR_FULL", "RGB")
    with Image.open(tmp_path / "image.jpg") as decoded:
        assert rgb.PixelData[: RGB_8.native_length] == decoded.convert("RGB").tobytes()


def turn(program: Path, folder: Path, orientation: int) -> None:
    for command in jpegtran.commands(program, folder, jpegtran.Work(orientation)):
        run(command, TIMEOUT)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpegtran_undoes_each_orientation(require_tool: Require, tmp_path: Path, orientation: int) -> None:
    source, upright = tmp_path / jpegtran.SOURCE, tmp_path / jpegtran.RESULT
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = picture("L", 32, 16)
    turned.save(source, "JPEG", quality=95, exif=exif)
    turn(require_tool("jpegtran"), tmp_path, orientation)
    with Image.open(source) as before, Image.open(upright) as after:
        expected = ImageOps.exif_transpose(before).tobytes()
        assert not after.getexif()
        assert max(abs(a - b) for a, b in zip(after.tobytes(), expected, strict=True)) <= 2


def test_jpegtran_refuses_what_it_cannot_turn_without_loss(require_tool: Require, tmp_path: Path) -> None:
    jpeg(tmp_path / jpegtran.SOURCE)
    with pytest.raises(ToolFailed, match=r"jpegtran failed with exit code 1: .*perfect"):
        turn(require_tool("jpegtran"), tmp_path, 6)


def test_jpegtran_warnings_are_failures(require_tool: Require, tmp_path: Path) -> None:
    stream = jpeg(tmp_path / jpegtran.SOURCE)
    (tmp_path / jpegtran.SOURCE).write_bytes(stream[:-40])
    with pytest.raises(ToolFailed, match="jpegtran failed with exit code 2"):
        turn(require_tool("jpegtran"), tmp_path, 1)


@pytest.mark.parametrize("program", ["img2dcm", "gdcmimg"])
def test_what_is_no_jpeg_is_a_failure(require_tool: Require, tmp_path: Path, program: str) -> None:
    (tmp_path / "image.jpg").write_bytes(b"no picture")
    module = img2dcm if program == "img2dcm" else gdcmimg
    with pytest.raises(ToolFailed, match=f"{program} (failed|was killed)") as caught:
        run(module.command(require_tool(program), tmp_path / "image.jpg", tmp_path / "out.dcm"), TIMEOUT)
    assert caught.value.invocation is not None


@pytest.mark.parametrize(
    "name", ["-k.jpg", "@list.jpg", "two  spaces.jpg", "é.jpg", "no text \udcff.jpg", "$HOME;`.jpg"]
)
@pytest.mark.parametrize("program", ["img2dcm", "gdcmimg"])
def test_any_name_will_do(require_tool: Require, tmp_path: Path, program: str, name: str) -> None:
    source = tmp_path / name
    try:
        jpeg(source)
    except OSError:
        pytest.skip("the file system takes no such name")
    module = img2dcm if program == "img2dcm" else gdcmimg
    out = source.with_suffix(".dcm")
    run(module.command(require_tool(program), source, out), TIMEOUT)
    assert out.stat().st_size > 0


def test_the_trimmed_dictionary_changes_nothing(require_tool: Require, tmp_path: Path) -> None:
    program = require_tool("img2dcm")
    jpeg(tmp_path / "image.jpg")
    trimmed = img2dcm.command(program, tmp_path / "image.jpg", tmp_path / "trimmed.dcm")
    whole = Command((*trimmed.argv[:-1], str(tmp_path / "whole.dcm")), produces=tmp_path / "whole.dcm")
    assert trimmed.env == (("DCMDICTPATH", str(dcmtk.DICTIONARY)),)
    assert without_uids(done(trimmed)) == without_uids(done(whole))


def without_uids(dataset: Dataset) -> Dataset:
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        delattr(dataset, keyword)
    return dataset


def test_the_dictionary_is_what_the_script_writes() -> None:
    if f"pydicom {pydicom.__version__} " not in dcmtk.DICTIONARY.read_text("ascii"):
        pytest.skip("made with another version of pydicom")
    script = Path(__file__).resolve().parents[2] / "scripts" / "make-dictionary"
    assert subprocess.run([sys.executable, str(script), "--check"], check=False).returncode == 0


def test_the_dictionary_is_there() -> None:
    lines = dcmtk.DICTIONARY.read_text("ascii").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert all(len(row) == 5 for row in rows)
    assert ["(7FE0,0010)", "px", "PixelData", "1", "DICOM"] in rows
