"""The pictures of two instances."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
)

from dicomize.comparing import pixels
from dicomize.comparing.model import PixelDifference
from dicomize.comparing.pixels import compare_pixels
from dicomize.errors import DestinationError, ToolMissing

from .conftest import instance, jpeg, picture

np = pytest.importorskip("numpy")
Write = Callable[..., Path]


def native(data: bytes, rows: int, columns: int, **attributes: Any) -> Dataset:
    """A data set of uncompressed samples; grey of 8 bits unless said otherwise."""
    values: dict[str, Any] = {
        "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": rows, "Columns": columns,
        "BitsAllocated": 8, "BitsStored": 8, "PixelRepresentation": 0, **attributes,
    }  # fmt: skip
    values.setdefault("HighBit", values["BitsStored"] - 1)
    dataset = instance(**values)
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OB" if values["BitsAllocated"] == 8 else "OW"
    return dataset


def color(data: bytes, rows: int, columns: int, label: str = "RGB", **attributes: Any) -> Dataset:
    return native(
        data, rows, columns, **{"SamplesPerPixel": 3, "PhotometricInterpretation": label, "PlanarConfiguration": 0, **attributes}
    )  # fmt: skip


def encoded(frames: list[bytes], label: str, rows: int = 48, columns: int = 64) -> Dataset:
    dataset = color(b"", rows, columns, label)
    if label == "MONOCHROME2":
        dataset.SamplesPerPixel = 1
        del dataset.PlanarConfiguration
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    if len(frames) > 1:
        dataset.NumberOfFrames = len(frames)
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].VR = "OB"
    return dataset


def compared(left: Path, right: Path, picture: Path | None = None) -> PixelDifference:
    found = compare_pixels(left, right, picture)
    assert found is not None
    return found


GREY = bytes(range(240))


def test_the_same_bytes(write: Write) -> None:
    one, other = (write(name, native(GREY, 12, 20)) for name in ("one.dcm", "other.dcm"))
    assert compared(one, other) == PixelDifference(encoded_identical=True, decoded_identical=True)


def test_a_difference_is_measured(write: Write) -> None:
    changed = bytearray(GREY)
    changed[7] += 100
    one, other = write("one.dcm", native(GREY, 12, 20)), write("other.dcm", native(bytes(changed), 12, 20))
    found = compared(one, other)
    assert (found.encoded_identical, found.decoded_identical, found.compared_as) == (False, False, "MONOCHROME2")
    (frame,) = found.frames
    assert (frame.number, frame.max_error) == (1, 100)
    assert frame.mean_error == pytest.approx(100 / 240)
    assert found.worst == frame


def test_no_pixels_at_all(write: Write) -> None:
    one, other = write("one.dcm", instance()), write("other.dcm", instance())
    assert compare_pixels(one, other) is None
    found = compared(one, write("pixels.dcm", native(GREY, 12, 20)))
    assert (found.decoded_identical, found.problem) == (False, "only the right one has PixelData")


def test_padding_aside(write: Write) -> None:
    data = bytes(range(9))
    one, other = write("one.dcm", native(data, 3, 3)), write("other.dcm", native(data + b"\0", 3, 3))
    assert compared(one, other).encoded_identical


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (native(GREY, 12, 20), native(GREY, 20, 12), "the left one has 20 x 12 pixels, the right one 12 x 20"),
        (native(GREY, 12, 20), native(GREY * 2, 12, 20, NumberOfFrames=2), "1 frames, the right one 2"),
        (native(GREY, 4, 20), color(GREY, 4, 20), "1 samples a pixel, the right one 3"),
        (native(GREY, 12, 20), native(GREY, 12, 20, PhotometricInterpretation="PALETTE COLOR"), "not converted"),
    ],
)
def test_what_cannot_be_measured(left: Dataset, right: Dataset, words: str, write: Write) -> None:
    found = compared(write("one.dcm", left), write("other.dcm", right))
    assert words in found.problem
    assert (found.decoded_identical, found.frames) == (False, ())
    assert not found.identical


def test_a_label_alone_changes_the_picture(write: Write) -> None:
    """What img2dcm does to RGB: the bytes are the same, the colours are not."""
    data = picture().tobytes()
    one, other = write("one.dcm", color(data, 48, 64)), write("other.dcm", color(data, 48, 64, "YBR_FULL"))
    found = compared(one, other)
    assert found.encoded_identical
    assert (found.decoded_identical, found.identical) == (False, False)
    assert found.compared_as == "RGB as displayed: the left one is RGB, the right one YBR_FULL"
    assert found.worst is not None
    assert found.worst.mean_error > 50


def test_ycbcr_and_rgb_are_compared_as_displayed(write: Write) -> None:
    image = picture()
    ycbcr = image.convert("YCbCr")
    one = write("one.dcm", color(ycbcr.tobytes(), 48, 64, "YBR_FULL"))
    other = write("other.dcm", color(ycbcr.convert("RGB").tobytes(), 48, 64))
    found = compared(one, other)
    assert (found.encoded_identical, found.decoded_identical) == (False, True)


def test_a_jpeg_and_its_decoded_form(write: Write) -> None:
    stream = jpeg()
    with Image.open(io.BytesIO(stream)) as image:
        decoded = image.tobytes()
    one, other = write("one.dcm", encoded([stream], "YBR_FULL_422")), write("other.dcm", color(decoded, 48, 64))
    found = compared(one, other)
    assert (found.encoded_identical, found.decoded_identical) == (False, True)
    assert "the left one is YBR_FULL_422, the right one RGB" in found.compared_as


def test_a_jpeg_under_a_wrong_label_is_shown_as_the_label_says(write: Write) -> None:
    for stream, right, wrong in ((jpeg(), "YBR_FULL_422", "RGB"), (jpeg(keep_rgb=True), "RGB", "YBR_FULL_422")):
        one, other = write("one.dcm", encoded([stream], right)), write("other.dcm", encoded([stream], wrong))
        found = compared(one, other)
        assert (found.encoded_identical, found.decoded_identical) == (True, False)
        assert found.worst is not None
        assert found.worst.mean_error > 50
        # as it should be: what libjpeg shows
        with Image.open(io.BytesIO(stream)) as image:
            shown = write("shown.dcm", color(image.tobytes(), 48, 64))
        assert compared(one, shown).decoded_identical


def test_grey_jpeg(write: Write) -> None:
    stream = jpeg(picture(mode="L"))
    with Image.open(io.BytesIO(stream)) as image:
        decoded = image.tobytes()
    one, other = write("one.dcm", encoded([stream], "MONOCHROME2")), write("other.dcm", native(decoded, 48, 64))
    assert compared(one, other).decoded_identical


def test_frame_by_frame(write: Write) -> None:
    frames = [bytes([step] * 100) for step in (10, 20, 30, 40)]
    changed = [frames[0], bytes([21] * 100), bytes([90] * 100), frames[3]]
    one = write("one.dcm", native(b"".join(frames), 10, 10, NumberOfFrames=4))
    other = write("other.dcm", native(b"".join(changed), 10, 10, NumberOfFrames=4))
    found = compared(one, other)
    assert [(f.number, f.max_error) for f in found.frames] == [(2, 1), (3, 60)]
    assert found.worst is not None
    assert found.worst.number == 3


def test_frames_of_jpeg(write: Write) -> None:
    streams = [jpeg(picture().rotate(angle)) for angle in (0, 90, 180)]
    one = write("one.dcm", encoded(streams, "YBR_FULL_422"))
    other = write("other.dcm", encoded([streams[0], streams[0], streams[2]], "YBR_FULL_422"))
    assert [f.number for f in compared(one, other).frames] == [2]


def test_frames_in_several_fragments(write: Write) -> None:
    streams = [jpeg(picture().rotate(angle)) for angle in (0, 90)]
    dataset = encoded(streams, "YBR_FULL_422")
    dataset.PixelData = encapsulate(streams, fragments_per_frame=3)
    assert compared(write("one.dcm", dataset), write("two.dcm", encoded(streams, "YBR_FULL_422"))).decoded_identical
    dataset.PixelData = encapsulate(streams, fragments_per_frame=3, has_bot=False)
    found = compared(write("lost.dcm", dataset), write("other.dcm", encoded(streams[::-1], "YBR_FULL_422")))
    assert "no offset table" in found.problem


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, RLELossless])
def test_other_transfer_syntaxes(syntax: UID, write: Write, tmp_path: Path) -> None:
    data = picture().tobytes()
    one = write("one.dcm", color(data, 48, 64))
    other = tmp_path / "other.dcm"
    dataset = color(data, 48, 64)
    if syntax == RLELossless:
        dataset.compress(RLELossless, encoding_plugin="pydicom")
        dataset.PlanarConfiguration = 0
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(other, enforce_file_format=True, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=True)
    assert compared(one, other).decoded_identical


def test_a_thousand_frames_say_more_than_a_program_may_print(write: Write) -> None:
    data = bytes(i * 7 % 251 for i in range(16 * 1000))
    one = write("one.dcm", native(data, 4, 4, NumberOfFrames=1000))
    dataset = native(data, 4, 4, NumberOfFrames=1000)
    dataset.compress(RLELossless, encoding_plugin="pydicom")
    assert compared(one, write("other.dcm", dataset)).decoded_identical


def test_big_endian_is_said(write: Write, tmp_path: Path) -> None:
    other = tmp_path / "other.dcm"
    dataset = native(GREY, 12, 20)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    dataset.save_as(other, enforce_file_format=True, implicit_vr=False, little_endian=False)
    found = compared(write("one.dcm", native(GREY, 12, 20)), other)
    assert "Big Endian" in found.problem
    assert not found.identical


def test_by_plane_and_by_pixel(write: Write) -> None:
    image = picture()
    planes = b"".join(band.tobytes() for band in image.split())
    one = write("one.dcm", color(image.tobytes(), 48, 64))
    assert compared(one, write("other.dcm", color(planes, 48, 64, PlanarConfiguration=1))).decoded_identical


def sixteen(
    *samples: int, stored: int = 16, signed: int = 0, allocated: int = 16, label: str = "MONOCHROME2"
) -> Dataset:
    width = allocated // 8
    data = b"".join((s & (256**width - 1)).to_bytes(width, "little") for s in samples)
    form = {"BitsAllocated": allocated, "BitsStored": stored, "PixelRepresentation": signed}
    return native(data, 1, len(samples), **form, PhotometricInterpretation=label)


@pytest.mark.parametrize(
    ("left", "right", "largest"),
    [
        (sixteen(1, 1000), sixteen(1, 60000), 59000),
        (sixteen(-5, -1000, signed=1), sixteen(5, -1000, signed=1), 10),
        (sixteen(1, 2, stored=12), sixteen(0xF001, 0x1002, stored=12), 0),
        (sixteen(1, 200), sixteen(1, 200, allocated=8, stored=8), 0),
        (sixteen(0, 255, allocated=8, stored=8), sixteen(255, 0, allocated=8, stored=8, label="MONOCHROME1"), 0),
        (sixteen(0, 255, allocated=8, stored=8, label="MONOCHROME1"), sixteen(255, 9, allocated=8, stored=8), 9),
    ],
)
def test_depths_signs_and_inverted_grey(left: Dataset, right: Dataset, largest: int, write: Write) -> None:
    found = compared(write("one.dcm", left), write("other.dcm", right))
    assert found.decoded_identical == (largest == 0)
    assert (found.worst.max_error if found.worst else 0) == largest


def test_inverted_grey_of_the_same_bytes(write: Write) -> None:
    one = write("one.dcm", native(GREY, 12, 20))
    other = write("other.dcm", native(GREY, 12, 20, PhotometricInterpretation="MONOCHROME1"))
    assert compared(one, other).decoded_identical is False


def test_the_picture_of_the_difference(write: Write, tmp_path: Path) -> None:
    changed = bytearray(GREY * 2)
    changed[240], changed[245] = 5, 56
    one = write("one.dcm", native(GREY * 2, 12, 20, NumberOfFrames=2))
    other = write("other.dcm", native(bytes(changed), 12, 20, NumberOfFrames=2))
    found = compared(one, other, tmp_path / "difference.png")
    assert found.amplified == pytest.approx(255 / 51)
    with Image.open(tmp_path / "difference.png") as image:
        assert (image.mode, image.size) == ("L", (20, 12))
        assert list(image.tobytes()[:7]) == [25, 0, 0, 0, 0, 255, 0]
    assert compared(one, one, tmp_path / "none.png").picture is None
    assert not (tmp_path / "none.png").exists()
    with pytest.raises(DestinationError, match="cannot be written"):
        compared(one, other, tmp_path / "absent" / "difference.png")


def test_without_numpy(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Identity needs none; of a difference it is said that it is there, and how to have it measured."""
    monkeypatch.setattr(pixels, "has_numpy", lambda: False)
    one, other = write("one.dcm", native(GREY, 12, 20)), write("other.dcm", native(GREY[::-1], 12, 20))
    assert compared(one, one).decoded_identical
    found = compared(one, other)
    assert (found.decoded_identical, found.frames) == (False, ())
    assert "pip install 'dicomize[compare]'" in found.problem
    # other bytes may be the same samples
    found = compared(write("three.dcm", sixteen(1, stored=12)), write("four.dcm", sixteen(0xF001, stored=12)))
    assert found.decoded_identical is None
    with pytest.raises(ToolMissing, match="needs numpy"):
        compared(one, other, tmp_path / "difference.png")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Rows": None}, "the right one has no usable Rows"),
        ({"BitsAllocated": 1, "BitsStored": 1}, "1 bits allocated"),
        ({"Rows": 4000}, "has 240 bytes of PixelData, where its header describes 80000"),
        ({"NumberOfFrames": 2}, "frames"),
    ],
)
def test_damaged_descriptions(change: dict[str, Any], words: str, write: Write) -> None:
    dataset = native(GREY, 12, 20)
    for keyword, value in change.items():
        setattr(dataset, keyword, value)
    left = native(GREY[::-1], 4000, 20) if change.get("Rows") else native(GREY[::-1], 12, 20)
    found = compared(write("one.dcm", left), write("other.dcm", dataset))
    assert words in found.problem
    assert not found.frames


def test_streams_that_cannot_be_decoded(write: Write) -> None:
    good = write("good.dcm", encoded([jpeg()], "YBR_FULL_422"))
    for stream in (b"no JPEG at all", b"\0\0", jpeg()[:20], jpeg(picture(32, 32))):
        found = compared(good, write("bad.dcm", encoded([stream], "YBR_FULL_422")))
        assert found.problem.startswith("the right one ")
        assert not found.identical


def test_an_undecodable_transfer_syntax(write: Write) -> None:
    files = []
    for name, stream in (("one.dcm", b"12"), ("other.dcm", b"34")):
        dataset = encoded([stream], "RGB")
        dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.100")  # MPEG2
        files.append(write(name, dataset))
    assert "cannot be decoded" in compared(*files).problem


def test_a_damaged_transfer_syntax(write: Write) -> None:
    files = [write(name, encoded([stream], "RGB")) for name, stream in (("one.dcm", b"12"), ("other.dcm", b"34"))]
    for path in files:
        path.write_bytes(path.read_bytes().replace(b"1.2.840.10008.1.2.4.50", b"1.2.840.10008.1.2.\6.50"))
    assert "cannot be decoded" in compared(*files).problem


def test_what_dcmtk_decodes_is_the_same(write: Write, tmp_path: Path, require_tool: Callable[[str], Path]) -> None:
    """Another decoder's file; at 4:4:4 it gives what libjpeg gives (docs/toolkits.md)."""
    one, other = write("one.dcm", encoded([jpeg()], "YBR_FULL_422")), tmp_path / "other.dcm"
    subprocess.run([require_tool("dcmdjpeg"), one, other], check=True)
    assert dcmread(other).PhotometricInterpretation == "RGB"
    assert compared(one, other).decoded_identical


def test_twelve_bits(corpus: Path, tmp_path: Path, require_tool: Callable[[str], Path]) -> None:
    """pylibjpeg's pixels against DCMTK's."""
    pytest.importorskip("libjpeg")
    one, other = tmp_path / "one.dcm", tmp_path / "other.dcm"
    subprocess.run([require_tool("img2dcm"), corpus / "synthetic" / "gray12.jpg", one], check=True)
    subprocess.run([require_tool("dcmdjpeg"), one, other], check=True)
    found = compared(one, other)
    assert (found.encoded_identical, found.problem) == (False, "")
    assert found.worst is None or found.worst.max_error <= 4  # of 4095: each rounds its own way
