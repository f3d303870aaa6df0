"""What the elements of one file say about each other, whatever the object is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pydicom._uid_dict import UID_dictionary

from dicomize.checks.codes import check_codes
from dicomize.checks.elements import Element, Walked
from dicomize.checks.orientation import ORIENTATIONS, check_orientation
from dicomize.checks.paths import SOURCE, Place, name_of, places, read_as, text, texts
from dicomize.checks.pixels import check_pixels
from dicomize.checks.profiles import Profile
from dicomize.model import Finding, Severity

_SOP_CLASS_UID, _SOP_INSTANCE_UID = 0x00080016, 0x00080018
_STUDY_INSTANCE_UID, _SERIES_INSTANCE_UID = 0x0020000D, 0x0020000E
_FRAME_OF_REFERENCE_UID: Final = 0x00200052
_DIRECTORY_RECORD_SEQUENCE, _PIXEL_DATA = 0x00041220, 0x7FE00010

_SAME: Final = (
    (0x00020002, _SOP_CLASS_UID, "MediaStorageSOPClassUID", "SOPClassUID"),
    (0x00020003, _SOP_INSTANCE_UID, "MediaStorageSOPInstanceUID", "SOPInstanceUID"),
)
"""file meta against data set (PS3.10 7.1)"""

_UNIQUE: Final = (
    (_SOP_INSTANCE_UID, "SOPInstanceUID", _SERIES_INSTANCE_UID, "SeriesInstanceUID"),
    (_SOP_INSTANCE_UID, "SOPInstanceUID", _STUDY_INSTANCE_UID, "StudyInstanceUID"),
    (_SERIES_INSTANCE_UID, "SeriesInstanceUID", _STUDY_INSTANCE_UID, "StudyInstanceUID"),
    (_SOP_INSTANCE_UID, "SOPInstanceUID", _FRAME_OF_REFERENCE_UID, "FrameOfReferenceUID"),
    (_STUDY_INSTANCE_UID, "StudyInstanceUID", _FRAME_OF_REFERENCE_UID, "FrameOfReferenceUID"),
    (_SERIES_INSTANCE_UID, "SeriesInstanceUID", _FRAME_OF_REFERENCE_UID, "FrameOfReferenceUID"),
)
"""UIDs that name different things (PS3.5 9)"""

_FOR_DICOMDIR: Final = (0x00100020, 0x00080020, 0x00080030, 0x00200010, 0x00080060, 0x00200011, 0x00200013)
"""PatientID, StudyDate, StudyTime, StudyID, Modality, SeriesNumber, InstanceNumber: keys of directory records (PS3.3 F.5)"""

_INSTANCE_NUMBER: Final = 0x00200013

_ARCS: Final = (
    # dciodvfy's first level and its second: the joint arcs that it knows are DICOM's own neighbours only
    (r"0\.[2-5]\.", "0.", "uses non-existent ITU-T arc"),
    (r"1\.[0-3]\.", "1.", "uses non-existent ISO arc"),
    (r"2\.(16|25)\.", "2.", "uses non-existent Joint ISO/ITU-T arc"),
)
_ROOT: Final = r"(0|1)\.([0-9]|[123][0-9])(\.|$)|2\.[0-9]|[012]$"
"""the standard's roots: two arcs of 40 and a third without a limit (ISO/IEC 8824)"""

_INSTANCES: Final = frozenset({0x00020003, _SOP_INSTANCE_UID, 0x00081155})
"""elements with the UID of an instance, which nobody but the standard may take from the standard's own root"""
_NEMA: Final = "1.2.840.10008."
_COMMON_ROOTS: Final = (b"2.25.", b"1.2.826.", b"1.3.6.1.")
"""of UIDs that may stand anywhere"""

_WITHOUT_PATIENT: Final = frozenset({"1.2.840.10008.5.1.4.38.1", "1.2.840.10008.5.1.4.39.1"})
"""Hanging Protocol and Color Palette: DICOMDIR knows them without a patient"""


def check_file_level(walked: Walked, profile: Profile) -> Iterator[Finding]:
    """Findings on the file as a whole: meta information, UIDs, pixel data, and attributes that go together."""
    yield from _meta(walked)
    yield from _sop_class(walked)
    found = [*places(walked.meta, wanted=_is_notable), *places(walked.dataset, wanted=_is_notable)]
    yield from _uids(walked, found, profile)
    yield from _directory(walked, profile)
    yield from check_pixels(walked, profile)
    yield from check_orientation(walked, found)
    yield from check_codes(found, profile)


def _is_notable(element: Element) -> bool:
    """Whether it is one of those that are looked at wherever they stand: UIDs, orientations, sequences."""
    if element.VR == "UI":
        return not element.raw.startswith(_COMMON_ROOTS) or b"\\" in element.raw
    return bool(element.items) or element.tag in ORIENTATIONS or read_as(element) == "UI"


def _at(tag: int, severity: Severity, kind: str, message: str, reference: str) -> Finding:
    return Finding(severity, kind, message, SOURCE, tag, f"/{name_of(tag)}", reference)


def _meta(walked: Walked) -> Iterator[Finding]:
    is_directory = walked.dataset.get(_DIRECTORY_RECORD_SEQUENCE) is not None
    for tag, counterpart, keyword, other in _SAME:
        stated, actual = text(walked.meta, tag), text(walked.dataset, counterpart)
        if stated is None or (actual is None and is_directory):
            continue
        if actual is None:
            message = f"{keyword} but missing {other} and not a directory"
        elif not stated or stated != actual:
            message = f"{keyword} different from {other}"
        else:
            continue
        yield _at(tag, Severity.ERROR, "meta-mismatch", message, "PS3.10 7.1")


def _sop_class(walked: Walked) -> Iterator[Finding]:
    stated = text(walked.dataset, _SOP_CLASS_UID) or ""
    if walked.dataset.get(_DIRECTORY_RECORD_SEQUENCE) is not None:
        return
    known = UID_dictionary.get(stated)
    if known is None or "Storage" not in known[0]:
        yield Finding(Severity.ERROR, "sop-class", "Information Object Not found", SOURCE, reference="PS3.4 B.5")


# ---------------------------------------------------------------- UIDs


def _uids(walked: Walked, found: list[Place], profile: Profile) -> Iterator[Finding]:
    for place in found:
        if place.VR == "UI" and place.element.raw:
            yield from _roots(place, profile)
    for tag, keyword, other_tag, other in _UNIQUE:
        uid = text(walked.dataset, tag)
        if uid and uid == text(walked.dataset, other_tag):
            yield _at(tag, Severity.ERROR, "uid-reuse", f"{keyword} has same value as {other} = <{uid}>", "PS3.5 9")


def _roots(place: Place, profile: Profile) -> Iterator[Finding]:
    for uid in texts(place.element):
        if len(uid) < 2:
            continue
        problem = _their_root(uid) if profile is Profile.DCIODVFY else _root(uid)
        if place.element.tag in _INSTANCES and f"{uid}.".startswith(_NEMA) and not _is_known_instance(uid):
            message = f"Invalid use of NEMA organization root for UID that is not standard-defined = <{uid}>"
            yield place.finding(Severity.ERROR, "uid-root", message, "PS3.5 9.1")
        elif problem:
            yield place.finding(Severity.ERROR, "uid-root", f"Illegal root for UID{problem} = <{uid}>", "PS3.5 9.1")


def _is_known_instance(uid: str) -> bool:
    entry = UID_dictionary.get(uid)
    return entry is not None and "Instance" in entry[1]


def _their_root(uid: str) -> str:
    for pattern, first, problem in _ARCS:
        if uid.startswith(first):
            return "" if re.match(pattern, uid) else f" {problem}"
    return " "


def _root(uid: str) -> str:
    return "" if re.match(_ROOT, uid) else " "


# ---------------------------------------------------------------- single attributes


def _has_value(element: Element | None, profile: Profile) -> bool:
    """Whether there is a value; nothing but padding is one for dciodvfy."""
    if element is None:
        return False
    return bool(element.raw if profile is Profile.DCIODVFY else element.raw.strip(b" \0"))


def _directory(walked: Walked, profile: Profile) -> Iterator[Finding]:
    is_directory = walked.dataset.get(_DIRECTORY_RECORD_SEQUENCE) is not None
    if is_directory or text(walked.dataset, _SOP_CLASS_UID) in _WITHOUT_PATIENT:
        return
    for tag in _FOR_DICOMDIR:
        if tag == _INSTANCE_NUMBER and walked.dataset.get(_PIXEL_DATA) is None:
            continue
        if not _has_value(walked.dataset.get(tag), profile):
            message = "Missing attribute or value that would be needed to build DICOMDIR"
            yield _at(tag, Severity.WARNING, "dicomdir", message, "PS3.3 F.5")
