"""Progressive pictures: Pillow writes the same coefficients both ways, so the sequential one is the judge."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from math import ceil
from pathlib import Path

import pytest
from PIL import Image

from dicomize.errors import SourceDamaged
from dicomize.jpeg import markers
from dicomize.jpeg.clean import clean
from dicomize.jpeg.coefficients import decode
from dicomize.jpeg.color import color_model
from dicomize.jpeg.progressive import require_complete
from dicomize.jpeg.turn import turn


def photo(mode: str, size: tuple[int, int], **options: object) -> bytes:
    samples = Image.radial_gradient("L").resize(size)
    bands = [samples, samples.rotate(40), samples.rotate(90)]
    picture = Image.merge("RGB", bands) if mode == "RGB" else samples
    noise = Image.effect_noise(size, 60)
    picture = Image.blend(picture, noise.convert(picture.mode), 0.4)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def both(mode: str, size: tuple[int, int], **options: object) -> tuple[bytes, bytes]:
    """The same picture sequential and progressive; its noise is drawn once."""
    sequential = photo(mode, size, **options)
    with Image.open(io.BytesIO(sequential)) as image:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality="keep", progressive=True)
        again = io.BytesIO()
        image.save(again, "JPEG", quality="keep")
    return again.getvalue(), buffer.getvalue()


@pytest.mark.parametrize("quality", [5, 60, 100])
@pytest.mark.parametrize("size", [(8, 8), (1, 1), (17, 40), (97, 61)])
@pytest.mark.parametrize(("mode", "subsampling"), [("L", 0), ("RGB", 0), ("RGB", 1), ("RGB", 2)])
def test_the_coefficients_are_those_of_the_sequential_picture(
    mode: str, subsampling: int, size: tuple[int, int], quality: int
) -> None:
    sequential, progressive = both(mode, size, quality=quality, subsampling=subsampling)
    ours, theirs = decode(progressive, markers.parse(progressive)), decode(sequential, markers.parse(sequential))
    jpeg = markers.parse(sequential)
    for plane, expected, component in zip(ours, theirs, jpeg.frame.components, strict=True):
        # the blocks that only fill MCUs are up to the writer
        across, down = (
            ceil(ceil(length * factor / most) / 8)
            for length, factor, most in zip(
                size, (component.h, component.v), (jpeg.frame.h_max, jpeg.frame.v_max), strict=True
            )
        )
        assert (plane.across, plane.down) == (expected.across, expected.down)
        for row in range(down):
            cut = slice(64 * row * plane.across, 64 * (row * plane.across + across))
            assert plane.values[cut] == expected.values[cut]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("restart", [0, 3])
def test_rewritten_as_jpegtran_does(
    orientation: int, restart: int, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    program = require_tool("jpegtran")
    data = photo("RGB", (64, 48), quality=85, progressive=True, restart_marker_blocks=restart)
    jpeg = markers.parse(data)
    stream = clean(data, jpeg, color_model(data, jpeg))
    (tmp_path / "x.jpg").write_bytes(stream)
    transforms: dict[int, list[str]] = {
        1: [], 2: ["-flip", "horizontal"], 3: ["-rotate", "180"], 4: ["-flip", "vertical"], 5: ["-transpose"],
        6: ["-rotate", "90"], 7: ["-transverse"], 8: ["-rotate", "270"],
    }  # fmt: skip
    command = [str(program), "-copy", "none", "-perfect", *transforms[orientation], "-outfile", "y.jpg", "x.jpg"]
    subprocess.run(command, cwd=tmp_path, check=True)
    written = (tmp_path / "y.jpg").read_bytes()
    theirs = markers.parse(written)
    expected = clean(written, theirs, color_model(written, theirs))
    assert turn(stream, markers.parse(stream), orientation) == expected


def scans_of(data: bytes) -> list[tuple[int, int]]:
    """(begin, end) of each scan with the tables before it."""
    jpeg = markers.parse(data)
    found, begin = [], 0
    for segment in jpeg.segments:
        if segment.marker == markers.SOS:
            scan = next(s for s in jpeg.scans if s.header == segment)
            found.append((begin or segment.start, scan.data_end))
            begin = scan.data_end
    return found


def without(data: bytes, begin: int, end: int) -> None:
    """Decode what is left."""
    shorter = data[:begin] + data[end:]
    decode(shorter, markers.parse(shorter))


def test_missing_scans_are_found() -> None:
    data = photo("L", (32, 32), progressive=True)
    scans = scans_of(data)
    for begin, end in scans:
        with pytest.raises(SourceDamaged, match=r"incomplete|out of order|not defined"):
            without(data, begin, end)
    with pytest.raises(SourceDamaged, match="incomplete"):
        require_complete(markers.parse(data[: scans[-1][0]] + b"\xff\xd9"))


def test_data_that_end_early() -> None:
    data = photo("RGB", (64, 64), quality=90, progressive=True)
    jpeg = markers.parse(data)
    for scan in jpeg.scans:
        middle = (scan.data_start + scan.data_end) // 2
        middle -= data[middle - 1] == 0xFF
        cut = data[:middle] + data[scan.data_end :]
        with pytest.raises(SourceDamaged):
            decode(cut, markers.parse(cut))


def test_a_header_that_promises_more_is_given_no_memory() -> None:
    data = bytearray(photo("L", (16, 16), progressive=True))
    at = data.index(b"\xff\xc2")
    data[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(SourceDamaged, match="scan 1 ends early"):
        decode(bytes(data), markers.parse(bytes(data)))


@pytest.mark.parametrize(
    ("ss", "se", "ahal"), [(0, 5, 0), (1, 64, 0), (5, 1, 0), (0, 0, 0x0E), (0, 0, 0x31), (0, 0, 0x10)]
)
def test_scan_headers_that_cannot_be(ss: int, se: int, ahal: int) -> None:
    data = bytearray(photo("L", (16, 16), progressive=True))
    at = data.index(b"\xff\xda")
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    data[end - 3 : end] = bytes((ss, se, ahal))
    with pytest.raises(SourceDamaged, match=r"cannot have|out of order"):
        require_complete(markers.parse(bytes(data)))


def test_random_damage_is_found_or_harmless() -> None:
    """Whatever happens, it is a sentence: no other exception, no endless loop."""
    data = photo("RGB", (48, 48), quality=70, progressive=True)
    start = markers.parse(data).scans[0].data_start
    for at in range(start, len(data) - 2, 7):
        spoilt = data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]
        try:
            jpeg = markers.parse(spoilt)
            if jpeg.frame.sof == 2:
                decode(spoilt, jpeg)
        except SourceDamaged:
            continue
