"""DICOM files made with pydicom, to be spoilt one thing at a time."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

BASELINE = "1.2.840.10008.1.2.4.50"
EXPLICIT = "1.2.840.10008.1.2.1"


def jpeg(mode: str = "RGB", size: tuple[int, int] = (24, 16), **options: Any) -> bytes:
    """A JPEG; a stream of colours has no JFIF, as a cleaned one."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(buffer, "JPEG", **options)
    data = buffer.getvalue()
    assert data[2:4] == b"\xff\xe0" or options.get("keep_rgb")
    return data if options.get("keep_rgb") else data[:2] + data[4 + int.from_bytes(data[4:6], "big") :]


def described(mode: str, size: tuple[int, int] = (24, 16)) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "2.25.42"
    dataset.SamplesPerPixel = 1 if mode == "L" else 3
    dataset.PhotometricInterpretation = "MONOCHROME2" if mode == "L" else mode
    if mode != "L":
        dataset.PlanarConfiguration = 0
    dataset.Columns, dataset.Rows = size
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    return dataset


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a data set with PixelData as a file."""

    def save(dataset: Dataset, pixels: bytes, syntax: str = BASELINE, VR: str = "OB") -> Path:
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = UID(syntax)
        dataset.add_new("PixelData", VR, pixels)
        dataset["PixelData"].is_undefined_length = pixels[:4] == b"\xfe\xff\x00\xe0"
        path = tmp_path / "instance.dcm"
        dataset.save_as(path, enforce_file_format=True, implicit_vr=False, little_endian=True)
        return path

    return save


@pytest.fixture
def lossy(write: Callable[..., Path]) -> Callable[..., Path]:
    """A function that writes a sound lossy JPEG instance, but for the attributes and the stream it is given."""

    def save(stream: bytes | Sequence[bytes] | None = None, *, syntax: str = BASELINE, **changes: object) -> Path:
        dataset = described("YBR_FULL_422")
        dataset.LossyImageCompression = "01"
        dataset.LossyImageCompressionRatio = "3"
        dataset.LossyImageCompressionMethod = "ISO_10918_1"
        for keyword, value in changes.items():
            if value is None:
                del dataset[keyword]
            else:
                setattr(dataset, keyword, value)
        frames = [jpeg()] if stream is None else [stream] if isinstance(stream, bytes) else list(stream)
        return write(dataset, encapsulate(frames), syntax)

    return save


@pytest.fixture(name="jpeg")
def jpeg_fixture() -> Callable[..., bytes]:
    return jpeg


@pytest.fixture(name="described")
def described_fixture() -> Callable[..., Dataset]:
    return described
