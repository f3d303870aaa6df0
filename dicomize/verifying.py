"""A compressed picture is read back by another decoder than the one that belongs to its encoder, and must be the prepared one.

A toolkit that decodes what it wrote itself proves little: one fault may undo the other.
"""

from __future__ import annotations

import io
import operator
import sys
import warnings
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from dicomize.errors import ToolFailed, ToolMissing
from dicomize.model import EncodedInstance, ImagePixel, Loss, Plan, PreparedImage
from dicomize.pixeldata import PixelDataError, joined, read_instance
from dicomize.wrappers import dcmdjpeg, dcmdjpls, gdcmconv
from dicomize.wrappers.process import Command, run
from dicomize.wrappers.tool import Tool, Tools
from dicomize.writing import WritableInstance


class Compressed(NamedTuple):
    """What is to be read back."""

    instance: WritableInstance
    image: ImagePixel
    scratch: Path
    tools: Tools


class Decoder(NamedTuple):
    """A decoder by the name of the library that it belongs to."""

    name: str
    able: Callable[[Compressed], bool]
    """whether it is installed, and takes such pictures"""
    samples: Callable[[Compressed], bytes]
    """interleaved, little endian; raises whatever a decoder raises"""


def verify(plan: Plan, image: PreparedImage, encoded: EncodedInstance, made: Compressed) -> tuple[str, Loss | None]:
    """The decoder that read the very samples that were prepared; of lossy compression, how far they are off.

    Raises:
        ToolMissing: nothing is installed that could, besides what compressed it.
        ToolFailed: it reads others, or none.
    """
    others = [d for d in _DECODERS[plan.TransferSyntaxUID] if d.name != encoded.codec and d.able(made)]
    if not others:
        raise ToolMissing(
            f"nothing but {encoded.codec or encoded.backend} itself could read back what the {encoded.backend} backend "
            "compressed, so the result would be unproven",
            "install another decoder: DCMTK, python-gdcm, or dicomize[codecs]",
        )
    decoder = others[0]
    try:
        samples = decoder.samples(made)
    except ToolFailed:
        raise
    except Exception as error:  # noqa: BLE001 - decoders raise what they like
        raise _failed(encoded, f"{decoder.name} cannot read it back: {type(error).__name__}: {error}") from None
    if not plan.loss:
        if samples != image.data:
            raise _failed(encoded, f"{decoder.name} reads back other pixels than were given")
        return decoder.name, None
    loss = _loss(image.data, samples, made)
    if loss is None or loss.largest > _bound(plan) or loss.mean > 2**made.image.BitsStored * _WORST:
        raise _failed(encoded, f"{decoder.name} reads back another picture than was given")
    return decoder.name, loss


_WORST: Final = 0.1
"""mean error, as a part of all levels, that is another picture and not a loss. A photo has 0.05 at JPEG's quality 1, and 0.16
with red and blue exchanged; noise in colours, which loses as much to subsampling, is refused as well"""
_NEAR: Final = "1.2.840.10008.1.2.4.81"


def _bound(plan: Plan) -> int:
    """The error that no sample may exceed: near-lossless compression promises one."""
    return plan.loss if plan.TransferSyntaxUID == _NEAR else 2**plan.image.BitsStored


def _loss(ours: bytes, theirs: bytes, made: Compressed) -> Loss | None:
    """None where they do not measure the same."""
    if len(ours) != len(theirs):
        return None
    kind = "B" if made.image.BitsAllocated == 8 else "H"
    pair = array(kind, ours), array(kind, theirs)
    if sys.byteorder == "big" and kind == "H":
        for samples in pair:
            samples.byteswap()
    errors = array("H", map(abs, map(operator.sub, *pair)))
    ratio = len(ours) / len(made.instance.pixels)
    return Loss(round(ratio, 2), max(errors), round(sum(errors) / len(errors), 4))


def _failed(encoded: EncodedInstance, why: str) -> ToolFailed:
    invocation = encoded.invocations[-1] if encoded.invocations else None
    return ToolFailed(
        f"what the {encoded.backend} backend compressed was not kept: {why}",
        "try another backend, and report this one",
        invocation,
    )


# ---------------------------------------------------------------- by programs


def _program(name: str, tool: Tool, command: Callable[[Path, Path, Path], Command]) -> Decoder:
    return Decoder(
        name, lambda made: not made.tools.find(tool).unavailable_because, partial(_by_program, tool, command)
    )


def _by_program(tool: Tool, command: Callable[[Path, Path, Path], Command], made: Compressed) -> bytes:
    """Of the canonical file, so that labels are looked at too."""
    source, decoded = made.scratch / "compressed.dcm", made.scratch / "decompressed.dcm"
    with source.open("wb") as file:
        made.instance.write(file)
    if tool is gdcmconv.TOOL and any(uid.encode("ascii") in made.instance.head for uid in gdcmconv.NO_PICTURES):
        _relabel(source)
    invocation = run(command(made.tools.require(tool), source, decoded), made.tools.timeout)
    try:
        stored = read_instance(decoded)
    except PixelDataError as error:
        raise ToolFailed(f"what {tool.program} wrote {error}", "", invocation) from None
    if stored.pixels is None or stored.pixels.encapsulated or stored.dataset.get("PlanarConfiguration", 0) != 0:
        raise ToolFailed(f"{tool.program} wrote no interleaved pixels", "", invocation)
    samples, length = joined(decoded, stored.pixels.fragments), made.image.native_length
    return samples[:length] if len(samples) == length + length % 2 else samples


def _relabel(path: Path) -> None:
    """Make a scratch file a Secondary Capture, which every decoder knows; the Image Pixel attributes stay."""
    from pydicom import dcmread  # noqa: PLC0415 - few come here
    from pydicom.uid import SecondaryCaptureImageStorage  # noqa: PLC0415 - as above

    dataset = dcmread(path)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    dataset.save_as(path)


# ---------------------------------------------------------------- in this process


def _by_pillow(made: Compressed) -> bytes:
    from PIL import Image  # noqa: PLC0415 - most conversions compress nothing

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(made.instance.pixels), formats=("JPEG2000", "JPEG")) as picture:
            return picture.tobytes()


def _pillow_reads(made: Compressed) -> bool:
    """Pillow cuts 16-bit colour to 8 bits, and spreads 12 bits over 16."""
    return made.image.BitsStored == 8 or (made.image.BitsStored == 16 and made.image.SamplesPerPixel == 1)


def _by_imagecodecs(function: str, made: Compressed) -> bytes:
    import imagecodecs  # noqa: PLC0415 - large

    samples: Any = getattr(imagecodecs, function)(made.instance.pixels)
    return bytes(samples.tobytes())


def _imagecodecs(function: str) -> Decoder:
    return Decoder(
        "imagecodecs", lambda _made: find_spec("imagecodecs") is not None, partial(_by_imagecodecs, function)
    )


def _by_ourselves(made: Compressed) -> bytes:
    """RLE (PS3.5 Annex G): one segment for each byte of each sample, the most significant first."""
    stream, image = made.instance.pixels, made.image
    size, length = image.BitsAllocated // 8, image.Rows * image.Columns
    count, *offsets = (int.from_bytes(stream[at : at + 4], "little") for at in range(0, 64, 4))
    samples = bytearray(image.native_length)
    step = size * image.SamplesPerPixel
    ends = [*offsets[1:count], len(stream)]
    for number, (start, end) in enumerate(zip(offsets[:count], ends, strict=True)):
        sample, byte = divmod(number, size)
        unpacked = b"".join(_unpacked(stream[start:end]))
        if len(unpacked) < length:
            raise ValueError(f"segment {number + 1} has {len(unpacked)} bytes, not {length}")
        samples[sample * size + size - 1 - byte :: step] = unpacked[:length]
    return bytes(samples)


def _unpacked(segment: bytes) -> Iterator[bytes]:
    """PackBits (PS3.5 G.3)."""
    at = 0
    while at + 1 < len(segment):
        header = segment[at]
        if header < 128:
            yield segment[at + 1 : at + header + 2]
            at += header + 2
        elif header > 128:
            yield segment[at + 1 : at + 2] * (257 - header)
            at += 2
        else:
            at += 1


_DCMDJPEG: Final = _program("DCMTK", dcmdjpeg.TOOL, dcmdjpeg.command)
_DCMDJPLS: Final = _program("DCMTK", dcmdjpls.TOOL, dcmdjpls.command)
_GDCMCONV: Final = _program("GDCM", gdcmconv.TOOL, gdcmconv.command)
_PILLOW: Final = Decoder("Pillow", _pillow_reads, _by_pillow)

_DECODERS: Final[dict[str, tuple[Decoder, ...]]] = {
    "1.2.840.10008.1.2.5": (Decoder("dicomize", lambda _made: True, _by_ourselves),),
    "1.2.840.10008.1.2.4.70": (_DCMDJPEG, _GDCMCONV, _imagecodecs("jpeg8_decode")),
    "1.2.840.10008.1.2.4.80": (_DCMDJPLS, _GDCMCONV, _imagecodecs("jpegls_decode")),
    "1.2.840.10008.1.2.4.90": (_PILLOW, _GDCMCONV, _imagecodecs("jpeg2k_decode")),
    "1.2.840.10008.1.2.4.201": (_PILLOW, _imagecodecs("jpeg2k_decode")),
    "1.2.840.10008.1.2.4.50": (_PILLOW, _DCMDJPEG),
    "1.2.840.10008.1.2.4.51": (_DCMDJPEG, _imagecodecs("jpeg8_decode")),
    "1.2.840.10008.1.2.4.81": (_DCMDJPLS, _GDCMCONV, _imagecodecs("jpegls_decode")),
    "1.2.840.10008.1.2.4.91": (_PILLOW, _GDCMCONV, _imagecodecs("jpeg2k_decode")),
}
"""transfer syntax -> decoders, in order of preference"""
