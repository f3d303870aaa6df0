"""How the picture will be stored: transfer syntax, Image Pixel attributes, steps; or why it cannot be."""

from __future__ import annotations

from dataclasses import replace

from dicomize.errors import SourceUnsupported
from dicomize.metadata.iod import SOP_CLASSES, SOPClass
from dicomize.model import NATIVE as NATIVE_UIDS
from dicomize.model import ColorModel, ConversionRequest, ImagePixel, JpegFacts, SourceImage, Step, StepKind
from dicomize.planning.shape import Shape, among_coefficients, shape_of
from dicomize.planning.syntaxes import NATIVE, SYNTAXES, TransferSyntax, transfer_syntax_of
from dicomize.records import dataclass
from dicomize.source.opening import Described

JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57"
JPEG_LOSSLESS_SV1 = "1.2.840.10008.1.2.4.70"
WRITTEN = NATIVE_UIDS | {s.UID for s in SYNTAXES} | {JPEG_BASELINE, JPEG_EXTENDED, JPEG_LOSSLESS, JPEG_LOSSLESS_SV1}

_LOSSY_COPY = "give a baseline JPEG made from it, if losing bits is acceptable"
_AGAIN = "get the original file again"
PROCESSES = {
    0: ("", frozenset({8})),
    1: ("", frozenset({8, 12})),
    2: ("progressive", frozenset({8, 12})),
    3: ("", frozenset(range(2, 17))),
    9: ("arithmetic-coded", frozenset({8})),
    10: ("progressive and arithmetic-coded", frozenset({8})),
}
"""n of SOFn -> what DICOM has retired about it, and the bits a sample; DICOM's processes are in PS3.5 A.4.1"""


_MOST_BLOCKS = 10
"""in an MCU (T.81 B.2.3)"""


@dataclass(frozen=True, slots=True)
class Form:
    """How the picture will be stored."""

    TransferSyntaxUID: str
    image: ImagePixel
    steps: tuple[Step, ...]
    color: ColorModel
    """what the samples of the source are taken for"""
    notes: tuple[str, ...] = ()
    """sentences the user should read"""


def refuse_process(source: SourceImage, jpeg: JpegFacts) -> None:
    sof = jpeg.sof
    if sof not in PROCESSES:
        what = "lossless arithmetic-coded" if sof == 11 else "hierarchical"
        raise SourceUnsupported(f"{source.path} is a {what} JPEG (SOF{sof}), which DICOM has retired", _LOSSY_COPY)
    if source.bits not in PROCESSES[sof][1]:
        raise SourceUnsupported(
            f"{source.path} states {source.bits} bits a sample, which its process (SOF{sof}) lacks here", _AGAIN
        )
    if source.Rows == 0:
        raise SourceUnsupported(f"{source.path} states its height nowhere", _AGAIN)
    if source.SamplesPerPixel not in {1, 3, 4}:
        what = f"has {source.SamplesPerPixel} components"
        raise SourceUnsupported(f"{source.path} {what}, which DICOM does not know", "convert it to RGB or YCbCr first")
    blocks = sum(h * v for h, v in jpeg.sampling) if source.SamplesPerPixel > 1 else 1
    if blocks > _MOST_BLOCKS and PROCESSES[sof][0]:
        raise SourceUnsupported(
            f"{source.path} is {PROCESSES[sof][0]} with {blocks} blocks in an MCU, and a baseline scan holds {_MOST_BLOCKS}",
            "save it again as baseline JPEG, or as PNG",
        )
    if sof == 3 and (source.SamplesPerPixel == 4 or len(set(jpeg.sampling)) > 1):
        raise SourceUnsupported(
            f"{source.path} is a lossless JPEG of subsampled or CMYK colours, which DICOM does not know", _LOSSY_COPY
        )
    if source.SamplesPerPixel == 4:
        _require_inks(source)


def _require_inks(source: SourceImage) -> None:
    """CMYK can be understood, and decoded here."""
    if not source.icc:
        raise SourceUnsupported(
            f"{source.path} holds CMYK colours without an ICC profile that says what they look like",
            "convert it to RGB with the program that it comes from",
        )
    if source.bits != 8:
        raise SourceUnsupported(
            f"{source.path} holds CMYK colours of {source.bits} bits, which nothing here reads", _AGAIN
        )


def color_of(request: ConversionRequest, source: SourceImage) -> ColorModel:
    if source.SamplesPerPixel == 3 and request.jpeg_color is not None:
        return request.jpeg_color
    if source.color is ColorModel.AMBIGUOUS:
        raise SourceUnsupported(
            f"{source.path} numbers its components 'R','G','B' but codes them as YCbCr, so its colours are in doubt",
            "look at it and say which it is: --jpeg-color ycbcr or --jpeg-color rgb",
        )
    return source.color


def form_of(request: ConversionRequest, described: Described, sop: SOPClass, color: ColorModel) -> Form:
    """The form of a JPEG: the stream itself where that can be, else decoded and not compressed, which loses nothing."""
    source = described.image
    require_depth(source, sop)
    shape = shape_of(request, source)
    wanted = transfer_syntax_of(request)
    if source.SamplesPerPixel == 4 or converts(request, source):
        why = "DICOM has no form for CMYK" if source.SamplesPerPixel == 4 else "--icc srgb"
        form = _decoded(source, shape, color, wanted or NATIVE, why, convert=True)
        return compressed(form, wanted or NATIVE, source, sop)
    own = _own_stream(request, described, sop, color, shape)
    if wanted is None and isinstance(own, Form):
        return own
    if wanted is not None:
        if isinstance(own, Form) and _is_wanted(own, wanted, source):
            return own
        form = _decoded(source, shape, color, wanted, f"--transfer-syntax {wanted.name}")
        return compressed(form, wanted, source, sop)
    return instead(
        _decoded(source, shape, color, NATIVE, str(own)), source, str(own), trim=not request.geometry.trim_edges
    )


def instead(form: Form, source: SourceImage, why: str, *, trim: bool = False) -> Form:
    """A decoded form, with the note on why the stream is not stored as it is.

    Args:
        trim: whether incomplete blocks may be what is in the way, and could be given up.
    """
    turned = any(s.kind in {StepKind.TURN, StepKind.CROP} for s in form.steps)
    choice = "; --trim-edges gives up the incomplete blocks instead" if trim and turned and "block" in why else ""
    note = f"{source.path} {why}, so it is decoded and stored uncompressed{choice}"
    return replace(form, notes=(*form.notes, note))


def _own_stream(
    request: ConversionRequest, described: Described, sop: SOPClass, color: ColorModel, shape: Shape
) -> Form | str:
    """The form of the JPEG without decoding it, or a clause on why that cannot be."""
    if described.image.jpeg is not None and described.image.jpeg.sof == 3:
        return _lossless(described.image, sop, shape, color)
    return _as_is(described, sop, color, shape, trim=request.geometry.trim_edges)


def _is_wanted(own: Form, wanted: TransferSyntax, source: SourceImage) -> bool:
    """Whether the stream is compressed in the way that is asked for: once is enough."""
    lossless = source.jpeg is not None and source.jpeg.sof == 3
    return own.TransferSyntaxUID == wanted.UID and (bool(wanted.method) or lossless)


def compressed(form: Form, wanted: TransferSyntax, source: SourceImage, sop: SOPClass) -> Form:
    """The form of decoded pixels that a backend compresses, where the transfer syntax wants that.

    Raises:
        SourceUnsupported: it does not hold so many bits.
    """
    if not wanted.compresses:
        return form
    image = form.image
    if wanted.bits and image.BitsStored not in wanted.bits:
        holds = " or ".join(map(str, sorted(wanted.bits)))
        raise SourceUnsupported(
            f"{source.path} has {image.BitsStored} bits a sample, and {wanted.name} holds {holds}",
            "choose another --transfer-syntax",
        )
    if image.SamplesPerPixel == 3:
        image = replace(image, PhotometricInterpretation=wanted.label(transformed=bool(sop.coded_colors)))
    number = f":{wanted.parameter}" if wanted.parameter else ""
    step = Step(StepKind.COMPRESS, f"--transfer-syntax {wanted.name}{number}", wanted.parameter)
    return replace(form, image=image, steps=(*form.steps, step))


def require_depth(source: SourceImage, sop: SOPClass) -> None:
    """Raises SourceUnsupported where the SOP class has no pixels of that kind and depth."""
    grey = source.color is ColorModel.MONOCHROME
    if source.bits in sop.bits(grey=grey):
        return
    kind = "grey" if grey else "colour"
    takers = dict.fromkeys(c.name for c in SOP_CLASSES if source.bits in c.bits(grey=grey))
    raise SourceUnsupported(
        f"{source.path} holds {kind} of {source.bits} bits a sample, but {sop.one} holds {_held(sop)} "
        f"({sop.reference})",
        f"use --as {', '.join(takers)}",
    )


def _held(sop: SOPClass) -> str:
    """The pixels that a SOP class has, for people."""
    kinds = [kind for kind, bits in (("grey", sop.grey), ("colour", sop.color)) if bits]
    bits = sop.grey or sop.color
    return f"{' and '.join(kinds)} of {bits[0]}{f' to {bits[-1]}' if len(bits) > 1 else ''}"


def clean_step(source: SourceImage) -> Step:
    carried = ", ".join(dict.fromkeys(r.name for r in source.residue))
    return Step(StepKind.CLEAN, f"leave out {carried}" if carried else "nothing besides the picture")


def _first_steps(source: SourceImage) -> list[Step]:
    """Clean, and code anew what DICOM has retired."""
    steps = [clean_step(source)]
    retired = PROCESSES[source.jpeg.sof][0] if source.jpeg else ""
    if retired:
        steps.append(Step(StepKind.REWRITE, f"{retired}, which DICOM has retired; the coefficients stay"))
    return steps


def convert_step(source: SourceImage) -> Step:
    inks = "CMYK" if source.SamplesPerPixel == 4 else "RGB"
    # its description is somebody's text, and this goes into the result
    return Step(StepKind.CONVERT, f"{inks} to sRGB through its ICC profile")


def converts(request: ConversionRequest, source: SourceImage) -> bool:
    """Whether colours are to become sRGB by their profile, which takes decoding.

    Raises:
        SourceUnsupported: nothing here converts samples of such depth.
    """
    if request.icc != "srgb" or not source.icc or source.color is ColorModel.MONOCHROME:
        return False
    if source.bits != 8:
        raise SourceUnsupported(
            f"{source.path} has {source.bits} bits a sample, and colours of 8 are converted here", "use --icc keep"
        )
    return True


def _decoded(
    source: SourceImage, shape: Shape, color: ColorModel, wanted: TransferSyntax, why: str, *, convert: bool = False
) -> Form:
    steps = [*_first_steps(source), Step(StepKind.DECODE, why)]
    if convert:
        steps.append(convert_step(source))
    steps += shape.steps()
    return Form(wanted.UID, native_pixels(source, shape, grey=color is ColorModel.MONOCHROME), tuple(steps), color)


def native_pixels(source: SourceImage, shape: Shape, *, grey: bool) -> ImagePixel:
    """Uncompressed pixels: grey or RGB, as deep as the source."""
    rows, columns = shape.size(source)
    return ImagePixel(
        SamplesPerPixel=1 if grey else 3,
        PhotometricInterpretation="MONOCHROME2" if grey else "RGB",
        Rows=rows,
        Columns=columns,
        BitsAllocated=8 if source.bits <= 8 else 16,
        BitsStored=source.bits,
        PlanarConfiguration=None if grey else 0,
    )


_STORED_AS = {
    ColorModel.MONOCHROME: "MONOCHROME2",
    # whatever the subsampling really is (PS3.5 8.2.1)
    ColorModel.YCBCR: "YBR_FULL_422",
    ColorModel.RGB: "RGB",
}


def _as_is(described: Described, sop: SOPClass, color: ColorModel, wanted: Shape, *, trim: bool) -> Form | str:
    source, jpeg = described.image, described.jpeg
    if jpeg is None or source.jpeg is None:
        raise AssertionError("no JPEG")
    if sop.coded_colors and color is ColorModel.RGB:
        return f"holds RGB, and a lossy JPEG in {sop.one} must hold YCbCr ({sop.coded_colors})"
    shape = among_coefficients(wanted, source, jpeg, trim=trim)
    if isinstance(shape, str):
        return shape
    rows, columns = shape.size(source)
    image = ImagePixel(
        SamplesPerPixel=source.SamplesPerPixel,
        PhotometricInterpretation=_STORED_AS[color],
        Rows=rows,
        Columns=columns,
        BitsAllocated=8 if source.bits == 8 else 16,
        BitsStored=source.bits,
        PlanarConfiguration=None if source.SamplesPerPixel == 1 else 0,
    )
    baseline = source.jpeg.sof == 0 or (source.jpeg.sof > 1 and source.bits == 8 and not source.jpeg.wide)
    syntax = JPEG_BASELINE if baseline else JPEG_EXTENDED
    return Form(syntax, image, (*_first_steps(source), *shape.steps()), color, shape.notes)


def _lossless(source: SourceImage, sop: SOPClass, shape: Shape, color: ColorModel) -> Form | str:
    if sop.coded_colors and color is ColorModel.YCBCR:
        return f"holds YCbCr, and a lossless JPEG in {sop.one} must hold RGB ({sop.coded_colors})"
    if any(shape.steps()):
        return "is a lossless JPEG, which cannot be changed without decoding"
    image = native_pixels(source, shape, grey=color is ColorModel.MONOCHROME)
    if color is ColorModel.YCBCR:
        image = replace(image, PhotometricInterpretation="YBR_FULL")
    syntax = JPEG_LOSSLESS_SV1 if source.jpeg and source.jpeg.predictor == 1 else JPEG_LOSSLESS
    return Form(syntax, image, (clean_step(source),), color)
