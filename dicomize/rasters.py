"""The pixels of a raster as the plan wants them: decoded, RGB, on a background, shaped."""

from __future__ import annotations

from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.model import Plan, StepKind
from dicomize.shaping import shaped
from dicomize.source.formats import raster_family
from dicomize.source.opening import located
from dicomize.source.raster import Raster, flattened, to_srgb


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


def _made(plan: Plan, raster: Raster) -> bytes:
    for step in plan.steps:
        if step.kind is StepKind.CONVERT:
            raster = to_srgb(raster)
        elif step.kind is StepKind.FLATTEN:
            raster = flattened(raster, step.parameter)
    return shaped(plan, raster)
