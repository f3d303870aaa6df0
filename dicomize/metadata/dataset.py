"""The attributes of one instance, merged from all who have a say, the last word last."""

from __future__ import annotations

import dataclasses
import datetime
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence

from pydicom import charset
from pydicom.datadict import tag_for_keyword
from pydicom.valuerep import TEXT_VR_DELIMS

from dicomize.errors import MetadataError
from dicomize.metadata.keys import KeyPath, name_of, parse_key, vr_of
from dicomize.metadata.values import check_character_set, parse_value
from dicomize.model import Attribute, Value
from dicomize.records import dataclass

_TEXT_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_CLOCK_VRS = frozenset({"DA", "DT", "TM"})
_BIRTH = frozenset({0x00100030, 0x00100032})
"""a date of birth is one of the calendar, and no clock was read for it"""
_FROM_EXIF = "Exif"
_ASCII_TERMS = frozenset({"", "ISO 2022 IR 6"})
DEFAULT_CHARACTER_SET = "ISO_IR 192"


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody's word on one attribute."""

    key: str
    text: str
    origin: str
    reference: str = ""
    zone: str = ""
    """offset from UTC of the clock that a date or time was read from, as &ZZXX; empty: not known"""


@dataclasses.dataclass(slots=True)
class _Node:
    VR: str
    value: tuple[Value, ...] = ()
    origin: str = ""
    reference: str = ""
    zone: str = ""
    items: list[dict[int, _Node]] = dataclasses.field(default_factory=list)


class DatasetBuilder:
    """A data set in the making; `freeze` ends it."""

    def __init__(self) -> None:
        self._root: dict[int, _Node] = {}

    def put_all(self, entries: Iterable[Entry]) -> None:
        """Later entries override earlier ones; an empty sequence removes its items."""
        for entry in entries:
            self.put(entry)

    def put(self, entry: Entry) -> None:
        """Raises MetadataError where the key or the value is wrong; the sentence names the origin."""
        try:
            path = parse_key(entry.key)
            self._put(path, parse_value(path.tag, entry.text), entry)
        except MetadataError as error:
            raise MetadataError(f"{entry.origin}: {error.message}", error.remedy) from None

    def put_if_absent(self, entry: Entry) -> None:
        """The same for an attribute of the data set itself, unless it is there already."""
        if parse_key(entry.key).tag not in self._root:
            self.put(entry)

    def put_values(self, keyword: str, value: tuple[Value, ...], origin: str, reference: str) -> None:
        """An attribute that we state ourselves, unchecked."""
        tag = _tag(keyword)
        self._root[tag] = _Node(vr_of(tag), value, origin, reference)

    def append_item(self, keyword: str, entries: Iterable[Entry]) -> None:
        """One more item at the end of a sequence."""
        node = self._root.get(_tag(keyword))
        number = len(node.items) if node else 0
        for entry in entries:
            path = parse_key(f"{keyword}[{number}].{entry.key}")
            self._put(path, parse_value(path.tag, entry.text), entry)

    def remove(self, keyword: str) -> None:
        self._root.pop(_tag(keyword), None)

    def clear(self, keyword: str, origin: str) -> None:
        """Take the value away, if there is one; `origin` says why."""
        if node := self._root.get(_tag(keyword)):
            node.value, node.origin, node.zone = (), origin, ""

    def values(self, keyword: str) -> tuple[Value, ...]:
        node = self._root.get(_tag(keyword))
        return node.value if node else ()

    def text(self, keyword: str) -> str:
        """The values as they would be typed."""
        return "\\".join(str(v) for v in self.values(keyword))

    def origin(self, keyword: str) -> str:
        node = self._root.get(_tag(keyword))
        return node.origin if node else ""

    def zone(self, keyword: str) -> str:
        """Offset from UTC of the clock that a date or time was read from; empty: not known."""
        node = self._root.get(_tag(keyword))
        return node.zone if node else ""

    def items(self, keyword: str) -> tuple[frozenset[str], ...]:
        """Of each item of a sequence the names of the attributes that have a value."""
        node = self._root.get(_tag(keyword))
        items = node.items if node else []
        return tuple(frozenset(name_of(tag) for tag, inner in item.items() if inner.value) for item in items)

    def _put(self, path: KeyPath, value: tuple[Value, ...], entry: Entry) -> None:
        level = self._root
        for sequence, number in path.items:
            node = level.setdefault(sequence, _Node("SQ"))
            if number > len(node.items):
                raise MetadataError(
                    f"{name_of(sequence)} has {len(node.items)} items, so item {number} would leave a gap",
                    "number items from 0 without gaps",
                )
            if number == len(node.items):
                node.items.append({})
                node.origin, node.reference = entry.origin, entry.reference
            level = node.items[number]
        level[path.tag] = _Node(vr_of(path.tag), value, entry.origin, entry.reference, entry.zone)

    def settle_laterality(self) -> None:
        """Leave out an empty ImageLaterality where Laterality says it for the series: they exclude each other.

        PS3.3 C.7.3.1 wants Laterality only where no instance of the series has ImageLaterality.
        """
        if self.values("Laterality") and not self.values("ImageLaterality"):
            self.remove("ImageLaterality")

    def state_time_zone(self) -> None:
        """TimezoneOffsetFromUTC, where all dates and times were read from clocks of one known zone (PS3.3 C.12.1.1.8).

        Where somebody stated it, what was read from a clock of another known zone is converted to it.
        """
        stated = self.text("TimezoneOffsetFromUTC")
        if stated:
            for date, time in (("StudyDate", "StudyTime"), ("AcquisitionDate", "AcquisitionTime")):
                _convert(self._root.get(_tag(date)), self._root.get(_tag(time)), stated)
            return
        zones = set(_zones(self._root))
        if len(zones) == 1 and (zone := zones.pop()):
            origin = "zone of all dates and times"
            self.put_values("TimezoneOffsetFromUTC", (zone,), origin, "PS3.3 C.12.1.1.8")

    def state_character_set(self, preferred: str, files: Sequence[str] = ()) -> None:
        """SpecificCharacterSet, where a text needs more than ASCII (PS3.3 C.12.1.1.2).

        What Exif says in other characters is left out, as nobody here asked for it.

        Args:
            preferred: the character set for all text beyond ASCII; empty: ISO_IR 192.
            files: character sets that texts come from; the first that holds every text goes before `preferred`.

        Raises:
            MetadataError: a text that somebody stated cannot be written in the character set that was asked for.
        """
        stated = self.text("SpecificCharacterSet")
        name = stated or self._of_files(files) or preferred or DEFAULT_CHARACTER_SET
        check_character_set(name)
        wanting = [(tag, node) for tag, node in _texts(self._root) if not can_be_written(node.VR, node.value, name)]
        for _, node in wanting:
            if node.origin.startswith(_FROM_EXIF):
                node.value = ()
        refused = [f"{name_of(tag)}={node.value[0]!r}" for tag, node in wanting if node.value]
        if refused:
            raise MetadataError(
                f"{' and '.join(refused)} cannot be written in the character set {name}",
                "choose another one, such as ISO_IR 192 (UTF-8)",
            )
        if stated:
            return
        if any(True for _ in _texts(self._root)):
            self.put_values("SpecificCharacterSet", tuple(name.split("\\")), "text beyond ASCII", "PS3.3 C.12.1.1.2")
        else:
            self.remove("SpecificCharacterSet")

    def _of_files(self, character_sets: Sequence[str]) -> str:
        texts = [(node.VR, node.value) for _, node in _texts(self._root) if not node.origin.startswith(_FROM_EXIF)]
        holding = (name for name in character_sets if name and all(can_be_written(*text, name) for text in texts))
        return next(holding, "")

    def freeze(self) -> tuple[Attribute, ...]:
        """All attributes in tag order."""
        return _freeze(self._root)


def _freeze(nodes: dict[int, _Node]) -> tuple[Attribute, ...]:
    return tuple(
        Attribute(tag, node.VR, node.value, tuple(_freeze(item) for item in node.items), node.origin, node.reference)
        for tag, node in sorted(nodes.items())
    )


def _walk(nodes: dict[int, _Node]) -> Iterator[tuple[int, _Node]]:
    for tag, node in nodes.items():
        yield tag, node
        for item in node.items:
            yield from _walk(item)


def _zones(nodes: dict[int, _Node]) -> Iterator[str]:
    """The zone of each date and time that does not state its own; empty: not known."""
    for tag, node in _walk(nodes):
        if node.VR in _CLOCK_VRS and tag not in _BIRTH and not all(_states_zone(str(v)) for v in node.value):
            yield node.zone


def _states_zone(text: str) -> bool:
    return text[-5:-4] in {"+", "-"}


def _convert(date: _Node | None, time: _Node | None, zone: str) -> None:
    """A date and a time of one known zone, in another one."""
    if date is None or time is None or not date.zone or date.zone != time.zone or date.zone == zone:
        return
    day, clock = str(date.value[0]), str(time.value[0])
    shift = datetime.timedelta(minutes=_minutes(zone) - _minutes(date.zone))
    try:
        moment = datetime.datetime.strptime(day + clock[:4], "%Y%m%d%H%M") + shift
    except OverflowError:
        # the year 1 or 9999 of a clock that was never set
        date.value = time.value = ()
        return
    date.value = (moment.date().isoformat().replace("-", ""),)
    time.value = (f"{moment:%H%M}{clock[4:]}",)
    date.zone = time.zone = zone


def _minutes(zone: str) -> int:
    """An offset from UTC, &ZZXX, in minutes."""
    return int(zone[0] + "1") * (int(zone[1:3]) * 60 + int(zone[3:]))


def _texts(nodes: dict[int, _Node]) -> Iterator[tuple[int, _Node]]:
    """Attributes whose text needs more than ASCII."""
    for tag, node in _walk(nodes):
        if node.VR in _TEXT_VRS and not all(str(v).isascii() for v in node.value):
            yield tag, node


def can_be_written(VR: str, values: tuple[Value, ...], character_set: str) -> bool:
    """Whether texts come back unchanged from a character set, code extensions included; without one ASCII does."""
    if VR not in _TEXT_VRS or all(str(v).isascii() for v in values):
        return True
    if not character_set:
        return False
    terms = character_set.split("\\")
    # the parts of a name are written one by one (PS3.5 6.2.1.1)
    parts = [part for v in values for part in (re.split("[=^]", str(v)) if VR == "PN" else [str(v)])]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            encodings = charset.convert_encodings(list(terms))
            return all(_comes_back(part, encodings, ascii_first=terms[0] in _ASCII_TERMS) for part in parts)
        except (UserWarning, LookupError, ValueError):
            return False


def _comes_back(text: str, encodings: list[str], *, ascii_first: bool) -> bool:
    raw = charset.encode_string(text, encodings)
    if ascii_first and not all(run.isascii() for run in re.findall(rb"(?:^|\x1b\(B)([^\x1b]*)", raw)):
        # pydicom takes the default repertoire for Latin 1
        return False
    return charset.decode_bytes(raw, encodings, TEXT_VR_DELIMS) == text


def _tag(keyword: str) -> int:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return int(tag)
