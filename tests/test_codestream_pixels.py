"""Codestreams decoded, and what becomes of them, with other decoders as the judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.encaps import generate_frames

import dicomize
from dicomize import Options
from dicomize.decoders import DECODERS, Decoder, Frame
from dicomize.errors import SourceDamaged, ToolFailed
from dicomize.model import Geometry, Rectangle

WHO = {"PatientID": "4711", "StudyDate": "20240102", "StudyTime": "1200"}


def samples(bits: int, count: int, size: tuple[int, int] = (21, 34)) -> np.ndarray:
    shape = size if count == 1 else (*size, count)
    kind = "u1" if bits <= 8 else "u2"
    return np.random.default_rng(bits + count).integers(0, 1 << bits, shape).astype(kind)


def encoded(form: str, array: np.ndarray, bits: int) -> bytes:
    imagecodecs: Any = pytest.importorskip("imagecodecs")
    if form == "jls":
        return bytes(imagecodecs.jpegls_encode(array))
    if form == "jph":
        return bytes(imagecodecs.htj2k_encode(array, reversible=True, rgb=array.ndim == 3))
    return bytes(
        imagecodecs.jpeg2k_encode(
            array, codecformat="j2k", level=0, reversible=True, bitspersample=bits, mct=array.ndim == 3
        )
    )


@pytest.mark.parametrize("backend", ["dcmtk", "gdcm", "pydicom"])
@pytest.mark.parametrize(
    ("form", "bits", "count"),
    [("j2k", 8, 3), ("j2k", 8, 1), ("j2k", 12, 1), ("j2k", 16, 1), ("j2k", 16, 3), ("jph", 8, 3), ("jph", 16, 1),
     ("jls", 8, 1), ("jls", 8, 3), ("jls", 16, 1)],
)  # fmt: skip
def test_decoded_to_what_was_encoded(form: str, bits: int, count: int, backend: str, tmp_path: Path) -> None:
    array = samples(bits, count)
    source = tmp_path / f"x.{form}"
    source.write_bytes(encoded(form, array, bits))
    result = dicomize.convert(source, tmp_path / "x.dcm", WHO, Options(transfer_syntax="explicit", backend=backend))
    assert result.report.findings == ()
    assert np.array_equal(pydicom.dcmread(tmp_path / "x.dcm").pixel_array, array)


@pytest.mark.parametrize(("form", "syntax"), [("j2k", "jpeg-ls"), ("jls", "jpeg2000-lossless"), ("jph", "rle")])
def test_into_another_compression(form: str, syntax: str, tmp_path: Path) -> None:
    array = samples(8, 3)
    source = tmp_path / f"x.{form}"
    source.write_bytes(encoded(form, array, 8))
    result = dicomize.convert(source, tmp_path / "x.dcm", WHO, Options(transfer_syntax=syntax))
    assert result.verified_by
    assert np.array_equal(pydicom.dcmread(tmp_path / "x.dcm").pixel_array, array)


@pytest.mark.parametrize("form", ["j2k", "jls"])
def test_changed_only_by_decoding(form: str, tmp_path: Path) -> None:
    array = samples(8, 3)
    source = tmp_path / f"x.{form}"
    source.write_bytes(encoded(form, array, 8))
    geometry = Geometry(rotate=90, redact=(Rectangle(0, 0, 3, 2),), crop=Rectangle(0, 0, 15, 20))
    result = dicomize.convert(source, tmp_path / "x.dcm", WHO, Options(geometry=geometry))
    expected = np.rot90(array, -1).copy()
    expected[:2, :3] = 0
    assert np.array_equal(pydicom.dcmread(tmp_path / "x.dcm").pixel_array, expected[:20, :15])
    assert any("cannot be changed without decoding" in note for note in result.plan.notes)


def test_rgb_where_the_iod_demands_a_transform(tmp_path: Path) -> None:
    imagecodecs: Any = pytest.importorskip("imagecodecs")
    array = samples(8, 3)
    plain = imagecodecs.jpeg2k_encode(array, codecformat="j2k", level=0, reversible=True, mct=False)
    (tmp_path / "x.j2k").write_bytes(bytes(plain))
    result = dicomize.convert(tmp_path / "x.j2k", tmp_path / "x.dcm", WHO, Options(sop_class="photo"))
    assert result.plan.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert any("must hold YCbCr" in note for note in result.plan.notes)
    assert np.array_equal(pydicom.dcmread(tmp_path / "x.dcm").pixel_array, array)


def test_a_lossy_stream_stays_lossy(tmp_path: Path) -> None:
    imagecodecs: Any = pytest.importorskip("imagecodecs")
    (tmp_path / "x.jls").write_bytes(bytes(imagecodecs.jpegls_encode(samples(8, 1), level=3)))
    dicomize.convert(tmp_path / "x.jls", tmp_path / "x.dcm", WHO, Options(transfer_syntax="explicit"))
    dataset = pydicom.dcmread(tmp_path / "x.dcm")
    assert (dataset.LossyImageCompression, dataset.LossyImageCompressionMethod) == ("01", "ISO_14495_1")
    assert np.abs(dataset.pixel_array.astype(int) - samples(8, 1)).max() <= 3


def test_damage_that_only_decoding_shows(tmp_path: Path) -> None:
    data = bytearray(encoded("jls", samples(8, 1), 8))
    at = data.index(b"\xff\xda") + 14
    data[at : at + 60] = bytes(60)
    (tmp_path / "x.jls").write_bytes(bytes(data))
    with pytest.raises(SourceDamaged, match=r"x\.jls cannot be decoded: .*; get the original file again"):
        dicomize.convert(tmp_path / "x.jls", tmp_path / "x.dcm", WHO, Options(transfer_syntax="explicit"))
    assert not (tmp_path / "x.dcm").exists()


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 7, 9, 12, 15])
def test_jpeg_ls_of_any_depth(bits: int, count: int, tmp_path: Path) -> None:
    """Programs refuse some that are sound, so others are asked."""
    jpeg_ls: Any = pytest.importorskip("jpeg_ls", reason="could not import pyjpegls")
    array = samples(bits, count)
    stream = jpeg_ls.encode_buffer(array.tobytes(), 21, 34, count, bits, interleave_mode=2 if count == 3 else 0)
    (tmp_path / "x.jls").write_bytes(bytes(stream))
    result = dicomize.convert(tmp_path / "x.jls", tmp_path / "x.dcm", WHO, Options(transfer_syntax="explicit"))
    assert (result.report.findings, result.plan.image.BitsStored) == ((), bits)
    assert np.array_equal(pydicom.dcmread(tmp_path / "x.dcm").pixel_array, array)


def test_a_program_that_fails_alone_is_at_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_frame: Frame) -> bytes:
        raise ToolFailed("dcmdjpls was killed by SIGSEGV")

    syntax = "1.2.840.10008.1.2.4.80"
    (tmp_path / "x.jls").write_bytes(encoded("jls", samples(8, 1), 8))
    decoders = (Decoder("DCMTK", lambda _frame: True, fails), *DECODERS[syntax][1:])
    monkeypatch.setitem(DECODERS, syntax, decoders)
    with pytest.raises(ToolFailed, match=r"x\.jls cannot be decoded: dcmdjpls was killed"):
        dicomize.convert(tmp_path / "x.jls", tmp_path / "x.dcm", WHO, Options(transfer_syntax="explicit"))
    monkeypatch.setitem(DECODERS, syntax, (decoders[0], decoders[0]))
    with pytest.raises(SourceDamaged, match=r"x\.jls cannot be decoded: dcmdjpls was killed"):
        dicomize.convert(tmp_path / "x.jls", tmp_path / "x.dcm", WHO, Options(transfer_syntax="explicit"))


@pytest.mark.parametrize("backend", ["dcmtk", "gdcm", "pydicom"])
@pytest.mark.parametrize("bits", [12, 16])
def test_deep_colours_are_stored_as_they_are(bits: int, backend: str, tmp_path: Path) -> None:
    """A decoder that takes no such picture says nothing of it."""
    array = samples(bits, 3)
    (tmp_path / "x.j2k").write_bytes(encoded("j2k", array, bits))
    result = dicomize.convert(tmp_path / "x.j2k", tmp_path / "x.dcm", WHO, Options(backend=backend))
    assert (result.report.findings, result.plan.TransferSyntaxUID) == ((), "1.2.840.10008.1.2.4.90")
    imagecodecs: Any = pytest.importorskip("imagecodecs")
    stored = next(generate_frames(pydicom.dcmread(tmp_path / "x.dcm").PixelData, number_of_frames=1))
    assert np.array_equal(imagecodecs.jpeg2k_decode(stored), array)
