"""Decoded pixels blackened, cropped, turned and scaled, as the plan wants them."""

from __future__ import annotations

from dicomize.model import Plan, StepKind
from dicomize.source.raster import Raster, cropped, redacted, scaled, upright


def shaped(plan: Plan, raster: Raster) -> bytes:
    """The samples once every step of that kind is done."""
    for step in plan.steps:
        if step.kind is StepKind.REDACT:
            raster = redacted(raster, step.rectangles)
        elif step.kind is StepKind.CROP:
            raster = cropped(raster, step.rectangles[0])
        elif step.kind is StepKind.TURN:
            raster = upright(raster, step.parameter)
        elif step.kind is StepKind.SCALE:
            raster = scaled(raster, step.rectangles[0].width, step.rectangles[0].height)
    return raster.data
