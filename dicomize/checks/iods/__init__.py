"""The rules of an IOD (PS3.3): what must be there, what must not, and which values it may have.

A table engine. The tables are made by scripts/make-iod-tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dicomize.checks.iods.engine import Run
from dicomize.checks.iods.flat import flat_iod
from dicomize.checks.iods.imitation import as_dciodvfy_reads
from dicomize.checks.iods.tables import file_meta, iod_entry
from dicomize.checks.iods.view import View, view_of
from dicomize.checks.profiles import Profile

if TYPE_CHECKING:
    from dicomize.checks.elements import Walked
    from dicomize.model import Finding

__all__ = ["check_iod", "covered", "iod_name"]

_SOP_CLASS_UID = 0x00080016


def check_iod(walked: Walked, profile: Profile) -> Iterator[Finding]:
    """What is wrong with a file by the rules of its IOD; its meta information only if that IOD has no tables."""
    seen = as_dciodvfy_reads(walked) if profile is Profile.DCIODVFY else walked.dataset
    dataset = view_of(walked, seen)
    definition = flat_iod(_sop_class(dataset), profile)
    if _has_meta(walked, profile, known=definition is not None):
        yield from Run(profile).check_level(file_meta(profile), view_of(walked, walked.meta))
    if definition is not None:
        yield from Run(profile).check(definition, dataset)


def _has_meta(walked: Walked, profile: Profile, *, known: bool) -> bool:
    """Whether to look at the file meta information; that a file has none at all is said where it is read."""
    return bool(walked.meta.elements) and (known or profile is Profile.STRICT)


def covered(sop_class_uid: str) -> bool:
    """Whether there are tables for the IOD of a SOP class."""
    return iod_entry(sop_class_uid) is not None


def iod_name(sop_class_uid: str) -> str:
    """dciodvfy's name of the IOD of a SOP class, such as SCImage; an empty string if there are no tables for it."""
    entry = iod_entry(sop_class_uid)
    return "" if entry is None else str(entry["name"])


def _sop_class(dataset: View) -> str:
    return next(iter(dataset.texts(_SOP_CLASS_UID)), "")
