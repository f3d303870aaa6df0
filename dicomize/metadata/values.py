"""Values that people give as text, checked against VR, VM and enumeration before anything runs.

The rules are those of PS3.5 table 6.2-1; lengths count characters, as the standard says, not bytes.
"""

from __future__ import annotations

import base64
import datetime
import math
import re
import struct
from collections.abc import Callable
from typing import Final

from dicomize.errors import MetadataError
from dicomize.metadata.keys import name_of, outsider, parse_tag, vm_of, vr_of
from dicomize.model import Attribute, Value

_ENUMERATED: Final[dict[str, tuple[str, ...]]] = {
    "PatientSex": ("M", "F", "O"),  # PS3.3 C.2.3
    "ConversionType": ("DV", "DI", "DF", "WSD", "SD", "SI", "DRW", "SYN"),  # PS3.3 C.8.6.1
    "ImageLaterality": ("R", "L", "U", "B"),  # PS3.3 C.7.6.1
    "Laterality": ("R", "L"),  # PS3.3 C.7.3.1
    "BurnedInAnnotation": ("YES", "NO"),  # PS3.3 C.7.6.1
    "RecognizableVisualFeatures": ("YES", "NO"),  # PS3.3 C.7.6.1
    "LossyImageCompression": ("00", "01"),  # PS3.3 C.7.6.1.1.5
    "SynchronizationTrigger": ("SOURCE", "EXTERNAL", "PASSTHRU", "NO TRIGGER"),  # PS3.3 C.7.4.2
    "AcquisitionTimeSynchronized": ("Y", "N"),  # PS3.3 C.7.4.2
    "PupilDilated": ("YES", "NO"),  # PS3.3 C.8.17.4
    "PatientEyeMovementCommanded": ("YES", "NO"),  # PS3.3 C.8.17.4
    "LightSourcePolarization": ("POLARIZED", "NON_POLARIZED"),  # PS3.3 C.8.12.13
    "ContactMethod": ("CONTACT", "NON_CONTACT"),  # PS3.3 C.8.12.13
    "PatientIdentityRemoved": ("YES", "NO"),  # PS3.3 C.7.1.1
    "QualityControlSubject": ("YES", "NO"),  # PS3.3 C.7.1.1
    "QualityControlImage": ("YES", "NO", "BOTH"),  # PS3.3 C.7.6.1
    "SmokingStatus": ("YES", "NO", "UNKNOWN"),  # PS3.3 C.7.2.2
    "PatientSexNeutered": ("ALTERED", "UNALTERED"),  # PS3.3 C.7.2.2
}

_ONE_BYTE_TERMS: Final = ("100", "101", "109", "110", "126", "127", "138", "144", "148", "166", "13")
_ALONE: Final = frozenset({*(f"ISO_IR {n}" for n in _ONE_BYTE_TERMS), "ISO_IR 192", "GB18030", "GBK"})
_FIRST: Final = frozenset({"", "ISO 2022 IR 6", *(f"ISO 2022 IR {n}" for n in _ONE_BYTE_TERMS)})
_FURTHER: Final = (_FIRST - {""}) | {"ISO 2022 IR 58", "ISO 2022 IR 87", "ISO 2022 IR 149", "ISO 2022 IR 159"}
"""defined terms of Specific Character Set: as the only value, as the first of several, as a later one"""

_LONGEST: Final = {
    "AE": 16, "AS": 4, "CS": 16, "DS": 16, "DT": 26, "IS": 12, "LO": 64, "LT": 10240, "SH": 16, "ST": 1024,
    "TM": 14, "UI": 64,
}  # fmt: skip
_INTEGERS: Final = {
    "US": (0, 2**16 - 1), "SS": (-(2**15), 2**15 - 1), "UL": (0, 2**32 - 1), "SL": (-(2**31), 2**31 - 1),
    "UV": (0, 2**64 - 1), "SV": (-(2**63), 2**63 - 1),
}  # fmt: skip
_SINGLE_VALUED: Final = frozenset({"LT", "ST", "UT", "UR"})
_MAY_BREAK_LINES: Final = frozenset({"LT", "ST", "UT"})
_LEADING_SPACES_COUNT: Final = frozenset({"LT", "ST", "UC", "UT"})

_TM = re.compile(r"(\d\d)((\d\d)((\d\d)(\.\d{1,6})?)?)?")
_DT = re.compile(r"(\d{4})((\d\d)((\d\d)(\d\d(\d\d(\d\d(\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?")
_VM = re.compile(r"(\d+)(?:-(\d*)(n?))?")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_OFFSET = re.compile(r"[+-][0-9]{4}")


def parse_value(tag: int, text: str) -> tuple[Value, ...]:
    r"""The values that text stands for; several are separated by a backslash, none is written as nothing.

    Raises:
        MetadataError: a value breaks its VR, its VM or its enumeration; the sentence says how.
    """
    VR, keyword = vr_of(tag), name_of(tag)
    if not takes_text(VR):
        raise MetadataError(f"{keyword} holds binary data (VR {VR}), which cannot be given as text", "leave it out")
    if not text:
        return ()
    if VR == "SQ":
        raise MetadataError(f"{keyword} is a sequence and takes no value", f"set its items: {keyword}[0].Keyword=…")
    parts = [text] if VR in _SINGLE_VALUED else text.split("\\")
    _check_vm(keyword, vm_of(tag), len(parts))
    values = tuple(_parse_one(VR, keyword, part) for part in parts)
    if keyword == "SpecificCharacterSet":
        check_character_set(text)
    return values if any(value != "" for value in values) else ()


def takes_text(VR: str) -> bool:
    """Whether values of a VR can be given as text; sequences take items."""
    return VR in _TEXTUAL


def problem_of(attribute: Attribute) -> str:
    """Why an attribute that was read from somewhere cannot be one of ours; empty when it can."""
    tag, values = attribute.tag, attribute.value
    try:
        VR = vr_of(tag)
        if why := outsider(tag):
            return why
        if attribute.VR != VR or (values and VR == "SQ") or (attribute.items and VR != "SQ"):
            return f"{name_of(tag)} has the VR {VR}, not {attribute.VR!r}"
        if VR in {"OB", "OW"}:
            base64.b64decode(str(values[0]), validate=True)
            return "" if len(values) == 1 else f"{name_of(tag)} has several values"
        text = "\\".join(f"{v:08X}" if VR == "AT" and isinstance(v, int) else str(v) for v in values)
        same = list(map(repr, parse_value(tag, text))) == list(map(repr, values))
    except MetadataError as error:
        return error.message
    except (KeyError, ValueError, OverflowError, IndexError):
        return f"{tag} is no tag, or has no value that is written here"
    return "" if same else f"{name_of(tag)} has a value that is not written as it should be"


def check_character_set(text: str) -> None:
    r"""Check the terms of Specific Character Set, separated by a backslash (PS3.3 C.12.1.1.2).

    Raises:
        MetadataError: it has a term that does not exist, or one that cannot stand where it stands.
    """
    terms = [term.strip(" ") for term in text.split("\\")]
    if len(terms) == 1:
        if terms[0] not in _ALONE:
            raise MetadataError(
                f"SpecificCharacterSet={_shown(text)} is no character set that can stand alone",
                "write ISO_IR 192 (UTF-8), ISO_IR 100 (Latin 1), or another term of PS3.3 C.12.1.1.2",
            )
        return
    wrong = [] if terms[0] in _FIRST else terms[:1]
    wrong += [term for term in terms[1:] if term not in _FURTHER]
    if wrong:
        raise MetadataError(
            f"SpecificCharacterSet={_shown(text)} has {_shown(wrong[0])} where it cannot stand",
            r"with several terms write those with code extensions, such as \ISO 2022 IR 87; the first is of single bytes",
        )


def _parse_one(VR: str, keyword: str, text: str) -> Value:
    text = text.rstrip(" ") if VR in _LEADING_SPACES_COUNT else text.strip(" ")
    if VR in _INTEGERS:
        return _integer(VR, keyword, text)
    if VR in {"FL", "FD"}:
        return _real(VR, keyword, text)
    if VR == "AT":
        return parse_tag(keyword, text)
    if not text:
        return text
    _check_characters(VR, keyword, text)
    terms = _ENUMERATED.get(keyword)
    if terms is not None and text not in terms:
        raise _wrong(keyword, text, f"must be one of {', '.join(terms)}")
    problem = _offset(text) if keyword == "TimezoneOffsetFromUTC" else _CHECKS[VR](text)
    if problem is not None:
        raise _wrong(keyword, text, problem)
    return text


def _wrong(keyword: str, text: str, problem: str) -> MetadataError:
    return MetadataError(f"{keyword}={_shown(text)} {problem}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "…")


def _check_vm(keyword: str, vm: str, count: int) -> None:
    if not any(_fits(alternative, count) for alternative in vm.split(" or ")):
        values = "value" if vm == "1" else "values"
        raise MetadataError(f"{keyword} takes {vm} {values}, not {count}", "values are separated by a backslash")


def _fits(vm: str, count: int) -> bool:
    """Whether so many values are what PS3.6 prints as 1, 1-3, 1-n or 2-2n."""
    match = _VM.fullmatch(vm)
    if match is None:
        return False
    low = int(match[1])
    if match[3]:
        return count >= low and count % int(match[2] or 1) == 0
    return low <= count <= int(match[2] or low)


def _check_characters(VR: str, keyword: str, text: str) -> None:
    allowed = "\n\r\f\t" if VR in _MAY_BREAK_LINES else ""
    for character in text:
        if (ord(character) < 32 or 0x7F <= ord(character) < 0xA0) and character not in allowed:
            raise _wrong(keyword, text, f"holds the control character U+{ord(character):04X}")
        if 0xD800 <= ord(character) < 0xE000:
            raise _wrong(keyword, text, "is not valid text: it holds bytes that are no UTF-8")
    longest = _LONGEST.get(VR)
    if longest is not None and len(text) > longest:
        raise _wrong(keyword, text, f"has {len(text)} characters; {VR} holds {longest}")


def _integer(VR: str, keyword: str, text: str) -> int:
    low, high = _INTEGERS[VR]
    number = int(text) if re.fullmatch(r"[+-]?[0-9]{1,20}", text) else None
    if number is None or not low <= number <= high:
        raise _wrong(keyword, text, f"is no whole number from {low} to {high} (VR {VR})")
    return number


def _real(VR: str, keyword: str, text: str) -> float:
    if not _DECIMAL.fullmatch(text):
        raise _wrong(keyword, text, f"is no number (VR {VR})")
    number = float(text)
    if math.isfinite(number):
        try:
            struct.pack("<f" if VR == "FL" else "<d", number)
        except OverflowError:
            pass
        else:
            return number
    raise _wrong(keyword, text, f"is too large (VR {VR})")


def _pattern(pattern: str, problem: str) -> Callable[[str], str | None]:
    compiled = re.compile(pattern)
    return lambda text: None if compiled.fullmatch(text) else problem


def _anything(_text: str) -> str | None:
    return None


def _date(text: str) -> str | None:
    if not re.fullmatch(r"[0-9]{8}", text):
        return "is no date; write it as YYYYMMDD"
    try:
        datetime.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return "is no day of the calendar"
    return None


def _time(text: str) -> str | None:
    match = _TM.fullmatch(text) if text.isascii() else None
    if match is None:
        return "is no time; write it as HHMMSS, with a fraction or less precise if need be"
    hour, minute, second = (int(match[i] or 0) for i in (1, 3, 5))
    return None if hour < 24 and minute < 60 and second <= 60 else "is no time of a day"


def _date_time(text: str) -> str | None:
    match = _DT.fullmatch(text) if text.isascii() else None
    if match is None:
        return "is no date and time; write it as YYYYMMDDHHMMSS, less precise or with &ZZXX if need be"
    offset = match[10] or ""
    digits = text.removesuffix(offset)
    padded = digits[:4] + (digits[4:6] or "01") + (digits[6:8] or "01")
    return _date(padded) or (_time(digits[8:]) if digits[8:] else None) or (_offset(offset) if offset else None)


def _offset(text: str) -> str | None:
    """An offset from UTC, -1200 to +1400; "-0000" is forbidden (PS3.5 table 6.2-1, DT)."""
    if _OFFSET.fullmatch(text) and text != "-0000" and int(text[3:]) < 60 and -1200 <= int(text) <= 1400:
        return None
    return "is no offset from UTC; write it as +HHMM or -HHMM, from -1200 to +1400"


def _person_name(text: str) -> str | None:
    groups = text.split("=")
    if len(groups) > 3:
        return "has more than three component groups; a name has an alphabetic, an ideographic and a phonetic one"
    for group in groups:
        if len(group) > 64:
            return f"has {len(group)} characters in one component group; PN holds 64"
        if group.count("^") > 4:
            return "has more than five components; write FAMILY^GIVEN^MIDDLE^PREFIX^SUFFIX"
    return None


def _decimal_string(text: str) -> str | None:
    if _DECIMAL.fullmatch(text):
        return None if math.isfinite(float(text)) else "is too large"
    return "is no decimal number"


def _integer_string(text: str) -> str | None:
    if re.fullmatch(r"[+-]?[0-9]+", text) and -(2**31) <= int(text) < 2**31:
        return None
    return "is no whole number from -2147483648 to 2147483647"


def _uid(text: str) -> str | None:
    return None if is_uid(text) else "is no UID: numbers without leading zeros, separated by dots, the first 0, 1 or 2"


def is_uid(text: str) -> bool:
    """Whether text is a UID but for its length (PS3.5 9.1); ISO/IEC 9834 has no root above 2, nor 40 below 0 and 1."""
    match = re.fullmatch(r"([0-2])\.(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*", text)
    return match is not None and (match[1] == "2" or len(match[2]) < 2 or (len(match[2]) == 2 and match[2] < "40"))


_CHECKS: Final[dict[str, Callable[[str], str | None]]] = {
    "AE": _pattern(r"[ -\[\]-~]+", "is no application entity title: ASCII without backslash"),
    "AS": _pattern(r"[0-9]{3}[DWMY]", "is no age; write it as 034Y, or with D, W, M"),
    "CS": _pattern(r"[A-Z0-9_ ]+", "is no code string: capital letters, digits, space and underscore only"),
    "DA": _date,
    "DS": _decimal_string,
    "DT": _date_time,
    "IS": _integer_string,
    "LO": _anything,
    "LT": _anything,
    "PN": _person_name,
    "SH": _anything,
    "ST": _anything,
    "TM": _time,
    "UC": _anything,
    "UI": _uid,
    "UR": _pattern(r"[A-Za-z0-9_:/?#\[\]@!$&'()*+,;=%.~-]+", "is no URI: it holds characters that RFC 3986 has not"),
    "UT": _anything,
}
_TEXTUAL: Final = frozenset({*_CHECKS, *_INTEGERS, "AT", "FD", "FL", "SQ"})
