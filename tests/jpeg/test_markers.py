"""The marker parser: T.81 is the law; Pillow and jpegtran are asked where they follow it."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin

from dicomize.errors import SourceDamaged
from dicomize.jpeg.markers import APP0, DHP, DNL, DQT, EOI, EXP, SOF_MARKERS, SOI, SOS, JpegFile, marker_name, parse

Builder = Callable[..., bytes]
Require = Callable[[str], Path]

BLOCK = "00000000"
"""one block of zeros, as the builder `grey` codes it"""


def assert_tiles(data: bytes, jpeg: JpegFile) -> None:
    """Segments, entropy-coded data and fill bytes lie end to end, from SOI to EOI."""
    scans = iter(jpeg.scans)
    at = 0
    for segment in jpeg.segments:
        assert set(data[at : segment.start]) <= {0xFF}
        assert data[segment.start : segment.start + 2] == bytes([0xFF, segment.marker])
        at = segment.end
        if segment.marker == SOS:
            scan = next(scans)
            assert (scan.header, scan.data_start) == (segment, at)
            at = scan.data_end
            assert at >= scan.data_start
        elif segment.marker not in {SOI, EOI}:
            assert segment.end - segment.start == 2 + int.from_bytes(data[segment.start + 2 : segment.start + 4], "big")
    assert (jpeg.segments[0].marker, jpeg.segments[-1].marker) == (SOI, EOI)
    assert at == jpeg.end
    assert jpeg.end + jpeg.trailing == len(data)
    assert list(scans) == []


def names(data: bytes) -> list[str]:
    return [s.name for s in parse(data).segments]


def at_segment(data: bytes, name: str) -> int:
    return next(s.start for s in parse(data).segments if s.name == name)


def inserted(data: bytes, before: str, extra: bytes) -> bytes:
    """The stream with bytes in front of the first segment of that name."""
    at = at_segment(data, before)
    return data[:at] + extra + data[at:]


def patched(data: bytes, name: str, offset: int, value: bytes) -> bytes:
    """The stream with bytes replaced within the first segment of that name."""
    at = at_segment(data, name) + offset
    return data[:at] + value + data[at + len(value) :]


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.tobytes()


# ---------------------------------------------------------------- what the headers say


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15])
def test_every_frame_type(grey: Builder, n: int) -> None:
    # T.81 table B.1
    data = patched(grey(BLOCK), "SOF0", 1, bytes([0xC0 + n]))
    assert parse(data).frame.sof == n
    assert names(data)[2] == f"SOF{n}"


def test_markers_that_are_no_frame_types() -> None:
    # T.81 table B.1: X'FFC4' is DHT, X'FFC8' JPG, X'FFCC' DAC
    assert {n for n in range(256) if n not in SOF_MARKERS and 0xC0 <= n <= 0xCF} == {0xC4, 0xC8, 0xCC}
    assert [marker_name(n) for n in (0xC4, 0xC8, 0xCC, 0x01, 0xD0, 0xD7, 0xE0, 0xEF, 0xFE)] == [
        "DHT", "JPG", "DAC", "TEM", "RST0", "RST7", "APP0", "APP15", "COM",
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("progressive", [False, True])
def test_the_frame_is_that_which_pillow_reads(
    photo: Builder, mode: str, subsampling: str, *, progressive: bool
) -> None:
    options = {"progressive": progressive} | ({"subsampling": subsampling} if mode == "RGB" else {})
    data = photo(mode, (37, 21), **options)
    jpeg = parse(data)
    assert_tiles(data, jpeg)
    with Image.open(io.BytesIO(data)) as image:
        assert isinstance(image, JpegImagePlugin.JpegImageFile)
        assert (jpeg.frame.columns, jpeg.frame.rows, jpeg.frame.precision) == (*image.size, image.bits)
        assert list(jpeg.frame.components) == [tuple(layer) for layer in image.layer]
    assert jpeg.frame.sof == (2 if progressive else 0)


def test_scan_headers(grey: Builder, segment: Builder) -> None:
    data = grey(BLOCK, restart=7)
    (scan,) = parse(data).scans
    assert (scan.ss, scan.se, scan.ah, scan.al, scan.restart_interval) == (0, 63, 0, 0, 7)
    other = patched(data, "SOS", 5, bytes([1, 0x31, 5, 6, 0x78]))
    (scan,) = parse(other).scans
    assert (scan.components[0].td, scan.components[0].ta) == (3, 1)
    assert (scan.ss, scan.se, scan.ah, scan.al) == (5, 6, 7, 8)
    # the interval in force is that of the last DRI before the scan (T.81 B.2.4.4)
    assert parse(inserted(data, "SOS", segment(0xDD, 0, 3))).scans[0].restart_interval == 3
    assert parse(inserted(data, "EOI", segment(0xDD, 0, 3))).scans[0].restart_interval == 7


def test_progressive_streams_have_many_scans(photo: Builder) -> None:
    data = photo("RGB", (40, 40), progressive=True)
    jpeg = parse(data)
    assert len(jpeg.scans) == data.count(b"\xff\xda") > 5
    assert_tiles(data, jpeg)


# ---------------------------------------------------------------- what must not fool it


def test_restart_markers_belong_to_the_scan(photo: Builder) -> None:
    data = photo("RGB", (64, 64), restart_marker_blocks=1)
    jpeg = parse(data)
    (scan,) = jpeg.scans
    assert b"\xff\xd7" in data[scan.data_start : scan.data_end]
    assert data[scan.data_end :] == b"\xff\xd9"
    assert scan.restart_interval == 1


@pytest.mark.parametrize("marker", [0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, 0xFE])
@pytest.mark.parametrize("what", ["EOI", "JPEG", "SOF and SOS"])
def test_pictures_within_segments_are_not_looked_at(photo: Builder, segment: Builder, marker: int, what: str) -> None:
    small = photo("L", (8, 8))
    payload = {"EOI": b"\xff\xd9", "JPEG": small, "SOF and SOS": small[20:]}[what]
    data = photo("RGB", (24, 16))
    with_it = inserted(data, "DQT", segment(marker, *b"JFXX\0\x10", *payload))
    ours, theirs = parse(with_it), parse(data)
    assert (ours.frame, len(ours.scans), ours.trailing) == (theirs.frame, 1, 0)
    assert_tiles(with_it, ours)
    assert pixels(with_it) == pixels(data)


def test_fill_bytes_before_every_marker(require_tool: Require, photo: Builder) -> None:
    data = photo("RGB", (24, 16))
    filled = data
    for segment in reversed(parse(data).segments[1:]):
        filled = filled[: segment.start] + b"\xff\xff\xff" + filled[segment.start :]
    assert names(filled) == names(data)
    assert_tiles(filled, parse(filled))
    assert pixels(filled) == pixels(data)
    assert tran(require_tool("jpegtran"), filled) == tran(require_tool("jpegtran"), data)


def tran(program: Path, data: bytes) -> bytes | None:
    """What jpegtran makes of a stream; None if it finds anything wrong with it."""
    done = subprocess.run([str(program), "-copy", "none"], input=data, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 and not done.stderr else None


def test_a_second_picture_behind_the_first(photo: Builder) -> None:
    stream = io.BytesIO()
    images = [Image.open(io.BytesIO(photo("RGB", (24, 16)))), Image.new("RGB", (40, 40))]
    images[0].save(stream, "MPO", save_all=True, append_images=images[1:])
    data = stream.getvalue()
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "MPO"
        offsets = [entry["DataOffset"] for entry in image.mpinfo[0xB002]]  # type: ignore[attr-defined]
    jpeg = parse(data)
    assert "APP2" in names(data)
    assert (jpeg.frame.columns, jpeg.frame.rows) == (24, 16)
    assert jpeg.trailing == len(data) - jpeg.end >= len(data) - offsets[1] - 40
    assert_tiles(data, jpeg)


@pytest.mark.parametrize("trailer", [b"\0", b"\xff", b"\xff\xd9", b"\xff\xd8\xff", b"PK\3\4" * 99])
def test_whatever_follows_eoi_is_trailing(photo: Builder, trailer: bytes) -> None:
    data = photo("L", (16, 16))
    jpeg = parse(data + trailer)
    assert (jpeg.end, jpeg.trailing) == (len(data), len(trailer))


def test_an_impossible_ff_ff_00_stays_in_the_scan(photo: Builder) -> None:
    # neither fill before a marker nor a stuffed byte; the walk through the data names it (test_entropy)
    data = photo("L", (40, 40))
    middle = parse(data).scans[0].data_start + 20
    bad = data[:middle] + b"\xff\xff\x00" + data[middle:]
    assert parse(bad).scans[0].data_end == parse(data).scans[0].data_end + 3


def test_dnl_after_the_first_scan(grey: Builder, segment: Builder) -> None:
    unknown = patched(grey(BLOCK), "SOF0", 5, b"\0\0")
    assert (parse(unknown).frame.rows, parse(unknown).dnl_rows) == (0, None)
    assert parse(inserted(unknown, "EOI", segment(DNL, 0, 8))).dnl_rows == 8
    assert parse(inserted(grey(BLOCK), "EOI", segment(DNL, 0, 8))).dnl_rows == 8


# ---------------------------------------------------------------- what is refused


def test_the_beginning_must_be_soi() -> None:
    for data in (b"", b"\xff", b"\xff\xd8", b"\xff\xd8\x00", b"\xd8\xff\xd8\xff\xd9", b" \xff\xd8\xff\xd9"):
        with pytest.raises(SourceDamaged, match="does not begin with SOI"):
            parse(data)


def test_truncation_at_every_byte(photo: Builder) -> None:
    for data in (photo("RGB", (16, 16)), photo("L", (16, 16), progressive=True), photo("L", (16, 16)) + b"\0" * 9):
        for length in range(parse(data).end):
            with pytest.raises(SourceDamaged):
                parse(data[:length])


@pytest.mark.parametrize("garbage", [b"\0", b"\x00\xff", b"x", b"\xff\x00", b"\xff\x01", b"\xff\xd0", b"\xff\xd8"])
def test_garbage_between_segments(photo: Builder, garbage: bytes) -> None:
    data = photo("RGB", (16, 16))
    for segment in parse(data).segments[1:-1]:
        with pytest.raises(SourceDamaged, match=r"no marker at byte|no place between segments|begin with SOI"):
            parse(data[: segment.start] + garbage + data[segment.start :])


@pytest.mark.parametrize("garbage", [b"\xff\x01", b"\xff\xd8", b"\xff\x02", b"\xff\xbf", b"\xff\xf0", b"\xff\xfd"])
def test_markers_that_cannot_interrupt_a_scan(photo: Builder, garbage: bytes) -> None:
    data = photo("RGB", (40, 40))
    middle = parse(data).scans[0].data_start + 50
    with pytest.raises(SourceDamaged):
        parse(data[:middle] + garbage + data[middle:])


@pytest.mark.parametrize("name", ["APP0", "DQT", "SOF0", "DHT", "SOS"])
@pytest.mark.parametrize("length", [0, 1, 0xFFFF])
def test_lengths_that_cannot_be(photo: Builder, name: str, length: int) -> None:
    with pytest.raises(SourceDamaged, match=f"the {name} segment at byte .*(past the end|length of [01]$)"):
        parse(patched(photo("L", (16, 16)), name, 2, length.to_bytes(2, "big")))


@pytest.mark.parametrize("rest", [b"", b"\0", b"\0\2"])
def test_a_length_that_the_file_ends_within(rest: bytes) -> None:
    with pytest.raises(
        SourceDamaged, match="without EOI" if len(rest) == 2 else "the APP0 segment at byte 2 runs past"
    ):
        parse(b"\xff\xd8\xff\xe0" + rest)


GREY_FRAME = (8, 0, 8, 0, 8, 1, 1, 0x11, 0)

REFUSED: dict[str, tuple[Callable[[bytes, Builder], bytes], str]] = {
    "second SOF": (lambda d, s: inserted(d, "SOS", s(0xC0, *GREY_FRAME)), "second frame header"),
    "SOF behind the scan": (lambda d, s: inserted(d, "EOI", s(0xC1, *GREY_FRAME)), "second frame header"),
    "second SOI": (lambda d, _: inserted(d, "SOF0", b"\xff\xd8"), "SOI at byte"),
    "whole JPEG before the picture": (lambda d, _: d[:-2] + d, "SOI at byte"),
    "SOS before SOF": (lambda d, s: inserted(d, "SOF0", s(0xDA, 1, 1, 0, 0, 63, 0)), "before any frame header"),
    "no scan": (lambda d, _: d[: at_segment(d, "SOS")] + b"\xff\xd9", "holds no picture"),
    "no frame": (lambda _, s: b"\xff\xd8" + s(0xFE, 1) + b"\xff\xd9", "holds no picture"),
    "unknown component": (lambda d, _: patched(d, "SOS", 5, b"\x02"), "a component that the frame header lacks"),
    "no component in SOS": (lambda d, _: patched(d, "SOS", 4, b"\0"), "scan header at byte .* wrong length"),
    "two components in SOS": (lambda d, _: patched(d, "SOS", 4, b"\2"), "scan header at byte .* wrong length"),
    "empty SOS": (lambda d, s: inserted(d, "SOS", s(0xDA)), "scan header at byte .* wrong length"),
    "no component in SOF": (lambda d, _: patched(d, "SOF0", 9, b"\0"), "SOF0.* wrong length"),
    "two components in SOF": (lambda d, _: patched(d, "SOF0", 9, b"\2"), "SOF0.* wrong length"),
    "sampling factor 0": (lambda d, _: patched(d, "SOF0", 11, b"\x10"), "sampling factors"),
    "sampling factor 5": (lambda d, _: patched(d, "SOF0", 11, b"\x51"), "sampling factors"),
    "table selector 4": (lambda d, _: patched(d, "SOF0", 12, b"\4"), "sampling factors or tables"),
    "width 0": (lambda d, _: patched(d, "SOF0", 7, b"\0\0"), "a width of 0"),
    "undefined quantization table": (lambda d, _: patched(d, "SOF0", 12, b"\3"), "table 3 is used but never defined"),
    "zero in DQT": (lambda d, _: patched(d, "DQT", 68, b"\0"), "holds a zero"),
    "zero of 16 bits in DQT": (
        lambda d, s: inserted(d, "DQT", s(DQT, 0x11, *[1, 0] * 63, 0, 0)),
        "holds a zero",
    ),
    "precision of DQT": (lambda d, s: inserted(d, "DQT", s(DQT, 0x20, *[1] * 64)), "DQT at byte .* malformed"),
    "whole table of that precision": (
        lambda d, s: inserted(d, "DQT", s(DQT, 0x20, *[1] * 192)),
        "DQT at byte .* malformed",
    ),
    "destination of DQT": (lambda d, s: inserted(d, "DQT", s(DQT, 4, *[1] * 64)), "DQT at byte .* malformed"),
    "short DQT": (lambda d, s: inserted(d, "DQT", s(DQT, 0, *[1] * 63)), "DQT at byte .* malformed"),
    "short DQT of 16 bits": (lambda d, s: inserted(d, "DQT", s(DQT, 0x10, *[1] * 64)), "DQT at byte .* malformed"),
    "long DRI": (lambda d, s: inserted(d, "SOS", s(0xDD, 0, 0, 1)), "DRI segment at byte .* wrong length"),
    "DNL before the scan": (lambda d, s: inserted(d, "SOS", s(DNL, 0, 8)), "does not follow the first scan"),
    "DNL before the frame": (lambda d, s: inserted(d, "SOF0", s(DNL, 0, 8)), "does not follow the first scan"),
    "two DNL": (lambda d, s: inserted(d, "EOI", s(DNL, 0, 8) * 2), "does not follow the first scan"),
    "DNL not at once": (lambda d, s: inserted(d, "EOI", s(0xFE) + s(DNL, 0, 8)), "does not follow the first scan"),
    "DNL of height 0": (lambda d, s: inserted(d, "EOI", s(DNL, 0, 0)), "a height of 0"),
    "DNL that contradicts SOF": (lambda d, s: inserted(d, "EOI", s(DNL, 0, 9)), "height of 9, the frame header one of"),
    "long DNL": (lambda d, s: inserted(d, "EOI", s(DNL, 0, 8, 0)), "DNL segment at byte .* wrong length"),
    "DHP": (lambda d, s: inserted(d, "DQT", s(DHP, *GREY_FRAME)), "DHP at byte .* hierarchical"),
    "EXP": (lambda d, s: inserted(d, "SOS", s(EXP, 0x11)), "EXP at byte .* hierarchical"),
    "JPG": (lambda d, s: inserted(d, "SOS", s(0xC8)), "unknown marker JPG"),
    "reserved marker": (lambda d, s: inserted(d, "SOS", s(0xF7)), "unknown marker 0xFFF7"),
    "TEM": (lambda d, _: inserted(d, "SOS", b"\xff\x01"), "TEM at byte"),
    "RST": (lambda d, _: inserted(d, "SOS", b"\xff\xd3"), "RST3 at byte"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_breaks_the_standard_is_refused(grey: Builder, segment: Builder, case: str) -> None:
    make, message = REFUSED[case]
    data = make(grey(BLOCK), segment)
    with pytest.raises(SourceDamaged, match=message):
        parse(data)


@pytest.mark.parametrize(
    "case",
    [
        "second SOF", "second SOI", "whole JPEG before the picture", "SOS before SOF", "no frame", "unknown component",
        "no component in SOS", "two components in SOS", "empty SOS", "no component in SOF", "two components in SOF",
        "sampling factor 0", "sampling factor 5", "table selector 4", "width 0", "undefined quantization table",
        "destination of DQT", "short DQT", "long DRI", "DHP", "EXP", "JPG", "reserved marker",
    ],
)  # fmt: skip
def test_jpegtran_refuses_it_too(require_tool: Require, grey: Builder, segment: Builder, case: str) -> None:
    jpegtran, sound = require_tool("jpegtran"), grey(BLOCK)
    assert tran(jpegtran, sound) is not None
    assert tran(jpegtran, REFUSED[case][0](sound, segment)) is None


def test_a_component_twice(photo: Builder) -> None:
    data = photo("RGB", (16, 16))
    with pytest.raises(SourceDamaged, match="one component identifier twice"):
        parse(patched(data, "SOF0", 13, b"\1"))
    with pytest.raises(SourceDamaged, match="a component that the frame header lacks"):
        parse(patched(data, "SOS", 7, b"\1"))


def test_lossless_streams_need_no_quantization_table(grey: Builder) -> None:
    data = patched(grey(BLOCK), "SOF0", 1, b"\xc3")
    at = at_segment(data, "DQT")
    assert parse(data[:at] + data[at + 69 :]).frame.sof == 3


def test_quantization_tables_of_16_bits(grey: Builder, segment: Builder) -> None:
    # 0x0100 has a zero byte but is no zero
    assert parse(inserted(grey(BLOCK), "DQT", segment(DQT, 0x11, *[1, 0] * 64, 0, *[9] * 64)))


# ---------------------------------------------------------------- anything at all

segments = st.builds(
    lambda marker, payload: bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload,
    st.integers(0, 255),
    st.binary(max_size=80),
)


def accepted(data: bytes) -> bool:
    try:
        jpeg = parse(data)
    except SourceDamaged:
        return False
    assert_tiles(data, jpeg)
    return True


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(segments, st.binary(max_size=20)), max_size=12), st.booleans())
def test_random_segments(pieces: list[bytes], end: bool) -> None:
    accepted(b"\xff\xd8" + b"".join(pieces) + (b"\xff\xd9" if end else b""))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
def test_mutations(photo: Builder, changes: list[tuple[int, int]]) -> None:
    data = bytearray(photo("RGB", (24, 24), restart_marker_blocks=2))
    for place, value in changes:
        data[place % len(data)] = value
    accepted(bytes(data))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(1, 100), extra=st.lists(st.one_of(segments, st.just(b"\xff")), min_size=1, max_size=3))
def test_insertion_between_any_two_segments(photo: Builder, place: int, extra: list[bytes]) -> None:
    data = photo("RGB", (24, 24), progressive=True)
    found = parse(data).segments
    at = found[1 + place % (len(found) - 1)].start
    accepted(data[:at] + b"".join(extra) + data[at:])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(1, 100), number=st.integers(1, 15), payload=st.binary(max_size=300))
def test_applications_and_comments_change_nothing(
    photo: Builder, segment: Builder, place: int, number: int, payload: bytes
) -> None:
    data = photo("RGB", (24, 24), progressive=True)
    found = parse(data).segments
    at = found[1 + place % (len(found) - 1)].start
    marker = APP0 + number if number != 14 else 0xFE  # APP14 says what the samples mean
    more = data[:at] + b"\xff" + segment(marker, *payload) + data[at:]
    assert accepted(more)
    assert parse(more).frame == parse(data).frame
    assert pixels(more) == pixels(data)


# ---------------------------------------------------------------- real pictures


def test_real_pictures(corpus: Path) -> None:
    read = 0
    for path in sorted(corpus.glob("*/*.[jJ][pP]*")):
        data = path.read_bytes()
        if not accepted(data):
            continue
        frame = parse(data).frame
        if frame.precision != 8 or frame.rows == 0:
            continue
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            assert isinstance(image, JpegImagePlugin.JpegImageFile)
            assert (frame.columns, frame.rows) == image.size
            assert list(frame.components) == [tuple(layer) for layer in image.layer]
        read += 1
    assert read > 90
