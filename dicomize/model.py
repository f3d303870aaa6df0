"""The frozen vocabulary: what the steps of the pipeline hand to each other.

Every class is immutable and picklable. Names are DICOM's own terms where DICOM has one.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from dicomize.records import dataclass, field

# ---------------------------------------------------------------- the source


class ColorModel(StrEnum):
    """What the stored samples mean."""

    MONOCHROME = "monochrome"
    YCBCR = "YCbCr"
    RGB = "RGB"
    CMYK = "CMYK"
    YCCK = "YCCK"
    AMBIGUOUS = "ambiguous"


class Alpha(StrEnum):
    """What a channel of transparency says."""

    NONE = "none"
    OPAQUE = "opaque"
    """there is one, and it says that nothing shows through"""
    TRANSPARENT = "transparent"


@dataclass(frozen=True, slots=True)
class LossyStep:
    """One lossy compression that the picture went through (PS3.3 C.7.6.1.1.5)."""

    method: str
    """LossyImageCompressionMethod, or an empty string where DICOM has no term for it"""
    length: int
    """bytes of the compressed picture; the compression ratio is taken from it"""


@dataclass(frozen=True, slots=True)
class JpegFacts:
    """What the markers of a JPEG file say. Lengths are in bytes."""

    sof: int
    """n of SOFn (ITU-T T.81, table B.1)"""
    sampling: tuple[tuple[int, int], ...]
    """(horizontal, vertical) sampling factor of each component"""
    component_ids: tuple[int, ...]
    adobe_transform: int | None
    jfif: bool
    restart_interval: int
    scans: int
    clean_length: int
    """length of the stream once cleaned; the compression ratio is taken from it"""
    trailing: int
    """bytes behind EOI"""
    wide: bool = False
    """whether a quantization step exceeds 8 bits, which takes the extended process"""
    predictor: int = 0
    """of a lossless process: the one predictor of all scans (T.81 table H.1), or 0 where they differ"""


@dataclass(frozen=True, slots=True)
class CodestreamFacts:
    """What the headers of a codestream say that decides under which name it is stored."""

    kind: str
    """JPEG 2000, HTJ2K or JPEG-LS"""
    lossless: bool
    """whether nothing in the coding loses a bit"""
    transformed: bool
    """whether the colours are transformed within the stream (T.800 annex G)"""


@dataclass(frozen=True, slots=True)
class ExifFacts:
    """What Exif says that DICOM has a home for, or that must not leave. Empty string: absent."""

    Orientation: int = 1
    DateTimeOriginal: str = ""
    SubSecTimeOriginal: str = ""
    OffsetTimeOriginal: str = ""
    Make: str = ""
    Model: str = ""
    Software: str = ""
    exposure: tuple[tuple[str, str], ...] = ()
    """camera settings: keyword of the DICOM attribute, value"""
    private: tuple[str, ...] = ()
    """what identifies a place, a person or a device: GPS, serial numbers, owners, thumbnails"""
    problems: tuple[str, ...] = ()
    """sentences on what could not be read or makes no sense"""


@dataclass(frozen=True, slots=True)
class Residue:
    """Something that travels in the file besides the picture, and its length in bytes."""

    name: str
    length: int


@dataclass(frozen=True, slots=True)
class SourceImage:
    """An image file, described. Rows and Columns are as stored, before any turning."""

    path: Path
    sha256: str
    size: int
    modified: int
    """modification time, whole seconds since 1970-01-01 UTC"""
    format: str
    Rows: int
    Columns: int
    SamplesPerPixel: int
    bits: int
    color: ColorModel
    frames: int
    """pictures in the file"""
    jpeg: JpegFacts | None
    """of a JPEG file only"""
    exif: ExifFacts
    icc: str
    """the description in the ICC profile, or an empty string"""
    residue: tuple[Residue, ...]
    lossy: LossyStep | None = None
    """the lossy compression of the file itself; None where it is lossless, whatever was before"""
    alpha: Alpha = Alpha.NONE
    codestream: CodestreamFacts | None = None
    """of a file that is stored as it is, and is no JPEG"""
    palette: int = 0
    """entries of the palette that the file has; the samples described are the expanded ones"""
    notes: tuple[str, ...] = ()
    """sentences on what the file leaves in doubt"""
    page: int = 0
    """which picture of the file this is, from 1; 0: the file, of which the first picture may stand for all"""
    milliseconds: float | None = None
    """how long it is shown, in an animation"""
    bilevel: bool = False
    """nothing but black and white, by the depth or the palette of the file; `bits` is what it is spread over"""


# ---------------------------------------------------------------- the request


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of a picture, in pixels from its top left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column behind it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a picture is to lie, and what of it is to be seen.

    Rectangles are measured in the picture as it is looked at: upright, and turned and flipped as asked for here.
    """

    rotate: int = 0
    """degrees clockwise: 0, 90, 180, 270"""
    flip: str = ""
    """horizontal (left and right change places), vertical, or an empty string"""
    redact: tuple[Rectangle, ...] = ()
    """what is blackened"""
    crop: Rectangle | None = None
    """what is kept"""
    scale: str = ""
    """a percentage such as 50%, or a size such as 1024x768 that it is made to fit in; empty: as it is"""
    trim_edges: bool = False
    """give up incomplete blocks at the edges rather than decode a JPEG"""


@dataclass(frozen=True, slots=True)
class Redaction:
    """What a site blackens in all pictures of one kind of device and size."""

    name: str
    ManufacturerModelName: str
    """as Exif names the model"""
    Columns: int
    Rows: int
    """of the picture as it is looked at"""
    rectangles: tuple[Rectangle, ...]


class UIDMode(StrEnum):
    """Where UIDs come from (docs/metadata.md)."""

    DERIVED = "derived"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class CommandLine:
    """How a program of the site's own writes a picture (docs/sites.md); a form without a command is refused."""

    command: tuple[str, ...] = ()
    """for a compressed stream: the program, then arguments with placeholders"""
    raw_command: tuple[str, ...] = ()
    """for uncompressed pixels"""
    accepts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """keyword, and the only values of it that the program takes"""
    environment: tuple[tuple[str, str], ...] = ()
    """variables set beside those of this process"""
    version_args: tuple[str, ...] = ()
    """arguments that make it say its version; none: it is not asked"""
    version_pattern: str = r"(\d+(?:\.\d+)+)"
    """regular expression over what it then says; group 1 is the version"""


@dataclass(frozen=True, slots=True)
class ConfiguredBackend:
    """A backend that the site describes: another build of a toolkit, or a program of its own."""

    name: str
    type: str = ""
    """the registered backend that this is another build of; empty for a program of the site's own"""
    tools: tuple[tuple[str, Path], ...] = ()
    """all programs of the build: program, path"""
    timeout: float = 0.0
    """seconds that one run may take; 0: the site's"""
    line: CommandLine | None = None
    """the program of the site's own"""


@dataclass(frozen=True, slots=True)
class SiteProfile:
    """What one site wants of every conversion (docs/sites.md)."""

    name: str = ""
    backends: tuple[str, ...] = ()
    """order of preference; empty: the default order"""
    tools: tuple[tuple[str, Path], ...] = ()
    """program, explicit path"""
    attributes: tuple[tuple[str, str], ...] = ()
    """key, value, in the order of the file"""
    sop_class: str = ""
    transfer_syntax: str = ""
    character_set: str = ""
    """SpecificCharacterSet for text that ASCII cannot hold; empty: ISO_IR 192"""
    uids: UIDMode | None = None
    uid_root: str = ""
    uid_key: str = field(default="", repr=False)
    """secret that keys the derivation of UIDs; for programs, as no file may state it"""
    uid_key_env: str = ""
    """the environment variable that holds the secret"""
    timeout: float = 60.0
    """seconds that one run of a program may take"""
    configured: tuple[ConfiguredBackend, ...] = ()
    """backends that the site describes, in the order of the file"""
    redactions: tuple[Redaction, ...] = ()
    """what is blackened in pictures of certain devices"""
    require_no_text: bool = False
    """whether results in which text is found are refused"""
    imagemagick: bool = False
    """whether ImageMagick may read what nothing else here does"""
    requires: tuple[str, ...] = ()
    """versions that the site approved, such as "dcmtk == 3.6.7"; a conversion with another one is refused"""


@dataclass(frozen=True, slots=True)
class ImportedAttributes:
    """What one file has to say of a result: read once, whatever the number of pictures (docs/metadata.md)."""

    origin: str
    """the option and the file, such as "--dataset-from template.dcm" """
    attributes: tuple[tuple[str, str], ...]
    """key, value as it would be typed"""
    empty: tuple[str, ...] = ()
    """keys without a value, which take away none that is there"""
    character_set: str = ""
    """SpecificCharacterSet of the file, to be kept where it can hold every text"""
    first_number: int | None = None
    """InstanceNumber of the first picture of the call; further ones count on"""
    note: str = ""
    """a sentence on what was left out, and why"""


@dataclass(frozen=True, slots=True)
class ConversionRequest:
    """What the user asked for, of one source, before any decision is taken."""

    source: Path
    destination: Path
    page: int = 0
    """which picture of the source, from 1; 0: the only one"""
    multiframe: bool = False
    """all pictures of all sources of the call into one instance"""
    frame_time: str = ""
    """milliseconds from one frame to the next, or "file" for what an animation states; empty: frames are pages"""
    sop_class: str = ""
    transfer_syntax: str = ""
    imports: tuple[ImportedAttributes, ...] = ()
    """attributes from files, from the lowest word to the highest"""
    options: tuple[tuple[str, str], ...] = ()
    """named options: key, value"""
    keys: tuple[tuple[str, str], ...] = ()
    """-k: key, value; they have the last word"""
    backend: str = ""
    site: SiteProfile = field(default_factory=SiteProfile)
    uids: UIDMode | None = None
    uid_root: str = ""
    jpeg_color: ColorModel | None = None
    """the user's word on what the samples mean, where the file is ambiguous"""
    background: str = ""
    """colour behind what is transparent: a name, or #rrggbb"""
    keep_orientation: bool = False
    """store the picture as it is, whatever Exif says"""
    geometry: Geometry = field(default_factory=Geometry)
    icc: str = ""
    """what becomes of the ICC profile: keep (the default), srgb (colours are converted), drop"""
    keep_palette: bool = False
    """store the palette of a picture instead of expanding it"""
    require_no_text: bool = False
    """refuse a result in which text is found"""
    overwrite: bool = False
    strict: bool = True


# ---------------------------------------------------------------- the plan

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
NATIVE = frozenset({IMPLICIT, EXPLICIT, DEFLATED})
"""transfer syntaxes written here whose PixelData is not compressed by itself (PS3.5 A.1, A.2, A.5)"""

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Attribute:
    """One planned data element: its values (VM of them) or its items, and where they come from."""

    tag: int
    VR: str
    value: tuple[Value, ...]
    items: tuple[tuple[Attribute, ...], ...] = ()
    origin: str = ""
    """such as "IOD default", "Exif DateTimeOriginal", "--patient-id", "-k" """
    reference: str = ""
    """paragraph of the standard that wants it"""


@dataclass(frozen=True, slots=True)
class ImagePixel:
    """Image Pixel attributes of the result (PS3.3 C.7.6.3)."""

    SamplesPerPixel: int
    PhotometricInterpretation: str
    Rows: int
    Columns: int
    BitsAllocated: int
    BitsStored: int
    PlanarConfiguration: int | None
    """0 for colour, None for one sample a pixel"""
    HighBit: int = field(init=False)
    PixelRepresentation: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "HighBit", self.BitsStored - 1)

    @property
    def native_length(self) -> int:
        """Bytes of one uncompressed frame, before padding."""
        return (self.Rows * self.Columns * self.SamplesPerPixel * self.BitsAllocated + 7) // 8


class StepKind(StrEnum):
    """What prepare does to the picture, in this order."""

    CLEAN = "clean"
    REWRITE = "rewrite"
    """coded otherwise, with the same coefficients"""
    DECODE = "decode"
    CONVERT = "convert"
    """into sRGB, through the picture's own ICC profile"""
    FLATTEN = "flatten"
    REDACT = "redact"
    """blackened; nothing of the original is left there"""
    CROP = "crop"
    TURN = "turn"
    SCALE = "scale"
    INDEX = "index"
    """colours become numbers of a palette again"""
    PACK = "pack"
    """one bit a pixel, the first in the lowest bit (PS3.5 8.1.1)"""
    COMPRESS = "compress"
    """what the backend does with the decoded picture"""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of prepare.

    `parameter` is the Exif orientation to undo for TURN, the background as 0xRRGGBB for FLATTEN, and 0 otherwise.
    `rectangles` are what REDACT blackens and the one that CROP keeps, in the picture as it lies in the file, and the
    size that SCALE gives, at 0, 0.
    """

    kind: StepKind
    why: str
    parameter: int = 0
    rectangles: tuple[Rectangle, ...] = ()


@dataclass(frozen=True, slots=True)
class FramePlan:
    """What becomes of one of several pictures."""

    source: SourceImage
    color: ColorModel
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Every decision about one conversion, taken; nothing executed."""

    dicomize_version: str
    source: SourceImage
    destination: Path
    SOPClassUID: str
    TransferSyntaxUID: str
    image: ImagePixel
    color: ColorModel
    steps: tuple[Step, ...]
    attributes: tuple[Attribute, ...]
    """the data set without PixelData, in tag order"""
    backend: str
    """the backend the user named, or an empty string"""
    site: SiteProfile
    overwrite: bool
    strict: bool
    notes: tuple[str, ...]
    """sentences the user should read"""
    require_no_text: bool = False
    """look for text in the result, and refuse it where there is some"""
    frames: tuple[FramePlan, ...] = ()
    """of an instance made of several pictures, all of them; `source`, `color` and `steps` are those of the first"""

    @property
    def encapsulated(self) -> bool:
        """Whether PixelData holds a compressed stream (PS3.5 A.4)."""
        return self.TransferSyntaxUID not in NATIVE

    @property
    def decoded(self) -> bool:
        """Whether backends are given uncompressed samples; otherwise a JPEG stream."""
        return any(step.kind is StepKind.DECODE for step in self.steps)

    @property
    def compresses(self) -> bool:
        """Whether backends are to compress the samples that they are given."""
        return self.decoded and self.encapsulated

    @property
    def loss(self) -> int:
        """Quality, error bound, or ratio of the lossy compression that backends are to apply; 0: none."""
        return next((step.parameter for step in self.steps if step.kind is StepKind.COMPRESS), 0)


# ---------------------------------------------------------------- the result


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes in a file, which may be too many for memory."""

    path: Path
    offset: int
    length: int

    def read(self) -> bytes:
        """All of them."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.length)


Piece = bytes | Span
"""one frame: in memory, or where it lies in a file"""


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """The one clean image that every backend is given."""

    path: Path
    """a file in the scratch folder: image.jpg, or image.raw (interleaved, little endian, rows from the top)"""
    content: Piece
    """the same bytes, or all of that file where they are many"""
    image: ImagePixel
    TransferSyntaxUID: str

    @property
    def data(self) -> bytes:
        """The bytes, in memory."""
        return self.content.read() if isinstance(self.content, Span) else self.content

    @property
    def length(self) -> int:
        """How many there are."""
        return self.content.length if isinstance(self.content, Span) else len(self.content)


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a program; kept on failure too."""

    argv: tuple[str, ...]
    returncode: int
    """negative: the signal that ended it, as in subprocess"""
    stdout: str
    stderr: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ToolReport:
    """What is known of one program on this machine."""

    program: str
    path: Path | None = None
    version: str = ""
    unavailable_because: str = ""
    """empty when it can be run"""
    install: str = ""
    """how to get it"""
    found_by: str = ""
    """which word led to the path: site profile, environment variable, PyPI package, PATH"""


@dataclass(frozen=True, slots=True)
class EncodedInstance:
    """What a backend wrote, raw, in the scratch folder."""

    path: Path
    backend: str
    invocations: tuple[Invocation, ...] = ()
    codec: str = ""
    """what compressed the picture, where something did: a decoder of the same name cannot vouch for it"""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between what the toolkit wrote and what we keep."""

    tag: int
    theirs: str
    ours: str
    reason: str
    reference: str


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check has to say of a file."""

    severity: Severity
    kind: str
    message: str
    source: str
    """the checker: dicomize, dciodvfy"""
    tag: int | None = None
    path: str = ""
    """/Seq(gggg,eeee)[1]/Keyword(gggg,eeee), as dciodvfy -new writes it"""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All findings on one file."""

    file: Path
    iod: str
    findings: tuple[Finding, ...]
    validators: tuple[str, ...]
    """which checkers ran, with their versions where known"""

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.WARNING)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which backend does it, on whose word, and why each earlier one was passed over."""

    backend: str
    because: str
    passed_over: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Loss:
    """What a lossy compression cost, in levels of the samples, as another decoder sees it."""

    ratio: float
    largest: int
    mean: float


@dataclass(frozen=True, slots=True)
class FoundText:
    """Text in the pixels: where, what it seems to say, and how sure the engine is, from 0 to 1."""

    rectangle: Rectangle
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Conversion:
    """One finished conversion."""

    plan: Plan
    destination: Path
    sha256: str
    SOPInstanceUID: str
    choice: Choice
    toolkit: str
    """ImplementationVersionName of what the backend wrote"""
    invocations: tuple[Invocation, ...]
    changes: tuple[Change, ...]
    report: CheckReport
    seconds: float
    verified_by: str = ""
    """the decoder that read the compressed picture back; empty where nothing was compressed"""
    loss: Loss | None = None
    """of what was compressed with loss here"""
    read_by: str = ""
    """the engine that looked for text and found none; empty where nobody looked"""
