"""The pixels of a raster as the plan wants them: decoded, RGB, on a background, upright."""

from __future__ import annotations

from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.model import Plan, StepKind
from dicomize.source.formats import raster_family
from dicomize.source.opening import located
from dicomize.source.raster import Raster, cmyk_to_rgb, flattened, upright


def pixels(plan: Plan, data: bytes) -> bytes:
    """Interleaved samples, rows from the top, little endian.

    Raises:
        SourceDamaged: the picture is not whole.
        SourceUnsupported: its colours cannot be converted.
    """
    try:
        return _made(plan, raster_family(data).pixels(data))
    except (SourceDamaged, SourceUnsupported) as error:
        raise located(error, plan.source.path, plan.source.format) from None


def _made(plan: Plan, raster: Raster) -> bytes:
    orientation = 1
    for step in plan.steps:
        if step.kind is StepKind.CONVERT:
            raster = cmyk_to_rgb(raster)
        elif step.kind is StepKind.FLATTEN:
            raster = flattened(raster, step.parameter)
        elif step.kind is StepKind.TURN:
            orientation = step.parameter
    return upright(raster, orientation)
