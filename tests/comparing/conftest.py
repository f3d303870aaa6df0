"""Small pictures that bring out what toolkits get wrong, and DICOM files made by hand."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from dicomize.jpeg import markers

GPS_IFD = 0x8825
SERIAL_NUMBER = 0xA431
EXIF_IFD = 0x8769


def picture(columns: int = 64, rows: int = 48, mode: str = "RGB") -> Image.Image:
    """Saturated bars above ramps: wrong colours and wrong places show."""
    ramp = Image.linear_gradient("L")
    image = Image.merge("RGB", [ramp, ramp.rotate(90), Image.radial_gradient("L")]).resize((columns, rows))
    for number, color in enumerate(("red", "lime", "blue")):
        image.paste(color, (number * columns // 3, 0, (number + 1) * columns // 3, rows // 3))
    return image.convert(mode)


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    buffer = io.BytesIO()
    (image or picture()).save(buffer, "JPEG", **{"quality": 90, "subsampling": 0, **options})
    return buffer.getvalue()


def png() -> bytes:
    buffer = io.BytesIO()
    picture(63, 47).save(buffer, "PNG")
    return buffer.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """A place and a serial number."""
    data = Image.Exif()
    data[0x0112] = orientation
    data.get_ifd(EXIF_IFD)[SERIAL_NUMBER] = "SN-0815"
    data.get_ifd(GPS_IFD).update({1: "N", 2: (47.0, 22.0, 0.0), 3: "E", 4: (8.0, 32.0, 0.0)})
    return data


def rgb_ids123() -> bytes:
    """RGB by its Adobe segment, under the component numbers of YCbCr."""
    data = bytearray(jpeg(keep_rgb=True))
    for segment in markers.parse(bytes(data)).segments:
        if segment.marker == markers.SOF0:
            data[segment.start + 10 : segment.start + 19 : 3] = b"\1\2\3"
        elif segment.marker == markers.SOS:
            data[segment.start + 5 : segment.start + 11 : 2] = b"\1\2\3"
    return bytes(data)


SOURCES: dict[str, Callable[[], bytes]] = {
    "plain": jpeg,
    "grey": lambda: jpeg(picture(mode="L")),
    "private": lambda: jpeg(exif=exif(), comment=b"Doe^Jane"),
    "lying": lambda: jpeg(exif=exif(6)),
    "trailing": lambda: jpeg() + b"PATIENT 4711",
    "rgb": rgb_ids123,
    "cmyk": lambda: jpeg(picture(mode="CMYK")),
    "png": png,
    "progressive": lambda: jpeg(progressive=True),
    "truncated": lambda: jpeg(picture(400, 300))[:-2000],
    "text": lambda: b"no picture at all\n",
}


@pytest.fixture
def source(tmp_path: Path) -> Callable[[str], Path]:
    """A function from the kind of a picture to a file of it."""

    def write(kind: str) -> Path:
        path = tmp_path / f"{kind}.jpg"
        path.write_bytes(SOURCES[kind]())
        return path

    return write


def instance(**attributes: Any) -> Dataset:
    """The least that is a DICOM file."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7")
    dataset.SOPInstanceUID = UID("1.2.3")
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a data set under a name; it is made of attributes where none is given."""

    def saved(name: str, dataset: Dataset | None = None, **attributes: Any) -> Path:
        path = tmp_path / name
        dataset = instance() if dataset is None else dataset
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
        dataset.save_as(path, enforce_file_format=True)
        return path

    return saved
