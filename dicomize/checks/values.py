"""The value of each element against its VR and the data dictionary (PS3.5 6.2, PS3.6), whatever the object is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from dicomize.checks.dictionary import Entry, entry_of, is_creator, is_private, vendor_representation
from dicomize.checks.elements import Item, Walked
from dicomize.checks.encoded import LONG_FORM
from dicomize.checks.paths import Place, name_of, read_as, texts
from dicomize.checks.profiles import Profile
from dicomize.checks.reading import group_lengths
from dicomize.checks.sound import glance
from dicomize.checks.vr import (
    COUNTED,
    SIZES,
    SPACES,
    TABLE,
    TEXT_RULES,
    Repertoire,
    TextRule,
    c_string,
    complaints,
    repertoire,
    their_complaints,
)
from dicomize.model import Finding, Severity

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_SPECIFIC_CHARACTER_SET: Final = 0x00080005
_ILLEGAL_GROUPS: Final = frozenset({1, 3, 5, 7, 0xFFFF})
_DEFAULT: Final = repertoire([], imitate=False)


def check_values(walked: Walked, profile: Profile) -> Iterator[Finding]:
    """Findings on the elements one by one: what stands in them, and whether they exist at all."""
    yield from group_lengths(walked, profile)
    for item in (walked.meta, walked.dataset):
        yield from _Judge(walked, profile).of(item, "/", _DEFAULT)


class _Judge:
    """One look at all elements of a data set."""

    def __init__(self, walked: Walked, profile: Profile) -> None:
        self.walked, self.profile = walked, profile
        self.imitate = profile is Profile.DCIODVFY
        self.values = _imitated if self.imitate else _judged

    def of(self, item: Item, parent: str, inherited: Repertoire) -> Iterator[Finding]:
        """The elements of an item, those of its sequences behind the sequence itself."""
        context: _Context | None = None
        for element in item.elements:
            tag, VR, raw = element[:3]
            sound = glance(tag, VR)
            if sound is not None and (not raw or sound(raw)) and not element.items:
                continue
            context = context or _context(item, inherited, imitate=self.imitate)
            if sound is None or not sound(raw):
                yield from self._closely(Place(element, item, parent, read_as(element)), context)
            prefix = parent + name_of(tag)
            for number, inner in enumerate(element.items, 1):
                yield from self.of(inner, f"{prefix}[{number}]/", context.repertoire)

    def _closely(self, place: Place, context: _Context) -> Iterator[Finding]:
        yield from _known(place, context, self.walked, self.profile)
        read = _as_creator(place) if self.imitate else place
        rule = TEXT_RULES.get(read.VR)
        if rule is not None and place.element.raw:
            yield from self.values(read, rule, context.repertoire)


def _as_creator(place: Place) -> Place:
    """What stands where private creators do, as dciodvfy reads it: whatever VR is written."""
    tag = place.element.tag
    return place._replace(VR="LO") if tag & 0xFFFF and is_creator(tag) else place


class _Context(NamedTuple):
    """What holds for all elements of an item."""

    repertoire: Repertoire
    owners: dict[int, str]
    """the private creators: tag -> value"""


def _context(item: Item, inherited: Repertoire, *, imitate: bool) -> _Context:
    """The character set is the item's own, or that of what holds the item (PS3.5 6.1.2.3); private creators are its own."""
    owners: dict[int, str] = {}
    charset: list[str] | None = None
    for element in item.elements:
        if element.tag == _SPECIFIC_CHARACTER_SET:
            charset = texts(element)
        elif is_creator(element.tag) and (values := texts(element)):
            owners[element.tag] = values[0]
    return _Context(inherited if charset is None else repertoire(charset, imitate=imitate), owners)


# ---------------------------------------------------------------- the element itself


def _known(place: Place, context: _Context, walked: Walked, profile: Profile) -> Iterator[Finding]:
    tag = place.element.tag
    if is_private(tag):
        yield from _private(place, context.owners, profile)
        return
    entry = entry_of(tag)
    if entry is None:
        yield from _unrecognized(place, profile)
        return
    if entry.retired:
        yield place.finding(_WARNING, "retired", "Retired attribute", "PS3.6")
    VR = place.element.VR
    if VR and VR != "UN" and VR not in entry.VRs:
        wanted = " or ".join(entry.VRs)
        message = f"Explicit value representation doesn't match data dictionary - [{VR}] Dictionary [{wanted}]"
        yield place.finding(_WARNING, "vr-mismatch", message, "PS3.5 6.2")
        # dciodvfy leaves elements from 1000 on, and empty ones, with the warning
        if profile is Profile.STRICT or (tag & 0xFFFF < 0x1000 and (_count(place) or VR not in TEXT_RULES)):
            message = f"Invalid Value Representation {VR} ({wanted} Required)"
            yield place.finding(_ERROR, "vr-wrong", message, "PS3.5 6.2")
    yield from _multiplicity(place, entry, context.repertoire, profile)
    if profile is Profile.STRICT and walked.explicit and VR == "UN" and not _is_too_long(place, entry):
        message = f"the VR is UN, although the dictionary has {' or '.join(entry.VRs)}"
        yield place.finding(_WARNING, "vr-mismatch", message, "PS3.5 6.2.2")


def _is_too_long(place: Place, entry: Entry) -> bool:
    """Whether it must be UN, as the length of the VR that it should have is stated in 16 bits (PS3.5 6.2.2)."""
    length = place.element.span[1]
    return length is not None and length > _LONGEST_SHORT and LONG_FORM.isdisjoint(entry.VRs)


_LONGEST_SHORT: Final = 0xFFFE
"""bytes"""


def _multiplicity(place: Place, entry: Entry, allowed: Repertoire, profile: Profile) -> Iterator[Finding]:
    count = _count(place)
    if not count:
        return
    rule = TEXT_RULES.get(place.VR)
    if profile is Profile.STRICT and count > 1 and rule is not None and rule.extended:
        count = len(allowed.separated(place.element.raw))
    fits = count >= entry.fewest and (entry.most is None or count <= entry.most)
    if profile is Profile.STRICT and entry.most is None:
        fits = fits and not count % entry.step
    if not fits:
        most = "n" if entry.most is None else str(entry.most)
        wanted = most if str(entry.fewest) == most else f"{entry.fewest}-{most}"
        message = f"Bad attribute Value Multiplicity = <{count}> ({wanted} Required by Dictionary)"
        yield place.finding(_ERROR, "vm", message, "PS3.6")


def _count(place: Place) -> int:
    """How many values an element has; 0 for one without, and for those that are not counted."""
    element = place.element
    if place.VR in COUNTED:
        return len(element.raw) // SIZES[place.VR]
    rule = TEXT_RULES.get(place.VR)
    if rule is None or not element.raw:
        return 0
    content = element.raw.partition(b"\0")[0]
    if not content.strip(SPACES):
        return 0
    return content.count(b"\\") + 1 if rule.many else 1


def _private(place: Place, owners: dict[int, str], profile: Profile) -> Iterator[Finding]:
    tag = place.element.tag
    group, block = tag >> 16, tag & 0xFFFF
    if group in _ILLEGAL_GROUPS:
        yield place.finding(_ERROR, "private", "Bad group", "PS3.5 7.8")
        return
    if not block:
        yield place.finding(_WARNING, "retired", "Retired attribute", "PS3.5 7.2")
        return
    if is_creator(tag):
        yield from _creator(place)
        return
    owner = owners.get((tag & 0xFFFF0000) | block >> 8, "")
    if not owner:
        severity = _WARNING if profile is Profile.DCIODVFY else _ERROR
        yield place.finding(severity, "private", "Private tag without owner", "PS3.5 7.8.1")
    if profile is Profile.DCIODVFY and place.element.VR:
        yield from _in_a_vendors_dictionary(place, owner)


def _in_a_vendors_dictionary(place: Place, owner: str) -> Iterator[Finding]:
    """dciodvfy has dictionaries of the elements of some vendors; pydicom's are much the same."""
    VR, known = place.element.VR, vendor_representation(place.element.tag, owner)
    if known == VR or (known and VR == "UN"):
        return
    finding = place.finding(_WARNING, "encoding", _as_read(place))
    if known:
        message = f"Explicit value representation doesn't match data dictionary - [{VR}] Dictionary [{known}]"
        finding = place.finding(_WARNING, "vr-mismatch", message)
    if owner:
        path = place.path().replace(")", f',"{owner}")')
        finding = replace(finding, path=path)
    yield finding


def _as_read(place: Place) -> str:
    VR = place.element.VR
    how = "explicit value representation is UN" if VR == "UN" else f"assuming explicit value representation OK [{VR}]"
    return f"Unrecognized tag - {how}"


def _creator(place: Place) -> Iterator[Finding]:
    block = place.element.tag & 0xFFFF
    if block < 0x10:
        message = "Bad private owner value - element must be greater than or equal to 0x0010"
        yield place.finding(_ERROR, "private", message, "PS3.5 7.8.1")
    elif not texts(place.element):
        yield place.finding(_ERROR, "private", "Bad private owner value - empty value", "PS3.5 7.8.1")
    if place.element.VR not in {"", "LO", "UN"}:
        VR = place.element.VR
        message = f"Explicit value representation doesn't match data dictionary - [{VR}] Dictionary [LO]"
        yield place.finding(_WARNING, "vr-mismatch", message, "PS3.5 7.8.1")
        yield place.finding(_ERROR, "private", f"Private creator is not LO VR - [{VR}]", "PS3.5 7.8.1")


def _unrecognized(place: Place, profile: Profile) -> Iterator[Finding]:
    message = "Attribute with an even group number is not a recognized standard attribute"
    yield place.finding(_ERROR, "not-in-dictionary", message, "PS3.6")
    if profile is Profile.DCIODVFY and place.element.VR:
        yield place.finding(_WARNING, "encoding", _as_read(place))


# ---------------------------------------------------------------- the value


def _imitated(place: Place, rule: TextRule, allowed: Repertoire) -> Iterator[Finding]:
    raw, VR = place.element.raw, place.VR
    values = c_string(raw, rule)
    if not values:
        return
    for number, value in enumerate(values, 1):
        shown = value[:200].decode("utf-8", "replace")
        for complaint in their_complaints(VR, rule, value, allowed):
            message = f"Value invalid for this VR [{VR}] = <{shown}> - {complaint}"
            yield place.finding(_ERROR, "value-invalid", message, TABLE, number)
        if VR == "PN" and b"^" not in value:
            # the standard has no objection to a name of one component: only dciodvfy has
            message = f"Value dubious for this VR [PN] = <{shown}> - Retired Person Name form"
            yield place.finding(_WARNING, "value-dubious", message, TABLE, number)
    for complaint in _ending(raw, VR, rule, len(values)):
        yield place.finding(_ERROR, "value-invalid", f"Value invalid for this VR [{VR}] - {complaint}", TABLE)


def _ending(raw: bytes, VR: str, rule: TextRule, count: int) -> Iterator[str]:
    """What is wrong with NUL and with the padding (PS3.5 6.2)."""
    if b"\0" in raw.rstrip(b"\0"):
        yield "Character invalid for this VR = '' (0)"
    if raw[-1] == 0 and VR != "UI":
        yield "Trailing character invalid for this VR = '' (0)"
    if raw[-1] in SPACES and (VR == "UI" or (rule.fixed and count % 2)):
        yield "Trailing character invalid for this VR = ' ' (0x20)"


def _judged(place: Place, rule: TextRule, allowed: Repertoire) -> Iterator[Finding]:
    raw, VR = place.element.raw, place.VR
    content = raw.rstrip(b"\0") if VR == "UI" else raw
    separated = allowed.separated if rule.extended else Repertoire(None, "").separated
    parts = separated(content) if rule.many else [content]
    for number, part in enumerate(parts, 1):
        value = part.rstrip(b" \0") if rule.leading or VR == "UI" else part.strip(b" \0")
        if not value:
            continue
        for complaint in complaints(VR, rule, value, allowed):
            shown = value[:200].decode("utf-8", "replace")
            message = f"{shown!r} is no {VR}: {complaint}"
            yield place.finding(_ERROR, "value-invalid", message, TABLE, number)
    for complaint in _ending(raw, VR, rule, len(parts)):
        yield place.finding(_ERROR, "value-invalid", complaint, "PS3.5 6.2")
