"""What a value of each VR may look like (PS3.5 6.2, table 6.2-1): as the standard has it, and as dciodvfy has it.

One row a VR. Where the two differ the row says why, and `theirs` is only used to imitate dciodvfy.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

from dicomize.checks.extensions import NotAnnounced, as_characters, extends, separated

TABLE: Final = "PS3.5 table 6.2-1"

_NO_CONTROLS: Final = b"\x1b"
_TEXT_CONTROLS: Final = b"\x1b\t\n\x0c\r"
_ANY: Final = r"(?s).*"


def _bytes(pattern: str) -> bytes:
    return b"(?s)" + pattern.encode("latin-1")


_ANY_BYTES: Final = _bytes(r".*")


class TextRule(NamedTuple):
    """What a value of a VR of text may look like. Patterns are compiled when a value first needs them."""

    pattern: str
    """the standard's form of one value, control characters apart"""
    theirs: bytes
    """dciodvfy's"""
    longest: int | None = None
    """characters; dciodvfy counts bytes"""
    shortest: int = 0
    """only dciodvfy looks at it by itself"""
    controls: bytes | None = None
    """control characters that may occur; None: the pattern says it"""
    extended: bool = False
    """whether Specific Character Set applies (PS3.5 6.1.2.3)"""
    many: bool = True
    """whether a backslash separates values"""
    leading: bool = False
    """whether leading spaces count"""
    fixed: bool = False
    """whether there is nothing to pad: a space behind an odd number of values is an error"""
    further: Callable[[str], str] | None = None
    """what a pattern cannot say: a function from the value to a complaint"""
    differs: str = ""
    """why dciodvfy's form is not the standard's"""


def _date(value: str) -> str:
    try:
        datetime.date(int(value[:4]), int(value[4:6]), int(value[6:8]))
    except ValueError:
        return "there is no such day"
    return ""


def _date_time(value: str) -> str:
    digits = re.match(r"\d*", value, re.ASCII)
    day = digits[0][:8] if digits is not None else ""
    if len(day) >= 6 and (problem := _date((day + "01")[:8])):
        return problem
    offset = re.search(r"([+-])(\d\d)(\d\d)$", value, re.ASCII)
    if offset is None:
        return ""
    minutes = int(offset[2]) * 60 + int(offset[3])
    if int(offset[3]) > 59 or minutes > (840 if offset[1] == "+" else 720) or (offset[1] == "-" and not minutes):
        return "the offset from UTC is not between -1200 and +1400"
    return ""


def _integer(value: str) -> str:
    return "" if -(2**31) <= int(value) < 2**31 else "it is not between -2147483648 and 2147483647"


def _person(value: str) -> str:
    groups = value.split("=")
    if len(groups) > 3:
        return "it has more than three component groups"
    for group in groups:
        if group.count("^") > 4:
            return "a component group has more than five components"
        if len(group) > 64:
            return "a component group has more than 64 characters"
    return ""


_URI = r"[!#-;=?-\[\]_a-z~]*"
"""the characters of RFC 3986"""
_BYTES_COUNTED = "dciodvfy counts bytes, the standard characters (PS3.5 6.2)"

TEXT_RULES: Final[dict[str, TextRule]] = {
    "AE": TextRule(r"[ -\[\]-~]*", _bytes(r"[ -~\x80-\xff]*"), 16, differs="it lets 8 bit characters pass"),
    "AS": TextRule(r"[0-9]{3}[DWMY]", _bytes(r"[0-9]{3}[DWMY]"), 4, 4, fixed=True),
    "CS": TextRule(r"[A-Z0-9 _]*", _bytes(r"[A-Z0-9 _]*"), 16),
    "DA": TextRule(
        r"[0-9]{8}",
        _bytes(r"[12][0-9]{3}[01][0-9][0-3][0-9](..)?"),
        8,
        fixed=True,
        further=_date,
        differs="it knows no calendar, and takes ten characters",
    ),
    "DS": TextRule(
        r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|",
        _bytes(r"[+-]?[0-9]*(\.[0-9]*)?([eE][+-]?[0-9]*)?"),
        16,
        differs="it takes a sign or an exponent without digits",
    ),
    "DT": TextRule(
        (
            r"[0-9]{4}((0[1-9]|1[0-2])((0[1-9]|[12][0-9]|3[01])(([01][0-9]|2[0-3])"
            r"([0-5][0-9](([0-5][0-9]|60)(\.[0-9]{1,6})?)?)?)?)?)?([+-][0-9]{4})?|"
        ),
        _bytes(
            r"[12][0-9]([0-9]{2}([01][0-9]([0-3][0-9]([0-2][0-9]([0-5][0-9]([0-5][0-9]"
            r"(\.[0-9]*)?([+-][0-9]{4})?)?)?)?)?)?)?"
        ),
        26,
        2,
        further=_date_time,
        differs="it takes the hour 29, seven digits of a fraction, and no offset without the seconds",
    ),
    "IS": TextRule(
        r"[+-]?[0-9]+|",
        _bytes(r"[+-]?[0-9]*"),
        12,
        further=lambda value: _integer(value) if value else "",
        differs="it takes a sign alone, and not the least integer",
    ),
    "LO": TextRule(_ANY, _ANY_BYTES, 64, controls=_NO_CONTROLS, extended=True, differs=_BYTES_COUNTED),
    "LT": TextRule(
        _ANY, _ANY_BYTES, 10240, controls=_TEXT_CONTROLS, extended=True, many=False, leading=True, differs=_BYTES_COUNTED
    ),
    "PN": TextRule(
        _ANY,
        _ANY_BYTES,
        64,
        controls=_NO_CONTROLS,
        extended=True,
        further=_person,
        differs="it limits the whole value to 64 bytes, the standard each component group to 64 characters",
    ),
    "SH": TextRule(_ANY, _ANY_BYTES, 16, controls=_NO_CONTROLS, extended=True, differs=_BYTES_COUNTED),
    "ST": TextRule(
        _ANY, _ANY_BYTES, 1024, controls=_TEXT_CONTROLS, extended=True, many=False, leading=True, differs=_BYTES_COUNTED
    ),
    "TM": TextRule(
        r"([01][0-9]|2[0-3])([0-5][0-9](([0-5][0-9]|60)(\.[0-9]{1,6})?)?)?|",
        _bytes(r"[0-2][0-9]([0-5][0-9]([0-5][0-9](\.[0-9]*)?)?)?"),
        16,
        2,
        differs="it takes the hour 29 and seven digits of a fraction, and not the leap second",
    ),
    "UC": TextRule(_ANY, _ANY_BYTES, controls=_NO_CONTROLS, extended=True, leading=True),
    "UI": TextRule(
        r"((0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*)?",
        _bytes(r"(?!(0\.)*0$)\.?((0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*)?"),
        64,
        differs="it lets an empty first component pass, and no root alone that is 0",
    ),
    "UR": TextRule(_URI, _bytes(_URI), many=False, leading=True),
    "UT": TextRule(_ANY, _ANY_BYTES, controls=_TEXT_CONTROLS, extended=True, many=False, leading=True),
}  # fmt: skip

SIZES: Final = {
    "AT": 4, "FD": 8, "FL": 4, "OB": 1, "OD": 8, "OF": 4, "OL": 4, "OV": 8, "OW": 2, "SL": 4, "SS": 2, "SV": 8,
    "UL": 4, "UN": 1, "US": 2, "UV": 8,
}  # fmt: skip
"""bytes of one value of the binary VRs"""

COUNTED: Final = frozenset({"AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"})
"""binary VRs that have as many values as fit; the others have one"""

SPACES: Final = b" \t\n\x0b\x0c\r"
_EIGHT_BITS = frozenset(f"ISO_IR {n}" for n in (100, 101, 109, 110, 126, 127, 138, 144, 148, 166))
_MULTIBYTE: Final = {"ISO_IR 192": "utf-8", "GB18030": "gb18030", "GBK": "gbk"}
_SINGLE: Final = {
    "ISO_IR 100": "latin-1", "ISO_IR 101": "iso8859-2", "ISO_IR 109": "iso8859-3", "ISO_IR 110": "iso8859-4",
    "ISO_IR 144": "iso8859-5", "ISO_IR 127": "iso8859-6", "ISO_IR 126": "iso8859-7", "ISO_IR 138": "iso8859-8",
    "ISO_IR 148": "iso8859-9", "ISO_IR 203": "iso8859-15", "ISO_IR 13": "shift_jis", "ISO_IR 166": "tis-620",
}  # fmt: skip
"""Specific Character Set, one value -> codec (PS3.3 C.12.1.1.2)"""

_BACKSLASH_INSIDE: Final = frozenset({"gb18030", "gbk"})
"""codecs with characters whose second byte may be that of a backslash"""

_HIGH: Final = rb"[\x80-\xff]"
_CR: Final = rb"[\x80-\x9f]"
_CONTROL: Final = {
    allowed: b"[" + b"".join(re.escape(bytes([c])) for c in (*range(1, 32), 127) if c not in allowed) + b"]"
    for allowed in (_NO_CONTROLS, _TEXT_CONTROLS)
}


class Repertoire(NamedTuple):
    """Which bytes a Specific Character Set allows, and how they become characters."""

    forbidden: bytes | None
    """a pattern"""
    codec: str
    """empty where code extensions make it a matter of each value"""
    terms: tuple[str, ...] = ()
    """the values of Specific Character Set that extend the code"""

    def separated(self, content: bytes) -> list[bytes]:
        """The values of an element; in some sets the second byte of a character may look like a backslash."""
        if b"\\" in content and self.codec in _BACKSLASH_INSIDE:
            with suppress(UnicodeError):
                return [part.encode(self.codec) for part in content.decode(self.codec).split("\\")]
        if b"\\" in content and self.terms:
            with suppress(NotAnnounced):
                return separated(content, self.terms)
        return content.split(b"\\")

    def text(self, value: bytes) -> str:
        """The characters of a value; where the code is extended, in place of those beyond ASCII any one.

        Raises:
            UnicodeDecodeError: it is not encoded as Specific Character Set says.
            NotAnnounced: it changes to a set that Specific Character Set does not name.
        """
        return as_characters(value, self.terms) if self.terms else value.decode(self.codec or "latin-1")


def repertoire(terms: list[str], *, imitate: bool) -> Repertoire:
    """What the values of Specific Character Set mean."""
    if len(terms) > 1 or (not imitate and extends(terms)):
        return Repertoire(_CR, "", tuple(terms))
    term = terms[0] if terms else ""
    if term in _MULTIBYTE and not (imitate and term == "GBK"):
        return Repertoire(None, _MULTIBYTE[term])
    if term in _EIGHT_BITS or (not imitate and term in _SINGLE):
        return Repertoire(_CR, _SINGLE[term])
    return Repertoire(_HIGH, "ascii")


def c_string(raw: bytes, rule: TextRule) -> list[bytes]:
    """The values of an element as dciodvfy and most readers take them: up to the first NUL, spaces stripped."""
    content = raw.partition(b"\0")[0]
    if not content.strip(SPACES):
        return []
    parts = content.split(b"\\") if rule.many else [content]
    return [part.rstrip(SPACES) if rule.leading else part.strip(SPACES) for part in parts]


def their_complaints(VR: str, rule: TextRule, value: bytes, allowed: Repertoire) -> list[str]:
    """What dciodvfy says of one value."""
    found = []
    size = len(value)
    if VR == "DA":
        if size not in {8, 10}:
            found.append(f"Length invalid for this VR = <{size}> - expected == 8 or 10")
    elif (rule.longest is not None and size > rule.longest) or size < rule.shortest:
        found.append(f"Length invalid for this VR = <{size}> - expected {rule.shortest} to {rule.longest}")
    if VR == "UI" and not value:
        return found
    if not re.fullmatch(rule.theirs, value) and not found:
        found.append("Character invalid for this VR")
    if rule.extended and allowed.forbidden is not None and re.search(allowed.forbidden, value):
        found.append("Character invalid for character repertoire (default or as defined in SpecificCharacterSet)")
    if rule.controls is not None and re.search(_CONTROL[rule.controls], value):
        found.append("Character invalid for this VR")
    if VR == "IS" and int(re.sub(rb"\D", b"", value)[:20] or b"0") > 2**31 - 1:
        found.append("Range invalid for this VR - expected -(2^31-1) <= n <= (2^31-1)")
    if VR == "PN" and any(group.count(b"^") > 4 for group in value.split(b"=")):
        found.append("Too many delimiters (^) in PersonName")
    return found


def complaints(VR: str, rule: TextRule, value: bytes, allowed: Repertoire) -> list[str]:
    """What the standard says of one value."""
    found = []
    if rule.controls is not None and re.search(_CONTROL[rule.controls], value):
        found.append("it holds a control character")
    if not rule.extended:
        text = value.decode("latin-1")
    else:
        if allowed.forbidden is not None and re.search(allowed.forbidden, value):
            return [*found, "it holds a character outside of the Specific Character Set"]
        try:
            text = allowed.text(value)
        except UnicodeDecodeError:
            return [*found, f"it is not encoded in {allowed.codec}, as Specific Character Set says"]
        except NotAnnounced:
            return [*found, "it changes to a character set that Specific Character Set does not name"]
    if rule.longest is not None and VR != "PN" and len(text) > rule.longest:
        found.append(f"it has {len(text)} characters, {rule.longest} at most are allowed")
    elif not re.fullmatch(rule.pattern, text):
        found.append(f"it is not written as {VR} must be")
    elif rule.further is not None and (problem := rule.further(text)):
        found.append(problem)
    return found
