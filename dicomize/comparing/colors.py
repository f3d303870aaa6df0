"""How far colours are apart to the eye: CIEDE2000 (CIE 142-2001, ISO/CIE 11664-6), of samples taken as sRGB.

Less than about one is not seen; two is seen side by side.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_TO_XYZ: Final = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""linear sRGB to XYZ (IEC 61966-2-1), white D65"""
_WHITE: Final = (0.95047, 1.0, 1.08883)
_POWER: Final = 25.0**7


def lab_of(rgb: Array) -> Array:
    """CIE L*a*b* of sRGB from 0 to 1, in the last axis, with the white that sRGB has."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return lab_of_xyz(linear @ np.array(_TO_XYZ).T / np.array(_WHITE))


def lab_of_xyz(xyz: Array) -> Array:
    """CIE L*a*b* of XYZ as parts of white."""
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = (f[..., n] for n in range(3))
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ciede2000(left: Array, right: Array) -> Array:
    """The difference of two arrays of L*a*b*, in the last axis; all weights are one."""
    lightness = (left[..., 0] + right[..., 0]) / 2
    chroma = (np.hypot(left[..., 1], left[..., 2]) + np.hypot(right[..., 1], right[..., 2])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + _POWER))
    one, other = (_polar(lab, stretch) for lab in (left, right))
    mean = (one[0] + other[0]) / 2
    both = one[0] * other[0] == 0
    turn = other[1] - one[1]
    turn = np.where(both, 0.0, (turn + 180) % 360 - 180)
    # half a circle apart, the way round is that of the published pairs
    turn = np.where(~both & (np.abs(other[1] - one[1]) == 180), other[1] - one[1], turn)
    hue = _mean_hue(one[1], other[1], both)
    difference = 2 * np.sqrt(one[0] * other[0]) * np.sin(np.radians(turn) / 2)
    weight = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    square = (lightness - 50) ** 2
    light = (right[..., 0] - left[..., 0]) / (1 + 0.015 * square / np.sqrt(20 + square))
    color = (other[0] - one[0]) / (1 + 0.045 * mean)
    tint = difference / (1 + 0.015 * mean * weight)
    rotation = -2 * np.sqrt(mean**7 / (mean**7 + _POWER)) * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    result: Array = np.sqrt(light**2 + color**2 + tint**2 + rotation * color * tint)
    return result


def _polar(lab: Array, stretch: Array) -> tuple[Array, Array]:
    """Chroma, and hue in degrees from 0 to 360; 0 where there is no colour."""
    a = lab[..., 1] * stretch
    return np.hypot(a, lab[..., 2]), np.degrees(np.arctan2(lab[..., 2], a)) % 360


def _mean_hue(one: Array, other: Array, neither: Array) -> Array:
    total = one + other
    far = np.abs(one - other) > 180
    mean = np.where(far, np.where(total < 360, (total + 360) / 2, (total - 360) / 2), total / 2)
    return np.where(neither, total, mean)
