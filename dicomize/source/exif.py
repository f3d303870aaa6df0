"""Exif facts (CIPA DC-008 / JEITA CP-3451): a reader of the few tags that matter, wary of everything.

Exif in the wild is often damaged. Nothing in it is worth refusing a picture for, so damage becomes a sentence in
`ExifFacts.problems` and the tag counts as absent. Offsets are never followed out of the segment, and four directories
are read at most: IFD 0, which describes the picture, the Exif and the GPS directory that it names, and IFD 1, which
describes the thumbnail and says nothing about the picture.
"""

from __future__ import annotations

import codecs
import datetime
import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from dicomize.model import ExifFacts

EXIF_HEADER: Final = b"Exif\0"

_TYPE_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
_TEXT: Final = frozenset({2, 129})
"""ASCII, and UTF-8 since Exif 3.0"""
_UNSIGNED: Final = frozenset({1, 3, 4, 13})
_RATIONAL, _SRATIONAL = 5, 10
_EXIF_IFD, _GPS_IFD, _GPS_VERSION = 0x8769, 0x8825, 0
_ORIENTATION, _DATE_TIME_ORIGINAL, _DATE_TIME_DIGITIZED = 0x0112, 0x9003, 0x9004
_SUBSEC_ORIGINAL, _SUBSEC_DIGITIZED, _OFFSET_ORIGINAL, _OFFSET_DIGITIZED = 0x9291, 0x9292, 0x9011, 0x9012
_MAKE, _MODEL, _SOFTWARE = 0x010F, 0x0110, 0x0131
_EXPOSURE_TIME, _F_NUMBER, _FOCAL_LENGTH, _FLASH = 0x829A, 0x829D, 0x920A, 0x9209
_SENSITIVITY, _ISO_SPEED, _EXPOSURE_INDEX, _OUTPUT_SENSITIVITY = 0x8827, 0x8833, 0x8832, 0x8831
_USER_COMMENT, _STRIP_OFFSETS, _JPEG_THUMBNAIL = 0x9286, 0x0111, 0x0201

_PRIVATE: Final = {
    0x013B: "artist",
    0x8298: "copyright",
    0x010D: "document name",
    0x010E: "image description",
    _USER_COMMENT: "user comment",
    0x9C9B: "title",
    0x9C9C: "comment",
    0x9C9D: "author",
    0x9C9E: "keywords",
    0x9C9F: "subject",
    0x013C: "host computer",
    _JPEG_THUMBNAIL: "thumbnail",
    0x927C: "maker note",
    0xA420: "unique image ID",
    0xA430: "camera owner",
    0xA431: "camera serial number",
    0xA435: "lens serial number",
    0xA436: "title",
    0xA437: "photographer",
    0xA438: "image editor",
    0xC62F: "camera serial number",
    0x83BB: "IPTC record",
    0x8649: "Photoshop record",
    0x02BC: "XMP packet",
}

_DATE_TIME = re.compile(r"([0-9]{4}):([0-9]{2}):([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})")
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-5][0-9])")

_Order: TypeAlias = Literal["big", "little"]


class _Entry(NamedTuple):
    """One entry of a directory: how many values it has, and at most 1024 bytes of them, already fetched."""

    tag: int
    type: int
    number: int
    raw: bytes

    @property
    def blank(self) -> bool:
        """Whether it holds nothing but blanks and zeros, as cameras leave it that were never told a name."""
        text = self.raw[8:] if self.tag == _USER_COMMENT else self.raw  # 8 bytes name its character code
        return not text.strip(b"\0 ")


_Directory: TypeAlias = dict[int, _Entry]


def read(payload: bytes) -> ExifFacts:
    """Facts from an APP1 payload that begins with the Exif header. Never raises."""
    return read_tiff(payload[6:])


def read_tiff(tiff: bytes) -> ExifFacts:
    """Facts from the TIFF structure that Exif is, wherever a format keeps it. Never raises."""
    order = _byte_order(tiff)
    if order is None:
        return ExifFacts(problems=("Exif cannot be read: it has no TIFF header",))
    reader = _Reader(tiff, order, [])
    picture, next_at = reader.directory(reader.integer(4, 4))
    camera, _ = reader.directory(reader.pointer(picture.get(_EXIF_IFD)))
    place, _ = reader.directory(reader.pointer(picture.get(_GPS_IFD)))
    thumbnail, _ = reader.directory(reader.integer(next_at, 4))
    tags = _Tags({**camera, **picture}, order, reader.problems)
    taken = tags.taken()
    return ExifFacts(
        Orientation=tags.orientation(picture),
        DateTimeOriginal=taken[0],
        SubSecTimeOriginal=taken[1],
        OffsetTimeOriginal=taken[2],
        Make=tags.text(_MAKE),
        Model=tags.text(_MODEL),
        Software=tags.text(_SOFTWARE),
        exposure=tags.exposure(),
        private=tuple(dict.fromkeys(_private(picture, camera, place, thumbnail))),
        problems=tuple(dict.fromkeys(reader.problems)),
    )


def _byte_order(tiff: bytes) -> _Order | None:
    match tiff[:4]:
        case b"II*\0":
            return "little"
        case b"MM\0*":
            return "big"
        case _:
            return None


def _private(picture: _Directory, camera: _Directory, place: _Directory, thumbnail: _Directory) -> Iterator[str]:
    """Names of what identifies a place, a person or a device."""
    if any(tag != _GPS_VERSION and not entry.blank for tag, entry in place.items()):
        yield "GPS position"
    if _STRIP_OFFSETS in thumbnail:
        yield "thumbnail"
    for tag, name in _PRIVATE.items():
        if any(tag in found and not found[tag].blank for found in (picture, camera, thumbnail)):
            yield name


class _Reader(NamedTuple):
    """The TIFF structure within the segment."""

    tiff: bytes
    order: _Order
    problems: list[str]

    def integer(self, at: int, size: int) -> int:
        """An unsigned number, or 0 where the segment ends before it does."""
        return int.from_bytes(self.tiff[at : at + size], self.order) if at + size <= len(self.tiff) else 0

    def pointer(self, entry: _Entry | None) -> int:
        """Where an entry points to; 0: nowhere."""
        return int.from_bytes(entry.raw[:4], self.order) if entry is not None and entry.type in {4, 13} else 0

    def directory(self, offset: int) -> tuple[_Directory, int]:
        """The entries of the directory at an offset, the first of each tag, and where the next offset stands."""
        if offset == 0:
            return {}, len(self.tiff)
        count = self.integer(offset, 2)
        end = next_at = offset + 2 + 12 * count
        if end > len(self.tiff):
            self.problems.append(f"an Exif directory of {count} entries runs past its segment")
            end = len(self.tiff) - 11  # the last place where an entry may begin, and one more
        found: _Directory = {}
        lost: list[int] = []
        for at in range(offset + 2, end, 12):
            entry = self._entry(at)
            if entry is None:
                lost.append(self.integer(at, 2))
            else:
                found.setdefault(entry.tag, entry)
        if lost:
            names = ", ".join(f"{tag:04X}" for tag in lost[:5]) + (" and others" if len(lost) > 5 else "")
            self.problems.append(f"Exif values lie outside their segment: tag {names}")
        return found, next_at

    def _entry(self, at: int) -> _Entry | None:
        kind, count = self.integer(at + 2, 2), self.integer(at + 4, 4)
        length = count * _TYPE_SIZES.get(kind, 1)
        start = at + 8 if length <= 4 else self.integer(at + 8, 4)
        if start + length > len(self.tiff):
            return None
        # only short values are of use; a maker note may take up the whole segment
        return _Entry(self.integer(at, 2), kind, count, self.tiff[start : start + min(length, 1024)])


class _Tags(NamedTuple):
    """The entries by tag, and how to make sense of them."""

    entries: _Directory
    order: _Order
    problems: list[str]

    def text(self, tag: int) -> str:
        """Printable text; UTF-8 where it is that, Latin-1 otherwise, up to the first NUL."""
        entry = self.entries.get(tag)
        if entry is None or entry.type not in _TEXT:
            return ""
        raw = entry.raw.split(b"\0", 1)[0]
        whole = entry.number <= len(entry.raw)
        try:
            text, _ = codecs.utf_8_decode(raw, "strict", whole)  # a character that is cut off goes
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())

    def integer(self, tag: int) -> int | None:
        entry = self.entries.get(tag)
        if entry is None or entry.type not in _UNSIGNED or entry.number < 1:
            return None
        return int.from_bytes(entry.raw[: _TYPE_SIZES[entry.type]], self.order)

    def rational(self, tag: int) -> float | None:
        entry = self.entries.get(tag)
        if entry is None or entry.type not in {_RATIONAL, _SRATIONAL} or entry.number < 1:
            return None
        top, bottom = (
            int.from_bytes(entry.raw[i : i + 4], self.order, signed=entry.type == _SRATIONAL) for i in (0, 4)
        )
        return top / bottom if bottom else None

    def orientation(self, picture: _Directory) -> int:
        """How the picture lies; where no other directory than IFD 0 has a say."""
        value = self.integer(_ORIENTATION) if _ORIENTATION in picture else None
        if value is None or value == 1:
            return 1
        if not 2 <= value <= 8:
            self.problems.append(f"Exif Orientation is {value}, which means nothing; the picture is taken as upright")
            return 1
        return value

    def taken(self) -> tuple[str, str, str]:
        """Date and time, fraction, offset from UTC of the exposure, else of the digitization."""
        for when, fraction, offset in (
            (_DATE_TIME_ORIGINAL, _SUBSEC_ORIGINAL, _OFFSET_ORIGINAL),
            (_DATE_TIME_DIGITIZED, _SUBSEC_DIGITIZED, _OFFSET_DIGITIZED),
        ):
            text = self.text(when)
            if _is_moment(text):
                digits = self.text(fraction)
                return text, digits if digits.isascii() and digits.isdigit() else "", _zone(self.text(offset))
            if text.strip(": 0"):
                self.problems.append(f"Exif states the date {text!r}, which is none")
        return "", "", ""

    def sensitivity(self) -> int:
        """ISO sensitivity, or 0; 65535 means that it is too large to be stated there (Exif 2.3, 4.6.5, annex G)."""
        stated = self.integer(_SENSITIVITY) or 0
        if stated != 65535:
            return stated
        larger = (self.integer(tag) for tag in (_ISO_SPEED, _EXPOSURE_INDEX, _OUTPUT_SENSITIVITY))
        return next((value for value in larger if value), 0)

    def exposure(self) -> tuple[tuple[str, str], ...]:
        """Camera settings, by the keyword of the attribute that holds them (PS3.3, VL Photographic Acquisition)."""
        found: list[tuple[str, str]] = []
        for keyword, tag in (
            ("ExposureTimeInSeconds", _EXPOSURE_TIME),
            ("FNumber", _F_NUMBER),
            ("FocalLength", _FOCAL_LENGTH),
        ):
            number = self.rational(tag)
            if number is not None and 0 < number < 1e6:
                found.append((keyword, f"{number:.6g}"))
        sensitivity = self.sensitivity()
        if sensitivity:
            found.append(("PhotographicSensitivity", str(sensitivity)))
        flash = self.integer(_FLASH)
        if flash is not None:
            found.append(("FlashFiringStatus", str(flash & 1)))
        return tuple(found)


def _is_moment(text: str) -> bool:
    """Whether text is a date and time that the calendar and the clock have."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return False
    try:
        year, month, day, hour, minute, second = map(int, match.groups())
        datetime.datetime(year, month, day, hour, minute, second)
    except ValueError:
        return False
    return True


def _zone(text: str) -> str:
    """An offset from UTC that some place on earth has, or an empty string."""
    match = _OFFSET.fullmatch(text)
    if match is None:
        return ""
    sign, hours, minutes = match.groups()
    total = 60 * int(hours) + int(minutes)
    if total == 0:
        return "+00:00"
    return text if total <= (14 if sign == "+" else 12) * 60 else ""
