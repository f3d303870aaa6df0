"""An ICC profile as DICOM wants it: an input profile of RGB, with nothing in it but its colours (PS3.3 C.11.15.1.1).

Pictures mostly carry display profiles, which differ from input profiles in their class; what turns colours into the
connection space has one form in both (ICC.1:2022, 8.3 and 8.4). A profile may name a monitor, its owner, and what it
was calibrated with, so it is made anew: of the tags only those that the transform needs, and none of its texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final, NamedTuple

_CLASSES: Final = frozenset({b"scnr", b"mntr", b"spac"})
_MATRIX: Final = (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC")
_LUTS: Final = (b"A2B0", b"A2B1", b"A2B2")
_D50: Final = (0xF6D6, 0x10000, 0xD32D)
"""white of the connection space (ICC.1:2022, 7.2.16)"""
_DATE: Final = (2000, 1, 1, 0, 0, 0)
"""when a profile was made may be when somebody's monitor was calibrated"""
_NAMES: Final = {
    "SRGB": "sRGB IEC61966-2.1", "ADOBERGB": "Adobe RGB (1998)", "DISPLAYP3": "Display P3", "ROMMRGB": "ROMM RGB",
}  # fmt: skip
_UNNAMED: Final = "RGB of the picture"
_COPYRIGHT: Final = "see the profile that it was made from"


class InputProfile(NamedTuple):
    """A conformant profile, and the label of the colour space that it describes, or an empty string."""

    data: bytes
    ColorSpace: str


class Unsuited(Exception):
    """A profile that DICOM has no place for; the message is a clause about it."""


def input_profile(profile: bytes) -> InputProfile:
    """The same colours as a conformant input profile.

    Raises:
        Unsuited: it is damaged, or describes other colours than RGB.
    """
    tags = _tags(profile)
    kept = {name: data for name, data in ((name, _trimmed(name, data)) for name, data in tags.items()) if data}
    missing = [name for name in (b"wtpt",) if name not in kept]
    matrix = all(name in kept for name in _MATRIX)
    if missing or not (matrix or b"A2B0" in kept):
        raise Unsuited("lacks what an input profile must have")
    if matrix and profile[20:24] != b"XYZ " and b"A2B0" not in kept:
        raise Unsuited("has a matrix for another connection space than XYZ")
    version = profile[8]
    if version < 4 and profile[12:16] == b"mntr":
        # of version 2 the white point of a display is that of its screen, which only display profiles may state so
        kept[b"wtpt"] = _xyz(_D50)
    label = _label(kept) if matrix and not any(name in kept for name in _LUTS) else ""
    return InputProfile(_built(profile, kept, _NAMES.get(label, _UNNAMED)), label)


def srgb() -> InputProfile:
    """sRGB (IEC 61966-2-1), for pixels that were converted to it."""
    columns = zip((b"rXYZ", b"gXYZ", b"bXYZ"), _SPACES["SRGB"].columns, strict=True)
    curve = b"para" + bytes(4) + (3).to_bytes(2, "big") + bytes(2)
    curve += b"".join(_fixed(round(65536 * value)) for value in _SRGB_CURVE)
    tags = {name: _xyz(tuple(round(65536 * v) for v in column)) for name, column in columns}
    tags |= {b"wtpt": _xyz(_D50), **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)}
    head = bytearray(128)
    head[8:12] = bytes((4, 0x30, 0, 0))
    head[20:24] = b"XYZ "
    return InputProfile(_built(bytes(head), tags, _NAMES["SRGB"]), "SRGB")


# ---------------------------------------------------------------- reading


def _number(data: bytes, at: int, length: int = 4) -> int:
    return int.from_bytes(data[at : at + length], "big")


def _tags(profile: bytes) -> dict[bytes, bytes]:
    if len(profile) < 132 or profile[36:40] != b"acsp" or _number(profile, 0) > len(profile):
        raise Unsuited("is damaged")
    if profile[12:16] not in _CLASSES or profile[16:20] != b"RGB " or profile[20:24] not in {b"XYZ ", b"Lab "}:
        raise Unsuited("is no profile of RGB colours")
    tags: dict[bytes, bytes] = {}
    for at in range(132, 132 + 12 * min(_number(profile, 128), 200), 12):
        start, length = _number(profile, at + 4), _number(profile, at + 8)
        if start + length > len(profile) or length < 12:
            raise Unsuited("is damaged")
        tags[profile[at : at + 4]] = profile[start : start + length]
    return tags


def _trimmed(name: bytes, data: bytes) -> bytes:
    """A tag that is needed, no longer than its type says and with its reserved bytes cleared; else nothing."""
    kind = data[:4]
    if name in {b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ"}:
        length = 20 if kind == b"XYZ " else 0
    elif name == b"chad":
        length = 44 if kind == b"sf32" else 0
    elif name in _MATRIX:
        length = _curve_length(data)
    elif name in _LUTS:
        return _lut(data)
    else:
        length = 0
    if length > len(data):
        raise Unsuited("is damaged")
    if not length:
        return b""
    start = 12 if kind == b"para" else 8
    return kind + bytes(4) + data[8 : min(start, 10)] + bytes(max(0, start - 10)) + data[start:length]


def _lut(data: bytes) -> bytes:
    """A table of colours, of which nothing is kept that no colour needs: what lies between its parts is zero."""
    parts = _lut_parts(data)
    kept = bytearray(max((end for _, end in parts), default=0))
    for start, end in parts:
        if end > len(data):
            raise Unsuited("is damaged")
        kept[start:end] = data[start:end]
    return bytes(kept)


def _lut_parts(data: bytes) -> list[tuple[int, int]]:
    """Where the parts of a table are: start, end (ICC.1:2022, 10.10 to 10.12)."""
    kind, inputs, outputs = data[:4], _number(data, 8, 1), _number(data, 9, 1)
    head = [(0, 4), (8, 10)]
    if kind in {b"mft1", b"mft2"}:
        grid = _number(data, 10, 1) ** inputs * outputs
        if kind == b"mft1":
            return [*head, (10, 11), (12, 48 + 256 * inputs + grid + 256 * outputs)]
        entries = _number(data, 48, 2) * inputs + grid + _number(data, 50, 2) * outputs
        return [*head, (10, 11), (12, 52 + 2 * entries)]
    if kind != b"mAB ":
        return []
    parts = [*head, (12, 32)]
    b, matrix, m, table, a = (_number(data, at) for at in range(12, 32, 4))
    for at, count in ((b, outputs), (m, outputs), (a, inputs)):
        parts += _curve_parts(data, at, count if at else 0)
    if matrix:
        parts.append((matrix, matrix + 48))
    if table:
        points = outputs * _number(data, table + 16, 1)
        for dimension in range(min(inputs, 16)):
            points *= _number(data, table + dimension, 1)
        parts += [(table, table + 17), (table + 20, table + 20 + points)]
    return [(start, end) for start, end in parts if start < end]


def _curve_parts(data: bytes, at: int, count: int) -> Iterator[tuple[int, int]]:
    """Where the parts of so many curves are that follow each other."""
    for _ in range(count):
        length = _curve_length(data[at : at + 12])
        if not length:
            raise Unsuited("is damaged")
        yield at, at + 4
        yield at + 8, at + (10 if data[at : at + 4] == b"para" else 12)
        yield at + 12, at + length
        at += length + -length % 4


def _curve_length(data: bytes) -> int:
    if data[:4] == b"curv":
        return 12 + 2 * _number(data, 8)
    if data[:4] == b"para" and _number(data, 8, 2) in _PARAMETERS:
        return 12 + 4 * _PARAMETERS[_number(data, 8, 2)]
    return 0


_PARAMETERS: Final = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}
"""function type of a parametric curve -> its parameters (ICC.1:2022, table 68)"""


# ---------------------------------------------------------------- writing


def _built(profile: bytes, tags: dict[bytes, bytes], name: str) -> bytes:
    modern = profile[8] >= 4
    text = _localized if modern else _description
    tags = {b"desc": text(name), b"cprt": _localized(_COPYRIGHT) if modern else _text(_COPYRIGHT)} | tags
    at, places, data = 132 + 12 * len(tags), {}, bytearray()
    table = len(tags).to_bytes(4, "big")
    for tag, value in tags.items():
        if value not in places:
            places[value] = at + len(data)
            data += value + bytes(-len(value) % 4)
        table += tag + places[value].to_bytes(4, "big") + len(value).to_bytes(4, "big")
    head = bytearray(128)
    head[0:4] = (128 + len(table) + len(data)).to_bytes(4, "big")
    head[8:10] = profile[8:10]
    head[12:24] = b"scnrRGB " + profile[20:24]
    head[24:36] = b"".join(part.to_bytes(2, "big") for part in _DATE)
    head[36:40] = b"acsp"
    head[68:80] = b"".join(_fixed(part) for part in _D50)
    # the identifier of an unfinished profile is all zero, as are flags and intent, that it is made of (7.2.18)
    head[84:100] = hashlib.md5(bytes(head) + table + data, usedforsecurity=False).digest()
    return bytes(head) + table + bytes(data)


def _fixed(number: int) -> bytes:
    """An s15Fixed16Number, from its 65536th parts."""
    return number.to_bytes(4, "big", signed=True)


def _xyz(parts: tuple[int, ...]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(map(_fixed, parts))


def _localized(text: str) -> bytes:
    """A multiLocalizedUnicodeType (10.15)."""
    raw = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + b"".join(n.to_bytes(4, "big") for n in (1, 12)) + b"enUS" + _pair(len(raw), 28) + raw


def _pair(first: int, second: int) -> bytes:
    return first.to_bytes(4, "big") + second.to_bytes(4, "big")


def _description(text: str) -> bytes:
    """A textDescriptionType (ICC.1:2001-04, 6.5.17), in ASCII only."""
    raw = text.encode("ascii") + b"\0"
    return b"desc" + bytes(4) + len(raw).to_bytes(4, "big") + raw + bytes(8 + 3 + 67)


def _text(text: str) -> bytes:
    return b"text" + bytes(4) + text.encode("ascii") + b"\0"


# ---------------------------------------------------------------- which colour space it is


class _Space(NamedTuple):
    """A well-known space: X, Y and Z of its primaries in D50, and its curve."""

    columns: tuple[tuple[float, float, float], ...]
    curve: tuple[float, ...]
    """parameters g, a, b, c, d of a parametric curve, or g alone"""


_SRGB_CURVE: Final = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_SPACES: Final = {
    "SRGB": _Space(
        ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)), _SRGB_CURVE
    ),
    "ADOBERGB": _Space(
        ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)), (2.19921875,)
    ),
    "DISPLAYP3": _Space(
        ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)), _SRGB_CURVE
    ),
    "ROMMRGB": _Space(((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491)), (1.8,)),
}
"""defined terms of ColorSpace (PS3.3 C.11.15.1.2), after Bradford adaptation of their white to D50"""
_NEAR: Final = 0.003
"""of a primary, and of a curve: less than one of 255 levels"""


def _label(tags: dict[bytes, bytes]) -> str:
    """The well-known space that a matrix profile describes, or an empty string: by its colours, never by its name."""
    ours = _meaning(tags, _POINTS)
    for label, space in _SPACES.items():
        expected = [_parametric(space.curve, x / (_POINTS - 1)) for x in range(_POINTS)]
        near = all(abs(a - b) < _NEAR for mine, theirs in zip(ours.columns, space.columns, strict=True)
                   for a, b in zip(mine, theirs, strict=True))  # fmt: skip
        if near and all(abs(a - b) < _NEAR for curve in ours.curves for a, b in zip(curve, expected, strict=True)):
            return label
    return ""


_POINTS: Final = 17


class Meaning(NamedTuple):
    """What a matrix profile makes of samples: each becomes light by its curve, and light colour by its column."""

    columns: tuple[tuple[float, ...], ...]
    """X, Y and Z in D50 of red, green and blue"""
    curves: tuple[tuple[float, ...], ...]
    """of each, at points from 0 to 1; -1 where the form of the curve is not known here"""


def meaning(profile: bytes, points: int) -> Meaning:
    """What a matrix profile of RGB makes of samples.

    Raises:
        Unsuited: it is damaged, or no such profile.
    """
    tags = {name: _trimmed(name, data) for name, data in _tags(profile).items()}
    if not all(tags.get(name) for name in _MATRIX):
        raise Unsuited("has no matrix")
    return _meaning(tags, points)


def _meaning(tags: dict[bytes, bytes], points: int) -> Meaning:
    columns = tuple(tuple(_signed(tags[name], at) for at in (8, 12, 16)) for name in _MATRIX[:3])
    return Meaning(columns, tuple(tuple(_curve(tags[name], points)) for name in _MATRIX[3:]))


def _signed(data: bytes, at: int) -> float:
    return int.from_bytes(data[at : at + 4], "big", signed=True) / 65536


def _curve(data: bytes, points: int) -> Iterator[float]:
    """A curve at so many points from 0 to 1."""
    places = [x / (points - 1) for x in range(points)]
    if data[:4] == b"para":
        count = _PARAMETERS[_number(data, 8, 2)]
        values = tuple(_signed(data, 12 + 4 * n) for n in range(count))
        # curves of other forms than those of the well-known spaces are none of them
        try:
            yield from [_parametric(values, x) if count in {1, 5} else -1.0 for x in places]
        except (ZeroDivisionError, OverflowError):
            yield from [-1.0] * points
        return
    count = _number(data, 8)
    if count < 2:
        gamma = _number(data, 12, 2) / 256 if count else 1.0
        yield from (x**gamma for x in places)
        return
    for x in places:
        place = x * (count - 1)
        below = min(int(place), count - 2)
        left, right = (_number(data, 12 + 2 * n, 2) / 65535 for n in (below, below + 1))
        yield left + (right - left) * (place - below)


def _parametric(values: tuple[float, ...], x: float) -> float:
    """Function types 0 and 3 (ICC.1:2022, table 68)."""
    if len(values) == 1:
        return float(x ** values[0])
    g, a, b, c, d = values
    return float(max(0.0, a * x + b) ** g) if x >= d else c * x
