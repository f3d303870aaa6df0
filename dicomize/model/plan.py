"""Every decision about a conversion, and the attributes of the result."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from dicomize.model.request import Rectangle, SiteProfile
from dicomize.model.source import ColorModel, SourceImage
from dicomize.records import dataclass, field

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
