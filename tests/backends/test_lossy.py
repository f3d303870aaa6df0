"""Lossy transfer syntaxes, on demand only: the error as other decoders see it, and what the attributes say of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from dicomize import Options, convert
from dicomize.backends import codecs, compressing
from dicomize.errors import SourceUnsupported, ToolFailed, ToolMissing, UsageError
from dicomize.model import Conversion
from dicomize.pixeldata import read_instance, stored_bytes

METHODS = {
    "jpeg-baseline": "ISO_10918_1",
    "jpeg-extended": "ISO_10918_1",
    "jpeg-ls-near": "ISO_14495_1",
    "jpeg2000": "ISO_15444_1",
}
"""PS3.3 C.7.6.1.1.5.1"""
BACKENDS = ("dcmtk", "gdcm", "pydicom")
WHO = {"PatientID": "4711", "StudyDate": "20240229", "StudyTime": "235959"}


def picture(columns: int = 96, rows: int = 64) -> Image.Image:
    ramp = Image.linear_gradient("L")
    return Image.merge("RGB", [ramp, ramp.rotate(90), Image.radial_gradient("L")]).resize((columns, rows))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.png"
    picture().save(path)
    return path


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """Grey, 12 bits."""
    path = tmp_path / "deep.pgm"
    values = b"".join((37 * x + 11 * y).to_bytes(2, "big") for y in range(40) for x in range(48))
    path.write_bytes(b"P5 48 40 4095\n" + values)
    return path


def written(source: Path, syntax: str, backend: str, sop_class: str = "sc") -> Conversion:
    """A conversion, or a skip with the backend's reason."""
    target = source.with_name(f"{syntax.replace(':', '-')}.{backend}.dcm")
    try:
        return convert(source, target, WHO, Options(transfer_syntax=syntax, backend=backend, sop_class=sop_class))
    except ToolMissing as refusal:
        pytest.skip(str(refusal))


def stream_of(result: Conversion) -> bytes:
    stored = read_instance(result.destination)
    assert stored.pixels is not None
    return b"".join(stored_bytes(result.destination, stored.pixels.fragments))


def greatest(image: Image.Image) -> int:
    return int(max(high for _, high in ImageStat.Stat(image).extrema))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("syntax", ["jpeg-baseline", "jpeg2000"])
@pytest.mark.parametrize("sop_class", ["sc", "photo"])
def test_the_error_is_what_pillow_sees(syntax: str, backend: str, sop_class: str, source: Path) -> None:
    result = written(source, syntax, backend, sop_class)
    assert not result.report.findings
    assert result.loss is not None
    shown = Image.open(io.BytesIO(stream_of(result))).convert("RGB")
    apart = ImageChops.difference(shown, picture())
    mean = sum(ImageStat.Stat(apart).mean) / 3
    # decoders of JPEG round differently by a level
    assert mean == pytest.approx(result.loss.mean, abs=0.75)
    assert abs(greatest(apart) - result.loss.largest) <= 3
    assert mean < 6  # 0 where GDCM needs no loss to reach its ratio


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("bound", [1, 5])
def test_near_lossless_keeps_its_bound(bound: int, backend: str, source: Path) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    result = written(source, f"jpeg-ls-near:{bound}", backend)
    assert not result.report.findings
    shown = Image.frombytes("RGB", picture().size, imagecodecs.jpegls_decode(stream_of(result)).tobytes())
    largest = greatest(ImageChops.difference(shown, picture()))
    assert result.loss is not None
    assert result.loss.largest == largest == bound


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("syntax", ["jpeg-ls-near:2", "jpeg2000:10", "jpeg-extended:50"])
def test_no_sample_has_more_bits_than_are_stored(syntax: str, backend: str, tmp_path: Path) -> None:
    """Black and white of 12 bits: what is rounded or overshoots would exceed them where an encoder states 16."""
    imagecodecs = pytest.importorskip("imagecodecs")
    samples = np.where(np.random.default_rng(1).random((64, 64)) < 0.2, 0, 4095)
    (tmp_path / "x.pgm").write_bytes(b"P5 64 64 4095\n" + samples.astype(">u2").tobytes())
    result = written(tmp_path / "x.pgm", syntax, backend)
    function = {"jpeg-ls-near:2": "jpegls_decode", "jpeg2000:10": "jpeg2k_decode", "jpeg-extended:50": "jpeg8_decode"}
    shown = getattr(imagecodecs, function[syntax])(stream_of(result))
    assert shown.max() <= 4095
    assert result.loss is not None
    assert np.abs(shown.astype(int) - samples).max() == result.loss.largest


@pytest.mark.parametrize(
    ("syntax", "backend", "says"),
    [
        ("jpeg-ls-near:2", "gdcm", "states 16 bits for fewer, so that what is rounded exceeds them"),
        ("jpeg2000:10", "gdcm", "states 16 bits for fewer, so that what overshoots exceeds them"),
        ("jpeg-ls-near:2", "pydicom", "writes no jpeg-ls-near of such samples"),
    ],
)
def test_who_states_more_bits_than_are_stored_is_not_asked(
    syntax: str, backend: str, says: str, deep: Path, require_tool: Callable[[str], Path]
) -> None:
    require_tool("gdcmconv")
    with pytest.raises(ToolMissing, match=says):
        convert(deep, deep.with_suffix(".dcm"), WHO, Options(transfer_syntax=syntax, backend=backend))


@pytest.mark.parametrize("backend", ["dcmtk", "pydicom"])
@pytest.mark.parametrize("quality", [30, 50, 75])
@pytest.mark.parametrize("dark", [False, True])
def test_a_page_of_text_is_an_ordinary_picture(dark: bool, quality: int, backend: str, tmp_path: Path) -> None:
    """Overshoot beyond black and white is cut off, which moves the mean."""
    page = Image.new("L", (400, 300), 0 if dark else 255)
    draw = ImageDraw.Draw(page)
    for row in range(20):
        draw.text((5, 15 * row), "the quick brown fox jumps over the lazy dog " * 2, fill=255 if dark else 0)
    page.save(tmp_path / "page.png")
    result = written(tmp_path / "page.png", f"jpeg-baseline:{quality}", backend)
    assert result.loss is not None
    assert result.loss.mean < 15


@pytest.mark.parametrize("backend", ["dcmtk", "pydicom"])
def test_twelve_bits(backend: str, deep: Path) -> None:
    result = written(deep, "jpeg-extended", backend)
    assert not result.report.findings
    assert result.loss is not None
    assert 0 < result.loss.mean < 10
    assert pydicom.dcmread(result.destination).BitsStored == 12


@pytest.mark.parametrize("backend", ["dcmtk", "pydicom"])
@pytest.mark.parametrize(("bits", "syntax"), [(8, "jpeg-baseline"), (12, "jpeg-extended")])
@pytest.mark.parametrize("quality", [1, 10, 50, 95])
def test_grey_stays_as_bright_as_it_is(quality: int, bits: int, syntax: str, backend: str, tmp_path: Path) -> None:
    """dcmcjpeg by itself makes the darkest sample black."""
    imagecodecs = pytest.importorskip("imagecodecs")
    levels = 2**bits
    rows, columns = np.mgrid[0:40, 0:48]
    samples = levels // 8 + (rows * columns) * (levels // 2) // (39 * 47)
    (tmp_path / "x.pgm").write_bytes(
        f"P5 48 40 {levels - 1}\n".encode() + samples.astype("u1" if bits == 8 else ">u2").tobytes()
    )
    result = written(tmp_path / "x.pgm", f"{syntax}:{quality}", backend)
    shown = imagecodecs.jpeg8_decode(stream_of(result)).astype(float)
    apart = shown - samples
    assert abs(apart.mean()) < levels / 200 + 160 / quality
    assert result.loss is not None
    assert abs(np.abs(apart).mean() - result.loss.mean) < levels / 256


@pytest.mark.parametrize(("bits", "syntax"), [(8, "jpeg-baseline"), (12, "jpeg-extended")])
def test_a_picture_that_is_darker_is_another_picture(
    bits: int, syntax: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, require_tool: Callable[[str], Path]
) -> None:
    require_tool("dcmcjpeg")
    for uid, route in tuple(compressing.DCMTK.items()):
        options = tuple(option for option in route.options if option != "+sr")
        monkeypatch.setitem(compressing.DCMTK, uid, route._replace(options=options))
    top = 2**bits - 1
    values = [top // 20 + top * n // 4000 for n in range(48 * 40)]
    data = bytes(values) if bits == 8 else b"".join(v.to_bytes(2, "big") for v in values)
    (tmp_path / "x.pgm").write_bytes(f"P5 48 40 {top}\n".encode() + data)
    with pytest.raises(ToolFailed, match="became darker or brighter as a whole"):
        convert(tmp_path / "x.pgm", tmp_path / "x.dcm", WHO, Options(transfer_syntax=f"{syntax}:95", backend="dcmtk"))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("syntax", METHODS)
def test_it_says_that_it_is_lossy(syntax: str, backend: str, source: Path, deep: Path) -> None:
    result = written(deep if syntax == "jpeg-extended" else source, syntax, backend)
    dataset = pydicom.dcmread(result.destination)
    assert dataset.LossyImageCompression == "01"
    assert dataset.LossyImageCompressionMethod == METHODS[syntax]
    native = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * dataset.BitsAllocated // 8
    assert float(dataset.LossyImageCompressionRatio) == pytest.approx(native / len(stream_of(result)), rel=1e-3)
    assert list(dataset.ImageType) == ["DERIVED", "PRIMARY"]
    assert f"--transfer-syntax {syntax}:" in dataset.DerivationDescription


@pytest.mark.parametrize("syntax", ["jpeg-baseline", "jpeg-ls-near", "jpeg2000"])
def test_attributes_are_the_same_but_for_ratio_and_uid(syntax: str, source: Path) -> None:
    heads = set()
    for backend in BACKENDS:
        target = source.with_name(f"{backend}.dcm")
        try:
            convert(source, target, WHO, Options(transfer_syntax=syntax, backend=backend))
        except ToolMissing:
            continue
        dataset = pydicom.dcmread(target)
        del dataset.PixelData, dataset.LossyImageCompressionRatio
        del dataset.SOPInstanceUID, dataset.file_meta.MediaStorageSOPInstanceUID
        del dataset.file_meta.FileMetaInformationGroupLength  # UIDs are of different lengths
        heads.add(str(dataset.file_meta) + str(dataset))
    assert len(heads) <= 1


def test_what_was_lossy_before_comes_first(tmp_path: Path) -> None:
    source = tmp_path / "source.jpg"
    picture().save(source, quality=95)
    before = pydicom.dcmread(convert(source, tmp_path / "as-is.dcm", WHO).destination)
    dataset = pydicom.dcmread(written(source, "jpeg2000", "pydicom").destination)
    assert list(dataset.LossyImageCompressionMethod) == ["ISO_10918_1", "ISO_15444_1"]
    assert dataset.LossyImageCompressionRatio[0] == before.LossyImageCompressionRatio
    assert len(dataset.LossyImageCompressionRatio) == 2


def test_a_step_without_a_term_is_not_listed(tmp_path: Path) -> None:
    source = tmp_path / "source.webp"
    picture().save(source, quality=80)
    dataset = pydicom.dcmread(written(source, "jpeg-baseline", "pydicom").destination)
    assert dataset.LossyImageCompression == "01"
    assert dataset.LossyImageCompressionMethod == "ISO_10918_1"
    assert isinstance(dataset.LossyImageCompressionRatio, float)


def test_visible_light_is_derived(source: Path) -> None:
    dataset = pydicom.dcmread(written(source, "jpeg-baseline:75", "pydicom", "photo").destination)
    assert list(dataset.ImageType) == ["DERIVED", "PRIMARY"]
    assert "jpeg-baseline:75" in dataset.DerivationDescription


def test_a_jpeg_that_is_what_is_asked_for_stays_as_it_is(tmp_path: Path) -> None:
    source = tmp_path / "source.jpg"
    picture().save(source, quality=60)
    as_is = convert(source, tmp_path / "as-is.dcm", WHO)
    asked = written(source, "jpeg-baseline:90", "pydicom")
    assert asked.loss is None
    assert stream_of(asked) == stream_of(as_is)


def test_rgb_becomes_ycbcr_where_the_iod_demands_it(tmp_path: Path) -> None:
    source = tmp_path / "rgb.jpg"
    picture().save(source, quality=95, keep_rgb=True, subsampling=0)
    decoded = convert(source, tmp_path / "x.dcm", WHO, Options(sop_class="photo"))
    assert decoded.plan.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert any("must hold YCbCr" in note for note in decoded.plan.notes)
    result = written(source, "jpeg-baseline", "pydicom", "photo")
    dataset = pydicom.dcmread(result.destination)
    assert dataset.PhotometricInterpretation == "YBR_FULL_422"
    assert list(dataset.LossyImageCompressionMethod) == ["ISO_10918_1", "ISO_10918_1"]


def test_depth_that_it_does_not_hold(source: Path, deep: Path) -> None:
    with pytest.raises(SourceUnsupported, match="has 12 bits a sample, and jpeg-baseline holds 8"):
        convert(deep, deep.with_suffix(".dcm"), WHO, Options(transfer_syntax="jpeg-baseline"))
    with pytest.raises(SourceUnsupported, match="has 8 bits a sample, and jpeg-extended holds 12"):
        convert(source, source.with_suffix(".dcm"), WHO, Options(transfer_syntax="jpeg-extended"))


@pytest.mark.parametrize(
    "word", ["jpeg-baseline:0", "jpeg-baseline:101", "jpeg-ls-near:x", "rle:1", "explicit:1", "jpeg2000:²"]
)
def test_numbers_that_make_no_sense(word: str, source: Path) -> None:
    with pytest.raises(UsageError, match="--transfer-syntax"):
        convert(source, source.with_suffix(".dcm"), WHO, Options(transfer_syntax=word))


def test_another_picture_is_no_loss(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = codecs.compress
    monkeypatch.setattr(codecs, "compress", lambda plan, pixels: real(plan, bytes(255 - v for v in pixels)))
    with pytest.raises((ToolFailed, ToolMissing), match=r"levels off on average|not installed|nothing but"):
        convert(source, source.with_suffix(".dcm"), WHO, Options(transfer_syntax="jpeg-baseline", backend="pydicom"))


def test_a_bound_that_is_not_kept_is_found_out(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("imagecodecs")
    real = codecs.compress
    monkeypatch.setattr(codecs, "compress", lambda plan, pixels: real(plan, bytes([pixels[0] ^ 64]) + pixels[1:]))
    with pytest.raises((ToolFailed, ToolMissing), match=r"another picture|nothing but"):
        convert(source, source.with_suffix(".dcm"), WHO, Options(transfer_syntax="jpeg-ls-near", backend="pydicom"))


@pytest.mark.parametrize("uid_root", ["", "1.2.3"])
def test_pictures_that_differ_have_uids_that_differ(uid_root: str, source: Path) -> None:
    by_stream: dict[bytes, set[str]] = {}
    for backend in ("dcmtk", "pydicom"):
        for run in range(2):
            target = source.with_name(f"{backend}.{run}.dcm")
            wish = Options(transfer_syntax="jpeg-baseline:80", backend=backend, uid_root=uid_root)
            result = convert(source, target, WHO, wish)
            dataset = pydicom.dcmread(target)
            assert result.SOPInstanceUID == dataset.SOPInstanceUID == dataset.file_meta.MediaStorageSOPInstanceUID
            assert dataset.SOPInstanceUID.startswith(f"{uid_root or '2.25'}.")
            assert not result.report.findings
            by_stream.setdefault(stream_of(result), set()).add(result.SOPInstanceUID)
    assert len(by_stream) == 2
    assert [len(uids) for uids in by_stream.values()] == [1, 1]
    assert len(set.union(*by_stream.values())) == 2


def test_a_uid_that_was_stated_stays(source: Path) -> None:
    wish = Options(transfer_syntax="jpeg-baseline:80", backend="pydicom")
    result = convert(source, source.with_name("x.dcm"), {**WHO, "SOPInstanceUID": "1.2.3.4"}, wish)
    assert result.SOPInstanceUID == "1.2.3.4"
