"""The pictures of two instances: the same bytes, the same samples, or how far they are apart, frame by frame.

Whether they are the same is found out without numpy. Two frames are in memory at a time, and the worst pair so far.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from dicomize.comparing.forms import Form, FrameError, form_of
from dicomize.comparing.frames import frames_of
from dicomize.comparing.model import FrameDifference, PixelDifference
from dicomize.errors import DestinationError, ToolMissing
from dicomize.pixeldata import PixelDataError, StoredInstance, read_instance, stored_bytes, value_of

if TYPE_CHECKING:
    from dicomize.comparing.metrics import Samples

INSTALL: Final = "pip install 'dicomize[compare]'"
_GREY: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})
_DEFLATED: Final = "1.2.840.10008.1.2.1.99"
_BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
_Frames = tuple[bytes, bytes]


def compare_pixels(left: Path, right: Path, picture: Path | None = None) -> PixelDifference | None:
    """Compare the pictures of two DICOM files; None where neither has one.

    Args:
        picture: where to write a PNG of how they differ; of several frames the one that differs most.

    Raises:
        ToolMissing: a picture of the difference is asked for, and numpy is not installed.
        DestinationError: it cannot be written.
    """
    if picture is not None and not has_numpy():
        raise ToolMissing("a picture of the difference needs numpy, which is not installed", f"install it: {INSTALL}")
    with ExitStack() as stack:
        try:
            one, other = _read(left, stack), _read(right, stack)
        except (PixelDataError, OSError) as error:
            return PixelDifference(encoded_identical=False, problem=f"a file {error}")
        if one.pixels is None or other.pixels is None:
            return _without(one, other)
        encoded = _same_bytes(one, other)
        try:
            pair = _Pair(one, other, (_form(one, "left"), _form(other, "right")))
            if encoded and pair.forms[0] == pair.forms[1]:
                return PixelDifference(encoded_identical=True, decoded_identical=True)
            return _decoded(pair, picture, encoded=encoded)
        except FrameError as error:
            return PixelDifference(encoded_identical=encoded, problem=str(error))


def has_numpy() -> bool:
    """Whether errors can be measured."""
    return find_spec("numpy") is not None


# ---------------------------------------------------------------- what is stored


def _read(path: Path, stack: ExitStack) -> StoredInstance:
    """An instance; one that is deflated is inflated into a file of its own."""
    stored = read_instance(path)
    if value_of(stored.dataset.file_meta, "TransferSyntaxUID") != _DEFLATED:
        return stored
    from pydicom import dcmread  # noqa: PLC0415 - costs nothing where it is not needed
    from pydicom.uid import ExplicitVRLittleEndian  # noqa: PLC0415 - as above

    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="dicomize-", ignore_cleanup_errors=True))
    dataset = dcmread(path)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    inflated = Path(folder) / "inflated.dcm"
    dataset.save_as(inflated)
    return read_instance(inflated)


def _without(one: StoredInstance, other: StoredInstance) -> PixelDifference | None:
    for side, stored in (("left", one), ("right", other)):
        if value_of(stored.dataset.file_meta, "TransferSyntaxUID") == _BIG_ENDIAN:
            problem = f"the {side} one is in Explicit VR Big Endian, which is retired, and its pixels are not read here"
            return PixelDifference(encoded_identical=False, problem=problem)
    if one.pixels is None and other.pixels is None:
        return None
    only = "right" if one.pixels is None else "left"
    return PixelDifference(
        encoded_identical=False, decoded_identical=False, problem=f"only the {only} one has PixelData"
    )


def _same_bytes(one: StoredInstance, other: StoredInstance) -> bool:
    """Whether the values of both PixelData are the same bytes; however they are cut into fragments, padding aside."""
    if one.pixels is None or other.pixels is None or one.pixels.encapsulated != other.pixels.encapsulated:
        return False
    streams = [stored_bytes(s.path, s.pixels.fragments) for s in (one, other) if s.pixels is not None]
    left, right = b"", b""
    for piece, counterpart in zip_longest(*streams, fillvalue=b""):
        left, right = left + piece, right + counterpart
        common = min(len(left), len(right))
        if left[:common] != right[:common]:
            return False
        left, right = left[common:], right[common:]
    return left + right in {b"", b"\0"}


# ---------------------------------------------------------------- what is shown


class _Pair(NamedTuple):
    """Two instances with pictures."""

    left: StoredInstance
    right: StoredInstance
    forms: tuple[Form, Form]

    def frames(self) -> Iterator[_Frames]:
        """The frames of both, in step."""
        sides = (_named(frames_of(s, f), w) for s, f, w in zip(self[:2], self.forms, ("left", "right"), strict=True))
        return zip(*sides, strict=True)

    def samples(self, frames: _Frames) -> tuple[Samples, Samples]:
        """Two frames, ready to be measured."""
        from dicomize.comparing.metrics import Depth, Samples  # noqa: PLC0415 - needs numpy

        invert = self.inverted
        made = []
        for data, form, side in zip(frames, self.forms, (0, 1), strict=True):
            allocated = 8 * len(data) // (form.Rows * form.Columns * form.SamplesPerPixel)
            depth = Depth(allocated, form.BitsStored, bool(form.PixelRepresentation))
            made.append(Samples(data, form.Rows, form.Columns, form.SamplesPerPixel, depth, invert and side == 0))
        return made[0], made[1]

    @property
    def inverted(self) -> bool:
        """Whether black is white in one of them."""
        labels = {form.shown_as for form in self.forms}
        return labels == _GREY

    @property
    def alike(self) -> bool:
        """Whether the same bytes mean the same, and other bytes other samples."""
        one, other = self.forms
        depths = {(f.BitsAllocated, f.BitsStored, f.PixelRepresentation) for f in self.forms}
        return not self.inverted and len(depths) == 1 and one.BitsAllocated == other.BitsStored


def _form(stored: StoredInstance, side: str) -> Form:
    try:
        return form_of(stored)
    except FrameError as error:
        raise FrameError(f"the {side} one {error}") from None


def _named(frames: Iterator[bytes], side: str) -> Iterator[bytes]:
    try:
        yield from frames
    except FrameError as error:
        raise FrameError(f"the {side} one {error}") from None


def _decoded(pair: _Pair, picture: Path | None, *, encoded: bool) -> PixelDifference:
    problem = _incomparable(*pair.forms)
    if problem:
        return PixelDifference(encoded_identical=encoded, decoded_identical=False, problem=problem)
    compared_as = _compared_as(*pair.forms)
    found: list[FrameDifference] = []
    worst: _Frames | None = None
    for number, frames in enumerate(pair.frames(), 1):
        if frames[0] == frames[1] and not pair.inverted:
            continue
        if not has_numpy():
            return _unmeasured(pair, compared_as, encoded=encoded)
        difference = _measured(number, pair, frames)
        if difference is not None:
            if not found or difference.mean_error > max(f.mean_error for f in found):
                worst = frames
            found.append(difference)
    result = PixelDifference(encoded, not found, compared_as, tuple(found))
    return result if picture is None or worst is None else _with_picture(result, pair, worst, picture)


def _incomparable(one: Form, other: Form) -> str:
    """Why two pictures cannot be held against each other sample by sample; empty when they can."""
    if one.size != other.size:
        return f"the left one has {_size(one)} pixels, the right one {_size(other)}"
    if one.frames != other.frames:
        return f"the left one has {one.frames} frames, the right one {other.frames}"
    if one.SamplesPerPixel != other.SamplesPerPixel:
        return f"the left one has {one.SamplesPerPixel} samples a pixel, the right one {other.SamplesPerPixel}"
    if one.shown_as != other.shown_as and {one.shown_as, other.shown_as} != _GREY:
        labels = one.PhotometricInterpretation, other.PhotometricInterpretation
        return f"the left one is {labels[0]}, the right one {labels[1]}, which are not converted into each other here"
    return ""


def _size(form: Form) -> str:
    return f"{form.Columns} x {form.Rows}"


def _compared_as(one: Form, other: Form) -> str:
    labels = one.PhotometricInterpretation, other.PhotometricInterpretation
    said = [one.shown_as]
    if labels[0] != labels[1]:
        said = [f"{other.shown_as} as displayed: the left one is {labels[0]}, the right one {labels[1]}"]
    elif labels[0] != one.shown_as:
        said = [f"{one.shown_as} as displayed, from {labels[0]}"]
    if one.BitsStored != other.BitsStored:
        said.append(f"the left one has {one.BitsStored} bits a sample, the right one {other.BitsStored}")
    return ", ".join(said)


def _unmeasured(pair: _Pair, compared_as: str, *, encoded: bool) -> PixelDifference:
    differs = False if pair.alike else None
    problem = f"how far they are apart needs numpy, which is not installed; install it: {INSTALL}"
    return PixelDifference(encoded, differs, compared_as, problem=problem)


def _measured(number: int, pair: _Pair, frames: _Frames) -> FrameDifference | None:
    from dicomize.comparing.metrics import difference  # noqa: PLC0415 - needs numpy

    return difference(number, *pair.samples(frames))


def _with_picture(result: PixelDifference, pair: _Pair, frames: _Frames, path: Path) -> PixelDifference:
    """The absolute differences as a PNG, multiplied so that the largest is as bright as can be."""
    from PIL import Image  # noqa: PLC0415 - costs 30 ms

    from dicomize.comparing.metrics import picture  # noqa: PLC0415 - needs numpy

    worst = result.worst
    form = pair.forms[0]
    factor = max(1.0, 255 / worst.max_error) if worst is not None else 1.0
    image = Image.frombytes(
        "RGB" if form.SamplesPerPixel == 3 else "L", form.size, picture(*pair.samples(frames), factor)
    )
    try:
        image.save(path, "PNG")
    except OSError as error:
        raise DestinationError(f"{path} cannot be written: {error.strerror or error}", "name another file") from None
    return replace(result, picture=path, amplified=factor)
