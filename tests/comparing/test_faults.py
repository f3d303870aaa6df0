"""From findings, leaks and decoded pixels to clauses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dicomize.comparing.faults import Truth, faults_of, verdict
from dicomize.comparing.model import DecoderDigest, FaultKind, Leak, RunStatus, StoredFile
from dicomize.model import CheckReport, ColorModel, Finding, Severity

PATIENT_NAME, ROWS, PIXEL_DATA = 0x00100010, 0x00280010, 0x7FE00010


def stored(*findings: Finding, **fields: object) -> StoredFile:
    report = CheckReport(Path("a.dcm"), "SCImage", findings, ("dicomize 1",))
    file = StoredFile("ab", 100, "1.2.840.10008.1.2.4.50", "YBR_FULL_422", report, (), ())
    return replace(file, **fields)  # type: ignore[arg-type] # the tests know the fields


def error(kind: str, tag: int | None = None, source: str = "dicomize") -> Finding:
    return Finding(Severity.ERROR, kind, f"about {kind}", source, tag, reference="PS3.3 C.7.1.1")


def seen(decoder: str, mean: float | None, problem: str = "") -> DecoderDigest:
    return DecoderDigest(decoder, "1", "ab", "RGB", None if mean is None else 200, mean, problem)


def kinds(file: StoredFile, truth: Truth = Truth()) -> list[FaultKind]:  # noqa: B008 - frozen
    return [fault.kind for fault in faults_of(file, truth)]


def only(file: StoredFile, truth: Truth = Truth()) -> str:  # noqa: B008 - as above
    (fault,) = faults_of(file, truth)
    return fault.sentence


def test_a_sound_file_has_none() -> None:
    digests = (seen("DCMTK", 0.0), seen("GDCM", 1.5))
    assert faults_of(stored(digests=digests), Truth(ColorModel.YCBCR)) == ()


@pytest.mark.parametrize(
    ("finding", "kind"),
    [
        (error("missing-1", PATIENT_NAME), FaultKind.TYPE_1),
        (error("empty-1C", PATIENT_NAME), FaultKind.TYPE_1),
        (error("missing-2C", PATIENT_NAME), FaultKind.TYPE_2),
        (error("lossy", 0x00282110), FaultKind.LOSSY),
        (error("transfer-syntax", 0x00020010), FaultKind.LABEL),
        (error("stream", ROWS), FaultKind.LABEL),
        (error("stream", PIXEL_DATA), FaultKind.UNREADABLE),
        (error("encapsulation", PIXEL_DATA), FaultKind.UNREADABLE),
        (error("color", 0x00280004), FaultKind.COLOR),
        (error("enum", 0x00080060), FaultKind.OTHER),
    ],
)
def test_findings(finding: Finding, kind: FaultKind) -> None:
    assert kinds(stored(finding)) == [kind]
    # what only dciodvfy says is shown beside, and warnings are no faults
    assert kinds(stored(replace(finding, source="dciodvfy"))) == []
    assert kinds(stored(replace(finding, source="both"))) == [kind]
    assert kinds(stored(replace(finding, severity=Severity.WARNING))) == []


def test_many_attributes_are_one_fault() -> None:
    findings = [
        error("missing-2", tag) for tag in (0x00100010, 0x00100020, 0x00100030, 0x00100040, 0x00200010, 0x00080050)
    ]
    said = only(stored(*findings))
    assert "PatientName, PatientID, PatientBirthDate, PatientSex and 2 more" in said


@pytest.mark.parametrize(
    ("color", "label", "wrong"),
    [
        (ColorModel.RGB, "YBR_FULL_422", True),
        (ColorModel.RGB, "YBR_FULL", True),
        (ColorModel.RGB, "RGB", False),
        (ColorModel.YCBCR, "RGB", True),
        (ColorModel.YCBCR, "YBR_FULL", False),
        (ColorModel.MONOCHROME, "MONOCHROME2", False),
        (ColorModel.CMYK, "CMYK", True),
        (ColorModel.AMBIGUOUS, "RGB", False),
        (None, "RGB", False),
    ],
)
def test_labels_against_the_source(color: ColorModel | None, label: str, *, wrong: bool) -> None:
    assert kinds(stored(PhotometricInterpretation=label), Truth(color)) == ([FaultKind.COLOR] if wrong else [])


def test_the_error_is_named_with_the_wrong_label() -> None:
    said = only(stored(digests=(seen("DCMTK", 136.4),)), Truth(ColorModel.RGB))
    assert said == "labels RGB as YBR_FULL_422, so that its colours are wrong: 136 of 255 steps off on average"


def test_colours_that_only_decoders_show() -> None:
    assert "another picture than the source" in only(stored(digests=(seen("DCMTK", 90.0), seen("GDCM", 80.0))))
    said = only(stored(digests=(seen("DCMTK", 0.0), seen("pydicom with Pillow", 109.0))))
    assert said == "shows other colours in pydicom with Pillow: 109 of 255 steps off on average"
    assert "another picture" in only(stored(digests=(seen("DCMTK", 90.0), seen("GDCM", None, "crashed"))))


def test_a_picture_that_lies_on_its_side() -> None:
    file = stored(digests=(seen("DCMTK", 0.7),))
    assert kinds(file, Truth(ColorModel.YCBCR, 6)) == [FaultKind.ORIENTATION]
    assert kinds(stored(), Truth(ColorModel.YCBCR, 6)) == []


def test_what_is_left_in_the_stream() -> None:
    leaks = (
        Leak("GPS position", "APP1 Exif", 900),
        Leak("COM", "COM", 12),
        Leak("bytes behind EOI", "the stream", 4711),
    )
    assert kinds(stored(leaks=leaks)) == [FaultKind.LEAK, FaultKind.COMMENT, FaultKind.TRAILING]
    sentences = [fault.sentence for fault in faults_of(stored(leaks=leaks), Truth())]
    assert sentences == [
        "keeps GPS position in the picture's stream",
        "keeps comments: COM of 12 bytes",
        "keeps 4,711 bytes behind the picture",
    ]


def test_what_cannot_be_read_at_all() -> None:
    assert only(stored(report=None, problems=("the file is no DICOM file",))) == "the file is no DICOM file"
    unseen = (seen("DCMTK", None, "no such codec"), seen("GDCM", None, "crashed"))
    assert "no decoder here can read: DCMTK: no such codec" in only(stored(digests=unseen))


def test_a_private_transfer_syntax() -> None:
    """As gdcmimg writes 16-bit PGM (docs/toolkits.md); its encoding is not that of the standard, and reads as damage."""
    file = stored(error("encoding"), error("enum"), TransferSyntaxUID="1.2.840.113619.5.2")
    assert only(file) == "writes the private transfer syntax 1.2.840.113619.5.2, which other programs cannot read"


def test_the_gravest_comes_first() -> None:
    file = stored(
        error("enum"), error("missing-2", PATIENT_NAME), error("stream", PIXEL_DATA), leaks=(Leak("XMP", "XMP", 1),)
    )
    assert kinds(file) == [FaultKind.UNREADABLE, FaultKind.LEAK, FaultKind.TYPE_2, FaultKind.OTHER]


@pytest.mark.parametrize(
    ("status", "message", "words"),
    [
        (RunStatus.WROTE, "", "on its own: nothing wrong; fine"),
        (RunStatus.FAILED, "exit code 1", "on its own it refuses the picture (exit code 1); fine"),
        (RunStatus.CRASHED, "killed by SIGABRT", "on its own it crashes (killed by SIGABRT); fine"),
        (RunStatus.TIMED_OUT, "no answer", "on its own it gives no answer (no answer); fine"),
        (RunStatus.NOT_RUN, "no way", "not run on its own: no way; fine"),
    ],
)
def test_the_verdict_is_one_sentence(status: RunStatus, message: str, words: str) -> None:
    assert verdict(status, message, (), "fine") == words


def test_the_verdict_names_each_kind_once() -> None:
    faults = faults_of(stored(error("missing-1", 1), error("missing-2", 2), leaks=(Leak("COM", "COM", 4),)), Truth())
    expected = "on its own: comments left in, Type 1 attributes missing, Type 2 attributes missing; fine"
    assert verdict(RunStatus.WROTE, "", faults, "fine") == expected
