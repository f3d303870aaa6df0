"""An IOD by tag passes over rows; nothing that the engine would say is lost by it."""

from __future__ import annotations

import pytest

from dicomize.checks.elements import Element, Item
from dicomize.checks.iods import tables
from dicomize.checks.iods.engine import Run
from dicomize.checks.iods.flat import flat_iod
from dicomize.checks.iods.view import Facts, View
from dicomize.checks.profiles import Profile

CLASSES = sorted(tables._read("iods"))
EXPLICIT = "1.2.840.10008.1.2.1"


def view(*elements: Element) -> View:
    return View(Item(elements), Facts(EXPLICIT, "<"))


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("uid", CLASSES)
def test_of_values_that_are_passed_over_nothing_is_to_be_said(uid: str, profile: Profile) -> None:
    flat = flat_iod(uid, profile)
    assert flat is not None
    looked_at = 0
    for tag, rows in flat.telling.items():
        for _, row, fine in rows:
            for VR, raw in fine:
                run = Run(profile)
                run._present(row, view(Element(tag, VR, raw, (0, len(raw)))), "")
                assert not run.found, (row.keyword, VR, raw)
                looked_at += 1
    assert looked_at > 20


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("uid", CLASSES)
def test_rows_that_are_left_out_have_nothing_to_say(uid: str, profile: Profile) -> None:
    """Not even of an empty attribute."""
    flat, iod = flat_iod(uid, profile), tables.iod(uid, profile)
    assert flat is not None
    assert iod is not None
    for module in iod.modules:
        for tag, row in module.level.rows.items():
            if tag not in module.level.telling:
                run = Run(profile)
                for raw in (b"", b"\1\0", b"@@"):
                    run._present(row, view(Element(tag, "CS", raw, (0, len(raw)))), "")
                assert not run.found, row.keyword


def test_an_unknown_class() -> None:
    assert flat_iod("1.2.840.10008.5.1.4.1.1.2", Profile.STRICT) is None
