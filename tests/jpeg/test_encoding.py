"""Coefficients written: jpegtran writes the same, to the byte."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from dicomize.jpeg.coefficients import decode
from dicomize.jpeg.encoding import Coding, encode, optimal_tables
from dicomize.jpeg.encoding_tables import STANDARD_AC, STANDARD_DC
from dicomize.jpeg.huffman import HuffmanTable, tables_of_scans
from dicomize.jpeg.layout import blocks
from dicomize.jpeg.markers import JpegFile, parse

Require = Callable[[str], Path]


def photo(mode: str, size: tuple[int, int], **options: object) -> bytes:
    width, height = size
    bands = len(Image.new(mode, (1, 1)).getbands())
    samples = bytes((i * i // 5 + 17 * (i % 13)) & 255 for i in range(width * height * bands))
    stream = io.BytesIO()
    Image.frombytes(mode, size, samples).save(stream, "JPEG", **options)
    return stream.getvalue()


def codings(jpeg: JpegFile, *tables: int) -> tuple[Coding, ...]:
    frame = jpeg.frame
    if len(frame.components) == 1:
        return (Coding(1, 1, blocks(frame.columns, 1, 1), blocks(frame.rows, 1, 1), 0),)
    return tuple(
        Coding(c.h, c.v, blocks(frame.columns, c.h, frame.h_max), blocks(frame.rows, c.v, frame.v_max), table)
        for c, table in zip(frame.components, tables, strict=True)
    )


def entropy_coded(data: bytes) -> bytes:
    (scan,) = parse(data).scans
    return data[scan.data_start : scan.data_end]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    mode=st.sampled_from(["L", "RGB"]),
    subsampling=st.sampled_from(["4:4:4", "4:2:2", "4:2:0"]),
    quality=st.sampled_from([1, 40, 90, 100]),
    restart=st.integers(0, 4),
)
@pytest.mark.parametrize("optimize", [False, True])
def test_writing_equals_jpegtran(
    require_tool: Require,
    *,
    optimize: bool,
    size: tuple[int, int],
    mode: str,
    subsampling: str,
    quality: int,
    restart: int,
) -> None:
    data = photo(mode, size, subsampling=subsampling, quality=quality, restart_marker_blocks=restart)
    command = [str(require_tool("jpegtran")), "-copy", "none", *(["-optimize"] if optimize else [])]
    theirs = subprocess.run(command, input=data, capture_output=True, check=True).stdout
    jpeg = parse(data)
    planes, coding = decode(data, jpeg), codings(jpeg, 0, 1, 1)
    tables = {n: (STANDARD_DC[n], STANDARD_AC[n]) for n in (0, 1)}
    if optimize:
        tables = optimal_tables(planes, coding)
        (expected,) = tables_of_scans(theirs, parse(theirs))
        assert {(kind, n): table for n, pair in tables.items() for kind, table in enumerate(pair)} == expected
    assert encode(planes, coding, tables) == entropy_coded(theirs)


def test_the_widest_values_of_twelve_bits() -> None:
    data = photo("L", (8, 8))
    (plane,) = decode(data, parse(data))
    wide = type(plane)(1, 1, plane.values[:0])
    wide.values.extend([-16384, 16383, *[0] * 40, -16383, 1, *[0] * 20])
    coding = (Coding(1, 1, 1, 1, 0),)
    tables = optimal_tables((wide,), coding)
    stream = framed(encode((wide,), coding, tables), tables[0])
    (read,) = decode(stream, parse(stream))
    assert read == wide


def framed(data: bytes, tables: tuple[HuffmanTable, HuffmanTable]) -> bytes:
    """A 12-bit grey JPEG of one block."""
    dht = b"".join(
        b"\xff\xc4" + (19 + len(t.symbols)).to_bytes(2, "big") + bytes([16 * kind]) + t.counts + t.symbols
        for kind, t in enumerate(tables)
    )
    dqt = b"\xff\xdb\x00\x43\x00" + b"\x01" * 64
    sof = b"\xff\xc1\x00\x0b\x0c\x00\x08\x00\x08\x01\x01\x11\x00"
    return b"\xff\xd8" + dqt + sof + dht + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + data + b"\xff\xd9"
