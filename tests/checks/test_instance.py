"""One reading for both: the walk gives the checks of the stream what pydicom gives them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest

from dicomize.checks.elements import walk
from dicomize.checks.instance import instance_of
from dicomize.pixeldata import read_instance, value_of

DEFLATED = "1.2.840.10008.1.2.1.99"
FILES = sorted((Path(pydicom.__file__).parent / "data" / "test_files").glob("*.dcm"))
KEYWORDS = (
    "SOPClassUID", "Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored", "HighBit", "NumberOfFrames",
    "PhotometricInterpretation", "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod",
    "PixelAspectRatio", "ExtendedOffsetTable", "WindowCenter",
)  # fmt: skip


def test_as_pydicom_reads_them() -> None:
    seen = 0
    for path in FILES:
        ours = instance_of(path, walk(path))
        if ours is None:
            continue
        theirs = read_instance(path)
        if walk(path).transfer_syntax != DEFLATED:
            assert ours.pixels == theirs.pixels, path.name
        values = [(value_of(ours.dataset, k), value_of(theirs.dataset, k)) for k in KEYWORDS]
        assert [ours for ours, _ in values] == [theirs for _, theirs in values], path.name
        syntaxes = [value_of(i.dataset.file_meta, "TransferSyntaxUID") for i in (ours, theirs)]
        assert syntaxes[0] == syntaxes[1]
        seen += 1
    assert seen > 40


def test_the_pixels_of_a_deflated_data_set_have_a_length() -> None:
    path = next(path for path in FILES if path.name == "image_dfl.dcm")
    stored = instance_of(path, walk(path))
    assert stored is not None
    assert stored.pixels is not None
    assert [length for _, length in stored.pixels.fragments] == [len(pydicom.dcmread(path).PixelData)]


@pytest.mark.parametrize("name", ["MR_small_bigendian.dcm", "no_meta.dcm", "MR_truncated.dcm"])
def test_what_is_left_to_pydicom(name: str) -> None:
    """Big endian, without file meta information, damaged."""
    path = next(path for path in FILES if path.name == name)
    assert instance_of(path, walk(path)) is None


def test_pixel_data_of_a_vr_that_holds_no_pixels(lossy: Callable[..., Path]) -> None:
    path = lossy()
    path.write_bytes(path.read_bytes().replace(b"\xe0\x7f\x10\x00OB", b"\xe0\x7f\x10\x00UT"))
    assert instance_of(path, walk(path)) is None
