"""Multi-frame Single Bit Secondary Capture: when black and white is stored as one bit a pixel (PS3.3 A.8.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dicomize.errors import SourceUnsupported
from dicomize.model import NATIVE, Alpha, StepKind
from dicomize.planning.shape import shape_of
from dicomize.planning.syntaxes import transfer_syntax_of

if TYPE_CHECKING:
    from dicomize.metadata.iod import SOPClass
    from dicomize.model import ConversionRequest, SourceImage
    from dicomize.source.opening import Described


def is_single_bit(sop: SOPClass) -> bool:
    """Whether the SOP class holds single bits, and nothing else."""
    return sop.grey == (1,)


def bits_of(request: ConversionRequest, pictures: Sequence[Described]) -> int:
    """Bits of a sample that choose the SOP class: 1 where single bits can be stored, those of the source elsewhere."""
    sources = [picture.image for picture in pictures]
    return sources[0].bits if any(_unfit(request, s, len(sources)) for s in sources) else 1


def single_bit(request: ConversionRequest, source: SourceImage, sop: SOPClass) -> SourceImage:
    """The source with the depth that it has in the SOP class.

    Raises:
        SourceUnsupported: the SOP class, named by its UID, holds single bits, and the picture cannot be stored so.
    """
    if not is_single_bit(sop):
        return source
    if why := _unfit(request, source, 2 if request.multiframe else 1):
        raise SourceUnsupported(f"{source.path} {why}, and {sop.one} holds single bits, uncompressed", "use --as mfsc")
    return replace(source, bits=1)


def _unfit(request: ConversionRequest, source: SourceImage, count: int) -> str:
    """Why a picture cannot be stored as single bits; empty where it can."""
    if not source.bilevel:
        return "has more than one bit a pixel"
    if source.alpha is Alpha.TRANSPARENT:
        return "is transparent in places"
    wanted = transfer_syntax_of(request)
    if wanted is not None and wanted.UID not in NATIVE:
        return "would be compressed"
    shape = shape_of(request, source)
    if any(step.kind is StepKind.SCALE for step in shape.steps()):
        return "would be scaled, which makes greys"
    rows, columns = shape.size(source)
    # frames follow each other without padding (PS3.5 8.1.1), and are made one by one here
    return "has frames that end within a byte" if count > 1 and rows * columns % 8 else ""
