"""Tables, with a text filter where there are many rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dicomize.report.html.markup import Child, Markup, element, escaped, joined


class Row(NamedTuple):
    """The cells of a row; the first one heads it."""

    cells: tuple[Child, ...]
    kind: str = ""
    """its class, such as equal, error, warning"""


class Filter(NamedTuple):
    """What a table can be filtered by."""

    label: str
    """of the field for text"""
    hide: str = ""
    """the kind of rows that can be left out"""
    hide_label: str = ""


def table(name: str, caption: str, headings: Sequence[str], rows: Sequence[Row], by: Filter | None = None) -> Markup:
    """A table in a box that scrolls where the page is too narrow for it."""
    head = element("tr", *(element("th", heading, scope="col") for heading in headings))
    body = (
        element("tr", element("th", row.cells[0], scope="row"), *(element("td", cell) for cell in row.cells[1:]),
                class_=row.kind or None)
        for row in rows
    )  # fmt: skip
    whole = element(
        "table",
        element("caption", caption),
        element("thead", head),
        element("tbody", *body),
        id=name,
    )
    box = element("div", whole, class_="scroll", role="region", aria_label=caption, tabindex="0")
    return joined(_filter(name, by, len(rows)) if by else None, box)


def _filter(name: str, by: Filter, count: int) -> Markup:
    """Hidden until the script shows it: without the script it would do nothing."""
    field, box = f"{name}-filter", f"{name}-hide"
    hide = (
        element(
            "label",
            element("input", type="checkbox", id=box, data_hide=by.hide),
            escaped(f" {by.hide_label}"),
            for_=box,
        )
        if by.hide
        else None
    )
    return element(
        "form",
        element("label", f"{by.label} ", for_=field),
        element("input", type="search", id=field, autocomplete="off", spellcheck="false"),
        hide,
        element("output", f"{count} rows", for_=f"{field} {box}" if by.hide else field, aria_live="polite"),
        class_="filter",
        data_table=name,
        role="search",
        aria_label=by.label,
        hidden=True,
    )
