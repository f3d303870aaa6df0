"""Open an image file: read it whole, find out by content what it is, state the facts."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

from dicomize.errors import SourceDamaged, SourceUnreadable, SourceUnsupported
from dicomize.jpeg import markers
from dicomize.jpeg.clean import clean_length, is_residue
from dicomize.jpeg.color import adobe_transform, color_model, is_jfif
from dicomize.jpeg.markers import APP1, APP2, JpegFile, Segment
from dicomize.model import ExifFacts, JpegFacts, Residue, SourceImage
from dicomize.records import dataclass
from dicomize.source import exif, icc

LARGEST_SOURCE = 2**32 - 2**16
"""bytes; one fragment of an encapsulated frame cannot be longer (PS3.5 A.4)"""


def _is_jpeg_ls(head: bytes) -> bool:
    """Whether SOF55 (ITU-T T.87) stands where only APPn, COM and tables may precede it."""
    at = 2
    while head[:3] == b"\xff\xd8\xff" and head[at : at + 1] == b"\xff" and at + 4 <= len(head):
        if head[at + 1] == 0xF7:
            return True
        if not is_residue(head[at + 1]):
            return False
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return False


_OTHER_FORMATS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("PNG", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    ("GIF", lambda head: head.startswith((b"GIF87a", b"GIF89a"))),
    ("BigTIFF", lambda head: head.startswith((b"II+\0", b"MM\0+"))),
    ("TIFF", lambda head: head.startswith((b"II*\0", b"MM\0*"))),
    ("WebP", lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP"),
    ("HEIC", lambda head: head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"hevc", b"msf1"}),
    ("AVIF", lambda head: head[4:8] == b"ftyp" and head[8:12] in {b"avif", b"avis"}),
    ("JPEG 2000 (JP2)", lambda head: head[4:12] == b"jP  \r\n\x87\n"),
    ("JPEG 2000 codestream", lambda head: head.startswith(b"\xff\x4f\xff\x51")),
    ("JPEG-LS", _is_jpeg_ls),
    ("JPEG XL", lambda head: head.startswith(b"\xff\x0a") or head[4:12] == b"JXL \r\n\x87\n"),
    ("PNM", lambda head: head[:1] == b"P" and head[1:2] in b"1234567" and head[2:3].isspace()),
    ("BMP", lambda head: head.startswith(b"BM")),
    ("PDF", lambda head: head.startswith(b"%PDF-")),
    ("DICOM", lambda head: head[128:132] == b"DICM"),
)


_HEAD = 4096
"""bytes that tell the format"""


@dataclass(frozen=True, slots=True)
class Described:
    """The facts of an image file and its markers: all that planning needs."""

    image: SourceImage
    jpeg: JpegFile


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """A described image file and its bytes."""

    described: Described
    data: bytes

    @property
    def image(self) -> SourceImage:
        return self.described.image

    @property
    def jpeg(self) -> JpegFile:
        return self.described.jpeg


def open_source(path: Path) -> OpenedSource:
    """Read an image file and state what it is.

    Raises:
        SourceUnreadable: it is not there, no regular file, or may not be read.
        SourceUnsupported: it is sound as far as can be told, but not a format that can be converted.
        SourceDamaged: it is empty, truncated, or contradicts itself.
    """
    data, modified = _read(path)
    if not data:
        raise SourceDamaged(f"{path} is empty")
    if not markers.looks_like_jpeg(data[:3]) or _is_jpeg_ls(data[:_HEAD]):
        raise SourceUnsupported(f"{path} {_what_it_is(data)}", "give a JPEG image")
    try:
        jpeg = markers.parse(data)
    except SourceDamaged as damage:
        raise SourceDamaged(f"{path}: {damage.message}", damage.remedy or "get the original file again") from None
    return OpenedSource(Described(_describe(path, data, modified, jpeg), jpeg), data)


def _read(path: Path) -> tuple[bytes, int]:
    try:
        # O_NONBLOCK: opening a FIFO must not wait for a writer
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode):
                kind = "a directory" if stat.S_ISDIR(state.st_mode) else "no regular file"
                raise SourceUnreadable(f"{path} is {kind}", "name an image file")
            if state.st_size > LARGEST_SOURCE:
                raise SourceUnsupported(
                    f"{path} is larger than one DICOM frame can be (4 GiB)", "give a smaller picture"
                )
            return file.read(), int(state.st_mtime)
    except FileNotFoundError:
        raise SourceUnreadable(f"{path} does not exist", "check the name") from None
    except IsADirectoryError:
        raise SourceUnreadable(f"{path} is a directory", "name an image file") from None
    except PermissionError:
        raise SourceUnreadable(f"{path} may not be read", "check its permissions") from None
    except (OSError, ValueError) as error:
        raise SourceUnreadable(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _what_it_is(data: bytes) -> str:
    for name, matches in _OTHER_FORMATS:
        if matches(data[:_HEAD]):
            return f"is a {name} file, which this version cannot convert"
    if b"\xff\xd8\xff" in data[:65536]:
        return f"begins with {data.index(bytes.fromhex('ffd8ff'))} bytes that are no image, before a JPEG image"
    return "is no image in any format that is known here"


def _describe(path: Path, data: bytes, modified: int, jpeg: JpegFile) -> SourceImage:
    frame = jpeg.frame
    color = color_model(data, jpeg)
    facts = JpegFacts(
        sof=frame.sof,
        sampling=tuple((c.h, c.v) for c in frame.components),
        component_ids=tuple(c.id for c in frame.components),
        adobe_transform=adobe_transform(data, jpeg),
        jfif=is_jfif(data, jpeg),
        restart_interval=max(scan.restart_interval for scan in jpeg.scans),
        scans=len(jpeg.scans),
        clean_length=clean_length(data, jpeg, color),
        trailing=jpeg.trailing,
    )
    return SourceImage(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        modified=modified,
        format="JPEG",
        Rows=frame.rows,
        Columns=frame.columns,
        SamplesPerPixel=len(frame.components),
        bits=frame.precision,
        color=color,
        frames=1,
        jpeg=facts,
        exif=_exif(data, jpeg),
        icc=_icc(data, jpeg),
        residue=_residue(data, jpeg),
    )


def _exif(data: bytes, jpeg: JpegFile) -> ExifFacts:
    for segment in jpeg.segments:
        payload = data[segment.payload]
        if segment.marker == APP1 and payload.startswith(exif.EXIF_HEADER):
            return exif.read(payload)
    return ExifFacts()


def _icc(data: bytes, jpeg: JpegFile) -> str:
    """The description of the profile, whose chunks may be spread over several APP2 segments in any order (ICC.1 B.4)."""
    chunks = sorted(
        (payload[12], payload[14:])
        for s in jpeg.segments
        if s.marker == APP2 and len(payload := data[s.payload]) > 14 and payload.startswith(icc.ICC_HEADER)
    )
    return icc.description(b"".join(chunk for _, chunk in chunks)) if chunks else ""


def _residue(data: bytes, jpeg: JpegFile) -> tuple[Residue, ...]:
    found = [
        Residue(_segment_name(data, s), s.end - s.start)
        for s in jpeg.segments
        if is_residue(s.marker) and not (s.name == "APP14" and data[s.payload][:5] == b"Adobe")
    ]
    if jpeg.trailing:
        found.append(Residue("bytes behind EOI", jpeg.trailing))
    return tuple(found)


def _segment_name(data: bytes, segment: Segment) -> str:
    """The marker's name and the identifier in its payload, such as "APP1 Exif"."""
    identifier = data[segment.payload][:32].split(b"\0", 1)[0]
    if segment.name == "COM" or not identifier.isascii():
        return segment.name
    word = identifier.decode("ascii").split(" ", maxsplit=1)[0]
    if word.startswith("http://ns.adobe.com/"):
        word = "XMP"
    return f"{segment.name} {word}" if word.isprintable() and word else segment.name
