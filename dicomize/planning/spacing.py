"""The distance between pixels, where somebody states it and the picture is scaled or turned (PS3.3 10.7.1.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dicomize.errors import MetadataError
from dicomize.metadata.dataset import DatasetBuilder
from dicomize.model import ConversionRequest, SourceImage, Step, StepKind
from dicomize.planning.form import Form
from dicomize.planning.frames import Frames

_DISTANCES: Final = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")
"""between rows, then between columns"""
_RATIO: Final = "PixelAspectRatio"
_SITE: Final = "site profile"


def state_spacing(builder: DatasetBuilder, request: ConversionRequest, frames: Frames) -> None:
    """What a profile states of all pictures of a device, as that of pictures that are scaled or turned on request.

    Raises:
        MetadataError: frames are scaled by different factors.
    """
    quarter = request.geometry.rotate in {90, 270}
    down, across = _scaled(frames.first, frames.sources[0])
    alike = {_scaled(form, source) for form, source in zip(frames.forms, frames.sources, strict=True)} == {
        (down, across)
    }
    for keyword in (*_DISTANCES, _RATIO):
        values = builder.values(keyword)
        if len(values) != 2 or not builder.origin(keyword).startswith(_SITE):
            continue
        rows, columns = reversed(values) if quarter else values
        if not alike:
            raise MetadataError(
                f"{builder.origin(keyword)}: {keyword} cannot be kept, since the frames are scaled by different factors",
                "say --scale in percent, or leave it out",
            )
        if keyword != _RATIO:
            rows, columns = (_decimal(float(v) * factor) for v, factor in ((rows, down), (columns, across)))
        if (rows, columns) != values:
            builder.put_values(keyword, (rows, columns), f"{builder.origin(keyword)}, changed", "PS3.3 10.7.1.3")


def unchanged(builder: DatasetBuilder, request: ConversionRequest) -> Iterator[str]:
    """What is to be said where a person states a distance, and the picture is scaled or turned on request."""
    if not request.geometry.scale and request.geometry.rotate not in {90, 270}:
        return
    stated = [k for k in (*_DISTANCES, _RATIO) if builder.values(k) and not builder.origin(k).startswith(_SITE)]
    if stated:
        yield f"{' and '.join(stated)} as stated is taken for that of the result, which was scaled or turned here"


def _scaled(form: Form, source: SourceImage) -> tuple[float, float]:
    """By how much rows and columns are farther apart than before."""
    steps: dict[StepKind, Step] = {step.kind: step for step in form.steps}
    if StepKind.SCALE not in steps:
        return 1.0, 1.0
    rows, columns = source.Rows, source.Columns
    if StepKind.CROP in steps:
        kept = steps[StepKind.CROP].rectangles[0]
        rows, columns = kept.height, kept.width
    if StepKind.TURN in steps and steps[StepKind.TURN].parameter > 4:
        rows, columns = columns, rows
    size = steps[StepKind.SCALE].rectangles[0]
    return rows / size.height, columns / size.width


def _decimal(millimetres: float) -> str:
    """A Decimal String of at most 16 characters (PS3.5 6.2)."""
    return f"{millimetres:.10g}"
