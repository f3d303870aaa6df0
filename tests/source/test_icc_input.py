"""Profiles made anew, with LittleCMS as the judge of their colours."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from dicomize.source.icc_input import _SPACES, Unsuited, _built, _fixed, _xyz, input_profile, srgb

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
STEPS = range(0, 256, 15)
GRID = np.array(list(itertools.product(STEPS, STEPS, STEPS)), dtype="u1").reshape(1, -1, 3)


def space(label: str) -> bytes:
    """A profile of a well-known space as monitors have them, with a name that says something else."""
    found = _SPACES[label]
    values = [round(65536 * v) for v in found.curve]
    curve = (
        b"para"
        + bytes(4)
        + (0 if len(values) == 1 else 3).to_bytes(2, "big")
        + bytes(2)
        + b"".join(map(_fixed, values))
    )
    columns = [_xyz(tuple(round(65536 * v) for v in column)) for column in found.columns]
    tags = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)) | dict.fromkeys(
        (b"rTRC", b"gTRC", b"bTRC"), curve
    )
    head = bytearray(128)
    head[8:12], head[20:24] = bytes((4, 0, 0, 0)), b"XYZ "
    data = bytearray(_built(bytes(head), {b"wtpt": _xyz((0xF6D6, 0x10000, 0xD32D)), **tags}, "somebody's monitor"))
    data[12:16] = b"mntr"
    return bytes(data)


def seen(profile: bytes, intent: ImageCms.Intent) -> np.ndarray:
    """The grid of colours as sRGB."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(source, target, "RGB", "RGB", renderingIntent=intent)
    made = ImageCms.applyTransform(Image.fromarray(GRID), transform)
    assert made is not None
    return np.asarray(made).astype(int)


def conforms(profile: bytes) -> None:
    """PS3.3 C.11.15.1.1, and the header of ICC.1:2022 7.2."""
    assert int.from_bytes(profile[:4], "big") == len(profile)
    assert len(profile) % 4 == 0
    assert profile[12:20] == b"scnrRGB "
    assert profile[20:24] in {b"XYZ ", b"Lab "}
    assert profile[36:40] == b"acsp"
    blank = bytearray(profile)
    blank[84:100] = bytes(16)
    assert hashlib.md5(blank, usedforsecurity=False).digest() == profile[84:100]


@pytest.mark.parametrize("label", _SPACES)
def test_well_known_spaces_are_known_by_their_colours(label: str) -> None:
    made = input_profile(space(label))
    assert made.ColorSpace == label
    conforms(made.data)
    for intent in ImageCms.Intent:
        assert np.array_equal(seen(made.data, intent), seen(space(label), intent))


def test_the_profile_of_littlecms_and_ours() -> None:
    made = input_profile(SRGB)
    assert made.ColorSpace == "SRGB"
    ours = srgb()
    assert ours.ColorSpace == "SRGB"
    conforms(ours.data)
    for intent in ImageCms.Intent:
        assert np.abs(seen(made.data, intent) - GRID).max() <= 1
        assert np.abs(seen(ours.data, intent) - GRID).max() <= 1


def test_profiles_of_the_corpus(corpus: Path) -> None:
    found: dict[bytes, Path] = {}
    for path in sorted([*(corpus / "photos").iterdir(), *(corpus / "formats").iterdir()]):
        try:
            with Image.open(path) as image:
                if profile := image.info.get("icc_profile"):
                    found.setdefault(profile, path)
        except (OSError, Image.DecompressionBombError):
            continue
    assert len(found) >= 6
    labels = []
    for profile, path in found.items():
        made = input_profile(profile)
        conforms(made.data)
        labels.append(made.ColorSpace)
        for intent in (
            ImageCms.Intent.PERCEPTUAL,
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Intent.ABSOLUTE_COLORIMETRIC,
        ):
            assert np.abs(seen(made.data, intent) - seen(profile, intent)).max() <= 1, (path, intent)
        near = np.abs(seen(profile, ImageCms.Intent.RELATIVE_COLORIMETRIC) - GRID).max() <= 2
        assert (made.ColorSpace == "SRGB") == near, path
    assert labels.count("SRGB") >= 3


def test_nothing_but_colours_is_kept() -> None:
    marked = space("DISPLAYP3")
    assert b"somebody's monitor".decode().encode("utf-16-be") in marked
    made = input_profile(marked).data
    for form in ("ascii", "utf-16-be"):
        assert "somebody".encode(form) not in made
    head = bytearray(marked)
    head[4:8] = head[48:52] = head[80:84] = b"MARK"
    head[100:104] = b"MARK"
    assert b"MARK" not in input_profile(bytes(head)).data


@pytest.mark.parametrize(
    ("at", "value", "says"),
    [
        (16, b"GRAY", "no profile of RGB"),
        (12, b"prtr", "no profile of RGB"),
        (36, b"xxxx", "is damaged"),
        (0, b"\xff\xff\xff\xff", "is damaged"),
        (132, b"zzzz", ""),
        (132 + 24, b"zzzz", "lacks what an input profile must have"),
        (132 + 24 + 4, b"\x00\xff\xff\xff", "is damaged"),
    ],
)
def test_what_has_no_place(at: int, value: bytes, says: str) -> None:
    data = bytearray(space("SRGB"))
    data[at : at + 4] = value
    if not says:  # its description is not needed
        assert input_profile(bytes(data)).ColorSpace == "SRGB"
        return
    with pytest.raises(Unsuited, match=says):
        input_profile(bytes(data))


@given(st.binary(max_size=400))
def test_whatever_it_holds(data: bytes) -> None:
    for profile in (data, space("SRGB")[:132] + data, space("ADOBERGB")[: 132 + 12 * 9] + data):
        try:
            made = input_profile(profile)
        except Unsuited:
            continue
        conforms(made.data)


@pytest.mark.parametrize("gamma", [-1.0, -0.5, 3000.0])
def test_a_curve_that_no_screen_has(gamma: float) -> None:
    curve = b"para" + bytes(8) + _fixed(round(65536 * gamma))
    data = bytearray(space("SRGB"))
    at = data.index(b"para")
    data[at : at + len(curve)] = curve
    assert input_profile(bytes(data)).ColorSpace == ""


def lut_profile(table: bytes) -> bytes:
    """A monitor profile of one table."""
    head = bytearray(128)
    head[8:12], head[20:24] = bytes((4, 0, 0, 0)), b"Lab "
    data = bytearray(_built(bytes(head), {b"wtpt": _xyz((0xF6D6, 0x10000, 0xD32D)), b"A2B0": table}, "monitor"))
    data[12:16] = b"mntr"
    return bytes(data)


def mft1(tail: bytes = b"") -> bytes:
    identity = b"".join(v.to_bytes(4, "big") for v in (65536, 0, 0, 0, 65536, 0, 0, 0, 65536))
    ramp = bytes(range(256))
    corners = bytes(255 * (n >> (2 - channel) & 1) for n in range(8) for channel in range(3))
    return b"mft1" + bytes(4) + bytes((3, 3, 2, 0)) + identity + ramp * 3 + corners + ramp * 3 + tail


def mab(gap: bytes = b"") -> bytes:
    """B curves, and a table of 2 points with A curves; `gap` between the parts."""
    straight = b"curv" + bytes(8)
    corners = bytes(255 * (n >> (2 - channel) & 1) for n in range(8) for channel in range(3))
    table = bytes((2, 2, 2)) + bytes(13) + b"\1" + bytes(3) + corners
    b_at = 32 + len(gap)
    clut_at = b_at + 36 + len(gap)
    a_at = clut_at + len(table) + len(gap)
    offsets = b"".join(v.to_bytes(4, "big") for v in (b_at, 0, 0, clut_at, a_at))
    return (
        b"mAB " + bytes(4) + bytes((3, 3, 0, 0)) + offsets + gap + straight * 3 + gap + table + gap + straight * 3 + gap
    )


@pytest.mark.parametrize("make", [mft1, mab])
def test_nothing_hides_in_a_table(make: Callable[[bytes], bytes]) -> None:
    planted = b"PLANTED-4711"
    clean, full = (input_profile(lut_profile(make(extra))).data for extra in (b"", planted))
    assert planted not in full
    intent = ImageCms.Intent.PERCEPTUAL
    assert np.array_equal(seen(lut_profile(make(planted)), intent), seen(full, intent))
    assert np.array_equal(seen(clean, intent), seen(full, intent))
