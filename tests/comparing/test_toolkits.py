"""One picture through every real toolkit: their known faults are named, and the normalized results are identical."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image
from pydicom import dcmread

from dicomize.comparing.model import BackendOutcome, Comparison, FaultKind, RunStatus
from dicomize.comparing.toolkits import compare_toolkits
from dicomize.errors import DestinationError, DestinationExists, ExitCode, SourceUnreadable, UsageError
from dicomize.model import ConfiguredBackend, ConversionRequest, SiteProfile

from .conftest import SOURCES

Require = Callable[[str], Path]


class Seen(NamedTuple):
    """A picture, the folder of what was kept, and the comparison."""

    path: Path
    kept: Path
    comparison: Comparison


Compared = Callable[[str], Seen]
WHO = (("PatientID", "4711"), ("StudyDate", "20240229"), ("StudyTime", "120000"))


@pytest.fixture(autouse=True)
def _toolkits(require_tool: Require) -> None:
    for program in ("img2dcm", "dcmdjpeg", "gdcmimg", "gdcmconv", "dciodvfy"):
        require_tool(program)


def compare(path: Path, keep: Path | None = None, **request: object) -> Comparison:
    wish = ConversionRequest(path, Path("unwritten.dcm"), keys=WHO)
    return compare_toolkits(replace(wish, **request), keep)  # type: ignore[arg-type] # the tests know the fields


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Seen]:
    """A function from the kind of a picture to the comparison of it, made once."""
    seen: dict[str, Seen] = {}

    def get(kind: str) -> Seen:
        if kind not in seen:
            folder = tmp_path_factory.mktemp(kind)
            path = folder / f"{kind}.jpg"
            path.write_bytes(SOURCES[kind]())
            seen[kind] = Seen(path, folder / "a" / "kept", compare(path, folder / "a" / "kept"))
        return seen[kind]

    return get


def by_name(comparison: Comparison) -> dict[str, BackendOutcome]:
    return {outcome.backend: outcome for outcome in comparison.backends}


def pixels(path: Path) -> tuple[tuple[int, int], bytes]:
    with Image.open(path) as image:
        return image.size, image.tobytes()


def kinds(outcome: BackendOutcome) -> set[FaultKind]:
    return {fault.kind for fault in outcome.raw.faults}


def sentence(outcome: BackendOutcome, kind: FaultKind) -> str:
    return next(fault.sentence for fault in outcome.raw.faults if fault.kind is kind)


def require_proof(comparison: Comparison) -> None:
    """All three gave the same, and nothing is wrong with it."""
    assert comparison.identical is True
    assert comparison.exit_code is ExitCode.DONE
    for outcome in comparison.backends:
        file = outcome.normalized.file
        assert file is not None
        assert outcome.normalized.faults == ()
        assert file.leaks == ()
        assert file.report is not None
        assert file.report.errors == ()
        assert all(not d.problem for d in file.digests)


def test_what_is_private(compared: Compared) -> None:
    comparison = compared("private").comparison
    require_proof(comparison)
    outcomes = by_name(comparison)
    assert list(outcomes) == ["dcmtk", "gdcm", "pydicom"]
    assert {n for n, o in outcomes.items() if FaultKind.LEAK in kinds(o)} == {"gdcm", "pydicom"}
    assert {n for n, o in outcomes.items() if FaultKind.COMMENT in kinds(o)} == {"dcmtk", "gdcm", "pydicom"}
    assert "GPS position, camera serial number" in sentence(outcomes["gdcm"], FaultKind.LEAK)
    for name, outcome in outcomes.items():
        assert outcome.raw.file is not None
        assert outcome.raw.file.path is not None
        raw = outcome.raw.file.path.read_bytes()
        # what is said of the files is so
        assert (b"SN-0815" in raw) == (name != "dcmtk")
        assert b"Doe^Jane" in raw


def test_mandatory_and_lossy_attributes(compared: Compared) -> None:
    outcomes = by_name(compared("plain").comparison)
    assert {n for n, o in outcomes.items() if FaultKind.LOSSY in kinds(o)} == {"gdcm", "pydicom"}
    assert {n for n, o in outcomes.items() if FaultKind.TYPE_2 in kinds(o)} == {"gdcm", "pydicom"}
    assert "PatientName" in sentence(outcomes["gdcm"], FaultKind.TYPE_2)
    assert all(FaultKind.TYPE_1 in kinds(o) for o in outcomes.values())


def test_wrong_colours(compared: Compared) -> None:
    comparison = compared("rgb").comparison
    require_proof(comparison)
    outcomes = by_name(comparison)
    assert {n for n, o in outcomes.items() if FaultKind.COLOR in kinds(o)} == {"dcmtk", "pydicom"}
    assert "labels RGB as YBR_FULL_422" in sentence(outcomes["dcmtk"], FaultKind.COLOR)
    assert "wrong colours" in outcomes["dcmtk"].verdict
    row = next(row for row in comparison.attributes if row.tag == 0x00280004)
    assert dict(row.theirs) == {"dcmtk": "YBR_FULL_422", "gdcm": "RGB", "pydicom": "YBR_FULL_422"}
    assert (row.ours, row.reference) == ("RGB", "PS3.5 8.2.1")


def test_data_behind_the_picture(compared: Compared) -> None:
    _, kept, comparison = compared("trailing")
    require_proof(comparison)
    outcomes = by_name(comparison)
    assert {n for n, o in outcomes.items() if FaultKind.TRAILING in kinds(o)} == {"gdcm", "pydicom"}
    for name in ("gdcm", "pydicom"):
        assert b"PATIENT 4711" in (kept / f"trailing.{name}.raw.dcm").read_bytes()
    assert b"PATIENT 4711" not in (kept / "trailing.dcmtk.raw.dcm").read_bytes()


def test_nobody_turns_the_picture(compared: Compared) -> None:
    comparison = compared("lying").comparison
    require_proof(comparison)
    assert all(FaultKind.ORIENTATION in kinds(o) for o in comparison.backends)
    row = next(row for row in comparison.attributes if row.tag == 0x00280010)
    assert {value for _, value in row.theirs} == {"48"}
    assert (row.ours, row.reason) == ("64", "the picture is turned upright")


def test_the_pixels_are_those_of_libjpeg(compared: Compared) -> None:
    path, _, comparison = compared("plain")
    expected = hashlib.sha256(pixels(path)[1]).hexdigest()
    for outcome in comparison.backends:
        for file in (outcome.raw.file, outcome.normalized.file):
            assert file is not None
            digests = {d.decoder: d for d in file.digests}
            assert list(digests)[:3] == ["DCMTK", "GDCM", "pydicom with Pillow"]
            # dcmdjpeg is bit-identical to libjpeg at 4:4:4 (docs/toolkits.md); the others round on their own
            assert digests["DCMTK"].sha256 == expected
            assert (digests["DCMTK"].max_error, digests["DCMTK"].mean_error) == (0, 0.0)
            assert all((d.max_error or 0) <= 1 for d in digests.values() if "pylibjpeg" not in d.decoder)


def test_grey(compared: Compared) -> None:
    path, _, comparison = compared("grey")
    require_proof(comparison)
    expected = hashlib.sha256(pixels(path)[1]).hexdigest()
    file = comparison.backends[0].normalized.file
    assert file is not None
    assert {d.sha256 for d in file.digests if "pylibjpeg" not in d.decoder} == {expected}


def test_decoded_results(source: Callable[[str], Path]) -> None:
    path = source("plain")
    comparison = compare(path, transfer_syntax="explicit")
    require_proof(comparison)
    file = comparison.backends[0].normalized.file
    assert file is not None
    (digest,) = file.digests
    assert digest.sha256 == hashlib.sha256(pixels(path)[1]).hexdigest()


def test_time_and_memory_are_measured(compared: Compared) -> None:
    for outcome in compared("plain").comparison.backends:
        assert outcome.raw.run.seconds is not None
        assert outcome.raw.run.seconds > 0
        assert outcome.raw.run.peak_memory is not None
        assert outcome.raw.run.peak_memory > 2**20
        assert outcome.normalized.seconds is not None
        assert outcome.version


def test_rasters(compared: Compared) -> None:
    path, _, comparison = compared("png")
    require_proof(comparison)
    outcomes = by_name(comparison)
    assert outcomes["dcmtk"].raw.run.status is RunStatus.FAILED
    for file in (outcomes["pydicom"].raw.file, outcomes["pydicom"].normalized.file):
        assert file is not None
        (digest,) = file.digests
        assert (digest.sha256, digest.max_error) == (hashlib.sha256(pixels(path)[1]).hexdigest(), 0)


def test_progressive(compared: Compared) -> None:
    """The toolkits store it under a retired transfer syntax, or under one that it is not of."""
    comparison = compared("progressive").comparison
    require_proof(comparison)
    retired = "1.2.840.10008.1.2.4.55"
    syntaxes = {n: o.raw.file and o.raw.file.TransferSyntaxUID for n, o in by_name(comparison).items()}
    assert syntaxes == {"dcmtk": retired, "gdcm": retired, "pydicom": "1.2.840.10008.1.2.4.50"}
    assert "the stream is SOF2" in sentence(by_name(comparison)["pydicom"], FaultKind.LABEL)


@pytest.mark.parametrize("kind", ["cmyk", "truncated", "text"])
def test_a_refused_source_is_compared_all_the_same(kind: str, compared: Compared) -> None:
    path, _, comparison = compared(kind)
    assert comparison.exit_code is ExitCode.SOURCE
    assert str(path) in comparison.refusal
    assert comparison.identical is None
    assert all(o.normalized.file is None and o.normalized.exit_code is ExitCode.SOURCE for o in comparison.backends)
    assert all(o.raw.run.status is not RunStatus.NOT_RUN for o in comparison.backends)


def test_what_toolkits_do_with_refused_sources(compared: Compared) -> None:
    cmyk = by_name(compared("cmyk").comparison)
    assert cmyk["dcmtk"].raw.run.status is RunStatus.FAILED
    assert cmyk["gdcm"].raw.run.status is RunStatus.WROTE
    assert "no form of DICOM" in sentence(cmyk["gdcm"], FaultKind.COLOR)
    truncated = by_name(compared("truncated").comparison)
    assert truncated["gdcm"].raw.run.status is RunStatus.WROTE
    assert FaultKind.UNREADABLE in kinds(truncated["gdcm"])
    text = by_name(compared("text").comparison)
    assert all(o.raw.run.status in {RunStatus.FAILED, RunStatus.CRASHED} for o in text.values())
    assert "exit code 1" in text["pydicom"].verdict


def test_the_same_comparison_gives_the_same_results(compared: Compared) -> None:
    path, _, one = compared("private")
    other = compare(path)
    assert [o.normalized.file and o.normalized.file.sha256 for o in one.backends] == [
        o.normalized.file and o.normalized.file.sha256 for o in other.backends
    ]
    assert [o.raw.faults for o in one.backends] == [o.raw.faults for o in other.backends]
    assert [o.verdict for o in one.backends] == [o.verdict for o in other.backends]


def test_what_is_kept(compared: Compared) -> None:
    path, kept, comparison = compared("plain")
    files = {p.name for p in kept.iterdir()}
    names = [o.backend for o in comparison.backends]
    assert {f"plain.{name}.{kind}.dcm" for name in names for kind in ("raw", "normalized")} <= files
    assert {p.suffix for p in kept.iterdir()} == {".dcm", ".png"}
    for outcome in comparison.backends:
        for file in (outcome.raw.file, outcome.normalized.file):
            assert file is not None
            assert file.path is not None
            assert hashlib.sha256(file.path.read_bytes()).hexdigest() == file.sha256
            assert dcmread(file.path).Rows == 48
            for digest in file.digests:
                assert digest.picture is not None
                assert hashlib.sha256(pixels(digest.picture)[1]).hexdigest() == digest.sha256
    assert comparison.picture is not None
    assert pixels(comparison.picture) == pixels(path)
    with pytest.raises(DestinationExists, match=r"plain\.dcmtk\.raw\.dcm exists already; name another folder"):
        compare(path, kept)
    assert compare(path, kept, overwrite=True).identical


def test_large_pictures_are_kept_small(tmp_path: Path) -> None:
    path = tmp_path / "wide.jpg"
    Image.linear_gradient("L").resize((3000, 100)).save(path)
    comparison = compare(path, tmp_path / "kept", backend="pydicom")
    assert comparison.picture is not None
    assert pixels(comparison.picture)[0] == (1024, 34)


def test_nothing_stays_otherwise(
    source: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    comparison = compare(source("plain"))
    assert list(scratch.iterdir()) == []
    assert comparison.picture is None
    for outcome in comparison.backends:
        assert outcome.raw.file is not None
        assert outcome.raw.file.path is None
        assert outcome.raw.file.report is not None
        assert not outcome.raw.file.report.file.is_absolute()


def test_one_backend(source: Callable[[str], Path]) -> None:
    comparison = compare(source("plain"), backend="gdcm")
    assert [o.backend for o in comparison.backends] == ["gdcm"]
    assert comparison.identical is None
    with pytest.raises(UsageError, match="there is no backend 'nonsense'"):
        compare(source("plain"), backend="nonsense")


def test_builds_that_the_site_describes(source: Callable[[str], Path], require_tool: Require) -> None:
    tools = tuple((program, require_tool(program)) for program in ("img2dcm", "dump2dcm"))
    site = SiteProfile(name="two", configured=(ConfiguredBackend("dcmtk-old", "dcmtk", tools),))
    outcomes = by_name(compare(source("plain"), site=site))
    assert list(outcomes) == ["dcmtk", "gdcm", "pydicom", "dcmtk-old"]
    assert outcomes["dcmtk-old"].program == require_tool("img2dcm")
    assert kinds(outcomes["dcmtk-old"]) == kinds(outcomes["dcmtk"])


def test_a_backend_that_is_not_there(source: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DICOMIZE_IMG2DCM", "/absent/img2dcm")
    outcomes = by_name(compare(source("plain")))
    assert outcomes["dcmtk"].raw.run.status is RunStatus.NOT_RUN
    assert "/absent/img2dcm" in outcomes["dcmtk"].because
    assert outcomes["gdcm"].raw.run.status is RunStatus.WROTE


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="does not exist"):
        compare(tmp_path / "absent.jpg")


def test_a_folder_that_cannot_be_made(source: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DestinationError, match="file"):
        compare(source("plain"), tmp_path / "file" / "kept")


def test_the_pipeline_is_not_asked_in_vain(source: Callable[[str], Path]) -> None:
    """What only the whole walk over the stream finds is a refusal of the source, too."""
    path = source("plain")
    data = bytearray(path.read_bytes())
    rows = data.index(b"\xff\xc0") + 5
    data[rows : rows + 2] = (480).to_bytes(2, "big")
    path.write_bytes(data)
    comparison = compare(path)
    assert comparison.exit_code is ExitCode.SOURCE
    assert comparison.plan is None
    assert by_name(comparison)["dcmtk"].raw.run.status is RunStatus.WROTE


# ---------------------------------------------------------------- the corpus

LEAKING, COMMENTING = {"gdcm", "pydicom"}, {"dcmtk", "gdcm", "pydicom"}


@pytest.mark.parametrize(
    ("name", "kind", "who", "words"),
    [
        ("photos/jpg_gps_DSCN0010.jpg", FaultKind.LEAK, LEAKING, "GPS position"),
        ("photos/jpg_gps_DSCN0010.jpg", FaultKind.LOSSY, LEAKING, "LossyImageCompression is not 01"),
        ("photos/jpg_gps_DSCN0010.jpg", FaultKind.TYPE_2, LEAKING, "PatientName"),
        ("photos/jpg_exif-org_kodak-dc210.jpg", FaultKind.COMMENT, COMMENTING, "COM of 63 bytes"),
        ("photos/jpg_exif-org_olympus-d320l.jpg", FaultKind.LOSSY, LEAKING, "LossyImageCompression is not 01"),
        ("synthetic/com.jpg", FaultKind.COMMENT, COMMENTING, "COM"),
        ("synthetic/trail.jpg", FaultKind.TRAILING, LEAKING, "bytes behind the picture"),
        ("synthetic/two_images.jpg", FaultKind.TRAILING, LEAKING, "bytes behind the picture"),
        ("synthetic/rgb_adobe0_ids123.jpg", FaultKind.COLOR, {"dcmtk", "pydicom"}, "labels RGB as YBR_FULL_422"),
    ],
)
def test_the_known_faults_on_the_corpus(
    name: str, kind: FaultKind, who: set[str], words: str, corpus: Path, seen_corpus: dict[str, Comparison]
) -> None:
    """Those of docs/toolkits.md, found by comparing."""
    if name not in seen_corpus:
        seen_corpus[name] = compare(corpus / name)
    comparison = seen_corpus[name]
    require_proof(comparison)
    outcomes = by_name(comparison)
    assert {n for n, o in outcomes.items() if kind in kinds(o)} == who
    assert all(words in sentence(outcomes[n], kind) for n in who)


@pytest.fixture(scope="module")
def seen_corpus() -> dict[str, Comparison]:
    """Comparisons that were made already, by the name of the picture."""
    return {}
