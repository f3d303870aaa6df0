"""How a picture is stored, or why it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dicomize.errors import SourceUnsupported
from dicomize.metadata.iod import sop_class
from dicomize.model import ColorModel, ConversionRequest, Geometry, Plan, SourceImage, StepKind
from dicomize.planning.form import color_of, form_of, refuse_process
from dicomize.source.opening import Described, open_source

MakeJpeg = Callable[..., Path]
MakePlans = Callable[..., list[Plan]]
BASELINE, EXPLICIT = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.1"


@pytest.mark.parametrize(
    ("mode", "syntax", "uid", "photometric", "samples"),
    [
        ("RGB", "", BASELINE, "YBR_FULL_422", 3),
        ("L", "", BASELINE, "MONOCHROME2", 1),
        ("RGB", "explicit", EXPLICIT, "RGB", 3),
        ("L", EXPLICIT, EXPLICIT, "MONOCHROME2", 1),
    ],
)
def test_pixel_description(  # noqa: PLR0917 - one row of the table
    jpeg: MakeJpeg, plans: MakePlans, mode: str, syntax: str, uid: str, photometric: str, samples: int
) -> None:
    (plan,) = plans(jpeg(mode=mode), transfer_syntax=syntax)
    image = plan.image
    assert (plan.TransferSyntaxUID, image.PhotometricInterpretation, image.SamplesPerPixel) == (
        uid,
        photometric,
        samples,
    )
    assert (image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation) == (8, 8, 7, 0)
    assert image.PlanarConfiguration == (None if samples == 1 else 0)
    assert [s.kind for s in plan.steps] == [StepKind.CLEAN] + [StepKind.DECODE] * (uid == EXPLICIT)


@pytest.mark.parametrize(("orientation", "size"), [(1, (32, 48)), (3, (32, 48)), (6, (48, 32)), (8, (48, 32))])
def test_a_turned_picture(jpeg: MakeJpeg, plans: MakePlans, orientation: int, size: tuple[int, int]) -> None:
    path = jpeg(exif={0x0112: orientation})
    for syntax in ("as-is", "explicit"):
        (plan,) = plans(path, transfer_syntax=syntax)
        assert (plan.image.Rows, plan.image.Columns) == size
        assert [s.parameter for s in plan.steps if s.kind is StepKind.TURN] == [orientation] * (orientation != 1)
    (kept,) = plans(path, keep_orientation=True)
    assert (kept.image.Rows, kept.image.Columns) == (32, 48)


def described(path: Path, **changes: object) -> Described:
    found = open_source(path).described
    return Described(replace(found.image, **changes), found.jpeg)  # type: ignore[arg-type] # names of its fields


def request(**chosen: object) -> ConversionRequest:
    return ConversionRequest(Path("a"), Path("b"), **chosen)  # type: ignore[arg-type] # names of its fields


def with_sof(image: SourceImage, sof: int) -> SourceImage:
    assert image.jpeg is not None
    return replace(image, jpeg=replace(image.jpeg, sof=sof))


def refused(image: SourceImage) -> None:
    assert image.jpeg is not None
    refuse_process(image, image.jpeg)


@pytest.mark.parametrize("sof", [5, 6, 7, 11, 13, 14, 15])
def test_processes_that_dicom_has_not(jpeg: MakeJpeg, sof: int) -> None:
    with pytest.raises(SourceUnsupported, match=rf"SOF{sof}\)"):
        refused(with_sof(described(jpeg()).image, sof))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"SamplesPerPixel": 4}, "CMYK colours without an ICC profile"),
        ({"SamplesPerPixel": 2}, "has 2 components"),
        ({"bits": 12}, "states 12 bits a sample"),
        ({"Rows": 0}, "states its height nowhere"),
    ],
)
def test_pictures_that_dicom_has_not(jpeg: MakeJpeg, changes: dict[str, object], says: str) -> None:
    with pytest.raises(SourceUnsupported, match=says):
        refused(described(jpeg(), **changes).image)


@pytest.mark.parametrize(("sof", "refused_"), [(0, False), (2, True), (9, True), (10, True)])
def test_more_blocks_in_an_mcu_than_a_baseline_scan_holds(jpeg: MakeJpeg, sof: int, refused_: bool) -> None:
    """T.81 B.2.3: at most 10; progressive pictures have scans of one component, and could not be coded anew."""
    image = described(jpeg()).image
    assert image.jpeg is not None
    facts = replace(image.jpeg, sof=sof, sampling=((2, 2), (2, 2), (2, 2)))
    wide = replace(image, jpeg=facts)
    if refused_:
        with pytest.raises(SourceUnsupported, match="12 blocks in an MCU, and a baseline scan holds 10"):
            refused(wide)
    else:
        refused(wide)


def test_colours_in_doubt_are_asked_for(jpeg: MakeJpeg) -> None:
    ambiguous = described(jpeg(), color=ColorModel.AMBIGUOUS).image
    with pytest.raises(SourceUnsupported, match="--jpeg-color ycbcr or --jpeg-color rgb"):
        color_of(request(), ambiguous)
    assert color_of(request(jpeg_color=ColorModel.RGB), ambiguous) is ColorModel.RGB
    grey = described(jpeg(mode="L")).image
    assert color_of(request(jpeg_color=ColorModel.RGB), grey) is ColorModel.MONOCHROME


def test_an_rgb_stream_has_no_place_in_a_visible_light_iod(jpeg: MakeJpeg) -> None:
    found = described(jpeg())
    form = form_of(request(), found, sop_class("photo"), ColorModel.RGB)
    assert form.TransferSyntaxUID == EXPLICIT
    assert "C.8.12.1.1.1" in form.notes[0]
    form = form_of(request(), found, sop_class("sc"), ColorModel.RGB)
    assert (form.image.PhotometricInterpretation, form.TransferSyntaxUID) == ("RGB", BASELINE)


def test_twelve_bits(jpeg: MakeJpeg) -> None:
    found = described(jpeg(mode="L"), bits=12)
    found = Described(with_sof(found.image, 1), found.jpeg)
    refused(found.image)
    form = form_of(request(), found, sop_class("sc"), ColorModel.MONOCHROME)
    assert form.TransferSyntaxUID == "1.2.840.10008.1.2.4.51"
    assert (form.image.BitsAllocated, form.image.BitsStored, form.image.HighBit) == (16, 12, 11)
    with pytest.raises(SourceUnsupported, match="holds grey and colour of 8 "):
        form_of(request(), found, sop_class("photo"), ColorModel.MONOCHROME)
    decoded = form_of(request(transfer_syntax="explicit"), found, sop_class("sc"), ColorModel.MONOCHROME).image
    assert (decoded.BitsAllocated, decoded.BitsStored, decoded.HighBit) == (16, 12, 11)


def test_what_cannot_be_turned_exactly_is_decoded(jpeg: MakeJpeg) -> None:
    path = jpeg(exif={0x0112: 3})
    data = path.read_bytes()
    at = data.index(b"\xff\xc0")
    path.write_bytes(data[: at + 5] + (30).to_bytes(2, "big") + data[at + 7 :])  # 30 rows are no whole blocks
    form = form_of(request(), described(path), sop_class("sc"), ColorModel.YCBCR)
    assert form.TransferSyntaxUID == EXPLICIT
    assert form.notes[0].endswith("stored uncompressed; --trim-edges gives up the incomplete blocks instead")
    trimmed = form_of(request(geometry=Geometry(trim_edges=True)), described(path), sop_class("sc"), ColorModel.YCBCR)
    assert (trimmed.TransferSyntaxUID, trimmed.image.Rows) == (BASELINE, 24)
