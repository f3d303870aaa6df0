"""The pictures of a file that holds several, each as a file of its own: the rest of the project knows of one picture a file.

A TIFF page and an MPO picture are copied as they are. Pictures of an animation change parts of those before, so they are
decoded and become PNG, which loses nothing.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image


class Page(NamedTuple):
    """One picture."""

    data: bytes
    """a whole file"""
    milliseconds: float | None = None
    """how long it is shown, in an animation"""
    composed: bool = False
    """decoded here: what the file says of itself, Exif and lossy compression, is not in the page"""


def pages_of(format_name: str, data: bytes) -> Iterator[Page]:
    """The pictures of a file of several, in order; a format that knows one picture only gives the file itself.

    Raises:
        SourceDamaged, SourceUnsupported: a clause that follows the name of the file.
    """
    split = _SPLITTERS.get(format_name)
    if split is None:
        yield Page(data)
    else:
        yield from split(data)


def _tiff(data: bytes) -> Iterator[Page]:
    from dicomize.source import tiff  # noqa: PLC0415 - each format loads its own

    yield from map(Page, tiff.pages(data))


def _mpo(data: bytes) -> Iterator[Page]:
    from dicomize.source import jpeg  # noqa: PLC0415 - as above

    yield from map(Page, jpeg.pictures(data))


def _animation(format_name: str) -> Callable[[bytes], Iterator[Page]]:
    def split(data: bytes) -> Iterator[Page]:
        from dicomize.source import pillow  # noqa: PLC0415 - as above

        image = pillow.opened(data, format_name)
        for number in range(getattr(image, "n_frames", 1)):
            with pillow.decoding():
                image.seek(number)
                image.load()
                picture = image.convert("RGBA" if image.has_transparency_data else "RGB")
            shown = image.info.get("duration")
            yield Page(_as_png(picture), float(shown) if shown else None, composed=True)

    return split


def _png(data: bytes) -> Iterator[Page]:
    from dicomize.source import apng  # noqa: PLC0415 - as above

    for picture, milliseconds in apng.pictures(data):
        # what is transparent nowhere is no matter of a background
        opaque = picture.getchannel("A").getextrema() == (255, 255)
        yield Page(_as_png(picture.convert("RGB") if opaque else picture), milliseconds or None, composed=True)


def _heif(data: bytes) -> Iterator[Page]:
    from dicomize.source import heif  # noqa: PLC0415 - as above

    for picture in heif.pictures(data):
        yield Page(_as_png(picture), composed=True)


def _as_png(picture: Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)  # it is read once
    return buffer.getvalue()


_SPLITTERS: Final[dict[str, Callable[[bytes], Iterator[Page]]]] = {
    "TIFF": _tiff,
    "JPEG": _mpo,
    "PNG": _png,
    "GIF": _animation("GIF"),
    "WebP": _animation("WEBP"),
    "AVIF": _animation("AVIF"),
    "HEIC": _heif,
}
SEVERAL: Final = frozenset(_SPLITTERS)
"""names of formats of which a file may hold several pictures"""
