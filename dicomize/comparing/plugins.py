"""Frames that pydicom's plugins decode, in a program of its own with the time limit of every program."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from dicomize.comparing.forms import Form, FrameError
from dicomize.errors import ToolFailed, ToolMissing
from dicomize.pixeldata import PixelElement, StoredInstance, joined
from dicomize.rendering.apart import Job, decode
from dicomize.wrappers.process import argument, last_word
from dicomize.wrappers.tool import Tools

_LARGEST_BATCH: Final = 1 << 26
"""bytes of decoded frames that are on the disk at a time"""
_PLUGINS: Final = ("pydicom", "pyjpegls", "pillow", "pylibjpeg", "gdcm")


def decoded(stored: StoredInstance, element: PixelElement, form: Form) -> Iterator[tuple[bytes, Form]]:
    """Frames, each with what it is now; in batches of which one is on the disk, and one frame of it in memory.

    Raises:
        FrameError: they cannot be decoded.
    """
    if not element.fragments:
        raise FrameError("has no frame in its PixelData")
    batch = max(1, _LARGEST_BATCH // max(1, form.frame_length))
    with tempfile.TemporaryDirectory(prefix="dicomize-", ignore_cleanup_errors=True) as folder:
        samples = Path(folder) / "samples.raw"
        job = Job(
            argument(stored.path), argument(samples), form.TransferSyntaxUID, _plugin(form),
            offset=element.fragments[0][0] - 16 - len(element.offset_table), options=_options(form),
        )  # fmt: skip
        for first in range(0, form.frames, batch):
            at = 0
            for one in _batch(job._replace(first=first, number=min(batch, form.frames - first))):
                frame = joined(samples, ((at, one["length"]),))
                at += one["length"]
                yield frame, _as_said(form, one)


def _batch(job: Job) -> tuple[dict[str, Any], ...]:
    try:
        return decode(job, Tools().timeout).frames
    except ToolMissing as error:
        raise FrameError(f"cannot be decoded: {error.message}") from None
    except ToolFailed as error:
        said = last_word(error.invocation) if error.invocation else ""
        raise FrameError(f"cannot be decoded: {said or error.message}") from None


def _as_said(form: Form, said: dict[str, Any]) -> Form:
    return form._replace(
        PlanarConfiguration=int(said.get("planar_configuration", 0)),
        PhotometricInterpretation=str(said["photometric_interpretation"]),
        BitsAllocated=int(said["bits_allocated"]),
    )


def _options(form: Form) -> dict[str, Any]:
    return {
        "rows": form.Rows,
        "columns": form.Columns,
        "samples_per_pixel": form.SamplesPerPixel,
        "bits_allocated": form.BitsAllocated,
        "bits_stored": form.BitsStored,
        "pixel_representation": form.PixelRepresentation,
        "photometric_interpretation": form.PhotometricInterpretation,
        "planar_configuration": form.PlanarConfiguration,
        "number_of_frames": form.frames,
        "pixel_keyword": "PixelData",
        "pixel_vr": "OB",
    }


def _plugin(form: Form) -> str:
    """The plugin to decode with. GDCM's comes last: it ends the whole program on some damage."""
    from pydicom import config  # noqa: PLC0415 - costs 50 ms
    from pydicom.pixels.decoders.base import get_decoder  # noqa: PLC0415 - as above
    from pydicom.uid import UID  # noqa: PLC0415 - as above

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = get_decoder(UID(form.TransferSyntaxUID, validation_mode=config.IGNORE)).available_plugins
    except NotImplementedError:
        found = ()
    for name in _PLUGINS:
        if name in found and not (name == "pillow" and form.BitsStored > 8):
            return name
    raise FrameError(f"cannot be decoded: no decoder for {form.TransferSyntaxUID or 'no transfer syntax'} is installed")
