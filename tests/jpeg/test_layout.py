"""Headers and tables that contradict each other are named before any data is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dicomize.errors import SourceDamaged
from dicomize.jpeg.layout import plan_scans
from dicomize.jpeg.markers import parse

Builder = Callable[..., bytes]

BLOCK = "00000000"
"""one block of zeros, as the builder `grey` codes it"""


def checked(data: bytes) -> None:
    plan_scans(data, parse(data))


def test_tables_must_be_defined(grey: Builder, dht: Builder) -> None:
    with pytest.raises(SourceDamaged, match="Huffman table AC 0, which is not defined"):
        checked(grey(BLOCK, tables=dht(0, 0)))


def test_tables_of_the_extended_process_are_not_for_baseline(grey: Builder, dht: Builder) -> None:
    data = bytearray(grey(BLOCK, tables=dht(0, 0) + dht(1, 0) + dht(0, 0).replace(b"\x13\x00", b"\x13\x02")))
    data[parse(bytes(data)).scans[0].header.start + 6] = 0x20
    with pytest.raises(SourceDamaged, match="Huffman table DC 2"):
        checked(bytes(data))


@pytest.mark.parametrize(("offset", "value"), [(-3, 1), (-2, 62), (-1, 0x10), (-1, 0x01)])
def test_scan_parameters_of_other_processes(grey: Builder, offset: int, value: int) -> None:
    data = bytearray(grey(BLOCK))
    data[parse(bytes(data)).scans[0].data_start + offset] = value
    with pytest.raises(SourceDamaged, match="parameters that a sequential JPEG cannot have"):
        checked(bytes(data))


def test_every_component_in_exactly_one_scan(grey: Builder, segment: Builder) -> None:
    data = grey(BLOCK)
    scan = parse(data).scans[0]
    again = data[: scan.data_end] + data[scan.header.start :]
    with pytest.raises(SourceDamaged, match="component 1 of the frame appears in more than one scan"):
        checked(again)
    frame = next(s for s in parse(data).segments if s.name == "SOF0")
    two = segment(0xC0, 8, 0, 8, 0, 8, 2, 1, 0x11, 0, 2, 0x11, 0)
    with pytest.raises(SourceDamaged, match="component 2 of the frame appears in no scan"):
        checked(data[: frame.start] + two + data[frame.end :])


def test_too_many_blocks_in_an_mcu(photo: Builder) -> None:
    data = bytearray(photo("RGB", (8, 8), subsampling="4:4:4"))
    frame = next(s for s in parse(bytes(data)).segments if s.name == "SOF0")
    data[frame.start + 11] = 0x44
    with pytest.raises(SourceDamaged, match="holds 18 blocks"):
        checked(bytes(data))


def test_a_height_that_nothing_states(grey: Builder, segment: Builder) -> None:
    data = bytearray(grey(BLOCK))
    frame = next(s for s in parse(bytes(data)).segments if s.name == "SOF0")
    data[frame.start + 5 : frame.start + 7] = b"\0\0"
    with pytest.raises(SourceDamaged, match="height of 0"):
        checked(bytes(data))
    end = parse(bytes(data)).scans[0].data_end
    stated = bytes(data[:end]) + segment(0xDC, 0, 8) + bytes(data[end:])
    (plan,) = plan_scans(stated, parse(stated))
    assert (plan.across, plan.down) == (1, 1)
