"""The pixels of a raster as the plan wants them: decoded, RGB, on a background, shaped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.model import Piece, Plan, Rectangle, Span, StepKind
from dicomize.shaping import shaped
from dicomize.source.formats import raster_family
from dicomize.source.opening import located
from dicomize.source.raster import Raster, cropped, flattened, redacted, to_srgb


def pixels(plan: Plan, data: bytes, profile: bytes = b"") -> bytes:
    """Interleaved samples, rows from the top, little endian.

    Args:
        profile: ICC profile, where colours are to be converted.

    Raises:
        SourceDamaged: the picture is not whole.
        SourceUnsupported: its colours cannot be converted.
    """
    try:
        return _made(plan, raster_family(data).pixels(data)._replace(profile=profile))
    except (SourceDamaged, SourceUnsupported) as error:
        raise located(error, plan.source.path, plan.source.format) from None


def write(plan: Plan, data: bytes, profile: bytes, path: Path) -> Piece:
    """The same as a file; of a large TIFF part by part, so that memory holds one of them. Raises as `pixels`."""
    if not _in_parts(plan):
        samples = pixels(plan, data, profile)
        path.write_bytes(samples)
        return samples
    from dicomize.source import tiff  # noqa: PLC0415 - few pictures are so large

    try:
        with path.open("wb") as file:
            size = [_append(file, plan, first, part._replace(profile=profile)) for first, part in tiff.bands(data)]
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


def _in_parts(plan: Plan) -> bool:
    large = plan.source.Rows * plan.source.Columns > _PARTS
    return large and plan.source.format == "TIFF" and not any(s.kind is StepKind.FLATTEN for s in plan.steps)


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


def _made(plan: Plan, raster: Raster) -> bytes:
    for step in plan.steps:
        if step.kind is StepKind.CONVERT:
            raster = to_srgb(raster)
        elif step.kind is StepKind.FLATTEN:
            raster = flattened(raster, step.parameter)
    return shaped(plan, raster)
