"""How the picture will be stored: transfer syntax, Image Pixel attributes, steps; or why it cannot be."""

from __future__ import annotations

from dataclasses import replace

from dicomize.errors import SourceUnsupported
from dicomize.jpeg.orientation import can_turn, turned_size
from dicomize.metadata.iod import SOP_CLASSES, SOPClass
from dicomize.model import NATIVE as NATIVE_UIDS
from dicomize.model import ColorModel, ConversionRequest, ImagePixel, JpegFacts, SourceImage, Step, StepKind
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


@dataclass(frozen=True, slots=True)
class Form:
    """How the picture will be stored."""

    TransferSyntaxUID: str
    image: ImagePixel
    steps: tuple[Step, ...]
    color: ColorModel
    """what the samples of the source are taken for"""


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
    """The form of a JPEG."""
    source = described.image
    require_depth(source, sop)
    turn = turn_of(request, source)
    wanted = transfer_syntax_of(request)
    if source.SamplesPerPixel == 4:
        form = _decoded(source, turn, color, wanted or NATIVE, "DICOM has no form for CMYK")
        return compressed(form, wanted or NATIVE, source, sop)
    if wanted is not None and not _is_already(source, wanted, turn):
        form = _decoded(source, turn, color, wanted, f"--transfer-syntax {wanted.name}")
        return _own_stream(described, sop, color, wanted, turn) or compressed(form, wanted, source, sop)
    if source.jpeg is not None and source.jpeg.sof == 3:
        return _lossless(source, sop, turn, color)
    return _as_is(described, sop, turn, color)


def _is_already(source: SourceImage, wanted: TransferSyntax, turn: int) -> bool:
    """Whether the stream itself is in the transfer syntax, and can stay as it is."""
    jpeg = source.jpeg
    return jpeg is not None and jpeg.sof == 3 and jpeg.predictor == 1 and wanted.UID == JPEG_LOSSLESS_SV1 and turn == 1


def _own_stream(
    described: Described, sop: SOPClass, color: ColorModel, wanted: TransferSyntax, turn: int
) -> Form | None:
    """The JPEG as it is, where that is lossy compression of the kind that is asked for: once is enough."""
    if not wanted.method or described.image.jpeg is None or described.image.jpeg.sof == 3:
        return None
    try:
        form = _as_is(described, sop, turn, color)
    except SourceUnsupported:
        return None
    return form if form.TransferSyntaxUID == wanted.UID else None


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


def turn_of(request: ConversionRequest, source: SourceImage) -> int:
    """The Exif orientation to undo."""
    return 1 if request.keep_orientation else source.exif.Orientation


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


def turn_step(orientation: int) -> Step:
    return Step(StepKind.TURN, f"Exif Orientation {orientation}", orientation)


def _decoded(source: SourceImage, turn: int, color: ColorModel, wanted: TransferSyntax, why: str) -> Form:
    steps = [*_first_steps(source), Step(StepKind.DECODE, why)]
    if source.SamplesPerPixel == 4:
        steps.append(Step(StepKind.CONVERT, f"CMYK to sRGB through the ICC profile {source.icc!r}"))
    if turn != 1:
        steps.append(turn_step(turn))
    return Form(wanted.UID, native_pixels(source, turn, grey=color is ColorModel.MONOCHROME), tuple(steps), color)


def native_pixels(source: SourceImage, turn: int, *, grey: bool) -> ImagePixel:
    """Uncompressed pixels: grey or RGB, as deep as the source."""
    rows, columns = turned_size(source.Rows, source.Columns, turn)
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


def _as_is(described: Described, sop: SOPClass, turn: int, color: ColorModel) -> Form:
    source, jpeg = described.image, described.jpeg
    if jpeg is None or source.jpeg is None:
        raise AssertionError("no JPEG")
    if sop.coded_colors and color is ColorModel.RGB:
        raise SourceUnsupported(
            f"{source.path} holds RGB, but a lossy JPEG in {sop.one} must hold YCbCr ({sop.coded_colors})",
            "store it decoded with --transfer-syntax explicit, or use --as sc",
        )
    steps = _first_steps(source)
    if not can_turn(jpeg, 1) and len(steps) > 1:
        raise SourceUnsupported(f"{source.path} has more blocks in an MCU than one scan can hold", _LOSSY_COPY)
    if turn != 1:
        if not can_turn(jpeg, turn):
            width, height = jpeg.frame.mcu
            raise SourceUnsupported(
                f"{source.path} must be turned (Exif Orientation {turn}), which is exact only where the mirrored edges "
                f"are whole blocks of {width}x{height}, and the picture measures {source.Columns}x{source.Rows}",
                "store it decoded with --transfer-syntax explicit, or as it lies with --keep-orientation",
            )
        steps.append(turn_step(turn))
    rows, columns = turned_size(source.Rows, source.Columns, turn)
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
    return Form(JPEG_BASELINE if baseline else JPEG_EXTENDED, image, tuple(steps), color)


def _lossless(source: SourceImage, sop: SOPClass, turn: int, color: ColorModel) -> Form:
    if sop.coded_colors and color is ColorModel.YCBCR:
        raise SourceUnsupported(
            f"{source.path} holds YCbCr, but a lossless JPEG in {sop.one} must hold RGB ({sop.coded_colors})",
            "store it decoded with --transfer-syntax explicit, or use --as sc",
        )
    if turn != 1:
        raise SourceUnsupported(
            f"{source.path} must be turned (Exif Orientation {turn}), which a lossless JPEG cannot be without decoding",
            "store it decoded with --transfer-syntax explicit, or as it lies with --keep-orientation",
        )
    image = native_pixels(source, turn, grey=color is ColorModel.MONOCHROME)
    if color is ColorModel.YCBCR:
        image = replace(image, PhotometricInterpretation="YBR_FULL")
    syntax = JPEG_LOSSLESS_SV1 if source.jpeg and source.jpeg.predictor == 1 else JPEG_LOSSLESS
    return Form(syntax, image, (clean_step(source),), color)
