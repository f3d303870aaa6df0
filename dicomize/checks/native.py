"""The native checks of one file: the walk, the encoding, the values, the file as a whole, and its IOD."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dicomize.checks.elements import Walked, walk
from dicomize.checks.files import check_file_level
from dicomize.checks.iods import check_iod, iod_name
from dicomize.checks.paths import text
from dicomize.checks.profiles import Profile
from dicomize.checks.reading import read_file
from dicomize.checks.values import check_values
from dicomize.model import Finding

_SOP_CLASS_UID: Final = 0x00080016

_OF_A_MODULE: Final = frozenset({"vm", "vr-wrong"})
"""kinds that dciodvfy has only for attributes of the IOD"""


def check_native(path: Path, profile: Profile) -> tuple[str, tuple[Finding, ...]]:
    """Name of the IOD and findings; each finding once.

    Raises:
        OSError: the file cannot be read.
    """
    return check_walked(walk(path), profile)


def check_walked(walked: Walked, profile: Profile) -> tuple[str, tuple[Finding, ...]]:
    """The same on a file that has been walked."""
    reading = read_file(walked, profile)
    found = dict.fromkeys((*reading.findings, *_behind_reading(reading.walked, profile)))
    if profile is Profile.DCIODVFY:
        no_iod = any(finding.kind == "sop-class" for finding in found)
        strange = {finding.path for finding in found if finding.kind == "not-in-iod"}
        found = {f: None for f in found if f.kind not in _OF_A_MODULE or not (no_iod or f.path in strange)}
    return iod_name(text(walked.dataset, _SOP_CLASS_UID) or ""), tuple(found)


def _behind_reading(walked: Walked, profile: Profile) -> Iterator[Finding]:
    yield from check_values(walked, profile)
    yield from check_file_level(walked, profile)
    yield from check_iod(walked, profile)
