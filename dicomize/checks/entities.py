"""What files say about each other: entities whose attributes disagree, duplicates, references that lead nowhere.

It does what dcentvfy does, with its severities (all are errors, but for an attribute that only one file has, or has empty,
and for one number written in two ways, which are warnings). Where it differs, it is on purpose:

- Each file is compared with the first of its entity, not with the last, so that the later file has the finding.
- A patient is PatientID with its issuer. Files without a PatientID are one patient only within a study.
- Text is compared as characters, so that one name in two character sets is one name.
- Attributes that dcentvfy does not look at: institution and department; AccessionNumber within a study, where it belongs,
  not within a series; PositionReferenceIndicator wherever FrameOfReferenceUID is the same; modules as they are listed here
  for every SOP class, known or not.
- One UID on two levels is an error. A reference to what is no file, such as a performed procedure step, is none.
- Of a sequence dcentvfy compares the number of items only; we compare what is in them as well, in any order.
"""

from __future__ import annotations

import filecmp
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from pydicom._uid_dict import UID_dictionary

from dicomize.checks.elements import Walked
from dicomize.checks.entity_modules import ROWS
from dicomize.checks.entity_values import Value, difference_of, values_of
from dicomize.checks.paths import SOURCE, name_of, places, text, texts
from dicomize.model import Finding, Severity

_PATIENT_ID, _ISSUER = 0x00100020, 0x00100021
_STUDY, _SERIES, _INSTANCE, _FRAME_OF_REFERENCE = 0x0020000D, 0x0020000E, 0x00080018, 0x00200052
_CLASS, _REFERENCED_CLASS, _REFERENCED_INSTANCE = 0x00080016, 0x00081150, 0x00081155


_COMPARED: Final = frozenset(tag for _, tag in ROWS)

_BELONGINGS: Final = (
    (_STUDY, _PATIENT_ID, "A.1.2.2"),
    (_SERIES, _PATIENT_ID, "A.1.2.3"),
    (_SERIES, _STUDY, "A.1.2.3"),
    (_INSTANCE, _PATIENT_ID, "C.12.1"),
    (_INSTANCE, _STUDY, "C.12.1"),
    (_INSTANCE, _SERIES, "C.12.1"),
)
"""what has one parent only: the UID, the parent, and the paragraph"""
_LEVELS: Final = (_STUDY, _SERIES, _INSTANCE, _FRAME_OF_REFERENCE)


class _File(NamedTuple):
    """What is kept of the first file of an entity."""

    path: Path
    values: Mapping[int, Value]


def check_entities(files: Iterable[tuple[Path, Walked]]) -> dict[Path, tuple[Finding, ...]]:
    """The findings on each file that has any, all files taken together; files are looked at one by one, in their order."""
    known, found = _Known(), dict[Path, list[Finding]]()
    for path, walked in files:
        found.setdefault(path, []).extend(known.findings(path, walked))
    for path, finding in known.missing():
        found[path].append(finding)
    return {path: tuple(findings) for path, findings in found.items() if findings}


class _Known:
    """What is known of the files seen so far."""

    def __init__(self) -> None:
        self.entities: dict[tuple[str, ...], _File] = {}
        self.patients: dict[tuple[str, str], tuple[str, ...]] = {}
        """(StudyInstanceUID, PatientID) -> patient: in one study the issuer makes no other patient"""
        self.parents: dict[tuple[int, int, str], tuple[Path, str]] = {}
        self.levels: dict[str, dict[int, Path]] = {}
        self.instances: dict[str, Path] = {}
        self.references: dict[Path, dict[str, str]] = {}
        """file -> UID of an instance not yet seen -> path of the reference"""

    def findings(self, path: Path, walked: Walked) -> Iterator[Finding]:
        """Findings on the next file, which is known from then on."""
        identity = {tag: text(walked.dataset, tag) or "" for tag in (_CLASS, _PATIENT_ID, _ISSUER, *_LEVELS)}
        yield from self._duplicate(path, identity[_INSTANCE])
        yield from self._hierarchy(path, identity)
        yield from self._levels(path, identity)
        yield from self._mismatches(path, identity, values_of(walked, _COMPARED))
        self._note_references(path, walked)

    def _duplicate(self, path: Path, uid: str) -> Iterator[Finding]:
        first = self.instances.get(uid)
        if first is None and uid:
            self.instances[uid] = path
        elif first is not None:
            equal = " - the files are equal, byte for byte" if _same_bytes(first, path) else ""
            message = f"Duplicate SOPInstanceUID - {uid} - also in file <{first}>{equal}"
            yield _finding(Severity.ERROR, "entity-duplicate", message, _INSTANCE, "C.12.1")

    def _hierarchy(self, path: Path, identity: Mapping[int, str]) -> Iterator[Finding]:
        for tag, parent_tag, paragraph in _BELONGINGS:
            child, parent = identity[tag], identity[parent_tag]
            first, expected = self.parents.setdefault((tag, parent_tag, child), (path, parent))
            if child and expected != parent:
                versus = f"value is <{parent}> versus <{expected}> in file <{first}>"
                message = f"Different {_keyword(parent_tag)} for same {_keyword(tag)} = <{child}> - {versus}"
                yield _finding(Severity.ERROR, "entity-hierarchy", message, parent_tag, paragraph)

    def _levels(self, path: Path, identity: Mapping[int, str]) -> Iterator[Finding]:
        """Within one file it is a finding on that file (files.py)."""
        for tag in _LEVELS:
            uid = identity[tag]
            seen = self.levels.setdefault(uid, {})
            other = next(
                (f"{_keyword(n)} = <{uid}> in file <{first}>" for n, first in seen.items() if first != path), ""
            )
            if uid and other and tag not in seen:
                message = f"{_keyword(tag)} has same value as {other}"
                yield _finding(Severity.ERROR, "entity-hierarchy", message, tag, "PS3.5 9")
            seen.setdefault(tag, path)

    def _mismatches(self, path: Path, identity: Mapping[int, str], values: Mapping[int, Value]) -> Iterator[Finding]:
        study, patient = identity[_STUDY], identity[_PATIENT_ID]
        own = ("Patient", identity[_ISSUER], patient) if patient else ("Patient of study", study)
        keys = {
            "Patient": self.patients.setdefault((study, patient), own) if study else own,
            "Study": ("Study", study),
            "Series": ("Series", study, identity[_SERIES]),
            "FrameOfReference": ("FrameOfReference", identity[_FRAME_OF_REFERENCE]),
        }
        this, told = _File(path, values), set[int]()
        first = {name: self.entities.setdefault(key, this) if key[-1] else this for name, key in keys.items()}
        for module, tag in ROWS:
            if not module.belongs(identity[_CLASS]):
                continue
            other = first[module.within]
            difference = difference_of(module, values.get(tag), other.values.get(tag))
            if difference is not None and tag not in told:
                told.add(tag)
                severity, sentence, versus = difference
                element = f"Element=<{_keyword(tag)}> IE=<{module.entity}>"
                message = f"{sentence} - {element} - {versus} in file <{other.path}>"
                yield _finding(severity, "entity-mismatch", message, tag, module.paragraph)

    def _note_references(self, path: Path, walked: Walked) -> None:
        for place in places(walked.dataset):
            if place.element.tag != _REFERENCED_INSTANCE or not _is_stored(text(place.item, _REFERENCED_CLASS)):
                continue
            for uid in texts(place.element):
                if uid and uid not in self.instances:
                    self.references.setdefault(path, {}).setdefault(uid, place.path())

    def missing(self) -> Iterator[tuple[Path, Finding]]:
        """References to instances that did not come: each once for a file, at the first place."""
        for path, references in self.references.items():
            for uid, where in references.items():
                if uid not in self.instances:
                    message, tag = f"Missing SOPInstanceUID that was referenced - {uid}", _REFERENCED_INSTANCE
                    yield path, _finding(Severity.ERROR, "entity-reference", message, tag, "10.8", where)


# ---------------------------------------------------------------- helpers


def _keyword(tag: int) -> str:
    return name_of(tag).partition("(")[0]


def _finding(severity: Severity, kind: str, message: str, tag: int, reference: str, path: str = "") -> Finding:
    paragraph = reference if reference.startswith("PS") else f"PS3.3 {reference}"
    return Finding(severity, kind, message, SOURCE, tag, path or f"/{name_of(tag)}", paragraph)


def _is_stored(sop_class: str | None) -> bool:
    """Whether instances of a class are files, as far as anybody knows."""
    known = UID_dictionary.get(sop_class or "")
    return known is None or "Storage" in known[0]


def _same_bytes(first: Path, second: Path) -> bool:
    try:
        return filecmp.cmp(first, second, shallow=False)
    except OSError:
        return False
