"""JPEG of the processes that DICOM has retired, or keeps apart, through the whole pipeline."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageCms
from pydicom.pixels.utils import pixel_array

import dicomize
from dicomize import Options
from dicomize.errors import SourceDamaged, SourceUnsupported, ToolMissing
from dicomize.jpeg import markers
from dicomize.model import SiteProfile, StepKind
from dicomize.pixeldata import joined, read_instance

from .jpeg.test_lossless import written
from .source.conftest import cmyk_profile

WHO = {"PatientID": "1"}
BACKENDS = ("dcmtk", "gdcm", "pydicom")
WITHOUT_JPEGTRAN = SiteProfile(tools=(("jpegtran", Path("/nonexistent/jpegtran")),))


def photo(mode: str = "RGB", **options: Any) -> bytes:
    bands = [Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90), Image.radial_gradient("L")]
    picture = Image.merge("RGB", bands).resize((48, 32)).convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", **{"quality": 90, "subsampling": 0, **options})
    return buffer.getvalue()


def stream_of(path: Path) -> bytes:
    stored = read_instance(path)
    assert stored.pixels is not None
    data = joined(path, stored.pixels.fragments)
    return data[: data.rindex(b"\xff\xd9") + 2]


def all_agree(source: Path, folder: Path, require_tool: Callable[[str], Path], **options: Any) -> Path:
    """Convert with every backend; the results are equal, silent, and one of them is returned."""
    for program in ("img2dcm", "dump2dcm", "gdcmimg", "dciodvfy"):
        require_tool(program)
    hashes = set()
    for backend in BACKENDS:
        target = folder / f"{backend}.dcm"
        result = dicomize.convert(source, target, WHO, Options(backend=backend, overwrite=True, **options))
        assert result.report.findings == ()
        hashes.add(result.sha256)
    assert len(hashes) == 1
    return folder / "pydicom.dcm"


def samples_of(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


# ---------------------------------------------------------------- progressive and arithmetic


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_progressive_becomes_baseline_with_the_same_pixels(
    mode: str, orientation: int, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = photo(mode, progressive=True, exif=exif)
    (tmp_path / "x.jpg").write_bytes(data)
    result = all_agree(tmp_path / "x.jpg", tmp_path, require_tool)
    dataset = pydicom.dcmread(result)
    assert dataset.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.50"
    assert dataset.LossyImageCompression == "01"
    stream = stream_of(result)
    assert markers.parse(stream).frame.sof == 0
    if orientation == 1:
        assert np.array_equal(samples_of(stream), samples_of(data))
    else:  # turned coefficients decode to other roundings; a sequential picture of the same gives the same
        (tmp_path / "sequential.jpg").write_bytes(photo(mode, exif=exif))
        dicomize.convert(tmp_path / "sequential.jpg", tmp_path / "sequential.dcm", WHO)
        assert stream == stream_of(tmp_path / "sequential.dcm")


@pytest.mark.parametrize("syntax", ["as-is", "explicit"])
def test_progressive_is_rewritten_alike_with_jpegtran_and_without(
    syntax: str, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    require_tool("jpegtran")
    (tmp_path / "x.jpg").write_bytes(photo(progressive=True))
    results = [
        dicomize.convert(
            tmp_path / "x.jpg", tmp_path / f"{n}.dcm", WHO, Options(site=site, transfer_syntax=syntax)
        ).sha256
        for n, site in enumerate((SiteProfile(), WITHOUT_JPEGTRAN))
    ]
    assert results[0] == results[1]


def test_progressive_decoded(tmp_path: Path, require_tool: Callable[[str], Path]) -> None:
    data = photo(progressive=True)
    (tmp_path / "x.jpg").write_bytes(data)
    result = all_agree(tmp_path / "x.jpg", tmp_path, require_tool, transfer_syntax="explicit", sop_class="photo")
    assert np.array_equal(pydicom.dcmread(result).pixel_array, samples_of(data))


def test_steps_of_more_than_8_bits_are_extended(tmp_path: Path) -> None:
    # so near to grey that steps of 300 leave its coefficients within their precision
    file = io.BytesIO()
    Image.new("RGB", (48, 32), (131, 128, 126)).save(file, "JPEG", quality=50, progressive=True)
    data = file.getvalue()
    pieces, at = [], 0
    for s in markers.parse(data).segments:
        if s.marker == markers.DQT:
            table = bytes([0x10 | data[s.start + 4]]) + (300).to_bytes(2, "big") * 64
            pieces += [data[at : s.start], b"\xff\xdb", (len(table) + 2).to_bytes(2, "big"), table]
            at = s.end
    (tmp_path / "x.jpg").write_bytes(b"".join([*pieces, data[at:]]))
    dicomize.convert(tmp_path / "x.jpg", tmp_path / "x.dcm", WHO)
    assert pydicom.dcmread(tmp_path / "x.dcm").file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.51"
    assert markers.parse(stream_of(tmp_path / "x.dcm")).frame.sof == 1


@pytest.mark.parametrize("site", [SiteProfile(), WITHOUT_JPEGTRAN])
def test_a_progressive_picture_that_is_cut_short(site: SiteProfile, tmp_path: Path) -> None:
    data = photo(progressive=True)
    scan = markers.parse(data).scans[-1]
    middle = (scan.data_start + scan.data_end) // 2
    (tmp_path / "x.jpg").write_bytes(data[:middle] + b"\xff\xd9")
    with pytest.raises(SourceDamaged, match=r"x\.jpg"):
        dicomize.convert(tmp_path / "x.jpg", tmp_path / "x.dcm", WHO, Options(site=site))
    (tmp_path / "x.jpg").write_bytes(data[: scan.header.start] + b"\xff\xd9")
    with pytest.raises(SourceDamaged, match="incomplete"):
        dicomize.convert(tmp_path / "x.jpg", tmp_path / "x.dcm", WHO, Options(site=site))


@pytest.mark.parametrize("options", [["-arithmetic"], ["-arithmetic", "-progressive"]])
def test_arithmetic_becomes_baseline_with_the_same_coefficients(
    options: list[str], tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    program = require_tool("jpegtran")
    (tmp_path / "huffman.jpg").write_bytes(photo())
    command = [str(program), *options, "-outfile", "x.jpg", "huffman.jpg"]
    if subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode:
        pytest.skip("a jpegtran with arithmetic coding is not installed")
    assert markers.parse((tmp_path / "x.jpg").read_bytes()).frame.sof in {9, 10}
    result = all_agree(tmp_path / "x.jpg", tmp_path, require_tool)
    assert np.array_equal(samples_of(stream_of(result)), samples_of(photo()))
    with pytest.raises(ToolMissing, match="jpegtran"):
        dicomize.convert(tmp_path / "x.jpg", tmp_path / "y.dcm", WHO, Options(site=WITHOUT_JPEGTRAN))


# ---------------------------------------------------------------- a height behind the picture


def test_a_height_behind_the_picture_is_moved_to_the_front(tmp_path: Path) -> None:
    data = photo()
    jpeg = markers.parse(data)
    frame = next(s for s in jpeg.segments if s.marker == markers.SOF0)
    end = jpeg.scans[0].data_end
    moved = data[: frame.start + 5] + b"\0\0" + data[frame.start + 7 : end] + b"\xff\xdc\0\4\0\x20" + data[end:]
    streams = []
    for name, content in (("plain", data), ("dnl", moved)):
        (tmp_path / f"{name}.jpg").write_bytes(content)
        dicomize.convert(tmp_path / f"{name}.jpg", tmp_path / f"{name}.dcm", WHO)
        streams.append(stream_of(tmp_path / f"{name}.dcm"))
    assert streams[0] == streams[1]
    assert pydicom.dcmread(tmp_path / "dnl.dcm").Rows == 32


# ---------------------------------------------------------------- lossless


@pytest.mark.parametrize("components", [1, 3])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_lossless_is_stored_as_it_is(
    bits: int, components: int, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    data = written(31, 23, bits, components)
    (tmp_path / "x.jpg").write_bytes(data)
    result = all_agree(tmp_path / "x.jpg", tmp_path, require_tool)
    dataset = pydicom.dcmread(result)
    assert dataset.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.70"
    assert dataset.PhotometricInterpretation == ("MONOCHROME2" if components == 1 else "RGB")
    assert (dataset.BitsAllocated, dataset.BitsStored) == (8 if bits == 8 else 16, bits)
    assert "LossyImageCompression" not in dataset
    stored = stream_of(result)
    # but for the Adobe segment that says RGB
    assert stored.replace(b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00", b"") == data


@pytest.mark.parametrize("components", [1, 3])
@pytest.mark.parametrize("bits", [8, 16])
def test_lossless_decodes_alike_everywhere(
    bits: int, components: int, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    require_tool("dcmdjpeg")
    pytest.importorskip("libjpeg", reason="could not import pylibjpeg-libjpeg")
    (tmp_path / "x.jpg").write_bytes(written(31, 23, bits, components))
    stored = all_agree(tmp_path / "x.jpg", tmp_path, require_tool)
    seen = pixel_array(stored, decoding_plugin="pylibjpeg")
    options = Options(transfer_syntax="explicit", overwrite=True)
    dicomize.convert(tmp_path / "x.jpg", tmp_path / "explicit.dcm", WHO, options)
    assert np.array_equal(pydicom.dcmread(tmp_path / "explicit.dcm").pixel_array, seen)


def test_another_predictor_is_another_transfer_syntax(tmp_path: Path) -> None:
    data = bytearray(written(9, 9))
    data[data.index(b"\xff\xda") + 7] = 4
    (tmp_path / "x.jpg").write_bytes(bytes(data))
    dicomize.convert(tmp_path / "x.jpg", tmp_path / "x.dcm", WHO)
    assert pydicom.dcmread(tmp_path / "x.dcm").file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.57"


# ---------------------------------------------------------------- four inks, several pictures


@pytest.mark.parametrize("progressive", [False, True])
def test_cmyk_through_its_profile(progressive: bool, tmp_path: Path, require_tool: Callable[[str], Path]) -> None:
    profile = cmyk_profile()
    data = photo("CMYK", icc_profile=profile, progressive=progressive)
    (tmp_path / "x.jpg").write_bytes(data)
    result = all_agree(tmp_path / "x.jpg", tmp_path, require_tool, sop_class="photo")
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), "CMYK", "RGB"
    )
    with Image.open(io.BytesIO(data)) as image:
        expected = ImageCms.applyTransform(image, transform)
    assert expected is not None
    dataset = pydicom.dcmread(result)
    assert np.array_equal(dataset.pixel_array, np.asarray(expected))
    assert (dataset.LossyImageCompression, dataset.ImageType[0]) == ("01", "DERIVED")


def test_cmyk_without_a_profile_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(photo("CMYK"))
    with pytest.raises(SourceUnsupported, match="CMYK colours without an ICC profile"):
        dicomize.convert(tmp_path / "x.jpg", tmp_path / "x.dcm", WHO)


def test_the_first_of_several_pictures_is_taken(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (16, 16), (80 * n, 0, 0)) for n in range(3)]
    pictures[0].save(tmp_path / "x.mpo", save_all=True, append_images=pictures[1:])
    plan = dicomize.plan(tmp_path / "x.mpo", tmp_path / "x.dcm", WHO)
    assert any("holds 3 pictures (MPO), of which the first is taken" in note for note in plan.notes)
    dicomize.convert(tmp_path / "x.mpo", tmp_path / "x.dcm", WHO)
    with Image.open(tmp_path / "x.mpo") as image:
        assert np.array_equal(samples_of(stream_of(tmp_path / "x.dcm")), np.asarray(image))


def test_a_plan_says_that_it_rewrites(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(photo(progressive=True))
    plan = dicomize.plan(tmp_path / "x.jpg", tmp_path / "x.dcm", WHO)
    (step,) = [s for s in plan.steps if s.kind is StepKind.REWRITE]
    assert step.why == "progressive, which DICOM has retired; the coefficients stay"
