"""How JPEG 2000, HTJ2K and JPEG-LS are stored: as they are, under the transfer syntax and the colours they have; or decoded."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dicomize.metadata.iod import SOPClass
from dicomize.model import CodestreamFacts, ColorModel, ConversionRequest, SourceImage, Step, StepKind
from dicomize.planning.form import (
    Form,
    clean_step,
    compressed,
    convert_step,
    converts,
    instead,
    native_pixels,
    require_depth,
)
from dicomize.planning.shape import Shape, shape_of
from dicomize.planning.syntaxes import NATIVE, TransferSyntax, transfer_syntax_of
from dicomize.source.described import require_decodable

SYNTAXES: Final = {
    ("JPEG 2000", True): "1.2.840.10008.1.2.4.90",
    ("JPEG 2000", False): "1.2.840.10008.1.2.4.91",
    ("HTJ2K", True): "1.2.840.10008.1.2.4.201",
    ("HTJ2K", False): "1.2.840.10008.1.2.4.203",
    ("JPEG-LS", True): "1.2.840.10008.1.2.4.80",
    ("JPEG-LS", False): "1.2.840.10008.1.2.4.81",
}
"""kind, whether it is lossless -> transfer syntax (PS3.5 A.4.3, A.4.4, 10.18)"""
CODESTREAMS: Final = frozenset(SYNTAXES.values())


def codestream_form(
    request: ConversionRequest, source: SourceImage, codestream: CodestreamFacts, sop: SOPClass
) -> Form:
    """The form of a codestream: itself where that can be, else decoded.

    Raises:
        SourceUnsupported: it has no place in the IOD, or is too large to be decoded.
    """
    require_depth(source, sop)
    shape, wanted = shape_of(request, source), transfer_syntax_of(request)
    own = "--icc srgb" if converts(request, source) else _own(source, codestream, sop, shape)
    if isinstance(own, Form) and (wanted is None or own.TransferSyntaxUID == wanted.UID):
        return own
    if wanted is not None or converts(request, source):
        syntax = wanted or NATIVE
        why = f"--transfer-syntax {wanted.name}" if wanted else "--icc srgb"
        return compressed(_decoded(source, shape, syntax, why, convert=converts(request, source)), syntax, source, sop)
    return instead(_decoded(source, shape, NATIVE, str(own)), source, str(own))


def _own(source: SourceImage, codestream: CodestreamFacts, sop: SOPClass, shape: Shape) -> Form | str:
    """The form of the codestream itself, or a clause on why that cannot be."""
    if any(shape.steps()):
        return f"is {codestream.kind}, which cannot be changed without decoding"
    colored = source.color is not ColorModel.MONOCHROME
    if sop.coded_colors and colored and codestream.kind != "JPEG-LS" and not codestream.transformed:
        return f"holds RGB, and {codestream.kind} in {sop.one} must hold YCbCr ({sop.coded_colors})"
    image = native_pixels(source, shape, grey=not colored)
    if colored and codestream.transformed:
        image = replace(image, PhotometricInterpretation="YBR_RCT" if codestream.lossless else "YBR_ICT")
    return Form(SYNTAXES[codestream.kind, codestream.lossless], image, (clean_step(source),), source.color)


def _decoded(source: SourceImage, shape: Shape, wanted: TransferSyntax, why: str, *, convert: bool = False) -> Form:
    require_decodable(source)
    converted = (convert_step(source),) if convert else ()
    steps = (clean_step(source), Step(StepKind.DECODE, why), *converted, *shape.steps())
    image = native_pixels(source, shape, grey=source.color is ColorModel.MONOCHROME)
    return Form(wanted.UID, image, steps, source.color)
