"""Pictures of every kind that a backend may be given, and their plans."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dicomize.jpeg import markers
from dicomize.model import ConversionRequest, Plan
from dicomize.pipeline import plan_all

WHO = (("PatientID", "4711"), ("StudyDate", "20240229"), ("StudyTime", "235959"))


def picture(columns: int, rows: int, mode: str = "RGB") -> Image.Image:
    """Something to look at, without chance: ramps in three directions."""
    ramp = Image.linear_gradient("L")
    bands = [ramp, ramp.rotate(90), Image.radial_gradient("L")]
    image = Image.merge("RGB", bands).resize((columns, rows))
    return image.convert(mode)


def jpeg(image: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **{"quality": 90, **options})
    return buffer.getvalue()


def cjpeg(*options: str) -> bytes:
    """What Pillow does not write, by libjpeg's own program."""
    program = shutil.which("cjpeg")
    if program is None:
        pytest.skip("cjpeg is not installed: apt install libjpeg-turbo-progs, brew install jpeg-turbo")
    buffer = io.BytesIO()
    picture(70, 50).save(buffer, "PPM")
    return subprocess.run([program, *options], input=buffer.getvalue(), capture_output=True, check=True).stdout


def extended(data: bytes) -> bytes:
    """The same picture as SOF1, with quantization tables of 16 bits (ITU-T T.81 B.2.4.1)."""
    out = bytearray(b"\xff\xd8")
    parsed = markers.parse(data)
    for segment in parsed.segments[1:-1]:
        piece = bytearray(data[segment.start : segment.end])
        if segment.marker == markers.SOF0:
            piece[1] = 0xC1
        elif segment.marker == markers.DQT:
            tables = piece[4:]
            wide = b"".join(
                bytes([0x10 | tables[at]]) + b"".join(bytes([0, step]) for step in tables[at + 1 : at + 65])
                for at in range(0, len(tables), 65)
            )
            piece = bytearray(b"\xff\xdb" + (len(wide) + 2).to_bytes(2, "big") + wide)
        out += piece
        if segment.marker == markers.SOS:
            out += data[parsed.scans[0].data_start : parsed.scans[0].data_end]
    return bytes(out + b"\xff\xd9")


def without(data: bytes, marker: int) -> bytes:
    """A JPEG without the segments of one marker."""
    segments = [s for s in markers.parse(data).segments if s.marker == marker]
    for segment in reversed(segments):
        data = data[: segment.start] + data[segment.end :]
    return data


def renumbered(data: bytes, ids: bytes) -> bytes:
    """A three-component JPEG with other component identifiers."""
    out = bytearray(data)
    for segment in markers.parse(data).segments:
        if segment.marker == markers.SOF0:
            out[segment.start + 10 : segment.start + 19 : 3] = ids
        elif segment.marker == markers.SOS:
            out[segment.start + 5 : segment.start + 11 : 2] = ids
    return bytes(out)


def rgb(**options: Any) -> bytes:
    return jpeg(picture(64, 48), keep_rgb=True, subsampling=0, **options)


def twelve_bits(corpus: Path) -> bytes:
    return (corpus / "synthetic" / "gray12.jpg").read_bytes()


SAMPLES: dict[str, Callable[[], bytes]] = {
    "grey": lambda: jpeg(picture(64, 48, "L")),
    "ycbcr-444": lambda: jpeg(picture(64, 48), subsampling=0),
    "ycbcr-422": lambda: jpeg(picture(64, 48), subsampling=1),
    "ycbcr-420": lambda: jpeg(picture(64, 48), subsampling=2),
    "ycbcr-440": lambda: cjpeg("-sample", "1x2"),
    "ycbcr-411": lambda: cjpeg("-sample", "4x1"),
    "ycbcr-410": lambda: cjpeg("-sample", "4x2"),
    "rgb-app14": lambda: renumbered(rgb(), b"\1\2\3"),
    "rgb-app14-ids": rgb,
    "rgb-ids": lambda: without(rgb(), markers.APP14),
    "sof1-grey": lambda: extended(jpeg(picture(33, 31, "L"))),
    "sof1-ycbcr": lambda: extended(jpeg(picture(64, 48), subsampling=2)),
    "sof1-low-quality": lambda: cjpeg("-quality", "5"),
    "restart-blocks": lambda: jpeg(picture(64, 48), restart_marker_blocks=1),
    "restart-rows": lambda: jpeg(picture(64, 48), restart_marker_rows=1),
    "odd": lambda: jpeg(picture(99, 67), subsampling=2),
    "optimized": lambda: jpeg(picture(64, 48), optimize=True),
    "one-pixel-grey": lambda: jpeg(picture(1, 1, "L")),
    "one-pixel-colour": lambda: jpeg(picture(1, 1)),
    "one-row": lambda: jpeg(picture(200, 1)),
    "one-column": lambda: jpeg(picture(1, 200)),
    "comment": lambda: jpeg(picture(64, 48), comment=b"Doe^Jane"),
}


@pytest.fixture(params=sorted(SAMPLES))
def sample(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A JPEG file of each kind."""
    path = tmp_path / "sample.jpg"
    path.write_bytes(SAMPLES[request.param]())
    return path


@pytest.fixture
def grey12(corpus: Path, tmp_path: Path) -> Path:
    """A 12-bit grey JPEG, which no encoder that the tests may count on writes."""
    path = tmp_path / "grey12.jpg"
    path.write_bytes(twelve_bits(corpus))
    return path


@pytest.fixture
def write_jpeg(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a JPEG of a size and mode, with Pillow's options."""

    def write(columns: int, rows: int, mode: str = "RGB", **options: Any) -> Path:
        path = tmp_path / f"{mode}-{columns}x{rows}.jpg"
        path.write_bytes(jpeg(picture(columns, rows, mode), **options))
        return path

    return write


@pytest.fixture
def plan_of() -> Callable[..., Plan]:
    """A function that plans the conversion of a file; keywords are those of ConversionRequest."""

    def plan(source: Path, **options: Any) -> Plan:
        request = ConversionRequest(
            **{"source": source, "destination": source.with_suffix(".dcm"), "keys": WHO, **options}
        )
        (planned,) = plan_all([request])
        assert isinstance(planned, Plan), planned
        return planned

    return plan
