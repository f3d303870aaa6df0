"""Elements, and what cannot get into them."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomize.report.html.markup import Markup, element, escaped, joined, visible

from .conftest import HOSTILE


class Reader(HTMLParser):
    """What the standard library's parser sees."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_elements() -> None:
    assert element("p", "a", 1, None, element("br")) == "<p>a1<br></p>"
    assert element("td", "x", class_="a", aria_label="b", for_="c", name="d") == (
        '<td class="a" aria-label="b" for="c" name="d">x</td>'
    )
    assert element("input", type="checkbox", checked=True, disabled=False, id=None) == '<input type="checkbox" checked>'
    assert joined("<", Markup("<br>")) == "&lt;<br>"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_values(text: str) -> None:
    read = Reader(element("p", text, title=text))
    assert read.tags == [("p", {"title": visible(text)})]
    assert read.text == visible(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_value_is_one_text(text: str) -> None:
    read = Reader(element("p", text, title=text))
    assert read.tags == [("p", {"title": visible(text)})]
    assert read.text == visible(text)
    assert escaped(text).isprintable()


def test_what_cannot_be_seen_is_written_out() -> None:
    assert visible("a\u202eb\x1b\n") == "a\\u202eb\\x1b\\n"
    assert visible("Müller 山田") == "Müller 山田"
