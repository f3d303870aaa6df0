"""The PixelData element: found in a file, compared, written."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate, generate_fragments, parse_basic_offsets
from pydicom.tag import BaseTag
from pydicom.uid import UID

from dicomize.pixeldata import (
    NoDicomFile,
    PixelDataError,
    holds_exactly,
    joined,
    number_of,
    pixel_vr,
    read_instance,
    stored_bytes,
    value_of,
    write_element,
)

EXPLICIT, BASELINE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"


def save(path: Path, pixels: bytes | None, syntax: str = EXPLICIT, *, implicit: bool = False) -> Path:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2" if implicit else syntax)
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "2.25.1"
    if pixels is not None:
        dataset.add_new("PixelData", "OB", pixels)
        dataset["PixelData"].is_undefined_length = syntax == BASELINE
    dataset.save_as(path, enforce_file_format=True)
    return path


def test_native(tmp_path: Path) -> None:
    path = save(tmp_path / "x.dcm", b"abcdef")
    element = read_instance(path).pixels
    assert element is not None
    assert (element.VR, element.encapsulated, element.problems, element.offset_table) == ("OB", False, (), b"")
    assert joined(path, element.fragments) == b"abcdef"


def test_native_implicit(tmp_path: Path) -> None:
    path = save(tmp_path / "x.dcm", b"abcdef", implicit=True)
    element = read_instance(path).pixels
    assert element is not None
    assert element.VR == "OW"
    assert joined(path, element.fragments) == b"abcdef"


def test_encapsulated(tmp_path: Path) -> None:
    path = save(tmp_path / "x.dcm", encapsulate([b"abcdefgh"], fragments_per_frame=2), BASELINE)
    element = read_instance(path).pixels
    assert element is not None
    assert (element.encapsulated, element.problems, element.offset_table) == (True, (), bytes(4))
    assert [length for _, length in element.fragments] == [4, 4]
    assert joined(path, element.fragments) == b"abcdefgh"
    assert list(stored_bytes(path, element.fragments)) == [b"abcd", b"efgh"]


def test_without_pixels(tmp_path: Path) -> None:
    assert read_instance(save(tmp_path / "x.dcm", None)).pixels is None


def test_a_vr_that_cannot_hold_pixels(tmp_path: Path) -> None:
    path = save(tmp_path / "x.dcm", b"abcdef")
    path.write_bytes(path.read_bytes().replace(b"\xe0\x7f\x10\x00OB", b"\xe0\x7f\x10\x00US"))
    element = read_instance(path).pixels
    assert element is not None
    assert element.problems == ("its value representation 'US' cannot hold pixels",)


@pytest.mark.parametrize("cut", [1, 5, 6])
def test_cut_short(cut: int, tmp_path: Path) -> None:
    path = save(tmp_path / "x.dcm", b"abcdef")
    path.write_bytes(path.read_bytes()[:-cut])
    element = read_instance(path).pixels
    assert element is not None
    assert element.problems == ("its value runs past the end of the file",)


@pytest.mark.parametrize("cut", [7, 10])
def test_cut_within_the_header_of_the_element(cut: int, tmp_path: Path) -> None:
    path = save(tmp_path / "x.dcm", b"abcdef")
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(PixelDataError, match="is damaged"):
        read_instance(path)


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        (b"", "it ends without a sequence delimitation item"),
        (b"\xfe\xff\x00\xe0\xff\xff\xff\x00", "is damaged"),
        (b"\xfe\xff\x00\xe1\x00\x00\x00\x00", "is damaged"),
        (b"\xfe\xff\x00\xe0\x00\x00\x00\x00", "it ends without a sequence delimitation item"),
        (b"\xfe\xff\xdd\xe0\x00\x00\x00\x00", ""),
    ],
)
def test_items(items: bytes, problem: str, tmp_path: Path) -> None:
    path = save(tmp_path / "x.dcm", None)
    path.write_bytes(path.read_bytes() + b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + items)
    element = read_instance(path).pixels
    assert element is not None
    assert problem in "".join(element.problems)
    assert bool(element.problems) == bool(problem)


def test_no_dicom_file(tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"
    path.write_bytes(b"hello")
    with pytest.raises(NoDicomFile):
        read_instance(path)
    assert issubclass(NoDicomFile, PixelDataError)
    with pytest.raises(FileNotFoundError):
        read_instance(tmp_path / "absent")


@pytest.mark.parametrize(
    ("stored", "expected", "same"),
    [
        (b"abcd", b"abcd", True),
        (b"abc\0", b"abc", True),
        (b"abcd", b"abc", True),  # whatever pads it, it is not ours
        (b"abc\0", b"abc\0", True),
        (b"abcd\0\0", b"abcd", False),
        (b"abc\0\0\0", b"abc", False),
        (b"ab", b"abcd", False),
        (b"abXd", b"abcd", False),
        (b"", b"abcd", False),
        (b"abcdef", b"", False),
        (b"", b"", True),
    ],
)
def test_the_same_bytes(stored: bytes, expected: bytes, same: bool, tmp_path: Path) -> None:
    path = save(tmp_path / "x.dcm", stored)
    element = read_instance(path).pixels
    assert element is not None
    assert holds_exactly(path, element, expected) is same


def test_the_same_bytes_in_several_fragments(tmp_path: Path) -> None:
    big = bytes(range(256)) * 9000  # more than is read at a time
    path = save(tmp_path / "x.dcm", encapsulate([big], fragments_per_frame=3), BASELINE)
    element = read_instance(path).pixels
    assert element is not None
    assert holds_exactly(path, element, big)
    assert not holds_exactly(path, element, big[:-2])
    assert not holds_exactly(path, element, big + b"..")
    assert not holds_exactly(path, element, big[:-1] + b"!")


@pytest.mark.parametrize("data", [b"", b"a", b"ab", b"abc"])
def test_written_encapsulated(data: bytes) -> None:
    buffer = io.BytesIO()
    write_element(buffer, (data,), "OB", encapsulated=True)
    written = buffer.getvalue()
    assert written[:12] == b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff"
    assert parse_basic_offsets(written[12:]) == [0]
    (fragment,) = list(generate_fragments(written[12:]))[1:]
    assert fragment == data + bytes(len(data) % 2)
    assert written.endswith(b"\xfe\xff\xdd\xe0\0\0\0\0")


@pytest.mark.parametrize("data", [b"", b"a", b"ab", b"abc"])
def test_written_native(data: bytes) -> None:
    buffer = io.BytesIO()
    write_element(buffer, (data,), "OW", encapsulated=False)
    even = data + bytes(len(data) % 2)
    assert buffer.getvalue() == b"\xe0\x7f\x10\x00OW\0\0" + len(even).to_bytes(4, "little") + even


def test_what_was_written_is_found_again(tmp_path: Path) -> None:
    path = save(tmp_path / "x.dcm", None, BASELINE)
    with path.open("ab") as file:
        write_element(file, (b"abc",), "OB", encapsulated=True)
    element = read_instance(path).pixels
    assert element is not None
    assert holds_exactly(path, element, b"abc")
    assert dcmread(path).PixelData == encapsulate([b"abc"])


@pytest.mark.parametrize(
    ("bits", "encapsulated", "VR"), [(8, False, "OB"), (16, False, "OW"), (1, False, "OB"), (16, True, "OB")]
)
def test_vr_of_pixels(bits: int, encapsulated: bool, VR: str) -> None:
    assert pixel_vr(bits, encapsulated=encapsulated) == VR


def test_values() -> None:
    dataset = Dataset()
    dataset.Rows = 3
    dataset.PatientID = ""
    dataset.NumberOfFrames = "4"
    dataset.ImageType = ["A", "B"]
    assert value_of(dataset, "Columns") is None
    assert value_of(dataset, "PatientID") is None
    assert value_of(dataset, "ImageType") == ["A", "B"]
    assert number_of(dataset, "Rows") == 3
    assert number_of(dataset, "NumberOfFrames") == 4
    assert number_of(dataset, "ImageType") is None
    assert number_of(dataset, "Columns") is None


@given(
    VR=st.sampled_from(["US", "CS", "IS", "LO"]),
    raw=st.one_of(st.binary(max_size=4), st.from_regex(rb"[A-Z\\ \0]{0,6}")),
)
def test_values_that_are_not_decoded_yet(VR: str, raw: bytes) -> None:
    """The short way gives what pydicom gives."""
    tag = {"US": 0x00280010, "CS": 0x00080060, "IS": 0x00280008, "LO": 0x00100020}[VR]

    def undecoded() -> Dataset:
        return Dataset({BaseTag(tag): RawDataElement(BaseTag(tag), VR, len(raw), raw, 0, False, True)})

    found = value_of(undecoded(), keyword_for_tag(tag))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = undecoded()[tag].value
        except Exception:  # noqa: BLE001 - what pydicom cannot decode has no value
            expected = None
    assert found == (None if expected in ("", []) else expected)
