"""The one decode of JPEG 2000, HTJ2K and JPEG-LS, where uncompressed pixels are asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from dicomize.decoders import DECODED, DECODERS, ENCODED, Decoder, Frame
from dicomize.errors import DicomizeError, SourceDamaged, SourceUnsupported, ToolFailed, ToolMissing
from dicomize.model import CodestreamFacts, ColorModel, ImagePixel, Plan
from dicomize.pixeldata import write_element
from dicomize.planning.codestreams import SYNTAXES
from dicomize.planning.form import native_pixels
from dicomize.planning.shape import Shape
from dicomize.shaping import shaped
from dicomize.source.raster import Raster, to_srgb
from dicomize.wrappers.process import Command
from dicomize.wrappers.tool import Tools


class Encoded(NamedTuple):
    """A codestream, and the ICC profile that its colours are to be converted through; empty: they stay."""

    stream: bytes
    profile: bytes = b""


def pixels(plan: Plan, encoded: Encoded, scratch: Path, tools: Tools) -> bytes:
    """The samples of a codestream, shaped as the plan wants.

    Raises:
        SourceDamaged: it cannot be decoded.
        ToolMissing: nothing that reads it is installed.
        ToolFailed: a program does not do its work.
    """
    frame = _frame(plan, encoded.stream, scratch, tools)
    samples, image = _samples(plan, frame), frame.image
    raster = Raster(
        image.Columns, image.Rows, image.SamplesPerPixel, image.BitsStored, samples, profile=encoded.profile
    )
    if not encoded.profile:
        return shaped(plan, raster)
    try:
        return shaped(plan, to_srgb(raster))
    except SourceUnsupported as error:
        raise SourceUnsupported(f"{plan.source.path} {error.message}", error.remedy) from None


def _samples(plan: Plan, frame: Frame) -> bytes:
    """The samples as the first decoder gives them. None that is asked later replaces it: some fill what is missing."""
    first, *others = _decoders(plan, frame)
    try:
        return _by(first, plan, frame)
    except ToolFailed as error:
        said = error.message.replace(f": {frame.scratch / ENCODED}", "")
        # a program that fails may have its own reasons, but not two of them
        if not all(_decodes(other, plan, frame) for other in others):
            raise _damaged(plan, said) from None
        raise ToolFailed(f"{plan.source.path} cannot be decoded: {said}", error.remedy, error.invocation) from None


def _by(decoder: Decoder, plan: Plan, frame: Frame) -> bytes:
    try:
        samples = decoder.samples(frame)
    except DicomizeError:
        raise
    except Exception as error:  # noqa: BLE001 - decoders raise what they like
        raise _damaged(plan, f"{decoder.name} says: {error}") from None
    if len(samples) != frame.image.native_length:
        raise ToolFailed(
            f"{decoder.name} decodes {plan.source.path} to {len(samples)} bytes, not {frame.image.native_length}"
        )
    return samples


def _decodes(decoder: Decoder, plan: Plan, frame: Frame) -> bool:
    try:
        _by(decoder, plan, frame)
    except (ToolFailed, SourceDamaged):
        return False
    return True


def _damaged(plan: Plan, said: str) -> SourceDamaged:
    return SourceDamaged(f"{plan.source.path} cannot be decoded: {said}", "get the original file again")


def commands(plan: Plan, scratch: Path, tools: Tools) -> tuple[Command, ...]:
    """The exact commands that `pixels` would run."""
    program = _decoders(plan, _frame(plan, b"", scratch, tools))[0].program
    if program is None:
        return ()
    return (program.command(tools.require(program.tool), scratch / ENCODED, scratch / DECODED),)


def _decoders(plan: Plan, frame: Frame) -> list[Decoder]:
    able = [d for d in DECODERS[_syntax(plan)] if d.able(frame)]
    if not able:
        raise ToolMissing(
            f"nothing that decodes {plan.source.format} is installed",
            "install DCMTK, python-gdcm, or dicomize[codecs]; or store it as it is",
        )
    return able


def _facts(plan: Plan) -> CodestreamFacts:
    if plan.source.codestream is None:
        raise AssertionError("no codestream")
    return plan.source.codestream


def _syntax(plan: Plan) -> str:
    return SYNTAXES[_facts(plan).kind, _facts(plan).lossless]


def _frame(plan: Plan, stream: bytes, scratch: Path, tools: Tools) -> Frame:
    image = native_pixels(plan.source, Shape(), grey=plan.color is ColorModel.MONOCHROME)
    if _facts(plan).transformed:
        image = replace(image, PhotometricInterpretation="YBR_RCT" if _facts(plan).lossless else "YBR_ICT")

    def write(file: BinaryIO) -> None:
        _write(file, _syntax(plan), image, stream)

    return Frame(stream, image, plan.SOPClassUID, write, scratch, tools)


def _write(file: BinaryIO, syntax: str, image: ImagePixel, stream: bytes) -> None:
    """The smallest data set that programs take for a picture."""
    from pydicom import Dataset  # noqa: PLC0415 - few pictures come here
    from pydicom.dataset import FileMetaDataset  # noqa: PLC0415 - as above
    from pydicom.uid import UID, SecondaryCaptureImageStorage  # noqa: PLC0415 - as above

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, "2.25.1"
    for keyword in (
        "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "Rows", "Columns", "BitsAllocated",
        "BitsStored", "HighBit", "PixelRepresentation",
    ):  # fmt: skip
        if (value := getattr(image, keyword)) is not None:
            setattr(dataset, keyword, value)
    dataset.save_as(file, enforce_file_format=True)
    write_element(file, (stream,), "OB", encapsulated=True)
