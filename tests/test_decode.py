"""Decoding to uncompressed pixels, 12 bits included, with other decoders as the judge."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.pixels.utils import pixel_array

import dicomize
from dicomize import Options
from dicomize.errors import ToolMissing
from dicomize.model import SiteProfile

TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}
"""what a viewer does for each Exif orientation (CIPA DC-008, 4.6.5.1.6)"""


def twelve_bits(mode: str, orientation: int = 1) -> bytes:
    """A 12-bit JPEG: the coefficients of an 8-bit one mean sixteen times darker samples in a 12-bit frame."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    picture = Image.radial_gradient("L").resize((37, 21)).convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95, exif=tags)
    data = bytearray(buffer.getvalue())
    at = data.index(b"\xff\xc0\x00")
    data[at + 1], data[at + 4] = 0xC1, 12
    return bytes(data)


def converted(data: bytes, folder: Path, backend: str, syntax: str) -> Path:
    source, target = folder / "twelve.jpg", folder / f"{backend}.{syntax}.dcm"
    source.write_bytes(data)
    options = Options(backend=backend, transfer_syntax=syntax, overwrite=True)
    dicomize.convert(source, target, {"PatientID": "1", "StudyDate": "20240102", "StudyTime": "1200"}, options)
    return target


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_twelve_bits_are_decoded_and_turned_alike_by_every_backend(
    mode: str, orientation: int, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    for program in ("dcmdjpeg", "dump2dcm", "gdcmimg"):
        require_tool(program)
    data = twelve_bits(mode, orientation)
    written = {b: converted(data, tmp_path, b, "explicit").read_bytes() for b in ("dcmtk", "gdcm", "pydicom")}
    assert len(set(written.values())) == 1
    pixels = pixel_array(tmp_path / "dcmtk.explicit.dcm")
    plain = pixel_array(converted(twelve_bits(mode), tmp_path, "pydicom", "explicit"))
    np.testing.assert_array_equal(pixels, TURNS[orientation](plain))


def test_twelve_bit_grey_is_what_another_decoder_sees(tmp_path: Path, require_tool: Callable[[str], Path]) -> None:
    require_tool("dcmdjpeg")
    pytest.importorskip("libjpeg", reason="pylibjpeg-libjpeg is not installed: pip install pylibjpeg-libjpeg")
    ours = pixel_array(converted(twelve_bits("L"), tmp_path, "pydicom", "explicit"))
    theirs = pixel_array(converted(twelve_bits("L"), tmp_path, "pydicom", "as-is"), decoding_plugin="pylibjpeg")
    assert ours.dtype == np.uint16
    assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 1


def test_twelve_bit_attributes(tmp_path: Path, require_tool: Callable[[str], Path]) -> None:
    require_tool("dcmdjpeg")
    dataset = pydicom.dcmread(converted(twelve_bits("RGB"), tmp_path, "pydicom", "explicit"))
    assert (dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit) == (16, 12, 11)
    assert (dataset.PhotometricInterpretation, dataset.PlanarConfiguration) == ("RGB", 0)
    assert dataset["PixelData"].VR == "OW"
    assert dataset.LossyImageCompression == "01"


def test_without_dcmtk_twelve_bits_are_not_decoded(tmp_path: Path) -> None:
    (tmp_path / "twelve.jpg").write_bytes(twelve_bits("L"))
    site = SiteProfile(tools=(("dcmdjpeg", tmp_path / "missing"),))
    options = Options(backend="pydicom", transfer_syntax="explicit", site=site)
    with pytest.raises(ToolMissing, match="dcmtk"):
        dicomize.convert(tmp_path / "twelve.jpg", tmp_path / "out.dcm", {"PatientID": "1"}, options)
    assert [p.name for p in tmp_path.iterdir()] == ["twelve.jpg"]


def test_eight_bits_are_what_pillow_sees(tmp_path: Path) -> None:
    source = tmp_path / "eight.jpg"
    Image.radial_gradient("L").resize((37, 21)).convert("RGB").save(source)
    dicomize.convert(source, tmp_path / "out.dcm", {"PatientID": "1"}, Options(transfer_syntax="explicit"))
    with Image.open(source) as image:
        np.testing.assert_array_equal(pixel_array(tmp_path / "out.dcm"), np.asarray(image))
