"""What this Python compresses with: pydicom RLE, Pillow JPEG 2000, imagecodecs (the extra `codecs`) the others.

Nothing heavy is imported before it is needed.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

from dicomize.jpeg import markers
from dicomize.jpeg.clean import clean
from dicomize.model import ColorModel, ImagePixel, Plan
from dicomize.planning.syntaxes import NAMES

_EXTRA: Final = "pip install 'dicomize[codecs]'"


class Compressed(NamedTuple):
    """A stream, and what wrote it."""

    stream: bytes
    codec: str


Encode = Callable[[ImagePixel, bytes, int], Compressed]
"""description, samples, parameter of lossy compression (0: none)"""


def refusal(plan: Plan) -> str | None:
    """Why a plan's transfer syntax cannot be written by what is installed."""
    try:
        _encoder(plan)
    except LookupError as error:
        return str(error.args[0])
    return None


def compress(plan: Plan, pixels: bytes) -> Compressed:
    """The stream of one frame of interleaved samples.

    Raises:
        LookupError: nothing here writes it, as a sentence.
    """
    return _encoder(plan)(plan.image, pixels, plan.loss)


def _encoder(plan: Plan) -> Encode:
    fitting = [row for row in _ENCODERS.get(plan.TransferSyntaxUID, ()) if row[1](plan.image)]
    for needs, _, encode in fitting:
        if find_spec(needs) is not None:
            return encode
    if fitting and plan.TransferSyntaxUID in _ENCODERS:
        raise LookupError(f"imagecodecs is not installed: {_EXTRA}")
    name = NAMES.get(plan.TransferSyntaxUID, plan.TransferSyntaxUID)
    raise LookupError(
        f"it writes no {name} of such samples" if plan.TransferSyntaxUID in _ENCODERS else f"it writes no {name}"
    )


def _rle(image: ImagePixel, pixels: bytes, _loss: int) -> Compressed:
    from pydicom.pixels.encoders.base import RLELosslessEncoder  # noqa: PLC0415 - looks for every plugin, which takes long

    described: dict[str, Any] = {
        "rows": image.Rows,
        "columns": image.Columns,
        "samples_per_pixel": image.SamplesPerPixel,
        "photometric_interpretation": image.PhotometricInterpretation,
        "bits_allocated": image.BitsAllocated,
        "bits_stored": image.BitsStored,
        "pixel_representation": image.PixelRepresentation,
        "number_of_frames": 1,
    }
    if image.PlanarConfiguration is not None:
        described["planar_configuration"] = image.PlanarConfiguration
    # the plugin of GDCM ends the process on frames of odd length
    stream = RLELosslessEncoder.encode(pixels, encoding_plugin="pydicom", **described)
    return Compressed(stream, "pydicom")


def _by_pillow(image: ImagePixel, pixels: bytes, form: str, options: dict[str, Any]) -> Compressed:
    from PIL import Image  # noqa: PLC0415 - most conversions need none

    mode = "RGB" if image.SamplesPerPixel == 3 else "L"
    picture, buffer = Image.frombytes(mode, (image.Columns, image.Rows), pixels), io.BytesIO()
    picture.save(buffer, form, **options)
    return Compressed(buffer.getvalue(), "Pillow")


def _pillow_jpeg2000(image: ImagePixel, pixels: bytes, loss: int) -> Compressed:
    options: dict[str, Any] = {"no_jp2": True, "irreversible": bool(loss)}
    options["mct"] = int(image.PhotometricInterpretation in {"YBR_RCT", "YBR_ICT"})
    if loss:
        options |= {"quality_mode": "rates", "quality_layers": [loss]}
    return _by_pillow(image, pixels, "JPEG2000", options)


def _pillow_jpeg(image: ImagePixel, pixels: bytes, loss: int) -> Compressed:
    compressed = _by_pillow(image, pixels, "JPEG", {"quality": loss, "subsampling": "4:2:2"})
    color = ColorModel.YCBCR if image.SamplesPerPixel == 3 else ColorModel.MONOCHROME
    # the stream without JFIF, as every other one here
    return compressed._replace(stream=clean(compressed.stream, markers.parse(compressed.stream), color))


def _jpeg12(image: ImagePixel, pixels: bytes, loss: int) -> Compressed:
    import imagecodecs  # noqa: PLC0415 - large

    stream = bytes(imagecodecs.jpeg8_encode(_samples(image, pixels), level=loss, bitspersample=12))
    return Compressed(clean(stream, markers.parse(stream), ColorModel.MONOCHROME), "imagecodecs")


def _samples(image: ImagePixel, pixels: bytes) -> Any:
    import numpy as np  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415 - comes with imagecodecs

    shape = (image.Rows, image.Columns) + ((3,) if image.SamplesPerPixel == 3 else ())
    return np.frombuffer(pixels, "u1" if image.BitsAllocated == 8 else "<u2").reshape(shape)


def _jpeg_lossless(image: ImagePixel, pixels: bytes, _loss: int) -> Compressed:
    import imagecodecs  # noqa: PLC0415 - large

    stream = imagecodecs.jpeg8_encode(
        _samples(image, pixels), lossless=True, predictor=1, bitspersample=image.BitsStored,
        colorspace="rgb" if image.SamplesPerPixel == 3 else None,
        outcolorspace="rgb" if image.SamplesPerPixel == 3 else None,
    )  # fmt: skip
    return Compressed(bytes(stream), "imagecodecs")


def _jpeg_ls(image: ImagePixel, pixels: bytes, loss: int) -> Compressed:
    import imagecodecs  # noqa: PLC0415 - large

    # what cannot be compressed becomes longer, for which it leaves no room by itself
    room = bytearray(2 * len(pixels) + 4096)
    return Compressed(bytes(imagecodecs.jpegls_encode(_samples(image, pixels), level=loss, out=room)), "imagecodecs")


def _jpeg2000(image: ImagePixel, pixels: bytes, _loss: int) -> Compressed:
    import imagecodecs  # noqa: PLC0415 - large

    stream = imagecodecs.jpeg2k_encode(
        _samples(image, pixels), codecformat="j2k", level=0, reversible=True, bitspersample=image.BitsStored,
        mct=image.PhotometricInterpretation == "YBR_RCT",
    )  # fmt: skip
    return Compressed(bytes(stream), "imagecodecs")


def _htj2k(image: ImagePixel, pixels: bytes, _loss: int) -> Compressed:
    import imagecodecs  # noqa: PLC0415 - large

    transform = image.PhotometricInterpretation == "YBR_RCT"
    stream = imagecodecs.htj2k_encode(_samples(image, pixels), reversible=True, rgb=transform)
    return Compressed(bytes(stream), "OpenJPH")  # imagecodecs reads it by OpenJPEG


def _always(_image: ImagePixel) -> bool:
    return True


def _grey(image: ImagePixel) -> bool:
    return image.SamplesPerPixel == 1


def _whole_bytes(image: ImagePixel) -> bool:
    """It states 16 bits for fewer, so that what is rounded could exceed them."""
    return image.BitsStored == image.BitsAllocated


def _eight_bits(image: ImagePixel) -> bool:
    return image.BitsStored == 8


_ENCODERS: Final[dict[str, tuple[tuple[str, Callable[[ImagePixel], bool], Encode], ...]]] = {
    "1.2.840.10008.1.2.5": (("pydicom", _always, _rle),),
    "1.2.840.10008.1.2.4.70": (("imagecodecs", _always, _jpeg_lossless),),
    "1.2.840.10008.1.2.4.80": (("imagecodecs", _always, _jpeg_ls),),
    "1.2.840.10008.1.2.4.90": (("PIL", _eight_bits, _pillow_jpeg2000), ("imagecodecs", _always, _jpeg2000)),
    "1.2.840.10008.1.2.4.201": (("imagecodecs", _always, _htj2k),),
    "1.2.840.10008.1.2.4.50": (("PIL", _always, _pillow_jpeg),),
    "1.2.840.10008.1.2.4.51": (("imagecodecs", _grey, _jpeg12),),
    "1.2.840.10008.1.2.4.81": (("imagecodecs", _whole_bytes, _jpeg_ls),),
    "1.2.840.10008.1.2.4.91": (("PIL", _eight_bits, _pillow_jpeg2000),),
}
"""transfer syntax -> what it needs, what it takes, how; the first that fits does it"""
