"""How decoded pixels will be stored, or why they cannot be: rasters have no stream that DICOM could take as it is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from dicomize.errors import SourceUnsupported, UsageError
from dicomize.metadata.iod import SOPClass
from dicomize.model import Alpha, ColorModel, ConversionRequest, SourceImage, Step, StepKind
from dicomize.planning.form import (
    Form,
    clean_step,
    compressed,
    convert_step,
    converts,
    native_pixels,
    require_depth,
)
from dicomize.planning.palettes import require_palette
from dicomize.planning.shape import Shape, shape_of
from dicomize.planning.syntaxes import NATIVE, transfer_syntax_of
from dicomize.source.described import LARGEST_DECODED

_COLORS: Final = {
    "black": 0x000000, "white": 0xFFFFFF, "grey": 0x808080, "gray": 0x808080, "red": 0xFF0000, "green": 0x008000,
    "blue": 0x0000FF, "yellow": 0xFFFF00, "cyan": 0x00FFFF, "magenta": 0xFF00FF,
}  # fmt: skip
"""the basic names of CSS"""


def raster_form(request: ConversionRequest, source: SourceImage, sop: SOPClass) -> Form:
    """The form of a picture whose pixels are decoded: as deep and as colourful as they are.

    Raises:
        SourceUnsupported: it has several frames, is transparent, or holds CMYK that nothing explains.
        UsageError: an option has no such choice.
    """
    wanted = transfer_syntax_of(request) or NATIVE
    if source.frames > 1:
        raise SourceUnsupported(
            f"{source.path} holds {source.frames} pictures",
            "choose one with --page N, or make all of them frames of one instance with --multiframe",
        )
    require_depth(source, sop)
    if source.color is ColorModel.CMYK and not source.icc:
        raise SourceUnsupported(
            f"{source.path} holds CMYK colours without an ICC profile that says what they look like",
            "convert it to RGB with the program that it comes from",
        )
    background = background_of(request, source)
    steps = [clean_step(source), Step(StepKind.DECODE, f"DICOM has no form for {source.format}")]
    if source.color is ColorModel.CMYK or converts(request, source):
        steps.append(convert_step(source))
    if source.alpha is Alpha.TRANSPARENT:
        steps.append(Step(StepKind.FLATTEN, f"--background #{background:06x}", background))
    shape = shape_of(request, source)
    steps += shape.steps()
    _require_whole(source, shape)
    image = native_pixels(source, shape, grey=source.color is ColorModel.MONOCHROME)
    if request.keep_palette:
        require_palette(source, sop, wanted, {step.kind for step in steps})
        steps.append(Step(StepKind.INDEX, "--keep-palette"))
        image = replace(image, SamplesPerPixel=1, PhotometricInterpretation="PALETTE COLOR", PlanarConfiguration=None)
    if source.bits == 1:
        steps.append(Step(StepKind.PACK, sop.title))
        image = replace(image, BitsAllocated=1)
    return compressed(Form(wanted.UID, image, tuple(steps), source.color), wanted, source, sop)


def _require_whole(source: SourceImage, shape: Shape) -> None:
    """What is turned or scaled must fit into memory as a whole; the rest of a large picture is done part by part."""
    rows, columns = (source.Rows, source.Columns) if shape.crop is None else (shape.crop.height, shape.crop.width)
    if rows * columns > LARGEST_DECODED and (shape.turn != 1 or shape.scale is not None):
        raise SourceUnsupported(
            f"{source.path} measures {columns} x {rows}, and at most {LARGEST_DECODED:,} pixels are turned or scaled",
            "store it as it lies with --keep-orientation, or take a part of it with --crop",
        )


def background_of(request: ConversionRequest, source: SourceImage) -> int:
    """The colour behind what is transparent, as 0xRRGGBB."""
    color = parse_color(request.background) if request.background else 0
    if source.alpha is not Alpha.TRANSPARENT:
        return color
    if not request.background:
        raise SourceUnsupported(
            f"{source.path} is transparent in places, and DICOM has no transparency",
            "say what is behind it: --background black, white, or #rrggbb",
        )
    if source.color is ColorModel.MONOCHROME and len(set(color.to_bytes(3, "big"))) > 1:
        raise UsageError(f"--background {request.background} is a colour, but {source.path} is grey", "choose a grey")
    return color


def parse_color(text: str) -> int:
    """0xRRGGBB of a name or #rrggbb.

    Raises:
        UsageError: it is neither.
    """
    word = text.strip().lower()
    if word in _COLORS:
        return _COLORS[word]
    if re.fullmatch("#[0-9a-f]{6}", word, re.ASCII):
        return int(word[1:], 16)
    raise UsageError(f"--background {text!r} is no colour", f"choose one of {', '.join(_COLORS)}, or write #rrggbb")
