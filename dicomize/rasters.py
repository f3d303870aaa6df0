"""The pixels of a raster as the plan wants them: decoded, RGB, on a background, shaped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.model import Piece, Plan, Rectangle, Span, StepKind
from dicomize.shaping import shaped
from dicomize.source.formats import raster_family
from dicomize.source.opening import OpenedSource, located
from dicomize.source.raster import Raster, cropped, flattened, indexed, packed, redacted, to_srgb


def pixels(plan: Plan, opened: OpenedSource) -> bytes:
    """Interleaved samples, rows from the top, little endian.

    Raises:
        SourceDamaged: the picture is not whole.
        SourceUnsupported: its colours cannot be converted.
    """
    try:
        raster = raster_family(opened.data).pixels(opened.data)._replace(profile=opened.described.profile)
        return _made(plan, raster, opened.described.palette)
    except (SourceDamaged, SourceUnsupported) as error:
        raise located(error, plan.source.path, plan.source.format) from None


def write(plan: Plan, opened: OpenedSource, path: Path) -> Piece:
    """The same as a file; of a large TIFF part by part, so that memory holds one of them. Raises as `pixels`."""
    if not _in_parts(plan):
        samples = pixels(plan, opened)
        path.write_bytes(samples)
        return samples
    from dicomize.source import tiff  # noqa: PLC0415 - few pictures are so large

    try:
        with path.open("wb") as file:
            profile = opened.described.profile
            parts = tiff.bands(opened.data)
            size = [_append(file, plan, first, part._replace(profile=profile)) for first, part in parts]
    except (SourceDamaged, SourceUnsupported) as error:
        raise located(error, plan.source.path, plan.source.format) from None
    made = Span(path, 0, sum(size))
    rest = tuple(step for step in plan.steps if step.kind in {StepKind.TURN, StepKind.SCALE})
    if not rest:
        return made
    image, crop = plan.image, _cropped_to(plan)
    whole = Raster(crop.width, crop.height, image.SamplesPerPixel, image.BitsStored, made.read())
    samples = shaped(replace(plan, steps=rest), whole)
    path.write_bytes(samples)
    return samples


_PARTS: Final = 1 << 26
"""pixels from which on a TIFF is decoded part by part"""


_WHOLE: Final = frozenset({StepKind.FLATTEN, StepKind.INDEX, StepKind.PACK})
"""what is done to pictures as a whole only"""


def _in_parts(plan: Plan) -> bool:
    large = plan.source.Rows * plan.source.Columns > _PARTS
    return large and plan.source.format == "TIFF" and not any(s.kind in _WHOLE for s in plan.steps)


def _cropped_to(plan: Plan) -> Rectangle:
    """What is kept of the picture as it lies."""
    whole = Rectangle(0, 0, plan.source.Columns, plan.source.Rows)
    return next((step.rectangles[0] for step in plan.steps if step.kind is StepKind.CROP), whole)


def _append(file: BinaryIO, plan: Plan, first: int, part: Raster) -> int:
    """Write what is kept of a part that begins with that row; the bytes written are returned."""
    if any(step.kind is StepKind.CONVERT for step in plan.steps):
        part = to_srgb(part)
    for step in plan.steps:
        if step.kind is StepKind.REDACT:
            part = redacted(part, tuple(inside for r in step.rectangles if (inside := _inside(r, first, part))))
    kept = _inside(_cropped_to(plan), first, part)
    return file.write(cropped(part, kept).data) if kept else 0


def _inside(rectangle: Rectangle, first: int, part: Raster) -> Rectangle | None:
    """What lies of a rectangle in rows of the picture, counted from the first of them."""
    top, bottom = max(rectangle.y, first), min(rectangle.bottom, first + part.Rows)
    return Rectangle(rectangle.x, top - first, rectangle.width, bottom - top) if top < bottom else None


def _made(plan: Plan, raster: Raster, palette: tuple[tuple[int, ...], ...]) -> bytes:
    for step in plan.steps:
        if step.kind is StepKind.CONVERT:
            raster = to_srgb(raster)
        elif step.kind is StepKind.FLATTEN:
            raster = flattened(raster, step.parameter)
    samples = shaped(plan, raster)
    image, kinds = plan.image, {step.kind for step in plan.steps}
    if StepKind.INDEX in kinds:
        return indexed(Raster(image.Columns, image.Rows, 3, 8, samples), palette)
    return packed(samples) if StepKind.PACK in kinds else samples
