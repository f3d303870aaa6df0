"""The pictures of a file that holds several, with Pillow and the references of the corpus as the judge."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.source.formats import raster_family
from dicomize.source.opening import OpenedSource, open_pages, open_source

from .conftest import samples


def picture(number: int, mode: str = "RGB", size: tuple[int, int] = (23, 17)) -> Image.Image:
    noise = np.random.default_rng(number).integers(0, 256, (size[1], size[0], 3), dtype="u1")
    return Image.fromarray(noise).convert(mode)


def saved(path: Path, form: str, count: int = 3, **options: object) -> Path:
    first, *others = [picture(n) for n in range(count)]
    first.save(path, form, save_all=True, append_images=others, **options)
    return path


def pixels(opened: OpenedSource) -> np.ndarray:
    return samples(raster_family(opened.data).pixels(opened.data))


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("big", [False, True])
def test_tiff_pages(compression: str, big: bool, tmp_path: Path) -> None:
    path = saved(tmp_path / "pages.tif", "TIFF", compression=compression, big_tiff=big)
    pages = list(open_pages(path))
    assert [page.image.page for page in pages] == [1, 2, 3]
    assert {page.image.sha256 for page in pages} == {open_source(path).image.sha256}
    assert {page.image.frames for page in pages} == {1}
    for number, page in enumerate(pages):
        assert np.array_equal(pixels(page), np.asarray(picture(number)))


def test_pages_of_other_kinds_and_sizes(tmp_path: Path) -> None:
    path = tmp_path / "mixed.tif"
    pictures = [picture(0, "L"), picture(1, "RGB", (40, 9)), picture(2, "P"), Image.new("1", (9, 9), 1)]
    pictures[0].save(path, "TIFF", save_all=True, append_images=pictures[1:], tiffinfo={0x0112: 6})
    pages = list(open_pages(path))
    for page, expected in zip(pages, pictures, strict=True):
        found = pixels(page)
        wanted = np.asarray(expected.convert("RGB" if found.shape[2] == 3 else "L")).reshape(found.shape)
        assert found.shape[:2] == (expected.height, expected.width)
        # Pillow writes 255 into the palette of a TIFF as 65280 of 65535
        assert np.abs(found.astype(int) - wanted).max() <= (1 if expected.mode == "P" else 0)
    assert pages[0].image.exif.Orientation == 6


@pytest.mark.parametrize(("form", "suffix"), [("GIF", "gif"), ("PNG", "png"), ("WEBP", "webp")])
def test_animations(form: str, suffix: str, tmp_path: Path) -> None:
    options = {"lossless": True} if form == "WEBP" else {}
    path = saved(tmp_path / f"moving.{suffix}", form, duration=[40, 80, 40], **options)
    pages = list(open_pages(path))
    assert [page.image.milliseconds for page in pages] == [40, 80, 40]
    assert {page.image.format for page in pages} == {"GIF" if form == "GIF" else "WebP" if form == "WEBP" else "PNG"}
    with Image.open(path) as image:
        for number, page in enumerate(pages):
            image.seek(number)
            assert np.array_equal(pixels(page)[..., :3], np.asarray(image.convert("RGB")))
    if form != "GIF":  # which has 256 colours a picture
        assert np.array_equal(pixels(pages[2])[..., :3], np.asarray(picture(2)))


def test_animations_as_the_corpus_shows_them(corpus: Path) -> None:
    """References by image-rs, which shares no code with Pillow."""
    looked_at = 0
    for source in sorted((corpus / "formats").glob("tests_images_*.*")):
        name = source.name.removeprefix("tests_images_")
        expected = sorted((corpus / "formats").glob(f"tests_reference_{name}.anim_*.png"))
        if not expected:
            continue
        try:
            pages = list(open_pages(source))
        except SourceUnsupported as error:
            assert "16 bits" in error.message  # noqa: PT017 - one of them is
            continue
        for reference in expected:
            number = int(reference.stem.rpartition("anim_")[2])
            found = pixels(pages[number - 1])
            with Image.open(reference) as image:
                wanted = np.asarray(image.convert("RGBA"))
            seen = wanted[..., 3] > 0
            assert np.array_equal(found[seen][..., :3], wanted[seen][..., :3]), reference
            looked_at += 1
    assert looked_at >= 5


def test_looking_at_a_picture_changes_none_of_those_behind_it(corpus: Path) -> None:
    """Pillow has to undo pictures; of a fresh file it does that without having shown any."""
    for source in sorted((corpus / "formats").glob("tests_images_gif_anim_*.gif")):
        for number, page in enumerate(open_pages(source)):
            with Image.open(source) as image:
                image.seek(number)
                wanted = np.asarray(image.convert("RGBA"))
            found = pixels(page)
            seen = wanted[..., 3] > 0
            assert np.array_equal(found[seen][..., :3], wanted[seen][..., :3]), (source, number)


def test_multi_picture_jpegs(tmp_path: Path) -> None:
    path = tmp_path / "stereo.jpg"
    left, right = picture(0), picture(1)
    left.save(path, "MPO", save_all=True, append_images=[right], quality=95)
    pages = list(open_pages(path))
    with Image.open(path) as image:
        for number, page in enumerate(pages):
            image.seek(number)
            assert np.array_equal(np.asarray(Image.open(io.BytesIO(page.data))), np.asarray(image))
    assert [page.image.page for page in pages] == [1, 2]
    assert any("2 pictures (MPO)" in note for note in open_source(path).image.notes)


def test_heic(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    heif = pillow_heif.HeifFile()
    for number in range(2):
        heif.add_from_pillow(picture(number, size=(64, 48)))
    heif.save(tmp_path / "two.heic", quality=-1, chroma=444, matrix_coefficients=0)
    pages = list(open_pages(tmp_path / "two.heic"))
    assert len(pages) == 2
    assert {page.image.lossy.method for page in pages if page.image.lossy} == {"ISO_23008_2"}
    for number, page in enumerate(pages):
        # libheif rounds colours on their way to YCbCr and back
        assert np.abs(pixels(page).astype(int) - np.asarray(picture(number, size=(64, 48)))).max() <= 2


def test_one_of_several(tmp_path: Path) -> None:
    path = saved(tmp_path / "pages.tif", "TIFF")
    assert np.array_equal(pixels(open_source(path, 2)), np.asarray(picture(1)))
    with pytest.raises(SourceUnsupported, match=r"pages\.tif has no picture 4: it holds 3"):
        open_source(path, 4)


def test_a_file_of_one_picture_is_its_only_page(tmp_path: Path) -> None:
    for form in ("PNG", "JPEG", "TIFF", "BMP"):
        path = tmp_path / form
        picture(0).save(path, form)
        (page,) = open_pages(path)
        assert page.image == open_source(path).image
        assert open_source(path, 1).image.page == 0


def test_what_would_lose_depth_or_is_damaged(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(SourceUnsupported, match="16 bits a sample"):
        list(open_pages(corpus / "formats" / "tests_images_png_apng_rgba16.png"))
    path = saved(tmp_path / "pages.tif", "TIFF", compression="raw")
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(SourceDamaged, match=r"pages\.tif"):
        list(open_pages(path))
