"""Small DICOM files of every kind that is shown."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

Make = Callable[..., Path]


def words(values: Sequence[int], bits: int, *, signed: bool = False) -> bytes:
    return b"".join(v.to_bytes(bits // 8, "little", signed=signed) for v in values)


def lut(first: int, bits: int, entries: Sequence[int]) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, bits])
    item.add_new("LUTData", "US", list(entries))
    return item


def palette(first: int, bits: int, *colors: Sequence[int]) -> dict[str, Any]:
    """The attributes of PALETTE COLOR; entries of 8 bits go one into each byte."""
    attributes: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, entries in zip(("Red", "Green", "Blue"), colors, strict=True):
        attributes[f"{name}PaletteColorLookupTableDescriptor"] = [len(entries), first, bits]
        data = bytes(entries) if bits == 8 else array("H", entries).tobytes()
        attributes[f"{name}PaletteColorLookupTableData"] = data
    return attributes


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A function that writes an instance: pixels, columns, rows, bits allocated, and any attribute."""

    def write(pixels: bytes, columns: int, rows: int, bits: int = 8, **attributes: Any) -> Path:
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "2.25.1"
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.Rows, dataset.Columns = rows, columns
        dataset.BitsAllocated = bits
        dataset.BitsStored = attributes.pop("BitsStored", bits)
        dataset.HighBit = dataset.BitsStored - 1
        dataset.PixelRepresentation = 0
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
        if dataset.SamplesPerPixel > 1 and "PlanarConfiguration" not in dataset:
            dataset.PlanarConfiguration = 0
        dataset.add_new("PixelData", "OB" if bits == 8 else "OW", pixels)
        path = tmp_path / "instance.dcm"
        dataset.save_as(path, enforce_file_format=True)
        return path

    return write


@pytest.fixture
def pydicoms() -> Callable[[str], Path]:
    """A function that finds one of the files that pydicom ships for its own tests."""

    def find(name: str) -> Path:
        path = get_testdata_file(name, download=False)
        assert isinstance(path, str), name
        return Path(path)

    return find
