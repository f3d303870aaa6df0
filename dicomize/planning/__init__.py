"""Source and request and profile -> Plan: every decision taken, nothing executed.

shape.py       how the picture will lie, and what of it will be seen
form.py        how a JPEG is stored, or why it cannot be
rasters.py     the same for pictures whose pixels are decoded
codestreams.py the same for JPEG 2000 and JPEG-LS
frames.py      several pictures as one instance
colors.py      the ICC profile that goes with the pixels
spacing.py     the distance between pixels, where the picture is scaled or turned
attributes.py  the data set, and where each attribute comes from
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dicomize.errors import UsageError
from dicomize.metadata.completing import complete, require
from dicomize.metadata.dataset import DatasetBuilder
from dicomize.metadata.iod import SOPClass, sop_class
from dicomize.metadata.taken import FILE_TIME, Call
from dicomize.metadata.uids import DERIVED
from dicomize.model import Alpha, ColorModel, ConversionRequest, Plan, SourceImage
from dicomize.planning.attributes import known_later, merged, state_pixels, state_provenance, state_uids
from dicomize.planning.colors import colors_of, state_colors
from dicomize.planning.form import Form, color_of, form_of, refuse_process
from dicomize.planning.frames import (
    Frames,
    combined,
    require_alike,
    require_frames,
    require_one_kind,
    require_room,
    state_frames,
)
from dicomize.planning.shape import unmatched
from dicomize.planning.single_bit import bits_of, single_bit
from dicomize.planning.spacing import state_spacing, unchanged
from dicomize.source.opening import Described
from dicomize.version import __version__


def make_plan(request: ConversionRequest, described: Described, call: Call, number: int) -> Plan:
    """Decide everything about one conversion of one picture.

    Args:
        call: what the pictures of the call share.
        number: position of this picture in the call, from 1; the default InstanceNumber.

    Raises:
        SourceUnsupported: the picture has no DICOM form without a person's decision; the sentence gives the choices.
        MetadataError: a key or a value is wrong, or something is missing.
        UsageError: an option has no such choice.
    """
    if request.frame_time:
        raise UsageError("--frame-time belongs to several frames", "say --multiframe, or leave it out")
    sop = _sop_class(request, request.sop_class or request.site.sop_class, (described,))
    frames = Frames((described,), (_form(request, described, sop),))
    return _plan(request, sop, frames, call, number)


def make_multiframe_plan(request: ConversionRequest, pictures: Sequence[Described], call: Call) -> Plan:
    """Decide everything about one instance whose frames are these pictures; raises as `make_plan`."""
    name = request.sop_class or request.site.sop_class
    require_one_kind([picture.image for picture in pictures])
    sop = _sop_class(request, "mfsc" if name in {"", "sc"} else name, pictures)
    require_frames(sop)
    frames = Frames(tuple(pictures), tuple(_form(request, p, sop) for p in pictures))
    require_alike(frames)
    return replace(_plan(request, sop, frames, call, 1), frames=frames.plans())


def _sop_class(request: ConversionRequest, name: str, pictures: Sequence[Described]) -> SOPClass:
    grey = pictures[0].image.color is ColorModel.MONOCHROME
    return sop_class(name, bits_of(request, pictures), grey=grey)


def _plan(request: ConversionRequest, sop: SOPClass, frames: Frames, call: Call, number: int) -> Plan:
    require_room(frames)
    form = frames.first
    source = combined(frames.sources) if request.multiframe else frames.sources[0]
    builder = merged(request, source, sop, call, number)
    state_pixels(builder, frames, source, sop)
    state_spacing(builder, request, frames)
    state_frames(builder, request, sop, frames.sources)
    colors = colors_of(request, frames.pictures, frames.forms)
    state_colors(builder, colors)
    state_provenance(builder, frames, source)
    builder.state_time_zone()
    complete(builder, sop)
    # of the files that attributes come from, the lowest has the word, as with img2dcm
    files = [i.character_set for i in request.imports]
    builder.state_character_set(request.site.character_set, files)
    state_uids(builder, request, sop, call, frames)
    require(builder, sop, known_later(form))
    notes = (*(n for s in frames.sources for n in _notes(builder, request, s)), *filter(None, [colors.note]))
    return Plan(
        dicomize_version=__version__,
        source=frames.sources[0],
        destination=request.destination,
        SOPClassUID=sop.UID,
        TransferSyntaxUID=form.TransferSyntaxUID,
        image=form.image,
        color=form.color,
        steps=form.steps,
        attributes=builder.freeze(),
        backend=request.backend,
        # the secret has done its work, and plans are saved and printed
        site=replace(request.site, uid_key=""),
        overwrite=request.overwrite,
        strict=request.strict,
        require_no_text=request.require_no_text or request.site.require_no_text,
        notes=tuple(dict.fromkeys((*(i.note for i in request.imports if i.note), *frames.notes(), *notes))),
    )


def _form(request: ConversionRequest, described: Described, sop: SOPClass) -> Form:
    source = described.image
    if request.background:
        from dicomize.planning.rasters import parse_color  # noqa: PLC0415 - as below

        parse_color(request.background)  # what is no colour is refused of any picture
    if source.codestream is not None:
        from dicomize.planning.codestreams import codestream_form  # noqa: PLC0415 - as below

        return codestream_form(request, source, source.codestream, sop)
    if source.jpeg is None:
        from dicomize.planning.rasters import raster_form  # noqa: PLC0415 - most pictures are JPEG

        return raster_form(request, single_bit(request, source, sop), sop)
    refuse_process(source, source.jpeg)
    return form_of(request, described, sop, color_of(request, source))


def _is_stated(builder: DatasetBuilder) -> bool:
    """Whether a person says when the study was."""
    return not builder.origin("StudyDate").startswith(("Exif", FILE_TIME))


def _notes(builder: DatasetBuilder, request: ConversionRequest, source: SourceImage) -> Iterator[str]:
    yield from source.exif.problems
    if builder.origin("StudyDate") == FILE_TIME and builder.values("StudyDate"):
        yield (
            f"the picture does not know its date, so StudyDate is the file's modification time, "
            f"{builder.text('StudyDate')} (UTC{builder.text('TimezoneOffsetFromUTC') or '+0000'}); "
            "say --study-date where that is wrong"
        )
    elif builder.values("StudyDate") and not builder.values("StudyTime"):
        yield "StudyTime is empty, since nobody stated it for that StudyDate; say --study-time"
    if builder.text("AccessionNumber") and builder.origin("StudyInstanceUID") == DERIVED and not _is_stated(builder):
        yield (
            "the accession number makes one study of several calls, whose StudyDate and StudyTime must be the same, and "
            "these are this picture's own; say --study-date and --study-time in every call"
        )
    if not builder.text("PatientID"):
        yield "nobody said whose picture this is: PatientID is empty; say --patient-id"
    yield from source.notes
    yield from unmatched(request, source)
    yield from unchanged(builder, request)
    if source.alpha is Alpha.OPAQUE:
        yield "nothing in the picture is transparent, so its alpha channel is left out"
    if source.jpeg is not None and source.jpeg.trailing > 1024:
        yield f"{source.jpeg.trailing} bytes behind the picture, perhaps further pictures, are left out"
