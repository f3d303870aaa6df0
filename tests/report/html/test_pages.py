"""Both pages in a real browser: what is shown, what the keyboard does, what cannot happen."""

from __future__ import annotations

import importlib
import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dicomize.report.html.pair import pair_page
from dicomize.report.html.pictures import Shot
from dicomize.report.html.toolkits import toolkits_page

from .conftest import NAME, ONE, OTHER, comparison_of, pair_of

Show = Callable[..., Any]

STYLE_FILE = Path(__file__).resolve().parents[3] / "dicomize" / "report" / "html" / "page.css"
STYLE = STYLE_FILE.read_text(encoding="utf-8")


def pages(folder: Path, hostile: str = "") -> dict[str, str]:
    shots = (Shot("left", ONE), Shot("right", OTHER))
    return {
        "toolkits": toolkits_page(comparison_of(folder, hostile)),
        "pair": pair_page(pair_of(hostile), shots, (f"problem {hostile}",)),
    }


BOTH = pytest.mark.parametrize("name", ["toolkits", "pair"])


@BOTH
def test_hostile_names_are_text(name: str, show: Show, tmp_path: Path) -> None:
    text = pages(tmp_path, NAME)[name]
    page = show(text)
    assert page.locator("body img:not([src^='data:'])").count() == 0
    assert page.locator("svg, body style").count() == 0
    assert page.locator("script").count() == 1
    assert "<script>window.harmed = 1</script>" in page.locator("main").inner_text()
    assert "\u202e" not in text
    assert "\\u202e" in page.locator("h1").inner_text()
    events = page.evaluate(
        "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on'))"
    )
    assert events == []


@BOTH
def test_the_policy_would_stop_what_escaping_missed(name: str, browser: Any, tmp_path: Path) -> None:
    text = pages(tmp_path)[name].replace(
        "<footer>", "<footer><img src=x onerror='window.harmed=1'><script>window.harmed=1</script>"
    )
    path = tmp_path / "page.html"
    path.write_text(text, encoding="utf-8")
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(path.as_uri())
    page.wait_for_load_state("load")
    assert page.evaluate("window.harmed") is None
    assert len([r for r in refused if "Content Security Policy" in r]) >= 2
    page.close()


@BOTH
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 400])
def test_accessible(name: str, scheme: str, width: int, show: Show, tmp_path: Path) -> None:
    axe = pytest.importorskip("axe_core_python.sync_playwright")
    viewport = {"width": width, "height": 900}
    page = show(pages(tmp_path)[name], color_scheme=scheme, viewport=viewport)
    ready(page)
    found = axe.Axe().run(page)
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]] == []
    assert {"color-contrast", "label", "image-alt", "landmark-one-main"} <= {p["id"] for p in found["passes"]}


@BOTH
def test_narrow_pages_do_not_scroll_sideways(name: str, show: Show, tmp_path: Path) -> None:
    """WCAG 1.4.10: 320 pixels are enough, tables apart, which scroll in a box of their own."""
    page = show(pages(tmp_path, NAME)[name], viewport={"width": 320, "height": 800})
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320


def luminance(color: str) -> float:
    """WCAG 2.1, relative luminance"""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_contrast_of_the_palette(scheme: int) -> None:
    """WCAG 1.4.3: 4.5 for text; 1.4.11: 3 for the edges of controls."""
    short = re.sub(r"#(\w)(\w)(\w)\b", r"#\1\1\2\2\3\3", STYLE)
    block = re.findall(r":root \{(.*?)\}", short, re.DOTALL)[scheme]
    colors = dict(re.findall(r"--(\w+): (#\w{6});", block))
    for ink in ("ink", "quiet", "accent", "good", "bad", "warn"):
        for ground in ("page", "raised"):
            assert contrast(colors[ink], colors[ground]) >= 4.5, (ink, ground)
    assert contrast(colors["ink"], colors["tint"]) >= 4.5
    if scheme < 2:
        assert contrast(colors["edge"], colors["page"]) >= 3


# ---------------------------------------------------------------- the filter


def test_the_filter_by_keyboard(show: Show, tmp_path: Path) -> None:
    page = show(pages(tmp_path)["toolkits"])
    page.locator("#attribute-table-filter").focus()
    page.keyboard.type("patient NAME")
    rows = page.locator("#attribute-table tbody tr:visible")
    assert rows.count() == 1
    assert "(0010,0010)" in rows.inner_text()
    assert page.locator("[data-table=attribute-table] output").inner_text() == "1 of 5 rows"
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    assert rows.count() == 5
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert rows.count() == 4
    assert page.locator("[data-table=attribute-table] output").inner_text() == "4 of 5 rows"
    page.keyboard.press("Enter")
    assert rows.count() == 4


def test_only_errors(show: Show, tmp_path: Path) -> None:
    page = show(pages(tmp_path)["toolkits"])
    assert page.locator("#finding-table tbody tr:visible").count() == 4
    page.locator("#finding-table-hide").press("Space")
    assert page.locator("#finding-table tbody tr:visible").count() == 2


# ---------------------------------------------------------------- the viewer


def expect(locator: Any) -> Any:
    """Waits; asking the page by a string would be eval, which its policy forbids."""
    return importlib.import_module("playwright.sync_api").expect(locator)


def ready(page: Any) -> None:
    expect(page.locator("#viewer-status")).not_to_be_empty()


def stage(page: Any) -> Image.Image:
    with Image.open(io.BytesIO(page.locator(".stage").screenshot(animations="disabled"))) as image:
        return image.convert("RGB")


def test_what_the_viewer_says(show: Show, tmp_path: Path) -> None:
    """Off by 2 and by 8 in a third of the pixels each: 10 / 9 on average over three channels."""
    page = show(pages(tmp_path)["pair"])
    ready(page)
    said = page.locator("#viewer-status").inner_text()
    assert said.startswith("A: left. B: right. Largest difference 8 of 255, mean 1.1")


def test_the_slider_by_keyboard(show: Show, tmp_path: Path) -> None:
    page = show(pages(tmp_path)["pair"])
    ready(page)
    slider = page.locator("#viewer-position")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("label[for=viewer-position] output").inner_text() == "51 %"
    page.keyboard.press("Home")
    width, height = stage(page).size
    assert stage(page).getpixel((width - 10, height // 2)) == (0, 200, 8)
    page.keyboard.press("End")
    assert stage(page).getpixel((width - 10, height // 2)) == (0, 200, 0)
    page.locator("#viewer-swap").press("Enter")
    expect(page.locator("#viewer-status")).to_contain_text("A: right. B: left.")
    assert stage(page).getpixel((width - 10, height // 2)) == (0, 200, 8)


def test_the_difference_is_amplified(show: Show, tmp_path: Path) -> None:
    page = show(pages(tmp_path)["pair"])
    ready(page)
    page.locator("input[value=slider]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator(".stage").get_attribute("data-mode") == "difference"
    amplify = page.locator("#viewer-amplify")
    assert page.locator("label[for=viewer-amplify] output").inner_text() == "16 times"
    width, height = stage(page).size
    left, middle, right = (stage(page).getpixel((x, height // 2)) for x in (10, width // 2, width - 10))
    assert (left, middle, right) == ((32, 0, 0), (0, 0, 0), (0, 0, 128))
    amplify.press("ArrowLeft")
    assert stage(page).getpixel((width - 10, height // 2)) == (0, 0, 64)


def test_blinking_begins_and_ends_by_keyboard(show: Show, tmp_path: Path) -> None:
    page = show(pages(tmp_path)["pair"])
    ready(page)
    page.locator("input[value=slider]").focus()
    page.keyboard.press("ArrowRight")
    button = page.locator("#viewer-blink")
    assert button.inner_text() == "Start blinking"
    button.press("Enter")
    assert button.inner_text() == "Stop blinking"
    expect(page.locator(".stage")).to_have_class("stage second")
    expect(page.locator(".stage")).to_have_class("stage")
    button.press("Space")
    assert button.inner_text() == "Start blinking"
    assert "second" not in (page.locator(".stage").get_attribute("class") or "")
    button.press("Enter")
    page.locator("input[value=blink]").press("ArrowLeft")
    assert page.locator(".stage").get_attribute("data-mode") == "slider"
    assert page.locator("#viewer-blink").inner_text() == "Start blinking"


def test_each_picture_is_in_the_page_once(tmp_path: Path) -> None:
    text = pages(tmp_path)["toolkits"]
    assert text.count("data:image/png;base64,") == 2


def test_one_picture_needs_no_viewer(show: Show) -> None:
    page = show(pair_page(pair_of(), (Shot("left", ONE), Shot("right", ONE)), ()))
    assert page.locator(".viewer").count() == 0
    assert page.locator("figure").count() == 1
    assert "the same picture, byte for byte" in page.locator("#pictures").inner_text()
    none = show(pair_page(replace(pair_of(), pixels=None), (), ()))
    assert "There is no picture to be shown." in none.locator("#pictures").inner_text()


# ---------------------------------------------------------------- without script, on paper


@BOTH
def test_without_script_everything_is_there(name: str, show: Show, tmp_path: Path) -> None:
    page = show(pages(tmp_path)[name], java_script_enabled=False)
    assert page.locator("form:visible, .viewer:visible").count() == 0
    assert page.locator("figure img:visible").count() == 2
    assert page.locator("tbody tr:visible").count() == page.locator("tbody tr").count() > 2


@BOTH
def test_on_paper(name: str, show: Show, tmp_path: Path) -> None:
    page = show(pages(tmp_path)[name], color_scheme="dark")
    ready(page)
    page.emulate_media(media="print")
    assert page.locator("nav:visible, form:visible, .viewer:visible").count() == 0
    assert page.locator("figure img:visible").count() == 2
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf().startswith(b"%PDF-")


def test_style_and_script_cannot_end_their_elements() -> None:
    script = STYLE_FILE.with_name("page.js").read_text(encoding="utf-8")
    assert "</" not in STYLE
    assert "</" not in script
    assert "<!--" not in script


@BOTH
def test_the_same_comparison_gives_the_same_page(name: str, tmp_path: Path) -> None:
    assert pages(tmp_path)[name] == pages(tmp_path)[name]
