"""HEIC and AVIF: facts, pixels as their decoders see them, and what is refused."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageOps, features

import dicomize
from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.model import Alpha, SourceImage
from dicomize.source.raster import Raster

from .conftest import samples

Describe = Callable[[bytes], SourceImage]
Decode = Callable[[bytes], Raster]


def picture(mode: str = "RGB") -> Image.Image:
    bands = [Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90), Image.radial_gradient("L")]
    made = Image.merge("RGB", bands).resize((48, 32)).convert(mode)
    if mode == "RGBA":
        made.putalpha(Image.linear_gradient("L").resize(made.size))
    return made


def avif(mode: str = "RGB", **options: Any) -> bytes:
    if not features.check("avif"):
        pytest.skip("AVIF support in Pillow is not installed")
    buffer = io.BytesIO()
    picture(mode).save(buffer, "AVIF", **options)
    return buffer.getvalue()


def heic(mode: str = "RGB", **options: Any) -> bytes:
    pytest.importorskip("pi_heif", reason="could not import pi_heif")
    heif = pytest.importorskip("pillow_heif", reason="could not import pillow_heif")
    buffer = io.BytesIO()
    heif.from_pillow(picture(mode)).save(buffer, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize(("make", "method"), [(avif, ""), (heic, "ISO_23008_2")])
def test_pixels_and_facts(
    described: Describe, decoded: Decode, make: Callable[..., bytes], method: str, mode: str
) -> None:
    data = make(mode, quality=80)
    facts = described(data)
    assert (facts.Columns, facts.Rows, facts.bits, facts.frames) == (48, 32, 8, 1)
    assert facts.alpha is (Alpha.TRANSPARENT if mode == "RGBA" else Alpha.NONE)
    assert facts.lossy is not None
    assert facts.lossy.method == method
    assert 0 < facts.lossy.length < len(data)
    shown = samples(decoded(data))
    assert np.abs(shown.astype(int) - np.asarray(picture(mode))).mean() < 4


def test_an_avif_as_pillow_sees_it(decoded: Decode) -> None:
    data = avif()
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(samples(decoded(data)), np.asarray(image))


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("make", [avif, heic])
def test_what_lies_on_its_side_comes_out_upright(make: Callable[..., bytes], orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    (tmp_path / "x").write_bytes(make(exif=exif.tobytes(), quality=90))
    dicomize.convert(tmp_path / "x", tmp_path / "x.dcm", {"PatientID": "1"})
    turned = picture()
    turned.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(turned)).astype(int)
    shown = pydicom.dcmread(tmp_path / "x.dcm").pixel_array
    assert shown.shape == expected.shape
    assert np.abs(shown - expected).mean() < 4


def test_more_than_8_bits_are_refused(described: Describe) -> None:
    for data in (avif(subsampling="4:4:4"), heic()):
        kind, offset, deep = (b"av1C", 6, 0x40) if b"av1C" in data else (b"hvcC", 21, 2)
        changed = bytearray(data)
        at = changed.index(kind)
        changed[at + offset] |= deep
        with pytest.raises(SourceUnsupported, match="has 10 bits a sample"):
            described(bytes(changed))


@pytest.mark.parametrize("make", [avif, heic])
def test_cut_short(opened: Decode, make: Callable[..., bytes]) -> None:
    data = make()
    for length in (16, 100, len(data) // 2, len(data) - 40):
        with pytest.raises((SourceDamaged, SourceUnsupported)):
            opened(data[:length])


def test_without_the_extra(described: Describe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(SourceUnsupported, match=r"pi-heif, which is not installed; pip install 'dicomize\[heif\]'"):
        described(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")


def test_the_corpus(corpus: Path) -> None:
    pytest.importorskip("pi_heif", reason="could not import pi_heif")
    for path in sorted(corpus.rglob("*.HEIC")):
        facts = dicomize.inspect(path)
        assert (facts.format, facts.exif.Orientation, facts.exif.Make) == ("HEIC", 1, "Apple")
