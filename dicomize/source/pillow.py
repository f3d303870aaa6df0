"""Pillow, asked for one format at a time, with its many ways to fail made one."""

from __future__ import annotations

import io
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from PIL import Image

from dicomize.errors import DicomizeError
from dicomize.source.described import damaged
from dicomize.source.libtiff import overheard
from dicomize.source.raster import interleaved


@contextmanager
def decoding() -> Iterator[None]:
    """Whatever a decoder raises, as SourceDamaged; what it warns of, not at all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on metadata, and on sizes that were looked at before
        try:
            yield
        except DicomizeError:
            raise
        except Exception as error:  # noqa: BLE001 - its plugins fail in as many ways as there are damaged files
            # an address in memory says nothing
            reason = re.sub(r" <_io\.BytesIO object at 0x[0-9a-f]+>", "", " ".join(str(error).split()))[:160]
            raise damaged(f"cannot be decoded: {reason or type(error).__name__}") from None


def opened(data: bytes, format_name: str) -> Image.Image:
    """An image by its header, not decoded yet.

    Raises:
        SourceDamaged: Pillow does not open it.
    """
    with decoding():
        return Image.open(io.BytesIO(data), formats=(format_name,))


def loaded(data: bytes, format_name: str, retouch: Callable[[Any], None] | None = None) -> Image.Image:
    """An image, decoded.

    Args:
        retouch: changes how the tiles of the opened image will be read.

    Raises:
        SourceDamaged: it cannot be decoded to its end.
    """
    image = opened(data, format_name)
    with decoding(), overheard() if format_name == "TIFF" else nullcontext():
        if retouch is not None:
            retouch(image)
        image.load()
    return image


def deep(data: bytes, format_name: str) -> bytes:
    """Colour of 16 bits a sample, interleaved, little endian.

    Pillow knows no such mode: its decoder unpacks the high byte of each sample (RGB;16B of big endian data). Told that
    the data have the other byte order, it unpacks the low byte, so two decodes give all that is there.

    Raises:
        SourceDamaged: it cannot be decoded to its end.
    """
    high = loaded(data, format_name).tobytes()
    low = loaded(data, format_name, _other_byte).tobytes()
    return interleaved((low, high))


_OTHER = {"16B": "16L", "16L": "16B", "16N": "16B" if sys.byteorder == "little" else "16L"}


def _other_byte(image: Any) -> None:
    image.tile = [tile._replace(args=_swapped(tile.args)) for tile in image.tile]


def _swapped(args: Any) -> Any:
    if isinstance(args, tuple):
        return (_swapped(args[0]), *args[1:])
    mode, _, order = args.partition(";")
    return f"{mode};{_OTHER[order]}"
