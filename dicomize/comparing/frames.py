"""The frames of an instance, decoded one at a time, as displayed: colour as RGB.

JPEG of 8 bits is decoded by libjpeg, in Pillow, as viewers do; everything else by pydicom and its plugins.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dicomize.errors import SourceDamaged
from dicomize.jpeg import markers
from dicomize.jpeg.color import color_model
from dicomize.model import ColorModel
from dicomize.pixeldata import PixelElement, StoredInstance, joined, number_of, value_of

if TYPE_CHECKING:
    from PIL import Image

_JPEG: Final = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
_YBR: Final = frozenset({"YBR_FULL", "YBR_FULL_422"})
_PLUGINS: Final = ("pydicom", "pyjpegls", "pillow", "pylibjpeg", "gdcm")
_SUBSAMPLED: Final = "YBR_FULL_422"


class FrameError(Exception):
    """A frame that cannot be decoded; the message is a clause about the file."""


class Form(NamedTuple):
    """What decides how samples are read and shown (PS3.3 C.7.6.3)."""

    TransferSyntaxUID: str
    Rows: int
    Columns: int
    SamplesPerPixel: int
    BitsAllocated: int
    BitsStored: int
    PixelRepresentation: int
    PlanarConfiguration: int
    PhotometricInterpretation: str
    frames: int

    @property
    def shown_as(self) -> str:
        """PhotometricInterpretation of the frames that come out."""
        color = self.SamplesPerPixel == 3 and self.BitsAllocated == 8
        decoded = self.PhotometricInterpretation in {"YBR_ICT", "YBR_RCT"}
        return (
            "RGB" if decoded or (color and self.PhotometricInterpretation in _YBR) else self.PhotometricInterpretation
        )

    @property
    def size(self) -> tuple[int, int]:
        return self.Columns, self.Rows


def form_of(stored: StoredInstance) -> Form:
    """How the picture of an instance is described.

    Raises:
        FrameError: something is missing that it takes to read it.
    """
    dataset = stored.dataset
    needed = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored")
    numbers = [number_of(dataset, keyword) for keyword in needed]
    for keyword, number in zip(needed, numbers, strict=True):
        if not number or number < 0:
            raise FrameError(f"has no usable {keyword}")
    rows, columns, samples, allocated, bits = (number or 0 for number in numbers)
    return Form(
        str(value_of(dataset.file_meta, "TransferSyntaxUID") or ""),
        rows,
        columns,
        samples,
        allocated,
        bits,
        number_of(dataset, "PixelRepresentation") or 0,
        number_of(dataset, "PlanarConfiguration") or 0,
        str(value_of(dataset, "PhotometricInterpretation") or ""),
        number_of(dataset, "NumberOfFrames") or 1,
    )


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
        yield from _by_pydicom(stored, element, form)


# ---------------------------------------------------------------- native


def _native(stored: StoredInstance, element: PixelElement, form: Form) -> Iterator[bytes]:
    if form.PhotometricInterpretation == _SUBSAMPLED:
        raise FrameError("holds native YBR_FULL_422, which is not put together here")
    if form.BitsAllocated % 8:
        raise FrameError(f"has {form.BitsAllocated} bits allocated, which are not unpacked here")
    length = form.Rows * form.Columns * form.SamplesPerPixel * form.BitsAllocated // 8
    ((start, available),) = element.fragments
    if length * form.frames > available:
        raise FrameError(f"has {available} bytes of PixelData, where its header describes {length * form.frames}")
    for number in range(form.frames):
        yield joined(stored.path, ((start + number * length, length),))


def _displayed(frame: bytes, form: Form) -> bytes:
    if form.PlanarConfiguration and form.SamplesPerPixel > 1:
        frame = _interleaved(frame, form)
    if form.shown_as != form.PhotometricInterpretation and form.PhotometricInterpretation in _YBR:
        from PIL import Image  # noqa: PLC0415 - costs 30 ms

        return Image.frombytes("YCbCr", form.size, frame).convert("RGB").tobytes()
    return frame


def _interleaved(frame: bytes, form: Form) -> bytes:
    """Colour by plane as colour by pixel."""
    count, width = form.SamplesPerPixel, form.BitsAllocated // 8
    plane = len(frame) // count
    out = bytearray(len(frame))
    for sample in range(count):
        for byte in range(width):
            out[sample * width + byte :: count * width] = frame[sample * plane + byte : (sample + 1) * plane : width]
    return bytes(out)


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


def _by_pydicom(stored: StoredInstance, element: PixelElement, form: Form) -> Iterator[bytes]:
    from pydicom.pixels.decoders.base import get_decoder  # noqa: PLC0415 - costs 50 ms
    from pydicom.uid import UID  # noqa: PLC0415 - as above

    if not element.fragments:
        raise FrameError("has no frame in its PixelData")
    options: dict[str, Any] = {
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
    try:
        decoder = get_decoder(UID(form.TransferSyntaxUID))
        plugin = _plugin(decoder.available_plugins, form)
        with stored.path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file.seek(element.fragments[0][0] - 16 - len(element.offset_table))
            for frame, said in decoder.iter_buffer(file, decoding_plugin=plugin, **options):
                decoded = form._replace(
                    PlanarConfiguration=int(said.get("planar_configuration", 0)),
                    PhotometricInterpretation=str(said["photometric_interpretation"]),
                    BitsAllocated=int(said["bits_allocated"]),
                )
                yield _displayed(bytes(frame), decoded)
    except FrameError:
        raise
    except Exception as error:  # noqa: BLE001 - plugins raise whatever they like
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise FrameError(f"cannot be decoded: {reason}") from None


def _plugin(available: tuple[str, ...], form: Form) -> str:
    """The plugin to decode with. GDCM's comes last: it ends the whole program on some damage."""
    for name in _PLUGINS:
        if name in available and not (name == "pillow" and form.BitsStored > 8):
            return name
    raise FrameError(f"needs a decoder for {form.TransferSyntaxUID} that is not installed")
