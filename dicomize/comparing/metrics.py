"""How far two frames are apart: error, PSNR, SSIM, CIEDE2000. With colors.py the one that needs numpy; it works in strips of rows, so that
memory does not grow with the picture.

SSIM as in Z. Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE Transactions
on Image Processing 13(4), 2004: a Gaussian window of 11 x 11, sigma 1.5, K1 = 0.01, K2 = 0.03, the mean over all places
where the window lies within the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dicomize.comparing.colors import ciede2000, lab_of
from dicomize.comparing.model import FrameDifference

_WINDOW: Final = 11
_SIGMA: Final = 1.5
_STRIP: Final = 256
"""rows at a time"""

Array = NDArray[Any]


class Depth(NamedTuple):
    """What the bits of a sample mean (PS3.5 8.1.1)."""

    BitsAllocated: int
    BitsStored: int
    signed: bool

    @property
    def peak(self) -> int:
        """The largest difference that two samples can have."""
        return int(2**self.BitsStored) - 1


class Samples(NamedTuple):
    """One frame: interleaved samples, rows from the top, little endian."""

    data: bytes
    Rows: int
    Columns: int
    channels: int
    depth: Depth
    inverted: bool = False
    """MONOCHROME1, to be compared with MONOCHROME2"""

    def strip(self, start: int, stop: int) -> Array:
        """Rows from `start` to before `stop`, as integers: (rows, columns, channels)."""
        kind = np.dtype(f"<u{self.depth.BitsAllocated // 8}")
        row = self.Columns * self.channels
        flat = np.frombuffer(self.data, kind, count=(stop - start) * row, offset=start * row * kind.itemsize)
        found = flat.astype(np.int64) & self.depth.peak
        if self.depth.signed:
            half = (self.depth.peak + 1) // 2
            found = (found ^ half) - half
        if self.inverted:
            found = (-1 if self.depth.signed else self.depth.peak) - found
        return found.reshape(stop - start, self.Columns, self.channels)


def difference(number: int, left: Samples, right: Samples) -> FrameDifference | None:
    """How two frames of one size differ; None where no sample does."""
    maximum, total, squares = 0, 0, 0
    for start in range(0, left.Rows, _STRIP):
        stop = min(start + _STRIP, left.Rows)
        apart = np.abs(left.strip(start, stop) - right.strip(start, stop))
        maximum = max(maximum, int(apart.max()))
        total += int(apart.sum())
        squares += int((apart * apart).sum())
    if not maximum:
        return None
    count = left.Rows * left.Columns * left.channels
    peak = max(left.depth.peak, right.depth.peak)
    psnr = 10 * math.log10(peak * peak * count / squares)
    return FrameDifference(number, maximum, total / count, psnr, ssim(left, right), *_colors(left, right))


def _colors(left: Samples, right: Samples) -> tuple[float | None, float | None]:
    """How far colours are apart to the eye: the mean and the largest CIEDE2000 of all pixels; None of what is grey."""
    if left.channels != 3 or left.depth.signed:
        return None, None
    total, largest = 0.0, 0.0
    for start in range(0, left.Rows, _STRIP):
        stop = min(start + _STRIP, left.Rows)
        one, other = (lab_of(s.strip(start, stop) / s.depth.peak) for s in (left, right))
        apart = ciede2000(one, other)
        total += float(apart.sum())
        largest = max(largest, float(apart.max()))
    return total / (left.Rows * left.Columns), largest


def ssim(left: Samples, right: Samples) -> float | None:
    """Mean structural similarity; None where the window is larger than the picture."""
    if min(left.Rows, left.Columns) < _WINDOW:
        return None
    peak = max(left.depth.peak, right.depth.peak)
    total, count = 0.0, 0
    for one, other in _strips(left, right):
        similarity = _similarity(one.astype(np.float64), other.astype(np.float64), peak)
        total += float(similarity.sum())
        count += similarity.size
    return total / count


def _strips(left: Samples, right: Samples) -> Iterator[tuple[Array, Array]]:
    """Strips that overlap, so that each place of the window falls into one of them."""
    for start in range(0, left.Rows - _WINDOW + 1, _STRIP):
        stop = min(start + _STRIP + _WINDOW - 1, left.Rows)
        yield left.strip(start, stop), right.strip(start, stop)


def _similarity(x: Array, y: Array, peak: int) -> Array:
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    mean_x, mean_y = _blurred(x), _blurred(y)
    variance_x = _blurred(x * x) - mean_x * mean_x
    variance_y = _blurred(y * y) - mean_y * mean_y
    covariance = _blurred(x * y) - mean_x * mean_y
    above = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    below = (mean_x * mean_x + mean_y * mean_y + c1) * (variance_x + variance_y + c2)
    similarity: Array = above / below
    return similarity


def _blurred(values: Array) -> Array:
    """Weighted means under the window, along rows and then columns; only where it lies within."""
    at = np.arange(_WINDOW) - _WINDOW // 2
    weights = np.exp(-(at**2) / (2 * _SIGMA**2))
    weights /= weights.sum()
    rows, columns = values.shape[0] - _WINDOW + 1, values.shape[1] - _WINDOW + 1
    down = sum(weight * values[n : n + rows] for n, weight in enumerate(weights))
    across: Array = sum(weight * down[:, n : n + columns] for n, weight in enumerate(weights))
    return across


def picture(left: Samples, right: Samples, factor: float) -> bytes:
    """Absolute differences times a factor, cut off at 255, as interleaved bytes."""
    strips = []
    for start in range(0, left.Rows, _STRIP):
        stop = min(start + _STRIP, left.Rows)
        apart = np.abs(left.strip(start, stop) - right.strip(start, stop)) * factor
        strips.append(np.minimum(apart, 255).astype(np.uint8).tobytes())
    return b"".join(strips)
