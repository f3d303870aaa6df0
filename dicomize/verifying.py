"""A compressed picture is read back by another decoder than the one that belongs to its encoder, and must be the prepared one.

A toolkit that decodes what it wrote itself proves little: one fault may undo the other.
"""

from __future__ import annotations

import operator
from array import array
from pathlib import Path
from typing import Final, NamedTuple

from dicomize.decoders import DECODERS, Frame
from dicomize.errors import ToolFailed, ToolMissing
from dicomize.model import EncodedInstance, ImagePixel, Loss, Plan, PreparedImage
from dicomize.pixeldata import read_piece
from dicomize.source.raster import numbers_of
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
    if max(_numbers(samples, made)) >> made.image.BitsStored:
        raise _failed(encoded, f"{decoder.name} reads samples of more than {made.image.BitsStored} bits")
    loss = _loss(image.data, samples, made)
    if loss is None or loss.largest > _bound(plan):
        raise _failed(encoded, f"{decoder.name} reads back another picture than was given")
    levels = 1 << made.image.BitsStored
    if loss.mean > levels * _WORST:
        off = f"{loss.mean:.0f} of {levels} levels off on average"
        raise _failed(encoded, f"{decoder.name} reads back a picture that is {off}", _LESS)
    if abs(_shift(image.data, samples, made)) > max(_most_shift(plan), loss.mean * _ALL_ALIKE):
        raise _failed(encoded, f"{decoder.name} reads back a picture that became darker or brighter as a whole")
    return decoder.name, loss


_WORST: Final = 0.1
"""mean error, as a part of all levels, that is another picture and not a loss. A photo has 0.05 at JPEG's quality 1, and 0.16
with red and blue exchanged; noise in colours, which loses as much to subsampling, is refused as well"""
_LESS: Final = "ask for less compression, or try another backend"
_NEAR: Final = "1.2.840.10008.1.2.4.81"
_JPEG: Final = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})


def _bound(plan: Plan) -> int:
    """The error that no sample may exceed: near-lossless compression promises one."""
    return plan.loss if plan.TransferSyntaxUID == _NEAR else 2**plan.image.BitsStored


_DC_STEP: Final = 16
"""by which JPEG divides the mean of a block at quality 50, times eight (T.81 table K.1)"""


def _most_shift(plan: Plan) -> float:
    """The mean error with its sign, in levels, that rounding the mean of each block can have; of colours none is known."""
    levels = 1 << plan.image.BitsStored
    if plan.TransferSyntaxUID not in _JPEG or plan.image.SamplesPerPixel > 1:
        return levels
    scale = 50 / plan.loss if plan.loss < 50 else 2 - plan.loss / 50
    step = min(255 if plan.image.BitsStored == 8 else 32767, _DC_STEP * scale) / 8
    return levels / 200 + step / 2


_ALL_ALIKE: Final = 0.85
"""part of the mean error: of a picture that is darker as a whole all errors have one sign. Of text on white, whose overshoot is
cut off, 0.4 to 0.7 of them"""


def _shift(ours: bytes, theirs: bytes, made: Compressed) -> float:
    samples = _numbers(ours, made), _numbers(theirs, made)
    return (sum(samples[1]) - sum(samples[0])) / len(samples[0])


def _numbers(data: bytes, made: Compressed) -> array[int]:
    return array("B", data) if made.image.BitsAllocated == 8 else numbers_of(data)


def _loss(ours: bytes, theirs: bytes, made: Compressed) -> Loss | None:
    """None where they do not measure the same."""
    if len(ours) != len(theirs):
        return None
    errors = array("H", map(abs, map(operator.sub, _numbers(ours, made), _numbers(theirs, made))))
    ratio = len(ours) / len(made.frame().stream)
    return Loss(round(ratio, 2), max(errors), round(sum(errors) / len(errors), 4))


def _failed(encoded: EncodedInstance, why: str, remedy: str = "try another backend, and report this one") -> ToolFailed:
    invocation = encoded.invocations[-1] if encoded.invocations else None
    return ToolFailed(f"what the {encoded.backend} backend compressed was not kept: {why}", remedy, invocation)
