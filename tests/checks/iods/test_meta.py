"""File meta information, which has a table of its own (PS3.10 7.1)."""

from __future__ import annotations

import io

import pydicom
import pytest
from pydicom.filewriter import dcmwrite

from dicomize.checks.elements import walk_bytes
from dicomize.checks.iods import check_iod
from dicomize.checks.profiles import Profile

from .conftest import encoded, good

UNKNOWN = "1.2.840.10008.5.1.4.1.1.2"
"""CT: there are no tables for it"""


def spoilt(keyword: str, value: object = None, sop_class: str = "") -> bytes:
    """A good file with one attribute of its meta information replaced, or deleted."""
    file = pydicom.dcmread(io.BytesIO(encoded(good("sc"))))
    if value is None:
        del file.file_meta[keyword]
    else:
        setattr(file.file_meta, keyword, value)
    if sop_class:
        file.SOPClassUID = sop_class
    buffer = io.BytesIO()
    dcmwrite(buffer, file, enforce_file_format=False, little_endian=True, implicit_vr=False)
    return buffer.getvalue()


def found(data: bytes, profile: Profile) -> set[tuple[str, str]]:
    return {(f.kind, f.path) for f in check_iod(walk_bytes(data), profile)}


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(
    ("keyword", "tag"),
    [
        ("FileMetaInformationGroupLength", "0002,0000"),
        ("FileMetaInformationVersion", "0002,0001"),
        ("MediaStorageSOPClassUID", "0002,0002"),
        ("MediaStorageSOPInstanceUID", "0002,0003"),
        ("ImplementationClassUID", "0002,0012"),
    ],
)
def test_required(keyword: str, tag: str, profile: Profile) -> None:
    assert found(spoilt(keyword), profile) == {("missing-1", f"/{keyword}({tag})")}
    if keyword != "FileMetaInformationGroupLength":
        assert found(spoilt(keyword, b"" if "Version" in keyword else ""), profile) == {
            ("empty-1", f"/{keyword}({tag})")
        }


@pytest.mark.parametrize("profile", Profile)
def test_private_information_and_its_creator_go_together(profile: Profile) -> None:
    path = "/PrivateInformation(0002,0102)"
    assert found(spoilt("PrivateInformationCreatorUID", "2.25.9"), profile) == {("missing-1C", path)}
    assert found(spoilt("PrivateInformation", b"\0\0"), profile) == {("present-condition-unsatisfied", path)}


def test_it_is_looked_at_without_tables_for_the_iod_in_strict_only() -> None:
    data = spoilt("ImplementationClassUID", sop_class=UNKNOWN)
    assert found(data, Profile.STRICT) == {("missing-1", "/ImplementationClassUID(0002,0012)")}
    assert found(data, Profile.DCIODVFY) == set()


def test_none_at_all() -> None:
    data = encoded(good("sc"))
    start = sum(length or 0 for length in walk_bytes(data).meta.elements[-1].span)
    # that there is none is said where it is read, once
    for bare in (data[start:], data[:132] + data[start:]):
        assert found(bare, Profile.STRICT) == found(bare, Profile.DCIODVFY) == set()
