"""Which ICC profile goes with the pixels, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageCms

import dicomize
from dicomize import Options
from dicomize.errors import MetadataError, SourceUnsupported
from dicomize.serialize import dump_plan, load_plan

from ..source.test_icc_input import SRGB, space  # noqa: TID252 - profiles are made there

WHO = {"PatientID": "4711", "StudyDate": "20240102", "StudyTime": "1200"}
P3 = space("DISPLAYP3")


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Path]:
    def make(profile: bytes | None = P3, mode: str = "RGB", form: str = "PNG", name: str = "x") -> Path:
        path = tmp_path / f"{name}.{form.lower()}"
        noise = np.random.default_rng(1).integers(0, 256, (24, 32, 3), dtype="u1")
        Image.fromarray(noise).convert(mode).save(path, form, icc_profile=profile)
        return path

    return make


def converted(source: Path | list[Path], **options: Any) -> tuple[pydicom.Dataset, dicomize.Conversion]:
    target = Path(source if isinstance(source, Path) else source[0]).with_suffix(".dcm")
    keys = WHO | ({"BurnedInAnnotation": "NO"} if isinstance(source, list) else {})
    result = dicomize.convert(source, target, keys, Options(overwrite=True, **options))
    assert result.report.findings == ()
    return pydicom.dcmread(target), result


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("name", ["sc", "photo", "endoscopy", "microscopy"])
def test_the_colours_go_with_the_picture(picture: Callable[..., Path], form: str, name: str) -> None:
    dataset, _ = converted(picture(form=form), sop_class=name)
    assert dataset.ICCProfile[12:20] == b"scnrRGB "
    assert dataset.ColorSpace == "DISPLAYP3"


def test_every_backend_writes_the_same(picture: Callable[..., Path], require_tool: Callable[[str], Path]) -> None:
    require_tool("img2dcm")
    require_tool("gdcmimg")
    source = picture(form="JPEG")
    made = {b: converted(source, backend=b)[1].sha256 for b in ("dcmtk", "gdcm", "pydicom")}
    assert len(set(made.values())) == 1


def test_converted_when_asked_for(picture: Callable[..., Path]) -> None:
    source = picture()
    dataset, result = converted(source, icc="srgb", sop_class="photo")
    with Image.open(source) as image:
        target = ImageCms.createProfile("sRGB")
        wanted = ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(str(_saved(source))), target)
    assert np.array_equal(dataset.pixel_array, np.asarray(wanted))
    assert (dataset.ColorSpace, list(dataset.ImageType)) == ("SRGB", ["DERIVED", "PRIMARY"])
    assert "Colours were converted to sRGB" in dataset.DerivationDescription
    assert not any("ICC" in note for note in result.plan.notes)


def _saved(source: Path) -> Path:
    path = source.with_suffix(".icc")
    path.write_bytes(P3)
    return path


def test_left_out_when_asked_for(picture: Callable[..., Path]) -> None:
    dataset, result = converted(picture(), icc="drop")
    assert "ICCProfile" not in dataset
    assert "ColorSpace" not in dataset
    assert any("left out: colours may look different" in note for note in result.plan.notes)


def test_grey_has_none(picture: Callable[..., Path]) -> None:
    dataset, result = converted(picture(mode="L"))
    assert "ICCProfile" not in dataset
    assert any("only colours have one" in note for note in result.plan.notes)


def test_a_profile_that_cannot_be_used(picture: Callable[..., Path]) -> None:
    dataset, result = converted(picture(b"no profile" * 20))
    assert "ICCProfile" not in dataset
    assert any("is damaged, so it is left out" in note for note in result.plan.notes)


def test_frames_have_one_profile(picture: Callable[..., Path]) -> None:
    sources = [picture(name="a"), picture(SRGB, name="b")]
    with pytest.raises(SourceUnsupported, match=r"b\.png has other colours, by its ICC profile"):
        converted(sources)
    dataset, _ = converted(sources, icc="srgb")
    assert dataset.ColorSpace == "SRGB"
    same, _ = converted([picture(name="a"), picture(name="c")])
    assert same.ColorSpace == "DISPLAYP3"


def test_a_space_that_somebody_stated(picture: Callable[..., Path]) -> None:
    source = picture()
    with pytest.raises(
        MetadataError, match="ColorSpace cannot be set, since the picture has an ICC profile of DISPLAYP3"
    ):
        dicomize.plan(source, source.with_suffix(".dcm"), WHO | {"ColorSpace": "SRGB"})
    stated = dicomize.plan(source, source.with_suffix(".dcm"), WHO | {"ColorSpace": "SRGB"}, Options(icc="drop"))
    assert [a.value for a in stated.attributes if a.tag == 0x00282002] == [("SRGB",)]


def test_a_saved_plan_has_it(picture: Callable[..., Path]) -> None:
    source = picture()
    plan = dicomize.plan(source, source.with_suffix(".dcm"), WHO)
    assert load_plan(dump_plan(plan), "plan") == plan
    damaged = dump_plan(plan).replace(
        '"VR": "OB",\n      "value": [\n        "', '"VR": "OB",\n      "value": [\n        "!'
    )
    assert damaged != dump_plan(plan)
    with pytest.raises(MetadataError, match="damaged plan"):
        load_plan(damaged, "plan")


def test_deep_colours_are_not_converted(tmp_path: Path) -> None:
    imagecodecs: Any = pytest.importorskip("imagecodecs")
    deep = np.random.default_rng(2).integers(0, 65536, (9, 9, 3)).astype("u2")
    (tmp_path / "x.png").write_bytes(imagecodecs.png_encode(deep))
    data = (tmp_path / "x.png").read_bytes()
    with Image.new("RGB", (1, 1)) as tiny:
        tiny.save(tmp_path / "tiny.png", icc_profile=P3)
    profiled = (tmp_path / "tiny.png").read_bytes()
    at = profiled.index(b"iCCP") - 4
    length = int.from_bytes(profiled[at : at + 4], "big") + 12
    (tmp_path / "x.png").write_bytes(data[:33] + profiled[at : at + length] + data[33:])
    with pytest.raises(SourceUnsupported, match="has 16 bits a sample, and colours of 8 are converted"):
        converted(tmp_path / "x.png", icc="srgb")
    dataset, _ = converted(tmp_path / "x.png")
    assert dataset.ColorSpace == "DISPLAYP3"
