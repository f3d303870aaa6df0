"""Comparisons to be shown, with names that would do harm, and a browser to show them in."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

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
    Leak,
    NormalizedOutcome,
    PixelDifference,
    RawOutcome,
    Run,
    RunStatus,
    StoredFile,
)
from dicomize.errors import ExitCode
from dicomize.model import CheckReport, Finding, Severity

HOSTILE = (
    "<script>window.harmed = 1</script>",
    "\"><img src=x onerror='window.harmed = 1'>",
    "' onmouseover='window.harmed = 1' x='",
    "</style></script><svg onload=window.harmed=1>",
    "javascript:window.harmed=1",
    "a\u202egpj.exe\x1b[31m\u2066",
    "&lt;b&gt; &amp; {{7*7}} ${window.harmed=1}",
)
"""what file names, values and messages may hold"""

NAME = "".join(HOSTILE)


def png(*colors: tuple[int, int, int], size: tuple[int, int] = (400, 300)) -> bytes:
    """Vertical bars."""
    bars = Image.new("RGB", (len(colors), 1))
    bars.putdata(colors)
    buffer = io.BytesIO()
    bars.resize(size, Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()


ONE = png((100, 100, 100), (200, 0, 0), (0, 200, 0))
OTHER = png((102, 100, 100), (200, 0, 0), (0, 200, 8))
"""off by 2 and by 8"""


def report(hostile: str) -> CheckReport:
    findings = (
        Finding(
            Severity.ERROR,
            "missing-1",
            f"Modality is missing {hostile}",
            "dicomize",
            0x00080060,
            f"/{hostile}",
            "PS3.3",
        ),
        Finding(Severity.WARNING, "dicomdir", "StudyID", "both", 0x00200010, "/StudyID(0020,0010)"),
    )
    return CheckReport(Path("x.dcm"), "SCImage", findings, ("dicomize",))


def stored(folder: Path, sha256: str, hostile: str, *, sound: bool) -> StoredFile:
    pictures = []
    for number, data in enumerate((ONE, OTHER)):
        path = folder / f"{sha256[:4]}-{number}.png"
        path.write_bytes(data)
        pictures.append(path)
    digests = (
        DecoderDigest("DCMTK", "3.6.7", "d" * 64, "RGB", 0, 0.0, picture=pictures[0]),
        DecoderDigest(f"GDCM {hostile}", "3.2.6", "e" * 64, "RGB", 8, 1.5, picture=pictures[1]),
        DecoderDigest("pydicom", "3.0.2", problem=f"cannot {hostile}"),
    )
    return StoredFile(
        sha256=sha256,
        size=1234,
        TransferSyntaxUID="1.2.840.10008.1.2.4.50",
        PhotometricInterpretation="YBR_FULL_422",
        report=None if sound else report(hostile),
        leaks=() if sound else (Leak(f"GPS position {hostile}", "APP1 Exif", 11260),),
        digests=digests,
    )


def outcome(folder: Path, name: str, hostile: str) -> BackendOutcome:
    raw = stored(folder, name[0] * 64, hostile, sound=False)
    fault = Fault(FaultKind.LEAK, f"keeps the GPS position {hostile}", "PS3.15 E.3")
    run = Run(RunStatus.WROTE, ("/usr/bin/img2dcm", hostile), returncode=0, seconds=0.05, peak_memory=10_000_000)
    normalized = NormalizedOutcome(stored(folder, "f" * 64, hostile, sound=True), 0.1)
    return BackendOutcome(name, "1.0", None, "", RawOutcome(run, raw, (fault,)), normalized, f"on its own: {hostile}")


def comparison_of(folder: Path, hostile: str = "") -> Comparison:
    """Two backends that agree, a third that is not there."""
    missing = BackendOutcome(
        "gdcm",
        "",
        None,
        f"not installed {hostile}",
        RawOutcome(Run(RunStatus.NOT_RUN, message="no")),
        NormalizedOutcome(),
        "-",
    )
    source = folder / "source.png"
    source.write_bytes(ONE)
    keywords = (0x00080060, 0x00100010, 0x00100020, 0x00280004)
    rows = [
        AttributeRow(tag, (("dcmtk", f"value {hostile}"), ("pydicom", "absent")), "kept", f"because {hostile}", "PS3.3")
        for tag in keywords
    ]
    same = AttributeRow(0x00280010, (("dcmtk", "17"), ("pydicom", "17")), "17", "", "")
    return Comparison(
        source=Path(f"photo{hostile}.jpg"),
        source_sha256="a" * 64,
        plan=None,
        refusal="",
        exit_code=ExitCode.DONE,
        backends=(outcome(folder, "dcmtk", hostile), missing, outcome(folder, "pydicom", hostile)),
        attributes=(*rows, same),
        picture=source,
    )


def pair_of(hostile: str = "") -> InstanceComparison:
    path = f"/PatientName(0010,0010){hostile}"
    differences = (
        Difference(DifferenceKind.VALUE, path, 0x00100010, ("PN", "PN"), f"Doe {hostile}", f"Roe {hostile}"),
        Difference(DifferenceKind.ONLY_LEFT, "/Modality(0008,0060)", 0x00080060, ("CS", ""), "OT", "absent"),
    )
    ignored = (Difference(DifferenceKind.VALUE, "/StudyID(0020,0010)", 0x00200010, ("SH", "SH"), "1", "2"),)
    frames = (FrameDifference(1, 8, 1.5, 40.1, 0.99),)
    pixels = PixelDifference(
        encoded_identical=False, decoded_identical=False, compared_as=f"RGB {hostile}", frames=frames
    )
    return InstanceComparison(
        Path(f"a{hostile}.dcm"),
        Path("b.dcm"),
        identical_files=False,
        differences=differences,
        ignored=ignored,
        pixels=pixels,
    )


# ---------------------------------------------------------------- the browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium. As root it has no sandbox, and in containers little shared memory."""
    playwright = pytest.importorskip("playwright.sync_api")
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("chromium is not installed: apt install chromium")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield started
        started.close()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A function that shows a page. In the end nothing may have been asked of a network or complained about, and
    nothing hostile may have run."""
    contexts, requested, complaints, pages = [], [], [], []

    def shown(text: str, **options: Any) -> Any:
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        context = browser.new_context(**({"viewport": {"width": 1200, "height": 900}} | options))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("request", lambda request: requested.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri())
        if options.get("java_script_enabled", True):
            pages.append(page)
        return page

    yield shown
    harmed = [page.evaluate("window.harmed") for page in pages]
    for context in contexts:
        context.close()
    assert harmed == [None] * len(pages)
    assert complaints == []
    assert [url for url in requested if not url.startswith("data:")] == [(tmp_path / "page.html").as_uri()] * len(
        contexts
    )
