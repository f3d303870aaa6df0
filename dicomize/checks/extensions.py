"""Text with code extensions: which characters are in it (PS3.5 6.1.2.5, PS3.3 C.12.1.1.2, ISO/IEC 2022).

An escape sequence says which set the following bytes are of, below 0x80 (G0) or above (G1). Of some sets a character has
two bytes. Lengths are counted in characters, and escape sequences are none (PS3.5 6.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_ASCII = b"(B"
_OF: Final[dict[str, tuple[bytes, ...]]] = {
    "ISO 2022 IR 6": (_ASCII,),
    "ISO 2022 IR 13": (b")I", b"(J"),
    "ISO 2022 IR 58": (b"$)A",),
    "ISO 2022 IR 87": (b"$B",),
    "ISO 2022 IR 100": (b"-A",),
    "ISO 2022 IR 101": (b"-B",),
    "ISO 2022 IR 109": (b"-C",),
    "ISO 2022 IR 110": (b"-D",),
    "ISO 2022 IR 126": (b"-F",),
    "ISO 2022 IR 127": (b"-G",),
    "ISO 2022 IR 138": (b"-H",),
    "ISO 2022 IR 144": (b"-L",),
    "ISO 2022 IR 148": (b"-M",),
    "ISO 2022 IR 149": (b"$)C",),
    "ISO 2022 IR 159": (b"$(D",),
    "ISO 2022 IR 166": (b"-T",),
    "ISO 2022 IR 203": (b"-b",),
}
"""defined term -> its escape sequences, without the escape (PS3.3 tables C.12-3 and C.12-4)"""

_TWO_BYTES: Final = frozenset({b"$B", b"$(D", b"$)A", b"$)C"})
_ESCAPE: Final = re.compile(rb"\x1b([\x20-\x2f]+[\x30-\x7e]|\$[@AB])")
_DELIMITERS: Final = frozenset(b"\\^=\t\n\x0c\r")
"""behind each of them the sets are those of the beginning again (PS3.5 6.1.2.5.3)"""
_OTHER = "\N{REPLACEMENT CHARACTER}"


class NotAnnounced(ValueError):
    """An escape sequence that no value of Specific Character Set has."""


def extends(terms: Sequence[str]) -> bool:
    """Whether the values of Specific Character Set allow escape sequences."""
    return len(terms) > 1 or any(term.startswith("ISO 2022 ") for term in terms)


def as_characters(value: bytes, terms: Sequence[str]) -> str:
    """One character for each character of the value: itself where it is ASCII, otherwise a replacement.

    Raises:
        NotAnnounced: there is an escape sequence of another set.
    """
    return "".join(character for _, character in _characters(value, terms))


def separated(value: bytes, terms: Sequence[str]) -> list[bytes]:
    """The parts between backslashes; a byte of a character of two bytes is none.

    Raises:
        NotAnnounced: there is an escape sequence of another set.
    """
    cuts = [at for at, character in _characters(value, terms) if character == "\\"]
    return [value[start:end] for start, end in zip([0, *(at + 1 for at in cuts)], [*cuts, len(value)], strict=True)]


def _characters(value: bytes, terms: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Each character and where it is."""
    announced = {_ASCII, *(escape for term in terms for escape in _OF.get(term, ()))}
    begin = (1, 2 if terms and _TWO_BYTES.intersection(_OF.get(terms[0], ())) else 1)
    widths, at = begin, 0
    while at < len(value):
        byte = value[at]
        if byte == 0x1B:
            match = _ESCAPE.match(value, at)
            if match is None or match[1] not in announced:
                raise NotAnnounced
            size = 2 if match[1] in _TWO_BYTES else 1
            high = match[1].lstrip(b"$")[:1] in {b")", b"-"}
            widths = (widths[0], size) if high else (size, widths[1])
            at = match.end()
            continue
        if byte in _DELIMITERS and widths[0] == 1:
            widths = begin
        width = widths[byte > 0x7F] if byte > 0x20 else 1
        yield at, chr(byte) if byte < 0x80 and width == 1 else _OTHER
        at += width
