"""What each toolkit wrote on its own, what is kept, and why: one row an attribute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from pydicom.datadict import keyword_for_tag

from dicomize.comparing.model import AttributeRow
from dicomize.model import Change, Plan, StepKind
from dicomize.normalize import changes_of, dataset_of, shown, shown_in
from dicomize.pixeldata import StoredInstance

_PIXEL_DATA: Final = 0x7FE00010
_SIZE: Final = frozenset({0x00280010, 0x00280011})
_NOT_SHOWN: Final = frozenset({"FileMetaInformationGroupLength", "FileMetaInformationVersion"})
_CLEANED: Final = ("nothing but the picture stays in the stream", "PS3.15 E.3")


def attribute_rows(
    written: Mapping[str, StoredInstance], plan: Plan | None, kept: StoredInstance | None
) -> tuple[AttributeRow, ...]:
    """The rows of all attributes that anybody wrote or that are kept, in tag order.

    Args:
        written: by backend, what its toolkit wrote on its own.
        plan: what decided on the result; None: there is none, and nothing is kept.
        kept: the normalized instance, for the length of its picture.
    """
    if plan is None:
        return _theirs_alone(written)
    changes = {name: _by_tag(changes_of(plan, instance)) for name, instance in written.items()}
    ours = {int(element.tag): shown(element) for element in dataset_of(plan.attributes)}
    tags = sorted({*ours, *(tag for by_tag in changes.values() for tag in by_tag)} - {_PIXEL_DATA})
    rows = tuple(_turned(plan, _row(tag, changes, ours.get(tag, "absent"))) for tag in tags)
    return (*rows, *_pixel_row(written, changes, kept))


def _by_tag(changes: tuple[Change, ...]) -> dict[int, Change]:
    return {change.tag: change for change in changes}


def _row(tag: int, changes: Mapping[str, dict[int, Change]], ours: str) -> AttributeRow:
    first = next((by_tag[tag] for by_tag in changes.values() if tag in by_tag), None)
    if first is not None:
        ours = first.ours  # attributes of the file meta information are in no plan
    theirs = tuple((name, by_tag[tag].theirs if tag in by_tag else ours) for name, by_tag in changes.items())
    return AttributeRow(tag, theirs, ours, first.reason if first else "", first.reference if first else "")


def _turned(plan: Plan, row: AttributeRow) -> AttributeRow:
    """A row of Rows or Columns that differ because the picture is turned."""
    if row.tag in _SIZE and row.reason and any(step.kind is StepKind.TURN for step in plan.steps):
        return replace(row, reason="the picture is turned upright", reference="PS3.3 C.7.6.3")
    return row


def _pixel_row(
    written: Mapping[str, StoredInstance], changes: Mapping[str, dict[int, Change]], kept: StoredInstance | None
) -> tuple[AttributeRow, ...]:
    """PixelData by its length and, where that differs, its encapsulation."""
    if kept is None:
        return ()
    ours = _picture(kept)
    theirs = {name: _picture(instance) for name, instance in written.items()}
    reason, reference = "", ""
    if any(text != ours for text in theirs.values()):
        reason, reference = _CLEANED
    elif change := next((by_tag[_PIXEL_DATA] for by_tag in changes.values() if _PIXEL_DATA in by_tag), None):
        ours, reason, reference = change.ours, change.reason, change.reference
        theirs = {n: c[_PIXEL_DATA].theirs if _PIXEL_DATA in c else ours for n, c in changes.items()}
    return (AttributeRow(_PIXEL_DATA, tuple(theirs.items()), ours, reason, reference),)


def _picture(instance: StoredInstance) -> str:
    if instance.pixels is None:
        return "absent"
    how = "encapsulated" if instance.pixels.encapsulated else "native"
    return f"{sum(length for _, length in instance.pixels.fragments):,} bytes {how}"


def _theirs_alone(written: Mapping[str, StoredInstance]) -> tuple[AttributeRow, ...]:
    values = {name: _values(instance) for name, instance in written.items()}
    tags = sorted({tag for by_tag in values.values() for tag in by_tag})
    return tuple(
        AttributeRow(tag, tuple((name, by_tag.get(tag, "absent")) for name, by_tag in values.items()), "", "", "")
        for tag in tags
        if keyword_for_tag(tag) not in _NOT_SHOWN
    )


def _values(instance: StoredInstance) -> dict[int, str]:
    found: dict[int, str] = {}
    for dataset in (instance.dataset.file_meta, instance.dataset):
        for tag in dataset.keys():  # noqa: SIM118 - a data set iterates over its elements, and decodes them
            found[int(tag)] = shown_in(dataset, tag)
    if instance.pixels is not None:
        found[_PIXEL_DATA] = _picture(instance)
    return found
