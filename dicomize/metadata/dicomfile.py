"""The data set of a DICOM file, decoded, without its pixels."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

from dicomize.errors import MetadataError
from dicomize.metadata.elements import Element
from dicomize.metadata.reading import shown
from dicomize.metadata.values import takes_text

_UNDECODED = ("Failed to decode", "Unknown encoding", "Incorrect value for Specific Character Set")
"""how pydicom's warnings begin where a text comes out otherwise than it was meant"""
_FIRST_GROUP = b"\x08\x00"
_GIVE_ANOTHER = "name a DICOM file"


def read_elements(path: Path) -> tuple[Element, ...]:
    """All data elements but those of the file itself, text decoded by the file's character set.

    A data set without file meta information is read too, as DCMTK does.

    Raises:
        MetadataError: the file cannot be read, or is no DICOM.
    """
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            # values are checked by our own rules, and as errors
            warnings.simplefilter("ignore")
            bare = file.read(2) == _FIRST_GROUP
            file.seek(0)
            dataset = dcmread(file, stop_before_pixels=True, force=bare)
            return _elements(dataset, declared="SpecificCharacterSet" in dataset)
    except FileNotFoundError:
        raise MetadataError(f"{shown(path)} does not exist", "check the name") from None
    except OSError as error:
        raise MetadataError(f"{shown(path)} cannot be read: {error.strerror or error}", _GIVE_ANOTHER) from None
    except InvalidDicomError:
        raise MetadataError(f"{shown(path)} is no DICOM file: it has no DICM prefix", _GIVE_ANOTHER) from None
    except Exception as error:  # noqa: BLE001 - a damaged file makes pydicom raise anything
        why = next(iter(str(error).splitlines()), type(error).__name__)
        raise MetadataError(f"{shown(path)} is no DICOM file that can be read: {why}", _GIVE_ANOTHER) from None


def _elements(dataset: Dataset, *, declared: bool) -> tuple[Element, ...]:
    return tuple(_element(dataset, tag, declared=declared) for tag in sorted(dataset.keys()))


def _element(dataset: Dataset, tag: BaseTag, *, declared: bool) -> Element:
    if tag.is_private:
        return Element(int(tag), "UN")  # never carried, so it need not be read
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        element = dataset[tag]
        VR, value = element.VR, element.value
    if VR == "SQ":
        return Element(int(tag), "SQ", items=tuple(_elements(item, declared=declared) for item in value or ()))
    if not takes_text(VR):
        return Element(int(tag), VR)
    values: Iterable[Any] = value if isinstance(value, MultiValue | list) else [value]
    text = "\\".join(_text(VR, v) for v in values)
    problem = next((str(w.message) for w in caught if str(w.message).startswith(_UNDECODED)), "")
    if not declared and not text.isascii():
        problem = "it is not ASCII, and the file does not say in which character set it is"
    return Element(int(tag), VR, text, problem=problem)


def _text(VR: str, value: Any) -> str:
    if value is None:
        return ""
    return f"{int(value):08X}" if VR == "AT" else str(value)
