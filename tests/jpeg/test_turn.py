"""Turning among DCT coefficients: jpegtran is the judge."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from dicomize.errors import SourceDamaged
from dicomize.jpeg.markers import APP0, APP14, APP15, COM, DHT, JpegFile, parse
from dicomize.jpeg.orientation import can_turn, turned_size
from dicomize.jpeg.scan import verify
from dicomize.jpeg.turn import turn

Require = Callable[[str], Path]

JPEGTRAN = {
    2: ("-flip", "horizontal"),
    3: ("-rotate", "180"),
    4: ("-flip", "vertical"),
    5: ("-transpose",),
    6: ("-rotate", "90"),
    7: ("-transverse",),
    8: ("-rotate", "270"),
}
PILLOW = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def without(data: bytes, markers: set[int]) -> bytes:
    jpeg, out = parse(data), bytearray(data)
    del out[jpeg.end :]
    for segment in reversed(jpeg.segments):
        if segment.marker in markers:
            del out[segment.start : segment.end]
    return bytes(out)


def clean(data: bytes) -> bytes:
    return without(data, {*range(APP0, APP15 + 1), COM} - {APP14})


def bare(data: bytes) -> bytes:
    return without(data, set(range(APP0, APP15 + 1)))


def judge(jpegtran: Path, data: bytes, *arguments: str) -> bytes | None:
    command = [str(jpegtran), "-copy", "none", *arguments]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def compare(jpegtran: Path, data: bytes, orientation: int) -> bool:
    """Whether both turn the stream; if they do, they agree to the byte."""
    jpeg = parse(data)
    theirs = judge(jpegtran, data, "-perfect", *JPEGTRAN[orientation])
    assert can_turn(jpeg, orientation) == (theirs is not None)
    if theirs is None:
        with pytest.raises(ValueError, match="without loss"):
            turn(data, jpeg, orientation)
        return False
    ours = turn(data, jpeg, orientation)
    assert bare(ours) == bare(theirs)
    turned = parse(ours)
    verify(ours, turned)
    rows, columns = turned_size(jpeg.frame.rows, jpeg.frame.columns, orientation)
    assert (turned.frame.rows, turned.frame.columns) == (rows, columns)
    return True


def photo(mode: str, size: tuple[int, int], **options: object) -> bytes:
    """A clean JPEG of slopes and edges that look different from all sides."""
    width, height = size
    bands = len(Image.new(mode, (1, 1)).getbands())
    samples = bytes(
        (3 * x + 5 * y * (band + 1) + 90 * (x * y % 7 == band)) & 255
        for y in range(height)
        for x in range(width)
        for band in range(bands)
    )
    stream = io.BytesIO()
    Image.frombytes(mode, size, samples).save(stream, "JPEG", **options)
    return clean(stream.getvalue())


# ---------------------------------------------------------------- against jpegtran

edges = st.one_of(st.integers(1, 40), st.sampled_from([8, 16, 32]))


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data(), orientation=st.integers(2, 8), size=st.tuples(edges, edges))
def test_any_small_picture(require_tool: Require, data: st.DataObject, orientation: int, size: tuple[int, int]) -> None:
    options: dict[str, object] = {"quality": data.draw(st.sampled_from([1, 30, 75, 95, 100]), "quality")}
    mode = data.draw(st.sampled_from(["L", "RGB", "CMYK"]), "mode")
    if mode == "RGB":
        options["subsampling"] = data.draw(st.sampled_from(["4:4:4", "4:2:2", "4:2:0"]), "subsampling")
    if data.draw(st.booleans(), "restart intervals"):
        options["restart_marker_blocks"] = data.draw(st.integers(1, 6), "MCUs")
    options["optimize"] = data.draw(st.booleans(), "optimize")
    compare(require_tool("jpegtran"), photo(mode, size, **options), orientation)


@pytest.mark.parametrize("orientation", JPEGTRAN)
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_whole_mcus_turn_all_ways(require_tool: Require, orientation: int, subsampling: str) -> None:
    assert compare(require_tool("jpegtran"), photo("RGB", (48, 32), subsampling=subsampling), orientation)


@pytest.mark.parametrize("orientation", JPEGTRAN)
def test_subsampling_of_rows_alone(require_tool: Require, orientation: int) -> None:
    jpegtran = require_tool("jpegtran")
    tall = judge(jpegtran, photo("RGB", (32, 48), subsampling="4:2:2"), "-transpose")
    assert tall is not None
    assert (parse(tall).frame.components[0].h, parse(tall).frame.components[0].v) == (1, 2)
    assert compare(jpegtran, clean(tall), orientation)


@pytest.mark.parametrize("orientation", JPEGTRAN)
@pytest.mark.parametrize("script", ["0;1;2;", "0;1 2;", "2;0 1;"])
def test_several_scans_become_one(require_tool: Require, tmp_path: Path, orientation: int, script: str) -> None:
    jpegtran = require_tool("jpegtran")
    scans = tmp_path / "scans.txt"
    scans.write_text(script)
    apart = judge(jpegtran, photo("RGB", (32, 32), subsampling="4:2:0"), "-scans", str(scans))
    assert apart is not None
    assert len(parse(apart).scans) == script.count(";")
    assert compare(jpegtran, clean(apart), orientation)


@pytest.mark.parametrize("factors", [0x11, 0x12, 0x21, 0x22, 0x41])
def test_sampling_factors_of_grey_mean_nothing(require_tool: Require, factors: int) -> None:
    data = bytearray(photo("L", (24, 40)))
    frame = next(s for s in parse(bytes(data)).segments if s.name == "SOF0")
    data[frame.start + 11] = factors
    for orientation in JPEGTRAN:
        assert compare(require_tool("jpegtran"), bytes(data), orientation)


@pytest.mark.parametrize("orientation", JPEGTRAN)
def test_wide_quantization_steps(require_tool: Require, orientation: int) -> None:
    data = photo("RGB", (32, 32), qtables=[[1, 2, *range(3, 65)], [9] * 64])
    jpeg = parse(data)
    frame = next(s for s in jpeg.segments if s.name == "SOF0")
    wide = bytearray(data[: frame.start] + b"\xff\xc1" + data[frame.start + 2 :])
    for segment in reversed([s for s in jpeg.segments if s.name == "DQT"]):
        entries = data[segment.start + 5 : segment.end]
        steps = b"".join((entry + 256 * (entry > 60)).to_bytes(2, "big") for entry in entries)
        wide[segment.start : segment.end] = b"\xff\xdb\x00\x83" + bytes([0x10 + data[segment.start + 4]]) + steps
    assert compare(require_tool("jpegtran"), bytes(wide), orientation)


@pytest.mark.parametrize("options", [{"keep_rgb": True, "subsampling": 0}, {"subsampling": 0}])
def test_tables_follow_the_colours(require_tool: Require, options: dict[str, object]) -> None:
    data = photo("RGB", (16, 16), **options)
    assert compare(require_tool("jpegtran"), data, 3)
    tables = [s for s in parse(turn(data, parse(data), 3)).segments if s.marker == DHT]
    assert len(tables) == (2 if "keep_rgb" in options else 4)


def test_adobe_segment_is_kept() -> None:
    data = photo("CMYK", (16, 16))
    adobe = next(data[s.start : s.end] for s in parse(data).segments if s.marker == APP14)
    turned = turn(data, parse(data), 3)
    assert [turned[s.start : s.end] for s in parse(turned).segments if APP0 <= s.marker <= APP15] == [adobe]


@pytest.mark.parametrize("orientation", JPEGTRAN)
def test_twelve_bits(require_tool: Require, orientation: int) -> None:
    # the same coefficients at 12 bits are a fainter picture; jpegtran -optimize writes them at 8
    data = photo("RGB", (32, 48), subsampling="4:2:0", quality=90)
    ours = turn(at_precision(data, 12), parse(at_precision(data, 12)), orientation)
    assert parse(ours).frame.precision == 12
    theirs = judge(require_tool("jpegtran"), data, "-optimize", "-perfect", *JPEGTRAN[orientation])
    assert theirs is not None
    assert at_precision(ours, 8) == bare(theirs)


def at_precision(data: bytes, precision: int) -> bytes:
    frame = next(s for s in parse(data).segments if s.name in {"SOF0", "SOF1"})
    sof = 0xC0 if precision == 8 else 0xC1
    head = bytes([0xFF, sof]) + data[frame.start + 2 : frame.start + 4] + bytes([precision])
    return data[: frame.start] + head + data[frame.start + 5 :]


# ---------------------------------------------------------------- without jpegtran


@pytest.mark.parametrize("orientation", JPEGTRAN)
def test_pixels_go_where_pillow_puts_them(orientation: int) -> None:
    data = photo("L", (24, 40), quality=100)
    upright = Image.open(io.BytesIO(data)).transpose(PILLOW[orientation])
    turned = Image.open(io.BytesIO(turn(data, parse(data), orientation)))
    assert turned.size == upright.size
    pairs = zip(turned.tobytes(), upright.tobytes(), strict=True)
    assert max(abs(a - b) for a, b in pairs) <= 2  # the inverse DCT rounds rows and columns differently


@pytest.mark.parametrize(("orientation", "back"), [(2, 2), (3, 3), (4, 4), (5, 5), (6, 8), (7, 7), (8, 6)])
def test_there_and_back(orientation: int, back: int) -> None:
    data = photo("RGB", (32, 16), subsampling="4:2:2")
    there = turn(data, parse(data), orientation)
    assert turn(there, parse(there), back) == turn(data, parse(data), 1)


def test_damage_is_reported() -> None:
    data = photo("L", (64, 64))
    scan = parse(data).scans[0]
    short = data[: scan.data_end - 40] + data[scan.data_end :]
    with pytest.raises(SourceDamaged, match="ends early"):
        turn(short, parse(short), 3)


# ---------------------------------------------------------------- real pictures


def sequential(path: Path) -> tuple[bytes, JpegFile] | None:
    try:
        data = clean(path.read_bytes())
        jpeg = parse(data)
    except SourceDamaged:
        return None
    return (data, jpeg) if jpeg.frame.sof <= 1 else None


def test_real_pictures(require_tool: Require, corpus: Path) -> None:
    jpegtran, compared = require_tool("jpegtran"), 0
    for number, path in enumerate(sorted(corpus.glob("*/*.jp*g"))):
        found = sequential(path) if path.stat().st_size < 100_000 else None
        if found is None or found[1].frame.precision != 8:
            continue
        try:
            verify(*found)
        except SourceDamaged:
            continue
        compared += compare(jpegtran, found[0], 2 + number % 7)
    assert compared > 20


def test_real_pictures_of_12_bits(corpus: Path) -> None:
    decoder = pytest.importorskip("libjpeg")
    # chrominance is smoothed differently across and down, hence more room for colours, of 4096 levels
    for name, mean in [("synthetic/gray12.jpg", 0.05), ("libjpeg/testimages_monkey12.jpg", 0.5)]:
        found = sequential(corpus / name)
        assert found is not None
        data, jpeg = found
        upright = decoder.decode(data).astype(int)
        turned = decoder.decode(turn(data, jpeg, 5)).astype(int)
        assert abs(turned - upright.swapaxes(0, 1)).mean() < mean


def test_real_pictures_of_12_bits_there_and_back(corpus: Path) -> None:
    for path in [corpus / "synthetic" / "gray12.jpg", corpus / "libjpeg" / "testimages_monkey12.jpg"]:
        found = sequential(path)
        assert found is not None
        data, jpeg = found
        there = turn(data, jpeg, 5)
        assert turn(there, parse(there), 5) == turn(data, jpeg, 1)
