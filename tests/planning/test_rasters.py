"""How decoded pixels are stored, or why they cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dicomize.errors import SourceUnsupported, UsageError
from dicomize.model import Plan, StepKind
from dicomize.planning.rasters import parse_color

MakePlans = Callable[..., list[Plan]]
Text = Callable[[Plan, str], str | None]
EXPLICIT = "1.2.840.10008.1.2.1"


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a picture of 6 x 4 in a mode."""

    def save(mode: str = "RGB", name: str = "picture.png", color: Any = None, **options: Any) -> Path:
        path = tmp_path / name
        (Image.new(mode, (6, 4)) if color is None else Image.new(mode, (6, 4), color)).save(path, **options)
        return path

    return save


@pytest.mark.parametrize(
    ("mode", "samples", "photometric", "allocated"),
    [("L", 1, "MONOCHROME2", 8), ("1", 1, "MONOCHROME2", 8), ("RGB", 3, "RGB", 8), ("I;16", 1, "MONOCHROME2", 16)],
)
@pytest.mark.parametrize("syntax", ["", "as-is", "explicit"])
def test_pixel_description(  # noqa: PLR0917 - one row of the table
    saved: Callable[..., Path], plans: MakePlans, mode: str, samples: int, photometric: str, allocated: int, syntax: str
) -> None:
    (plan,) = plans(saved(mode), transfer_syntax=syntax)
    image = plan.image
    assert (plan.TransferSyntaxUID, image.SamplesPerPixel, image.PhotometricInterpretation) == (
        EXPLICIT, samples, photometric,
    )  # fmt: skip
    assert (image.BitsAllocated, image.BitsStored, image.HighBit) == (allocated, allocated, allocated - 1)
    assert (image.Rows, image.Columns) == (4, 6)
    assert [s.kind for s in plan.steps] == [StepKind.CLEAN, StepKind.DECODE]


def test_bits_beyond_eight_have_no_place_in_a_visible_light_iod(saved: Callable[..., Path], plans: MakePlans) -> None:
    with pytest.raises(
        SourceUnsupported, match="16 bits a sample, but a VL Photographic Image holds grey and colour of 8"
    ):
        plans(saved("I;16"), sop_class="photo")


def test_what_is_transparent_needs_a_background(saved: Callable[..., Path], plans: MakePlans, text: Text) -> None:
    path = saved("RGBA", color=(1, 2, 3, 100))
    with pytest.raises(SourceUnsupported, match="--background black, white, or #rrggbb"):
        plans(path)
    (plan,) = plans(path, background="#0a0b0c", sop_class="photo")
    assert [(s.kind, s.parameter) for s in plan.steps][2:] == [(StepKind.FLATTEN, 0x0A0B0C)]
    assert text(plan, "ImageType") == r"DERIVED\PRIMARY"
    assert "put on a background (--background #0a0b0c)" in (text(plan, "DerivationDescription") or "")


def test_an_opaque_alpha_is_left_out_with_a_note(saved: Callable[..., Path], plans: MakePlans, text: Text) -> None:
    (plan,) = plans(saved("RGBA", color=(1, 2, 3, 255)), sop_class="photo")
    assert any("alpha channel is left out" in note for note in plan.notes)
    assert StepKind.FLATTEN not in {s.kind for s in plan.steps}
    assert text(plan, "ImageType") == r"ORIGINAL\PRIMARY"
    assert text(plan, "DerivationDescription") is None


def test_a_grey_picture_on_a_colour(saved: Callable[..., Path], plans: MakePlans) -> None:
    path = saved("LA", color=(9, 0))
    with pytest.raises(UsageError, match="choose a grey"):
        plans(path, background="red")
    assert plans(path, background="grey")[0].image.SamplesPerPixel == 1


@pytest.mark.parametrize(("word", "value"), [("black", 0), ("White", 0xFFFFFF), (" #0A0b0c ", 0x0A0B0C)])
def test_colors(word: str, value: int) -> None:
    assert parse_color(word) == value


@pytest.mark.parametrize("word", ["", "#12345", "0x123456", "#12345g", "mauve", "#1234567"])
def test_no_colors(word: str) -> None:
    with pytest.raises(UsageError, match="is no colour; choose one of black"):
        parse_color(word)


@pytest.mark.parametrize("background", ["mauve", "#12"])
def test_a_wrong_background_is_an_error_of_every_raster(
    saved: Callable[..., Path], plans: MakePlans, background: str
) -> None:
    with pytest.raises(UsageError):
        plans(saved(), background=background)


def test_several_pictures_are_refused_with_their_number(saved: Callable[..., Path], plans: MakePlans) -> None:
    path = saved("RGB", "pages.tif", save_all=True, append_images=[Image.new("RGB", (6, 4))] * 2)
    with pytest.raises(SourceUnsupported, match="holds 3 pictures; choose one with --page N"):
        plans(path)
    (second,) = plans(path, page=2)
    assert second.source.page == 2


def test_cmyk_without_a_profile(saved: Callable[..., Path], plans: MakePlans) -> None:
    with pytest.raises(SourceUnsupported, match="CMYK colours without an ICC profile"):
        plans(saved("CMYK", "inks.tif"))


def test_what_is_known_of_loss(saved: Callable[..., Path], plans: MakePlans, text: Text) -> None:
    (plain,) = plans(saved())
    assert text(plain, "LossyImageCompression") is None
    (photo,) = plans(saved(), sop_class="photo")
    assert text(photo, "LossyImageCompression") == ""  # Type 2: nobody knows what was before the file
    (lossy,) = plans(saved("RGB", "x.tif", compression="jpeg"))
    assert text(lossy, "LossyImageCompression") == "01"
    assert text(lossy, "LossyImageCompressionMethod") == "ISO_10918_1"
    assert lossy.source.lossy is not None
    assert float(text(lossy, "LossyImageCompressionRatio") or 0) == pytest.approx(
        72 / lossy.source.lossy.length, rel=1e-3
    )


def test_exif_orientation_and_device_count_in_a_png(saved: Callable[..., Path], plans: MakePlans, text: Text) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Acme"
    path = saved("RGB", exif=exif)
    (plan,) = plans(path)
    assert (plan.image.Rows, plan.image.Columns) == (6, 4)
    assert plan.steps[-1].kind is StepKind.TURN
    assert text(plan, "Manufacturer") == "Acme"
    (kept,) = plans(path, keep_orientation=True)
    assert (kept.image.Rows, kept.image.Columns) == (4, 6)
