"""Data elements of the DICOM JSON Model (PS3.18 F.2), as the values of a plain table."""

from __future__ import annotations

from typing import Any, Final

from dicomize.errors import MetadataError
from dicomize.metadata.keys import known_vrs, parse_key

_NAME_GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")
_MEMBERS: Final = frozenset({"vr", "Value", "InlineBinary", "BulkDataURI"})


def value_of(where: str, key: str, element: dict[str, Any]) -> Any:
    """What a plain table would say: text, numbers, a list of them, or a list of tables for a sequence.

    Raises:
        MetadataError: it is no element of the model, or holds binary data.
    """
    if unknown := sorted(element.keys() - _MEMBERS):
        raise MetadataError(
            f"{where} has {unknown[0]!r}, which the DICOM JSON Model does not know", "PS3.18 F.2.2 has what it knows"
        )
    if "InlineBinary" in element or "BulkDataURI" in element:
        raise MetadataError(f"{where} holds binary data, which cannot be given here", "leave it out")
    VR, values = element["vr"], element.get("Value", [])
    if not isinstance(values, list):
        raise MetadataError(f"Value of {where} is no list", "write a list, even of one value (PS3.18 F.2.2)")
    if VR not in (expected := known_vrs(parse_key(key).tag)):
        raise MetadataError(f"{where} has the VR {' or '.join(expected)}, not {VR!r}", "correct vr")
    if VR == "SQ":
        if not all(isinstance(item, dict) for item in values):
            raise MetadataError(f"{where} is a sequence, but holds what is no data set", "write one table an item")
        return values
    if VR == "PN":
        return [_name(where, value) for value in values]
    if any(isinstance(value, dict | list) for value in values):
        raise MetadataError(f"{where} holds a table where a value must be", "write text or numbers (PS3.18 F.2.3)")
    return values


def _name(where: str, value: object) -> str:
    """The component groups of a name, joined as they are typed (PS3.5 6.2.1)."""
    if value is None:
        return ""
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise MetadataError(f"{where} is a name, but no table of its groups", 'write {"Alphabetic": "Family^Given"}')
    if unknown := sorted(value.keys() - set(_NAME_GROUPS)):
        raise MetadataError(f"{where} has a group {unknown[0]!r}", f"a name has {', '.join(_NAME_GROUPS)}")
    return "=".join(value.get(group, "") for group in _NAME_GROUPS).rstrip("=")
