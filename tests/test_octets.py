"""Bytes that need not be in memory."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from dicomize.octets import behind_run, find_pair

PAIR = re.compile(rb"\xff[^\x00\xff]")
RUNS = st.lists(st.tuples(st.sampled_from(b"\0\1\xff"), st.integers(0, 300)), max_size=8).map(
    lambda runs: b"".join(bytes([octet]) * count for octet, count in runs)
)
"""long enough for several pieces"""


@given(RUNS, st.integers(0, 2000))
def test_a_pair_is_found_where_a_search_of_the_whole_finds_it(data: bytes, at: int) -> None:
    found = PAIR.search(data, at)
    assert find_pair(PAIR, data, at) == (found.start() if found else None)


@given(RUNS, st.integers(0, 2000))
def test_a_run_ends_where_another_octet_begins(data: bytes, at: int) -> None:
    expected = at
    while expected < len(data) and data[expected] == 0xFF:
        expected += 1
    assert behind_run(0xFF, data, at) == expected
