from __future__ import annotations

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import UID

from dicomize.errors import MetadataError
from dicomize.metadata.uids import UIDSource, check_root, secret_of
from dicomize.model import SiteProfile

_ANY = st.lists(st.text(max_size=20), max_size=4)


@settings(deadline=None)
@given(st.sampled_from(["study", "series", "instance"]), _ANY, st.text(max_size=20))
def test_derived_uids_are_those_of_a_uuid_of_ones_own(kind: str, identity: list[str], key: str) -> None:
    uid = UIDSource(key=key).make(kind, *identity)
    assert UID(uid).is_valid
    assert uid.startswith("2.25.")
    made = uuid.UUID(int=int(uid.removeprefix("2.25.")))
    assert made.variant == uuid.RFC_4122  # 0b10, as RFC 9562 has it
    assert made.int >> 76 & 0xF == 8
    assert uid == UIDSource(key=key).make(kind, *identity)


@settings(deadline=None)
@given(st.from_regex(r"(1\.[1-9]|2\.[1-9][0-9]{0,3})(\.[1-9][0-9]{0,5}){0,5}", fullmatch=True), _ANY)
def test_uids_under_a_root(root: str, identity: list[str]) -> None:
    uid = UIDSource(root=root).make("study", *identity)
    assert uid.startswith(f"{root}.")
    assert UID(uid).is_valid
    assert len(uid) <= 64


def test_the_longest_root_leaves_room() -> None:
    root = "1.2." + "3" * 36
    uids = {UIDSource(root=root).make("study", str(n)) for n in range(500)}
    assert len(uids) == 500
    assert all(UID(u).is_valid and len(u) <= 64 for u in uids)


@pytest.mark.parametrize(
    "root", ["1", "1.2.", ".1", "1.02", "1.2.x", "3.4", "1.40", "1.2." + "3" * 37, "1.2.840.10008", "1.2.840.10008.5"]
)
def test_what_is_no_root_of_the_user(root: str) -> None:
    with pytest.raises(MetadataError, match="UID root"):
        UIDSource(root=root)


def test_a_root_that_only_begins_like_that_of_the_standard() -> None:
    check_root("1.2.840.100081")


def test_kind_identity_and_key_each_change_the_uid() -> None:
    uids = [
        UIDSource().make("study", "a", "b"),
        UIDSource().make("series", "a", "b"),
        UIDSource().make("study", "ab", ""),
        UIDSource().make("study", "a", "b", ""),
        UIDSource().make("study", "b", "a"),
        UIDSource(key="secret").make("study", "a", "b"),
        UIDSource(key="\udcff").make("study", "a", "b"),
        UIDSource(key="\ud800").make("study", "\udcff"),
        UIDSource(root="1.2.3").make("study", "a", "b"),
    ]
    assert len(set(uids)) == len(uids)


def test_the_secret_is_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DERM_KEY", "hunter2")
    assert secret_of(SiteProfile()) == ""
    assert secret_of(SiteProfile(uid_key="x")) == "x"
    assert secret_of(SiteProfile(uid_key_env="DERM_KEY")) == "hunter2"
    for value in ("", None):
        monkeypatch.delenv("DERM_KEY")
        if value is not None:
            monkeypatch.setenv("DERM_KEY", value)
        with pytest.raises(MetadataError, match="environment variable DERM_KEY, which is not set"):
            secret_of(SiteProfile("derm", uid_key_env="DERM_KEY"))
