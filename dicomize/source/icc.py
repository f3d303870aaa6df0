"""The description inside an ICC profile (ICC.1:2022), so that people know which colours they are looking at."""

from __future__ import annotations

ICC_HEADER = b"ICC_PROFILE\0"


def description(profile: bytes) -> str:
    """The text of the profile's `desc` tag, or "unnamed". Never raises."""
    if len(profile) < 132 or profile[36:40] != b"acsp":
        return "damaged"
    count = min(int.from_bytes(profile[128:132], "big"), 200)
    for at in range(132, 132 + 12 * count, 12):
        if profile[at : at + 4] == b"desc":
            offset, size = (int.from_bytes(profile[at + i : at + i + 4], "big") for i in (4, 8))
            return _text(profile[offset : offset + size]) or "unnamed"
    return "unnamed"


def _text(tag: bytes) -> str:
    if tag[:4] == b"desc":
        length = int.from_bytes(tag[8:12], "big")
        text = tag[12 : 12 + length].split(b"\0", 1)[0].decode("latin-1")
    elif tag[:4] == b"mluc":
        text = _localized(tag)
    else:
        return ""
    return "".join(c for c in text if c.isprintable()).strip()


def _localized(tag: bytes) -> str:
    """The American English text of a multiLocalizedUnicodeType (ICC.1 10.15), else its first."""
    count, size = (int.from_bytes(tag[i : i + 4], "big") for i in (8, 12))
    if size < 12:
        return ""
    records = [tag[at : at + 12] for at in range(16, min(16 + size * count, len(tag)), size)]
    if not records:
        return ""
    record = next((r for r in records if r[:4] == b"enUS"), records[0])
    length, offset = (int.from_bytes(record[i : i + 4], "big") for i in (4, 8))
    return tag[offset : offset + length].decode("utf-16-be", "replace")
