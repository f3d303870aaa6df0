"""UIDs: derived from what they identify, random, or under a root of one's own.

A derived UID is a keyed hash (HMAC-SHA-256), so that the same request gives the same UID everywhere, and nobody without
the key can test whether a UID belongs to a patient they know of (PS3.5 B.2 for the form: 2.25 and a UUID).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import Final

from dicomize.errors import MetadataError
from dicomize.metadata.values import is_uid
from dicomize.model import SiteProfile
from dicomize.records import dataclass

DERIVED: Final = "derived"
"""the origin of a UID that nobody stated"""
_DEFAULT_KEY: Final = "dicomize"
_DICOM_ROOT: Final = "1.2.840.10008"
_LONGEST_ROOT: Final = 40
"""characters; it leaves 23 digits, so that two UIDs are equal by chance once in 10^23"""


def check_root(root: str) -> None:
    """Check a UID root.

    Raises:
        MetadataError: it cannot be one, or it is not the user's.
    """
    if not is_uid(root) or len(root) > _LONGEST_ROOT:
        raise MetadataError(
            f"the UID root {root!r} cannot be one",
            f"give numbers without leading zeros, separated by dots, at most {_LONGEST_ROOT} characters",
        )
    if f"{root}.".startswith(f"{_DICOM_ROOT}."):
        raise MetadataError(f"the UID root {root!r} belongs to the DICOM standard", "give one of your own")


def secret_of(site: SiteProfile) -> str:
    """The key of the site's UIDs; empty where it has none.

    Raises:
        MetadataError: it is in an environment variable that is not set. Other UIDs must not be made in its place.
    """
    if site.uid_key or not site.uid_key_env:
        return site.uid_key
    if key := os.environ.get(site.uid_key_env):
        return key
    raise MetadataError(
        f"the site profile {site.name} keeps the key of its UIDs in the environment variable {site.uid_key_env}, "
        "which is not set",
        "set it to the site's secret before running dicomize",
    )


@dataclass(frozen=True, slots=True)
class UIDSource:
    """Makes UIDs under a root (empty: 2.25) with a key; a key that nobody knows makes random ones."""

    root: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if self.root:
            check_root(self.root)

    def make(self, kind: str, *identity: str) -> str:
        """The UID of what `identity` identifies among its `kind`."""
        message = json.dumps([kind, *identity]).encode("ascii")
        digest = hmac.digest((self.key or _DEFAULT_KEY).encode("utf-8", "surrogatepass"), message, hashlib.sha256)
        number = _uuid8(digest[:16])
        if not self.root:
            return f"2.25.{number}"
        digits = 64 - len(self.root) - 1
        return f"{self.root}.{number % 10 ** min(digits, 39) or 1}"


def _uuid8(raw: bytes) -> int:
    """16 bytes as a UUID of version 8, the one for hashes of one's own (RFC 9562, 5.8)."""
    number = int.from_bytes(raw, "big")
    number &= ~(0xF << 76) & ~(0x3 << 62)
    return number | 0x8 << 76 | 0x2 << 62
