"""What dciodvfy prints, understood; the real program and fakes of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dicomize.errors import ToolFailed
from dicomize.model import Finding, Severity
from dicomize.wrappers import dciodvfy

Fake = Callable[..., Path]

ERROR, WARNING = Severity.ERROR, Severity.WARNING

LINES = [
    (
        ERROR,
        "missing-2C",
        "/Laterality(0020,0060)",
        "Missing attribute for Type 2C Conditional - Module=<GeneralSeries>",
    ),
    (ERROR, "missing-1", "/SOPInstanceUID(0008,0018)", "Missing attribute for Type 1 Required - Module=<SOPCommon>"),
    (ERROR, "empty-1C", "/SpecificCharacterSet(0008,0005)", "Empty attribute (no value) for Type 1C Conditional - x"),
    (
        ERROR,
        "present-condition-unsatisfied",
        "/PlanarConfiguration(0028,0006)",
        "Attribute present when condition unsatisfied (which may not be present otherwise) for Type 1C Conditional",
    ),
    (
        ERROR,
        "empty-condition-unsatisfied",
        "/A(0028,0006)",
        "Attribute present but empty (no value) even though condition not satisfied for Type 1C",
    ),
    (ERROR, "vm", "/Rows(0028,0010)", "Bad attribute Value Multiplicity = <5> (1 Required by Dictionary) Module=<M>"),
    (
        ERROR,
        "sequence-items",
        "/S(0010,1002)",
        "Bad Sequence number of Items = <0> (1-n Required by Module definition)",
    ),
    (ERROR, "vr-wrong", "/SOPClassUID(0008,0016)", "Invalid Value Representation LO (UI Required) Module=<SOPCommon>"),
    (
        WARNING,
        "vr-mismatch",
        "/SOPClassUID(0008,0016)",
        "Explicit value representation doesn't match data dictionary - [LO] Dictionary [UI]",
    ),
    (
        ERROR,
        "value-invalid",
        "/SeriesTime(0008,0031)[1]",
        "Value invalid for this VR [TM] = <1> - Length invalid for this VR = <1> - expected >= 2 && <= 16",
    ),
    (
        WARNING,
        "value-dubious",
        "/PatientName(0010,0010)[1]",
        "Value dubious for this VR [PN] = <Doe> - Retired Person Name form",
    ),
    (ERROR, "enum", "/PatientSex(0010,0040)[1]", "Unrecognized enumerated value = <BAD-CHAR>"),
    (WARNING, "defined-term", "/Modality(0008,0060)[1]", "Unrecognized defined term = <lower>"),
    (ERROR, "zero", "/Rows(0028,0010)[1]", "Value is zero"),
    (ERROR, "rule", "/PixelAspectRatio(0028,0034)", "Shall not be present when PixelSpacing is present"),
    (WARNING, "not-in-iod", "/EchoTime(0018,0081)", "Attribute is not present in standard DICOM IOD"),
    (
        ERROR,
        "not-in-dictionary",
        "/(0010,0ffe)",
        "Attribute with an even group number is not a recognized standard attribute",
    ),
    (WARNING, "retired", "/OtherPatientIDs(0010,1000)", "Retired attribute"),
    (
        WARNING,
        "dicomdir",
        "/StudyDate(0008,0020)",
        "Missing attribute or value that would be needed to build DICOMDIR",
    ),
    (ERROR, "pixeldata-length", "/PixelData(7fe0,0010)", "PixelData has incorrect value length = <5> - expected 0 dec"),
    (ERROR, "pixel-bits", "/HighBit(0028,0102)", "Bad attribute value - <7> exceeds BitsAllocated 2 - 1"),
    (
        WARNING,
        "encapsulation",
        "/PixelData(7fe0,0010)",
        "Encapsulated pixel data fragment does not start with SOI or SOC marker for entry <0>",
    ),
    (
        ERROR,
        "meta-mismatch",
        "/MediaStorageSOPInstanceUID(0002,0003)",
        "MediaStorageSOPInstanceUID different from SOPInstanceUID",
    ),
    (ERROR, "meta", "", "Metaheader present but doesn't contain Transfer Syntax UID"),
    (ERROR, "uid-root", "/SOPInstanceUID(0008,0018)", "Illegal root for UID = <3.2.1>"),
    (ERROR, "uid-reuse", "/SeriesInstanceUID(0020,000e)", "SeriesInstanceUID has same value as StudyInstanceUID"),
    (
        ERROR,
        "patient-orientation",
        "/PatientOrientation(0020,0020)",
        "Illegal character in PatientOrientation = 'X' - only L, R, A, P, H or F permitted",
    ),
    (
        WARNING,
        "lossy-method",
        "/LossyImageCompressionMethod(0028,2114)[1]",
        "method inconsistent with Transfer Syntax = <ISO_10918_1>",
    ),
    (ERROR, "encoding", "", "Dicom dataset read failed"),
    (ERROR, "sop-class", "", "Information Object Not found"),
    (
        WARNING,
        "code",
        "/AnatomicRegionSequence(0008,2218)[1]/CodingSchemeDesignator(0008,0102)[1]",
        "CodingSchemeDesignator is deprecated = <SRT>",
    ),
    (ERROR, "rule", "/SomethingNew(0008,9999)", "never heard of before"),
    (ERROR, "other", "", "never heard of before"),
]


def printed(severity: Severity, path: str, message: str) -> str:
    word = severity.value.capitalize()
    return f"{word} - <{path}> - {message}" if path else f"{word} - {message}"


@pytest.mark.parametrize(("severity", "kind", "path", "message"), LINES)
def test_every_class_of_message(severity: Severity, kind: str, path: str, message: str) -> None:
    iod, (finding,) = dciodvfy.parse(f"SCImage\n{printed(severity, path, message)}\n")
    assert iod == "SCImage"
    assert (finding.severity, finding.kind, finding.path, finding.message) == (severity, kind, path, message)
    assert (finding.source, finding.reference) == ("dciodvfy", "")


def test_the_tag_is_that_of_the_innermost_element() -> None:
    _, (finding,) = dciodvfy.parse("Error - </S(0008,2218)[1]/CodeValue(0008,0100)[1]> - Value is zero")
    assert finding.tag == 0x00080100


def test_a_space_in_the_path_does_not_matter() -> None:
    line = "Warning - </InstanceNumber(0020,0013) > - Missing attribute or value that would be needed to build DICOMDIR"
    _, (finding,) = dciodvfy.parse(line)
    assert (finding.path, finding.tag) == ("/InstanceNumber(0020,0013)", 0x00200013)


def test_messages_with_the_element_in_front() -> None:
    _, findings = dciodvfy.parse(
        "(0x0008,0x0102) SH Coding Scheme Designator  - Error - Incorrect Explicit VR inside fixed length sequence\n"
        "(0x0010,0x0020) LO Patient ID Error - Tags out of order - same element occurs twice\n"
    )
    assert [(f.severity, f.kind, f.tag) for f in findings] == [
        (ERROR, "encoding", 0x00080102),
        (ERROR, "encoding", 0x00100020),
    ]


def test_the_older_format() -> None:
    _, findings = dciodvfy.parse(
        "SCImage\n"
        "Error - Missing attribute Type 2C Conditional Element=<Laterality> Module=<GeneralSeries>\n"
        'Error - Illegal root for UID - "3.2.1" in (0x0020,0x000d) Study Instance UID\n'
    )
    assert [(f.kind, f.tag, f.path) for f in findings] == [("missing-2C", None, ""), ("uid-root", 0x0020000D, "")]


def test_values_with_line_breaks_are_put_together_again() -> None:
    iod, findings = dciodvfy.parse(
        "SCImage\n"
        "Error - </Manufacturer(0008,0070)[1]> - Value invalid for this VR [LO] = <line\n"
        "Break\n"
        "again> - Character invalid for this VR = '\n"
        "' (0xa)\n"
        "Error - </Rows(0028,0010)[1]> - Value is zero\n"
    )
    assert iod == "SCImage"
    assert [f.kind for f in findings] == ["value-invalid", "zero"]
    assert findings[0].message.startswith("Value invalid for this VR [LO] = <line Break again> - Character")


def test_a_value_that_never_ends_does_not_swallow_the_iod() -> None:
    iod, findings = dciodvfy.parse("Error - </F(0028,0009)> - value is not present = <'\nSCImage\nError - Dicom\n")
    assert iod == "SCImage"
    assert len(findings) == 2


def test_the_same_finding_counts_once_and_summaries_not_at_all() -> None:
    text = (
        "Error - </Rows(0028,0010)[1]> - Value is zero\n" * 2 + "Error - Dicom dataset contains invalid data values\n"
    )
    assert len(dciodvfy.parse(text)[1]) == 1


def test_what_looks_like_an_error_is_never_dropped() -> None:
    _, findings = dciodvfy.parse("*** Error: out of memory\nToo many delimiters\nWarning: low on paper\nAbort - x\n")
    assert [(f.severity, f.kind) for f in findings] == [(ERROR, "other"), (WARNING, "other"), (ERROR, "other")]


def test_what_was_left_out_is_said() -> None:
    _, findings = dciodvfy.parse("SCImage\nError - a\nErr\n[123 bytes left out]\nor - b\nError - c\n")
    assert [f.message for f in findings][-1] == "dciodvfy said more than could be kept: 123 bytes are left out"


FRAGMENTS = st.sampled_from(
    ["Error - ", "Warning - ", "Abort - ", "<", ">", "</A(0008,0016)[1]> - ", "\n", "SCImage\n", "(0x0008,0x0016)", " "]
)


@settings(deadline=None)
@given(st.lists(FRAGMENTS | st.text()).map("".join))
def test_no_text_makes_it_fail_and_no_error_is_lost(text: str) -> None:
    iod, findings = dciodvfy.parse(text)
    assert "\n" not in iod
    errors = [line for line in text.split("\n") if line.startswith(("Error - ", "Abort - "))]
    real = [line for line in errors if not line.startswith("Error - Dicom dataset contains")]
    assert bool(real) <= any(finding.severity is ERROR for finding in findings)


ELEMENT = st.from_regex(r"[A-Z][a-z]{1,9}\([0-9a-f]{4},[0-9a-f]{4}\)(\[[1-9]\])?", fullmatch=True)
MESSAGE = st.text(st.characters(exclude_characters="\n<>", codec="utf-8")).map(lambda text: f"x{text}x")


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([ERROR, WARNING]), st.tuples(ELEMENT, ELEMENT), MESSAGE), unique=True))
def test_as_many_findings_as_lines(rows: list[tuple[Severity, tuple[str, str], str]]) -> None:
    expected = [(severity, "/" + "/".join(path), message) for severity, path, message in rows]
    _, findings = dciodvfy.parse("\n".join(printed(*row) for row in expected))
    assert [(f.severity, f.path, f.message) for f in findings] == expected
    assert all(f.tag is not None for f in findings)


needs_shell = pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")


@needs_shell
@pytest.mark.parametrize("code", [0, 1])
def test_the_exit_code_is_no_verdict(fake: Fake, tmp_path: Path, code: int) -> None:
    program = fake(f"echo SCImage >&2; echo 'Error - Dicom dataset read failed' >&2; exit {code}")
    iod, findings, invocation = dciodvfy.validate(tmp_path / "a.dcm", program, 30.0)
    assert (iod, invocation.returncode) == ("SCImage", code)
    assert findings == (Finding(ERROR, "encoding", "Dicom dataset read failed", "dciodvfy"),)


@needs_shell
@pytest.mark.parametrize("crash", ["kill -ABRT $$", "exit 250", "exit 139"])
def test_a_crash_of_the_newer_format_falls_back_to_the_older(fake: Fake, tmp_path: Path, crash: str) -> None:
    program = fake(f"""
        echo SCImage >&2
        if [ "$1" = -new ]; then echo 'Error - cut sho' >&2; {crash}; fi
        echo 'Error - Missing attribute Type 1 Required Element=<Rows> Module=<M>' >&2""")
    iod, findings, invocation = dciodvfy.validate(tmp_path / "a.dcm", program, 30.0)
    assert (iod, [f.kind for f in findings]) == ("SCImage", ["missing-1"])
    assert "-new" not in invocation.argv


@needs_shell
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo SCImage >&2; kill -ABRT $$", "dciodvfy was killed by SIGABRT"),
        ("exit 134", "dciodvfy crashed with exit code 134"),
        ("exit 0", "dciodvfy did not check"),
        ("echo 'error while loading shared libraries: libx.so' >&2; exit 127", "dciodvfy did not check"),
        ("""echo 'Abort - File open for read failed - "/x"' >&2; exit 1""", "dciodvfy did not check"),
    ],
)
def test_no_answer_is_no_clean_bill(fake: Fake, tmp_path: Path, script: str, message: str) -> None:
    with pytest.raises(ToolFailed, match=message) as caught:
        dciodvfy.validate(tmp_path / "a.dcm", fake(script), 30.0)
    assert caught.value.invocation is not None


@needs_shell
def test_a_validator_that_hangs(fake: Fake, tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="no answer within"):
        dciodvfy.validate(tmp_path / "a.dcm", fake("exec sleep 60"), 0.25)


@pytest.mark.parametrize("name", ["plain.dcm", "with space.dcm", "-leading.dcm", "no text \udcff.dcm"])
def test_the_real_one(require_tool: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    program = require_tool("dciodvfy")
    path = tmp_path / name
    try:
        path.write_bytes(secondary_capture())
    except OSError:
        pytest.skip("the file system takes no such name")
    iod, findings, _ = dciodvfy.validate(path, program, 30.0)
    assert iod == "SCImage"
    assert ("missing-2C", 0x00200060, "/Laterality(0020,0060)") in {(f.kind, f.tag, f.path) for f in findings}
    assert all(f.kind != "other" for f in findings)


def test_the_real_one_on_what_is_not_there(require_tool: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="did not check"):
        dciodvfy.validate(tmp_path / "none.dcm", require_tool("dciodvfy"), 30.0)


def test_the_real_one_on_what_is_no_dicom(require_tool: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "noise.dcm"
    path.write_bytes(bytes(range(256)) * 4)
    _, findings, _ = dciodvfy.validate(path, require_tool("dciodvfy"), 30.0)
    assert any(f.severity is ERROR for f in findings)


def secondary_capture() -> bytes:
    """A Secondary Capture instance of one black pixel, by hand."""

    def element(group: int, number: int, vr: str, value: bytes) -> bytes:
        long = vr in {"OB", "OW"}
        value += (b"\0" if vr == "UI" else b" ") * (len(value) % 2)
        length = (b"\0\0" + len(value).to_bytes(4, "little")) if long else len(value).to_bytes(2, "little")
        return group.to_bytes(2, "little") + number.to_bytes(2, "little") + vr.encode() + length + value

    sop_class, instance = b"1.2.840.10008.5.1.4.1.1.7", b"2.25.1"
    meta = (
        element(0x0002, 0x0001, "OB", b"\0\1")
        + element(0x0002, 0x0002, "UI", sop_class)
        + element(0x0002, 0x0003, "UI", instance)
        + element(0x0002, 0x0010, "UI", b"1.2.840.10008.1.2.1")
        + element(0x0002, 0x0012, "UI", b"2.25.2")
    )
    one, eight = (1).to_bytes(2, "little"), (8).to_bytes(2, "little")
    body = (
        element(0x0008, 0x0016, "UI", sop_class)
        + element(0x0008, 0x0018, "UI", instance)
        + element(0x0008, 0x0060, "CS", b"OT")
        + element(0x0008, 0x0064, "CS", b"WSD")
        + element(0x0010, 0x0020, "LO", b"P1")
        + element(0x0020, 0x000D, "UI", b"2.25.3")
        + element(0x0020, 0x000E, "UI", b"2.25.4")
        + element(0x0028, 0x0002, "US", one)
        + element(0x0028, 0x0004, "CS", b"MONOCHROME2")
        + element(0x0028, 0x0010, "US", one)
        + element(0x0028, 0x0011, "US", one)
        + element(0x0028, 0x0100, "US", eight)
        + element(0x0028, 0x0101, "US", eight)
        + element(0x0028, 0x0102, "US", (7).to_bytes(2, "little"))
        + element(0x0028, 0x0103, "US", bytes(2))
        + element(0x7FE0, 0x0010, "OW", bytes(2))
    )
    return bytes(128) + b"DICM" + element(0x0002, 0x0000, "UL", len(meta).to_bytes(4, "little")) + meta + body
