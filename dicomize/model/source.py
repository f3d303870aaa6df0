"""A picture, described."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from dicomize.records import dataclass


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
