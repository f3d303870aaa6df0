"""Errors, PSNR and SSIM against what scikit-image computes."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

np = pytest.importorskip("numpy")

from dicomize.comparing.metrics import Depth, Samples, difference, picture, ssim  # noqa: E402 - needs numpy

BYTES = Depth(8, 8, signed=False)

EXPECTED = [
    (48, 64, 8, 1, 3, 1.90625, 41.36089228122616, 0.9836780254078326),
    (48, 64, 8, 3, 3, 1.7490234375, 42.029550606308206, 0.9858507633667776),
    (300, 40, 12, 1, 48, 30.350416666666668, 41.427112276635796, 0.983229811086583),
    (11, 11, 8, 1, 3, 1.9586776859504131, 41.141103565318915, 0.9791786667036373),
    (600, 20, 16, 1, 771, 487.98825, 41.391914858299536, 0.9830005419939342),
]
"""rows, columns, bits, channels, and what scikit-image 0.26.0 says of `pair`: largest and mean difference,
peak_signal_noise_ratio, structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)"""


def pair(rows: int, columns: int, bits: int, channels: int) -> tuple[Any, Any]:
    y, x, c = np.indices((rows, columns, channels))
    peak = 2**bits - 1
    step = peak // 255
    one = (x * 3 + y * 5 + c * 40) * step % (peak + 1)
    return one, np.clip(one + (x * y + c) % 7 * step - 3 * step, 0, peak)


def samples(values: Any, depth: Depth = BYTES, *, inverted: bool = False) -> Samples:
    rows, columns, channels = values.shape
    kind = f"<{'i' if depth.signed else 'u'}{depth.BitsAllocated // 8}"
    return Samples(values.astype(kind).tobytes(), rows, columns, channels, depth, inverted)


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: f"{case[0]}x{case[1]}x{case[3]}, {case[2]} bits")
def test_measures_are_those_of_scikit_image(case: tuple[Any, ...]) -> None:
    rows, columns, bits, channels, maximum, mean, psnr, similarity = case
    depth = Depth(8 if bits == 8 else 16, bits, signed=False)
    one, other = (samples(values, depth) for values in pair(rows, columns, bits, channels))
    found = difference(1, one, other)
    assert found is not None
    assert found.max_error == maximum
    assert found.mean_error == pytest.approx(mean, rel=1e-12)
    assert pytest.approx(psnr, rel=1e-9) == found.PSNR
    assert pytest.approx(similarity, rel=1e-6) == found.SSIM


def test_the_same_frame() -> None:
    one, _ = pair(20, 20, 8, 1)
    assert difference(1, samples(one), samples(one)) is None
    assert ssim(samples(one), samples(one)) == pytest.approx(1.0)


def test_a_picture_smaller_than_the_window_has_no_similarity() -> None:
    one, other = pair(10, 64, 8, 1)
    found = difference(1, samples(one), samples(other))
    assert found is not None
    assert found.SSIM is None


def test_black_against_white() -> None:
    black, white = (samples(np.full((16, 16, 1), value)) for value in (0, 255))
    found = difference(4, black, white)
    assert found is not None
    # mean squared error 255^2: 0 dB; without any structure SSIM is C1 / (255^2 + C1), C1 = 2.55^2 (Wang et al., eq. 13)
    assert (found.number, found.max_error, found.mean_error) == (4, 255, 255.0)
    assert pytest.approx(0.0) == found.PSNR
    assert pytest.approx(6.5025 / (65025 + 6.5025)) == found.SSIM


def test_signed_samples() -> None:
    depth = Depth(16, 16, signed=True)
    one, other = (samples(np.full((4, 4, 1), value), depth) for value in (-5, 5))
    found = difference(1, one, other)
    assert found is not None
    assert found.max_error == 10


def test_bits_beside_those_that_are_stored_do_not_count() -> None:
    one, other = (samples(np.full((4, 4, 1), value), Depth(16, 12, signed=False)) for value in (0x0123, 0xF123))
    assert difference(1, one, other) is None
    below, above = (samples(np.full((4, 4, 1), value), Depth(16, 12, signed=True)) for value in (-1, 0x0FFF))
    assert difference(1, below, above) is None


def test_other_depths() -> None:
    small = samples(np.full((4, 4, 1), 7))
    large = samples(np.full((4, 4, 1), 7), Depth(16, 8, signed=False))
    wide = samples(np.full((4, 4, 1), 7), Depth(32, 32, signed=False))
    assert difference(1, small, large) is None
    assert difference(1, small, wide) is None


def test_black_and_white_exchanged() -> None:
    one, _ = pair(8, 8, 8, 1)
    assert difference(1, samples(one), samples(255 - one, inverted=True)) is None


def test_the_picture_of_the_difference() -> None:
    one, other = np.array([[[10], [20], [30]]]), np.array([[[10], [22], [0]]])
    assert picture(samples(one), samples(other), 8.5) == bytes([0, 17, 255])


def test_memory_does_not_grow_with_the_picture() -> None:
    code = (
        "import resource, sys\n"
        "from dicomize.comparing.metrics import Depth, Samples, difference\n"
        "rows = int(sys.argv[1])\n"
        "data = bytes(2000 * rows)\n"
        "other = bytes(2000 * rows - 1) + b'x'\n"
        "d = Depth(8, 8, False)\n"
        "difference(1, Samples(data, rows, 2000, 1, d), Samples(other, rows, 2000, 1, d))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    if sys.platform != "linux":
        pytest.skip("the unit of memory differs")
    peaks = [
        int(subprocess.run([sys.executable, "-c", code, rows], capture_output=True, text=True, check=True).stdout)
        for rows in ("600", "6000")
    ]
    # the two frames themselves are 22 MB larger; were all of it converted at once, that would be 173 MB for each step
    assert peaks[1] - peaks[0] < 60_000


def test_colours_are_measured_as_they_are_seen() -> None:
    """White against a grey of half the light: L* 100 against 53.4, of which CIEDE2000 makes 33.4 (no colour, K_L 1)."""
    white, grey = np.full((20, 20, 3), 255), np.full((20, 20, 3), 255)
    grey[:10] = 128
    found = difference(1, samples(white), samples(grey))
    assert found is not None
    assert found.color_mean == pytest.approx((found.color_max or 0) / 2)
    assert found.color_max == pytest.approx(33.4, abs=0.5)
    plain = difference(1, samples(white[..., :1]), samples(grey[..., :1]))
    assert plain is not None
    assert plain.color_mean is None
