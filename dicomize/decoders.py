"""Decoders of compressed frames, by the name of the library that each belongs to.

A frame that came in is decoded by the first that can; one that was compressed here by the first that did not write it.
"""

from __future__ import annotations

import io
import warnings
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from dicomize.codestreams.bytestream import Stream
from dicomize.codestreams.jpeg2000 import parse
from dicomize.errors import ToolFailed
from dicomize.model import ImagePixel
from dicomize.pixeldata import PixelDataError, joined, read_instance
from dicomize.wrappers import dcmdjpeg, dcmdjpls, gdcmconv
from dicomize.wrappers.process import Command, run
from dicomize.wrappers.tool import Tool, Tools


class Frame(NamedTuple):
    """What is to be decoded."""

    stream: bytes
    image: ImagePixel
    SOPClassUID: str
    write: Callable[[BinaryIO], None]
    """writes a DICOM file with the frame, for programs that read such files"""
    scratch: Path
    tools: Tools


class Program(NamedTuple):
    """A program that decodes a DICOM file into another."""

    tool: Tool
    command: Callable[[Path, Path, Path], Command]


class Decoder(NamedTuple):
    """A decoder by the name of the library that it belongs to."""

    name: str
    able: Callable[[Frame], bool]
    """whether it is installed, and takes such pictures"""
    samples: Callable[[Frame], bytes]
    """interleaved, little endian; raises whatever a decoder raises"""
    program: Program | None = None
    """what runs, where something does"""


ENCODED: Final = "compressed.dcm"
DECODED: Final = "decompressed.dcm"
"""files in the scratch folder that programs read and write"""


# ---------------------------------------------------------------- by programs


def _program(name: str, tool: Tool, command: Callable[[Path, Path, Path], Command]) -> Decoder:
    return Decoder(
        name,
        lambda made: not made.tools.find(tool).unavailable_because,
        partial(_by_program, tool, command),
        Program(tool, command),
    )


def _by_program(tool: Tool, command: Callable[[Path, Path, Path], Command], made: Frame) -> bytes:
    """Of the canonical file, so that labels are looked at too."""
    source, decoded = made.scratch / ENCODED, made.scratch / DECODED
    with source.open("wb") as file:
        made.write(file)
    if tool is gdcmconv.TOOL and made.SOPClassUID in gdcmconv.NO_PICTURES:
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


def _by_pillow(made: Frame) -> bytes:
    from PIL import Image  # noqa: PLC0415 - most conversions decode nothing

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(made.stream), formats=("JPEG2000", "JPEG")) as picture:
            data = picture.tobytes()
    if picture.format != "JPEG2000":
        return data
    # Pillow spreads 12 bits over 16, and 4 over 8, by zeros below; encoders may state more bits than are stored
    stated = parse(Stream(io.BytesIO(made.stream), ((0, len(made.stream)),)), 0).components[0].bits
    shift = made.image.BitsAllocated - stated
    if shift == 0:
        return data
    if made.image.BitsAllocated == 8:
        return data.translate(bytes(v >> shift for v in range(256)))
    return array("H", [v >> shift for v in array("H", data)]).tobytes()


def _pillow_reads(made: Frame) -> bool:
    """Pillow cuts 16-bit colour to 8 bits."""
    return made.image.BitsAllocated == 8 or made.image.SamplesPerPixel == 1


def _by_imagecodecs(function: str, made: Frame) -> bytes:
    import imagecodecs  # noqa: PLC0415 - large

    samples: Any = getattr(imagecodecs, function)(made.stream)
    return bytes(samples.tobytes())


def _imagecodecs(function: str) -> Decoder:
    return Decoder(
        "imagecodecs", lambda _made: find_spec("imagecodecs") is not None, partial(_by_imagecodecs, function)
    )


def _by_ourselves(made: Frame) -> bytes:
    """RLE (PS3.5 Annex G): one segment for each byte of each sample, the most significant first."""
    stream, image = made.stream, made.image
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
_GDCMCONV: Final = _program("GDCM", gdcmconv.TOOL, gdcmconv.command)


def _of_bits(decoder: Decoder, bits: frozenset[int]) -> Decoder:
    """A decoder for samples of so many bits only."""
    return decoder._replace(able=lambda made: made.image.BitsStored in bits and decoder.able(made))


_DCMDJPLS: Final = _of_bits(_program("DCMTK", dcmdjpls.TOOL, dcmdjpls.command), frozenset(range(8, 17)))
"""dcmdjpls refuses sound JPEG-LS of 2 to 7 bits (measured with 3.6.7)"""
_GDCMCONV_LS: Final = _of_bits(_GDCMCONV, frozenset(range(2, 17)) - {6, 7})
"""gdcmconv refuses sound JPEG-LS of 6 and of 7 bits, not of fewer (measured with 3.2.6)"""
_PILLOW: Final = Decoder("Pillow", _pillow_reads, _by_pillow)

DECODERS: Final[dict[str, tuple[Decoder, ...]]] = {
    "1.2.840.10008.1.2.5": (Decoder("dicomize", lambda _made: True, _by_ourselves),),
    "1.2.840.10008.1.2.4.70": (_DCMDJPEG, _GDCMCONV, _imagecodecs("jpeg8_decode")),
    "1.2.840.10008.1.2.4.80": (_DCMDJPLS, _GDCMCONV_LS, _imagecodecs("jpegls_decode")),
    "1.2.840.10008.1.2.4.90": (_PILLOW, _GDCMCONV, _imagecodecs("jpeg2k_decode")),
    "1.2.840.10008.1.2.4.201": (_PILLOW, _imagecodecs("jpeg2k_decode")),
    "1.2.840.10008.1.2.4.50": (_PILLOW, _DCMDJPEG),
    "1.2.840.10008.1.2.4.51": (_DCMDJPEG, _imagecodecs("jpeg8_decode")),
    "1.2.840.10008.1.2.4.81": (_DCMDJPLS, _GDCMCONV_LS, _imagecodecs("jpegls_decode")),
    "1.2.840.10008.1.2.4.91": (_PILLOW, _GDCMCONV, _imagecodecs("jpeg2k_decode")),
    "1.2.840.10008.1.2.4.203": (_PILLOW, _imagecodecs("jpeg2k_decode")),
}
"""transfer syntax -> decoders, in order of preference"""
