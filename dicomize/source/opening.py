"""Open an image file: read it whole, find out by content what it is, state the facts."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dicomize.errors import SourceDamaged, SourceError, SourceUnreadable, SourceUnsupported
from dicomize.jpeg.markers import JpegFile
from dicomize.model import LossyStep, SourceImage
from dicomize.records import dataclass
from dicomize.source.described import Described, SourceFile
from dicomize.source.formats import HEAD, Format, family, format_of
from dicomize.source.large import LARGE, content
from dicomize.source.pages import Page, pages_of

__all__ = ["Described", "OpenedSource", "foreign_format", "located", "open_pages", "open_source", "read_file"]

_IN_PARTS = frozenset({b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"})
"""how files begin that need not be in memory as a whole: TIFF"""
LARGEST_SOURCE = 2**32 - 2**16
"""bytes; one fragment of an encapsulated frame cannot be longer (PS3.5 A.4)"""


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """A described image file and its bytes."""

    described: Described
    data: bytes

    @property
    def image(self) -> SourceImage:
        return self.described.image

    @property
    def jpeg(self) -> JpegFile | None:
        return self.described.jpeg


def open_source(path: Path, page: int = 0) -> OpenedSource:
    """Read an image file and state what it is.

    Args:
        page: which of several pictures, from 1; 0: the file, of which the first picture may stand for all.

    Raises:
        SourceUnreadable: it is not there, no regular file, or may not be read.
        SourceUnsupported: it is sound as far as can be told, but not a format that can be converted, or has no such page.
        SourceDamaged: it is empty, truncated, or contradicts itself.
    """
    if page:
        return _page(path, page)
    file, found = _known(path)
    return _described(file, found)


def open_pages(path: Path) -> Iterator[OpenedSource]:
    """Every picture of a file, one after the other; no more than one is decoded at a time. Raises as `open_source`."""
    file, found = _known(path)
    whole = _described(file, found)
    if whole.image.frames == 1 and found.name != "JPEG":
        yield whole
        return
    try:
        for number, page in enumerate(pages_of(found.name, file.data), 1):
            # a JPEG that is no Multi-Picture file
            yield whole if page.data is file.data else _opened_page(whole, page, number)
    except (SourceDamaged, SourceUnsupported) as error:
        raise located(error, path, found.name) if str(path) not in error.message else error from None


def _page(path: Path, number: int) -> OpenedSource:
    count = 0
    for opened in open_pages(path):
        count += 1
        if count == number:
            return opened
    raise SourceUnsupported(
        f"{path} has no picture {number}: it holds {count}", f"choose one from 1 to {count} with --page"
    )


def _opened_page(whole: OpenedSource, page: Page, number: int) -> OpenedSource:
    image = whole.image
    found = format_of(page.data[:HEAD])
    if found is None:
        raise AssertionError("a page is of a format that is known here")
    file = SourceFile(image.path, page.data, image.modified)
    described = family(found.module).describe(file)
    own = replace(
        described.image,
        sha256=image.sha256,
        size=image.size,
        format=image.format,
        page=number,
        milliseconds=page.milliseconds,
    )
    profile = described.profile
    if page.composed:
        profile = whole.described.profile
        own = replace(own, exif=image.exif, lossy=_share(image), residue=image.residue, icc=image.icc)
    return OpenedSource(replace(described, image=own, profile=profile, data=None), described.data or page.data)


def _share(image: SourceImage) -> LossyStep | None:
    """The lossy compression of one of several pictures, whose own length nobody states."""
    if image.lossy is None:
        return None
    return replace(image.lossy, length=max(1, image.lossy.length // max(1, image.frames)))


def foreign_format(path: Path) -> Format | None:
    """The format of a file that is not read here but by ImageMagick, if it is one of those."""
    found = format_of(read_file(path)[0][:HEAD])
    return found if found is not None and not found.module and found.magick else None


def _known(path: Path) -> tuple[SourceFile, Format]:
    data, modified = read_file(path)
    if not data:
        raise SourceDamaged(f"{path} is empty", "get the original file again")
    found = format_of(data[:HEAD])
    if found is None or not found.module:
        what, remedy = _what_it_is(data, found)
        raise SourceUnsupported(f"{path} {what}", remedy)
    return SourceFile(path, data, modified), found


def _described(file: SourceFile, found: Format) -> OpenedSource:
    try:
        described = family(found.module).describe(file)
        # what is inside need not be kept twice
        return OpenedSource(replace(described, data=None), described.data or file.data)
    except (SourceDamaged, SourceUnsupported) as error:
        raise located(error, file.path, found.name) from None


def located(error: SourceError, path: Path, format_name: str) -> SourceError:
    """An error whose message is a clause, with the name of the file and what it is in front."""
    what = "" if error.message.startswith(":") else f", a {format_name} file, "
    return type(error)(f"{path}{what}{error.message}", error.remedy)


def read_file(path: Path) -> tuple[bytes, int]:
    """The bytes of a file, and when it was modified, in seconds since 1970-01-01 UTC.

    Raises:
        SourceUnreadable: it is not there, no regular file, or may not be read.
        SourceUnsupported: it is too large for a DICOM frame.
    """
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
            if state.st_size >= LARGE and file.read(4) in _IN_PARTS:
                return content(file), int(state.st_mtime)
            file.seek(0)
            return file.read(), int(state.st_mtime)
    except FileNotFoundError:
        raise SourceUnreadable(f"{path} does not exist", "check the name") from None
    except IsADirectoryError:
        raise SourceUnreadable(f"{path} is a directory", "name an image file") from None
    except PermissionError:
        raise SourceUnreadable(f"{path} may not be read", "check its permissions") from None
    except (OSError, ValueError) as error:
        raise SourceUnreadable(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _what_it_is(data: bytes, found: Format | None) -> tuple[str, str]:
    """A clause and a remedy for what cannot be converted."""
    if found is not None:
        allow = ", or let ImageMagick read it: imagemagick = true in a site profile" if found.magick else ""
        return f"is a {found.name} file, which is not read here", f"{found.remedy}{allow}"
    if b"\xff\xd8\xff" in data[:65536]:
        where = data.index(bytes.fromhex("ffd8ff"))
        return f"begins with {where} bytes that are no image, before a JPEG image", "cut these bytes off"
    return "is no image in any format that is known here", "give an image: README lists the formats"
