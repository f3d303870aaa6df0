"""The distance between pixels of a picture that is scaled or turned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from dicomize.errors import MetadataError
from dicomize.model import ConversionRequest, Geometry, Plan, Rectangle, SiteProfile
from dicomize.pipeline import plan_frames

MakeJpeg = Callable[..., Path]
MakePlans = Callable[..., list[Plan]]
Text = Callable[[Plan, str], str | None]
SCANNER = (("ConversionType", "DF"), ("NominalScannedPixelSpacing", r"0.1\0.2"), ("PixelAspectRatio", r"1\2"))


@pytest.mark.parametrize(
    ("geometry", "spacing", "ratio"),
    [
        (Geometry(), r"0.1\0.2", r"1\2"),
        (Geometry(scale="50%"), r"0.2\0.4", r"1\2"),
        (Geometry(rotate=90), r"0.2\0.1", r"2\1"),
        (Geometry(rotate=180), r"0.1\0.2", r"1\2"),
        (Geometry(rotate=270, scale="25%"), r"0.8\0.4", r"2\1"),
        (Geometry(scale="16x16", crop=Rectangle(0, 0, 32, 16)), r"0.2\0.4", r"1\2"),
    ],
)
def test_what_a_profile_states_of_a_device_follows_the_picture(
    geometry: Geometry, spacing: str, ratio: str, jpeg: MakeJpeg, plans: MakePlans, text: Text
) -> None:
    """PS3.3 10.7.1.3: between rows, then between columns. The picture measures 48 x 32."""
    (plan,) = plans(jpeg(), site=SiteProfile(name="scanner", attributes=SCANNER), geometry=geometry)
    assert (text(plan, "NominalScannedPixelSpacing"), text(plan, "PixelAspectRatio")) == (spacing, ratio)
    assert not any("as stated" in note for note in plan.notes)


def test_what_a_person_states_is_of_the_result(jpeg: MakeJpeg, plans: MakePlans, text: Text) -> None:
    keys = (("ConversionType", "DF"), ("NominalScannedPixelSpacing", r"0.1\0.2"))
    (plan,) = plans(jpeg(), keys=keys, geometry=Geometry(scale="50%"))
    assert text(plan, "NominalScannedPixelSpacing") == r"0.1\0.2"
    assert any(
        note.startswith("NominalScannedPixelSpacing as stated is taken for that of the result") for note in plan.notes
    )
    (plain,) = plans(jpeg("other.jpg"), keys=keys)
    assert not any("as stated" in note for note in plain.notes)


def test_frames_that_are_scaled_by_different_factors_have_no_distance_together(jpeg: MakeJpeg, tmp_path: Path) -> None:
    small = jpeg("small.jpg")
    large = tmp_path / "large.jpg"
    Image.open(small).resize((96, 64)).save(large)
    site = SiteProfile(name="scanner", attributes=(("PixelSpacing", r"0.2\0.2"), ("BurnedInAnnotation", "NO")))
    request = ConversionRequest(small, tmp_path / "x.dcm", multiframe=True, site=site, geometry=Geometry(scale="24x16"))
    planned = plan_frames(request, [small, large])
    assert isinstance(planned, MetadataError)
    assert "frames are scaled by different factors" in planned.message
    assert isinstance(plan_frames(request, [small, small]), Plan)
