"""When a picture was taken and with what, and which of that belongs to the study as a whole.

Dates come from Exif. A picture that does not know its date gets the modification time of its file for StudyDate and
StudyTime, in UTC and said to be so: never the clock of the conversion, which would make every run differ.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator, Sequence

from dicomize.errors import MetadataError
from dicomize.metadata.dataset import DatasetBuilder, Entry
from dicomize.metadata.iod import SOPClass
from dicomize.metadata.keys import parse_key
from dicomize.metadata.values import parse_value
from dicomize.model import ExifFacts, SourceImage
from dicomize.records import dataclass

FILE_TIME = "file modification time"


@dataclass(frozen=True, slots=True)
class Moment:
    """A date (DA), a time (TM), the offset of its clock from UTC (&ZZXX, or empty), and who says so."""

    date: str
    time: str
    zone: str
    origin: str


@dataclass(frozen=True, slots=True)
class Call:
    """What the pictures of one call share."""

    sources: tuple[str, ...]
    """SHA-256 of each, in order"""
    devices: tuple[tuple[str, str, str], ...]
    """distinct makes, models and software, in order of appearance: one series each (PS3.3 A.1.2.3)"""
    start: Moment
    """when the study began: the earliest picture"""
    nonce: str
    """a number used once, the key of random UIDs"""


def call_of(sources: Sequence[SourceImage]) -> Call:
    """What the pictures of one call share. There must be at least one."""
    moments = [moment_of(s) for s in sources]
    known = [m for m in moments if m.origin != FILE_TIME] or moments
    by_utc = all(m.zone for m in known)
    return Call(
        sources=tuple(s.sha256 for s in sources),
        devices=tuple(dict.fromkeys(device_of(s.exif) for s in sources)),
        start=min(known, key=_utc if by_utc else _local),
        nonce=uuid.uuid4().hex,
    )


def _local(moment: Moment) -> tuple[str, str]:
    return moment.date, moment.time


def _utc(moment: Moment) -> tuple[int, str]:
    """Minutes and seconds that order moments of known zones."""
    if not moment.date:
        return 0, ""
    day = datetime.date(int(moment.date[:4]), int(moment.date[4:6]), int(moment.date[6:])).toordinal()
    minutes = int(moment.time[:2]) * 60 + int(moment.time[2:4])
    offset = int(moment.zone[0] + "1") * (int(moment.zone[1:3]) * 60 + int(moment.zone[3:]))
    return day * 1440 + minutes - offset, moment.time[4:]


def device_of(exif: ExifFacts) -> tuple[str, str, str]:
    return exif.Make, exif.Model, exif.Software


def moment_of(source: SourceImage) -> Moment:
    """When a picture was taken, by Exif; else when its file was last written."""
    exif = source.exif
    if exif.DateTimeOriginal:
        text = exif.DateTimeOriginal.replace(":", "").replace(" ", "")
        fraction = f".{exif.SubSecTimeOriginal[:6]}" if exif.SubSecTimeOriginal else ""
        time = text[8:] + (fraction if _valid("StudyTime", text[8:] + fraction) else "")
        if _valid("StudyDate", text[:8]) and _valid("StudyTime", time):
            return Moment(text[:8], time, _zone(exif.OffsetTimeOriginal), "Exif DateTimeOriginal")
    try:
        moment = datetime.datetime.fromtimestamp(source.modified, datetime.UTC)
    except (OverflowError, ValueError, OSError):
        return Moment("", "", "", FILE_TIME)  # a file system may hold dates that no calendar has
    return Moment(moment.date().isoformat().replace("-", ""), f"{moment:%H%M%S}", "+0000", FILE_TIME)


def _zone(offset: str) -> str:
    """Exif writes +09:00, DICOM +0900, and -00:00 is forbidden (PS3.3 C.12.1.1.8)."""
    zone = offset.replace(":", "").replace("-0000", "+0000")
    return zone if _valid("TimezoneOffsetFromUTC", zone) else ""


def study_entries(call: Call) -> Iterator[Entry]:
    """StudyDate and StudyTime of the study that a call makes."""
    start = call.start
    yield Entry("StudyDate", start.date, start.origin, "PS3.3 C.7.2.1", start.zone)
    yield Entry("StudyTime", start.time, start.origin, "PS3.3 C.7.2.1", start.zone)


def exif_entries(source: SourceImage, sop: SOPClass) -> Iterator[Entry]:
    """What Exif knows that the IOD has a home for; what breaks its VR is left out."""
    moment = moment_of(source)
    if moment.origin != FILE_TIME:
        yield Entry("AcquisitionDate", moment.date, moment.origin, "PS3.3 C.7.10.1", moment.zone)
        yield Entry("AcquisitionTime", moment.time, moment.origin, "PS3.3 C.7.10.1", moment.zone)
    exif = source.exif
    device = (
        ("Manufacturer", "Make", exif.Make),
        ("ManufacturerModelName", "Model", exif.Model),
        ("SoftwareVersions", "Software", exif.Software),
    )
    for keyword, name, text in device:
        value = text.replace("\\", "/")[:64].strip()
        if value and _valid(keyword, value):
            yield Entry(keyword, value, f"Exif {name}", "PS3.3 C.7.5.1")
    if sop.takes_exposure:
        for keyword, text in exif.exposure:
            if _valid(keyword, text):
                yield Entry(keyword, text, "Exif", "PS3.3 C.8.12, VL Photographic Acquisition")


def settle_times(builder: DatasetBuilder, call: Call, source: SourceImage) -> None:
    """Leave out a time that a clock gave for another day than the one that somebody stated.

    A stated date says nothing of the time. The time that the camera read is kept only if it read that very date, too;
    the time of the file is in UTC and never goes with a date that a person stated.
    """
    pairs = (("StudyDate", "StudyTime", call.start), ("AcquisitionDate", "AcquisitionTime", moment_of(source)))
    for date, time, moment in pairs:
        if builder.origin(time) != moment.origin or builder.origin(date) == moment.origin:
            continue
        if moment.origin == FILE_TIME or builder.text(date) != moment.date:
            builder.clear(time, f"{date} is stated, the time of that day is not known")


def _valid(keyword: str, text: str) -> bool:
    try:
        parse_value(parse_key(keyword).tag, text)
    except MetadataError:
        return False
    return True
