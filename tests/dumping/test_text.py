"""Line for line what dcmdump prints of the same file."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import Dataset, Sequence
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from dicomize.dumping.opened import opened
from dicomize.dumping.selecting import Selection, selection_of
from dicomize.dumping.text import lines
from dicomize.errors import SourceUnreadable

REAL = (
    "693_J2KI.dcm", "CT_small.dcm", "ExplVR_BigEnd.dcm", "ExplVR_LitEndNoMeta.dcm", "J2K_pixelrep_mismatch.dcm",
    "JPEG-lossy.dcm", "JPEG2000.dcm", "JPEGLSNearLossless_16.dcm", "MR_small.dcm", "MR_small_bigendian.dcm",
    "MR_small_expb.dcm", "MR_small_implicit.dcm", "MR_small_padded.dcm", "SC_rgb_rle_2frame.dcm",
    "SC_rgb_small_odd.dcm", "badVR.dcm", "empty_charset_LEI.dcm", "examples_jpeg2k.dcm", "examples_palette.dcm",
    "examples_rgb_color.dcm", "image_dfl.dcm", "liver_1frame.dcm", "reportsi.dcm", "rtdose.dcm", "rtdose_expb.dcm",
    "rtplan.dcm", "waveform_ecg.dcm",
)  # fmt: skip


ALL = Selection()


def pydicoms(name: str) -> Path:
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    return Path(path)


@pytest.fixture(scope="module")
def dcmdump() -> Callable[[Path], list[str]]:
    program = shutil.which("dcmdump")
    if program is None:
        pytest.skip("dcmdump is not installed: apt install dcmtk")

    def run(path: Path) -> list[str]:
        done = subprocess.run([program, "-q", str(path)], capture_output=True, check=True, timeout=60)
        return done.stdout.decode("utf-8").splitlines()

    return run


def ours(path: Path, selection: Selection = ALL) -> list[str]:
    with opened(path) as file:
        return list(lines(file, selection))


def comparable(line: str) -> str:
    """A line without what is known to differ: names that only DCMTK's private dictionary has, attributes that are
    younger than the DCMTK at hand, the last digits of fractions, which DCMTK prints by arithmetic of its own."""
    if re.match(r" *\((\w{3}[13579bdf]),", line) or "Unknown Tag & Data" in line:
        line = line.rpartition(", ")[0] if ", " in line else line[: line.rindex(",")]
    if re.match(r" *\(....,....\) (FD|FL|OF|OD) ", line):
        digits = 12 if " FD " in line or " OD " in line else 6
        line = re.sub(r"-?\d+\.\d+(e[+-]\d+)?", lambda found: f"{float(found[0]):.{digits}g}", line)
        line = re.sub(r" +#", " #", line)
    return line


@pytest.mark.parametrize("name", REAL)
def test_real_files(name: str, dcmdump: Callable[[Path], list[str]]) -> None:
    path = pydicoms(name)
    shown = ours(path)
    assert list(map(comparable, shown)) == list(map(comparable, dcmdump(path)))
    assert all(line.isprintable() for line in shown)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_every_kind_of_value(syntax: str, dcmdump: Callable[[Path], list[str]], tmp_path: Path) -> None:
    path = tmp_path / "values.dcm"
    little, implicit = syntax != ExplicitVRBigEndian, syntax == ImplicitVRLittleEndian
    dataset = everything()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.save_as(path, little_endian=little, implicit_vr=implicit, enforce_file_format=True)
    assert list(map(comparable, ours(path))) == list(map(comparable, dcmdump(path)))


def everything() -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7.4", "2.25.1"
    dataset.add_new("SOPClassesInStudy", "UI", ["1.2.840.10008.5.1.4.1.1.7", "1.2.3"])
    dataset.ImageType = ["A"] * 60
    dataset.PatientName, dataset.PatientComments = "Doe^Jane", "x" * 200
    dataset.PixelRepresentation = 1
    dataset.SmallestImagePixelValue = -5
    dataset.FrameIncrementPointer = [0x00181063, 0x00540010]
    dataset.FrameNumbersOfInterest = list(range(60))
    dataset.ReferencedImageSequence = Sequence([])
    inner = Dataset()
    inner.ReferencedSOPClassUID = "1.2.840.10008.1.2.4.70"
    dataset.ReferencedInstanceSequence = Sequence([Dataset(), inner])
    dataset.add_new("TextValue", "UT", "back\\slash")
    dataset.add_new("SelectorSLValue", "SL", [-5, 7])
    dataset.add_new("DiffusionBValue", "FD", [0.1, -3.0, 1e-20])
    dataset.add_new("TableOfParameterValues", "FL", [0.5, 1.5])
    dataset.WindowWidth = ""
    dataset.Rows, dataset.Columns, dataset.BitsAllocated = 1, 256, 8
    dataset.add_new("PixelData", "OW", bytes(range(256)))
    return dataset


@pytest.mark.parametrize(("VR", "size"), [("LT", 1), ("OB", 1), ("OW", 2), ("US", 2), ("AT", 4)])
def test_where_values_are_cut_off(VR: str, size: int, dcmdump: Callable[[Path], list[str]], tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "2.25.1"
    dataset.add_new(0x00090010, "LO", "ACME")
    for count in range(2, 80, 2):
        value = {"LT": "y" * count, "US": [11] * count, "AT": [0x00100010] * count}.get(VR, bytes(count * size))
        dataset.add_new(0x00091000 + count, VR, value)
    path = tmp_path / "values.dcm"
    dataset.save_as(path, enforce_file_format=True)
    assert list(map(comparable, ours(path))) == list(map(comparable, dcmdump(path)))


def test_text_is_decoded_and_cannot_rewrite_the_terminal(tmp_path: Path) -> None:
    dataset = everything()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.PatientName = "Müller^Jörg"
    dataset.ImageComments = "a\r\n\x1b[31mb"
    inner = Dataset()
    inner.SpecificCharacterSet, inner.PatientName = "ISO_IR 192", "Σ"
    dataset.ReferencedPatientSequence = Sequence([inner])
    path = tmp_path / "text.dcm"
    dataset.save_as(path, enforce_file_format=True)
    text = "\n".join(ours(path))
    assert "PN [Müller^Jörg] " in text
    assert "PN [Σ] " in text
    assert r"LT [a\r\n\x1b[31mb] " in text


def test_private_names_are_not_guessed() -> None:
    assert "(0009,1001) LO [GE_GENESIS_FF]                          #  14, 1 Unknown Tag & Data" in ours(
        pydicoms("CT_small.dcm")
    )


def test_selections() -> None:
    path = pydicoms("rtplan.dcm")
    (name,) = ours(path, selection_of(["PatientName"], private=None))
    assert name.startswith("(0010,0010) PN [Last^First^mid^pre]")
    everywhere = ours(path, selection_of(["300a,0012"], private=None))
    assert [line.split()[2] for line in everywhere] == ["[1]", "[2]"]
    (second,) = ours(path, selection_of(["DoseReferenceSequence[1].(300a,0012)"], private=None))
    assert second.startswith("(300a,0012) IS [2]")
    assert ours(path, selection_of(["DoseReferenceSequence[2].(300a,0012)"], private=None)) == []
    whole = ours(path, selection_of(["DoseReferenceSequence"], private=None))
    assert len(whole) == 19
    ct = pydicoms("CT_small.dcm")
    private = ours(ct, selection_of([], private=True))
    public = ours(ct, selection_of([], private=False))
    assert private
    assert all(line[4] in "13579" for line in private)
    assert all(line[4] in "02468ace" for line in public if line.startswith("("))
    assert len(private) + len(public) == sum(line.startswith(("(", " ")) for line in ours(ct))


def test_damaged_files_are_shown_as_far_as_they_go(tmp_path: Path) -> None:
    whole = pydicoms("MR_small.dcm")
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(whole.read_bytes()[:-5000])
    before = next(number for number, line in enumerate(ours(whole)) if line.startswith("(7fe0,0010)"))
    assert ours(cut)[: before + 1] == ours(whole)[: before + 1]
    cut.write_bytes(whole.read_bytes()[:700])
    assert ours(cut)[:20] == ours(whole)[:20]
    with opened(cut) as file:
        assert file.walked.problems


def test_what_is_no_dicom_file(tmp_path: Path) -> None:
    for content in (b"", b"hello", bytes(1000), b"\x89PNG\r\n\x1a\n" + bytes(100)):
        path = tmp_path / "x"
        path.write_bytes(content)
        with pytest.raises(SourceUnreadable, match="is no DICOM file"), opened(path):
            pass
    with pytest.raises(SourceUnreadable, match="cannot be read: Is a directory"), opened(tmp_path):
        pass
