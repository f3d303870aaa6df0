"""The tables of a JPEG that its scans use, and what may stand in them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dicomize.errors import SourceDamaged
from dicomize.jpeg.markers import parse
from dicomize.jpeg.tables import require_sound, used

Builder = Callable[..., bytes]


def test_tables_that_are_used_whole_are_not_named(photo: Builder) -> None:
    data = photo("RGB", (24, 16))
    assert used(data, parse(data)) == {}
    require_sound(data, parse(data))


def test_a_table_that_no_scan_uses(photo: Builder, segment: Builder) -> None:
    clean = photo("L", (16, 8))
    data = clean[:2] + segment(0xC4, 0x13, *[0] * 7, 6, *[0] * 8, *b"secret") + clean[2:]
    assert used(data, parse(data)) == {2: ()}


def test_a_table_that_another_replaces_before_a_scan_comes(photo: Builder, segment: Builder) -> None:
    clean = photo("L", (16, 8))
    data = clean[:2] + segment(0xDB, 0, *range(1, 65)) + clean[2:]
    assert used(data, parse(data)) == {2: ()}


@pytest.mark.parametrize(
    ("marker", "payload", "says"),
    [
        (0xC4, (0, 0, 0, 9, *[0] * 13, 1, 2), "a table at byte 6 that runs past its segment"),
        (0xDB, (0, *[1] * 40), "the quantization table in DQT at byte 2 is malformed"),
    ],
)
def test_a_table_that_runs_past_its_segment(
    marker: int, payload: tuple[int, ...], says: str, photo: Builder, segment: Builder
) -> None:
    """What is behind the segment would count as the rest of the table."""
    clean = photo("L", (16, 8))
    data = clean[:2] + segment(marker, *payload) + clean[2:]
    with pytest.raises(SourceDamaged, match=says):
        used(data, parse(data))


@pytest.mark.parametrize("symbols", [(0, 0), (0, 200)])
def test_symbols_that_no_picture_has(symbols: tuple[int, ...], grey: Builder, dht: Builder) -> None:
    data = grey("0000 0000", tables=dht(0, *symbols) + dht(1, 0))
    with pytest.raises(SourceDamaged, match="holds symbols that no such picture has"):
        require_sound(data, parse(data))
