"""The colours of the result: which ICC profile goes with it, and under which label (PS3.3 C.11.15)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final, NamedTuple

from dicomize.errors import MetadataError, SourceUnsupported, UsageError
from dicomize.metadata.dataset import DatasetBuilder
from dicomize.model import ConversionRequest, StepKind
from dicomize.planning.form import Form
from dicomize.planning.frames import named
from dicomize.source.described import Described
from dicomize.source.icc_input import InputProfile, Unsuited, input_profile, srgb

KEEP, SRGB, DROP = "keep", "srgb", "drop"
CHOICES: Final = (KEEP, SRGB, DROP)


_NOTHING_TO_CONVERT: Final = (
    "there is no ICC profile to convert the colours by, so they stay as they are, without a label"
)


class Colors(NamedTuple):
    """The profile of the result, who it comes from, and what a person should know of it."""

    profile: InputProfile | None = None
    origin: str = ""
    note: str = ""


def choice_of(request: ConversionRequest) -> str:
    """What is to become of ICC profiles.

    Raises:
        UsageError: there is no such choice.
    """
    wanted = request.icc or KEEP
    if wanted not in CHOICES:
        raise UsageError(f"--icc {wanted!r} is not known", f"choose one of {', '.join(CHOICES)}")
    return wanted


def colors_of(request: ConversionRequest, pictures: Sequence[Described], forms: Sequence[Form]) -> Colors:
    """What goes with the pixels of one instance.

    Raises:
        SourceUnsupported: frames have different profiles.
        UsageError: as `choice_of`.
    """
    choice, first = choice_of(request), pictures[0]
    name = first.image.icc
    converted = [any(step.kind is StepKind.CONVERT for step in form.steps) for form in forms]
    if all(converted):
        return Colors(srgb(), "converted to sRGB")
    if any(converted):
        raise SourceUnsupported(
            f"{named(pictures[converted.index(False)].image)} has no ICC profile to convert it by, as others have",
            "make an instance of its own of it, or leave the profiles out with --icc drop",
        )
    form = forms[0]
    other = next((p.image for p in pictures if p.profile != first.profile), None)
    if other is not None and choice == KEEP and form.image.SamplesPerPixel == 3:
        raise SourceUnsupported(
            f"{named(other)} has other colours, by its ICC profile, than {named(first.image)}, and an instance has one",
            ("convert them with --icc srgb, or " if all(p.profile for p in pictures) else "")
            + "leave the profiles out with --icc drop",
        )
    if not first.profile:
        return Colors(note=_NOTHING_TO_CONVERT if choice == SRGB and form.image.SamplesPerPixel == 3 else "")
    if form.image.SamplesPerPixel == 1:
        return Colors(note=f"the ICC profile {name!r} is left out: in DICOM only colours have one")
    if choice == DROP:
        return Colors(note=f"the ICC profile {name!r} is left out: colours may look different from the original")
    try:
        return Colors(input_profile(first.profile), f"ICC profile {name!r} of the picture")
    except Unsuited as clause:
        note = f"the ICC profile {name!r} {clause}, so it is left out: colours may look different from the original"
        return Colors(note=note)


def state_colors(builder: DatasetBuilder, colors: Colors) -> None:
    """ICCProfile, and ColorSpace where the profile is that of a well-known space.

    Raises:
        MetadataError: somebody stated another space.
    """
    if colors.profile is None:
        return
    label = colors.profile.ColorSpace
    if builder.text("ColorSpace") not in {"", label}:
        raise MetadataError(
            f"{builder.origin('ColorSpace')}: ColorSpace cannot be set, since the picture has an ICC profile"
            + (f" of {label}" if label else " of another space"),
            "leave it out, or leave the profile out with --icc drop",
        )
    data = base64.b64encode(colors.profile.data).decode("ascii")
    builder.put_values("ICCProfile", (data,), colors.origin, "PS3.3 C.11.15")
    if label:
        builder.put_values("ColorSpace", (label,), colors.origin, "PS3.3 C.11.15.1.2")
