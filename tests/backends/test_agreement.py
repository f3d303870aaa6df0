"""The promise: the same bytes whichever toolkit did the work, and the picture in them is the source's."""

from __future__ import annotations

import filecmp
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageOps
from pydicom.encaps import generate_frames
from pydicom.pixels.utils import pixel_array

from dicomize.model import Conversion, Plan, Severity
from dicomize.pipeline import execute
from dicomize.wrappers import dcmdjpeg, gdcmconv
from dicomize.wrappers.process import run

TOOLKITS = {"dcmtk": "img2dcm", "gdcm": "gdcmimg"}


@pytest.fixture
def by_everyone(require_tool: Callable[[str], Path], tmp_path: Path) -> Callable[[Plan], list[Conversion]]:
    """A function that carries out a plan with every backend of ours."""
    for program in TOOLKITS.values():
        require_tool(program)

    def convert(plan: Plan) -> list[Conversion]:
        return [
            execute(replace(plan, backend=name, destination=tmp_path / f"{name}.dcm"))
            for name in (*TOOLKITS, "pydicom")
        ]

    return convert


def require_agreement(conversions: list[Conversion]) -> Path:
    first, *others = [c.destination for c in conversions]
    assert all(filecmp.cmp(first, other, shallow=False) for other in others)
    assert len({c.sha256 for c in conversions}) == 1
    assert {c.choice.backend for c in conversions} == {*TOOLKITS, "pydicom"}
    for conversion in conversions:
        assert [f for f in conversion.report.findings if f.severity is Severity.ERROR] == []
        assert [f for f in conversion.report.findings if f.kind != "dicomdir"] == []
    return first


def pillow(data: bytes, mode: str | None = None) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        if mode is not None:
            image.draft(mode, None)
        image.load()
        return np.asarray(image)


def stream_of(path: Path) -> bytes:
    dataset = pydicom.dcmread(path)
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    return frame


def test_every_jpeg(
    sample: Path, by_everyone: Callable[[Plan], list[Conversion]], plan_of: Callable[..., Plan], tmp_path: Path
) -> None:
    result = require_agreement(by_everyone(plan_of(sample)))
    source, stored = sample.read_bytes(), stream_of(result)
    assert np.array_equal(pillow(stored), pillow(source))
    assert b"Doe^Jane" not in result.read_bytes()
    assert list(tmp_path.glob(".dicomize-*")) == []


def test_every_jpeg_is_decoded_by_others(
    sample: Path,
    by_everyone: Callable[[Plan], list[Conversion]],
    plan_of: Callable[..., Plan],
    require_tool: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    plan = plan_of(sample)
    result = require_agreement(by_everyone(plan))
    expected = pillow(sample.read_bytes())
    assert pixel_array(result).shape == expected.shape
    decoded = tmp_path / "decoded.dcm"
    run(dcmdjpeg.command(require_tool("dcmdjpeg"), result, decoded), 30)
    seen = pydicom.dcmread(decoded)
    assert seen.PhotometricInterpretation == ("MONOCHROME2" if expected.ndim == 2 else "RGB")
    assert plan.source.jpeg is not None
    sampling = {h * 10 + v for h, v in plan.source.jpeg.sampling}
    if sampling <= {11, 21, 22}:  # of the others each decoder makes its own
        assert np.array_equal(seen.pixel_array, expected)
    raw = tmp_path / "raw.dcm"
    run(gdcmconv.command(require_tool("gdcmconv"), result, raw), 30)
    assert pydicom.dcmread(raw).pixel_array.shape == expected.shape


def test_twelve_bits(
    grey12: Path, by_everyone: Callable[[Plan], list[Conversion]], plan_of: Callable[..., Plan]
) -> None:
    result = require_agreement(by_everyone(plan_of(grey12)))
    dataset = pydicom.dcmread(result)
    assert dataset.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.51"
    assert (dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit) == (16, 12, 11)
    pixels = pixel_array(result, decoding_plugin="pylibjpeg")
    assert pixels.shape == (dataset.Rows, dataset.Columns)
    assert 255 < pixels.max() < 4096


@pytest.mark.parametrize("name", ["sc", "photo", "endoscopy", "microscopy"])
def test_every_sop_class_is_conformant(
    name: str,
    by_everyone: Callable[[Plan], list[Conversion]],
    write_jpeg: Callable[..., Path],
    plan_of: Callable[..., Plan],
    require_tool: Callable[[str], Path],
) -> None:
    require_tool("dciodvfy")
    conversions = by_everyone(plan_of(write_jpeg(32, 16), sop_class=name))
    require_agreement(conversions)
    for conversion in conversions:
        assert conversion.report.findings == ()
        assert conversion.report.validators[-1] == "dciodvfy"


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("size", [(1, 1), (3, 1), (5, 3), (17, 13)])
@pytest.mark.parametrize("orientation", [1, 6, 7])
def test_uncompressed_pixels(
    mode: str,
    size: tuple[int, int],
    orientation: int,
    by_everyone: Callable[[Plan], list[Conversion]],
    write_jpeg: Callable[..., Path],
    plan_of: Callable[..., Plan],
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = write_jpeg(*size, mode, exif=exif)
    result = require_agreement(by_everyone(plan_of(source, transfer_syntax="explicit")))
    turns = {
        1: lambda a: a,
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(np.swapaxes(a, 0, 1), 2),
    }
    expected = turns[orientation](pillow(source.read_bytes()))
    dataset = pydicom.dcmread(result)
    assert np.array_equal(dataset.pixel_array, expected)
    assert dataset.LossyImageCompression == "01"
    assert dataset["PixelData"].VR == "OB"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_upright_without_decoding(
    orientation: int,
    by_everyone: Callable[[Plan], list[Conversion]],
    write_jpeg: Callable[..., Path],
    plan_of: Callable[..., Plan],
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = write_jpeg(48, 32, "L", exif=exif)
    result = require_agreement(by_everyone(plan_of(source)))
    with Image.open(source) as image:
        upright = np.asarray(ImageOps.exif_transpose(image)).astype(int)
    stored = pillow(stream_of(result)).astype(int)
    assert stored.shape == upright.shape
    # the coefficients are the same; the decoder's rounding is not symmetric
    assert np.abs(stored - upright).max() <= 1
