"""The walk through entropy-coded data: sound streams of other encoders pass, damage built by hand is named."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dicomize.errors import SourceDamaged
from dicomize.jpeg.coefficients import decode
from dicomize.jpeg.markers import parse
from dicomize.jpeg.scan import verify

Require = Callable[[str], Path]
Builder = Callable[..., bytes]


def checked(data: bytes) -> tuple[int, ...]:
    return verify(data, parse(data))


def photo(mode: str, size: tuple[int, int], **options: object) -> bytes:
    width, height = size
    bands = len(Image.new(mode, (1, 1)).getbands())
    samples = bytes((i * i // 7 + 13 * (i % 11)) & 255 for i in range(width * height * bands))
    stream = io.BytesIO()
    Image.frombytes(mode, size, samples).save(stream, "JPEG", **options)
    return stream.getvalue()


# ---------------------------------------------------------------- sound streams

sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))


@st.composite
def pictures(draw: st.DrawFn) -> bytes:
    options: dict[str, object] = {
        "quality": draw(st.sampled_from([1, 30, 75, 95, 100])),
        "restart_marker_blocks": draw(st.sampled_from([0, 0, 1, 2, 9])),
        "optimize": draw(st.booleans()),
    }
    mode = draw(st.sampled_from(["L", "RGB", "CMYK"]))
    if mode == "RGB":
        options["subsampling"] = draw(st.sampled_from(["4:4:4", "4:2:2", "4:2:0"]))
    return photo(mode, draw(sizes), **options)


@settings(max_examples=150, deadline=None)
@given(pictures())
def test_sound_streams_pass_and_are_needed_to_the_last_byte(data: bytes) -> None:
    assert checked(data) == tuple(scan.data_end for scan in parse(data).scans)


@settings(max_examples=60, deadline=None)
@given(pictures(), st.binary(min_size=1, max_size=9).filter(lambda extra: 0xFF not in extra))
def test_extraneous_bytes_are_found(data: bytes, extra: bytes) -> None:
    end = parse(data).scans[0].data_end
    assert checked(data[:end] + extra + data[end:]) == (end,)


@pytest.mark.parametrize("extra", [b"\xff", b"\xff\xff\xff"])
def test_fill_bytes_are_not_needed(extra: bytes) -> None:
    data = photo("L", (16, 16))
    end = parse(data).scans[0].data_end
    assert checked(data[:end] + extra + data[end:]) == (end,)


@pytest.mark.parametrize("script", ["0;1;2;", "0;1 2;"])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_scans_of_single_components(require_tool: Require, tmp_path: Path, script: str, subsampling: str) -> None:
    scans = tmp_path / "scans.txt"
    scans.write_text(script)
    command = [str(require_tool("jpegtran")), "-scans", str(scans), "-restart", "1"]
    data = subprocess.run(
        command, input=photo("RGB", (43, 29), subsampling=subsampling), capture_output=True, check=True
    ).stdout
    assert checked(data) == tuple(scan.data_end for scan in parse(data).scans)


def test_long_data_is_walked_in_chunks() -> None:
    data = photo("RGB", (400, 300), quality=100, subsampling="4:4:4")
    assert len(data) > 3 * 2**15
    assert checked(data) == (parse(data).scans[0].data_end,)


# ---------------------------------------------------------------- streams built by hand


EOB, ZRL, ONE, BIG, HUGE, VOID, FAR, THREE = (f"{n:04b}" for n in range(8))
LEVEL, STEP, JUMP, LEAP, OVER = (f"{n:04b}" for n in range(5))


@pytest.mark.parametrize(
    "bits",
    [
        LEVEL + EOB,
        LEVEL + (ONE + "1") * 63,
        LEVEL + ZRL * 3 + (ONE + "0") * 15,
        LEVEL + ZRL * 3 + FAR + "1",
        LEVEL + ZRL * 3 + FAR + "1" + EOB,
        LEVEL + (THREE + "1") * 21,
        LEVEL + BIG + "1111111111" + EOB,
        JUMP + "1111111111" + EOB,
        JUMP + "0000000000" + EOB,
        LEVEL + EOB + "0000",
        LEVEL + EOB + "0101",
    ],
)
def test_blocks_within_the_rules(grey: Builder, bits: str) -> None:
    data = grey(bits)
    checked(data)
    decode(data, parse(data))


@pytest.mark.parametrize(
    ("bits", "what"),
    [
        (LEVEL + "1010" + EOB * 8, "a code that its Huffman table lacks"),
        ("1010" + EOB * 8, "a code that its Huffman table lacks"),
        (LEVEL + ZRL * 4 + EOB * 8, "a run of coefficients that leaves its block"),
        (LEVEL + (THREE + "1") * 20 + ZRL + EOB * 8, "a run of coefficients that leaves its block"),
        (LEVEL + ZRL * 3 + ONE + "1" + FAR + "1" + EOB * 8, "a run of coefficients that leaves its block"),
        (LEVEL + HUGE + "1" * 11 + EOB * 8, "an AC symbol 0x0B"),
        (LEVEL + VOID + EOB * 8, "an AC symbol 0x10"),
        (OVER + "1" * 12 + EOB * 8, "a DC difference of category 12"),
        (LEAP + "1" * 11 + EOB * 8, "a DC coefficient is beyond"),
        (LEAP + "0" * 11 + EOB * 8, "a DC coefficient is beyond"),
        ("", "ends early"),
        (LEVEL, "ends early"),
        (LEVEL + (ONE + "1") * 9, "ends early"),
        (LEVEL + BIG + "1111", "ends early"),
    ],
)
def test_damage_is_named(grey: Builder, bits: str, what: str) -> None:
    data = grey(bits)
    with pytest.raises(SourceDamaged, match=what) as caught:
        checked(data)
    assert "scan 1" in str(caught.value)
    assert "MCU row 1 of 1" in str(caught.value)
    with pytest.raises(SourceDamaged, match=what):
        decode(data, parse(data))


def test_twelve_bits_reach_farther(grey: Builder) -> None:
    data = grey(OVER + "1" * 12 + HUGE + "0" * 11 + EOB, precision=12)
    checked(data)
    with pytest.raises(SourceDamaged, match="near byte"):
        checked(grey(OVER + "1" * 12 + HUGE + "0" * 11 + VOID + EOB * 8, precision=12))


def test_dc_coefficients_may_reach_black_and_white_but_not_beyond(grey: Builder) -> None:
    # from -1024 (T.81 A.3.3) to 1016 for steps of 1
    assert checked(grey(JUMP + f"{1016:b}" + EOB + LEAP + f"{2047 - 2040:011b}" + EOB, width=16))
    with pytest.raises(SourceDamaged, match="a DC coefficient is beyond"):
        checked(grey(JUMP + f"{1016:b}" + EOB + JUMP + f"{512:b}" + EOB * 8, width=16))


# ---------------------------------------------------------------- other processes


def test_other_processes_are_not_taken() -> None:
    data = photo("RGB", (16, 16), progressive=True)
    with pytest.raises(ValueError, match="SOF2"):
        checked(data)


# ---------------------------------------------------------------- damage at random


@settings(max_examples=250, deadline=None)
@given(data=pictures(), changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
def test_nothing_but_source_damaged_is_raised(data: bytes, changes: list[tuple[int, int]]) -> None:
    damaged, start = bytearray(data), parse(data).scans[0].data_start
    for place, value in changes:
        damaged[start + place % (len(data) - start)] = value
    sound: list[bool] = []
    for read in (verify, decode):
        try:
            read(bytes(damaged), parse(bytes(damaged)))
            sound.append(True)
        except SourceDamaged:
            sound.append(False)
    assert sound[0] == sound[1]


@settings(max_examples=100, deadline=None)
@given(pictures(), st.data())
def test_truncation_is_always_found(data: bytes, draw: st.DataObject) -> None:
    scan = parse(data).scans[0]
    cut = draw.draw(st.integers(scan.data_start, scan.data_end - 1))
    with pytest.raises(SourceDamaged):
        checked(data[:cut] + b"\xff\xd9")


# ---------------------------------------------------------------- real pictures

BROKEN = {"sof_h_x4.jpg", "dnl_h0.jpg"}


def test_real_pictures(corpus: Path) -> None:
    walked = 0
    for path in sorted(corpus.glob("*/*.jp*g")):
        if path.stat().st_size > 800_000:
            continue
        data = path.read_bytes()
        try:
            jpeg = parse(data)
        except SourceDamaged:
            continue
        if jpeg.frame.sof > 1:
            continue
        if path.name in BROKEN:
            with pytest.raises(SourceDamaged):
                verify(data, jpeg)
            continue
        assert verify(data, jpeg) == tuple(scan.data_end for scan in jpeg.scans)
        walked += 1
    assert walked > 50
