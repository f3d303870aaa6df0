"""What opening a file gives: the facts, and whatever else planning needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.model import Alpha, CodestreamFacts, ColorModel, ExifFacts, LossyStep, Residue, SourceImage
from dicomize.records import dataclass
from dicomize.source import icc
from dicomize.source.large import sha256

if TYPE_CHECKING:
    from dicomize.jpeg.markers import JpegFile

LARGEST_SIDE: Final = 65535
"""Rows and Columns are unsigned 16-bit numbers (PS3.3 C.7.6.3)"""
LARGEST_DECODED: Final = 178_956_970
"""pixels; a small file may claim any size and fill the memory. Pillow draws the line there, too"""


class SourceFile(NamedTuple):
    """A file that was read whole; `modified` is in seconds since 1970-01-01 UTC."""

    path: Path
    data: bytes
    modified: int


@dataclass(frozen=True, slots=True)
class Described:
    """The facts of an image file, of a JPEG its markers, and the ICC profile: all that planning needs."""

    image: SourceImage
    jpeg: JpegFile | None = None
    profile: bytes = b""
    palette: tuple[tuple[int, ...], ...] = ()
    """red, green and blue of each entry, of 8 bits"""
    data: bytes | None = None
    """what is read in place of the file: a JPEG inside it"""


class RasterFacts(NamedTuple):
    """What a family of formats finds in a file whose pixels will be decoded."""

    format: str
    Columns: int
    Rows: int
    color: ColorModel
    bits: int = 8
    frames: int = 1
    exif: ExifFacts = ExifFacts()
    profile: bytes = b""
    """ICC profile"""
    residue: tuple[Residue, ...] = ()
    lossy: LossyStep | None = None
    alpha: Alpha = Alpha.NONE
    codestream: CodestreamFacts | None = None
    palette: tuple[tuple[int, ...], ...] = ()
    """red, green and blue of each entry, of 8 bits"""
    notes: tuple[str, ...] = ()
    bilevel: bool = False
    """grey of one bit, spread over 8"""


_BLACK_AND_WHITE: Final = frozenset({(0, 0, 0), (255, 255, 255)})
_SAMPLES: Final = {ColorModel.MONOCHROME: 1, ColorModel.CMYK: 4}


def describe_raster(file: SourceFile, facts: RasterFacts) -> Described:
    """The facts in the project's vocabulary."""
    return Described(
        SourceImage(
            path=file.path,
            sha256=sha256(file.data),
            size=len(file.data),
            modified=file.modified,
            format=facts.format,
            Rows=facts.Rows,
            Columns=facts.Columns,
            SamplesPerPixel=_SAMPLES.get(facts.color, 3),
            bits=facts.bits,
            color=facts.color,
            frames=facts.frames,
            jpeg=None,
            exif=facts.exif,
            icc=icc.description(facts.profile) if facts.profile else "",
            residue=facts.residue,
            lossy=facts.lossy,
            alpha=facts.alpha,
            codestream=facts.codestream,
            palette=len(facts.palette),
            notes=facts.notes,
            bilevel=facts.bilevel or (bool(facts.palette) and _BLACK_AND_WHITE.issuperset(facts.palette)),
        ),
        profile=facts.profile,
        palette=facts.palette,
    )


def densities(across: int, down: int) -> Iterator[str]:
    """What is to be said where pixels are not square, by how many of them there are to a length (PS3.3 C.7.6.3.1.7)."""
    if min(across, down) < 1 or abs(across - down) * 50 <= max(across, down):
        return
    from fractions import Fraction  # noqa: PLC0415 - most pixels are square

    ratio = Fraction(across, down).limit_denominator(1000)
    if ratio:
        one, other = ratio.numerator, ratio.denominator
        yield (
            f"the file states {one} pixels across to {other} down for the same length, so that they are not square; say "
            f"-k 'PixelAspectRatio={one}\\{other}' where that is so"
        )


def require_size(Columns: int, Rows: int) -> None:
    """Refuse what no DICOM image can be, and what would fill the memory, before anything is decoded.

    Raises:
        SourceDamaged: it has no size.
        SourceUnsupported: it is too large.
    """
    require_side(Columns, Rows)
    if Columns * Rows > LARGEST_DECODED:
        raise SourceUnsupported(
            f"states a size of {Columns} x {Rows}, and at most {LARGEST_DECODED:,} pixels are decoded, since a small "
            "file may claim any size",
            "cut it into parts, or scale it down",
        )


def require_decodable(image: SourceImage) -> None:
    """The same of a picture whose size was no matter before, since its stream would be stored as it is.

    Raises:
        SourceUnsupported: it is too large.
    """
    try:
        require_size(image.Columns, image.Rows)
    except SourceUnsupported as error:
        raise SourceUnsupported(f"{image.path} {error.message}", error.remedy) from None


def require_side(Columns: int, Rows: int) -> None:
    """Refuse what no DICOM image can be.

    Raises:
        SourceDamaged: it has no size.
        SourceUnsupported: it has too many rows or columns.
    """
    if Columns < 1 or Rows < 1:
        raise SourceDamaged(f"states a size of {Columns} x {Rows}", "get the original file again")
    if max(Columns, Rows) > LARGEST_SIDE:
        raise SourceUnsupported(
            f"states a size of {Columns} x {Rows}, and DICOM images have at most {LARGEST_SIDE} rows and columns",
            "cut it into parts, or scale it down",
        )


def damaged(clause: str) -> SourceDamaged:
    """The error for a file that is damaged; the clause follows the file's name."""
    return SourceDamaged(clause, "get the original file again")
