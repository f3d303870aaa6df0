"""PNM and PAM: plain and raw, any greatest value, against the numbers that were written."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.model import Alpha, ColorModel, SourceImage
from dicomize.source.raster import Raster

from .conftest import noise, samples

Describe = Callable[[bytes], SourceImage]
Decode = Callable[[bytes], Raster]


def raw(pixels: np.ndarray, top: int) -> bytes:
    kind = b"P5" if pixels.shape[2] == 1 else b"P6"
    body = pixels.astype(">u2" if top > 255 else "u1").tobytes()
    return b"%s\n# made here\n%d %d\n%d\n" % (kind, pixels.shape[1], pixels.shape[0], top) + body


def plain(pixels: np.ndarray, top: int) -> bytes:
    kind = b"P2" if pixels.shape[2] == 1 else b"P3"
    words = " ".join(map(str, pixels.reshape(-1)))
    return b"%s %d\t%d\n%d\n%s\n" % (kind, pixels.shape[1], pixels.shape[0], top, words.encode())


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("write", [raw, plain])
@pytest.mark.parametrize("top", [1, 3, 15, 100, 254, 255, 256, 1000, 1023, 4095, 40000, 65535])
def test_any_greatest_value(
    decoded: Decode, described: Describe, top: int, write: Callable[[np.ndarray, int], bytes], channels: int
) -> None:
    pixels = (noise(7, 5, channels, 16).astype(np.int64) % (top + 1)).astype(np.uint16)
    pixels[0, 0], pixels[0, 1] = 0, top
    bits = 8 if top <= 255 else top.bit_length()
    data = write(pixels, top)
    raster = decoded(data)
    assert (described(data).bits, raster.bits) == (bits, bits)
    full = (1 << bits) - 1
    # the nearest value, exactly halfway up
    expected = (2 * pixels.astype(np.int64) * full + top) // (2 * top)
    assert np.array_equal(samples(raster), expected)
    if top == full:
        assert np.array_equal(samples(raster), pixels)
    assert len(np.unique(samples(raster))) == len(np.unique(pixels))


@pytest.mark.parametrize("columns", [1, 7, 8, 9, 17])
def test_bitmaps(decoded: Decode, columns: int) -> None:
    bits = noise(4, columns, 1, 1)
    expected = np.where(bits, 0, 255)  # 1 is black
    packed = np.packbits(bits[..., 0], axis=1).tobytes()
    assert np.array_equal(samples(decoded(b"P4 %d 4\n" % columns + packed)), expected)
    digits = b"\n".join(b"".join(b"%d" % v for v in row) for row in bits[..., 0])
    assert np.array_equal(samples(decoded(b"P1\n# 0 1 0\n%d 4\n" % columns + digits)), expected)


@pytest.mark.parametrize(("name", "channels"), [("GRAYSCALE", 1), ("RGB", 3), ("GRAYSCALE_ALPHA", 2), ("RGB_ALPHA", 4)])
@pytest.mark.parametrize("top", [255, 4095])
def test_pam(decoded: Decode, described: Describe, name: str, channels: int, top: int) -> None:
    pixels = (noise(6, 4, channels, 16) % (top + 1)).astype(np.uint16)
    head = f"P7\n# x\nWIDTH 4\nHEIGHT 6\nDEPTH {channels}\nMAXVAL {top}\nTUPLTYPE {name}\nENDHDR\n".encode()
    data = head + pixels.astype(">u2" if top > 255 else "u1").tobytes()
    assert np.array_equal(samples(decoded(data)), pixels)
    facts = described(data)
    assert facts.alpha is (Alpha.TRANSPARENT if "ALPHA" in name else Alpha.NONE)
    assert facts.color is (ColorModel.RGB if "RGB" in name else ColorModel.MONOCHROME)


def test_what_travels_along(described: Describe) -> None:
    facts = described(raw(noise(2, 2, 1), 255) + b"more")
    assert [(r.name, r.length) for r in facts.residue] == [("comment", 12), ("bytes behind the picture", 4)]


@pytest.mark.parametrize("write", [raw, plain])
def test_cut_short(decoded: Decode, write: Callable[[np.ndarray, int], bytes]) -> None:
    data = write(noise(5, 5, 3), 255)
    for cut in (3, 10, 20):
        with pytest.raises(SourceDamaged, match="cut short"):
            decoded(data[: -2 * cut])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"P5 2 2 0\n\0\0\0\0", "states 0 as its greatest value"),
        (b"P5 2 2 70000\n" + bytes(8), "states 70000 as its greatest value"),
        (b"P5 2 x 255\n" + bytes(4), "none of a PNM"),
        (b"P5 2 ", "none of a PNM"),
        (b"P5 2 1 7\n\x01\x09", "holds the value 9, more than the 7"),
        (b"P2 2 1 7\n1 9", "holds the value 9, more than the 7"),
        (b"P2 2 1 7\n1 -1", "no number"),
        (b"P7\nWIDTH 2\nHEIGHT 2\n", "none of a PAM"),
    ],
)
def test_damage(opened: Decode, data: bytes, says: str) -> None:
    with pytest.raises(SourceDamaged, match=says):
        opened(data)


def test_a_pam_of_unknown_meaning(described: Describe) -> None:
    with pytest.raises(SourceUnsupported, match="5 channels named 'SPECTRUM'"):
        described(b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nTUPLTYPE SPECTRUM\nENDHDR\n12345")
