"""Text in pictures, by the real engines, on pictures whose text and its place are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from dicomize.errors import ToolFailed, ToolMissing
from dicomize.lettering import finding
from dicomize.lettering.finding import Engine, Reading, Shown, read
from dicomize.lettering.rapid import RapidOcr
from dicomize.lettering.tesseract import Tesseract
from dicomize.model import FoundText, Rectangle
from dicomize.wrappers.tool import Tools

ENGINES: dict[str, Engine] = {"rapidocr": RapidOcr(), "tesseract": Tesseract()}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, require_tool: Callable[[str], Path]) -> Engine:
    if request.param == "tesseract":
        require_tool("tesseract")
    elif why := ENGINES[request.param].unavailable(Tools()):
        pytest.skip(why)
    return ENGINES[request.param]


def screen(*lines: tuple[str, int, int, int]) -> Image.Image:
    """A dark picture with light text: what, where, how high."""
    image = Image.radial_gradient("L").resize((640, 480)).point(lambda v: 90 - v // 4).convert("RGB")
    for text, x, y, height in lines:
        ImageDraw.Draw(image).text((x, y), text, fill=(255, 255, 255), font=ImageFont.load_default(height))
    return image


def of(image: Image.Image) -> Shown:
    return Shown(image.width, image.height, len(image.getbands()), image.tobytes())


def looked(engine: Engine, image: Image.Image, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Reading:
    monkeypatch.setattr(finding, "_ENGINES", (engine,))
    return read([of(image)], folder, Tools())


def squeezed(text: str) -> str:
    return "".join(c for c in text if c.isalnum()).upper()


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_text_is_found_where_it_is(engine: Engine, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = screen(("PATIENT EXAMPLE", 20, 10, 24), ("Hospital 4711", 360, 430, 22)).convert(mode)
    reading = looked(engine, image, tmp_path, monkeypatch)
    found = "".join(squeezed(text.text) for text in reading.found)
    for word in ("PATIENT", "EXAMPLE", "HOSPITAL"):
        assert word in found
    draw = ImageDraw.Draw(image)
    for text in reading.found:
        part = text.rectangle
        draw.rectangle((part.x, part.y, part.right - 1, part.bottom - 1), fill=0)
    # whatever was white is covered
    assert np.asarray(image.convert("L")).max() < 128


def test_a_picture_without_text(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = looked(engine, screen(), tmp_path, monkeypatch)
    assert reading == Reading(engine.name, ())
    assert looked(engine, Image.new("L", (1, 1)), tmp_path, monkeypatch).found == ()


def test_what_takes_too_long(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match=rf"{engine.name} gave no answer within"):
        engine.read(of(screen()), tmp_path, Tools(timeout=0.01))


def test_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_ENGINES", ())
    with pytest.raises(ToolMissing, match=r"nothing that finds text .*dicomize\[text\]"):
        read([of(screen())], tmp_path, Tools())


def test_margins_stay_in_the_picture_and_what_lies_in_another_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Told:
        name = "told"

        def unavailable(self, _tools: Tools) -> str:
            return ""

        def read(self, _shown: Shown, _scratch: Path, _tools: Tools) -> tuple[FoundText, ...]:
            return (
                FoundText(Rectangle(0, 470, 640, 20), "edge", 1.0),
                FoundText(Rectangle(5, 5, 600, 200), "most of it", 1.0),
                FoundText(Rectangle(50, 50, 60, 20), "of it", 1.0),
            )

    monkeypatch.setattr(finding, "_ENGINES", (Told(),))
    edge, most = read([of(screen())], tmp_path, Tools()).found
    assert edge.rectangle == Rectangle(0, 463, 640, 17)
    assert most.text == "most of it"
