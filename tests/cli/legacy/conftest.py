"""A picture, a template, and both ways of running another tool's command line."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import generate_frames
from pydicom.uid import ExplicitVRLittleEndian

BACKENDS = ("dcmtk", "gdcm", "pydicom")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files by the names that the manuals use."""
    picture = Image.merge("RGB", [Image.linear_gradient("L").rotate(90 * n) for n in range(3)]).resize((64, 48))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "ACME", "Camera 1"
    exif.get_ifd(0x8825)[1] = "N"
    for name in ("image.jpg", "input.jpg", "homer.jpg"):
        picture.save(tmp_path / name, exif=exif, comment=b"a comment", dpi=(72, 72))
    picture.save(tmp_path / "image.bmp")
    # what gdcmimg reads has its numbers on lines of their own
    grey = picture.convert("L")
    (tmp_path / "input.pgm").write_bytes(b"P5\n64 48\n255\n" + grey.tobytes())
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3.4"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3.1", "1.2.3.2"
    dataset.PatientName, dataset.PatientID, dataset.PatientSex = "Template^T", "4711", "F"
    dataset.PatientBirthDate, dataset.StudyDate, dataset.StudyTime = "19700102", "20200304", "050607"
    dataset.ReferringPhysicianName, dataset.StudyID, dataset.AccessionNumber = "Doctor^D", "S1", "A1"
    dataset.SeriesNumber, dataset.Manufacturer, dataset.InstanceNumber = 7, "Template Inc.", 41
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.save_as(tmp_path / "template.dcm", enforce_file_format=True)
    return tmp_path


@dataclass(frozen=True)
class Both:
    """What the real program wrote, and what we wrote on each backend."""

    code: int
    """the real program's exit code"""
    codes: tuple[int, ...]
    errors: tuple[str, ...]
    theirs: Dataset | None
    ours: Dataset | None


@pytest.fixture
def both(
    folder: Path, invoke: Callable[..., object], require_tool: Callable[[str], Path]
) -> Callable[[str, list[str]], Both]:
    """A function from a tool and its words, in which OUT is the result, to both results; ours must be one."""

    def run(tool: str, words: list[str]) -> Both:
        require_tool("img2dcm"), require_tool("gdcmimg")

        def into(name: str) -> list[str]:
            return [name if word == "OUT" else word for word in words]

        real = subprocess.run([require_tool(tool), *into("theirs.dcm")], cwd=folder, capture_output=True, check=False)
        done = [invoke(tool, *into(f"{b}.dcm"), "--backend", b) for b in BACKENDS]
        results = {p.read_bytes() for b in BACKENDS if (p := folder / f"{b}.dcm").exists()}
        assert len(results) <= 1
        made = folder / "dcmtk.dcm"
        return Both(
            real.returncode,
            tuple(d.code for d in done),  # type: ignore[attr-defined] # Done, of the conftest above
            tuple(d.err for d in done),  # type: ignore[attr-defined] # as above
            dcmread(folder / "theirs.dcm") if not real.returncode else None,
            dcmread(made) if made.exists() else None,
        )

    return run


def picture(dataset: Dataset) -> bytes:
    """The samples as they are seen: of a JPEG what Pillow decodes, else the stored ones."""
    if not dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        length = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel
        return bytes(dataset.PixelData[:length])
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    return Image.open(io.BytesIO(frame)).tobytes()


@pytest.fixture(name="picture", scope="session")
def picture_fixture() -> Callable[[Dataset], bytes]:
    return picture
