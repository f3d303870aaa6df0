"""The one clean image that every backend is given."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from dicomize.errors import MetadataError, SourceDamaged, SourceUnsupported, ToolFailed
from dicomize.jpeg import markers, scan
from dicomize.model import ColorModel, ConversionRequest, Geometry, Plan, PreparedImage, Rectangle, StepKind
from dicomize.pipeline import plan_all
from dicomize.prepare import prepare
from dicomize.source.opening import open_source
from dicomize.wrappers.tool import Tools

WITHOUT_JPEGTRAN = Tools((("jpegtran", Path("/nonexistent/jpegtran")),))


def picture(columns: int, rows: int) -> Image.Image:
    bands = [Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90), Image.radial_gradient("L")]
    return Image.merge("RGB", bands).resize((columns, rows))


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., Plan]:
    def make(size: tuple[int, int] = (48, 32), orientation: int = 1, mode: str = "RGB", **options: Any) -> Plan:
        exif = Image.Exif()
        exif[0x0112] = orientation
        source = tmp_path / "x.jpg"
        jpeg = options.pop("jpeg", {})
        picture(*size).convert(mode).save(
            source, exif=exif, comment=b"Jane", **{"quality": 90, "subsampling": 0, **jpeg}
        )
        (planned,) = plan_all([ConversionRequest(source, tmp_path / "x.dcm", **options)])
        assert isinstance(planned, Plan), planned
        return planned

    return make


def prepared(plan: Plan, folder: Path, tools: Tools = WITHOUT_JPEGTRAN) -> PreparedImage:
    return prepare(plan, open_source(plan.source.path), folder, tools)


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def test_only_the_picture_is_left(plan: Callable[..., Plan], tmp_path: Path) -> None:
    planned = plan(orientation=1)
    image = prepared(planned, tmp_path)
    assert image.path.name == "image.jpg"
    assert image.path.read_bytes() == image.data
    assert {s.name for s in markers.parse(image.data).segments} == {"SOI", "DQT", "SOF0", "DHT", "SOS", "EOI"}
    assert np.array_equal(pixels(image.data), pixels(planned.source.path.read_bytes()))


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_turned_alike_with_jpegtran_and_without(
    orientation: int, mode: str, plan: Callable[..., Plan], tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    require_tool("jpegtran")
    planned = plan((48, 32), orientation, mode, jpeg={"subsampling": 2} if mode == "RGB" else {})
    assert prepared(planned, tmp_path).data == prepared(planned, tmp_path, Tools()).data


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (48, 32)])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_decoded_upright(
    orientation: int, size: tuple[int, int], mode: str, plan: Callable[..., Plan], tmp_path: Path
) -> None:
    planned = plan(size, orientation, mode, transfer_syntax="explicit")
    image = prepared(planned, tmp_path)
    with Image.open(planned.source.path) as source:
        expected = ImageOps.exif_transpose(source)
    assert image.path.name == "image.raw"
    assert image.data == image.path.read_bytes() == expected.tobytes()
    assert (image.image.Columns, image.image.Rows) == expected.size


def test_what_samples_mean_is_the_users_word(tmp_path: Path) -> None:
    """Decoding follows --jpeg-color, as storing does."""
    source = tmp_path / "x.jpg"
    Image.new("RGB", (16, 16), (200, 30, 60)).save(source, quality=100, subsampling=0)
    request = ConversionRequest(source, tmp_path / "x.dcm", transfer_syntax="explicit", jpeg_color=ColorModel.RGB)
    (planned,) = plan_all([request])
    assert isinstance(planned, Plan)
    with Image.open(source) as image:
        image.draft("YCbCr", None)
        expected = image.tobytes()
    assert prepared(planned, tmp_path).data == expected


def spoilt(data: bytes) -> bytes:
    at = markers.parse(data).scans[0].data_start
    return data[:at] + b"\xff\x00" * 20 + data[at + 40 :]


def test_damage_is_found(plan: Callable[..., Plan], tmp_path: Path) -> None:
    for options in ({}, {"transfer_syntax": "explicit"}):
        planned = plan(**options)
        planned.source.path.write_bytes(spoilt(planned.source.path.read_bytes()))
        with pytest.raises(SourceDamaged, match=r"x\.jpg: .*get the original file again"):
            prepared(planned, tmp_path)


def test_a_picture_too_large_to_decode(
    plan: Callable[..., Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = plan(transfer_syntax="explicit")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 48 * 32 - 1)
    assert len(prepared(planned, tmp_path).data) == 48 * 32 * 3  # up to twice as much is only warned of
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(SourceUnsupported, match="too large"):
        prepared(planned, tmp_path)


@pytest.mark.parametrize("syntax", ["as-is", "explicit"])
def test_a_plan_of_another_picture(syntax: str, plan: Callable[..., Plan], tmp_path: Path) -> None:
    planned = plan(transfer_syntax=syntax)
    wrong = replace(planned, image=replace(planned.image, Rows=33))
    with pytest.raises(ToolFailed, match="as planned, so it is not used"):
        prepared(wrong, tmp_path)


# ---------------------------------------------------------------- what jpegtran is not believed


def progressive(path: Path, **options: Any) -> bytes:
    picture(48, 32).save(path, quality=70, progressive=True, subsampling=0, **options)
    return path.read_bytes()


@pytest.mark.parametrize("tools", [Tools(), WITHOUT_JPEGTRAN])
def test_a_table_that_changes_between_scans(tools: Tools, tmp_path: Path) -> None:
    """Of a component's scans the first decides: libjpeg is the judge."""
    data = progressive(tmp_path / "x.jpg")
    jpeg = markers.parse(data)
    at = jpeg.scans[-1].data_start
    header = data.rindex(b"\xff\xda", 0, at)
    tables = b"".join(
        b"\xff\xdb\0\x43" + bytes([number]) + bytes([255] * 64)
        for number in {component.tq for component in jpeg.frame.components}
    )
    changed = data[:header] + tables + data[header:]
    (tmp_path / "x.jpg").write_bytes(changed)
    request = ConversionRequest(tmp_path / "x.jpg", tmp_path / "x.dcm", keys=(("PatientID", "1"),))
    (planned,) = plan_all([request])
    assert isinstance(planned, Plan)
    with Image.open(io.BytesIO(changed)) as seen:
        expected = np.asarray(seen)
    assert np.array_equal(pixels(prepared(planned, tmp_path, tools).data), expected)


@pytest.mark.parametrize("tools", [Tools(), WITHOUT_JPEGTRAN])
def test_a_coefficient_that_no_code_holds_is_damage(tools: Tools, tmp_path: Path) -> None:
    """Symbols of a first scan, shifted, may exceed the precision (T.81 F.1.2.2); libjpeg writes them, with exit 0."""
    data = bytearray(progressive(tmp_path / "x.jpg"))
    refused = 0
    for at in range(600, len(data), 7):
        damaged = bytes(data[:at]) + bytes([data[at] ^ 0x2C]) + bytes(data[at + 1 :])
        (tmp_path / "x.jpg").write_bytes(damaged)
        request = ConversionRequest(tmp_path / "x.jpg", tmp_path / "x.dcm", keys=(("PatientID", "1"),))
        (planned,) = plan_all([request])
        if not isinstance(planned, Plan):
            continue
        try:
            made = prepared(planned, tmp_path, tools).data
        except SourceDamaged:
            refused += 1
            continue
        scan.verify(made, markers.parse(made))
    assert refused > 3


@pytest.mark.parametrize("tools", [Tools(), WITHOUT_JPEGTRAN])
def test_a_plan_that_was_edited_to_change_parts_of_blocks(
    tools: Tools, plan: Callable[..., Plan], tmp_path: Path
) -> None:
    planned = plan((48, 32), geometry=Geometry(redact=(Rectangle(16, 16, 16, 16),)))
    steps = tuple(
        replace(s, rectangles=(Rectangle(19, 19, 5, 5),)) if s.kind is StepKind.REDACT else s for s in planned.steps
    )
    with pytest.raises(MetadataError, match="changes parts of blocks of its JPEG"):
        prepared(replace(planned, steps=steps), tmp_path, tools)
