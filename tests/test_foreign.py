"""Formats that ImageMagick reads, where a site allows it; the pictures are written by Pillow, or by hand."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

import dicomize
from dicomize import Options
from dicomize.errors import SourceDamaged, SourceUnsupported, ToolFailed, ToolMissing
from dicomize.model import SiteProfile
from dicomize.pipeline import execute
from dicomize.serialize import dump_plan, load_plan
from dicomize.sites.loading import load_site
from dicomize.wrappers import imagemagick
from dicomize.wrappers.imagemagick import Facts, parse
from dicomize.wrappers.process import run
from dicomize.wrappers.tool import Tools

WHO = {"PatientID": "1", "StudyDate": "20240102", "StudyTime": "12"}
ALLOWED = SiteProfile(name="scans", imagemagick=True)


@pytest.fixture
def program() -> Path:
    report = imagemagick.find(Tools())
    if report.path is None or not report.version:
        pytest.skip(f"ImageMagick is not installed: {report.install}")
    return report.path


def noise(count: int = 3, bits: int = 8) -> np.ndarray:
    shape = (17, 33) if count == 1 else (17, 33, count)
    return np.random.default_rng(count).integers(0, 1 << bits, shape).astype("u1" if bits == 8 else "u2")


def psd(array: np.ndarray, mode: int, bits: int = 8) -> bytes:
    """An uncompressed Photoshop file of one layer: header, three empty sections, planes."""
    planes = array.reshape(*array.shape[:2], -1)
    head = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", planes.shape[2], *planes.shape[:2], bits, mode)
    data = b"".join(planes[..., n].astype(f">u{bits // 8}").tobytes() for n in range(planes.shape[2]))
    return head + bytes(12) + b"\0\0" + data


FILES: dict[str, tuple[Callable[[Path], object], np.ndarray]] = {
    "x.psd": (lambda p: p.write_bytes(psd(noise(), 3)), noise()),
    "grey.psd": (lambda p: p.write_bytes(psd(noise(1), 1)), noise(1)),
    "deep.psd": (lambda p: p.write_bytes(psd(noise(1, 16), 1, 16)), noise(1, 16)),
    "x.sgi": (lambda p: Image.fromarray(noise()).save(p, "SGI"), noise()),
    "x.pcx": (lambda p: Image.fromarray(noise()).save(p, "PCX"), noise()),
    "x.dds": (lambda p: Image.fromarray(noise()).save(p, "DDS"), noise()),
}


@pytest.mark.parametrize("name", FILES)
def test_pictures_are_what_they_were(name: str, program: Path, tmp_path: Path) -> None:
    make, expected = FILES[name]
    make(tmp_path / name)
    result = dicomize.convert(tmp_path / name, tmp_path / "x.dcm", WHO, Options(site=ALLOWED))
    assert np.array_equal(pydicom.dcmread(tmp_path / "x.dcm").pixel_array, expected)
    assert result.report.findings == ()
    assert any("ImageMagick read the" in note for note in result.plan.notes)
    assert program.name not in (tmp_path / "x.dcm").read_bytes().decode("latin-1")


@pytest.mark.usefixtures("program")
def test_a_plan_of_one_can_be_saved_and_repeats(tmp_path: Path) -> None:
    (tmp_path / "x.psd").write_bytes(psd(noise(), 3))
    plan = dicomize.plan(tmp_path / "x.psd", tmp_path / "x.dcm", WHO, Options(site=ALLOWED))
    first = execute(load_plan(dump_plan(plan), "plan")).sha256
    (tmp_path / "x.dcm").unlink()
    assert execute(plan).sha256 == first


def test_nobody_is_made_to_use_it(tmp_path: Path) -> None:
    (tmp_path / "x.psd").write_bytes(psd(noise(), 3))
    with pytest.raises(SourceUnsupported, match=r"x\.psd is a Photoshop file.* imagemagick = true in a site profile"):
        dicomize.convert(tmp_path / "x.psd", tmp_path / "x.dcm", WHO)
    (tmp_path / "site.toml").write_text("imagemagick = true\n[tools]\nmagick = '/nonexistent'\nconvert = '/nonexistent'\n"
                                        "'convert-im6.q16' = '/nonexistent'\n")  # fmt: skip
    site = load_site(str(tmp_path / "site.toml"))
    with pytest.raises(ToolMissing, match="which ImageMagick reads: /nonexistent"):
        dicomize.convert(tmp_path / "x.psd", tmp_path / "x.dcm", WHO, Options(site=site))


@pytest.mark.usefixtures("program")
def test_colours_that_would_be_guessed_at(tmp_path: Path) -> None:
    inks = np.concatenate([noise(), noise(1)[..., None]], axis=2)
    (tmp_path / "x.psd").write_bytes(psd(inks, 4))
    with pytest.raises(SourceUnsupported, match="holds CMYK colours"):
        dicomize.convert(tmp_path / "x.psd", tmp_path / "x.dcm", WHO, Options(site=ALLOWED))


@pytest.mark.usefixtures("program")
def test_damage_and_what_is_not_known_at_all(tmp_path: Path) -> None:
    (tmp_path / "x.psd").write_bytes(psd(noise(), 3)[:20])
    with pytest.raises(SourceDamaged, match=r"x\.psd, a Photoshop file, cannot be read"):
        dicomize.convert(tmp_path / "x.psd", tmp_path / "x.dcm", WHO, Options(site=ALLOWED))
    (tmp_path / "x.mvg").write_text("push graphic-context\nimage over 0,0 0,0 'https://127.0.0.1/x'\n")
    with pytest.raises(SourceUnsupported, match="is no image in any format"):
        dicomize.convert(tmp_path / "x.mvg", tmp_path / "x.dcm", WHO, Options(site=ALLOWED))


@pytest.mark.parametrize("coder", ["TEXT", "MVG", "MSL", "HTTP", "PDF"])
def test_the_policy_is_in_force(coder: str, program: Path, tmp_path: Path) -> None:
    """It is given for every run, whatever the system's own policy says."""
    (tmp_path / "x").write_text("fill 'red' rectangle 0,0 9,9")
    command = imagemagick.png_command(program, coder, tmp_path / "x", 0, tmp_path / "x.png")
    with pytest.raises(ToolFailed) as caught:
        run(command, 60.0)
    assert caught.value.invocation is not None
    assert "not allowed by the security policy" in caught.value.invocation.stderr


def test_what_it_prints() -> None:
    assert parse("33 17 1 8 sRGB\n33 17 1 8 sRGB\n") == Facts(33, 17, 1, 8, "sRGB")
    for text in ("", "33 17 1 8", "a b c d e", "33 17 1 8 sRGB more"):
        with pytest.raises(ValueError, match=r"prints|invalid literal"):
            parse(text)
