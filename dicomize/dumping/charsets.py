"""Bytes into text, by the Specific Character Set of the item or of the data set (PS3.3 C.12.1.1.2)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from pydicom import charset
from pydicom.valuerep import PN_DELIMS, TEXT_VR_DELIMS

from dicomize.checks.elements import Item
from dicomize.checks.paths import texts

_SPECIFIC_CHARACTER_SET: Final = 0x00080005


def decoder_of(dataset: Item, item: Item) -> Callable[[bytes], str]:
    """What makes text of the values of an item: by its own character set, else by the data set's.

    Bytes that the character set does not have are shown as escapes; nothing is raised.
    """
    for holder in (item, dataset):
        element = holder.get(_SPECIFIC_CHARACTER_SET)
        if element is not None:
            return _decoder(tuple(texts(element)))
    return _decoder(())


@lru_cache(maxsize=64)
def _decoder(terms: Sequence[str]) -> Callable[[bytes], str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of misspelt terms, which it understands all the same
        try:
            encodings = charset.convert_encodings(list(terms))
        except LookupError:
            encodings = ["ascii"]

    def decode(raw: bytes) -> str:
        if raw.isascii() and b"\x1b" not in raw:
            return raw.decode("ascii")
        if len(encodings) == 1:
            return raw.decode(encodings[0], "backslashreplace")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return charset.decode_bytes(raw, encodings, TEXT_VR_DELIMS | PN_DELIMS)
        except (LookupError, UnicodeError):
            return raw.decode("ascii", "backslashreplace")

    return decode
