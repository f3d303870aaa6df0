"""The frames of an instance, decoded one at a time, as displayed: colour as RGB.

JPEG of 8 bits is decoded by libjpeg, in Pillow, as viewers do; everything else by pydicom and its plugins, in a
program of its own.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dicomize.comparing.forms import YBR, Form, FrameError
from dicomize.comparing.pictures import interleaved
from dicomize.comparing.plugins import decoded
from dicomize.errors import SourceDamaged
from dicomize.jpeg import markers
from dicomize.jpeg.color import color_model
from dicomize.model import ColorModel
from dicomize.pixeldata import PixelElement, StoredInstance, joined

if TYPE_CHECKING:
    from PIL import Image

_JPEG: Final = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
_SUBSAMPLED: Final = "YBR_FULL_422"


def frames_of(stored: StoredInstance, form: Form) -> Iterator[bytes]:
    """Each frame as displayed: interleaved samples, rows from the top, little endian.

    Raises:
        FrameError: one cannot be decoded.
    """
    element = stored.pixels
    if element is None:
        raise FrameError("has no PixelData that can be read here")
    if element.problems:
        raise FrameError(f"has damaged PixelData: {element.problems[0]}")
    if not element.encapsulated:
        yield from (_displayed(frame, form) for frame in _native(stored, element, form))
    elif form.TransferSyntaxUID in _JPEG and form.BitsAllocated == 8:
        for number, spans in enumerate(_spans(stored.path, element, form.frames), 1):
            yield _jpeg(joined(stored.path, spans), form, number)
    else:
        yield from (_displayed(frame, now) for frame, now in decoded(stored, element, form))


# ---------------------------------------------------------------- native


def _native(stored: StoredInstance, element: PixelElement, form: Form) -> Iterator[bytes]:
    if form.PhotometricInterpretation == _SUBSAMPLED:
        raise FrameError("holds native YBR_FULL_422, which is not put together here")
    if form.BitsAllocated % 8:
        raise FrameError(f"has {form.BitsAllocated} bits allocated, which are not unpacked here")
    length = form.frame_length
    ((start, available),) = element.fragments
    if length * form.frames > available:
        raise FrameError(f"has {available} bytes of PixelData, where its header describes {length * form.frames}")
    for number in range(form.frames):
        yield joined(stored.path, ((start + number * length, length),))


def _displayed(frame: bytes, form: Form) -> bytes:
    if form.PlanarConfiguration and form.SamplesPerPixel > 1:
        frame = interleaved(frame, form.SamplesPerPixel, form.BitsAllocated // 8)
    if form.shown_as != form.PhotometricInterpretation and form.PhotometricInterpretation in YBR:
        from PIL import Image  # noqa: PLC0415 - costs 30 ms

        return Image.frombytes("YCbCr", form.size, frame).convert("RGB").tobytes()
    return frame


# ---------------------------------------------------------------- encapsulated


def _spans(path: Path, element: PixelElement, frames: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """The fragments of each frame (PS3.5 A.4): all of one, one of each, or as the offset table says."""
    fragments = element.fragments
    if frames == 1:
        yield fragments
    elif len(fragments) == frames:
        yield from ((fragment,) for fragment in fragments)
    else:
        yield from _by_offsets(path, element, frames)


def _by_offsets(path: Path, element: PixelElement, frames: int) -> Iterator[tuple[tuple[int, int], ...]]:
    table = element.offset_table
    starts = [int.from_bytes(table[at : at + 4], "little") for at in range(0, len(table), 4)]
    if len(starts) != frames or not element.fragments:
        raise FrameError(
            f"has {len(element.fragments)} fragments for {frames} frames, and no offset table that says which"
        )
    first = element.fragments[0][0] - 8
    for start, end in zip(starts, [*starts[1:], path.stat().st_size], strict=True):
        yield tuple(f for f in element.fragments if start <= f[0] - 8 - first < end)


def _jpeg(data: bytes, form: Form, number: int) -> bytes:
    from PIL import Image  # noqa: PLC0415 - as above

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
                picture = _believed(image, data, form)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FrameError(f"has a frame {number} that cannot be decoded: {error}") from None
    if picture.size != form.size or len(picture.getbands()) != form.SamplesPerPixel:
        raise FrameError(f"has a frame {number} of another size than its header says")
    return picture.tobytes()


def _believed(image: Image.Image, data: bytes, form: Form) -> Image.Image:
    """The picture as a viewer shows it that believes the label, where the stream holds something else."""
    if form.SamplesPerPixel == 1:
        return image.convert("L") if image.mode != "L" else _loaded(image)
    label_says_rgb = form.PhotometricInterpretation == "RGB"
    if label_says_rgb == _holds_rgb(data):
        return _loaded(image)
    if label_says_rgb:
        image.draft("YCbCr", image.size)
    return _read_as(_loaded(image), "RGB" if label_says_rgb else "YCbCr")


def _loaded(image: Image.Image) -> Image.Image:
    image.load()
    return image


def _read_as(picture: Image.Image, mode: str) -> Image.Image:
    """The same samples with another meaning, as RGB."""
    from PIL import Image  # noqa: PLC0415 - as above

    return Image.frombytes(mode, picture.size, picture.tobytes()).convert("RGB")


def _holds_rgb(data: bytes) -> bool:
    try:
        return color_model(data, markers.parse(data)) in {ColorModel.RGB, ColorModel.AMBIGUOUS}
    except SourceDamaged:
        return False
