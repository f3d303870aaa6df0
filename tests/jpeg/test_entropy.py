"""Restart markers and stuffing: whatever does not stand where it should is named."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from dicomize.errors import SourceDamaged
from dicomize.jpeg.markers import parse
from dicomize.jpeg.scan import verify

Builder = Callable[..., bytes]


def checked(data: bytes) -> tuple[int, ...]:
    return verify(data, parse(data))


def test_fill_bytes_before_restart_markers_are_allowed(photo: Builder) -> None:
    data = photo("L", (32, 16), restart_marker_blocks=2)
    at = data.index(b"\xff\xd0")
    filled = data[:at] + b"\xff\xff" + data[at:]
    assert checked(filled) == (parse(filled).scans[0].data_end,)


def cut_at_restarts(data: bytes) -> tuple[list[bytes], bytes]:
    """The pieces of a stream that begin with restart markers (the first with SOI), and its end."""
    scan = parse(data).scans[0]
    marks = [i for i in range(scan.data_start, scan.data_end) if data[i] == 0xFF and 0xD0 <= data[i + 1] <= 0xD7]
    borders = [0, *marks, scan.data_end]
    return [data[a:b] for a, b in pairwise(borders)], data[scan.data_end :]


@pytest.mark.parametrize(
    ("order", "what"),
    [
        ([0, 2, 3, 4], "RST1 stands where RST0 should"),
        ([0, 1, 3, 2, 4], "RST2 stands where RST1 should"),
        ([0, 1, 2, 3], "RST3 is missing"),
        ([0, 1, 2, 3, 4, 4], "a restart marker follows the last MCU"),
    ],
)
def test_restart_markers_out_of_order(photo: Builder, order: list[int], what: str) -> None:
    pieces, end = cut_at_restarts(photo("L", (40, 8), restart_marker_blocks=1))
    assert len(pieces) == 5
    with pytest.raises(SourceDamaged, match=what):
        checked(b"".join(pieces[n] for n in order) + end)


def test_restart_marker_dropped(photo: Builder) -> None:
    pieces, end = cut_at_restarts(photo("L", (40, 8), restart_marker_blocks=1))
    with pytest.raises(SourceDamaged, match="precede a restart marker"):
        checked(pieces[0] + pieces[1] + pieces[2][2:] + pieces[3] + pieces[4] + end)


def test_restart_marker_without_restart_interval(photo: Builder) -> None:
    data = photo("L", (40, 8))
    middle = parse(data).scans[0].data_start + 20
    with pytest.raises(SourceDamaged, match="RST0 comes too early"):
        checked(data[:middle] + b"\xff\xd0" + data[middle:])


def test_interval_cut_short(photo: Builder) -> None:
    pieces, end = cut_at_restarts(photo("L", (40, 8), restart_marker_blocks=1))
    pieces[1] = pieces[1][:-3]
    with pytest.raises(SourceDamaged, match="RST1 comes too early"):
        checked(b"".join(pieces) + end)


def test_stuffing_that_is_none(photo: Builder) -> None:
    data = photo("L", (40, 40))
    middle = parse(data).scans[0].data_start + 20
    with pytest.raises(SourceDamaged, match="0xFF 0x00"):
        checked(data[:middle] + b"\xff\xff\x00" + data[middle:])
