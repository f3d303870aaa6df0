"""The whole pipeline with programs that go wrong in one way each: nothing wrong is ever written, and nothing stays."""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pydicom
import pytest
from PIL import Image

from dicomize.errors import (
    DestinationError,
    DestinationExists,
    DicomizeError,
    NotConformant,
    SourceDamaged,
    SourceUnreadable,
    ToolFailed,
    ToolMissing,
)
from dicomize.model import Conversion, ConversionRequest, Plan, Severity, SiteProfile
from dicomize.pipeline import execute, plan_all, tools_of

PROGRAMS = {"dcmtk": "img2dcm", "gdcm": "gdcmimg"}
WHO = (("PatientID", "4711"), ("StudyDate", "20240229"))


@dataclass(frozen=True)
class Place:
    """Where a test works: its source, its destination, its folder for temporary files."""

    folder: Path

    @property
    def source(self) -> Path:
        return self.folder / "source.jpg"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def leftovers(self) -> list[str]:
        """Whatever is in the destination folder or the folder for temporary files."""
        return sorted(p.name for folder in (self.out, self.temporary) for p in folder.iterdir())

    def plan(self, **options: Any) -> Plan:
        request = ConversionRequest(
            **{"source": self.source, "destination": self.out / "x.dcm", "keys": WHO, **options}
        )
        (planned,) = plan_all([request])
        assert isinstance(planned, Plan), planned
        return planned


def picture(columns: int = 48, rows: int = 32, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image = Image.merge("RGB", [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.linear_gradient("L")])
    image.resize((columns, rows)).save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path)
    place.out.mkdir()
    place.temporary.mkdir()
    place.source.write_bytes(picture())
    monkeypatch.setattr(tempfile, "tempdir", str(place.temporary))
    monkeypatch.setenv("TMPDIR", str(place.temporary))
    return place


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a program which goes wrong; `body` is Python with `source` and `result` at hand.

    Where a real program is given, that has run first.
    """

    def write(name: str, body: str, real: Path | None = None) -> Path:
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        find = (
            "args = sys.argv[1:]\n"
            "result = args[args.index('-o') + 1] if '-o' in args else args[-1]\n"
            "source = args[args.index('-i') + 1] if '-o' in args else args[-2]\n"
        )
        first = f"subprocess.run([{str(real)!r}, *args], check=True)\n" if real else ""
        path.write_text(f"#!{sys.executable} -IS\nimport os, subprocess, sys, time\n{find}{first}{body}\n")
        path.chmod(0o755)
        return path

    return write


def site(program: str, path: Path, timeout: float = 20.0) -> SiteProfile:
    return SiteProfile("test", tools=((program, path),), timeout=timeout)


FAULTS = {
    "aborts": ("os.abort()", "was killed by SIGABRT"),
    "exits": ("sys.exit('E: no such luck')", "failed with exit code 1: no such luck"),
    "writes nothing": ("pass", "wrote no"),
    "writes an empty file": ("open(result, 'w')", "empty"),
    "writes text": ("open(result, 'w').write('no DICOM file' * 99)", "is no DICOM file"),
    "writes part and dies": ("open(result, 'wb').write(bytes(128) + b'DICM'); os.kill(os.getpid(), 9)", "SIGKILL"),
    "shouts": ("os.write(2, b'F: ' + b'x' * 3_000_000); sys.exit(1)", "exit code 1"),
    "mumbles": ("os.write(2, b'\\xff\\xfe\\x80 F: \\xc3\\n'); sys.exit(3)", "exit code 3"),
}


@pytest.mark.parametrize("backend", PROGRAMS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_toolkit_that_fails(fault: str, backend: str, place: Place, fake: Callable[..., Path]) -> None:
    body, message = FAULTS[fault]
    program = fake(PROGRAMS[backend], body)
    with pytest.raises(ToolFailed, match=message) as caught:
        execute(place.plan(backend=backend, site=site(PROGRAMS[backend], program)))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000
    invocation = caught.value.invocation
    assert invocation is not None
    assert invocation.argv[0] == str(program)
    assert len(invocation.stderr) < 200_000
    assert place.leftovers() == []


@pytest.mark.parametrize("backend", PROGRAMS)
def test_a_toolkit_that_hangs(backend: str, place: Place, fake: Callable[..., Path]) -> None:
    program = fake(PROGRAMS[backend], "open(result, 'w').write('x'); time.sleep(600)")
    with pytest.raises(ToolFailed, match=r"gave no answer within 0\.5 seconds"):
        execute(place.plan(backend=backend, site=site(PROGRAMS[backend], program, 0.5)))
    assert place.leftovers() == []


def test_it_never_falls_through_to_another(place: Place, fake: Callable[..., Path]) -> None:
    program = fake("img2dcm", "sys.exit(1)")
    with pytest.raises(ToolFailed):
        execute(place.plan(site=site("img2dcm", program)))
    with pytest.raises(ToolMissing, match="no backend can do this: dcmtk: "):
        execute(place.plan(backend="dcmtk", site=site("img2dcm", place.folder / "absent")))
    conversion = execute(place.plan(site=site("img2dcm", place.folder / "absent")))
    assert conversion.choice.passed_over[0][0] == "dcmtk"
    assert "does not exist" in conversion.choice.passed_over[0][1]


# ---------------------------------------------------------------- output that is wrong in one place


def patch(old: bytes, new: bytes) -> str:
    """Code that replaces bytes in the result; the first bytes must be there."""
    return (
        "data = open(result, 'rb').read()\n"
        f"assert data.count({old!r}) == 1, 'not there'\n"
        f"open(result, 'wb').write(data.replace({old!r}, {new!r}))\n"
    )


LABELS = {
    "PhotometricInterpretation": (b"CS\x0c\x00YBR_FULL_422", b"CS\x0c\x00RGB         ", "RGB", "YBR_FULL_422"),
    "Rows": (b"\x28\x00\x10\x00US\x02\x00\x20\x00", b"\x28\x00\x10\x00US\x02\x00\x40\x00", "64", "32"),
    "Columns": (b"\x28\x00\x11\x00US\x02\x00\x30\x00", b"\x28\x00\x11\x00US\x02\x00\x00\x00", "0", "48"),
    "BitsAllocated": (b"\x28\x00\x00\x01US\x02\x00\x08\x00", b"\x28\x00\x00\x01US\x02\x00\x0c\x00", "12", "8"),
    "TransferSyntaxUID": (b"1.2.840.10008.1.2.4.50", b"1.2.840.10008.1.2.4.70", "JPEG Lossless", "JPEG Baseline"),
}


@pytest.mark.parametrize("backend", PROGRAMS)
@pytest.mark.parametrize("keyword", LABELS)
def test_a_wrong_label_is_corrected_and_said(
    keyword: str, backend: str, place: Place, fake: Callable[..., Path], require_tool: Callable[[str], Path]
) -> None:
    old, new, theirs, ours = LABELS[keyword]
    program = PROGRAMS[backend]
    liar = fake(program, patch(old, new), require_tool(program))
    conversion = execute(place.plan(backend=backend, site=site(program, liar)))
    (change,) = [c for c in conversion.changes if c.tag == pydicom.datadict.tag_for_keyword(keyword)]
    assert theirs in pydicom.uid.UID(change.theirs, pydicom.config.IGNORE).name
    assert ours in pydicom.uid.UID(change.ours, pydicom.config.IGNORE).name
    assert change.reason
    assert change.reference.startswith("PS3.")
    honest = execute(place.plan(backend="pydicom", destination=place.out / "honest.dcm"))
    assert conversion.sha256 == honest.sha256
    assert conversion.report.errors == ()


@pytest.mark.parametrize("backend", PROGRAMS)
def test_a_label_that_cannot_be_read(
    backend: str, place: Place, fake: Callable[..., Path], require_tool: Callable[[str], Path]
) -> None:
    program = PROGRAMS[backend]
    body = patch(b"\x28\x00\x10\x00US\x02\x00\x20\x00", b"\x28\x00\x10\x00FD\x02\x00\x20\x00")
    liar = fake(program, body, require_tool(program))
    conversion = execute(place.plan(backend=backend, site=site(program, liar)))
    assert [c.theirs for c in conversion.changes if c.tag == 0x00280010] == ["unreadable"]
    assert pydicom.dcmread(conversion.destination).Rows == 32


PICTURES = {
    "a foreign picture": (
        "data = open(result, 'rb').read()\n"
        "at = data.index(b'\\xff\\xda')\n"
        "open(result, 'wb').write(data[:at + 40] + bytes([data[at + 40] ^ 1]) + data[at + 41:])\n",
        "wrote another picture than the one it was given",
    ),
    "another file's picture": (
        "subprocess.run([{real!r}, *[a if a != source else {other!r} for a in args]], check=True)\n",
        "wrote another picture than the one it was given",
    ),
    "half a picture": (
        "data = open(result, 'rb').read()\nopen(result, 'wb').write(data[:-200])\n",
        "wrote no usable PixelData",
    ),
    "no picture": (
        "data = open(result, 'rb').read()\nopen(result, 'wb').write(data[:data.rindex(b'\\xe0\\x7f\\x10\\0')])\n",
        "wrote no usable PixelData: there is none",
    ),
    "the picture, but native": (
        "data = open(result, 'rb').read()\n"
        "stream = open(source, 'rb').read()\n"
        "stream += bytes(len(stream) % 2)\n"
        "head = b'\\xe0\\x7f\\x10\\0OB\\0\\0' + len(stream).to_bytes(4, 'little')\n"
        "open(result, 'wb').write(data[:data.rindex(b'\\xe0\\x7f\\x10\\0')] + head + stream)\n",
        "wrote another picture than the one it was given",
    ),
}


@pytest.mark.parametrize("backend", PROGRAMS)
@pytest.mark.parametrize("fault", PICTURES)
def test_another_picture_is_refused(
    fault: str, backend: str, place: Place, fake: Callable[..., Path], require_tool: Callable[[str], Path]
) -> None:
    body, message = PICTURES[fault]
    program = PROGRAMS[backend]
    other = place.folder / "other.jpg"
    other.write_bytes(picture(quality=30))
    real = require_tool(program)
    liar = fake(program, body.replace("{real!r}", repr(str(real))).replace("{other!r}", repr(str(other))), real)
    with pytest.raises(ToolFailed, match=message):
        execute(place.plan(backend=backend, site=site(program, liar)))
    assert place.leftovers() == []


def test_more_than_the_picture_is_refused(
    place: Place, fake: Callable[..., Path], require_tool: Callable[[str], Path]
) -> None:
    body = (
        "data = open(result, 'rb').read()\n"
        "pixels = bytes(48 * 32 * 3)\n"
        "head = b'\\xe0\\x7f\\x10\\0OW\\0\\0' + (len(pixels) + 2).to_bytes(4, 'little')\n"
        "open(result, 'wb').write(data[:data.rindex(b'\\xe0\\x7f\\x10\\0')] + head + pixels + bytes(2))\n"
    )
    liar = fake("gdcmimg", body, require_tool("gdcmimg"))
    with pytest.raises(ToolFailed, match="another picture"):
        execute(place.plan(backend="gdcm", transfer_syntax="explicit", site=site("gdcmimg", liar)))
    assert place.leftovers() == []


# ---------------------------------------------------------------- dciodvfy

SAYS_ERROR = "os.write(2, b'Error - </PatientID(0010,0020)> - Missing attribute Type 2\\nSCImage\\n')"


def converted(place: Place, program: Path, **options: Any) -> Conversion:
    return execute(
        place.plan(backend="pydicom", site=site("dciodvfy", program, options.pop("timeout", 20.0)), **options)
    )


def test_an_error_that_dciodvfy_finds_is_not_published(place: Place, fake: Callable[..., Path]) -> None:
    critic = fake("dciodvfy", SAYS_ERROR)
    with pytest.raises(NotConformant, match="is not conformant and was not written: /PatientID") as caught:
        converted(place, critic)
    assert [f.source for f in caught.value.findings if f.severity is Severity.ERROR] == ["dciodvfy"]
    assert place.leftovers() == []
    conversion = converted(place, critic, strict=False)
    assert len(conversion.report.errors) == 1
    assert place.leftovers() == ["x.dcm"]


def test_ours_check_as_well(place: Place, fake: Callable[..., Path]) -> None:
    silent = fake("dciodvfy", "os.write(2, b'SCImage\\n')")
    conversion = converted(place, silent, keys=(("PatientID", "A"), ("SliceThickness", "1")))
    # SliceThickness is in no module of Secondary Capture (PS3.3 A.8.1)
    assert [(f.kind, f.source, f.tag) for f in conversion.report.warnings] == [("not-in-iod", "dicomize", 0x00180050)]
    assert [v.split()[0] for v in conversion.report.validators] == ["dicomize", "dciodvfy"]


def test_what_both_find_is_said_once(place: Place, require_tool: Callable[[str], Path]) -> None:
    require_tool("dciodvfy")
    conversion = execute(place.plan(backend="pydicom", keys=(("PatientID", "A"), ("SliceThickness", "1"))))
    assert [(f.kind, f.source, f.tag) for f in conversion.report.warnings] == [("not-in-iod", "both", 0x00180050)]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("os.abort()", "could not be checked"),
        ("pass", "did not check"),
        ("os.write(2, b'cannot load libstdc++\\n'); sys.exit(127)", "could not be checked"),
    ],
)
def test_a_dciodvfy_that_does_not_check(body: str, message: str, place: Place, fake: Callable[..., Path]) -> None:
    with pytest.raises(ToolFailed, match=message):
        converted(place, fake("dciodvfy", body))
    assert place.leftovers() == []


def test_a_dciodvfy_that_hangs(place: Place, fake: Callable[..., Path]) -> None:
    with pytest.raises(ToolFailed, match="gave no answer"):
        converted(place, fake("dciodvfy", "time.sleep(600)"), timeout=0.5)
    assert place.leftovers() == []


def test_a_dciodvfy_that_babbles(place: Place, fake: Callable[..., Path]) -> None:
    body = "os.write(2, b'Warning - \\xff\\xfe nonsense\\n' * 10_000 + b'SCImage\\n')"
    assert converted(place, fake("dciodvfy", body)).report.errors == ()
    assert place.leftovers() == ["x.dcm"]


# ---------------------------------------------------------------- jpegtran


@pytest.fixture
def lying(place: Place) -> Place:
    """A picture that must be turned."""
    exif = Image.Exif()
    exif[0x0112] = 6
    place.source.write_bytes(picture(exif=exif))
    return place


def turned(place: Place, program: Path, timeout: float = 20.0) -> Conversion:
    return execute(place.plan(backend="pydicom", site=site("jpegtran", program, timeout)))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("os.abort()", "was killed by SIGABRT"),
        ("pass", "wrote no"),
        ("open(args[args.index('-outfile') + 1], 'w').write('text')", "jpegtran wrote a damaged picture"),
        ("sys.exit(2)", "failed with exit code 2"),
    ],
)
def test_a_jpegtran_that_fails(body: str, message: str, lying: Place, fake: Callable[..., Path]) -> None:
    with pytest.raises(ToolFailed, match=message):
        turned(lying, fake("jpegtran", body))
    assert lying.leftovers() == []


def test_a_jpegtran_that_hangs(lying: Place, fake: Callable[..., Path]) -> None:
    with pytest.raises(ToolFailed, match="gave no answer"):
        turned(lying, fake("jpegtran", "time.sleep(600)"), 0.5)
    assert lying.leftovers() == []


def test_a_jpegtran_that_does_not_turn(lying: Place, fake: Callable[..., Path]) -> None:
    body = "open(args[args.index('-outfile') + 1], 'wb').write(open(args[-1], 'rb').read())"
    with pytest.raises(ToolFailed, match=r"not .* as planned"):
        turned(lying, fake("jpegtran", body))
    assert lying.leftovers() == []


@pytest.mark.parametrize("option", ["-progressive", "-optimize"])
def test_a_jpegtran_of_another_kind_makes_no_difference(
    option: str, lying: Place, fake: Callable[..., Path], require_tool: Callable[[str], Path]
) -> None:
    real = require_tool("jpegtran")
    other = fake("jpegtran", f"subprocess.run([{str(real)!r}, {option!r}, *args], check=True)")
    theirs = turned(lying, other)
    without = execute(
        lying.plan(backend="pydicom", destination=lying.out / "without.dcm", site=site("jpegtran", other.parent))
    )
    usual = execute(lying.plan(backend="pydicom", destination=lying.out / "usual.dcm"))
    assert theirs.sha256 == without.sha256 == usual.sha256


# ---------------------------------------------------------------- files that change or appear meanwhile


def test_a_source_that_changed(place: Place) -> None:
    plan = place.plan(backend="pydicom")
    place.source.write_bytes(picture(quality=20))
    with pytest.raises(SourceDamaged, match="changed since it was planned"):
        execute(plan)
    place.source.unlink()
    with pytest.raises(SourceUnreadable):
        execute(plan)
    assert place.leftovers() == []


def test_a_destination_that_appears_meanwhile(
    place: Place, fake: Callable[..., Path], require_tool: Callable[[str], Path]
) -> None:
    target = place.out / "x.dcm"
    busy = fake("img2dcm", f"open({str(target)!r}, 'w').write('somebody else')", require_tool("img2dcm"))
    with pytest.raises(DestinationExists):
        execute(place.plan(backend="dcmtk", site=site("img2dcm", busy)))
    assert target.read_text() == "somebody else"
    assert place.leftovers() == ["x.dcm"]


def test_an_earlier_result_stays_when_the_conversion_fails(place: Place, fake: Callable[..., Path]) -> None:
    target = place.out / "x.dcm"
    target.write_text("earlier")
    for program in ("img2dcm", "dciodvfy"):
        broken = fake(program, "sys.exit(134)")
        plan = place.plan(backend="dcmtk", overwrite=True, site=site(program, broken))
        with pytest.raises(ToolFailed):
            execute(plan)
        assert target.read_text() == "earlier"
    with pytest.raises(DestinationExists):
        execute(place.plan(backend="pydicom"))
    execute(place.plan(backend="pydicom", overwrite=True))
    assert pydicom.dcmread(target).PatientID == "4711"
    assert place.leftovers() == ["x.dcm"]


def test_no_room_for_temporary_files(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(place.folder / "absent"))
    with pytest.raises(DestinationError, match="temporary files cannot be used: No such file"):
        execute(place.plan(backend="pydicom"))
    assert place.leftovers() == []


def test_the_source_is_never_touched(place: Place, require_tool: Callable[[str], Path]) -> None:
    require_tool("gdcmimg")
    before, status = place.source.read_bytes(), place.source.stat()
    for backend in (*PROGRAMS, "pydicom"):
        execute(place.plan(backend=backend, destination=place.out / f"{backend}.dcm"))
    assert place.source.read_bytes() == before
    assert place.source.stat().st_mtime_ns == status.st_mtime_ns
    assert [p.name for p in place.temporary.iterdir()] == []


# ---------------------------------------------------------------- planning several


def test_each_request_gets_its_plan_or_its_error(place: Place) -> None:
    second, text = place.folder / "second.jpg", place.folder / "text.jpg"
    second.write_bytes(picture(quality=50))
    text.write_text("no picture")
    request = ConversionRequest(place.source, place.out / "x.dcm", keys=WHO)
    plans = plan_all(
        [
            replace(request, source=text),
            request,
            replace(request, keys=(("PatientSex", "male"),)),
            replace(request, source=second),
        ]
    )
    assert [type(p).__name__ for p in plans] == ["SourceUnsupported", "Plan", "MetadataError", "Plan"]
    made = [p for p in plans if isinstance(p, Plan)]
    studies = {next(a.value for a in p.attributes if a.tag == 0x0020000D) for p in made}
    assert len(studies) == 1
    (alone,) = plan_all([replace(request, source=text)])
    assert isinstance(alone, DicomizeError)


def test_tools_come_from_the_site(place: Place) -> None:
    profile = site("img2dcm", Path("/opt/img2dcm"), 7)
    tools = tools_of(place.plan(site=profile))
    assert (tools.explicit, tools.timeout) == ((("img2dcm", Path("/opt/img2dcm")),), 7)
