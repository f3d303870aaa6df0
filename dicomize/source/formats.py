"""The formats that are known, by content: how each begins, and which module of this package reads it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, cast

from dicomize.jpeg.clean import is_residue
from dicomize.jpeg.markers import looks_like_jpeg

if TYPE_CHECKING:
    from dicomize.source.described import Described, SourceFile
    from dicomize.source.raster import Raster

HEAD: Final = 4096
"""bytes that tell the format"""


class Family(Protocol):
    """A module that reads a family of formats."""

    def describe(self, file: SourceFile) -> Described:
        """The facts of a file.

        Raises:
            SourceDamaged, SourceUnsupported: a clause that follows the name of the file.
        """
        ...


class RasterFamily(Family, Protocol):
    """One whose pixels are decoded."""

    def pixels(self, data: bytes) -> Raster:
        """All samples of the first picture; raises as `describe` does."""
        ...


class CodestreamFamily(Family, Protocol):
    """One whose coded data is stored as it is."""

    def stream(self, data: bytes) -> bytes:
        """The coded data, without whatever is not the picture; raises as `describe` does."""
        ...


class Format(NamedTuple):
    """A format: its name for people, how it begins, and its module (empty: it cannot be converted)."""

    name: str
    matches: Callable[[bytes], bool]
    module: str = ""
    remedy: str = "convert it to PNG or TIFF first"
    magick: str = ""
    """the coder of ImageMagick that reads it, where nothing here does"""
    layered: bool = False
    """whether further pictures in it are layers of the first"""


_BEFORE_A_FRAME: Final = frozenset({0xF8, 0xDD})
"""LSE and DRI (T.87 C.2.4, C.2.5)"""


def _is_jpeg_ls(head: bytes) -> bool:
    """Whether SOF55 (ITU-T T.87) stands where only APPn, COM and tables may precede it."""
    at = 2
    while head[:3] == b"\xff\xd8\xff" and head[at : at + 1] == b"\xff" and at + 4 <= len(head):
        if head[at + 1] == 0xF7:
            return True
        if not is_residue(head[at + 1]) and head[at + 1] not in _BEFORE_A_FRAME:
            return False
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return False


FORMATS: Final = (
    Format("JPEG-LS", _is_jpeg_ls, "jpegls"),
    Format("JPEG", lambda head: looks_like_jpeg(head[:3]), "jpeg"),
    Format("PNG", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), "png"),
    Format("GIF", lambda head: head.startswith((b"GIF87a", b"GIF89a")), "gif"),
    Format("TIFF", lambda head: head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")), "tiff"),
    Format("WebP", lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP", "webp"),
    Format(
        "HEIC",
        lambda head: head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"hevc", b"msf1"},
        "heif",
    ),
    Format("AVIF", lambda head: head[4:8] == b"ftyp" and head[8:12] in {b"avif", b"avis"}, "heif"),
    Format("JPEG 2000 (JP2)", lambda head: head[4:12] == b"jP  \r\n\x87\n", "jpeg2000"),
    Format("JPEG 2000", lambda head: head.startswith(b"\xff\x4f\xff\x51"), "jpeg2000"),
    Format("JPEG XL", lambda head: head.startswith(b"\xff\x0a") or head[4:12] == b"JXL \r\n\x87\n", magick="JXL"),
    Format("PNM", lambda head: head[:1] == b"P" and head[1:2] in b"1234567" and head[2:3].isspace(), "pnm"),
    Format("BMP", lambda head: head.startswith(b"BM"), "bmp"),
    Format("Photoshop", lambda head: head.startswith((b"8BPS\0\1", b"8BPS\0\2")), magick="PSD", layered=True),
    Format("GIMP", lambda head: head.startswith(b"gimp xcf "), magick="XCF", layered=True),
    Format("QOI", lambda head: head.startswith(b"qoif"), magick="QOI"),
    Format("DDS", lambda head: head.startswith(b"DDS \x7c\0\0\0"), magick="DDS"),
    Format("DPX", lambda head: head.startswith((b"SDPX", b"XPDS")), magick="DPX"),
    Format("ICO", lambda head: head.startswith(b"\0\0\1\0") and head[4] > 0 and head[5:6] == b"\0", magick="ICO"),
    Format("PCX", lambda head: head[:1] == b"\x0a" and head[1:2] in b"\0\2\3\4\5" and head[2:3] == b"\1", magick="PCX"),
    Format("SGI", lambda head: head.startswith(b"\x01\xda") and head[2:3] in b"\0\1", magick="SGI"),
    Format("Sun raster", lambda head: head.startswith(b"\x59\xa6\x6a\x95"), magick="SUN"),
    Format("PDF", lambda head: head.startswith(b"%PDF-"), remedy="take the picture out of it"),
    Format("DICOM", lambda head: head[128:132] == b"DICM", remedy="give the picture that it was made from"),
)
"""in the order in which they are asked"""


def format_of(head: bytes) -> Format | None:
    """The format of a file that begins so, if it is one that is known."""
    return next((f for f in FORMATS if f.matches(head)), None)


def family(module: str) -> Family:
    """The module of that name; loading it loads what it reads with."""
    return cast("Family", importlib.import_module(f"dicomize.source.{module}"))


def raster_family(data: bytes) -> RasterFamily:
    """The module that decodes a file; it has been described before."""
    return cast("RasterFamily", _described_by(data))


def codestream_family(data: bytes) -> CodestreamFamily:
    """The module that takes a codestream out of a file; it has been described before."""
    return cast("CodestreamFamily", _described_by(data))


def _described_by(data: bytes) -> Family:
    found = format_of(data[:HEAD])
    if found is None:
        raise AssertionError("no format that was described before")
    return family(found.module)
