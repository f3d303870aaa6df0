"""Several pictures as the frames of one instance: all alike, or refused by the name of the first that differs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from dicomize.errors import MetadataError, SourceUnsupported, UsageError
from dicomize.metadata.completing import IOD_DEFAULT
from dicomize.metadata.dataset import DatasetBuilder
from dicomize.metadata.iod import SOPClass
from dicomize.metadata.keys import parse_key
from dicomize.metadata.taken import device_of
from dicomize.model import ColorModel, ConversionRequest, FramePlan, LossyStep, SourceImage, Step, StepKind
from dicomize.planning.form import Form
from dicomize.source.described import Described

LARGEST_NATIVE: Final = 2**32 - 2
"""bytes; PixelData of uncompressed frames states its length in 32 bits (PS3.5 7.1.1)"""
FROM_FILE: Final = "file"


class Frames(NamedTuple):
    """The pictures of an instance and the form of each."""

    pictures: tuple[Described, ...]
    forms: tuple[Form, ...]

    @property
    def sources(self) -> tuple[SourceImage, ...]:
        return tuple(picture.image for picture in self.pictures)

    @property
    def first(self) -> Form:
        return self.forms[0]

    def plans(self) -> tuple[FramePlan, ...]:
        pairs = zip(self.sources, self.forms, strict=True)
        return tuple(FramePlan(source, form.color, form.steps) for source, form in pairs)

    def steps(self) -> tuple[Step, ...]:
        """What is done to any of them, once."""
        return tuple(dict.fromkeys(step for form in self.forms for step in form.steps))

    def notes(self) -> tuple[str, ...]:
        """What is to be said of any of them, once."""
        return tuple(dict.fromkeys(note for form in self.forms for note in form.notes))


def require_frames(sop: SOPClass) -> None:
    """Raises UsageError where the SOP class holds one picture only."""
    if not sop.multi_frame:
        raise UsageError(
            f"{sop.one} holds one picture, and several were to become its frames", "use --as mfsc or ophthalmic"
        )


def require_one_kind(sources: Sequence[SourceImage]) -> None:
    """All pictures are grey, or all coloured, and as deep as the first, after which the SOP class is chosen.

    Raises:
        SourceUnsupported: one differs.
    """
    first = _kind(sources[0])
    for source in sources:
        if _kind(source) != first:
            raise SourceUnsupported(
                f"{named(source)} is {_kind(source)} a sample, but {named(sources[0])} {first}, and frames are all alike",
                "leave it out, or make all of one kind",
            )


def _kind(source: SourceImage) -> str:
    return f"{'grey' if source.color is ColorModel.MONOCHROME else 'colour'} of {source.bits} bits"


def require_alike(frames: Frames) -> None:
    """All frames have one size, one kind of samples and one compression (PS3.3 C.7.6.3, PS3.5 8.2).

    Raises:
        SourceUnsupported: one differs.
    """
    first = frames.first
    for source, form in zip(frames.sources, frames.forms, strict=True):
        if form.image != first.image:
            raise SourceUnsupported(
                f"{named(source)} would be {_shown(form)}, but {named(frames.sources[0])} {_shown(first)}, and frames are "
                "all alike",
                _alike(form, first),
            )
        if _compresses(form) != _compresses(first):
            kept = "compressed here" if _compresses(form) else "stored as it is"
            raise SourceUnsupported(
                f"{named(source)} would be {kept}, but not {named(frames.sources[0])}, and one instance has one history "
                "of compression",
                "name one way for all that needs no choice: --transfer-syntax explicit",
            )
        if form.TransferSyntaxUID != first.TransferSyntaxUID:
            raise SourceUnsupported(
                f"{named(source)} would be stored otherwise than {named(frames.sources[0])}: {_why(form, first)}",
                "name one way for all, such as --transfer-syntax explicit or jpeg-ls",
            )


def _compresses(form: Form) -> bool:
    return any(step.kind is StepKind.COMPRESS for step in form.steps)


def _alike(form: Form, first: Form) -> str:
    if (form.image.Rows, form.image.Columns) != (first.image.Rows, first.image.Columns):
        return "leave it out, or make it alike with --crop, --scale or --rotate"
    return "leave it out, or name one way for all, such as --transfer-syntax explicit"


def require_room(frames: Frames) -> None:
    """Uncompressed frames fit into PixelData.

    Raises:
        SourceUnsupported: they do not.
    """
    first, count = frames.first, len(frames.forms)
    total, kinds = first.image.native_length * count, {step.kind for step in first.steps}
    if StepKind.DECODE in kinds and StepKind.COMPRESS not in kinds and total > LARGEST_NATIVE:
        what = f"{count} frames take" if count > 1 else f"{frames.sources[0].path} takes"
        raise SourceUnsupported(
            f"{what} {total:,} bytes uncompressed, and PixelData holds {LARGEST_NATIVE:,}",
            "compress it: --transfer-syntax jpeg-ls, rle or jpeg2000-lossless",
        )


def named(source: SourceImage) -> str:
    """A picture for a message: its file, and which of several it is."""
    return f"picture {source.page} of {source.path}" if source.page else str(source.path)


def _shown(form: Form) -> str:
    image = form.image
    return f"{image.Columns} x {image.Rows} {image.PhotometricInterpretation} of {image.BitsStored} bits"


def _why(form: Form, first: Form) -> str:
    from pydicom.uid import UID  # noqa: PLC0415 - only a message needs it

    return f"{UID(form.TransferSyntaxUID).name}, not {UID(first.TransferSyntaxUID).name}"


def combined(sources: Sequence[SourceImage]) -> SourceImage:
    """What may be said of all pictures together: the first one, without what others contradict.

    The SHA-256 is that of all SHA-256 values, in order.
    """
    first = sources[0]
    exif = first.exif
    if len({device_of(s.exif) for s in sources}) > 1:
        exif = replace(exif, Make="", Model="", Software="", exposure=())
    digest = hashlib.sha256("".join(f"{s.sha256}{s.page}" for s in sources).encode("ascii")).hexdigest()
    return replace(first, exif=exif, sha256=digest, lossy=_lossy(sources), frames=len(sources))


def _lossy(sources: Sequence[SourceImage]) -> LossyStep | None:
    """One lossy step for all: the mean length of the pictures that went through it."""
    steps = [s.lossy for s in sources if s.lossy is not None]
    if not steps:
        return None
    methods = {step.method for step in steps}
    lossy = [s for s in sources if s.lossy is not None]
    share = lossy[0].Rows * lossy[0].Columns / sum(s.Rows * s.Columns for s in lossy)
    # the first picture stands for all, so the length is its part of all of them
    length = max(1, round(share * sum(step.length for step in steps)))
    return LossyStep(methods.pop() if len(methods) == 1 else "", length)


def state_frames(
    builder: DatasetBuilder, request: ConversionRequest, sop: SOPClass, sources: Sequence[SourceImage]
) -> None:
    """NumberOfFrames, and what frames are counted by (PS3.3 C.7.6.6): pages, or time where that is asked for.

    Raises:
        UsageError: the time is no number, no file states one, or the class wants one.
        MetadataError: somebody stated them.
    """
    count = len(sources)
    if sop.multi_frame:
        builder.put_values("NumberOfFrames", (str(count),), "pictures", "PS3.3 C.7.6.6")
    if request.frame_time:
        for keyword in ("FrameTime", "FrameTimeVector"):
            _require_unstated(builder, keyword)
        _state_times(builder, _times(request.frame_time, sources), vector=bool(sop.frame_vector))
    elif sop.frame_vector and count > 1:
        raise UsageError(
            f"frames of {sop.one} follow each other in time",
            "say --frame-time MILLISECONDS, or file for an animation's own",
        )
    elif sop.frame_vector:
        _point_to(builder, sop.frame_vector)
    elif count > 1:
        _require_unstated(builder, "PageNumberVector")
        pages = tuple(str(n) for n in range(1, count + 1))
        builder.put_values("PageNumberVector", pages, "order of pictures", "PS3.3 C.8.6.4")
        _point_to(builder, "PageNumberVector")


def _require_unstated(builder: DatasetBuilder, keyword: str) -> None:
    if builder.values(keyword) and builder.origin(keyword) != IOD_DEFAULT:
        raise MetadataError(
            f"{builder.origin(keyword)}: {keyword} cannot be set, since frames are counted here", "leave it out"
        )


def _point_to(builder: DatasetBuilder, keyword: str) -> None:
    builder.put_values("FrameIncrementPointer", (parse_key(keyword).tag,), "pictures", "PS3.3 C.7.6.6")


def _times(wanted: str, sources: Sequence[SourceImage]) -> tuple[float, ...]:
    """Milliseconds before each frame but the first."""
    if wanted == FROM_FILE:
        if any(s.milliseconds is None for s in sources):
            raise UsageError("--frame-time file: not every picture states how long it is shown", "say the milliseconds")
        return tuple(s.milliseconds or 0.0 for s in sources[:-1])
    try:
        time = float(wanted)
    except ValueError:
        time = 0.0
    if not 0 < time < 1e9:
        raise UsageError(f"--frame-time {wanted!r} is no time", "say milliseconds, or file")
    return (time,) * (len(sources) - 1)


def _state_times(builder: DatasetBuilder, times: tuple[float, ...], *, vector: bool) -> None:
    """FrameTime where all are the same and the class has it, else FrameTimeVector (PS3.3 C.7.6.5)."""
    builder.remove("FrameTimeVector")
    if len(set(times)) <= 1 and not vector:
        builder.put_values("FrameTime", (_decimal(next(iter(times), 0.0)),), "--frame-time", "PS3.3 C.7.6.5")
        _point_to(builder, "FrameTime")
        return
    builder.put_values("FrameTimeVector", ("0", *map(_decimal, times)), "--frame-time", "PS3.3 C.7.6.5")
    _point_to(builder, "FrameTimeVector")


def _decimal(milliseconds: float) -> str:
    """A Decimal String of at most 16 characters (PS3.5 6.2)."""
    return f"{milliseconds:.10g}"
