"""The one decode of a JPEG, where uncompressed pixels are asked for: interleaved, rows from the top, little endian.

8 bits a sample by Pillow, which every installation has; what Pillow does not read, 12 bits and the lossless process, by
DCMTK's dcmdjpeg.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dicomize.errors import SourceDamaged, SourceUnsupported, ToolFailed
from dicomize.model import ColorModel, Plan
from dicomize.pixeldata import PixelDataError, joined, read_instance, write_element
from dicomize.shaping import shaped
from dicomize.source.raster import Raster, to_srgb
from dicomize.wrappers import dcmdjpeg
from dicomize.wrappers.process import Command, run
from dicomize.wrappers.tool import Tools

if TYPE_CHECKING:
    from PIL import Image

_JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
_JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57"


class Encoded(NamedTuple):
    """A cleaned stream, and the ICC profile that its colours are to be converted through; empty: they stay."""

    stream: bytes
    profile: bytes = b""


def decode(plan: Plan, encoded: Encoded, scratch: Path, tools: Tools) -> bytes:
    """The pixels of a cleaned stream, shaped as the plan wants, which is exact for every size.

    Raises:
        SourceDamaged: the stream cannot be decoded.
        SourceUnsupported: it is too large, or its colours cannot be understood.
        ToolMissing, ToolFailed: dcmdjpeg is needed, and is not there or does not do its work.
    """
    if _needs_dcmdjpeg(plan):
        return shaped(plan, _samples(_by_dcmdjpeg(plan, encoded.stream, scratch, tools), plan))
    picture = _by_pillow(plan, encoded.stream)
    raster = Raster(*picture.size, len(picture.getbands()), 8, picture.tobytes(), profile=encoded.profile)
    return shaped(plan, _converted(plan, raster) if encoded.profile else raster)


def commands(plan: Plan, scratch: Path, tools: Tools) -> tuple[Command, ...]:
    """The exact commands that `decode` would run."""
    if not _needs_dcmdjpeg(plan):
        return ()
    return (dcmdjpeg.command(tools.require(dcmdjpeg.TOOL), scratch / "encoded.dcm", scratch / "decoded.dcm"),)


def _needs_dcmdjpeg(plan: Plan) -> bool:
    """Whether Pillow does not read it."""
    return plan.source.bits != 8 or _lossless(plan)


def _converted(plan: Plan, raster: Raster) -> Raster:
    try:
        return to_srgb(raster)
    except SourceUnsupported as error:
        raise SourceUnsupported(f"{plan.source.path} {error.message}", error.remedy) from None


def _lossless(plan: Plan) -> bool:
    return plan.source.jpeg is not None and plan.source.jpeg.sof == 3


def _syntax(plan: Plan) -> str:
    return _JPEG_LOSSLESS if _lossless(plan) else _JPEG_EXTENDED


def _by_pillow(plan: Plan, stream: bytes) -> Image.Image:
    from PIL import Image  # noqa: PLC0415 - costs 30 ms, and most conversions decode nothing

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(stream), formats=("JPEG",)) as image:
                image.load()
                return image
    except Image.DecompressionBombError:
        raise SourceUnsupported(f"{plan.source.path} is too large to be decoded", "store it as it is") from None
    except OSError as error:
        raise SourceDamaged(f"{plan.source.path} cannot be decoded: {error}", "get the original file again") from None


def _by_dcmdjpeg(plan: Plan, stream: bytes, scratch: Path, tools: Tools) -> bytes:
    (command,) = commands(plan, scratch, tools)
    _write_encapsulated(plan, stream, scratch / "encoded.dcm")
    invocation = run(command, tools.timeout)
    try:
        decoded = read_instance(scratch / "decoded.dcm")
    except PixelDataError as error:
        raise ToolFailed(f"what dcmdjpeg wrote {error}", "", invocation) from None
    if decoded.pixels is None or decoded.pixels.encapsulated or decoded.dataset.get("PlanarConfiguration", 0) != 0:
        raise ToolFailed("dcmdjpeg wrote no interleaved pixels", "", invocation)
    return joined(decoded.path, decoded.pixels.fragments)


def _write_encapsulated(plan: Plan, stream: bytes, path: Path) -> None:
    """The stream in the smallest data set that dcmdjpeg takes."""
    from pydicom import Dataset  # noqa: PLC0415 - only 12-bit pictures come here
    from pydicom.dataset import FileMetaDataset  # noqa: PLC0415 - as above
    from pydicom.uid import UID  # noqa: PLC0415 - as above

    source = plan.source
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(_syntax(plan))
    dataset.SOPClassUID, dataset.SOPInstanceUID = plan.SOPClassUID, "2.25.1"
    dataset.SamplesPerPixel = source.SamplesPerPixel
    labels = {ColorModel.MONOCHROME: "MONOCHROME2", ColorModel.RGB: "RGB"}
    dataset.PhotometricInterpretation = labels.get(plan.color, "YBR_FULL" if _lossless(plan) else "YBR_FULL_422")
    if source.SamplesPerPixel > 1:
        dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = source.Rows, source.Columns
    allocated = 8 if source.bits <= 8 else 16
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = allocated, source.bits, source.bits - 1
    dataset.PixelRepresentation = 0
    with path.open("wb") as file:
        dataset.save_as(file, enforce_file_format=True)
        write_element(file, (stream,), "OB", encapsulated=True)


def _samples(pixels: bytes, plan: Plan) -> Raster:
    source, count = plan.source, plan.source.SamplesPerPixel
    raster = Raster(source.Columns, source.Rows, count, source.bits, pixels)
    expected = source.Rows * source.Columns * count * raster.depth
    if not expected <= len(pixels) <= expected + expected % 2:
        raise ToolFailed(f"dcmdjpeg wrote {len(pixels)} bytes of pixels, not {expected}")
    return raster._replace(data=pixels[:expected])
