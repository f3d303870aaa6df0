"""Black and white as Multi-frame Single Bit Secondary Capture, by every backend that can."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

import dicomize
from dicomize import Options
from dicomize.errors import SourceUnsupported, ToolMissing
from dicomize.model import Geometry

WHO = {"PatientID": "4711", "StudyDate": "20240102", "StudyTime": "1200", "BurnedInAnnotation": "NO"}
SINGLE_BIT, BYTE = (f"1.2.840.10008.5.1.4.1.1.7.{n}" for n in (1, 2))


def noise(number: int, size: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 2, (size[1], size[0])).astype(bool)


def saved(path: Path, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize("suffix", ["png", "tif", "pbm", "bmp"])
@pytest.mark.parametrize("syntax", ["explicit", "implicit", "deflated"])
def test_black_and_white_is_one_bit_a_pixel(
    suffix: str, syntax: str, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    pixels = noise(1, (47, 33))
    source, files = saved(tmp_path / f"x.{suffix}", pixels), set()
    for backend in ("dcmtk", "pydicom"):
        if backend == "dcmtk":
            require_tool("dump2dcm")
        target = tmp_path / f"{backend}.dcm"
        options = Options(sop_class="mfsc", backend=backend, transfer_syntax=syntax)
        assert dicomize.convert(source, target, WHO, options).report.findings == ()
        files.add(target.read_bytes())
    assert len(files) == 1
    dataset = pydicom.dcmread(target)
    assert (dataset.SOPClassUID, dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit) == (SINGLE_BIT, 1, 1, 0)
    assert np.array_equal(dataset.pixel_array, pixels)
    # the first pixel in the lowest bit (PS3.5 8.1.1), padded to whole words (PS3.5 8.1.2)
    packed = np.packbits(pixels, axis=None, bitorder="little").tobytes()
    assert dataset.PixelData == packed + bytes(len(packed) % 2)


def test_dcmtk_sees_the_same(tmp_path: Path, require_tool: Callable[[str], Path]) -> None:
    program, pixels = require_tool("dcm2pnm"), noise(2, (50, 31))
    dicomize.convert(saved(tmp_path / "x.png", pixels), tmp_path / "x.dcm", WHO, Options(sop_class="mfsc"))
    command = [str(program), "--min-max-window", str(tmp_path / "x.dcm"), str(tmp_path / "x.pgm")]
    subprocess.run(command, check=True, timeout=60, capture_output=True)
    with Image.open(tmp_path / "x.pgm") as seen:
        assert np.array_equal(np.asarray(seen) > 127, pixels)


def test_frames_of_whole_bytes_follow_each_other(tmp_path: Path) -> None:
    pages = [noise(n, (40, 11)) for n in range(3)]
    sources = [saved(tmp_path / f"{n}.tif", page) for n, page in enumerate(pages)]
    result = dicomize.convert(sources, tmp_path / "x.dcm", WHO, Options())
    assert result.report.findings == ()
    dataset = pydicom.dcmread(tmp_path / "x.dcm")
    assert (dataset.SOPClassUID, dataset.NumberOfFrames) == (SINGLE_BIT, 3)
    assert np.array_equal(dataset.pixel_array, np.stack(pages))


@pytest.mark.parametrize(
    ("count", "options"),
    [
        (1, Options(sop_class="mfsc", transfer_syntax="rle")),
        (1, Options(sop_class="mfsc", geometry=Geometry(scale="50%"))),
        (2, Options()),
    ],
)
def test_elsewhere_it_is_bytes(count: int, options: Options, tmp_path: Path) -> None:
    sources = [saved(tmp_path / f"{n}.png", noise(n, (47, 33))) for n in range(count)]
    dicomize.convert(sources if count > 1 else sources[0], tmp_path / "x.dcm", WHO, options)
    dataset = pydicom.dcmread(tmp_path / "x.dcm")
    assert (dataset.SOPClassUID, dataset.BitsAllocated) == (BYTE, 8)


def test_frames_of_which_one_is_grey_are_bytes(tmp_path: Path) -> None:
    sources = [saved(tmp_path / "0.png", noise(0, (40, 8))), tmp_path / "1.png"]
    Image.new("L", (40, 8), 77).save(sources[1])
    dicomize.convert(sources, tmp_path / "x.dcm", WHO, Options())
    assert pydicom.dcmread(tmp_path / "x.dcm").SOPClassUID == BYTE


@pytest.mark.parametrize(
    ("count", "options", "says"),
    [
        (1, Options(transfer_syntax="rle"), "would be compressed"),
        (1, Options(geometry=Geometry(scale="50%")), "would be scaled, which makes greys"),
        (2, Options(), "has frames that end within a byte"),
    ],
)
def test_single_bits_by_their_uid_are_refused_where_they_cannot_be(
    count: int, options: Options, says: str, tmp_path: Path
) -> None:
    sources = [saved(tmp_path / f"{n}.png", noise(n, (47, 33))) for n in range(2)]
    options = replace(options, sop_class=SINGLE_BIT)
    with pytest.raises(SourceUnsupported, match=says):
        dicomize.plan(sources if count > 1 else sources[0], tmp_path / "x.dcm", WHO, options)
    Image.new("L", (40, 8), 77).save(tmp_path / "grey.png")
    with pytest.raises(SourceUnsupported, match="has more than one bit a pixel"):
        dicomize.plan(tmp_path / "grey.png", tmp_path / "x.dcm", WHO, options)


def test_gdcm_is_not_asked_and_what_helps_is_said(tmp_path: Path, require_tool: Callable[[str], Path]) -> None:
    require_tool("gdcmimg")
    source = saved(tmp_path / "x.png", noise(1, (47, 33)))
    with pytest.raises(ToolMissing, match=f"--as {BYTE} stores bytes"):
        dicomize.convert(source, tmp_path / "x.dcm", WHO, Options(sop_class="mfsc", backend="gdcm"))
    dicomize.convert(source, tmp_path / "x.dcm", WHO, Options(sop_class=BYTE, backend="gdcm"))
    assert np.array_equal(pydicom.dcmread(tmp_path / "x.dcm").pixel_array == 255, noise(1, (47, 33)))


def test_a_transparent_picture_is_put_on_a_background_as_bytes(tmp_path: Path) -> None:
    Image.fromarray(noise(1, (40, 8))).save(tmp_path / "x.png", transparency=1)
    options = Options(sop_class="mfsc", background="#808080")
    dicomize.convert(tmp_path / "x.png", tmp_path / "x.dcm", WHO, options)
    assert pydicom.dcmread(tmp_path / "x.dcm").SOPClassUID == BYTE
