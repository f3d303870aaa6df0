"""JPEG 2000, HTJ2K and JPEG-LS through the whole pipeline: stored as they are, under their own name, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image, features
from pydicom.pixels.utils import pixel_array

import dicomize
from dicomize import Options
from dicomize.errors import SourceDamaged, SourceUnsupported, ToolMissing
from dicomize.pixeldata import joined, read_instance

from .source.conftest import noise

jpeg_ls = pytest.importorskip("jpeg_ls", reason="could not import pyjpegls")

if not features.check("jpg_2000"):
    pytest.skip("JPEG 2000 support in Pillow is not installed", allow_module_level=True)

WHO = {"PatientID": "1"}
MARK = b"MARKER-7f3a91"


def picture(mode: str) -> Image.Image:
    bands = [Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90), Image.radial_gradient("L")]
    if mode == "I;16":
        return Image.fromarray(noise(23, 37, 1, 16)[..., 0])
    return Image.merge("RGB", bands).resize((37, 23)).convert(mode)


def jpeg2000(mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture(mode).save(buffer, "JPEG2000", **options)
    return buffer.getvalue()


def lossless_ls(mode: str = "RGB", near: int = 0) -> bytes:
    pixels = np.asarray(picture(mode))
    encoded: bytes = bytes(jpeg_ls.encode_array(pixels, lossy_error=near, interleave_mode=2 if mode == "RGB" else 0))
    return encoded


def stream_of(path: Path) -> bytes:
    stored = read_instance(path)
    assert stored.pixels is not None
    return joined(path, stored.pixels.fragments)


def all_agree(data: bytes, folder: Path, require_tool: Callable[[str], Path], **options: Any) -> pydicom.Dataset:
    """Convert with every backend; the results are equal and silent."""
    for program in ("dump2dcm", "gdcmimg", "dciodvfy"):
        require_tool(program)
    source, hashes = folder / "source.dat", set()
    source.write_bytes(data)
    for backend in ("dcmtk", "gdcm", "pydicom"):
        result = dicomize.convert(source, folder / f"{backend}.dcm", WHO, Options(backend=backend, **options))
        assert result.report.findings == ()
        hashes.add(result.sha256)
    assert len(hashes) == 1
    return pydicom.dcmread(folder / "gdcm.dcm")


@pytest.mark.parametrize("no_jp2", [False, True])
@pytest.mark.parametrize(
    ("mode", "options", "syntax", "photometric"),
    [
        ("L", {}, "4.90", "MONOCHROME2"),
        ("I;16", {}, "4.90", "MONOCHROME2"),
        ("RGB", {"mct": 1}, "4.90", "YBR_RCT"),
        ("RGB", {"mct": 0}, "4.90", "RGB"),
        ("RGB", {"mct": 1, "irreversible": True}, "4.91", "YBR_ICT"),
        ("L", {"irreversible": True}, "4.91", "MONOCHROME2"),
    ],
)
def test_jpeg2000(  # noqa: PLR0917 - one row of the table
    mode: str,
    options: dict[str, Any],
    syntax: str,
    photometric: str,
    no_jp2: bool,
    tmp_path: Path,
    require_tool: Callable[[str], Path],
) -> None:
    data = jpeg2000(mode, no_jp2=no_jp2, **options)
    dataset = all_agree(data, tmp_path, require_tool)
    assert dataset.file_meta.TransferSyntaxUID == f"1.2.840.10008.1.2.{syntax}"
    assert dataset.PhotometricInterpretation == photometric
    depth = 16 if mode == "I;16" else 8
    assert (dataset.BitsAllocated, dataset.BitsStored) == (depth, depth)
    assert dataset.get("LossyImageCompression", "") == ("01" if syntax == "4.91" else "")
    assert dataset.get("LossyImageCompressionMethod", "") == ("ISO_15444_1" if syntax == "4.91" else "")
    stored = stream_of(tmp_path / "gdcm.dcm")
    assert stored.startswith(b"\xff\x4f\xff\x51")
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(stored))), np.asarray(image))
    if syntax == "4.90":
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(stored))), np.asarray(picture(mode)))


@pytest.mark.parametrize("mode", ["L", "RGB", "I;16"])
@pytest.mark.parametrize("near", [0, 2])
def test_jpeg_ls(mode: str, near: int, tmp_path: Path, require_tool: Callable[[str], Path]) -> None:
    dataset = all_agree(lossless_ls(mode, near), tmp_path, require_tool)
    assert dataset.file_meta.TransferSyntaxUID == f"1.2.840.10008.1.2.4.{81 if near else 80}"
    assert dataset.get("LossyImageCompressionMethod", "") == ("ISO_14495_1" if near else "")
    difference = dataset.pixel_array.astype(int) - np.asarray(picture(mode))
    assert np.abs(difference).max() <= near


def test_visible_light(tmp_path: Path, require_tool: Callable[[str], Path]) -> None:
    dataset = all_agree(jpeg2000(mct=1), tmp_path, require_tool, sop_class="photo")
    assert dataset.PhotometricInterpretation == "YBR_RCT"
    (tmp_path / "rgb.jp2").write_bytes(jpeg2000(mct=0))
    decoded = dicomize.convert(tmp_path / "rgb.jp2", tmp_path / "rgb.dcm", WHO, Options(sop_class="photo"))
    assert decoded.plan.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert any("JPEG 2000 in a VL Photographic Image must hold YCbCr" in note for note in decoded.plan.notes)


def test_high_throughput(corpus: Path, tmp_path: Path) -> None:
    source = corpus / "synthetic" / "src.jph"
    result = dicomize.convert(source, tmp_path / "x.dcm", WHO)
    assert result.choice.backend == "pydicom"
    assert {name for name, _ in result.choice.passed_over} == {"dcmtk", "gdcm"}
    assert result.report.findings == ()
    dataset = pydicom.dcmread(tmp_path / "x.dcm")
    assert dataset.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.201"
    with Image.open(corpus / "synthetic" / "src.png") as image:
        expected = np.asarray(image)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(stream_of(tmp_path / "x.dcm")))), expected)
    with pytest.raises(ToolMissing, match="high-throughput"):
        dicomize.convert(source, tmp_path / "y.dcm", WHO, Options(backend="gdcm"))


def test_the_corpus_decodes_to_the_picture_it_was_made_from(corpus: Path, tmp_path: Path) -> None:
    for name in ("src.j2k", "src.jp2", "src.jls", "gray.jls", "gray16.j2k", "gray16.jp2", "gray16.jls"):
        target = tmp_path / f"{name}.dcm"
        dicomize.convert(corpus / "synthetic" / name, target, WHO)
        with Image.open(corpus / "synthetic" / f"{name.split('.')[0]}.png") as image:
            expected = np.asarray(image)
        seen = pixel_array(target) if name.endswith("jls") else np.asarray(Image.open(io.BytesIO(stream_of(target))))
        assert np.array_equal(seen, expected), name


# ---------------------------------------------------------------- nothing but the picture


def commented(codestream: bytes) -> bytes:
    """A comment behind SIZ (T.800 A.9.2)."""
    at = 4 + int.from_bytes(codestream[4:6], "big")
    segment = b"\xff\x64" + (len(MARK) + 4).to_bytes(2, "big") + b"\0\1" + MARK
    return codestream[:at] + segment + codestream[at:]


def boxed(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content


@pytest.mark.parametrize("name", ["codestream", "file", "jpeg-ls"])
def test_nothing_but_the_picture_leaves_the_file(name: str, tmp_path: Path) -> None:
    clean = jpeg2000(no_jp2=True)
    if name == "codestream":
        data = commented(clean) + MARK
    elif name == "file":
        whole = jpeg2000()
        at = whole.index(b"jp2c") - 4
        data = whole[:at] + boxed(b"xml ", MARK) + boxed(b"uuid", bytes(16) + MARK) + boxed(b"jp2c", commented(clean))
        data += boxed(b"xml ", MARK)
    else:
        clean = lossless_ls()
        extra = b"".join(b"\xff" + bytes([m]) + (len(MARK) + 2).to_bytes(2, "big") + MARK for m in (0xE1, 0xED, 0xFE))
        data = clean[:2] + extra + clean[2:] + MARK
    (tmp_path / "source.dat").write_bytes(data)
    result = dicomize.convert(tmp_path / "source.dat", tmp_path / "x.dcm", WHO)
    assert result.plan.source.residue
    assert MARK not in (tmp_path / "x.dcm").read_bytes()
    stored = stream_of(tmp_path / "x.dcm")
    if name == "jpeg-ls":
        assert stored.rstrip(b"\0") == clean.rstrip(b"\0")
    else:
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(stored))), np.asarray(picture("RGB")))


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_has_no_form(mode: str, tmp_path: Path) -> None:
    (tmp_path / "x.jp2").write_bytes(jpeg2000(mode))
    with pytest.raises(SourceUnsupported, match=r"x\.jp2, a JPEG 2000 \(JP2\) file, has \d components"):
        dicomize.convert(tmp_path / "x.jp2", tmp_path / "x.dcm", WHO)


@pytest.mark.parametrize(
    ("box", "says"),
    [
        (boxed(b"pclr", bytes(8)), "has a palette"),
        (boxed(b"cdef", b"\0\1\0\0\0\1\0\0"), "channels of transparency"),
        (boxed(b"cdef", b"\0\3\0\0\0\0\0\3\0\1\0\0\0\2\0\2\0\0\0\1"), "in an order of their own"),
        (boxed(b"colr", b"\1\0\0\0\0\0\x12"), "its colours are sYCC"),
    ],
)
def test_what_only_the_file_says(box: bytes, says: str, tmp_path: Path) -> None:
    clean = jpeg2000(no_jp2=True)
    whole = jpeg2000()
    head = whole[: whole.index(b"jp2h") - 4]
    (tmp_path / "x.jp2").write_bytes(head + boxed(b"jp2h", box) + boxed(b"jp2c", clean))
    with pytest.raises(SourceUnsupported, match=says):
        dicomize.convert(tmp_path / "x.jp2", tmp_path / "x.dcm", WHO)


def test_colours_transformed_by_an_encoder_of_its_own_mind(tmp_path: Path) -> None:
    clean = lossless_ls()
    (tmp_path / "x.jls").write_bytes(clean[:2] + b"\xff\xe8\0\x07mrfx\1" + clean[2:])
    with pytest.raises(SourceUnsupported, match="transformed in a way of its own"):
        dicomize.convert(tmp_path / "x.jls", tmp_path / "x.dcm", WHO)
    # 0 says that they were not
    (tmp_path / "x.jls").write_bytes(clean[:2] + b"\xff\xe8\0\x07mrfx\0" + clean[2:])
    dicomize.convert(tmp_path / "x.jls", tmp_path / "x.dcm", WHO)
    assert b"mrfx" not in (tmp_path / "x.dcm").read_bytes()


@pytest.mark.parametrize("make", [lambda: jpeg2000(no_jp2=True), lambda: lossless_ls("L")])
def test_truncation_at_every_byte(make: Callable[[], bytes], tmp_path: Path) -> None:
    data = make()
    for length in [*range(4, 120), *range(120, len(data) - 1, 97), len(data) - 2]:
        (tmp_path / "x").write_bytes(data[:length])
        with pytest.raises((SourceDamaged, SourceUnsupported)):
            dicomize.inspect(tmp_path / "x")


@pytest.mark.parametrize("what", ["cut", "taller"])
def test_a_jpeg_ls_that_holds_less_than_it_states(what: str, corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("jpeg_ls")
    data = bytearray((corpus / "synthetic" / "src.jls").read_bytes())
    if what == "cut":
        data = data[: len(data) // 2] + b"\xff\xd9"
    else:
        frame = data.index(b"\xff\xf7")
        data[frame + 5 : frame + 7] = (int.from_bytes(data[frame + 5 : frame + 7], "big") + 50).to_bytes(2, "big")
    (tmp_path / "x.jls").write_bytes(data)
    with pytest.raises(SourceDamaged, match="is damaged"):
        dicomize.convert(tmp_path / "x.jls", tmp_path / "x.dcm", WHO)
    assert not (tmp_path / "x.dcm").exists()


@pytest.mark.parametrize("space", [1, 2, 3, 4, 8, 10])
def test_a_spiff_header_says_what_the_colours_are(space: int, corpus: Path, tmp_path: Path) -> None:
    """T.84 annex F: 2 states none, 8 is grey, 10 is RGB; the others are YCbCr of a kind."""
    data = (corpus / "synthetic" / "src.jls").read_bytes()
    header = b"SPIFF\0\1\2\0\3" + bytes(8) + bytes([space]) + bytes(11)
    (tmp_path / "x.jls").write_bytes(data[:2] + b"\xff\xe8" + (2 + len(header)).to_bytes(2, "big") + header + data[2:])
    if space in {2, 8, 10}:
        dicomize.convert(tmp_path / "x.jls", tmp_path / "x.dcm", WHO)
    else:
        with pytest.raises(SourceUnsupported, match="SPIFF header calls neither grey nor RGB"):
            dicomize.convert(tmp_path / "x.jls", tmp_path / "x.dcm", WHO)


def test_nothing_behind_a_tile_part_of_no_stated_length_is_kept(corpus: Path, tmp_path: Path) -> None:
    data = bytearray((corpus / "synthetic" / "src.j2k").read_bytes())
    sot = data.index(b"\xff\x90\0\x0a")
    data[sot + 6 : sot + 10] = bytes(4)
    (tmp_path / "x.j2k").write_bytes(bytes(data) + b"PLANTED-4711\xff\xd9")
    dicomize.convert(tmp_path / "x.j2k", tmp_path / "x.dcm", WHO)
    assert b"PLANTED" not in (tmp_path / "x.dcm").read_bytes()
