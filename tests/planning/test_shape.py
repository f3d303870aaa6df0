"""How a picture will lie, and what of it will be seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dicomize.errors import SourceUnsupported, UsageError
from dicomize.model import Geometry, ImportedAttributes, Plan, Rectangle, Redaction, SiteProfile, Step, StepKind

MakeJpeg = Callable[..., Path]
MakePlans = Callable[..., list[Plan]]
BASELINE, EXPLICIT = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.1"


def planned(plans: MakePlans, path: Path, **request: Any) -> Plan:
    geometry = Geometry(**{k: request.pop(k) for k in Geometry.__slots__ if k in request})
    (plan,) = plans(path, geometry=geometry, **request)
    return plan


def steps(plan: Plan) -> list[tuple[StepKind, int, tuple[Rectangle, ...]]]:
    return [(s.kind, s.parameter, s.rectangles) for s in plan.steps if s.kind is not StepKind.CLEAN]


def test_whole_blocks_stay_as_they_are(jpeg: MakeJpeg, plans: MakePlans) -> None:
    """The picture measures 48 x 32 in blocks of 8 x 8."""
    crop, redact = Rectangle(8, 8, 24, 16), Rectangle(0, 0, 8, 16)
    plan = planned(plans, jpeg(), crop=crop, redact=(redact,))
    assert plan.TransferSyntaxUID == BASELINE
    assert steps(plan) == [(StepKind.REDACT, 0, (redact,)), (StepKind.CROP, 0, (crop,))]
    assert (plan.image.Rows, plan.image.Columns) == (16, 24)
    assert not [note for note in plan.notes if "block" in note]


def test_what_is_blackened_grows_to_whole_blocks(jpeg: MakeJpeg, plans: MakePlans) -> None:
    plan = planned(plans, jpeg(), redact=(Rectangle(9, 3, 2, 20),))
    assert steps(plan) == [(StepKind.REDACT, 0, (Rectangle(8, 0, 8, 24),))]
    assert any(note.endswith("so that it stays as it is elsewhere: 8,0,8,24") for note in plan.notes)
    (step,) = (step for step in plan.steps if step.kind is StepKind.REDACT)
    assert step.why == "--redact 9,3,2,20, widened to 8,0,8,24"


def test_a_crop_between_blocks_decodes_or_trims(jpeg: MakeJpeg, plans: MakePlans) -> None:
    crop = Rectangle(3, 8, 30, 16)
    plan = planned(plans, jpeg(), crop=crop)
    assert plan.TransferSyntaxUID == EXPLICIT
    assert steps(plan)[1:] == [(StepKind.CROP, 0, (crop,))]
    assert any("blocks of 8x8 pixels, so it is decoded" in note and "--trim-edges" in note for note in plan.notes)
    trimmed = planned(plans, jpeg(), crop=crop, trim_edges=True)
    assert trimmed.TransferSyntaxUID == BASELINE
    assert steps(trimmed) == [(StepKind.CROP, 0, (Rectangle(8, 8, 24, 16),))]
    assert any(note.endswith("what is left of the original is 8,8,24,16") for note in trimmed.notes)
    with pytest.raises(SourceUnsupported, match=r"nothing of .* is left"):
        planned(plans, jpeg(), crop=Rectangle(3, 3, 10, 10), trim_edges=True)


def test_rectangles_are_of_the_picture_as_it_is_looked_at(jpeg: MakeJpeg, plans: MakePlans) -> None:
    """Orientation 6: a quarter turn clockwise, so the left edge comes to lie above."""
    path = jpeg(exif={0x0112: 6})
    plan = planned(plans, path, crop=Rectangle(0, 0, 32, 16))
    assert steps(plan) == [(StepKind.CROP, 0, (Rectangle(0, 0, 16, 32),)), (StepKind.TURN, 6, ())]
    assert (plan.image.Rows, plan.image.Columns) == (16, 32)


@pytest.mark.parametrize(
    ("rotate", "flip", "exif", "turn"),
    [(90, "", 1, 6), (180, "", 1, 3), (270, "", 1, 8), (0, "horizontal", 1, 2), (0, "vertical", 1, 4), (90, "", 8, 1)],
)
def test_turning_on_request(jpeg: MakeJpeg, plans: MakePlans, rotate: int, flip: str, exif: int, turn: int) -> None:
    plan = planned(plans, jpeg(exif={0x0112: exif}), rotate=rotate, flip=flip)
    assert steps(plan) == ([(StepKind.TURN, turn, ())] if turn != 1 else [])
    assert plan.TransferSyntaxUID == BASELINE


@pytest.mark.parametrize(
    ("scale", "size"),
    [("50%", (16, 24)), ("12x100", (8, 12)), ("33.3%", (11, 16)), ("1000x1000", (32, 48)), ("100%", (32, 48))],
)
def test_scaling(jpeg: MakeJpeg, plans: MakePlans, scale: str, size: tuple[int, int]) -> None:
    plan = planned(plans, jpeg(), scale=scale)
    assert (plan.image.Rows, plan.image.Columns) == size
    changed = size != (32, 48)
    assert [s.kind for s in plan.steps if s.kind is StepKind.SCALE] == [StepKind.SCALE] * changed
    assert plan.TransferSyntaxUID == (EXPLICIT if changed else BASELINE)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"rotate": 45}, "--rotate 45 is no quarter turn"),
        ({"flip": "diagonal"}, "--flip 'diagonal' is not known"),
        ({"scale": "half"}, "--scale 'half' is no size"),
        ({"scale": "0%"}, "makes a picture of 0 x 0"),
        ({"scale": "200%"}, "makes a picture larger"),
        ({"crop": Rectangle(40, 0, 9, 8)}, "40,0,9,8 reaches beyond .* measures 48 x 32"),
        ({"redact": (Rectangle(0, 30, 1, 3),)}, "0,30,1,3 reaches beyond"),
        ({"redact": (Rectangle(0, 0, 0, 3),)}, "is empty"),
    ],
)
def test_what_cannot_be(jpeg: MakeJpeg, plans: MakePlans, wanted: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        planned(plans, jpeg(), **wanted)


def test_a_site_blackens_by_device_and_size(jpeg: MakeJpeg, plans: MakePlans) -> None:
    rule = Redaction("bar", "Scope 7", 48, 32, (Rectangle(0, 0, 48, 8),))
    site = SiteProfile(name="clinic", redactions=(rule,))
    path = jpeg(exif={0x0110: "Scope 7"})
    assert steps(planned(plans, path, site=site)) == [(StepKind.REDACT, 0, rule.rectangles)]
    other = jpeg("other.jpg", exif={0x0110: "Scope 8"})
    assert steps(planned(plans, other, site=site)) == []
    turned = jpeg("turned.jpg", exif={0x0110: "Scope 7", 0x0112: 6})
    assert [s.kind for s in planned(plans, turned, site=site).steps[1:]] == [StepKind.TURN]


@pytest.mark.parametrize(
    "stated",
    [
        {"keys": (("ManufacturerModelName", "Scope 7"),)},
        {"keys": (("0008,1090", "Scope 7 "),)},
        {"keys": (("ManufacturerModelName", "SCOPE 7"),)},
        {"site_attributes": (("ManufacturerModelName", "Scope 7"),)},
        {"imports": (ImportedAttributes("--metadata x.toml", (("ManufacturerModelName", "Scope 7"),)),)},
    ],
)
def test_a_site_blackens_by_the_device_that_somebody_states(
    stated: dict[str, Any], jpeg: MakeJpeg, plans: MakePlans
) -> None:
    """What is exported from many devices, such as ultrasound, has no Exif."""
    rule = Redaction("bar", "Scope 7", 48, 32, (Rectangle(0, 0, 48, 8),))
    site = SiteProfile(name="clinic", redactions=(rule,), attributes=stated.pop("site_attributes", ()))
    assert steps(planned(plans, jpeg(), site=site, **stated)) == [(StepKind.REDACT, 0, rule.rectangles)]


def test_a_picture_of_no_known_device_is_spoken_of_where_a_site_blackens_some(jpeg: MakeJpeg, plans: MakePlans) -> None:
    rule = Redaction("bar", "Scope 7", 48, 32, (Rectangle(0, 0, 48, 8),))
    site = SiteProfile(name="clinic", redactions=(rule,))
    plan = planned(plans, jpeg(), site=site)
    assert any("does not say which device made it" in note for note in plan.notes)
    assert steps(plan) == []
    other = planned(plans, jpeg("other.jpg", exif={0x0110: "Scope 8"}), site=site)
    assert not any("no rule of the site profile" in note for note in other.notes)


@pytest.mark.parametrize(
    ("wanted", "orientation"),
    [({"flip": "vertical"}, 1), ({"rotate": 180}, 1), ({"rotate": 90}, 1), ({}, 3), ({}, 6), ({"rotate": 270}, 8)],
)
@pytest.mark.parametrize("keep", [True, False])
def test_a_site_blackens_what_the_device_shows_whatever_is_turned(
    wanted: dict[str, Any], orientation: int, *, keep: bool, jpeg: MakeJpeg, plans: MakePlans
) -> None:
    """The rule is about the picture as Exif has it upright; the same part of the file is black in each case."""
    exif = {0x0110: "Scope 7", 0x0112: orientation}
    upright = (48, 32) if orientation < 5 else (32, 48)
    rule = Redaction("bar", "Scope 7", *upright, (Rectangle(0, 0, upright[0], 8),))
    site = SiteProfile(name="clinic", redactions=(rule,))
    plan = planned(plans, jpeg(exif=exif), site=site, keep_orientation=keep, **wanted)
    (step,) = (step for step in plan.steps if step.kind is StepKind.REDACT)
    edge = {
        1: Rectangle(0, 0, 48, 8),
        3: Rectangle(0, 24, 48, 8),
        6: Rectangle(0, 0, 8, 32),
        8: Rectangle(40, 0, 8, 32),
    }
    assert step.rectangles == (edge[orientation],)


def test_a_rule_for_pictures_of_another_size_is_spoken_of(jpeg: MakeJpeg, plans: MakePlans) -> None:
    site = SiteProfile(name="clinic", redactions=(Redaction("bar", "Scope 7", 640, 480, (Rectangle(0, 0, 48, 8),)),))
    plan = planned(plans, jpeg(exif={0x0110: "Scope 7"}), site=site)
    assert any("no rule of the site profile blackens" in note and "48 x 32" in note for note in plan.notes)


def test_a_derived_image_says_so(jpeg: MakeJpeg, plans: MakePlans, text: Callable[[Plan, str], str | None]) -> None:
    plan = planned(plans, jpeg(), redact=(Rectangle(0, 0, 8, 8),), sop_class="photo")
    assert text(plan, "ImageType") == r"DERIVED\PRIMARY"
    assert text(plan, "DerivationDescription") == "Parts were blackened (--redact 0,0,8,8)."
    assert text(plan, "BurnedInAnnotation") is None
    turned = planned(plans, jpeg(), rotate=90, sop_class="photo")
    assert text(turned, "ImageType") == r"ORIGINAL\PRIMARY"


def test_parts_make_other_instances(jpeg: MakeJpeg, plans: MakePlans, text: Callable[[Plan, str], str | None]) -> None:
    made = [planned(plans, jpeg(), crop=Rectangle(0, 0, 8, n)) for n in (8, 16)]
    assert len({text(plan, "SOPInstanceUID") for plan in made}) == 2


def test_steps_say_what_they_do(jpeg: MakeJpeg, plans: MakePlans) -> None:
    plan = planned(plans, jpeg(), redact=(Rectangle(0, 0, 8, 8), Rectangle(8, 8, 8, 8)))
    assert plan.steps[1] == Step(
        StepKind.REDACT, "--redact 0,0,8,8 8,8,8,8", rectangles=(Rectangle(0, 0, 8, 8), Rectangle(8, 8, 8, 8))
    )
