"""Coded entries: schemes, and what their codes look like (PS3.3 8, PS3.16 8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from dicomize.checks.elements import Item
from dicomize.checks.paths import SOURCE, Place, name_of, text
from dicomize.checks.profiles import Profile
from dicomize.model import Finding, Severity

_CODE_VALUE, _SCHEME, _MEANING, _LONG_CODE_VALUE = 0x00080100, 0x00080102, 0x00080104, 0x00080119

_CHARACTERS: Final = {
    "SCT": r"[0-9]",
    "DCM": r"[A-Z0-9]",
    "SRT": r"[A-Z0-9-]",
    "SNM3": r"[A-Z0-9-]",
    "99SDM": r"[A-Z0-9-]",
}
"""scheme -> characters of its codes"""

_DEPRECATED: Final = frozenset({"SRT", "SNM3", "99SDM"})
"""designators that SCT has replaced (PS3.16 8.1)"""

_UNKNOWN: Final = frozenset({("261665006", "SCT"), ("R-41198", "SRT")})


def check_codes(found: Iterable[Place], profile: Profile) -> Iterator[Finding]:
    """Findings on every code sequence item."""
    for place in found:
        for number, item in enumerate(place.element.items, 1):
            scheme = text(item, _SCHEME)
            if scheme is not None or item.get(_LONG_CODE_VALUE) is not None:
                yield from _code(item, f"{place.path(number)}/", scheme or "", profile)


def _code(item: Item, parent: str, scheme: str, profile: Profile) -> Iterator[Finding]:
    code, meaning = text(item, _CODE_VALUE), text(item, _MEANING) or ""
    if scheme in _DEPRECATED:
        message = f"CodingSchemeDesignator is deprecated = <{scheme}>"
        yield _finding(Severity.WARNING, _SCHEME, parent, message, number=1)
    if profile is Profile.DCIODVFY and scheme.startswith("99"):
        for bad in dict.fromkeys(re.sub("[A-Za-z0-9]", "", scheme)):
            message = f"Private CodingSchemeDesignator contains non-alphanumeric characters - value is <{scheme}>"
            yield _finding(Severity.WARNING, _SCHEME, parent, f"{message} - bad character is '{bad}'")
    if code and scheme in _CHARACTERS:
        for bad in dict.fromkeys(re.sub(_CHARACTERS[scheme], "", code)):
            message = f"CodeValue contains invalid characters for coding scheme - value is <{code}> - bad character is"
            yield _finding(Severity.WARNING, _CODE_VALUE, parent, f"{message} '{bad}' - coding scheme is <{scheme}>")
    if code and ((code, scheme) in _UNKNOWN or (profile is Profile.DCIODVFY and meaning.lower() == "unknown")):
        message = f"Code Sequence contains concept for unknown - code value is <{code}> - coding scheme is <{scheme}>"
        yield _finding(Severity.WARNING, _CODE_VALUE, parent, message)
    long_code = text(item, _LONG_CODE_VALUE)
    if long_code and len(long_code) <= 16:
        message = f"LongCodeValue is too short - required to be >16 - value is <{long_code}>"
        yield _finding(Severity.ERROR, _LONG_CODE_VALUE, parent, message)


def _finding(severity: Severity, tag: int, parent: str, message: str, *, number: int = 0) -> Finding:
    path = parent + name_of(tag) + (f"[{number}]" if number else "")
    return Finding(severity, "code", message, SOURCE, tag, path, "PS3.3 8")
