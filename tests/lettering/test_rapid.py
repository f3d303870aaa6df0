"""RapidOCR: parts of large pictures, and answers that are none."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from dicomize.errors import ToolFailed
from dicomize.lettering import rapid
from dicomize.lettering.finding import Shown
from dicomize.lettering.rapid import RapidOcr
from dicomize.lettering.rapidocr_program import OVERLAP, PART, starts
from dicomize.wrappers.tool import Tools

ENGINE = RapidOcr()


def shown(image: Image.Image) -> Shown:
    return Shown(image.width, image.height, 1, image.tobytes())


@pytest.mark.parametrize("length", [1, PART, PART + 1, 2 * PART - OVERLAP, 5000, 65535])
def test_every_line_is_whole_in_some_part(length: int) -> None:
    parts = [(start, min(length, start + PART)) for start in starts(length)]
    assert parts[0][0] == 0
    assert parts[-1][1] == length
    for (_, before), (start, _) in itertools.pairwise(parts):
        assert before - start == OVERLAP


@pytest.mark.skipif(bool(ENGINE.unavailable(Tools())), reason=ENGINE.unavailable(Tools()))
def test_letters_of_ordinary_size_in_a_large_picture(tmp_path: Path) -> None:
    image = Image.new("L", (4000, 3000), 20)
    ImageDraw.Draw(image).text((3100, 2600), "DOE^JANE 4711", fill=255, font=ImageFont.load_default(30))
    (found,) = ENGINE.read(shown(image), tmp_path, Tools())
    assert "JANE" in found.text
    assert 3080 < found.rectangle.x < 3120
    assert 2580 < found.rectangle.y < 2620


@pytest.mark.skipif(bool(ENGINE.unavailable(Tools())), reason=ENGINE.unavailable(Tools()))
@pytest.mark.parametrize("size", [(20000, 2), (2, 3000), (1, 1)])
def test_a_very_thin_picture_is_looked_at(size: tuple[int, int], tmp_path: Path) -> None:
    assert ENGINE.read(shown(Image.new("L", size, 20)), tmp_path, Tools()) == ()


@pytest.mark.parametrize(
    "line",
    [
        {"box": [[0, 0], [1e400, 0], [9, 9], [0, 9]], "text": "a", "score": 0.9},
        {"box": [[0], [9], [9], [0]], "text": "a", "score": 0.9},
        {"box": [[0, 0], [9, 0], [9, 9], [0, 9]], "text": "a", "score": float("nan")},
        {"box": 7, "text": "a", "score": 0.9},
        {"text": "a"},
    ],
)
def test_an_answer_that_is_none(line: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"import sys\nopen(sys.argv[5], 'w').write({json.dumps([line])!r})\n")
    monkeypatch.setattr(rapid, "_PROGRAM", program)
    with pytest.raises(ToolFailed, match="what RapidOCR found cannot be read"):
        ENGINE.read(shown(Image.new("L", (9, 9))), tmp_path, Tools())
