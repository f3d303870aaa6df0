"""The one writer, in every encoding, as other programs read it."""

from __future__ import annotations

import io
import shutil
import subprocess
import zlib
from pathlib import Path

import pydicom
import pytest
from PIL import Image

from dicomize import Options, check, convert
from dicomize.model import EXPLICIT
from dicomize.pixeldata import read_instance
from dicomize.registry import available
from dicomize.wrappers.tool import Tools
from dicomize.writing import header_of

ENCODINGS = ("explicit", "implicit", "deflated")
NAMES = {"explicit": "ExplicitVRLittleEndian", "implicit": "ImplicitVRLittleEndian"}
NAMES["deflated"] = "DeflatedExplicitVRLittleEndian"
LONG = "x" * 70_000
"""longer than a VR of two bytes of length can say"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A colour picture of an odd number of bytes."""
    path = tmp_path / "odd.png"
    Image.linear_gradient("L").resize((5, 3)).convert("RGB").save(path)
    return path


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A grey picture of 16 bits."""
    path = tmp_path / "deep.pgm"
    path.write_bytes(b"P5 5 3 65535\n" + b"".join((4369 * n).to_bytes(2, "big") for n in range(15)))
    return path


def written(source: Path, encoding: str, backend: str = "") -> Path:
    target = source.with_name(f"{source.stem}-{encoding}{backend}.dcm")
    keys = {"PatientID": "4711", "PatientName": "Größe^山", "StudyDate": "20240229", "StudyTime": "1200"}
    result = convert(source, target, keys, Options(transfer_syntax=encoding, backend=backend))
    assert not result.report.findings
    return target


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("picture", ["source", "deep"])
def test_pydicom_reads_the_same_from_all(encoding: str, picture: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(picture)
    reference = pydicom.dcmread(written(path, "explicit"))
    dataset = pydicom.dcmread(written(path.rename(path.with_stem("again")), encoding))
    assert dataset.file_meta.TransferSyntaxUID.keyword == NAMES[encoding]
    assert dataset.PatientName == "Größe^山"
    assert dataset.PixelData == reference.PixelData
    assert {e.tag for e in dataset} == {e.tag for e in reference}
    assert ("OB" if encoding != "implicit" and picture == "source" else "OW") == dataset["PixelData"].VR
    assert dataset.is_implicit_VR == (encoding == "implicit")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_dcmtk_reads_it(encoding: str, source: Path) -> None:
    program = shutil.which("dcmdump")
    if program is None:
        pytest.skip("dcmdump is not installed: apt install dcmtk, brew install dcmtk")
    target = written(source, encoding)
    done = subprocess.run([program, "-q", "+W", str(target.parent), str(target)], capture_output=True, check=True)
    assert done.stderr == b""
    (raw,) = target.parent.glob(f"{target.name}*.raw")
    expected = Image.open(source).tobytes()
    assert raw.read_bytes() == expected + b"\0"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_backend_gives_the_same_bytes(encoding: str, source: Path) -> None:
    names = [entry.name for entry in available(Tools())]
    assert len({written(source, encoding, backend=name).read_bytes() for name in names}) == 1


def test_what_is_deflated_is_one_stream_of_even_length(source: Path) -> None:
    data = written(source, "deflated").read_bytes()
    start = 132 + 12 + int.from_bytes(data[140:144], "little")
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = engine.decompress(data[start:]) + engine.flush()
    assert engine.eof
    assert engine.unused_data in {b"", b"\0"}
    assert (len(data) - start) % 2 == 0
    explicit = written(source.rename(source.with_stem("again")), "explicit").read_bytes()
    assert inflated[-46:] == explicit[-46:]


def test_the_length_of_deflated_pixels_is_looked_at(source: Path) -> None:
    target = written(source, "deflated")
    dataset = pydicom.dcmread(target)
    dataset.Rows = 4
    dataset.save_as(target)
    assert "pixeldata-length" in {f.kind for f in check(target).errors}
    assert read_instance(target).dataset.Rows == 4


def test_a_list_that_is_too_long_for_its_vr() -> None:
    """PS3.5 6.2.2: it becomes UN, as the numbers of 14,000 pages; that is no mistake, and no warning is heard."""
    numbers = list(range(1, 14_001))
    dataset = pydicom.Dataset()
    dataset.PageNumberVector = numbers
    data = header_of(dataset, EXPLICIT)
    assert data[4:6] == b"UN"
    value = pydicom.dcmread(io.BytesIO(data), force=True)["PageNumberVector"].value
    assert [int(number) for number in value.split(b"\\")] == numbers
