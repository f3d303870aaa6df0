"""What the pages share on files: attributes, findings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydicom.datadict import keyword_for_tag

from dicomize.model import CheckReport
from dicomize.report.html.markup import Markup, element, joined
from dicomize.report.html.tables import Row


def tag_cell(tag: int) -> Markup:
    """Keyword and number of an attribute."""
    number = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    keyword = keyword_for_tag(tag)
    if not keyword:
        return joined(number)
    words = re.findall(r"[A-Z0-9]+(?![a-z])|[A-Z]?[^A-Z]+", keyword)
    broken = (part for word in words for part in (Markup("<wbr>"), word))
    return joined(*broken, element("span", number, class_="tag"))


def finding_rows(label: str, report: CheckReport | None) -> Iterator[Row]:
    """The findings on a file: severity, file, place, what, kind, by whom."""
    for finding in report.findings if report else ():
        kind = joined(finding.kind, element("span", finding.reference, class_="tag") if finding.reference else None)
        cells = (finding.severity.value, label, element("code", finding.path), finding.message, kind, finding.source)
        yield Row(cells, finding.severity.value)
