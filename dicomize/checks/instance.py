"""A walk, as pydicom would have read the file: so that one reading serves the checks of the header and of the stream."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import Final

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import BaseTag

from dicomize.checks.elements import Element, Walked
from dicomize.pixeldata import PixelElement, StoredInstance

_PIXEL_DATA: Final = 0x7FE00010
_PIXELS: Final = frozenset({0x7FE00008, 0x7FE00009, _PIXEL_DATA})
"""Float, Double Float and Pixel Data: where reading of the data set ends"""
_TRANSFER_SYNTAX_UID: Final = 0x00020010
_DEFLATED: Final = "1.2.840.10008.1.2.1.99"
"""offsets are of what was inflated; the length of native pixels is right all the same"""
_PIXEL_VRS: Final = frozenset({"", "OB", "OW", "UN"})


def instance_of(path: Path, walked: Walked) -> StoredInstance | None:
    """What `read_instance` gives, sequences apart; None for a file so strange that only pydicom can say."""
    header = tuple(takewhile(lambda element: element.tag not in _PIXELS, walked.dataset.elements))
    pixels = walked.dataset.elements[len(header)] if len(header) < len(walked.dataset.elements) else None
    deflated = walked.transfer_syntax == _DEFLATED and (pixels is None or pixels.span[1] is None)
    plain = walked.little_endian and not deflated and not walked.problems
    if not plain or walked.meta.get(_TRANSFER_SYNTAX_UID) is None or any(map(_was_not_read, header)):
        return None
    if pixels is not None and pixels.VR not in _PIXEL_VRS:
        return None
    dataset = _dataset(header, walked)
    dataset.file_meta = FileMetaDataset(_raw(walked.meta.elements, implicit=False))
    return StoredInstance(path, dataset, _pixel_element(pixels))


def _was_not_read(element: Element) -> bool:
    return bool(element.span[1]) and not element.raw and not element.items


def _dataset(elements: tuple[Element, ...], walked: Walked) -> Dataset:
    return Dataset(_raw(elements, implicit=not walked.explicit))


def _raw(elements: tuple[Element, ...], *, implicit: bool) -> dict[BaseTag, DataElement | RawDataElement]:
    return {
        BaseTag(tag): RawDataElement(BaseTag(tag), VR or None, len(raw), raw, start, implicit, True, True)  # noqa: FBT003
        for tag, VR, raw, (start, length), *_ in elements
        if raw or not length
    }


def _pixel_element(element: Element | None) -> PixelElement | None:
    if element is None or element.tag != _PIXEL_DATA:
        return None
    VR, (start, length) = element.VR or "OW", element.span
    if length is not None:
        return PixelElement(VR, encapsulated=False, offset_table=b"", fragments=((start, length),))
    table = element.starts[0] if element.starts else b""
    return PixelElement(VR, encapsulated=True, offset_table=table, fragments=element.fragments[1:])
