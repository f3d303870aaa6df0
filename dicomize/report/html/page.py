"""The frame of a page: what is allowed in it, how it looks, how it moves."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from dicomize.report.html.markup import Markup, element, joined
from dicomize.version import __version__


class Section(NamedTuple):
    """A part of a page, with a heading of its own."""

    name: str
    """becomes its id"""
    title: str
    content: Markup


def page(title: str, lead: Markup, sections: Sequence[Section]) -> str:
    """A whole page.

    Args:
        lead: what stands under the title, before the contents.
    """
    style, script = _asset("page.css"), _asset("page.js")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", style),
    )
    return f"<!doctype html>\n{element('html', head, _body(title, lead, sections, script), lang='en')}\n"


def _body(title: str, lead: Markup, sections: Sequence[Section], script: Markup) -> Markup:
    contents = (element("li", element("a", section.title, href=f"#{section.name}")) for section in sections)
    return element(
        "body",
        element("a", "Skip to the content", class_="skip", href="#content"),
        element("header", element("h1", title), lead),
        element("nav", element("ul", *contents), aria_label="Contents"),
        element("main", *map(_section, sections), id="content", tabindex="-1"),
        element("footer", element("p", f"dicomize {__version__}. Everything on this page is in this file.")),
        element("script", script),
    )


def _section(section: Section) -> Markup:
    heading = element("h2", section.title, id=f"{section.name}-heading")
    return element("section", heading, section.content, id=section.name, aria_labelledby=f"{section.name}-heading")


def _asset(name: str) -> Markup:
    """A file of this package. It goes into the page as it is: it is ours, and holds nothing that ends its element."""
    return Markup(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _policy(style: str, script: str) -> str:
    """Only this style, only this script, only pictures that are in the page: nothing may be fetched, nothing sent."""
    return "; ".join(
        (
            "default-src 'none'",
            "img-src data:",
            f"style-src {_digest(style)}",
            f"script-src {_digest(script)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def facts(*pairs: tuple[str, Markup | str]) -> Markup:
    """Names and values."""
    return element("dl", *(joined(element("dt", name), element("dd", value)) for name, value in pairs))


def digest(text: str) -> Markup:
    """A SHA-256, broken where it does not fit."""
    return element("code", text, class_="digest")
