"""Values of raw elements as text that can be compared across encodings: byte order, VR written or not, character set."""

from __future__ import annotations

import hashlib
import struct
import warnings
from array import array
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final, NamedTuple

from pydicom.charset import convert_encodings, decode_bytes, default_encoding

from dicomize.checks.elements import Element, Item
from dicomize.checks.paths import texts
from dicomize.pixeldata import stored_bytes

_SPECIFIC_CHARACTER_SET: Final = 0x00080005
_NUMBERS: Final = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
_WORDS: Final = {"OW": "H", "OL": "I", "OF": "I", "OV": "Q", "OD": "Q"}
"""VR -> what its bytes are swapped by in big endian"""
_BYTES: Final = frozenset({"OB", "UN", "SQ", *_WORDS})
_IN_CHARACTER_SET: Final = frozenset({"SH", "LO", "ST", "LT", "UC", "UT", "PN"})
_ONE_VALUE: Final = frozenset({"ST", "LT", "UT", "UR"})
_LEADING_BLANKS_COUNT: Final = frozenset({"ST", "LT", "UT", "UC"})
_LONGEST_HEX: Final = 8
"""bytes that are shown as they are; of longer values the length and a digest"""
_LONGEST_TEXT: Final = 64
_CONTEXT: Final = 16
"""characters that are shown of what is alike"""


class Setting(NamedTuple):
    """What it takes to read the elements of one data set."""

    file: Path
    little_endian: bool
    encodings: Sequence[str]
    """Python's names of the character sets in force"""

    def inside(self, item: Item) -> Setting:
        """The setting within an item, which may have its own character set (PS3.3 C.12.1.1.2)."""
        element = item.get(_SPECIFIC_CHARACTER_SET)
        if element is None:
            return self
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return self._replace(encodings=convert_encodings(texts(element)))
            except (LookupError, ValueError):
                return self


def setting(file: Path, *, little_endian: bool) -> Setting:
    """The setting of a file, before its character set is known."""
    return Setting(file, little_endian, [default_encoding])


def values(element: Element, VR: str, where: Setting) -> tuple[str, ...]:
    """The values as text, without padding; none for an empty element.

    Raises:
        OSError: a long value cannot be read from the file.
    """
    if element.is_empty:
        return ()
    if VR in _BYTES or not element.raw:
        return (_bytes(element, VR, where),)
    if VR in _NUMBERS:
        return _numbers(element.raw, VR, where)
    if VR == "AT":
        pairs = _unpacked(element.raw, "HH", where)
        return tuple(f"({group:04x},{number:04x})" for group, number in pairs)
    return _texts(element.raw, VR, where)


def for_people(found: tuple[str, ...]) -> str:
    """Values in one short line; "empty" where there are none."""
    text = "\\".join(found)
    if not text:
        return "empty"
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def side_by_side(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, str]:
    """Two different values, each in one short line; of long ones that begin alike what follows."""
    shown = for_people(one), for_people(other)
    if shown[0] != shown[1] or one == other:
        return shown
    whole = "\\".join(one), "\\".join(other)
    alike = next(at for at, pair in enumerate(zip_longest(*whole)) if len(set(pair)) > 1) - _CONTEXT
    return for_people(("…" + whole[0][alike:],)), for_people(("…" + whole[1][alike:],))


def _bytes(element: Element, VR: str, where: Setting) -> str:
    raw = element.raw
    if not raw:
        return _long(element, where)
    if VR in _WORDS and not where.little_endian and len(raw) % struct.calcsize(_WORDS[VR]) == 0:
        words = array(_WORDS[VR], raw)
        words.byteswap()
        raw = words.tobytes()
    if len(raw) <= _LONGEST_HEX:
        return raw.hex(" ")
    return f"{len(raw)} bytes, SHA-256 {hashlib.sha256(raw).hexdigest()[:16]}"


def _long(element: Element, where: Setting) -> str:
    """A value that was not read on the walk, because it is long."""
    start, length = element.span
    spans = element.fragments or (((start, length),) if length is not None else ())
    digest = hashlib.sha256()
    for piece in stored_bytes(where.file, tuple(spans)):
        digest.update(piece)
    return f"{sum(n for _, n in spans)} bytes, SHA-256 {digest.hexdigest()[:16]}"


def _unpacked(raw: bytes, form: str, where: Setting) -> list[tuple[float, ...]]:
    form = ("<" if where.little_endian else ">") + form
    whole = len(raw) - len(raw) % struct.calcsize(form)
    return list(struct.iter_unpack(form, raw[:whole]))


def _numbers(raw: bytes, VR: str, where: Setting) -> tuple[str, ...]:
    found = tuple(f"{number:.9g}" if VR == "FL" else str(number) for (number,) in _unpacked(raw, _NUMBERS[VR], where))
    return found or (raw.hex(" "),)


def _texts(raw: bytes, VR: str, where: Setting) -> tuple[str, ...]:
    text = _decoded(raw, where.encodings) if VR in _IN_CHARACTER_SET else raw.decode("latin-1")
    parts = [text] if VR in _ONE_VALUE else text.split("\\")
    stripped = (p.rstrip(" \0") if VR in _LEADING_BLANKS_COUNT else p.strip(" \0") for p in parts)
    found = tuple(stripped)
    return () if found == ("",) else found


def _decoded(raw: bytes, encodings: Sequence[str]) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return decode_bytes(raw, list(encodings), {0x5C, 0x5E, 0x3D, 0x09, 0x0A, 0x0C, 0x0D})
        except (LookupError, UnicodeError, ValueError):
            return raw.decode("latin-1")
