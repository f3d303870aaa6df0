"""Deep pictures as they are looked at."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dicomize.lettering.views import ends, views


@given(st.lists(st.integers(0, 300), min_size=1, max_size=2000))
def test_at_most_one_sample_of_200_lies_beyond_each_end(values: list[int]) -> None:
    counts = np.bincount(values, minlength=301)
    low, high = ends(counts.tolist())
    assert counts[:low].sum() * 200 <= len(values)
    assert counts[high + 1 :].sum() * 200 <= len(values)
    # and no narrower ends would do
    assert counts[: low + 1].sum() * 200 > len(values)
    assert low == high or counts[high:].sum() * 200 > len(values)


def test_from_the_darkest_to_the_brightest() -> None:
    samples = np.linspace(1000, 5000, 64).astype("<u2")
    (only,) = views(samples.tobytes())
    levels = np.frombuffer(only, "u1").astype(int)
    assert (levels[0], levels[-1]) == (0, 255)
    assert np.abs(levels - (samples - 1000.0) * 255 / 4000).max() < 1


def test_one_bright_sample_does_not_hide_the_rest() -> None:
    samples = np.tile(np.arange(256), 4).astype("<u2")
    samples[7] = 65535
    whole, closer = (np.frombuffer(view, "u1") for view in views(samples.tobytes()))
    assert sorted(set(whole.tolist())) == [0, 255]
    assert len(set(closer.tolist())) > 240
    assert closer[7] == 255
