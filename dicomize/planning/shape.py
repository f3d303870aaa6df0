"""How a picture will lie and what of it will be seen: orientation, redaction, cropping, scaling.

A person gives rectangles in the picture as it is looked at. A plan has them in the picture as it lies in the file, since
that is where a JPEG can be changed without decoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dicomize.errors import MetadataError, SourceUnsupported, UsageError
from dicomize.jpeg import cutting
from dicomize.jpeg.markers import JpegFile
from dicomize.jpeg.orientation import as_it_lies, as_looked_at, can_turn, combined, mirrored_edges, turned_size
from dicomize.metadata.keys import parse_key
from dicomize.model import ConversionRequest, Geometry, Rectangle, Redaction, SourceImage, Step, StepKind
from dicomize.records import dataclass, field
from dicomize.rectangles import REMEDY, shown
from dicomize.source.described import LARGEST_SIDE

_ROTATIONS: Final = {0: 1, 90: 6, 180: 3, 270: 8}
"""degrees clockwise -> the Exif orientation whose undoing is that"""
_FLIPS: Final = {"": 1, "horizontal": 2, "vertical": 4}


@dataclass(frozen=True, slots=True)
class Shape:
    """What is done, in the picture as it lies."""

    turn: int = 1
    """the Exif orientation to undo"""
    turned_by: str = ""
    """on whose word"""
    redact: tuple[Rectangle, ...] = ()
    redacted_by: str = ""
    crop: Rectangle | None = None
    cropped_by: str = ""
    scale: tuple[int, int] | None = None
    """Rows and Columns of the result"""
    scaled_by: str = ""
    notes: tuple[str, ...] = field(default=())

    def steps(self) -> Iterator[Step]:
        """In the order in which they are done."""
        if self.redact:
            yield Step(StepKind.REDACT, self.redacted_by, rectangles=self.redact)
        if self.crop is not None:
            yield Step(StepKind.CROP, self.cropped_by, rectangles=(self.crop,))
        if self.turn != 1:
            yield Step(StepKind.TURN, self.turned_by, self.turn)
        if self.scale is not None:
            rows, columns = self.scale
            yield Step(StepKind.SCALE, self.scaled_by, rectangles=(Rectangle(0, 0, columns, rows),))

    def size(self, source: SourceImage) -> tuple[int, int]:
        """Rows and Columns of the result."""
        if self.scale is not None:
            return self.scale
        rows, columns = (source.Rows, source.Columns) if self.crop is None else (self.crop.height, self.crop.width)
        return turned_size(rows, columns, self.turn)


def shape_of(request: ConversionRequest, source: SourceImage) -> Shape:
    """What the request and the site want of a picture.

    Raises:
        UsageError: a rectangle lies outside the picture, or an option has no such choice.
    """
    wanted = request.geometry
    turn, turned_by = _turn(request, source)
    rows, columns = turned_size(source.Rows, source.Columns, turn)
    for rectangle in (*wanted.redact, *filter(None, [wanted.crop])):
        _require_inside(source, rectangle, rows, columns)
    redact, redacted_by = _redactions(request, source, turn)
    crop = wanted.crop
    scale = _scale(wanted, (crop.height, crop.width) if crop else (rows, columns))
    return Shape(
        turn=turn,
        turned_by=turned_by,
        redact=redact,
        redacted_by=redacted_by,
        crop=as_it_lies(crop, source.Rows, source.Columns, turn) if crop else None,
        cropped_by=f"--crop {shown(crop)}" if crop else "",
        scale=scale,
        scaled_by=f"--scale {wanted.scale}" if scale else "",
    )


def _turn(request: ConversionRequest, source: SourceImage) -> tuple[int, str]:
    wanted = request.geometry
    if wanted.rotate not in _ROTATIONS:
        raise UsageError(f"--rotate {wanted.rotate} is no quarter turn", "choose 90, 180 or 270 degrees clockwise")
    if wanted.flip not in _FLIPS:
        raise UsageError(f"--flip {wanted.flip!r} is not known", "choose horizontal or vertical")
    exif = 1 if request.keep_orientation else source.exif.Orientation
    because = (
        f"Exif Orientation {exif}" if exif != 1 else "",
        f"--rotate {wanted.rotate}" if wanted.rotate else "",
        f"--flip {wanted.flip}" if wanted.flip else "",
    )
    turn = combined(combined(exif, _ROTATIONS[wanted.rotate]), _FLIPS[wanted.flip])
    return turn, ", ".join(filter(None, because))


def _redactions(request: ConversionRequest, source: SourceImage, turn: int) -> tuple[tuple[Rectangle, ...], str]:
    """What is blackened, in the picture as it lies: what the call says of what is seen, and what the site says.

    A rule of the site is about what the device makes, whatever this call turns: the picture as Exif has it upright.
    """
    size, upright, asked = (source.Rows, source.Columns), source.exif.Orientation, request.geometry.redact
    rectangles = [as_it_lies(r, *size, turn) for r in asked]
    because = ["--redact " + " ".join(map(shown, asked))] if asked else []
    for rule in request.site.redactions:
        if _is_of(rule, request, source) and (rule.Rows, rule.Columns) == turned_size(*size, upright):
            rectangles += (as_it_lies(r, *size, upright) for r in rule.rectangles)
            because.append(f"redact.{rule.name} of the site profile: {' '.join(map(shown, rule.rectangles))}")
    return tuple(dict.fromkeys(rectangles)), "; ".join(because)


def _is_of(rule: Redaction, request: ConversionRequest, source: SourceImage) -> bool:
    return rule.ManufacturerModelName.casefold() in _models(request, source)


def _models(request: ConversionRequest, source: SourceImage) -> frozenset[str]:
    """All that is said to have made the picture, by itself and by whoever states attributes; capitals do not matter."""
    stated = (
        *request.site.attributes,
        *(a for i in request.imports for a in i.attributes),
        *request.options,
        *request.keys,
    )
    told = {text for key, text in stated if _is_model(key)}
    return frozenset({text.strip().casefold() for text in (source.exif.Model, *told)} - {""})


def _is_model(key: str) -> bool:
    try:
        path = parse_key(key)
    except MetadataError:
        return False  # which is said where attributes are put together
    return path.tag == _MODEL and not path.items


_MODEL: Final = 0x00081090
"""ManufacturerModelName"""


def unmatched(request: ConversionRequest, source: SourceImage) -> Iterator[str]:
    """What is to be said where the site blackens pictures, and not this one, of which it should perhaps."""
    models = _models(request, source)
    rules = [rule for rule in request.site.redactions if rule.ManufacturerModelName.casefold() in models]
    rows, columns = turned_size(source.Rows, source.Columns, source.exif.Orientation)
    if request.site.redactions and not models:
        yield (
            "no rule of the site profile blackens this picture, since it does not say which device made it; look at it, and "
            "say -k ManufacturerModelName=..., or --redact"
        )
    if rules and (rows, columns) not in {(rule.Rows, rule.Columns) for rule in rules}:
        yield (
            f"no rule of the site profile blackens this picture: it has rectangles for {rules[0].ManufacturerModelName}, but none for "
            f"{columns} x {rows}; look at it, and say --redact, or add that size to the profile"
        )


def _require_inside(source: SourceImage, rectangle: Rectangle, rows: int, columns: int) -> None:
    if min(rectangle.x, rectangle.y) < 0 or min(rectangle.width, rectangle.height) < 1:
        raise UsageError(f"the rectangle {shown(rectangle)} is empty or begins outside the picture", REMEDY)
    if rectangle.right > columns or rectangle.bottom > rows:
        raise UsageError(
            f"the rectangle {shown(rectangle)} reaches beyond {source.path}, which measures {columns} x {rows} as it "
            "is looked at",
            REMEDY,
        )


def _scale(wanted: Geometry, size: tuple[int, int]) -> tuple[int, int] | None:
    """Rows and Columns once scaled; None where the picture stays as large as it is."""
    if not wanted.scale:
        return None
    rows, columns = size
    percent = re.fullmatch(r"(\d{1,4}(?:\.\d{1,3})?)%", wanted.scale, re.ASCII)
    box = re.fullmatch(r"(\d{1,5})x(\d{1,5})", wanted.scale, re.ASCII)
    if percent is not None:
        factor = float(percent[1]) / 100
    elif box is not None:
        factor = min(1.0, int(box[1]) / columns, int(box[2]) / rows)
    else:
        raise UsageError(
            f"--scale {wanted.scale!r} is no size", "say a percentage, as 50%, or a size to fit in, as 1024x768"
        )
    if factor > 1:
        raise UsageError(f"--scale {wanted.scale} makes a picture larger", "scale to 100% at most")
    scaled = round(rows * factor), round(columns * factor)
    if not all(1 <= side <= LARGEST_SIDE for side in scaled):
        raise UsageError(
            f"--scale {wanted.scale} makes a picture of {scaled[1]} x {scaled[0]}",
            f"DICOM images have from 1 to {LARGEST_SIDE} rows and columns",
        )
    return None if scaled == size else scaled


# ---------------------------------------------------------------- without decoding


def among_coefficients(shape: Shape, source: SourceImage, jpeg: JpegFile, *, trim: bool) -> Shape | str:
    """The same of whole MCUs, so that a DCT-based JPEG need not be decoded; else a clause on why it must be.

    Raises:
        SourceUnsupported: nothing is left once incomplete edges are given up.
    """
    if not can_turn(jpeg, 1):
        return "has more blocks in an MCU than one scan can hold" if _changes(source, shape) else shape
    if shape.scale is not None:
        return "is scaled"
    rows = source.Rows
    redact = tuple(cutting.widened(r, jpeg.frame, rows) for r in shape.redact)
    part = shape.crop or Rectangle(0, 0, source.Columns, rows)
    kept = _trimmed(part, jpeg, rows, shape.turn) if trim else part
    if not (kept.width and kept.height):
        raise SourceUnsupported(
            f"nothing of {source.path} is left once its incomplete blocks are given up", "leave --trim-edges out"
        )
    if why := _inexact(kept, jpeg, rows, shape.turn):
        return why
    seen = " ".join(shown(as_looked_at(r, rows, source.Columns, shape.turn)) for r in redact)
    widened = f", widened to {seen}" if redact != shape.redact else ""
    return Shape(
        turn=shape.turn,
        turned_by=shape.turned_by,
        redact=redact,
        redacted_by=f"{shape.redacted_by}{widened}",
        crop=None if kept == Rectangle(0, 0, source.Columns, rows) else kept,
        cropped_by=", ".join(filter(None, (shape.cropped_by, "--trim-edges" if kept != part else ""))),
        notes=tuple(_said(source, shape, redact, part, kept)),
    )


def _changes(source: SourceImage, shape: Shape) -> bool:
    """Whether the coefficients must be written anew."""
    return any(shape.steps()) or (source.jpeg is not None and source.jpeg.sof > 1)


def _trimmed(part: Rectangle, jpeg: JpegFile, rows: int, turn: int) -> Rectangle:
    """The part without what does not fill an MCU where that stands in the way."""
    kept = cutting.narrowed(part, jpeg.frame, rows)
    width, height = jpeg.frame.mcu
    across, down = mirrored_edges(turn)
    return Rectangle(
        kept.x, kept.y, kept.width - kept.width % width * across, kept.height - kept.height % height * down
    )


def _inexact(part: Rectangle, jpeg: JpegFile, rows: int, turn: int) -> str:
    """Why a part cannot be cut out and turned without decoding; empty where it can."""
    width, height = jpeg.frame.mcu
    if not cutting.whole(part, jpeg.frame, rows):
        return f"is cropped elsewhere than between its blocks of {width}x{height} pixels"
    if not can_turn(jpeg, turn, part):
        return (
            f"has incomplete blocks of {width}x{height} pixels at an edge that comes to lie left or above once it is "
            "turned"
        )
    return ""


def _said(
    source: SourceImage, shape: Shape, redact: tuple[Rectangle, ...], part: Rectangle, kept: Rectangle
) -> Iterator[str]:
    """What a person should know of the difference to what was asked for."""
    if redact != shape.redact:
        seen = " ".join(shown(as_looked_at(r, source.Rows, source.Columns, shape.turn)) for r in redact)
        yield f"what is blackened was widened to whole blocks of the JPEG, so that it stays as it is elsewhere: {seen}"
    if kept != part:
        seen = shown(as_looked_at(kept, source.Rows, source.Columns, shape.turn))
        yield f"--trim-edges gave up incomplete blocks at the edges; what is left of the original is {seen}"
