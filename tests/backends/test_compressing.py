"""Every lossless transfer syntax by every backend: the samples by other decoders, the attributes, and what is refused."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.pixels.utils import pixel_array

from dicomize import DicomizeError, Options, convert
from dicomize.backends import codecs, compressing
from dicomize.errors import ToolFailed, ToolMissing
from dicomize.model import Conversion, ConversionRequest, Plan
from dicomize.pipeline import plan_all
from dicomize.pixeldata import read_instance, stored_bytes
from dicomize.registry import available, find
from dicomize.wrappers import gdcmconv
from dicomize.wrappers.defects import DEFECTS
from dicomize.wrappers.tool import Tools

NAMES = ("rle", "jpeg-lossless", "jpeg-ls", "jpeg2000-lossless", "htj2k-lossless")
BACKENDS = ("dcmtk", "gdcm", "pydicom")
WHO = {"PatientID": "4711", "StudyDate": "20240229", "StudyTime": "235959"}
PICTURES = {
    # columns, rows, samples, bits
    "grey": (40, 32, 1, 8),
    "grey-odd": (33, 17, 1, 8),
    "colour": (40, 32, 3, 8),
    "colour-odd": (33, 17, 3, 8),
    "grey-10": (33, 17, 1, 10),
    "grey-12": (33, 17, 1, 12),
    "grey-16": (33, 17, 1, 16),
    "colour-16": (33, 17, 3, 16),
    "one-row": (33, 1, 3, 8),
    "one-pixel": (1, 1, 1, 8),
}
WRITES = {
    "dcmtk": {"rle", "jpeg-lossless", "jpeg-ls"},
    "gdcm": {"rle", "jpeg-lossless", "jpeg-ls", "jpeg2000-lossless"},
    "pydicom": set(NAMES),
}
"""facts/toolkits.md would have it so; what each refuses of these is named by its defects"""
DECODERS = {
    "rle": ("dcmdrle",),
    "jpeg-lossless": ("dcmdjpeg", "gdcmconv"),
    "jpeg-ls": ("dcmdjpls", "gdcmconv"),
    "jpeg2000-lossless": ("gdcmconv",),
    "htj2k-lossless": (),
}


def samples_of(name: str) -> tuple[int, ...]:
    """Ramps with something on them that no prediction foresees, up to the greatest value."""
    columns, rows, count, bits = PICTURES[name]
    top = 2**bits
    return tuple(
        (x * 5 + y * 3 + s * 11 + (x * y * 7919 + s * 104729) % max(2, top // 8)) % top if x or y else top - 1
        for y in range(rows)
        for x in range(columns)
        for s in range(count)
    )


def netpbm(name: str, folder: Path) -> Path:
    columns, rows, count, bits = PICTURES[name]
    size = 1 if bits <= 8 else 2
    path = folder / f"{name}.pnm"
    head = f"P{6 if count == 3 else 5} {columns} {rows} {2**bits - 1}\n".encode()
    path.write_bytes(head + b"".join(v.to_bytes(size, "big") for v in samples_of(name)))
    return path


def expected(name: str) -> bytes:
    size = 1 if PICTURES[name][3] <= 8 else 2
    return b"".join(v.to_bytes(size, "little") for v in samples_of(name))


def converted(source: Path, syntax: str, backend: str, sop_class: str = "sc") -> Conversion:
    target = source.with_name(f"{source.stem}.{syntax}.{backend}.dcm")
    options = Options(transfer_syntax=syntax, backend=backend, sop_class=sop_class, overwrite=True)
    return convert(source, target, WHO, options)


def decoded_by(program: Path, file: Path) -> bytes | None:
    """Interleaved samples, or None where the program does not read it."""
    target = file.with_suffix(".raw.dcm")
    words = ["--raw", "-i", str(file), "-o", str(target)] if program.name == "gdcmconv" else [str(file), str(target)]
    if subprocess.run([program, *words], capture_output=True, check=False).returncode:
        return None
    dataset = pydicom.dcmread(target)
    assert dataset.get("PlanarConfiguration", 0) == 0
    length = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * dataset.BitsAllocated // 8
    return bytes(dataset.PixelData[:length])


def which(program: str) -> Path:
    named = Tools().find(gdcmconv.TOOL).path if program == "gdcmconv" else shutil.which(program)
    if named is None:
        pytest.skip(f"{program} is not installed")
    return Path(named)


def written_or_refused(source: Path, syntax: str, backend: str) -> Conversion | str:
    try:
        return converted(source, syntax, backend)
    except ToolMissing as refusal:
        return str(refusal)


def stream_of(file: Path) -> bytes:
    stored = read_instance(file)
    assert stored.pixels is not None
    return b"".join(stored_bytes(file, stored.pixels.fragments))


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("syntax", NAMES)
def test_other_decoders_find_the_very_samples(
    syntax: str, backend: str, picture: str, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    if backend != "pydicom":
        require_tool({"dcmtk": "dcmcjpeg", "gdcm": "gdcmconv"}[backend])
    source = netpbm(picture, tmp_path)
    result = written_or_refused(source, syntax, backend)
    if isinstance(result, str):
        if "imagecodecs" in result:
            pytest.skip(result)
        assert syntax not in WRITES[backend] or any(d.when and d.description in result for d in DEFECTS)
        return
    assert syntax in WRITES[backend]
    assert not result.report.findings
    assert result.verified_by
    seen = {name: decoded_by(which(name), result.destination) for name in DECODERS[syntax]}
    if syntax == "rle":
        seen["pydicom"] = pixel_array(result.destination, decoding_plugin="pydicom").tobytes()
    if syntax in {"jpeg2000-lossless", "htj2k-lossless"} and (PICTURES[picture][3] == 8 or picture == "grey-16"):
        seen["Pillow"] = Image.open(io.BytesIO(stream_of(result.destination))).tobytes()
    if find_spec("imagecodecs") and syntax in {"jpeg2000-lossless", "htj2k-lossless"}:
        seen["imagecodecs"] = pytest.importorskip("imagecodecs").jpeg2k_decode(stream_of(result.destination)).tobytes()
    assert seen
    assert {name: samples == expected(picture) for name, samples in seen.items()} == dict.fromkeys(seen, True)


@pytest.mark.parametrize("sop_class", ["sc", "photo"])
@pytest.mark.parametrize("syntax", NAMES)
def test_attributes_do_not_depend_on_the_backend(syntax: str, sop_class: str, tmp_path: Path) -> None:
    source = netpbm("colour", tmp_path)
    heads = {}
    for entry in available(Tools()):
        try:
            path = converted(source, syntax, entry.name, sop_class).destination
        except ToolMissing:
            continue
        dataset = pydicom.dcmread(path)
        del dataset.PixelData
        heads[entry.name] = str(dataset.file_meta) + str(dataset)
        label = "YBR_RCT" if sop_class == "photo" and "2" in syntax else "RGB"
        assert dataset.PhotometricInterpretation == label
        assert "LossyImageCompressionRatio" not in dataset
    if not heads:
        pytest.skip("imagecodecs is not installed: pip install imagecodecs")
    assert len(set(heads.values())) == 1


def test_what_was_lossy_stays_lossy(tmp_path: Path) -> None:
    source = tmp_path / "photo.jpg"
    Image.linear_gradient("L").resize((40, 32)).convert("RGB").save(source)
    as_is = pydicom.dcmread(convert(source, tmp_path / "as-is.dcm", WHO).destination)
    dataset = pydicom.dcmread(converted(source, "rle", "pydicom").destination)
    assert dataset.LossyImageCompression == "01"
    assert dataset.LossyImageCompressionRatio == as_is.LossyImageCompressionRatio
    assert dataset.LossyImageCompressionMethod == "ISO_10918_1"
    assert dataset.PhotometricInterpretation == "RGB"
    # libjpeg's pixels, each segment of the stream a byte plane (PS3.5 G.2)
    assert Image.open(source).tobytes() == pixel_array(dataset, decoding_plugin="pydicom").tobytes()


# ---------------------------------------------------------------- when something is wrong


def test_other_pixels_are_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = netpbm("colour", tmp_path)
    real = codecs.compress
    monkeypatch.setattr(codecs, "compress", lambda plan, pixels: real(plan, pixels[:-1] + bytes([pixels[-1] ^ 1])))
    with pytest.raises(ToolFailed, match="dicomize reads back other pixels than were given"):
        converted(source, "rle", "pydicom")
    assert [p.name for p in tmp_path.iterdir()] == [source.name]


def test_a_stream_that_nobody_reads_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = netpbm("colour", tmp_path)
    monkeypatch.setattr(codecs, "compress", lambda _plan, _pixels: codecs.Compressed(b"\xff\x4f\xff\x51", "other"))
    with pytest.raises(ToolFailed, match="Pillow cannot read it back"):
        converted(source, "jpeg2000-lossless", "pydicom")


def test_nobody_vouches_for_what_he_wrote_himself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codecs, "compress", lambda _plan, _pixels: codecs.Compressed(b"", "dicomize"))
    with pytest.raises(ToolMissing, match="nothing but dicomize itself could read back") as caught:
        converted(netpbm("colour", tmp_path), "rle", "pydicom")
    assert "install another decoder" in caught.value.remedy


def test_a_backend_that_does_not_compress_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = netpbm("colour", tmp_path)
    monkeypatch.setitem(
        compressing.DCMTK,
        "1.2.840.10008.1.2.4.70",
        replace_route(compressing.DCMTK["1.2.840.10008.1.2.4.70"], ("+ee",)),
    )
    if find("dcmtk", Tools()).backend is None:
        pytest.skip("dcmcjpeg is not installed")
    with pytest.raises(DicomizeError):
        converted(source, "jpeg-lossless", "dcmtk")


def replace_route(route: compressing.Route, options: tuple[str, ...]) -> compressing.Route:
    return route._replace(options=options)


def test_every_condition_of_a_defect_can_be_judged(tmp_path: Path) -> None:
    source = netpbm("grey-odd", tmp_path)
    (plan,) = plan_all([ConversionRequest(source, tmp_path / "x.dcm", transfer_syntax="rle")])
    assert isinstance(plan, Plan)
    tables = (compressing.DCMTK, compressing.GDCM)
    routes = {(r.tool.program, what) for t in tables for r in t.values() for what in (r.capability, r.with_loss)}
    for defect in DEFECTS:
        if defect.when:
            assert defect.when in compressing._CONDITIONS
            assert (defect.program, defect.what) in routes
    uneven = compressing.refusal(compressing.GDCM, plan, Tools())
    assert uneven is not None
    even = replace(plan, image=replace(plan.image, Columns=32))
    if find("gdcm", Tools()).backend is not None and "not" not in uneven:
        assert compressing.refusal(compressing.GDCM, even, Tools()) is None


@pytest.mark.parametrize("backend", ["dcmtk", "gdcm", "pydicom"])
@pytest.mark.parametrize(("mode", "size"), [("L", (76, 41)), ("RGB", (76, 41)), ("RGB", (4, 4)), ("RGB", (8, 2))])
def test_what_cannot_be_compressed_becomes_longer(
    mode: str, size: tuple[int, int], backend: str, tmp_path: Path
) -> None:
    """Noise as JPEG-LS; some encoders leave no room for it."""
    count = len(mode)
    noise = np.random.default_rng(7).integers(0, 256, size[0] * size[1] * count, dtype="u1").tobytes()
    Image.frombytes(mode, size, noise).save(tmp_path / "x.png")
    options = Options(transfer_syntax="jpeg-ls", backend=backend)
    try:
        result = convert(tmp_path / "x.png", tmp_path / "x.dcm", {"PatientID": "1"}, options)
    except ToolMissing as refusal:
        if "fails on JPEG-LS of a few pixels" not in str(refusal):
            pytest.skip(str(refusal))
        assert (backend, max(size) < 9) == ("gdcm", True)
    else:
        assert result.verified_by
        assert pydicom.dcmread(tmp_path / "x.dcm").pixel_array.tobytes() == noise
