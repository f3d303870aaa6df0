"""Parts of coefficients taken out and blackened, with libjpeg as the judge."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dicomize.jpeg import cutting, markers
from dicomize.jpeg.clean import clean
from dicomize.jpeg.coefficients import decode
from dicomize.jpeg.color import color_model
from dicomize.jpeg.markers import Component, Frame
from dicomize.jpeg.orientation import Edit
from dicomize.jpeg.turn import black, edit
from dicomize.model import Rectangle
from dicomize.wrappers import jpegtran
from dicomize.wrappers.process import run


def stream(size: tuple[int, int], mode: str = "RGB", subsampling: int = 2, *, rgb: bool = False) -> bytes:
    """A cleaned JPEG of noise."""
    width, height = size
    noise = np.random.default_rng(width * height + subsampling).integers(0, 256, (height, width, 3), dtype="u1")
    buffer = io.BytesIO()
    options = {"keep_rgb": True} if rgb else {"subsampling": subsampling}
    Image.fromarray(noise).convert(mode).save(buffer, "JPEG", quality=85, **options)
    data = buffer.getvalue()
    jpeg = markers.parse(data)
    return clean(data, jpeg, color_model(data, jpeg))


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture)


def edits(data: bytes) -> tuple[Edit, ...]:
    """Blackened, cut and turned, at the edges and away from them."""
    frame = markers.parse(data).frame
    (w, h), (width, height) = frame.mcu, (frame.columns, frame.rows)
    last = (height - 1) // h * h
    return (
        Edit(blacken=(Rectangle(w, h, 2 * w, h),)),
        Edit(keep=Rectangle(w, h, width - w, height - h)),
        Edit(orientation=3, keep=Rectangle(0, 0, width - width % w, height - height % h)),
        Edit(
            orientation=6,
            blacken=(Rectangle(0, 0, width, h), Rectangle(2 * w, last, width - 2 * w, height - last)),
            keep=Rectangle(w, 0, 3 * w, 2 * h),
        ),
    )


@pytest.mark.parametrize("mode", ["RGB", "L", "kept RGB"])
@pytest.mark.parametrize("size", [(99, 67), (96, 64)])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_the_bytes_are_those_of_jpegtran(
    mode: str, size: tuple[int, int], subsampling: int, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    program = require_tool("jpegtran")
    data = stream(size, mode.removeprefix("kept "), subsampling, rgb=mode == "kept RGB")
    parsed = markers.parse(data)
    for wanted in edits(data):
        (tmp_path / jpegtran.SOURCE).write_bytes(data)
        work = jpegtran.Work(wanted.orientation, wanted.blacken, wanted.keep)
        for command in jpegtran.commands(program, tmp_path, work):
            if dropped := jpegtran.dropped(command):
                dropped[0].write_bytes(black(data, parsed, *dropped[1]))
            run(command, 60.0)
        theirs = (tmp_path / jpegtran.RESULT).read_bytes()
        theirs = clean(theirs, markers.parse(theirs), color_model(data, parsed))
        assert edit(data, parsed, wanted) == theirs, wanted


@pytest.mark.parametrize(("mode", "rgb"), [("RGB", False), ("RGB", True), ("L", False)])
def test_black_is_black_and_the_rest_keeps_its_coefficients(mode: str, rgb: bool) -> None:
    data = stream((80, 48), mode, 0, rgb=rgb)
    part = Rectangle(16, 8, 24, 16)
    made = edit(data, markers.parse(data), Edit(blacken=(part,)))
    inside = pixels(made)[8:24, 16:40]
    assert inside.max() == 0
    for before, after in zip(decode(data, markers.parse(data)), decode(made, markers.parse(made)), strict=True):
        for y, x in itertools.product(range(before.down), range(before.across)):
            blocks = [plane.values[64 * (y * plane.across + x) :][:64] for plane in (before, after)]
            if 1 <= y < 3 and 2 <= x < 5:
                assert not any(blocks[1][1:])
            else:
                assert blocks[0] == blocks[1]


def test_nothing_of_what_was_cut_off_is_left() -> None:
    """A cut ends where an MCU does, so no block holds samples beyond the edge that were seen before."""
    data = stream((80, 48), "RGB", 0)
    made = edit(data, markers.parse(data), Edit(keep=Rectangle(8, 8, 24, 16)))
    assert np.array_equal(pixels(made), pixels(data)[8:24, 8:32])
    assert sum(len(plane.values) for plane in decode(made, markers.parse(made))) == 3 * 24 * 16
    with pytest.raises(ValueError, match="whole MCUs"):
        edit(data, markers.parse(data), Edit(keep=Rectangle(8, 8, 23, 16)))


def frame_of(columns: int, rows: int, h: int, v: int) -> Frame:
    components = (Component(1, h, v, 0), Component(2, 1, 1, 1), Component(3, 1, 1, 1))
    return Frame(0, 8, rows, columns, components)


@given(
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    st.tuples(st.sampled_from([1, 2]), st.sampled_from([1, 2])),
    st.data(),
)
def test_widened_and_narrowed(size: tuple[int, int], sampling: tuple[int, int], data: st.DataObject) -> None:
    columns, rows = size
    frame = frame_of(columns, rows, *sampling)
    x, y = data.draw(st.integers(0, columns - 1)), data.draw(st.integers(0, rows - 1))
    part = Rectangle(x, y, data.draw(st.integers(1, columns - x)), data.draw(st.integers(1, rows - y)))
    wide, narrow = cutting.widened(part, frame, rows), cutting.narrowed(part, frame, rows)
    assert cutting.whole(wide, frame, rows)
    assert wide.x <= part.x
    assert wide.right >= part.right
    assert wide.y <= part.y
    assert wide.bottom >= part.bottom
    assert wide.right <= columns
    assert wide.bottom <= rows
    if narrow.width and narrow.height:
        assert cutting.whole(narrow, frame, rows)
        assert part.x <= narrow.x
        assert narrow.right <= part.right
        assert part.y <= narrow.y
        assert narrow.bottom <= part.bottom
    assert cutting.whole(part, frame, rows) == (wide == part == narrow)


@given(st.integers(1, 255), st.sampled_from([8, 12]))
def test_black_is_as_low_as_samples_go(step: int, precision: int) -> None:
    luminance, *chrominance = cutting.black_levels((step, step, step), precision, ycbcr=True)
    # a DC coefficient is eight times the mean of samples that are shifted down by half their range (T.81 A.3.3)
    assert luminance * step / 8 + 2 ** (precision - 1) <= 0 < (luminance + 1) * step / 8 + 2 ** (precision - 1)
    assert chrominance == [0, 0]
    assert set(cutting.black_levels((step, step, step), precision, ycbcr=False)) == {luminance}
