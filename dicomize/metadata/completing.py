"""What an IOD wants beyond what was said: conditional attributes, the moment of the picture, and what is still missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dicomize.errors import MetadataError
from dicomize.metadata.dataset import DatasetBuilder, Entry
from dicomize.metadata.iod import CODE, Row, SOPClass

IOD_DEFAULT: Final = "IOD default"
"""the origin of what nobody stated"""
_MOMENT: Final = ("AcquisitionDateTime", "ContentDate", "ContentTime")
_PARTS: Final = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
_DATE_AND_TIME: Final = re.compile(r"([0-9]{8})([0-9]{2,6}(?:\.[0-9]+)?)([+-][0-9]{4})?")
"""a DT that states the hour at least, and its parts"""


def complete(builder: DatasetBuilder, sop: SOPClass) -> None:
    """Write what follows from other attributes: conditional defaults, and one moment in all the forms that it has.

    The pixels of a photograph come into being when it is taken, so ContentDate and ContentTime (PS3.3 C.7.6.1) are
    AcquisitionDate and AcquisitionTime, and AcquisitionDateTime is both. Whatever somebody stated stays.
    """
    for row in sop.rows:
        if row.when and row.default is not None and _counts(builder, row):
            builder.put_if_absent(Entry(row.keyword, row.default, IOD_DEFAULT, row.reference))
    wanted = {row.keyword: row.reference for row in sop.rows if row.keyword in _MOMENT and _counts(builder, row)}
    for keyword, (text, zone, origin) in _moment(builder).items():
        if keyword in wanted and not builder.values(keyword):
            builder.put(Entry(keyword, text, origin, wanted[keyword], zone))


def _moment(builder: DatasetBuilder) -> dict[str, tuple[str, str, str]]:
    """Keyword -> text, zone and origin of whatever is known of when the picture was taken."""
    date, time = builder.text("AcquisitionDate"), builder.text("AcquisitionTime")
    if date and time:
        zone, origin = builder.zone("AcquisitionTime"), builder.origin("AcquisitionTime")
    else:
        match = _DATE_AND_TIME.fullmatch(builder.text("AcquisitionDateTime"))
        if match is None:
            return {}
        date, time, zone = match[1], match[2], match[3] or ""
        origin = builder.origin("AcquisitionDateTime")
    return {
        "AcquisitionDateTime": (f"{date}{time}{zone}", zone, origin),
        "ContentDate": (date, zone, origin),
        "ContentTime": (time, zone, origin),
    }


def _counts(builder: DatasetBuilder, row: Row) -> bool:
    return row.when is None or row.when[1] in builder.values(row.when[0])[:1]


def require(builder: DatasetBuilder, sop: SOPClass, later: frozenset[str] = frozenset()) -> None:
    """Look for what only a person can say.

    Args:
        later: attributes that are known once the picture is encoded.

    Raises:
        MetadataError: the IOD needs attributes that nobody stated, all of which the sentence lists, or has another Modality.
    """
    rows = [row for row in sop.rows if row.type.startswith("1") and _counts(builder, row) and row.keyword not in later]
    missing = [name for row in rows for name in _missing(builder, row)]
    if missing:
        remedy = "state it with -k KEY=VALUE, or in [attributes] of a site profile"
        if sequence := next((name.partition(" ")[0] for name in missing if name.endswith(f"({CODE})")), ""):
            remedy += f"; a code takes three keys: {', '.join(f'{sequence}[0].{keyword}=…' for keyword in _PARTS)}"
        raise MetadataError(f"{sop.title} needs a value for {', '.join(missing)}", remedy)
    if not sop.any_modality and builder.text("Modality") != sop.Modality:
        raise MetadataError(
            f"Modality is {builder.text('Modality')}, but {sop.one} is always {sop.Modality}",
            "leave it out, or choose another SOP class with --as",
        )


def _missing(builder: DatasetBuilder, row: Row) -> Iterator[str]:
    """What is missing of a Type 1 attribute, or of its items where they are codes."""
    items = builder.items(row.keyword)
    if not items and not builder.text(row.keyword):
        yield f"{row.keyword} ({row.hint})" if row.hint else row.keyword
    for number, stated in enumerate(items if row.hint == CODE else ()):
        for keyword in ("CodeMeaning", *_identifying(stated)):
            if keyword not in stated:
                yield f"{row.keyword}[{number}].{keyword}"


def _identifying(stated: frozenset[str]) -> tuple[str, ...]:
    """What tells a code apart, in the form that was begun."""
    if "URNCodeValue" in stated:
        return ("URNCodeValue",)
    return ("LongCodeValue" if "LongCodeValue" in stated else "CodeValue", "CodingSchemeDesignator")
