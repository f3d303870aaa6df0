"""What samples mean: what Pillow shows is the truth, for its decoder is the one whose rules everybody's eyes rely on."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from dicomize.errors import SourceDamaged
from dicomize.jpeg.color import adobe_transform, color_model, is_jfif
from dicomize.jpeg.markers import APP0, APP15, SOF_MARKERS, SOS, JpegFile, parse
from dicomize.model import ColorModel

Builder = Callable[..., bytes]

JFIF = bytes.fromhex("ffe00010 4a46494600 0102 00 0001 0001 00 00".replace(" ", ""))
JFIF_WITHOUT_ITS_END = bytes.fromhex("ffe0000f 4a46494600 0102 00 0001 0001 00".replace(" ", ""))
JFXX = bytes.fromhex("ffe00010 4a46585800 10 0000 0000 0000 0000".replace(" ", ""))


def adobe(transform: int) -> bytes:
    return b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform])


ADOBE_WITHOUT_ITS_END = b"\xff\xee\x00\x0dAdobe\x00\x64\x00\x00\x00\x00"

HEADS: dict[str, bytes] = {
    "nothing": b"",
    "JFIF": JFIF,
    "short JFIF": JFIF_WITHOUT_ITS_END,
    "JFXX alone": JFXX,
    "Adobe 0": adobe(0),
    "Adobe 1": adobe(1),
    "Adobe 2": adobe(2),
    "short Adobe": ADOBE_WITHOUT_ITS_END,
    "Adobe 0, then 1": adobe(0) + adobe(1),
    "Adobe 1, then 0": adobe(1) + adobe(0),
    "JFIF and Adobe 0": JFIF + adobe(0),
    "JFIF and Adobe 1": JFIF + adobe(1),
    "Adobe 0 and JFIF": adobe(0) + JFIF,
}
IDS = {"1, 2, 3": b"\1\2\3", "0, 1, 2": b"\0\1\2", "RGB": b"RGB", "rgb": b"rgb", "BGR": b"BGR", "odd": b"\1\x22\x23"}


def dressed(data: bytes, head: bytes, ids: bytes) -> bytes:
    """The stream with these APPn segments only, and with these component identifiers."""
    jpeg, out = parse(data), bytearray(data)
    for segment in reversed(jpeg.segments):
        if segment.marker in SOF_MARKERS:
            out[segment.start + 10 : segment.start + 10 + 3 * len(ids) : 3] = ids
        elif segment.marker == SOS:
            out[segment.start + 5 : segment.start + 5 + 2 * len(ids) : 2] = ids
        elif APP0 <= segment.marker <= APP15:
            del out[segment.start : segment.end]
    return bytes(out[:2]) + head + bytes(out[2:])


def shown(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image


def model(data: bytes) -> ColorModel:
    return color_model(data, parse(data))


def one_table(photo: Builder) -> bytes:
    """Three components of equal sampling that share a quantization table, as RGB has them."""
    return photo("RGB", (16, 16), keep_rgb=True, subsampling="4:4:4")


@pytest.mark.parametrize(("head", "ids"), list(product(HEADS, IDS)))
def test_three_components(photo: Builder, head: str, ids: str) -> None:
    base = one_table(photo)
    looks = {
        shown(dressed(base, JFIF, b"\1\2\3")).tobytes(): ColorModel.YCBCR,
        shown(dressed(base, adobe(0), b"\1\2\3")).tobytes(): ColorModel.RGB,
    }
    assert len(looks) == 2
    data = dressed(base, HEADS[head], IDS[ids])
    assert model(data) is looks[shown(data).tobytes()]


@pytest.mark.parametrize(
    "head", ["nothing", "Adobe 0", "Adobe 1", "Adobe 2", "short Adobe", "JFIF", "JFIF and Adobe 1"]
)
def test_four_components(photo: Builder, head: str) -> None:
    base = photo("CMYK", (16, 16))
    cmyk, ycck = (shown(dressed(base, adobe(n), b"\1\2\3\4")) for n in (0, 2))
    looks = {cmyk.tobytes(): ColorModel.CMYK, ycck.tobytes(): ColorModel.YCCK}
    assert len(looks) == 2
    data = dressed(base, HEADS[head], b"\1\2\3\4")
    assert model(data) is looks[shown(data).tobytes()]


@pytest.mark.parametrize("head", HEADS)
def test_one_component_is_grey(photo: Builder, head: str) -> None:
    data = dressed(photo("L", (16, 16)), HEADS[head], b"R")
    assert shown(data).mode == "L"
    assert model(data) is ColorModel.MONOCHROME


def test_two_components_mean_nothing(photo: Builder) -> None:
    data = bytearray(photo("L", (16, 16)))
    at = next(s.start for s in parse(bytes(data)).segments if s.name == "SOF0")
    data[at : at + 13] = b"\xff\xc0\x00\x0e\x08\x00\x10\x00\x10\x02\x01\x11\x00\x02\x11\x00"
    assert model(bytes(data)) is ColorModel.AMBIGUOUS


@pytest.mark.parametrize("options", [{"subsampling": "4:2:0"}, {"subsampling": "4:4:4"}])
def test_rgb_by_name_but_coded_as_luminance_and_chrominance(photo: Builder, options: dict[str, str]) -> None:
    # every viewer shows such a picture in wrong colours, so a person has to say what it is
    data = photo("RGB", (16, 16), **options)
    assert model(dressed(data, b"", b"RGB")) is ColorModel.AMBIGUOUS
    assert model(dressed(data, JFIF, b"RGB")) is ColorModel.YCBCR
    assert model(dressed(data, adobe(0), b"RGB")) is ColorModel.RGB
    assert model(dressed(data, b"", b"\1\2\3")) is ColorModel.YCBCR


@pytest.mark.parametrize("extra", [JFIF, adobe(0)])
def test_markers_behind_the_first_scan_come_too_late(photo: Builder, extra: bytes) -> None:
    data = dressed(one_table(photo), b"", b"RGB" if extra is JFIF else b"\1\2\3")
    late = data[:-2] + extra + b"\xff\xd9"
    assert shown(late).tobytes() == shown(data).tobytes()
    assert model(late) is model(data)
    assert (is_jfif(late, parse(late)), adobe_transform(late, parse(late))) == (False, None)


def test_facts_by_themselves(photo: Builder) -> None:
    def facts(head: str) -> tuple[bool, int | None]:
        data = dressed(one_table(photo), HEADS[head], b"\1\2\3")
        return is_jfif(data, parse(data)), adobe_transform(data, parse(data))

    assert facts("nothing") == (False, None)
    assert facts("JFIF") == (True, None)
    assert facts("Adobe 2") == (False, 2)
    assert facts("short Adobe") == (False, None)
    assert facts("Adobe 0, then 1") == (False, 1)
    assert facts("JFIF and Adobe 0") == (True, 0)


def real(path: Path) -> tuple[bytes, JpegFile]:
    data = path.read_bytes()
    return data, parse(data)


@pytest.mark.parametrize("head", ["nothing", "JFIF", "Adobe 0", "Adobe 1", "JFIF and Adobe 0"])
@pytest.mark.parametrize("ids", ["1, 2, 3", "0, 1, 2", "RGB", "odd"])
def test_lossless_streams(corpus: Path, head: str, ids: str) -> None:
    data, _ = real(corpus / "synthetic" / "lossless8rgb_turbo3.jpg")
    variant = dressed(data, HEADS[head], IDS[ids])
    try:
        shown(variant)
    except OSError:  # Pillow's decoder does not convert the colours of lossless streams
        assert model(variant) is ColorModel.YCBCR
    else:
        assert model(variant) is ColorModel.RGB


def test_real_pictures(corpus: Path) -> None:
    """Of three components, each is shown as if its samples were said by Adobe to be what we take them for."""
    compared = 0
    for path in sorted(corpus.glob("*/*.jp*g")):
        try:
            data, jpeg = real(path)
        except SourceDamaged:
            continue
        frame = jpeg.frame
        if len(frame.components) != 3 or len(jpeg.scans) != 1 or len(data) > 400_000:
            continue
        if frame.precision != 8 or frame.rows == 0:
            continue
        kind = color_model(data, jpeg)
        if kind is ColorModel.AMBIGUOUS:
            assert "idsRGB_YCC" in path.name
            continue
        explicit = dressed(data, adobe(0 if kind is ColorModel.RGB else 1), bytes(c.id for c in frame.components))
        assert shown(explicit).tobytes() == shown(data).tobytes(), path.name
        compared += 1
    assert compared > 60
