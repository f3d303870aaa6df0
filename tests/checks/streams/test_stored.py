"""Every finding on the stored stream, provoked on a file that is sound otherwise; and silence on sound files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from dicomize.checks.streams import check_stream
from dicomize.model import Finding, Severity
from dicomize.pixeldata import read_instance
from dicomize.wrappers import gdcmimg, img2dcm
from dicomize.wrappers.process import Command, run

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
EXTENDED = "1.2.840.10008.1.2.4.51"
LOSSLESS = "1.2.840.10008.1.2.4.57"
JPIP = "1.2.840.10008.1.2.4.94"


def findings(path: Path) -> list[Finding]:
    return list(check_stream(read_instance(path)))


def only(path: Path) -> Finding:
    (finding,) = findings(path)
    return finding


def with_segment(stream: bytes, marker: int, payload: bytes) -> bytes:
    return stream[:2] + bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload + stream[2:]


def test_a_sound_file(lossy: Callable[..., Path]) -> None:
    assert findings(lossy()) == []


def test_ybr_full_is_the_same_colour_model_but_not_allowed(lossy: Callable[..., Path]) -> None:
    # PS3.5 table 8.2.1-1
    finding = only(lossy(PhotometricInterpretation="YBR_FULL"))
    assert (finding.severity, finding.kind) == (Severity.ERROR, "enum")
    assert finding.path == "/PhotometricInterpretation(0028,0004)[1]"


@pytest.mark.parametrize(
    ("keyword", "value", "truth"),
    [
        ("Rows", 17, 16),
        ("Columns", 16, 24),
        ("SamplesPerPixel", 1, 3),
        ("BitsAllocated", 16, 8),
        ("BitsStored", 7, 8),
        ("HighBit", 6, 7),
    ],
)
def test_the_header_against_the_stream(keyword: str, value: int, truth: int, lossy: Callable[..., Path]) -> None:
    finding = only(lossy(**{keyword: value}))
    assert (finding.severity, finding.kind) == (Severity.ERROR, "stream")
    assert finding.message == f"{keyword} is {value}, the JPEG stream says {truth}"
    assert finding.path.startswith(f"/{keyword}(0028,")
    assert finding.source == "dicomize"
    assert finding.reference == "PS3.5 8.2.1"


@pytest.mark.parametrize("label", ["RGB", "MONOCHROME2", "YBR_RCT", "CMYK"])
def test_a_wrong_colour_label(label: str, lossy: Callable[..., Path]) -> None:
    finding = only(lossy(PhotometricInterpretation=label))
    assert (finding.kind, finding.tag) == ("color", 0x00280004)
    assert finding.message == f"PhotometricInterpretation is {label}, the JPEG stream holds YCbCr"


def test_an_rgb_stream_that_is_called_ycbcr(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    stream = jpeg(keep_rgb=True, subsampling=0)
    assert findings(lossy(stream, PhotometricInterpretation="RGB")) == []
    assert only(lossy(stream)).message == "PhotometricInterpretation is YBR_FULL_422, the JPEG stream holds RGB"


def test_jfif_under_rgb(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    stream = with_segment(jpeg(keep_rgb=True, subsampling=0), 0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    found = findings(lossy(stream, PhotometricInterpretation="RGB"))
    assert [f.kind for f in found] == ["color", "color"]
    assert "JFIF, which is always YCbCr" in found[1].message


def test_four_components_have_no_label(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    stream = jpeg("CMYK", keep_rgb=True)
    found = findings(lossy(stream, SamplesPerPixel=4, PhotometricInterpretation="CMYK"))
    assert [f.kind for f in found] == ["color"]


@pytest.mark.parametrize(
    ("marker", "payload", "name"),
    [
        (0xE1, b"Exif\0\0II*\0", "APP1"),
        (0xE2, b"ICC_PROFILE\0\1\1", "APP2"),
        (0xFE, b"Jane Doe", "COM"),
        (0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1RGB", "APP0"),
        (0xEE, b"something else", "APP14"),
    ],
)
def test_residue(
    marker: int, payload: bytes, name: str, lossy: Callable[..., Path], jpeg: Callable[..., bytes]
) -> None:
    finding = only(lossy(with_segment(jpeg(), marker, payload)))
    assert (finding.severity, finding.kind) == (Severity.WARNING, "residue")
    assert f"carries {name} of {len(payload) + 4} bytes" in finding.message


def test_what_is_about_nobody_is_no_residue(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    jfif = with_segment(jpeg(), 0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    assert findings(lossy(jfif)) == []
    assert findings(lossy(with_segment(jfif, 0xEE, b"Adobe\0\x64\0\0\0\0\1"))) == []


def test_bytes_behind_the_picture(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    stream = jpeg() + b"more to come"
    finding = only(lossy(stream))
    assert (finding.severity, finding.kind) == (Severity.ERROR, "residue")
    assert finding.message.endswith("bytes follow the end of the picture")


def test_padding_is_no_residue(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    streams = [jpeg(quality=q) for q in range(70, 96)]
    assert {len(s) % 2 for s in streams} == {0, 1}
    assert [findings(lossy(s)) for s in streams] == [[]] * len(streams)


def test_a_damaged_stream(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    finding = only(lossy(jpeg()[:-2]))
    assert finding.kind == "stream"
    assert finding.message.startswith("the JPEG stream is damaged: ")


def test_an_odd_fragment(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    stream = next(s for s in (jpeg(quality=q) for q in range(70, 96)) if len(s) % 2)
    path = lossy(stream)
    data = bytearray(path.read_bytes())
    at = data.index(stream)
    data[at - 4 : at] = len(stream).to_bytes(4, "little")
    del data[at + len(stream)]
    path.write_bytes(data)
    finding = only(path)
    assert (finding.kind, finding.message) == ("encapsulation", f"fragment 1 has the odd length {len(stream)}")


def test_an_offset_that_leads_nowhere(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    path = lossy()
    data = path.read_bytes()
    at = data.index(jpeg()[:64]) - 12
    path.write_bytes(data[:at] + (8).to_bytes(4, "little") + data[at + 4 :])
    assert only(path).message == "the offset of frame 1, 8, leads to no fragment"


@pytest.mark.parametrize("length", [2, 8, 400])
def test_an_offset_table_of_a_wrong_length(
    length: int, write: Callable[..., Path], lossy: Callable[..., Path], jpeg: Callable[..., bytes]
) -> None:
    stream = jpeg()
    stream += bytes(len(stream) % 2)
    item = b"\xfe\xff\x00\xe0"
    path = lossy()
    dataset = read_instance(path).dataset
    pixels = item + length.to_bytes(4, "little") + bytes(length) + item + len(stream).to_bytes(4, "little") + stream
    assert only(write(dataset, pixels)).message == f"the offset table has {length} bytes for 1 frames"


def test_no_fragment(write: Callable[..., Path], lossy: Callable[..., Path]) -> None:
    dataset = read_instance(lossy()).dataset
    found = findings(write(dataset, b"\xfe\xff\x00\xe0" + bytes(4)))
    assert [f.message for f in found] == ["PixelData holds no fragment"]


@pytest.mark.parametrize("value", [None, "00", ""])
def test_lossy_without_saying_so(value: str | None, lossy: Callable[..., Path]) -> None:
    finding = only(lossy(LossyImageCompression=value))
    assert (finding.kind, finding.tag) == ("lossy", 0x00282110)


def test_the_method_of_another_codec(lossy: Callable[..., Path]) -> None:
    assert only(lossy(LossyImageCompressionMethod="ISO_15444_1")).kind == "lossy"


def test_a_ratio_for_each_method(lossy: Callable[..., Path]) -> None:
    for keyword in ("LossyImageCompressionRatio", "LossyImageCompressionMethod"):  # Type 3 (PS3.3 C.7.6.1)
        finding = only(lossy(**{keyword: None}))
        assert (finding.severity, finding.kind) == (Severity.WARNING, "lossy")
    assert only(lossy(LossyImageCompressionRatio=["3", "4"])).message == "2 ratios for 1 methods"
    two = {"LossyImageCompressionRatio": ["3", "4"], "LossyImageCompressionMethod": ["ISO_15444_1", "ISO_10918_1"]}
    assert findings(lossy(**two)) == []


def test_the_process_against_the_transfer_syntax(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    extended = jpeg().replace(b"\xff\xc0\x00\x11", b"\xff\xc1\x00\x11")
    finding = only(lossy(extended))
    assert (finding.kind, finding.tag) == ("transfer-syntax", 0x00020010)
    assert finding.message == "the stream is SOF1, the transfer syntax is JPEG Baseline (Process 1)"
    assert findings(lossy(extended, syntax=EXTENDED)) == []
    # PS3.5 A.4.1: an extended decoder reads baseline as well
    assert findings(lossy(syntax=EXTENDED)) == []
    progressive = jpeg(progressive=True)
    assert {f.kind for f in findings(lossy(progressive))} == {"transfer-syntax"}
    assert only(lossy(syntax=LOSSLESS)).kind == "transfer-syntax"


def test_native_pixels_of_a_wrong_length(write: Callable[..., Path], described: Callable[..., Dataset]) -> None:
    assert findings(write(described("RGB"), bytes(24 * 16 * 3), EXPLICIT)) == []
    finding = only(write(described("RGB"), bytes(24 * 16 * 3 - 2), EXPLICIT))
    assert (finding.kind, finding.message) == (
        "pixeldata-length",
        "PixelData has 1150 bytes, the header describes 1152",
    )


@pytest.mark.parametrize(("label", "bytes_a_pixel"), [("L", 1), ("RGB", 3), ("YBR_FULL", 3), ("YBR_FULL_422", 2)])
def test_native_pixels_of_every_kind(
    label: str, bytes_a_pixel: int, write: Callable[..., Path], described: Callable[..., Dataset]
) -> None:
    assert findings(write(described(label), bytes(24 * 16 * bytes_a_pixel), EXPLICIT)) == []


def test_native_pixels_of_several_frames_and_single_bits(
    write: Callable[..., Path], described: Callable[..., Dataset]
) -> None:
    several = described("L", (3, 3))
    several.NumberOfFrames = 3
    assert findings(write(several, bytes(28), EXPLICIT)) == []
    bits = described("L", (5, 3))
    bits.BitsAllocated = bits.BitsStored = 1
    bits.HighBit = 0
    assert findings(write(bits, bytes(2), EXPLICIT)) == []


def test_a_header_that_describes_nothing(write: Callable[..., Path], described: Callable[..., Dataset]) -> None:
    dataset = described("L")
    del dataset.Rows
    assert findings(write(dataset, bytes(6), EXPLICIT)) == []


def test_native_pixels_under_an_encapsulated_syntax(lossy: Callable[..., Path]) -> None:
    path = lossy()
    data = path.read_bytes()
    native = b"\xe0\x7f\x10\x00OB\0\0" + (768).to_bytes(4, "little") + bytes(768)
    path.write_bytes(data[: data.index(native[:8])] + native)
    finding = only(path)
    assert (finding.kind, finding.message) == (
        "transfer-syntax",
        "PixelData is native, the transfer syntax says otherwise",
    )


def test_fragments_under_a_native_syntax(lossy: Callable[..., Path]) -> None:
    path = lossy()
    data = path.read_bytes()
    path.write_bytes(data.replace(b"1.2.840.10008.1.2.4.50", b"1.2.840.10008.1.2.1\0\0\0"))
    assert only(path).message == "PixelData is encapsulated, the transfer syntax says otherwise"


def test_of_a_private_syntax_nothing_is_known(lossy: Callable[..., Path]) -> None:
    assert findings(lossy(syntax="1.2.826.0.1.3680043.2.1143.99")) == []


@pytest.mark.parametrize("cut", [1, 8, 9, 100])
def test_a_truncated_file(cut: int, lossy: Callable[..., Path]) -> None:
    path = lossy()
    path.write_bytes(path.read_bytes()[:-cut])
    assert findings(path)[0].message.startswith("PixelData is damaged: ")


def test_truncated_native_pixels(write: Callable[..., Path], described: Callable[..., Dataset]) -> None:
    path = write(described("L"), bytes(24 * 16), EXPLICIT)
    path.write_bytes(path.read_bytes()[:-10])
    assert only(path).message == "PixelData is damaged: its value runs past the end of the file"


def test_a_file_without_pixels(write: Callable[..., Path], described: Callable[..., Dataset]) -> None:
    path = write(described("L"), b"", EXPLICIT)
    stored = read_instance(path)
    del stored.dataset.file_meta.TransferSyntaxUID
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"\xe0\x7f\x10\x00")])
    assert findings(path) == []


def test_frames_in_several_fragments(
    write: Callable[..., Path], lossy: Callable[..., Path], jpeg: Callable[..., bytes]
) -> None:
    dataset = read_instance(lossy()).dataset
    assert findings(write(dataset, encapsulate([jpeg()], fragments_per_frame=3))) == []


def test_several_frames(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    frames = [jpeg(), jpeg(quality=50), jpeg(quality=30)]
    assert findings(lossy(frames, NumberOfFrames=3)) == []
    frames[1] = jpeg(progressive=True)
    finding = only(lossy(frames, NumberOfFrames=3))
    assert finding.message.startswith("frame 2: the stream is SOF2")
    assert findings(lossy(frames[:2], NumberOfFrames=3))[0].message == "the offset table has 8 bytes for 3 frames"


def test_lossless_streams_may_code_more_bits_than_are_stored(corpus: Path, lossy: Callable[..., Path]) -> None:
    stream = (corpus / "synthetic" / "lossless16gray.jpg").read_bytes()
    size = read_size(stream)
    path = lossy(
        stream, syntax=LOSSLESS, Rows=size[0], Columns=size[1], SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=16, BitsStored=12, HighBit=11,
    )  # fmt: skip
    assert findings(path) == []


def read_size(stream: bytes) -> tuple[int, int]:
    at = stream.index(b"\xff\xc3")
    return int.from_bytes(stream[at + 5 : at + 7], "big"), int.from_bytes(stream[at + 7 : at + 9], "big")


def test_codecs_that_are_not_known_are_left_alone(
    write: Callable[..., Path], described: Callable[..., Dataset]
) -> None:
    assert findings(write(described("L"), encapsulate([b"\xff\x0aJPEG XL\0"]), JPIP)) == []


def test_big_endian_and_deflated_files_are_left_alone(tmp_path: Path, described: Callable[..., Dataset]) -> None:
    for syntax in (DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian):
        dataset = described("L")
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.add_new("PixelData", "OB", bytes(24 * 16))
        path = tmp_path / "other.dcm"
        dataset.save_as(path, enforce_file_format=True)
        assert findings(path) == []


def test_implicit_little_endian(tmp_path: Path, described: Callable[..., Dataset]) -> None:
    dataset = described("L")
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset.add_new("PixelData", "OW", bytes(24 * 16 + 2))
    path = tmp_path / "implicit.dcm"
    dataset.save_as(path, enforce_file_format=True)
    assert only(path).kind == "pixeldata-length"


# ---------------------------------------------------------------- what toolkits write when left to themselves


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    """A JPEG with a position and a comment in it."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    path = tmp_path / "leaky.jpg"
    Image.linear_gradient("L").convert("RGB").save(path, exif=exif, comment=b"Jane Doe")
    return path


def test_img2dcm_keeps_comments(leaky: Path, require_tool: Callable[[str], Path], tmp_path: Path) -> None:
    result = tmp_path / "raw.dcm"
    run(Command((str(require_tool("img2dcm")), str(leaky), str(result)), produces=result), 30)
    assert [f.message for f in findings(result) if f.kind == "residue"] == [
        "the JPEG stream carries COM of 12 bytes, which may identify somebody"
    ]
    kept = tmp_path / "kept.dcm"
    run(img2dcm.command(require_tool("img2dcm"), leaky, kept), 30)
    assert any("APP1" in f.message for f in findings(kept))


def test_gdcmimg_keeps_the_position_and_is_silent_on_the_loss(
    leaky: Path, require_tool: Callable[[str], Path], tmp_path: Path
) -> None:
    result = tmp_path / "raw.dcm"
    run(gdcmimg.command(require_tool("gdcmimg"), leaky, result), 30)
    found = findings(result)
    assert any("APP1" in f.message for f in found if f.kind == "residue")
    assert [f.tag for f in found if f.kind == "lossy"] == [0x00282110]
