"""Directions: which letters of PatientOrientation go together, and the vectors of ImageOrientationPatient."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import hypot
from struct import pack, unpack
from typing import Final, NamedTuple

from dicomize.checks.elements import Walked
from dicomize.checks.paths import Place, numbers, text, texts
from dicomize.model import Finding, Severity

PATIENT_ORIENTATION: Final = 0x00200020
_IMAGE_ORIENTATION_PATIENT: Final = 0x00200037
ORIENTATIONS: Final = frozenset({PATIENT_ORIENTATION, _IMAGE_ORIENTATION_PATIENT})
_LONGER, _ASKEW = 5e-5, 1e-4
"""what dciodvfy takes for rounding: of a length of 1, and of a right angle's cosine"""
_ANATOMICAL_ORIENTATION_TYPE: Final = 0x00102210


class _Letters(NamedTuple):
    direction: str
    """a pattern of one direction"""
    said: str
    conflicts: tuple[frozenset[str], ...]
    """directions of which one value can have but one"""


_BIPED: Final = _Letters("[APHFLR]", "L, R, A, P, H or F", (frozenset("AP"), frozenset("HF"), frozenset("LR")))
_QUADRUPED: Final = _Letters(
    "CD|CR|DI|D|LE|L|M|PA|PL|PR|RT|R|V",
    "CD, CR, D, DI, L, LE, M, PA, PL, PR, R, RT or V",
    (
        frozenset({"LE", "RT"}),
        frozenset({"D", "V"}),
        frozenset({"CR", "CD", "R"}),
        frozenset({"M", "L"}),
        frozenset({"PR", "DI"}),
        frozenset({"PA", "PL"}),
    ),
)


def check_orientation(walked: Walked, found: Iterable[Place]) -> Iterator[Finding]:
    """Findings on every PatientOrientation and ImageOrientationPatient."""
    quadruped = text(walked.dataset, _ANATOMICAL_ORIENTATION_TYPE) == "QUADRUPED"
    letters = _QUADRUPED if quadruped else _BIPED
    for place in found:
        if place.element.tag == PATIENT_ORIENTATION and place.element.raw:
            for message in _problems(place, letters):
                yield place.finding(Severity.ERROR, "patient-orientation", message, "PS3.3 C.7.6.1.1.1")
        elif place.element.tag == _IMAGE_ORIENTATION_PATIENT:
            for message in _skewed(numbers(place.element, walked.little_endian)):
                yield place.finding(Severity.ERROR, "rule", message, "PS3.3 C.7.6.2.1.1")


def _skewed(cosines: list[float]) -> Iterator[str]:
    if len(cosines) != 6:
        return  # which is said elsewhere
    row, column = cosines[:3], cosines[3:]
    sound = True
    for name, vector in (("row", row), ("column", column)):
        if not abs(_single(hypot(*vector)) - 1) <= _LONGER:
            sound = False
            shown = "\\".join(f"{value:g}" for value in vector)
            yield f"Orientation vector is not unit vector for {name} vector = <{shown}>"
    if sound and not abs(sum(a * b for a, b in zip(row, column, strict=True))) <= _ASKEW:
        yield "Orientation vectors are not orthogonal"


def _single(value: float) -> float:
    """In the precision that dciodvfy computes with."""
    try:
        (rounded,) = unpack("<f", pack("<f", value))
    except OverflowError:
        return value
    return float(rounded)


def _problems(place: Place, letters: _Letters) -> Iterator[str]:
    values = texts(place.element)
    for value in values:
        rest = re.sub(letters.direction, "", value)
        if rest:
            yield f"Illegal character in PatientOrientation = '{rest[0]}' - only {letters.said} permitted"
        used = set(re.findall(letters.direction, value))
        for group in letters.conflicts:
            if len(group & used) > 1:
                pair = ", ".join(sorted(group & used))
                yield f"Conflicting directions in PatientOrientation cannot be present in same value - {pair}"
    if len(values) > 1 and values[0] and values[0] in values[1:]:
        row = values[0]
        yield f"PatientOrientation row and column directions cannot be identical - <{row}> and <{row}>"
