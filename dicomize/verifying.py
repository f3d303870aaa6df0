"""A compressed picture is read back by another decoder than the one that belongs to its encoder, and must be the prepared one.

A toolkit that decodes what it wrote itself proves little: one fault may undo the other.
"""

from __future__ import annotations

import operator
import sys
from array import array
from pathlib import Path
from typing import Final, NamedTuple

from dicomize.decoders import DECODERS, Frame
from dicomize.errors import ToolFailed, ToolMissing
from dicomize.model import EncodedInstance, ImagePixel, Loss, Plan, PreparedImage
from dicomize.pixeldata import read_piece
from dicomize.wrappers.tool import Tools
from dicomize.writing import WritableInstance


class Compressed(NamedTuple):
    """What is to be read back."""

    instance: WritableInstance
    image: ImagePixel
    SOPClassUID: str
    scratch: Path
    tools: Tools

    def frame(self) -> Frame:
        """As decoders are given it: of the canonical file, so that labels are looked at too."""
        (stream,) = self.instance.frames
        return Frame(read_piece(stream), self.image, self.SOPClassUID, self.instance.write, self.scratch, self.tools)


def verify(plan: Plan, image: PreparedImage, encoded: EncodedInstance, made: Compressed) -> tuple[str, Loss | None]:
    """The decoder that read the very samples that were prepared; of lossy compression, how far they are off.

    Raises:
        ToolMissing: nothing is installed that could, besides what compressed it.
        ToolFailed: it reads others, or none.
    """
    frame = made.frame()
    others = [d for d in DECODERS[plan.TransferSyntaxUID] if d.name != encoded.codec and d.able(frame)]
    if not others:
        raise ToolMissing(
            f"nothing but {encoded.codec or encoded.backend} itself could read back what the {encoded.backend} backend "
            "compressed, so the result would be unproven",
            "install another decoder: DCMTK, python-gdcm, or dicomize[codecs]",
        )
    decoder = others[0]
    try:
        samples = decoder.samples(frame)
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
    ratio = len(ours) / len(made.frame().stream)
    return Loss(round(ratio, 2), max(errors), round(sum(errors) / len(errors), 4))


def _failed(encoded: EncodedInstance, why: str) -> ToolFailed:
    invocation = encoded.invocations[-1] if encoded.invocations else None
    return ToolFailed(
        f"what the {encoded.backend} backend compressed was not kept: {why}",
        "try another backend, and report this one",
        invocation,
    )
