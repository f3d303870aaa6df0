"""Every renderer against what the standard says must be seen, and against the others on real files."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import UID, JPEG2000Lossless, JPEGBaseline8Bit

from dicomize.errors import SourceDamaged, SourceUnreadable, SourceUnsupported, ToolFailed, ToolMissing, UsageError
from dicomize.rendering.base import Rendering
from dicomize.rendering.choosing import ORDER, agree, choose, opinions, renderers
from dicomize.rendering.display import display_of
from dicomize.rendering.picture import Distance, Picture, distance
from dicomize.rendering.windowing import Span, Window
from dicomize.wrappers.tool import Tools

from .conftest import Make, lut, palette, words

Require = Callable[[str], Path]

pytestmark = pytest.mark.usefixtures("programs")

GREYS = list(range(0, 4096, 16))
EACH = pytest.mark.parametrize("name", ORDER)


@pytest.fixture
def programs(require_tool: Require) -> None:
    for program in ("dcm2pnm", "dcmj2pnm", "dcml2pnm", "gdcmconv"):
        require_tool(program)


@pytest.fixture
def rendered(tmp_path: Path) -> Callable[..., Picture]:
    """A function that renders by name."""

    def render(path: Path, name: str, frame: int = 1, wish: Window | Span | None = None) -> Picture:
        return rendering(path, name, tmp_path, frame, wish).picture

    return render


def rendering(path: Path, name: str, scratch: Path, frame: int = 1, wish: Window | Span | None = None) -> Rendering:
    display = display_of(path, frame, wish)
    before = sorted(scratch.iterdir())
    done = choose(display, name, Tools()).renderer.render(display, scratch)
    assert sorted(scratch.iterdir()) == before
    return done


def linear(x: float, c: float, w: float) -> float:
    """PS3.3 C.11.2.1.2.1"""
    if x <= c - 0.5 - (w - 1) / 2:
        return 0
    if x > c - 0.5 + (w - 1) / 2:
        return 255
    return ((x - (c - 0.5)) / (w - 1) + 0.5) * 255


def require_near(picture: Picture, expected: list[float]) -> None:
    """Every level is one of the two integers next to what the formula gives: rounding is left open."""
    assert picture.mode == "L"
    assert len(picture.pixels) == len(expected)
    assert [(n, e) for n, e in zip(picture.pixels, expected, strict=True) if abs(n - e) >= 1] == []


@EACH
def test_grey_of_8_bits_is_shown_as_it_is(name: str, make: Make, rendered: Callable[..., Picture]) -> None:
    picture = rendered(make(bytes(range(240)), 20, 12), name)
    assert (picture.columns, picture.rows, picture.mode, picture.pixels) == (20, 12, "L", bytes(range(240)))


@EACH
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("shape", ["", "IDENTITY", "INVERSE"])
def test_polarity(name: str, photometric: str, shape: str, make: Make, rendered: Callable[..., Picture]) -> None:
    """MONOCHROME1 shows the smallest value white (PS3.3 C.7.6.3.1.2); a Presentation LUT Shape decides (C.11.6)."""
    more = {"PresentationLUTShape": shape} if shape else {}
    picture = rendered(make(bytes(range(240)), 20, 12, PhotometricInterpretation=photometric, **more), name)
    inverse = shape == "INVERSE" or (not shape and photometric == "MONOCHROME1")
    require_near(picture, [255.5 - v if inverse else v for v in range(240)])
    assert picture.pixels[0] == (255 if inverse else 0)


@EACH
@pytest.mark.parametrize("window", [(1000, 800), (2048, 4096), (900, 1), (100.5, 333.3)])
def test_the_window_of_the_file(
    name: str, window: tuple[float, float], make: Make, rendered: Callable[..., Picture]
) -> None:
    path = make(words(GREYS, 16), 16, 16, 16, BitsStored=12, WindowCenter=window[0], WindowWidth=window[1])
    require_near(rendered(path, name), [linear(v, *window) for v in GREYS])


@EACH
def test_the_window_of_the_user_wins(name: str, make: Make, rendered: Callable[..., Picture]) -> None:
    path = make(words(GREYS, 16), 16, 16, 16, BitsStored=12, WindowCenter=[40, 80], WindowWidth=[400, 80])
    require_near(rendered(path, name, 1, Window(3000, 200)), [linear(v, 3000, 200) for v in GREYS])
    require_near(rendered(path, name), [linear(v, 40, 400) for v in GREYS])


@EACH
def test_signed_and_rescaled(name: str, make: Make, rendered: Callable[..., Picture]) -> None:
    """Windows are in modality units (PS3.3 C.11.2.1.2)."""
    values = [v - 1000 for v in GREYS]
    path = make(
        words(values, 16, signed=True), 16, 16, 16,
        PixelRepresentation=1, RescaleSlope=2, RescaleIntercept=-24, WindowCenter=40, WindowWidth=400,
    )  # fmt: skip
    require_near(rendered(path, name), [linear(2 * v - 24, 40, 400) for v in values])


@EACH
def test_the_modality_table(name: str, make: Make, rendered: Callable[..., Picture]) -> None:
    table = [v * v for v in range(256)]
    item = lut(1000, 16, table)
    item.ModalityLUTType = "US"
    path = make(
        words(GREYS, 16), 16, 16, 16, BitsStored=12, ModalityLUTSequence=[item], WindowCenter=30000, WindowWidth=20000
    )
    shown = [linear(table[min(max(v - 1000, 0), 255)], 30000, 20000) for v in GREYS]
    require_near(rendered(path, name), shown)


@EACH
def test_the_voi_table(name: str, make: Make, rendered: Callable[..., Picture]) -> None:
    table = [65535 - v * 257 for v in range(256)]
    path = make(
        words(GREYS, 16),
        16,
        16,
        16,
        BitsStored=12,
        VOILUTSequence=[lut(1000, 16, table)],
        WindowCenter=1,
        WindowWidth=1,
    )
    require_near(rendered(path, name), [table[min(max(v - 1000, 0), 255)] / 257 for v in GREYS])


@EACH
def test_no_window(name: str, make: Make, rendered: Callable[..., Picture]) -> None:
    values = [v // 2 + 500 for v in GREYS]
    path = make(words(values, 16), 16, 16, 16, BitsStored=12)
    low, high = min(values), max(values)
    for wish in (None, Span.FRAME):
        require_near(rendered(path, name, 1, wish), [(v - low) / (high - low) * 255 for v in values])
    require_near(rendered(path, name, 1, Span.STORED), [v / 4095 * 255 for v in values])


@pytest.mark.parametrize("name", ["gdcm", "pydicom"])
def test_linear_exact_is_not_for_dcmtk(name: str, make: Make, rendered: Callable[..., Picture]) -> None:
    path = make(
        words(GREYS, 16), 16, 16, 16, BitsStored=12, WindowCenter=1000, WindowWidth=800, VOILUTFunction="LINEAR_EXACT"
    )
    shown = [min(max((v - 1000) / 800 + 0.5, 0), 1) * 255 for v in GREYS]
    require_near(rendered(path, name), shown)
    chosen = choose(display_of(path, 1, None), "", Tools())
    assert (chosen.renderer.name, chosen.because) == ("gdcm", "default order")
    assert chosen.passed_over == (("dcmtk", "dcm2pnm does not know the VOI LUT function LINEAR_EXACT"),)


@EACH
@pytest.mark.parametrize("bits", [8, 16])
def test_palette(name: str, bits: int, make: Make, rendered: Callable[..., Picture]) -> None:
    """PS3.3 C.7.6.3.1.5"""
    scale = 1 if bits == 8 else 256
    colors = (
        [v * scale for v in range(256)],
        [(255 - v) * scale for v in range(256)],
        [v // 2 * scale for v in range(256)],
    )
    picture = rendered(make(bytes(range(240)), 20, 12, **palette(0, bits, *colors)), name)
    assert picture.mode == "RGB"
    assert picture.pixels == b"".join(bytes((v, 255 - v, v // 2)) for v in range(240))


@pytest.mark.parametrize("name", ["dcmtk", "pydicom"])
def test_a_palette_that_begins_later(name: str, make: Make, rendered: Callable[..., Picture]) -> None:
    """Values below its first get the first entry, above its last the last. gdcmconv 3.2.6 ends by a signal here."""
    entries = [v << 8 for v in range(100, 200)]
    picture = rendered(make(bytes(range(240)), 20, 12, **palette(50, 16, entries, entries, entries)), name)
    assert list(picture.pixels[::3]) == [min(max(v - 50, 0), 99) + 100 for v in range(240)]


@EACH
@pytest.mark.parametrize("planar", [0, 1])
def test_rgb(name: str, planar: int, make: Make, rendered: Callable[..., Picture]) -> None:
    pixels = bytes(i * 7 % 256 for i in range(20 * 12 * 3))
    stored = pixels if planar == 0 else pixels[::3] + pixels[1::3] + pixels[2::3]
    path = make(stored, 20, 12, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=planar)
    assert rendered(path, name).pixels == pixels


def to_rgb(y: int, cb: int, cr: int) -> tuple[float, ...]:
    """The inverse of the equations of PS3.3 C.7.6.3.1.2, YBR_FULL."""
    red, blue = y + 1.402 * (cr - 128), y + 1.772 * (cb - 128)
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return tuple(min(max(v, 0.0), 255.0) for v in (red, green, blue))


@pytest.mark.parametrize(("name", "most"), [("dcmtk", 2.01), ("gdcm", 0.51), ("pydicom", 0.51)])
@pytest.mark.parametrize("photometric", ["YBR_FULL", "YBR_FULL_422"])
def test_ybr(name: str, most: float, photometric: str, make: Make, rendered: Callable[..., Picture]) -> None:
    """dcm2pnm rounds on the way, so it may be further off."""
    triples = [(i * 5 % 256, i * 7 % 256, i * 11 % 256) for i in range(240)]
    if photometric == "YBR_FULL_422":
        triples = [(y, *triples[i - i % 2][1:]) for i, (y, _, _) in enumerate(triples)]
        pairs = zip(triples[::2], triples[1::2], strict=True)
        stored = b"".join(bytes((one[0], other[0], *one[1:])) for one, other in pairs)
    else:
        stored = b"".join(map(bytes, triples))
    path = make(stored, 20, 12, SamplesPerPixel=3, PhotometricInterpretation=photometric)
    shown = rendered(path, name).pixels
    exact = [v for triple in triples for v in to_rgb(*triple)]
    assert max(abs(a - b) for a, b in zip(shown, exact, strict=True)) <= most


@EACH
def test_a_frame_of_several(name: str, make: Make, rendered: Callable[..., Picture]) -> None:
    path = make(bytes(range(240)), 10, 8, NumberOfFrames=3)
    for frame in (1, 2, 3):
        assert rendered(path, name, frame).pixels == bytes(range(240))[(frame - 1) * 80 : frame * 80]
    with pytest.raises(UsageError, match="has 3 frames, not 4; choose --frame 1 to 3"):
        rendered(path, name, 4)


@EACH
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_an_encapsulated_jpeg(name: str, mode: str, make: Make, rendered: Callable[..., Picture]) -> None:
    """What libjpeg makes of the same stream, colour within the rounding of its conversion."""
    streams = []
    for shift in (0, 60):
        buffer = io.BytesIO()
        Image.linear_gradient("L").resize((48, 32)).rotate(shift).convert(mode).save(buffer, "JPEG", subsampling=0)
        streams.append(buffer.getvalue())
    color = {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422"} if mode == "RGB" else {}
    path = make(b"", 48, 32, NumberOfFrames=2, **color)
    dataset = dcmread(path)
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.PixelData = encapsulate(streams)
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)
    for frame, stream in enumerate(streams, 1):
        with Image.open(io.BytesIO(stream)) as image:
            reference = Picture(48, 32, mode, image.tobytes())
        apart = distance(rendered(path, name, frame), reference)
        assert apart is not None
        assert apart.largest <= 1


@pytest.mark.parametrize("name", ["gdcm", "pydicom"])
@pytest.mark.parametrize("shared", [True, False])
def test_functional_groups(name: str, shared: bool, make: Make, rendered: Callable[..., Picture]) -> None:
    """PS3.3 C.7.6.16.2.9 and C.7.6.16.2.10: each frame may have a rescale and a window of its own."""
    groups = []
    for frame in (0, 1):
        group, transformation, window = Dataset(), Dataset(), Dataset()
        transformation.RescaleIntercept, transformation.RescaleSlope = -100 * frame, 1 + frame
        window.WindowCenter, window.WindowWidth = 1000 + 500 * frame, 700
        group.PixelValueTransformationSequence, group.FrameVOILUTSequence = [transformation], [window]
        groups.append(group)
    more = {"SharedFunctionalGroupsSequence": groups[:1]} if shared else {"PerFrameFunctionalGroupsSequence": groups}
    path = make(words(GREYS, 16), 16, 8, 16, BitsStored=12, NumberOfFrames=2, **more)
    for frame in (0, 1):
        of = 0 if shared else frame
        shown = [linear(v * (1 + of) - 100 * of, 1000 + 500 * of, 700) for v in GREYS[frame * 128 : (frame + 1) * 128]]
        require_near(rendered(path, name, frame + 1), shown)
    refusal = renderers(Tools())[0].refusal(display_of(path, 1, None))
    assert refusal == "dcm2pnm does not look into functional groups for rescale and window"


# ---------------------------------------------------------------- real files, one renderer against another

AGREED = (
    "693_J2KI.dcm", "CT_small.dcm", "JPEG2000.dcm", "JPEGLSNearLossless_08.dcm", "JPEGLSNearLossless_16.dcm",
    "JPGExtended.dcm", "MR_small.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm",
    "MR_small_jp2klossless.dcm", "SC_jpeg_no_color_transform.dcm", "SC_rgb_dcmtk_+eb+cy+s4.dcm", "SC_rgb_gdcm_KY.dcm",
    "SC_rgb_jls_lossy_sample.dcm", "SC_rgb_rle_2frame.dcm", "SC_rgb_small_odd.dcm", "SC_ybr_full_422_uncompressed.dcm",
    "examples_overlay.dcm", "examples_palette.dcm", "examples_rgb_color.dcm", "examples_ybr_color.dcm",
    "image_dfl.dcm", "rtdose_1frame.dcm",
)  # fmt: skip


@pytest.mark.parametrize("file", AGREED)
def test_they_agree_on_real_files(file: str, pydicoms: Callable[[str], Path], tmp_path: Path) -> None:
    pytest.importorskip("pylibjpeg")
    made = opinions(display_of(pydicoms(file), 1, None), Tools(), tmp_path)
    assert sum(o.rendering is not None for o in made) >= 2
    assert agree(made, 2), [(o.renderer, o.because, o.distance) for o in made]
    assert all(o.distance == Distance(0, 0.0) for o in made[:1] if o.rendering is not None)


def test_a_renderer_that_is_wrong_is_seen(pydicoms: Callable[[str], Path], tmp_path: Path) -> None:
    """gdcmconv 3.2.6 mixes up the planes of RGB of 16 bits in RLE; the other two show what the file holds."""
    dcmtk, gdcm, pydicom = opinions(display_of(pydicoms("SC_rgb_rle_16bit.dcm"), 1, None), Tools(), tmp_path)
    assert gdcm.distance is not None
    assert gdcm.distance.largest == 255
    assert not agree((dcmtk, gdcm, pydicom), 254)
    assert agree((dcmtk, pydicom), 0)


# ---------------------------------------------------------------- what cannot be shown


def test_files_that_hold_no_picture(tmp_path: Path, pydicoms: Callable[[str], Path], make: Make) -> None:
    with pytest.raises(SourceUnreadable, match="does not exist"):
        display_of(tmp_path / "absent.dcm", 1, None)
    text = tmp_path / "text"
    text.write_text("no DICOM")
    with pytest.raises(SourceUnreadable, match="is no DICOM file"):
        display_of(text, 1, None)
    with pytest.raises(SourceUnsupported, match="holds no picture"):
        display_of(pydicoms("test-SR.dcm"), 1, None)
    with pytest.raises(SourceDamaged, match="has no usable Columns"):
        display_of(make(b"\0" * 16, 0, 4), 1, None)
    with pytest.raises(SourceDamaged, match="stores 12 bits up to bit 11 in 8"):
        display_of(make(b"\0" * 16, 4, 4, BitsStored=12), 1, None)
    with pytest.raises(SourceUnsupported, match="more than is shown at once"):
        display_of(make(b"\0" * 16, 65535, 65535), 1, None)


def test_palettes_that_cannot_be_shown(make: Make) -> None:
    entries = list(range(256))
    colors = palette(0, 8, entries, entries, entries)
    whole = dict(colors)
    del colors["BluePaletteColorLookupTableData"]
    with pytest.raises(SourceDamaged, match=r"the blue palette of .* is missing or damaged"):
        display_of(make(bytes(16), 4, 4, **colors), 1, None)
    whole["GreenPaletteColorLookupTableDescriptor"] = [300, 0, 8]
    with pytest.raises(SourceDamaged, match="the green palette"):
        display_of(make(bytes(16), 4, 4, **whole), 1, None)
    colors["SegmentedBluePaletteColorLookupTableData"] = bytes(8)
    with pytest.raises(SourceUnsupported, match="is segmented"):
        display_of(make(bytes(16), 4, 4, **colors), 1, None)


def test_words_that_hold_one_entry_of_8_bits(make: Make, rendered: Callable[..., Picture]) -> None:
    """Against the standard, but met with; gdcmconv 3.2.6 ends by a signal here."""
    colors = palette(0, 8, *([list(range(256))] * 3))
    for name in ("Red", "Green", "Blue"):
        colors[f"{name}PaletteColorLookupTableData"] = struct.pack("<256H", *range(256))
    path = make(bytes(range(240)), 20, 12, **colors)
    for renderer in ("dcmtk", "pydicom"):
        assert rendered(path, renderer).pixels[::3] == bytes(range(240))


def test_what_makes_no_sense_is_left_out_and_said(make: Make) -> None:
    faulty = {"RescaleSlope": 0, "WindowCenter": 5, "WindowWidth": 0.5, "VOILUTSequence": [Dataset()]}
    display = display_of(make(words(GREYS, 16), 16, 16, 16, ModalityLUTSequence=[Dataset()], **faulty), 1, None)
    assert display.voi is Span.FRAME
    assert display.notes == (
        "the Modality LUT cannot be used and is left out",
        "a RescaleSlope of 0 is left out",
        "the VOI LUT cannot be used and is left out",
        "the file's window is left out: a width of 0.5 is too small for LINEAR",
    )
    strange = make(words(GREYS, 16), 16, 16, 16, WindowCenter=5, WindowWidth=5, VOILUTFunction="CUBIC")
    assert display_of(strange, 1, None).notes == ("the file's window is left out: there is no VOI LUT function CUBIC",)


@EACH
def test_pixels_that_are_missing(name: str, make: Make, tmp_path: Path) -> None:
    path = make(bytes(240), 20, 12)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises((ToolFailed, SourceDamaged)) as caught:
        rendering(path, name, tmp_path)
    assert caught.value.remedy
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_decoder_that_never_comes_back(make: Make, tmp_path: Path) -> None:
    """pydicom 3.0 walks the boxes of a JP2 file for ever where one has no length."""
    path = make(bytes(16), 4, 4)
    dataset = dcmread(path)
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    dataset.PixelData = encapsulate([b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(64)])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)
    display = display_of(path, 1, None)
    renderer = choose(display, "pydicom", Tools(timeout=3)).renderer
    with pytest.raises((ToolFailed, SourceDamaged)):
        renderer.render(display, tmp_path)


def test_what_nobody_decodes(make: Make) -> None:
    path = make(bytes(16), 4, 4)
    dataset = dcmread(path)
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.107")
    dataset.PixelData = encapsulate([bytes(16)])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)
    display = display_of(path, 1, None)
    for name in ("dcmtk", "pydicom"):
        with pytest.raises(ToolMissing, match="does not decode transfer syntax"):
            choose(display, name, Tools())
    with pytest.raises(UsageError, match="there is no renderer 'x'; choose one of dcmtk, gdcm, pydicom"):
        choose(display, "x", Tools())


@pytest.mark.parametrize("name", ["gdcm", "pydicom"])
def test_one_bit_is_for_dcmtk(name: str, make: Make, rendered: Callable[..., Picture]) -> None:
    path = make(bytes([0b11110000, 0b10101010]), 8, 2, 1)
    assert rendered(path, "dcmtk").pixels == bytes([0, 0, 0, 0, 255, 255, 255, 255, 0, 255, 0, 255, 0, 255, 0, 255])
    with pytest.raises(ToolMissing, match="shown by DCMTK alone"):
        rendered(path, name)


def test_what_gdcm_takes_for_no_picture(make: Make, rendered: Callable[..., Picture]) -> None:
    path = make(bytes(16), 4, 4, SOPClassUID="1.2.840.10008.5.1.4.1.1.77.1.7")
    assert rendered(path, "pydicom").pixels == rendered(path, "dcmtk").pixels
    with pytest.raises(ToolMissing, match="gdcmconv does not know the SOP class"):
        rendered(path, "gdcm")


def test_pictures() -> None:
    grey, red = Picture(2, 1, "L", b"\0\xff"), Picture(2, 1, "RGB", b"\0\0\0\xff\xfd\xff")
    assert distance(grey, red) == Distance(2, 0.5)
    assert distance(grey, Picture(1, 2, "L", b"\0\xff")) is None
    with Image.open(io.BytesIO(red.png())) as image:
        assert (image.mode, image.tobytes()) == ("RGB", red.pixels)
    assert red.png() == red.png()
