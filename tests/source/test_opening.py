"""Opening image files: what they are by content, their facts as Pillow states them, and every way to be no use."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, features

from dicomize.errors import SourceDamaged, SourceError, SourceUnreadable, SourceUnsupported
from dicomize.jpeg.clean import clean
from dicomize.jpeg.markers import parse
from dicomize.model import ColorModel
from dicomize.source.opening import open_source

Write = Callable[[bytes], Path]


def saved(kind: str, mode: str = "RGB", size: tuple[int, int] = (24, 16), **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size, 77 if mode == "L" else None).save(stream, kind, **options)
    return stream.getvalue()


def with_segments(data: bytes, *segments: tuple[int, bytes]) -> bytes:
    """The stream with segments right behind SOI."""
    extra = b"".join(bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body for marker, body in segments)
    return data[:2] + extra + data[2:]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(data: bytes) -> Path:
        path = tmp_path / "photo.jpg"
        path.write_bytes(data)
        return path

    return written


# ---------------------------------------------------------------- files that cannot be read


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="does not exist; check the name"):
        open_source(tmp_path / "nowhere.jpg")


def test_directory(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="is a directory; name an image file"):
        open_source(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs here")
def test_fifo_is_not_waited_for(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe.jpg"
    os.mkfifo(fifo)
    program = (
        "import pathlib, sys; from dicomize.source.opening import open_source; open_source(pathlib.Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(fifo)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "SourceUnreadable" in done.stderr
    assert "is no regular file" in done.stderr


def test_device() -> None:
    with pytest.raises(SourceUnreadable, match="is no regular file"):
        open_source(Path(os.devnull))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_without_permission(write: Write) -> None:
    path = write(saved("JPEG"))
    path.chmod(0)
    with pytest.raises(SourceUnreadable, match="may not be read; check its permissions"):
        open_source(path)


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    for name in ("x" * 5000, "a\0b", "file/within"):
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(SourceUnreadable, match="cannot be read"):
            open_source(tmp_path / name)


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "link.jpg").symlink_to(tmp_path / "gone.jpg")
    with pytest.raises(SourceUnreadable, match="does not exist"):
        open_source(tmp_path / "link.jpg")


# ---------------------------------------------------------------- files that are something else

RASTERS: dict[str, Callable[[], bytes]] = {
    "PNG": lambda: saved("PNG"),
    "GIF": lambda: saved("GIF"),
    "BMP": lambda: saved("BMP"),
    "TIFF": lambda: saved("TIFF"),
    "BigTIFF": lambda: saved("TIFF", big_tiff=True),
    "PNM": lambda: saved("PPM"),
    "WebP": lambda: saved("WEBP"),
}
OTHERS: dict[str, tuple[Callable[[], bytes], str]] = {
    "PDF": (lambda: saved("PDF"), "take the picture out of it"),
    "JPEG XL": (lambda: b"\xff\x0a" + bytes(9), "let ImageMagick read it: imagemagick = true"),
    "DICOM": (lambda: bytes(128) + b"DICM\2\0\0\0UL\4\0", "give the picture that it was made from"),
}
NEEDED = {"WebP": "webp"}


@pytest.mark.parametrize("name", OTHERS)
def test_other_formats_are_told_by_content(write: Write, name: str) -> None:
    made, remedy = OTHERS[name]
    with pytest.raises(SourceUnsupported) as caught:
        open_source(write(made()))
    assert f"is a {name} file, which is not read here" in str(caught.value)
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("name", RASTERS)
def test_rasters_are_told_by_content(write: Write, name: str) -> None:
    if name in NEEDED and not features.check(NEEDED[name]):
        pytest.skip(f"Pillow cannot write {name} here")
    image = open_source(write(RASTERS[name]())).image  # the file is named photo.jpg
    assert image.format == name.removeprefix("Big")
    assert (image.Columns, image.Rows, image.jpeg) == (24, 16, None)


def test_jpeg_ls_behind_other_segments(write: Write) -> None:
    frame = b"\xff\xd8\xff\xf7\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00"
    data = with_segments(frame, (0xE8, b"SPIFF\0" + bytes(24)), (0xFE, b"a comment"))
    with pytest.raises(SourceDamaged, match="a JPEG-LS file, holds a stream that is damaged"):
        open_source(write(data))


@pytest.mark.parametrize("data", [b"Dear Sir or Madam,\n", b"P", b"P7", b"BX", b"\0", b"\xff", b"\xff\xd8", bytes(200)])
def test_no_image(write: Write, data: bytes) -> None:
    with pytest.raises(SourceUnsupported, match="is no image in any format that is known here"):
        open_source(write(data))


def test_garbage_before_the_picture(write: Write) -> None:
    with pytest.raises(SourceUnsupported, match="begins with 5 bytes that are no image, before a JPEG image"):
        open_source(write(b"\r\n\r\n\0" + saved("JPEG")))


def test_empty(write: Write) -> None:
    with pytest.raises(SourceDamaged, match="is empty"):
        open_source(write(b""))


def test_truncation_at_every_byte(write: Write) -> None:
    data = saved("JPEG", size=(8, 8))
    for length in range(len(data)):
        with pytest.raises(SourceError) as caught:
            open_source(write(data[:length]))
        assert isinstance(caught.value, SourceDamaged) == (length == 0 or length > 2)
        assert "photo.jpg" in str(caught.value)
    with pytest.raises(SourceDamaged, match="truncated; get the original file again"):
        open_source(write(data[:-2]))


# ---------------------------------------------------------------- facts


@pytest.mark.parametrize(
    ("mode", "color"), [("L", ColorModel.MONOCHROME), ("RGB", ColorModel.YCBCR), ("CMYK", ColorModel.CMYK)]
)
def test_facts_are_those_that_pillow_states(write: Write, mode: str, color: ColorModel) -> None:
    data = saved("JPEG", mode, (37, 21))
    path = write(data + b"more")
    os.utime(path, (1_000_000_000.75, 1_000_000_000.75))
    opened = open_source(path)
    image = opened.image
    assert image.jpeg is not None
    with Image.open(path) as theirs:
        assert (image.Columns, image.Rows) == theirs.size
        assert image.SamplesPerPixel == len(theirs.getbands())
        assert image.jpeg.jfif == ("jfif" in theirs.info)
        assert image.jpeg.adobe_transform == theirs.info.get("adobe_transform")
    assert (image.bits, image.frames, image.format, image.color) == (8, 1, "JPEG", color)
    assert (image.path, image.size, image.modified) == (path, len(data) + 4, 1_000_000_000)
    assert image.sha256 == hashlib.sha256(data + b"more").hexdigest()
    assert opened.data == data + b"more"
    assert (image.jpeg.sof, image.jpeg.scans, image.jpeg.trailing, image.icc) == (0, 1, 4, "")
    assert image.jpeg.clean_length == len(clean(data, parse(data), color))


def test_sampling_restarts_and_scans(write: Write) -> None:
    image = open_source(write(saved("JPEG", subsampling="4:2:0", restart_marker_blocks=2))).image
    assert image.jpeg is not None
    assert (image.jpeg.sampling, image.jpeg.component_ids) == (((2, 2), (1, 1), (1, 1)), (1, 2, 3))
    assert image.jpeg.restart_interval == 2
    image = open_source(write(saved("JPEG", progressive=True))).image
    assert image.jpeg is not None
    assert image.jpeg.sof == 2
    assert image.jpeg.scans > 5


def test_residue_names_all_that_is_not_picture(write: Write) -> None:
    plain = saved("JPEG")
    data = with_segments(
        plain,
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"),
        (0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"),
        (0xED, b"Photoshop 3.0\x008BIM"),
        (0xE2, b"\x80\x81\0"),
        (0xEE, b"Adobe\0\x64\0\0\0\0\1"),
        (0xFE, b"taken by somebody"),
    )
    image = open_source(write(data + b"MotionPhoto")).image
    assert [(r.name, r.length) for r in image.residue] == [
        ("APP1 XMP", 45),
        ("APP1 Exif", 24),
        ("APP13 Photoshop", 22),
        ("APP2", 7),
        ("COM", 21),
        ("APP0 JFIF", 18),
        ("bytes behind EOI", 11),
    ]


def exif_of(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def test_exif_may_stand_behind_xmp(write: Write) -> None:
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"
    data = with_segments(saved("JPEG"), (0xE1, xmp), (0xE1, exif_of(6)))
    assert open_source(write(data)).image.exif.Orientation == 6
    only = open_source(write(with_segments(saved("JPEG"), (0xE1, xmp)))).image.exif
    assert (only.Orientation, only.private, only.problems) == (1, (), ())


def test_the_first_exif_segment_counts(write: Write) -> None:
    data = with_segments(saved("JPEG"), (0xE1, exif_of(3)), (0xE1, exif_of(6)))
    assert open_source(write(data)).image.exif.Orientation == 3
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (24, 16)


def test_exif_in_another_segment_is_none(write: Write) -> None:
    assert open_source(write(with_segments(saved("JPEG"), (0xE3, exif_of(6))))).image.exif.Orientation == 1


# ---------------------------------------------------------------- real files


def test_whatever_there_is(corpus: Path) -> None:
    opened: list[Path] = []
    refused: list[tuple[Path, SourceError]] = []
    for path in sorted(corpus.glob("*/*")):
        try:
            assert open_source(path).image.size == path.stat().st_size
            opened.append(path)
        except SourceError as error:
            refused.append((path, error))
    assert all(path.name in str(error) for path, error in refused)
    assert len(opened) > 300
    assert len(refused) > 20


@pytest.mark.parametrize("form", ["JPEG", "TIFF", "PNG"])
@pytest.mark.parametrize(
    ("dpi", "says"), [((204, 98), r"102\49"), ((100, 200), r"1\2"), ((72, 72), ""), ((72, 73), "")]
)
def test_pixels_that_are_not_square(form: str, dpi: tuple[int, int], says: str, tmp_path: Path) -> None:
    """PS3.3 C.7.6.3.1.7: the height of a pixel, then its width. A fax has 204 across and 98 down."""
    Image.new("L", (8, 8)).save(tmp_path / "x", form, dpi=dpi)
    notes = [note for note in open_source(tmp_path / "x").image.notes if "not square" in note]
    # PNG counts pixels to a metre, in whole numbers
    assert bool(notes) == bool(says)
    if says and form != "PNG":
        assert f"-k 'PixelAspectRatio={says}'" in notes[0]
