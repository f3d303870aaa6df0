"""Results in which text is found are refused, with the rectangles that would blacken it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import dicomize
from dicomize import Options
from dicomize.cli.commands.inspect import inspect
from dicomize.errors import SourceUnsupported
from dicomize.lettering.rapid import RapidOcr
from dicomize.model import Geometry
from dicomize.rectangles import parse_rectangle
from dicomize.sites.loading import load_site
from dicomize.wrappers.tool import Tools

WHO = {"PatientID": "1", "StudyDate": "20240102", "StudyTime": "12", "BurnedInAnnotation": "NO"}


@pytest.fixture(autouse=True)
def engine() -> None:
    if why := RapidOcr().unavailable(Tools()):
        pytest.skip(why)


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Path]:
    def make(text: str = "DOE^JANE 1970", name: str = "x.png", orientation: int = 1) -> Path:
        image = Image.linear_gradient("L").resize((480, 320)).point(lambda v: v // 4).convert("RGB")
        ImageDraw.Draw(image).text((20, 12), text, fill=(255, 255, 255), font=ImageFont.load_default(26))
        exif = Image.Exif()
        exif[0x0112] = orientation
        turned = image.rotate(90, expand=True) if orientation == 6 else image
        turned.save(tmp_path / name, exif=exif)
        return tmp_path / name

    return make


def convert(source: Path | list[Path], **options: object) -> dicomize.Conversion:
    target = (source if isinstance(source, Path) else source[0]).with_suffix(".dcm")
    return dicomize.convert(source, target, WHO, Options(require_no_text=True, overwrite=True, **options))  # type: ignore[arg-type] # names of its fields


@pytest.mark.parametrize("orientation", [1, 6])
def test_text_is_refused_and_its_rectangle_blackens_it(picture: Callable[..., Path], orientation: int) -> None:
    source = picture(orientation=orientation)
    with pytest.raises(SourceUnsupported, match=r"text is found in .*x\.png: 'DOE") as caught:
        convert(source)
    assert not source.with_suffix(".dcm").exists()
    words = caught.value.remedy.split()
    assert words[:3] == ["blacken", "it:", "--redact"]
    rectangles = tuple(parse_rectangle(text, "--redact") for text in words[3::2])
    result = convert(source, geometry=Geometry(redact=rectangles))
    assert result.read_by == "RapidOCR"


def test_a_cropped_result_sends_to_the_whole_picture(picture: Callable[..., Path]) -> None:
    with pytest.raises(SourceUnsupported) as caught:
        convert(picture(), geometry=Geometry(scale="90%"))
    assert "inspect --text" in caught.value.remedy


def test_every_frame_is_looked_at(picture: Callable[..., Path]) -> None:
    sources = [picture("", "a.png"), picture(name="b.png")]
    with pytest.raises(SourceUnsupported, match="text is found in frame 2 of"):
        convert(sources)


def test_a_site_wants_it(picture: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text("require_no_text = true\n")
    site = load_site(str(tmp_path / "site.toml"))
    source = picture()
    with pytest.raises(SourceUnsupported, match="text is found"):
        dicomize.convert(source, source.with_suffix(".dcm"), WHO, Options(site=site))


@pytest.mark.parametrize("deep", [False, True])
def test_inspect_shows_it(picture: Callable[..., Path], tmp_path: Path, deep: bool) -> None:
    source = picture()
    if deep:
        with Image.open(source) as image:
            grey = image.convert("L")
        Image.frombytes("I;16", grey.size, b"".join(bytes((v, v)) for v in grey.tobytes())).save(tmp_path / "deep.png")
        source = tmp_path / "deep.png"
    (result,) = inspect([source], "", text=True).results
    assert json.loads(json.dumps(result["text"])) == result["text"]
    assert result["text"]["engine"] == "RapidOCR"
    assert any("DOE" in found["text"] for found in result["text"]["found"])
    assert len(result["text"]["redact"]) == len(result["text"]["found"])


def deep(source: Path, bright: int | None) -> Path:
    """The picture in the lowest 8 of 16 bits, and one bright pixel."""
    with Image.open(source) as image:
        samples = np.asarray(image.convert("L")).astype("u2")
    if bright is not None:
        samples[-1, -1] = bright
    made = source.with_name("dark.png")
    Image.fromarray(samples).save(made)
    return made


@pytest.mark.parametrize("bright", [None, 4000, 65535])
def test_a_bright_pixel_hides_no_text(picture: Callable[..., Path], bright: int | None) -> None:
    source = deep(picture(), bright)
    with pytest.raises(SourceUnsupported, match=r"text is found in .*DOE"):
        convert(source)
    (result,) = inspect([source], "", text=True).results
    assert sum("DOE" in found["text"] for found in result["text"]["found"]) == 1
    assert convert(deep(picture(text=""), bright)).read_by == "RapidOCR"


@pytest.mark.parametrize("form", ["TIFF", "MPO"])
def test_inspect_looks_at_every_picture_of_a_file(form: str, picture: Callable[..., Path], tmp_path: Path) -> None:
    with Image.open(picture(text="")) as plain, Image.open(picture(name="y.png")) as lettered:
        plain.save(tmp_path / "x", form, save_all=True, append_images=[lettered])
    (result,) = inspect([tmp_path / "x"], "", text=True).results
    assert {found["page"] for found in result["text"]["found"]} == {2}
    assert any("DOE" in found["text"] for found in result["text"]["found"])
