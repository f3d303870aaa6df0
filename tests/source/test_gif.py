"""GIF: frames, transparency and damage, against Pillow and the indices that were written."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dicomize.errors import SourceDamaged
from dicomize.model import Alpha, ColorModel, SourceImage
from dicomize.source.raster import Raster

from .conftest import noise, samples

Describe = Callable[[bytes], SourceImage]
Decode = Callable[[bytes], Raster]


def saved(indices: np.ndarray, colors: int = 256, **options: object) -> bytes:
    picture = Image.fromarray(indices, "P")
    palette = noise(1, colors, 3)[0]
    palette[0] = (255, 3, 7)
    picture.putpalette(palette.tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, "GIF", optimize=False, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("interlace", [0, 1])
@pytest.mark.parametrize("size", [(1, 1), (9, 7), (200, 180)])
def test_pixels_as_pillow_sees_them(decoded: Decode, size: tuple[int, int], interlace: int) -> None:
    data = saved(noise(*size, 1)[..., 0], interlace=interlace)
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(samples(decoded(data)), np.asarray(image.convert("RGB")))


def test_facts(described: Describe) -> None:
    data = saved(noise(4, 6, 1, 2)[..., 0], 4, comment=b"Jane Doe") + b"behind"
    facts = described(data)
    assert (facts.format, facts.Columns, facts.Rows, facts.color) == ("GIF", 6, 4, ColorModel.RGB)
    assert (facts.frames, facts.alpha, facts.palette) == (1, Alpha.NONE, 4)
    assert {r.name for r in facts.residue} == {"comment", "bytes behind the trailer"}


def test_transparency(decoded: Decode, described: Describe) -> None:
    indices = noise(5, 5, 1, 2)[..., 0]
    data = saved(indices, 4, transparency=2)
    assert np.array_equal(samples(decoded(data))[..., 3], np.where(indices == 2, 0, 255))
    assert described(data).alpha is Alpha.TRANSPARENT


def with_screen(data: bytes, columns: int, rows: int) -> bytes:
    return data[:6] + columns.to_bytes(2, "little") + rows.to_bytes(2, "little") + data[10:]


def test_what_the_picture_does_not_cover_is_transparent(decoded: Decode, described: Describe) -> None:
    data = with_screen(saved(noise(3, 4, 1, 2)[..., 0], 4), 6, 5)
    alpha = np.zeros((5, 6))
    alpha[:3, :4] = 255
    assert np.array_equal(samples(decoded(data))[..., 3], alpha)
    assert described(data).alpha is Alpha.TRANSPARENT


def test_a_picture_larger_than_its_screen_enlarges_it(decoded: Decode, described: Describe) -> None:
    whole = saved(noise(6, 8, 1, 2)[..., 0], 4)
    data = with_screen(whole, 3, 3)
    assert (described(data).Columns, described(data).Rows) == (8, 6)
    assert np.array_equal(samples(decoded(data)), samples(decoded(whole)))


def test_frames_are_counted(described: Describe) -> None:
    pictures = [Image.new("L", (4, 4), 60 * n) for n in range(4)]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "GIF", save_all=True, append_images=pictures[1:])
    assert described(buffer.getvalue()).frames == 4


def test_truncation_at_every_byte(described: Describe) -> None:
    data = saved(noise(12, 12, 1)[..., 0])
    for length in range(6, len(data) - 1):
        with pytest.raises(SourceDamaged):
            described(data[:length])
    described(data[:-1])  # all that is missing is the last mark


def test_compressed_data_that_end_early(described: Describe) -> None:
    short, tall = saved(noise(20, 20, 1, 4)[..., 0], 16), saved(noise(21, 20, 1, 4)[..., 0], 16)
    at = 13 + 3 * 16
    lying = tall[: at + 9] + short[at + 9 :]  # the size of 21 rows, the data of 20
    assert short[at : at + 1] == b","
    with pytest.raises(SourceDamaged, match="400 of 420 pixels are there"):
        described(lying)


def test_an_unknown_block(described: Describe) -> None:
    data = saved(noise(4, 4, 1, 2)[..., 0], 4)
    with pytest.raises(SourceDamaged, match="unknown block at byte 25"):
        described(data[:25] + b"?" + data[25:])


def test_the_corpus_as_pillow_sees_it(corpus: Path, decoded: Decode, described: Describe) -> None:
    seen = 0
    for path in sorted(corpus.rglob("*.gif")):
        if "zero-loop-count" in path.name:
            continue
        data = path.read_bytes()
        raster = decoded(data)
        with Image.open(path) as image:
            expected = np.asarray(image.convert("RGBA"))
        visible = np.ones(expected.shape[:2], bool) if raster.alpha is None else samples(raster)[..., 3] == 255
        assert np.array_equal(samples(raster)[visible][..., :3], expected[visible][..., :3]), path
        seen += described(data).frames == 1
    assert seen > 5
