"""TIFF: depths, colours, compressions and damage, against the samples that were written."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageCms, TiffImagePlugin, features
from pydicom.encaps import generate_frames

import dicomize
from dicomize.errors import SourceDamaged, SourceUnsupported
from dicomize.model import Alpha, ColorModel, SourceImage
from dicomize.source import tiff_parts
from dicomize.source.libtiff import overheard
from dicomize.source.opening import open_source
from dicomize.source.raster import Raster
from dicomize.source.tiff_directories import directories

from .conftest import noise, packed, samples

Describe = Callable[[bytes], SourceImage]
Decode = Callable[[bytes], Raster]

PHOTOMETRIC, COMPRESSION = 262, 259


def tiff(pixels: np.ndarray, bits: int, photometric: int, order: str = "<", **tags: Any) -> bytes:
    """An uncompressed TIFF in strips of three rows; further tags as t123=values, of shorts."""
    rows, columns, channels = pixels.shape
    strips = [
        b"".join(row.astype(f"{order}u2").tobytes() if bits == 16 else packed(row, bits) for row in pixels[at : at + 3])
        for at in range(0, rows, 3)
    ]
    entries: dict[int, tuple[int, ...]] = {
        256: (columns,), 257: (rows,), 258: (bits,) * channels, 259: (1,), 262: (photometric,), 277: (channels,),
        278: (3,), 273: (0,) * len(strips), 279: tuple(map(len, strips)),
        **{int(name[1:]): tuple(values) for name, values in tags.items()},
    }  # fmt: skip
    long = {273, 279}
    directory = 8
    heap = directory + 2 + 12 * len(entries) + 4
    sizes = {tag: (4 if tag in long else 2) * len(values) for tag, values in entries.items()}
    data_at = heap + sum(size for size in sizes.values() if size > 4)
    entries[273] = tuple(data_at + sum(map(len, strips[:n])) for n in range(len(strips)))
    table, blob = struct.pack(f"{order}H", len(entries)), b""
    for tag, values in sorted(entries.items()):
        raw = struct.pack(f"{order}{len(values)}{'I' if tag in long else 'H'}", *values)
        table += struct.pack(f"{order}HHI", tag, 4 if tag in long else 3, len(values))
        if len(raw) > 4:
            table += struct.pack(f"{order}I", heap + len(blob))
            blob += raw
        else:
            table += raw.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", directory)
    return head + table + bytes(4) + blob + b"".join(strips)


def saved(picture: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (10, 33)])
@pytest.mark.parametrize(
    ("bits", "photometric", "channels"),
    [(8, 1, 1), (16, 1, 1), (8, 2, 3), (16, 2, 3), (8, 0, 1), (16, 0, 1), (1, 1, 1), (1, 0, 1), (4, 1, 1), (4, 0, 1)],
)
def test_samples_come_out_as_they_went_in(
    decoded: Decode, order: str, size: tuple[int, int], bits: int, photometric: int, channels: int
) -> None:
    pixels = noise(*size, channels, bits)
    raster = decoded(tiff(pixels, bits, photometric, order))
    assert raster.bits == max(8, bits)
    top = (1 << bits) - 1
    expected = pixels.astype(np.int64) * (255 // top if bits < 8 else 1)
    if photometric == 0:
        expected = max(255, top) - expected
    assert np.array_equal(samples(raster), expected)


@pytest.mark.parametrize("order", ["<"])
def test_twelve_bits(decoded: Decode, described: Describe, order: str) -> None:
    pixels = noise(4, 6, 1, 12)
    flat = np.unpackbits(pixels.astype(">u2").view(np.uint8).reshape(4, 6, 2), axis=2)[..., 4:]
    rows = np.packbits(flat.reshape(4, -1), axis=1)
    data = tiff(rows[..., None], 8, 1, order, t258=(12,), t256=(6,))
    assert described(data).bits == 12
    assert np.array_equal(samples(decoded(data)), pixels)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd", "lzma"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK", "1", "I;16"])
def test_compressions(decoded: Decode, compression: str, mode: str) -> None:
    if not features.check("libtiff"):
        pytest.skip("libtiff in Pillow is not installed")
    if mode == "I;16":
        picture = Image.fromarray(noise(33, 21, 1, 16)[..., 0])
    else:
        picture = Image.fromarray(noise(33, 21, 4), "RGBA").convert(mode)
    raster = decoded(saved(picture, compression=compression))
    expected = np.asarray(picture.convert("L") if mode == "1" else picture)
    assert np.array_equal(samples(raster).squeeze(), expected)


@pytest.mark.parametrize("predictor", [1, 2])
@pytest.mark.parametrize("compression", [5, 8])
def test_compressed_16_bit_colour(decoded: Decode, compression: int, predictor: int) -> None:
    """Pillow writes no such thing: it is told to write the samples as one wide grey picture, and the tags are changed."""
    pixels = noise(12, 9, 3, 16)
    values = pixels.astype(np.int64)
    if predictor == 2:
        values[:, 1:] -= pixels[:, :-1]
    wide = (values % 65536).astype(np.uint16).reshape(12, -1)
    buffer = io.BytesIO()
    name = {5: "tiff_lzw", 8: "tiff_adobe_deflate"}[compression]
    Image.fromarray(wide).save(buffer, "TIFF", compression=name, tiffinfo={317: 1, 278: 12})
    data = retagged(buffer.getvalue(), {256: 9, 262: 2, 277: 3, 317: predictor})
    assert np.array_equal(samples(decoded(data)), pixels)


def retagged(data: bytes, changes: dict[int, int]) -> bytes:
    """A little endian TIFF with other values; BitsPerSample is said three times where there are three samples."""
    with Image.open(io.BytesIO(data)) as image:
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        tags = {
            tag: image.tag_v2[tag] for tag in (256, 257, 258, 259, 262, 273, 277, 278, 279, 317) if tag in image.tag_v2
        }
        types = dict(image.tag_v2.tagtype)
    tags |= changes
    channels = tags.get(277, 1)
    tags[258] = (16,) * channels
    at = len(data) + len(data) % 2
    heap = at + 2 + 12 * len(tags) + 4
    table, blob = struct.pack("<H", len(tags)), b""
    for tag, value in sorted(tags.items()):
        values = value if isinstance(value, tuple) else (value,)
        kind = 4 if types.get(tag, 3) == 4 else 3
        raw = struct.pack(f"<{len(values)}{'I' if kind == 4 else 'H'}", *values)
        field = raw.ljust(4, b"\0")
        if len(raw) > 4:
            field = struct.pack("<I", heap + len(blob))
            blob += raw
        table += struct.pack("<HHI", tag, kind, len(values)) + field
    whole = data + bytes(len(data) % 2) + table + bytes(4) + blob
    return whole[:4] + struct.pack("<I", at) + whole[8:]


@pytest.mark.parametrize("bits", [1, 4, 8])
def test_palettes(decoded: Decode, described: Describe, bits: int) -> None:
    indices = noise(5, 11, 1, bits)
    colors = noise(1, 1 << bits, 3)[0].astype(np.uint16)
    colors[0] = (3, 200, 7)
    data = tiff(indices, bits, 3, t320=(colors.T.reshape(-1) * 257).tolist())
    assert np.array_equal(samples(decoded(data)), colors[indices[..., 0]])
    facts = described(data)
    assert (facts.color, facts.palette, facts.notes) == (ColorModel.RGB, 1 << bits, ())
    deep = tiff(indices, bits, 3, t320=(colors.T.reshape(-1) * 257 + 1).clip(0, 65535).tolist())
    assert "16 bits a colour" in described(deep).notes[0]


@pytest.mark.parametrize("bits", [8, 16])
def test_alpha(decoded: Decode, described: Describe, bits: int) -> None:
    pixels = noise(6, 6, 4, bits)
    straight = tiff(pixels, bits, 2, t338=(2,))
    assert np.array_equal(samples(decoded(straight)), pixels)
    assert described(straight).alpha is Alpha.TRANSPARENT
    pixels[..., 3] = (1 << bits) - 1
    multiplied = tiff(pixels, bits, 2, t338=(1,))
    assert np.array_equal(samples(decoded(multiplied)), pixels)
    assert described(multiplied).alpha is Alpha.OPAQUE
    nameless = tiff(pixels, bits, 2, t338=(0,))
    assert np.array_equal(samples(decoded(nameless)), pixels[..., :3])
    assert "says nothing of its meaning" in described(nameless).notes[0]


def test_separate_planes(decoded: Decode) -> None:
    pixels = noise(3, 8, 3)  # one strip a plane
    planes = np.concatenate([pixels[..., n] for n in range(3)])[..., None]
    data = tiff(planes, 8, 2, t257=(3,), t258=(8, 8, 8), t277=(3,), t284=(2,))
    assert np.array_equal(samples(decoded(data)), pixels)


def test_jpeg_inside_is_lossy(decoded: Decode, described: Describe) -> None:
    picture = Image.radial_gradient("L").resize((64, 48)).convert("RGB")
    data = saved(picture, compression="jpeg", tiffinfo={278: 16})
    facts = described(data)
    assert facts.lossy is not None
    assert facts.lossy.method == "ISO_10918_1"
    with Image.open(io.BytesIO(data)) as image:
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        assert facts.lossy.length == sum(image.tag_v2[279])
        assert np.array_equal(samples(decoded(data)), np.asarray(image.convert("RGB")))


def test_facts(described: Describe) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x013B], exif[0x010E] = 8, "Acme", "Jane", "a portrait"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    facts = described(saved(Image.new("RGB", (5, 3)), exif=exif, icc_profile=profile))
    assert (facts.Columns, facts.Rows, facts.exif.Orientation, facts.exif.Make) == (5, 3, 8, "Acme")
    assert "sRGB" in facts.icc
    assert {r.name for r in facts.residue} == {"Make", "Artist", "ImageDescription", "ICC profile"}
    assert {"artist", "image description"} <= set(facts.exif.private)


def test_pages_are_counted(described: Describe) -> None:
    pages = [Image.new("L", (4, 4), n) for n in range(3)]
    assert described(saved(pages[0], save_all=True, append_images=pages[1:])).frames == 3
    assert described(saved(pages[0], big_tiff=True)).frames == 1


def test_a_ring_of_directories_ends(described: Describe) -> None:
    data = tiff(noise(3, 3, 1), 8, 1)
    at = 8 + 2 + 12 * int.from_bytes(data[8:10], "little")
    assert described(data[:at] + b"\x08\0\0\0" + data[at + 4 :]).frames == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (tiff(noise(3, 3, 1, 16), 16, 1, t339=(3,)), "floating-point"),
        (tiff(noise(3, 3, 1, 16), 16, 1, t339=(2,)), "signed"),
        (tiff(noise(3, 3, 3), 8, 8), r"L\*a\*b"),
        (tiff(noise(3, 3, 1), 8, 32803), "sensor mosaic"),
        (tiff(noise(3, 3, 3), 8, 6), "YCbCr outside JPEG"),
        (tiff(noise(3, 3, 4, 16), 16, 5), "16 bits a sample"),
        (tiff(noise(3, 3, 5), 8, 5), "inks other than CMYK"),
        (tiff(noise(3, 3, 6), 8, 2), "6 samples a pixel"),
        (tiff(noise(3, 3, 1), 8, 1, t259=(34712,)), "TIFF compression 34712"),
    ],
)
def test_what_dicom_has_not(described: Describe, data: bytes, says: str) -> None:
    with pytest.raises(SourceUnsupported, match=says):
        described(data)


def test_a_transparent_picture_multiplied_by_16_bits(described: Describe) -> None:
    with pytest.raises(SourceUnsupported, match="multiplied"):
        described(tiff(noise(3, 3, 4, 16), 16, 2, t338=(1,)))


def test_truncation_at_every_byte(opened: Decode) -> None:
    data = tiff(noise(6, 6, 3), 8, 2)
    for length in range(4, len(data)):
        with pytest.raises(SourceDamaged):
            opened(data[:length])


def test_strips_of_no_length(described: Describe) -> None:
    data = saved(Image.fromarray(noise(16, 16, 1)[..., 0]), compression="tiff_lzw")
    with pytest.raises(SourceDamaged, match="a part of no length"):
        described(retagged(data, {279: 0}))


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_compressed_data_that_end_early(decoded: Decode, compression: str) -> None:
    short = saved(Image.fromarray(noise(16, 16, 1)[..., 0]), compression=compression)
    with Image.open(io.BytesIO(short)) as image:
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        entry = struct.pack("<HHII", 279, 4, 1, image.tag_v2[279][0])
        alternative = struct.pack("<HHIHH", 279, 3, 1, image.tag_v2[279][0], 0)
    at = max(short.find(entry), short.find(alternative))
    assert at > 0
    cut = short[: at + 8] + (40).to_bytes(2, "little") + short[at + 10 :]
    with pytest.raises(SourceDamaged, match="cannot be decoded"):
        decoded(cut)


def test_damaged_fax_data_are_found_and_nothing_is_said_to_the_terminal(
    decoded: Decode, capfd: pytest.CaptureFixture[str]
) -> None:
    """libtiff goes on with white, and tells stderr only."""
    picture = Image.fromarray(noise(40, 64, 1)[..., 0]).convert("1")
    data = saved(picture, compression="group4")
    assert np.array_equal(samples(decoded(data)).squeeze(), np.asarray(picture.convert("L")))
    with Image.open(io.BytesIO(data)) as image:
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        (at,), (length,) = image.tag_v2[273], image.tag_v2[279]
    spoken_of = 0
    for place in range(at, at + length - 8, 5):
        spoilt = data[:place] + b"\0\0\0\0" + data[place + 4 :]
        with Image.open(io.BytesIO(spoilt)) as image, suppress(OSError):
            image.load()
        if "Decode" not in capfd.readouterr().err:
            continue  # some damage leaves valid codes, and of some nobody speaks
        spoken_of += 1
        with pytest.raises(SourceDamaged, match=r"is damaged: |cannot be decoded"):
            decoded(spoilt)
        assert capfd.readouterr().err == ""
    assert spoken_of > 5


def test_what_others_say_meanwhile_is_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    with overheard():
        os.write(2, b"TIFFReadDirectory: Warning, unknown field.\nsomebody else\n")
    assert capfd.readouterr().err == "somebody else\n"


def test_the_corpus_as_pillow_sees_it(corpus: Path, decoded: Decode) -> None:
    seen, refused = 0, []
    for path in sorted([*corpus.rglob("*.tif"), *corpus.rglob("*.tiff")]):
        try:
            with Image.open(path) as image:
                if image.mode == "YCbCr":
                    continue
                raster = decoded(path.read_bytes())
                if raster.SamplesPerPixel == 4:
                    expected = np.asarray(image)
                elif raster.bits == 16:
                    continue
                else:
                    mode = ("L" if raster.SamplesPerPixel == 1 else "RGB") + ("A" if raster.alpha else "")
                    expected = np.asarray(image.convert(mode))
        except OSError:
            continue  # floating point, which Pillow does not open, either
        except SourceDamaged:
            refused.append(path.name)
            continue
        assert np.array_equal(samples(raster).squeeze(), expected.squeeze()), path
        seen += 1
    assert seen > 15
    # made by a fuzzer: one strip ends early, which libtiff fills with grey
    assert [name[-20:] for name in refused] == ["5026894169374720.tif"]
    reference = decoded((corpus / "formats" / "tests_reference_tiff_testsuite_rgb-3c-16b.tiff.png").read_bytes())
    deep = decoded((corpus / "formats" / "tests_images_tiff_testsuite_rgb-3c-16b.tiff").read_bytes())
    assert np.array_equal(samples(deep), samples(reference))


# ---------------------------------------------------------------- a JPEG inside


@pytest.mark.parametrize(("mode", "photometric"), [("RGB", 6), ("RGB", 2), ("L", 1)])
def test_a_jpeg_that_is_the_whole_page_is_taken_as_it_is(mode: str, photometric: int, tmp_path: Path) -> None:
    """What libtiff decodes by the TIFF's word on colours is what libjpeg decodes of the cleaned stream."""
    image = Image.fromarray(noise(40, 24, 3)).convert(mode)
    path = tmp_path / "x.tif"
    if mode == "RGB":
        image = image.convert("YCbCr") if photometric == 6 else image
    image.save(path, compression="jpeg", quality=90, tiffinfo={278: 40})
    opened = open_source(path)
    assert opened.jpeg is not None
    assert opened.image.format == "TIFF"
    assert opened.image.color == {6: "YCbCr", 2: "RGB", 1: "monochrome"}[photometric]
    result = dicomize.convert(path, tmp_path / "x.dcm", {"PatientID": "1", "StudyDate": "20240102", "StudyTime": "12"})
    assert result.plan.TransferSyntaxUID == "1.2.840.10008.1.2.4.50"
    assert result.report.findings == ()
    dataset = pydicom.dcmread(tmp_path / "x.dcm")
    stream = next(iter(generate_frames(dataset.PixelData, number_of_frames=1)))
    with Image.open(path) as wanted, Image.open(io.BytesIO(stream)) as found:
        expected = np.asarray(wanted.convert("RGB" if mode == "RGB" else "L"))
        assert np.array_equal(np.asarray(found.convert("RGB" if mode == "RGB" else "L")), expected)
    assert dataset.LossyImageCompression == "01"


def test_a_jpeg_in_strips_is_decoded(tmp_path: Path) -> None:
    image = Image.fromarray(noise(40, 24, 3))
    image.save(tmp_path / "x.tif", compression="jpeg", tiffinfo={278: 16})
    opened = open_source(tmp_path / "x.tif")
    assert opened.jpeg is None
    assert opened.image.lossy is not None


def jpeg_in_strips(path: Path) -> bytes:
    Image.fromarray(noise(40, 24, 3)).save(path, compression="jpeg", tiffinfo={278: 16})
    return path.read_bytes()


def test_a_jpeg_that_is_not_whole_is_not_filled_up(tmp_path: Path, opened: Decode) -> None:
    data = jpeg_in_strips(tmp_path / "x.tif")
    page = directories(data)[0]
    start, length = page.offsets[1], page.counts[1]
    half = start + length // 2
    with pytest.raises(SourceDamaged, match="holds a JPEG that is damaged"):
        opened(data[:half] + bytes(start + length - half) + data[start + length :])


def test_a_jpeg_of_another_size_is_not_filled_up(tmp_path: Path, opened: Decode) -> None:
    data = bytearray(jpeg_in_strips(tmp_path / "x.tif"))
    page = directories(bytes(data))[0]
    frame = bytes(data).index(b"\xff\xc0", page.offsets[0])
    assert data[frame + 5 : frame + 7] == b"\0\x10"
    data[frame + 6] = 8
    with pytest.raises(SourceDamaged, match=r"damaged|states another picture than its JPEG holds"):
        opened(bytes(data))


def test_a_smaller_picture_that_comes_first_is_not_the_picture(tmp_path: Path, decoded: Decode) -> None:
    large, small = noise(40, 24, 3), noise(10, 6, 3)
    first, second = tmp_path / "first.tif", tmp_path / "x.tif"
    Image.fromarray(small).save(first, tiffinfo={254: 1})
    with Image.open(first) as image:
        image.save(second, save_all=True, append_images=[Image.fromarray(large)], tiffinfo={254: 1})
    data = second.read_bytes()
    pages = directories(data)
    subfile = pages[1].entries[254]
    assert pages[0].value(254) == 1
    data = data[: subfile.start] + bytes(subfile.length) + data[subfile.start + subfile.length :]
    assert np.array_equal(samples(decoded(data)), large)
    assert open_source(written(tmp_path, data)).image.Columns == 24


def written(folder: Path, data: bytes) -> Path:
    (folder / "written.tif").write_bytes(data)
    return folder / "written.tif"


def test_a_bigtiff_says_how_it_lies_and_what_made_it(tmp_path: Path) -> None:
    info = {271: "Maker", 272: "Scope 7", 274: 6, 305: "1.2", 306: "2024:01:02 03:04:05"}
    Image.fromarray(noise(40, 24, 3)).save(tmp_path / "x.tif", big_tiff=True, tiffinfo=info)
    exif = open_source(tmp_path / "x.tif").image.exif
    assert (exif.Orientation, exif.Make, exif.Model, exif.Software) == (6, "Maker", "Scope 7", "1.2")


def test_strips_with_padding_are_cut_to_their_rows(tmp_path: Path) -> None:
    """Two strips of 8 rows, each with 100 bytes behind its rows that its count has in it."""
    pixels = noise(16, 24, 3)
    Image.fromarray(pixels).save(tmp_path / "x.tif", tiffinfo={278: 8})
    data = (tmp_path / "x.tif").read_bytes()
    page = directories(data)[0]
    rows, pad = 8 * 24 * 3, bytes(range(100))
    starts = [len(data), len(data) + rows + len(pad)]
    strips = b"".join(pixels[at : at + 8].tobytes() + pad for at in (0, 8))
    made = bytearray(data)
    for tag, values in ((273, starts), (279, [rows + len(pad)] * 2)):
        entry = page.entries[tag]
        size = entry.length // 2
        made[entry.start : entry.start + entry.length] = b"".join(v.to_bytes(size, page.order) for v in values)
    (tmp_path / "y.tif").write_bytes(bytes(made) + strips)
    whole = tiff_parts.whole(directories((tmp_path / "y.tif").read_bytes())[0])
    with Image.open(io.BytesIO(whole)) as image:
        assert np.array_equal(np.asarray(image), pixels)
    short = bytearray(bytes(made) + strips)
    counts = page.entries[279]
    short[counts.start : counts.start + counts.length // 2] = (rows - 1).to_bytes(counts.length // 2, page.order)
    with pytest.raises(SourceDamaged, match="strip 1 has 575 of 576 bytes"):
        tiff_parts.whole(directories(bytes(short))[0])


def test_a_palette_whose_white_is_65280_is_white(decoded: Decode) -> None:
    """As Pillow writes palettes: values of 8 bits, shifted."""
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 255, 200, 255])
    file = io.BytesIO()
    image.save(file, "TIFF")
    assert samples(decoded(file.getvalue()))[0, 0].tolist() == [255, 200, 255]
