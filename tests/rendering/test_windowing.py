"""The formulas against the standard's own examples, and the pipeline against arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomize.rendering.windowing import FUNCTIONS, Grey, Lut, Rescale, Span, Window, levels

BITS_12 = (0, 4095)


def level(value: int, voi: Window | Lut | Span, *, inverted: bool = False, stored: tuple[int, int] = BITS_12) -> int:
    return levels([value], Grey(Rescale(), voi, inverted, stored))[value]


def nearest(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))


@pytest.mark.parametrize(
    ("window", "value", "exact"),
    [
        # PS3.3 C.11.2.1.2.1, note 1: c=2048, w=4096; c=2048, w=1; c=0, w=100; c=0, w=1
        (Window(2048, 4096), 0, Fraction(0)),
        (Window(2048, 4096), 1, ((Fraction(1) - Fraction(4095, 2)) / 4095 + Fraction(1, 2)) * 255),
        (Window(2048, 4096), 3000, ((Fraction(3000) - Fraction(4095, 2)) / 4095 + Fraction(1, 2)) * 255),
        (Window(2048, 4096), 4096, Fraction(255)),
        (Window(2048, 1), 2047, Fraction(0)),
        (Window(2048, 1), 2048, Fraction(255)),
        (Window(0, 100), -50, Fraction(0)),
        (Window(0, 100), -49, ((Fraction(-49) + Fraction(1, 2)) / 99 + Fraction(1, 2)) * 255),
        (Window(0, 100), 49, ((Fraction(49) + Fraction(1, 2)) / 99 + Fraction(1, 2)) * 255),
        (Window(0, 100), 50, Fraction(255)),
        (Window(0, 1), -1, Fraction(0)),
        (Window(0, 1), 0, Fraction(255)),
        # PS3.3 C.11.2.1.3.2, note: the same windows, LINEAR_EXACT
        (Window(2048, 4096, "LINEAR_EXACT"), 0, Fraction(0)),
        (Window(2048, 4096, "LINEAR_EXACT"), 1000, ((Fraction(1000) - 2048) / 4096 + Fraction(1, 2)) * 255),
        (Window(2048, 4096, "LINEAR_EXACT"), 4097, Fraction(255)),
        (Window(0, 100, "LINEAR_EXACT"), -50, Fraction(0)),
        (Window(0, 100, "LINEAR_EXACT"), 25, (Fraction(25, 100) + Fraction(1, 2)) * 255),
        (Window(0, 100, "LINEAR_EXACT"), 51, Fraction(255)),
    ],
)
def test_the_examples_of_the_standard(window: Window, value: int, exact: Fraction) -> None:
    assert level(value, window) == nearest(exact)
    assert level(value, window, inverted=True) == 255 - nearest(exact)


def test_sigmoid() -> None:
    """PS3.3 C.11.2.1.3.1: half at the center; at center ± width/2 the logistic function of ±2."""
    sigmoid = FUNCTIONS["SIGMOID"]
    window = Window(40, 400, "SIGMOID")
    assert sigmoid(40, window) == 127.5
    assert sigmoid(240, window) == pytest.approx(255 * 0.8807970779778823)
    assert sigmoid(-160, window) == pytest.approx(255 * 0.11920292202211755)
    assert sigmoid(-(10**9), window) == 0
    assert sigmoid(10**9, window) == 255


@given(
    center=st.integers(-5000, 5000),
    width=st.integers(2, 5000),
    value=st.integers(-9999, 9999),
    slope=st.sampled_from([1, 2, 5]),
    intercept=st.integers(-1024, 1024),
)
def test_linear_is_the_formula(center: int, width: int, value: int, slope: int, intercept: int) -> None:
    x, c, w = value * slope + intercept, Fraction(2 * center - 1, 2), width - 1
    if x <= c - Fraction(w, 2):
        exact = Fraction(0)
    elif x > c + Fraction(w, 2):
        exact = Fraction(255)
    else:
        exact = ((x - c) / w + Fraction(1, 2)) * 255
    shown = levels([value], Grey(Rescale(slope, intercept), Window(center, width), inverted=False, stored=BITS_12))[
        value
    ]
    assert abs(shown - exact) <= Fraction(1, 2) + Fraction(1, 10**9)


def test_tables() -> None:
    """PS3.3 C.11.2.1.1: below the first value the first entry, above the last value the last."""
    table = Lut(100, 8, (10, 20, 40))
    assert [level(v, table) for v in (0, 99, 100, 101, 102, 103, 4095)] == [10, 10, 10, 20, 40, 40, 40]
    assert level(101, Lut(100, 10, (0, 1023, 0))) == 255
    modality = Grey(Lut(0, 16, (1000, 2000)), Window(1500, 1001), inverted=False, stored=(0, 1))
    assert levels([0, 1], modality) == {0: 0, 1: 255}


def test_without_a_window() -> None:
    grey = Grey(Rescale(2, -100), Span.FRAME, inverted=False, stored=BITS_12)
    assert levels([5, 55, 105], grey) == {5: 0, 55: 128, 105: 255}
    assert levels([7], grey) == {7: 0}
    assert levels([0, 4095, 2048], grey._replace(voi=Span.STORED)) == {0: 0, 4095: 255, 2048: 128}
    signed = grey._replace(voi=Span.STORED, stored=(-128, 127), modality=Rescale())
    assert levels([-128, 0, 127], signed) == {-128: 0, 0: 128, 127: 255}
    huge = Grey(Rescale(1e308, 0), Span.FRAME, inverted=False, stored=BITS_12)
    assert set(levels([0, 10, 4095], huge)) == {0, 10, 4095}
    falling = Grey(Rescale(-1, 0), Span.FRAME, inverted=False, stored=BITS_12)
    assert levels([0, 10], falling) == {0: 255, 10: 0}
