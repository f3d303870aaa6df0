"""Decoded samples as a picture that can be shown, digested and compared with the source. Pillow does it: 8 bits a sample.

Other depths are digested as they are: what a viewer makes of them is a matter of its window.
"""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from dicomize.source.raster import turned

if TYPE_CHECKING:
    from PIL import Image

LARGEST_KEPT: Final = 1024
"""pixels along the longer side of a picture that is kept"""

_GREY: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})
_MODES: Final = frozenset({"L", "RGB"})
_YBR: Final = frozenset({"YBR_FULL", "YBR_FULL_422"})


class Samples(NamedTuple):
    """Decoded pixels of the first frame or of all: interleaved, rows from the top, little endian."""

    data: bytes
    Rows: int
    Columns: int
    SamplesPerPixel: int
    BitsAllocated: int
    PhotometricInterpretation: str

    @property
    def frame_length(self) -> int:
        """Bytes of one frame."""
        return self.Rows * self.Columns * self.SamplesPerPixel * self.BitsAllocated // 8


def by_pixel(samples: Samples) -> Samples:
    """Samples that lie plane by plane in each frame, interleaved (PS3.3 C.7.6.3.1.3)."""
    length = samples.frame_length
    count, width = samples.SamplesPerPixel, samples.BitsAllocated // 8
    if count < 2 or not length:
        return samples
    frames = (samples.data[at : at + length] for at in range(0, len(samples.data) - length + 1, length))
    return samples._replace(data=b"".join(interleaved(frame, count, width) for frame in frames))


def interleaved(frame: bytes, count: int, width: int) -> bytes:
    """A frame of `count` planes of samples of `width` bytes as one of pixels."""
    plane = len(frame) // count
    out = bytearray(len(frame))
    for sample in range(count):
        for byte in range(width):
            out[sample * width + byte :: count * width] = frame[sample * plane + byte : (sample + 1) * plane : width]
    return bytes(out)


class Shown(NamedTuple):
    """Samples as displayed."""

    sha256: str
    PhotometricInterpretation: str
    picture: Image.Image | None
    """the first frame; None: it has another depth than 8 bits, or colours that cannot be shown"""


class Distance(NamedTuple):
    """How far two pictures of the same size are apart, in steps of a sample."""

    maximum: int
    mean: float


def shown(samples: Samples) -> Shown:
    """Samples as displayed: YCbCr as RGB (PS3.3 C.7.6.3.1.2), everything else as it is.

    Raises:
        ValueError: there are fewer bytes than the sizes say.
    """
    length = samples.frame_length
    if length < 1 or len(samples.data) < length:
        raise ValueError(f"{len(samples.data)} bytes were decoded, {length} make a frame")
    label, data = samples.PhotometricInterpretation, samples.data
    if len(data) == length + length % 2:
        data = data[:length]
    first = _picture(samples)
    if first is not None and label in _YBR:
        rest = (samples._replace(data=data[at : at + length]) for at in range(length, len(data) - length + 1, length))
        digest = hashlib.sha256(first.tobytes())
        for frame in rest:
            picture = _picture(frame)
            digest.update(picture.tobytes() if picture is not None else frame.data)
        return Shown(digest.hexdigest(), "RGB", first)
    return Shown(hashlib.sha256(data).hexdigest(), label, first)


def _picture(samples: Samples) -> Image.Image | None:
    from PIL import Image  # noqa: PLC0415 - costs 30 ms

    if samples.BitsAllocated != 8:
        return None
    size, label = (samples.Columns, samples.Rows), samples.PhotometricInterpretation
    data = samples.data[: samples.frame_length]
    if samples.SamplesPerPixel == 1 and label in _GREY:
        return Image.frombytes("L", size, data)
    if samples.SamplesPerPixel == 3 and label == "RGB":
        return Image.frombytes("RGB", size, data)
    if samples.SamplesPerPixel == 3 and label in _YBR:
        return Image.frombytes("YCbCr", size, data).convert("RGB")
    return None


def reference(path: Path, orientation: int = 1) -> Image.Image | None:
    """An image file as libjpeg shows it, with an Exif orientation undone; None where Pillow cannot say."""
    from PIL import Image  # noqa: PLC0415 - as above

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                image.load()
                picture = Image.frombytes(image.mode, image.size, image.tobytes()) if image.mode in _MODES else None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return None if picture is None else turned(picture, orientation)


def distance(one: Image.Image, other: Image.Image) -> Distance | None:
    """Largest and mean difference of samples; None where sizes or channels differ."""
    from PIL import ImageChops  # noqa: PLC0415 - as above

    if one.size != other.size or one.mode != other.mode:
        return None
    histogram = ImageChops.difference(one, other).histogram()
    counts = [sum(histogram[step::256]) for step in range(256)]
    total = sum(counts)
    return Distance(
        maximum=max(step for step, count in enumerate(counts) if count),
        mean=sum(step * count for step, count in enumerate(counts)) / total,
    )


def keep(picture: Image.Image, path: Path) -> Path:
    """Write a picture as a PNG, at most 1024 pixels wide or high."""
    small = picture.copy()
    small.thumbnail((LARGEST_KEPT, LARGEST_KEPT))
    small.save(path, "PNG")
    return path
