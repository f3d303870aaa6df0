"""How JPEG 2000, HTJ2K and JPEG-LS are stored: as they are, under the transfer syntax and the colours they have."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dicomize.errors import SourceUnsupported
from dicomize.metadata.iod import SOPClass
from dicomize.model import CodestreamFacts, ColorModel, ConversionRequest, SourceImage
from dicomize.planning.form import Form, clean_step, native_pixels, require_depth
from dicomize.planning.syntaxes import transfer_syntax_of

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
    """The form of a codestream.

    Raises:
        SourceUnsupported: it would have to be decoded, or has no place in the IOD.
    """
    syntax = SYNTAXES[codestream.kind, codestream.lossless]
    wanted = transfer_syntax_of(request)
    if wanted is not None and syntax != wanted.UID:
        raise SourceUnsupported(
            f"{source.path} is {codestream.kind}, which this version stores as it is and does not decode",
            "leave --transfer-syntax out",
        )
    require_depth(source, sop)
    colored = source.color is not ColorModel.MONOCHROME
    if sop.coded_colors and colored and codestream.kind != "JPEG-LS" and not codestream.transformed:
        raise SourceUnsupported(
            f"{source.path} holds RGB, but {codestream.kind} in {sop.one} must hold YCbCr ({sop.coded_colors})",
            "use --as sc",
        )
    image = native_pixels(source, 1, grey=not colored)
    if colored and codestream.transformed:
        image = replace(image, PhotometricInterpretation="YBR_RCT" if codestream.lossless else "YBR_ICT")
    return Form(syntax, image, (clean_step(source),), source.color)
