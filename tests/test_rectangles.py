"""Rectangles as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomize.errors import UsageError
from dicomize.model import Rectangle
from dicomize.rectangles import parse_rectangle, shown

PLACES, SIDES = st.integers(0, 99999), st.integers(1, 99999)


@given(st.builds(Rectangle, PLACES, PLACES, SIDES, SIDES))
def test_what_is_shown_can_be_typed(rectangle: Rectangle) -> None:
    assert parse_rectangle(shown(rectangle), "--crop") == rectangle
    assert parse_rectangle(shown(rectangle).replace(",", ", "), "--crop") == rectangle


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "1,2,3,4,5", "-1,0,1,1", "1,1,0,1", "1,1,1,0", "a,b,c,d", "1;2;3;4", "٣,1,1,1"]
)
def test_what_is_no_rectangle(text: str) -> None:
    with pytest.raises(UsageError, match=r"--redact .* is no rectangle"):
        parse_rectangle(text, "--redact")
