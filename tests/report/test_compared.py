"""Reports of comparisons: they fit 80 columns whatever is in them, and take nothing for markup."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dicomize.comparing.model import (
    AttributeRow,
    BackendOutcome,
    Comparison,
    DecoderDigest,
    Difference,
    DifferenceKind,
    Fault,
    FaultKind,
    FrameDifference,
    InstanceComparison,
    NormalizedOutcome,
    PixelDifference,
    RawOutcome,
    Run,
    RunStatus,
    StoredFile,
)
from dicomize.errors import ExitCode
from dicomize.model import CheckReport, Finding, Severity
from dicomize.report.compared import show_comparison
from dicomize.report.differing import show_pair

NAME = "[bold]x[/bold] :heart: \x1b[31m " + "long " * 40
FINDINGS = (
    Finding(Severity.ERROR, "missing-1", NAME, "both"),
    Finding(Severity.WARNING, "dicomdir", "b", "dciodvfy"),
    Finding(Severity.ERROR, "lossy", "c", "dicomize"),
)
REPORT = CheckReport(Path("a.dcm"), "SCImage", FINDINGS, ("dicomize 1", "dciodvfy"))
DIGESTS = (
    DecoderDigest("DCMTK", "3.6.7", "ab", "RGB", 255, 136.448),
    DecoderDigest("pydicom with Pillow", "3", problem=NAME),
    DecoderDigest("GDCM", "3", "cd", "MONOCHROME2"),
)
FILE = StoredFile("ab" * 32, 1234567, "1.2.840.10008.1.2.4.50", "YBR_FULL_422", REPORT, (), DIGESTS, (NAME,))
RUN = Run(RunStatus.WROTE, ("/usr/bin/img2dcm", NAME), "", 0, 0.123, 9_900_000)
WROTE = BackendOutcome(
    "dcmtk", "3.6.7", Path("/usr/bin/img2dcm"), "", RawOutcome(RUN, FILE, (Fault(FaultKind.COLOR, NAME, "PS3.5 8.2.1"),)),
    NormalizedOutcome(FILE, 0.1), f"on its own: wrong colours; {NAME}",
)  # fmt: skip
FAILED = replace(
    WROTE,
    backend="a-build-with-a-long-name",
    raw=RawOutcome(Run(RunStatus.TIMED_OUT, ("x",), "no answer within 60 seconds", seconds=60.0)),
    normalized=NormalizedOutcome(replace(FILE, sha256="cd" * 32), 0.2),
)
ABSENT = BackendOutcome(
    "gdcm",
    "",
    None,
    "not here",
    RawOutcome(Run(RunStatus.NOT_RUN)),
    NormalizedOutcome(),
    "not on this machine: not here",
)
DIFFERENCES = (
    Difference(
        DifferenceKind.VALUE, f"/{'Sequence(0008,1111)[1]/' * 8}PatientName(0010,0010)", 1, ("PN", "LO"), NAME, "b"
    ),
    Difference(DifferenceKind.ONLY_LEFT, "/StudyID(0020,0010)", 2, ("SH", ""), "left alone", "absent"),
    Difference(DifferenceKind.ONLY_RIGHT, "/PatientSex(0010,0040)", 3, ("", "CS"), "absent", "right alone"),
)
FRAMES = tuple(FrameDifference(n, n, n / 10, 40.0, 0.99) for n in range(1, 15))
PIXELS = PixelDifference(
    False, False, "RGB as displayed", FRAMES, Path("d.png"), 2.5, NAME
)  # fmt: skip
PAIR = InstanceComparison(Path(NAME), Path("b.dcm"), False, DIFFERENCES, DIFFERENCES[:1], PIXELS, (NAME,))
ROWS = (
    AttributeRow(0x00280004, (("dcmtk", "YBR_FULL_422"), ("x", "RGB")), "RGB", NAME, "PS3.5 8.2.1"),
    AttributeRow(
        0x00080018, (("dcmtk", f"1.2.{'3' * 60}"), ("x", f"1.2.{'4' * 60}")), f"2.25.{'5' * 39}", "derived", ""
    ),
    AttributeRow(0x00280010, (("dcmtk", "48"), ("x", "48")), "48", "", ""),
)
COMPARISON = Comparison(
    Path(NAME), "ef" * 32, None, "", ExitCode.DONE, (WROTE, FAILED, ABSENT), ROWS, pairs=(("x", PAIR),)
)


def require_tidy(text: str) -> None:
    assert text
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert "[bold]x[/bold] :heart:" in " ".join(text.split())


@pytest.mark.parametrize("verbose", [False, True])
def test_a_comparison(capsys: pytest.CaptureFixture[str], *, verbose: bool) -> None:
    show_comparison(COMPARISON, verbose=verbose)
    text = capsys.readouterr().out
    require_tidy(text)
    words = " ".join(text.split())
    for part in (
        "0.12 s", "10 MB", "1,234,567", "timed out", "136.45, 255", "cannot decode", "decoded", "not on this machine: not here",
        "dcmtk: YBR_FULL_422; x: RGB", "-> RGB, [bold]x", "[PS3.5 8.2.1]", "NOT identical: dcmtk, a-build-with-a-long-name",
        "PatientName(0010,0010) PN, LO",
    ):  # fmt: skip
        assert part in words
    assert ("/usr/bin/img2dcm" in text) == verbose
    assert ("Rows" in text) == verbose


def test_a_refused_source(capsys: pytest.CaptureFixture[str]) -> None:
    rows = (AttributeRow(0x00280004, (("gdcm", "CMYK"),), "", "", ""),)
    refused = replace(COMPARISON, refusal="no", exit_code=ExitCode.SOURCE, attributes=rows, pairs=())
    show_comparison(refused, verbose=False)
    text = capsys.readouterr().out
    assert "gdcm: CMYK" in text
    assert "refused, so that there is nothing to compare" in text


def test_nobody_wrote_anything(capsys: pytest.CaptureFixture[str]) -> None:
    rows = (AttributeRow(0x00280004, (), "RGB", "", ""),)
    show_comparison(replace(COMPARISON, backends=(FAILED, ABSENT), attributes=rows, pairs=()), verbose=False)
    text = capsys.readouterr().out
    assert "Attributes" not in text
    assert "decoders" not in text
    assert "nothing to compare with: a-build-with-a-long-name" in " ".join(text.split())


@pytest.mark.parametrize("verbose", [False, True])
def test_a_pair(capsys: pytest.CaptureFixture[str], *, verbose: bool) -> None:
    show_pair(PAIR, verbose=verbose)
    text = capsys.readouterr().out
    require_tidy(text)
    words = " ".join(text.split())
    for part in (
        "< left alone", "> right alone", "worst is frame 14: largest difference 14, mean 1.4000, PSNR 40.00 dB, SSIM 0.9900",
        "the difference, 2.5 times, is in d.png", "different: 3 attributes differ, 1 more ignored, the pictures differ",
    ):  # fmt: skip
        assert part in words
    assert ("and 4 more; -v shows all" in words) != verbose
    assert ("(ignored)" in words) == verbose


def test_pairs_that_are_alike(capsys: pytest.CaptureFixture[str]) -> None:
    show_pair(replace(PAIR, identical_files=True), verbose=False)
    assert "the same bytes" in capsys.readouterr().out
    pixels = PixelDifference(encoded_identical=False, decoded_identical=True, compared_as="RGB")
    show_pair(replace(PAIR, differences=(), ignored=(), pixels=pixels, problems=()), verbose=False)
    text = capsys.readouterr().out
    assert "every sample is the same, compared as RGB" in text
    assert text.splitlines()[-1] == "alike"
