"""Rasters through the whole pipeline: the same bytes from every backend, the picture of the source, and nothing else."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin, features
from pydicom.pixels.processing import apply_color_lut

import dicomize
from dicomize import Options, rasters
from dicomize.backends import dcmtk
from dicomize.errors import SourceDamaged, SourceUnsupported, ToolMissing
from dicomize.model import Geometry, Rectangle
from dicomize.pipeline import execute
from dicomize.planning import rasters as planning_rasters
from dicomize.serialize import dump_plan, load_plan
from dicomize.source import described, opening, tiff

from .source.conftest import cmyk_profile

WHO = {"PatientID": "1"}


def picture(mode: str) -> Image.Image:
    bands = [Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90), Image.radial_gradient("L")]
    return Image.merge("RGB", bands).resize((37, 23)).convert(mode)


def deep_png() -> bytes:
    """16-bit RGB, unfiltered."""
    pixels = np.random.default_rng(3).integers(0, 65536, (23, 37, 3)).astype(">u2")
    raw = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 37, 23, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def saved(image: Image.Image, name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def deep_grey() -> Image.Image:
    return Image.fromarray(np.random.default_rng(5).integers(0, 65536, (23, 37)).astype(np.uint16))


SOURCES: dict[str, Callable[[], bytes]] = {
    "png": lambda: saved(picture("RGB"), "PNG"),
    "png-grey": lambda: saved(picture("L"), "PNG"),
    "png-1": lambda: saved(picture("1"), "PNG"),
    "png-palette": lambda: saved(picture("P"), "PNG"),
    "png-16": lambda: saved(deep_grey(), "PNG"),
    "png-rgb-16": deep_png,
    "png-alpha": lambda: saved(picture("RGBA"), "PNG"),
    "tiff": lambda: saved(picture("RGB"), "TIFF"),
    "tiff-lzw-16": lambda: saved(deep_grey(), "TIFF", compression="tiff_lzw"),
    "tiff-jpeg": lambda: saved(picture("RGB"), "TIFF", compression="jpeg"),
    "bmp": lambda: saved(picture("RGB"), "BMP"),
    "bmp-palette": lambda: saved(picture("P"), "BMP"),
    "gif": lambda: saved(picture("P"), "GIF"),
    "webp": lambda: saved(picture("RGB"), "WEBP", lossless=True),
    "ppm": lambda: saved(picture("RGB"), "PPM"),
    "pgm-12": lambda: b"P5 5 3 4095\n" + np.arange(15, dtype=">u2").tobytes(),
    "pgm-odd": lambda: b"P5 3 1 255\n\1\2\3",
}


@pytest.fixture(params=sorted(SOURCES))
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A raster of each kind, under a name that says nothing."""
    if request.param == "webp" and not features.check("webp"):
        pytest.skip("WebP support in Pillow is not installed")
    path = tmp_path / "source.dat"
    path.write_bytes(SOURCES[request.param]())
    return path


def test_every_backend_writes_the_same_bytes(source: Path, tmp_path: Path, require_tool: Callable[[str], Path]) -> None:
    for program in ("img2dcm", "dump2dcm", "gdcmimg", "dciodvfy"):
        require_tool(program)
    results = {}
    for backend in ("dcmtk", "gdcm", "pydicom"):
        result = dicomize.convert(source, tmp_path / f"{backend}.dcm", WHO, Options(backend=backend))
        assert result.report.findings == ()
        results[backend] = result.sha256
    assert len(set(results.values())) == 1


def test_the_pixels_are_those_that_pillow_sees(source: Path, tmp_path: Path) -> None:
    dicomize.convert(source, tmp_path / "x.dcm", WHO, Options(backend="pydicom"))
    dataset = pydicom.dcmread(tmp_path / "x.dcm")
    shown = dataset.pixel_array
    with Image.open(source) as image:
        if image.mode.startswith("I"):
            expected = np.asarray(image)
            if dataset.BitsStored == 12:
                expected = np.arange(15).reshape(3, 5)
        else:
            expected = np.asarray(image.convert("L" if dataset.SamplesPerPixel == 1 else "RGB"))
    if dataset.SamplesPerPixel == 3 and dataset.BitsStored == 16:
        shown = shown >> 8  # Pillow gives no more
    assert np.array_equal(shown, expected)


TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}
"""what a viewer does for each Exif orientation (CIPA DC-008, 4.6.5.1.6); Pillow does it for some formats by itself"""


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize(
    ("mode", "form"),
    [("L", "PNG"), ("RGB", "PNG"), ("I;16", "PNG"), ("L", "TIFF"), ("RGB", "TIFF"), ("I;16", "TIFF"), ("P", "TIFF"),
     ("1", "TIFF"), ("RGB", "WEBP")],
)  # fmt: skip
def test_turned_upright(mode: str, form: str, orientation: int, tmp_path: Path) -> None:
    image = deep_grey() if mode == "I;16" else picture("RGB").convert(mode)
    source = tmp_path / f"x.{form.lower()}"
    if form == "TIFF":
        image.save(source, form, tiffinfo={0x0112: orientation})
    else:
        exif = Image.Exif()
        exif[0x0112] = orientation
        image.save(source, form, exif=exif, **({"lossless": True} if form == "WEBP" else {}))
    dicomize.convert(source, tmp_path / "x.dcm", WHO, Options(backend="pydicom"))
    plain = {"P": "RGB", "1": "L"}
    expected = TURNS[orientation](np.asarray(image.convert(plain[mode]) if mode in plain else image))
    shown = pydicom.dcmread(tmp_path / "x.dcm").pixel_array
    # Pillow writes 255 into the palette of a TIFF as 65280 of 65535
    assert np.abs(shown.astype(int) - expected).max() <= (1 if mode == "P" else 0)


def test_a_visible_light_image(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(SOURCES["png"]())
    for name in ("photo", "endoscopy", "microscopy"):
        result = dicomize.convert(tmp_path / "x.png", tmp_path / f"{name}.dcm", WHO, Options(sop_class=name))
        assert result.report.findings == ()


def test_flattened_on_a_background(tmp_path: Path) -> None:
    image = picture("RGB")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    image.save(tmp_path / "x.png")
    options = Options(background="#0a64ff", sop_class="photo")
    result = dicomize.convert(tmp_path / "x.png", tmp_path / "x.dcm", WHO, options)
    assert result.report.findings == ()
    pixels = np.asarray(image).astype(float)
    share = pixels[..., 3:] / 255
    exact = pixels[..., :3] * share + np.array([0x0A, 0x64, 0xFF]) * (1 - share)
    assert np.abs(pydicom.dcmread(tmp_path / "x.dcm").pixel_array - exact).max() <= 0.5 + 1e-6


def test_cmyk_through_its_profile(tmp_path: Path) -> None:
    inks = Image.new("CMYK", (4, 4), (0, 255, 255, 0))
    inks.save(tmp_path / "x.tif", icc_profile=cmyk_profile())
    result = dicomize.convert(tmp_path / "x.tif", tmp_path / "x.dcm", WHO, Options(sop_class="photo"))
    assert result.report.findings == ()
    dataset = pydicom.dcmread(tmp_path / "x.dcm")
    assert dataset.ImageType[0] == "DERIVED"
    assert "Colours were converted to sRGB" in dataset.DerivationDescription
    red, green, blue = map(int, dataset.pixel_array[0, 0])
    assert red > 100 + max(green, blue)


def test_a_damaged_picture_leaves_nothing(tmp_path: Path) -> None:
    data = SOURCES["png"]()
    at = data.index(b"IDAT")
    broken = data[: at + 4] + bytes(20) + data[at + 24 :]
    (tmp_path / "x.png").write_bytes(broken)
    with pytest.raises(SourceDamaged):
        dicomize.convert(tmp_path / "x.png", tmp_path / "x.dcm", WHO)
    assert not (tmp_path / "x.dcm").exists()


def test_a_picture_that_passes_planning_but_cannot_be_decoded_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "x.ppm").write_bytes(b"P6 9 9 255\n123")
    with pytest.raises(SourceDamaged, match=r"x\.ppm, a PNM file, is cut short: 3 of 243 bytes"):
        dicomize.convert(tmp_path / "x.ppm", tmp_path / "x.dcm", WHO)


def test_a_saved_plan_of_a_raster_can_be_carried_out(tmp_path: Path) -> None:
    image = picture("RGBA")
    image.putpixel((0, 0), (1, 2, 3, 4))
    image.save(tmp_path / "x.png")
    plan = dicomize.plan(tmp_path / "x.png", tmp_path / "x.dcm", WHO, Options(background="white"))
    again = load_plan(dump_plan(plan), "plan.json")
    assert again == plan
    assert execute(again).sha256


# ---------------------------------------------------------------- privacy

MARK = b"MARKER-7f3a91"
TEXT = MARK.decode()


def marked_png() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", TEXT)
    info.add_text("Comment", TEXT, zip=True)
    info.add_itxt("Title", TEXT, "en", TEXT)
    info.add(b"prVt", MARK)
    info.add(b"tIME", MARK[:7])
    return saved(picture("RGB"), "PNG", pnginfo=info, exif=marked_exif()) + MARK


def marked_exif() -> Image.Exif:
    """Everything in it but what becomes an attribute on purpose: Make, Model, Software and the date."""
    exif = Image.Exif()
    for tag in (0x010D, 0x010E, 0x013B, 0x013C, 0x8298):
        exif[tag] = TEXT
    for tag in (0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F):
        exif[tag] = TEXT.encode("utf-16-le")
    camera = exif.get_ifd(0x8769)
    camera[0x927C], camera[0x9286] = MARK, b"ASCII\0\0\0" + MARK
    for tag in (0xA420, 0xA430, 0xA431, 0xA433, 0xA434, 0xA435):
        camera[tag] = TEXT
    exif.get_ifd(0x8825)[0x001B] = MARK
    return exif


def marked_tiff() -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for tag in (269, 270, 285, 306, 315, 316, 33432, 65000):
        tags[tag] = TEXT
        tags.tagtype[tag] = 2
    for tag in (700, 33723, 34377, 50341, 37724):
        tags[tag] = MARK
        tags.tagtype[tag] = 7
    return saved(picture("RGB"), "TIFF", tiffinfo=tags) + MARK


def marked_bmp() -> bytes:
    data = saved(picture("RGB"), "BMP")
    start = int.from_bytes(data[10:14], "little")
    return data[:10] + (start + len(MARK)).to_bytes(4, "little") + data[14:start] + MARK + data[start:] + MARK


def marked_gif() -> bytes:
    block = bytes([len(MARK)]) + MARK + b"\0"
    data = saved(picture("P"), "GIF", comment=MARK)
    at = data.index(b"\x21\xfe")
    more = b"\x21\xff\x0bXMP DataXMP" + block + b"\x21\x01" + block + b"\x21\x77" + block
    return data[:at] + more + data[at:] + MARK


def marked_webp() -> bytes:
    data = saved(picture("RGB"), "WEBP", lossless=True, exif=marked_exif(), xmp=MARK)
    unknown = b"prVt" + len(MARK + b"\0").to_bytes(4, "little") + MARK + b"\0"
    whole = data[:4] + (len(data) - 8 + len(unknown)).to_bytes(4, "little") + data[8:] + unknown
    return whole + MARK


MARKED: dict[str, Callable[[], bytes]] = {
    "png": marked_png,
    "tiff": marked_tiff,
    "bmp": marked_bmp,
    "gif": marked_gif,
    "webp": marked_webp,
    "pnm": lambda: b"P6 # " + MARK + b"\n37 23\n# " + MARK + b"\n255\n" + picture("RGB").tobytes() + MARK,
    "pam": lambda: b"P7\n#" + MARK + b"\nWIDTH 37\nHEIGHT 23\nDEPTH 3\nMAXVAL 255\nENDHDR\n" + picture("RGB").tobytes(),
}


@pytest.mark.parametrize("name", sorted(MARKED))
def test_nothing_but_the_picture_and_what_has_an_attribute_leaves_the_file(name: str, tmp_path: Path) -> None:
    if name == "webp" and not features.check("webp"):
        pytest.skip("WebP support in Pillow is not installed")
    source = tmp_path / "source.dat"
    source.write_bytes(MARKED[name]())
    assert source.read_bytes().count(MARK) >= 1
    result = dicomize.convert(source, tmp_path / "x.dcm", WHO)
    written = (tmp_path / "x.dcm").read_bytes()
    for form in (MARK, TEXT.encode("utf-16-le"), TEXT.encode("utf-16-be"), MARK[:7]):
        assert form not in written
    assert result.plan.source.residue
    expected = np.asarray(picture("P").convert("RGB") if name == "gif" else picture("RGB"))
    assert np.array_equal(pydicom.dcmread(tmp_path / "x.dcm").pixel_array, expected)


def test_the_marker_can_be_found() -> None:
    """The markers of the chunks are where a text search finds them, apart from those that are compressed."""
    assert marked_png().count(MARK) >= 4
    assert marked_tiff().count(MARK) >= 10


# ---------------------------------------------------------------- part by part


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
@pytest.mark.parametrize("mode", ["RGB", "L", "I;16"])
@pytest.mark.parametrize(
    "geometry",
    [
        Geometry(),
        Geometry(redact=(Rectangle(3, 5, 9, 30), Rectangle(0, 0, 60, 2))),
        Geometry(crop=Rectangle(7, 9, 30, 20), redact=(Rectangle(0, 12, 60, 3),)),
        Geometry(crop=Rectangle(7, 9, 30, 20), rotate=90),
        Geometry(scale="50%", flip="vertical"),
    ],
)
def test_a_large_tiff_becomes_the_same_part_by_part(
    compression: str, mode: str, geometry: Geometry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = picture("RGB").resize((60, 44)).convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.frombytes("I;16", image.size, b"".join(bytes((v ^ 85, v)) for v in image.tobytes()))
    image.save(tmp_path / "x.tif", compression=compression, tiffinfo={278: 4, 0x0112: 3})
    options = Options(geometry=geometry, overwrite=True)
    whole = dicomize.convert(tmp_path / "x.tif", tmp_path / "whole.dcm", WHO, options)
    monkeypatch.setattr(rasters, "_PARTS", 0)
    monkeypatch.setattr(tiff, "_BAND", 60 * 5)
    parts = dicomize.convert(tmp_path / "x.tif", tmp_path / "parts.dcm", WHO, options)
    assert whole.sha256 == parts.sha256


def test_what_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = picture("RGB")
    image.save(tmp_path / "x.tif")
    image.putalpha(128)
    image.save(tmp_path / "alpha.tif")
    for module in (described, tiff, planning_rasters):
        monkeypatch.setattr(module, "LARGEST_DECODED", 37 * 20)
    monkeypatch.setattr(tiff, "_BAND", 37 * 10)
    part = Geometry(crop=Rectangle(0, 0, 9, 9), rotate=90)
    assert dicomize.convert(tmp_path / "x.tif", tmp_path / "x.dcm", WHO, Options(geometry=part)).plan.image.Rows == 9
    with pytest.raises(SourceUnsupported, match="at most 740 pixels are turned or scaled"):
        dicomize.plan(tmp_path / "x.tif", tmp_path / "x.dcm", WHO, Options(geometry=Geometry(rotate=90)))
    with pytest.raises(SourceUnsupported, match="alpha channel, which is not looked at in so large a picture"):
        dicomize.plan(tmp_path / "alpha.tif", tmp_path / "x.dcm", WHO)
    image.save(tmp_path / "x.png")
    with pytest.raises(SourceUnsupported, match="at most 740 pixels are decoded"):
        dicomize.plan(tmp_path / "x.png", tmp_path / "x.dcm", WHO)


def test_a_file_that_is_looked_at_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture("RGB").save(tmp_path / "x.tif", compression="tiff_lzw")
    plain = dicomize.convert(tmp_path / "x.tif", tmp_path / "plain.dcm", WHO)
    monkeypatch.setattr(opening, "LARGE", 1)
    parts = dicomize.convert(tmp_path / "x.tif", tmp_path / "parts.dcm", WHO)
    assert (parts.sha256, parts.plan.source.sha256) == (plain.sha256, plain.plan.source.sha256)


def test_a_file_that_becomes_shorter_while_it_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture("RGB").save(tmp_path / "x.tif", compression="tiff_lzw")
    monkeypatch.setattr(opening, "LARGE", 1)
    opened = opening.open_source(tmp_path / "x.tif")
    os.truncate(tmp_path / "x.tif", 100)
    with pytest.raises(SourceDamaged, match="became shorter"):
        tiff.pixels(opened.data)


def test_pixels_that_no_bitmap_is_made_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, require_tool: Callable[[str], Path]
) -> None:
    require_tool("dump2dcm")
    picture("RGB").save(tmp_path / "x.tif")
    plain = dicomize.convert(tmp_path / "x.tif", tmp_path / "plain.dcm", WHO, Options(backend="dcmtk"))
    monkeypatch.setattr(dcmtk, "LARGE", 1)
    dumped = dicomize.convert(tmp_path / "x.tif", tmp_path / "dumped.dcm", WHO, Options(backend="dcmtk"))
    assert Path(dumped.invocations[0].argv[0]).name == "dump2dcm"
    assert dumped.sha256 == plain.sha256


# ---------------------------------------------------------------- palettes


PALETTED: dict[str, Callable[[Path], object]] = {
    "png": lambda path: picture("P").save(path, "PNG"),
    "gif": lambda path: picture("P").save(path, "GIF"),
    "bmp": lambda path: picture("P").save(path, "BMP"),
    "tiff": lambda path: picture("P").save(path, "TIFF"),
}


@pytest.mark.parametrize("form", PALETTED)
@pytest.mark.parametrize(
    "syntax", ["explicit", "rle", "jpeg-lossless", "jpeg-ls", "jpeg2000-lossless", "htj2k-lossless"]
)
def test_a_palette_is_stored_when_asked_for(
    form: str, syntax: str, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    for program in ("dump2dcm", "gdcmimg", "dcmcjpls"):
        require_tool(program)
    PALETTED[form](tmp_path / "x")
    expanded = dicomize.convert(tmp_path / "x", tmp_path / "expanded.dcm", WHO)
    files = set()
    for backend in ("dcmtk", "gdcm", "pydicom"):
        target = tmp_path / f"{backend}.dcm"
        options = Options(keep_palette=True, backend=backend, transfer_syntax=syntax)
        try:
            result = dicomize.convert(tmp_path / "x", target, WHO, options)
        except ToolMissing:
            continue
        assert result.report.findings == ()
        files.add(target.read_bytes())
    assert len(files) == 1 or syntax != "explicit"
    dataset = pydicom.dcmread(target)
    assert dataset.PhotometricInterpretation == "PALETTE COLOR"
    decoded = dataset.pixel_array if syntax != "htj2k-lossless" else None
    if decoded is not None:
        colors = apply_color_lut(decoded, dataset)
        assert np.array_equal(colors >> 8, pydicom.dcmread(expanded.destination).pixel_array)
        assert np.array_equal(colors % 257, np.zeros_like(colors))


def test_colours_of_a_full_palette_that_are_near_each_other_keep_their_numbers(tmp_path: Path) -> None:
    palette = np.array([(n, n % 16 * 9, 255 - n // 7) for n in range(256)], dtype=np.uint8)
    numbers = np.random.default_rng(3).integers(0, 256, (40, 50), dtype=np.uint8)
    image = Image.fromarray(numbers, "P")
    image.putpalette(palette.tobytes())
    image.save(tmp_path / "x.png")
    dicomize.convert(tmp_path / "x.png", tmp_path / "x.dcm", WHO, Options(keep_palette=True))
    dataset = pydicom.dcmread(tmp_path / "x.dcm")
    assert np.array_equal(dataset.pixel_array, numbers)
    assert np.array_equal(apply_color_lut(dataset.pixel_array, dataset) >> 8, palette[numbers])


@pytest.mark.parametrize(("entries", "kept"), [(255, True), (256, False)])
def test_a_dark_palette_is_kept_where_it_has_room(
    entries: int, *, kept: bool, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    """dciodvfy finds tables of 16 bits wrong in which no value has the topmost."""
    require_tool("dciodvfy")
    image = Image.fromarray((np.arange(256) % entries).astype(np.uint8).reshape(16, 16), "P")
    image.putpalette(bytes(v for n in range(entries) for v in (n, n // 2, n // 3)))
    image.save(tmp_path / "x.png")
    options = Options(keep_palette=True)
    if kept:
        assert dicomize.convert(tmp_path / "x.png", tmp_path / "x.dcm", WHO, options).report.findings == ()
    else:
        with pytest.raises(SourceUnsupported, match="so dark that dciodvfy"):
            dicomize.convert(tmp_path / "x.png", tmp_path / "x.dcm", WHO, options)


def test_a_later_picture_of_a_gif_is_made_of_all_before_it(tmp_path: Path) -> None:
    picture("P").save(tmp_path / "x.gif", save_all=True, append_images=[picture("P").rotate(180)])
    with pytest.raises(SourceUnsupported, match="has no palette of colours"):
        dicomize.convert(tmp_path / "x.gif", tmp_path / "x.dcm", WHO, Options(keep_palette=True, page=2))


@pytest.mark.parametrize(
    ("mode", "options", "says"),
    [
        ("RGB", Options(), "has no palette of colours"),
        ("L", Options(), "has no palette of colours"),
        ("P", Options(sop_class="photo"), "would be a VL Photographic Image, which has no palettes"),
        ("P", Options(geometry=Geometry(scale="50%")), r"gets colours that its palette may lack \(scale\)"),
        ("P", Options(transfer_syntax="jpeg-baseline"), "would be compressed with loss"),
    ],
)
def test_palettes_that_cannot_be_kept(mode: str, options: Options, says: str, tmp_path: Path) -> None:
    picture(mode).save(tmp_path / "x.png")
    with pytest.raises(SourceUnsupported, match=says):
        dicomize.plan(tmp_path / "x.png", tmp_path / "x.dcm", WHO, replace(options, keep_palette=True))


def test_a_palette_survives_turning_and_cropping(tmp_path: Path) -> None:
    picture("P").save(tmp_path / "x.png")
    geometry = Geometry(rotate=90, crop=Rectangle(2, 3, 10, 12))
    dicomize.convert(tmp_path / "x.png", tmp_path / "x.dcm", WHO, Options(keep_palette=True, geometry=geometry))
    dataset = pydicom.dcmread(tmp_path / "x.dcm")
    expected = np.rot90(np.asarray(picture("P").convert("RGB")), -1)[3:15, 2:12]
    assert np.array_equal(apply_color_lut(dataset.pixel_array, dataset) >> 8, expected)
