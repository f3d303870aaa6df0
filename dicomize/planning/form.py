"""How the picture will be stored: transfer syntax, Image Pixel attributes, steps; or why it cannot be."""

from __future__ import annotations

from dicomize.errors import MetadataError, SourceUnsupported, UsageError
from dicomize.jpeg.orientation import can_turn, turned_size
from dicomize.metadata.iod import SOPClass
from dicomize.model import ColorModel, ConversionRequest, ImagePixel, JpegFacts, SourceImage, Step, StepKind
from dicomize.records import dataclass
from dicomize.source.opening import Described

EXPLICIT = "1.2.840.10008.1.2.1"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
WRITTEN = frozenset({EXPLICIT, JPEG_BASELINE, JPEG_EXTENDED})
_TRANSFER_SYNTAXES = {"": "as-is", "as-is": "as-is", "explicit": "explicit", EXPLICIT: "explicit"}

_REWRITE = "rewrite it without loss first: jpegtran -copy all OLD.jpg > NEW.jpg"
_LOSSY_COPY = "give a baseline JPEG made from it, if losing bits is acceptable"
_REFUSED_PROCESSES = {
    2: ("is a progressive JPEG (SOF2), which DICOM has retired", _REWRITE),
    3: ("is a lossless JPEG (SOF3), which this version cannot convert", _LOSSY_COPY),
    9: ("is an arithmetic-coded JPEG (SOF9), which DICOM has retired", _REWRITE),
    10: ("is a progressive arithmetic-coded JPEG (SOF10), which DICOM has retired", _REWRITE),
    11: ("is a lossless arithmetic-coded JPEG (SOF11), which DICOM has retired", _LOSSY_COPY),
}
"""n of SOFn -> what it is, what to do; DICOM's processes are in PS3.5 A.4.1"""


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
    if sof not in {0, 1}:
        what, remedy = _REFUSED_PROCESSES.get(
            sof, (f"is a hierarchical JPEG (SOF{sof}), which DICOM has retired", _LOSSY_COPY)
        )
        raise SourceUnsupported(f"{source.path} {what}", remedy)
    if source.bits not in ({8} if sof == 0 else {8, 12}):
        raise SourceUnsupported(
            f"{source.path} states {source.bits} bits a sample, which its process (SOF{sof}) lacks",
            "get the original file again",
        )
    if source.Rows == 0:
        raise SourceUnsupported(
            f"{source.path} gives its height behind the picture (DNL)",
            "have it written anew with the height in front, where DICOM decoders look for it",
        )
    if source.SamplesPerPixel not in {1, 3}:
        what = "holds CMYK colours" if source.SamplesPerPixel == 4 else f"has {source.SamplesPerPixel} components"
        raise SourceUnsupported(f"{source.path} {what}, which DICOM does not know", "convert it to RGB or YCbCr first")


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
    if transfer_syntax_of(request) == "explicit":
        return _decoded(source, turn, color)
    return _as_is(described, sop, turn, color)


def require_depth(source: SourceImage, sop: SOPClass) -> None:
    if sop.visible_light and source.bits != 8:
        raise SourceUnsupported(
            f"{source.path} has {source.bits} bits a sample, but a {sop.title} holds 8 (PS3.3 C.8.12.1)", "use --as sc"
        )


def transfer_syntax_of(request: ConversionRequest) -> str:
    """as-is or explicit, by the option or the site profile."""
    name = request.transfer_syntax or request.site.transfer_syntax
    if name in _TRANSFER_SYNTAXES:
        return _TRANSFER_SYNTAXES[name]
    if request.transfer_syntax:
        raise UsageError(f"--transfer-syntax {name!r} is not known", "choose as-is or explicit")
    raise MetadataError(f"transfer_syntax {name!r} of the site profile is not known", "choose as-is or explicit")


def turn_of(request: ConversionRequest, source: SourceImage) -> int:
    """The Exif orientation to undo."""
    return 1 if request.keep_orientation else source.exif.Orientation


def clean_step(source: SourceImage) -> Step:
    carried = ", ".join(dict.fromkeys(r.name for r in source.residue))
    return Step(StepKind.CLEAN, f"leave out {carried}" if carried else "nothing besides the picture")


def turn_step(orientation: int) -> Step:
    return Step(StepKind.TURN, f"Exif Orientation {orientation}", orientation)


def _decoded(source: SourceImage, turn: int, color: ColorModel) -> Form:
    steps = [clean_step(source), Step(StepKind.DECODE, "--transfer-syntax explicit")]
    if turn != 1:
        steps.append(turn_step(turn))
    return Form(EXPLICIT, native_pixels(source, turn, grey=color is ColorModel.MONOCHROME), tuple(steps), color)


def native_pixels(source: SourceImage, turn: int, *, grey: bool) -> ImagePixel:
    """Uncompressed pixels: grey or RGB, as deep as the source."""
    rows, columns = turned_size(source.Rows, source.Columns, turn)
    return ImagePixel(
        SamplesPerPixel=1 if grey else 3,
        PhotometricInterpretation="MONOCHROME2" if grey else "RGB",
        Rows=rows,
        Columns=columns,
        BitsAllocated=8 if source.bits == 8 else 16,
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
    if sop.visible_light and color is ColorModel.RGB:
        raise SourceUnsupported(
            f"{source.path} holds RGB, but a lossy JPEG in a {sop.title} must hold YCbCr (PS3.3 C.8.12.1.1.1)",
            "store it decoded with --transfer-syntax explicit, or use --as sc",
        )
    steps = [clean_step(source)]
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
    return Form(JPEG_BASELINE if source.jpeg.sof == 0 else JPEG_EXTENDED, image, tuple(steps), color)
