"""David Clunie's dciodvfy: what it has to say of a file, as findings.

Its exit code is no verdict: there are files with errors and exit 0, and files with a mere warning and exit 1. What
counts is what it prints, all of it to stderr: one line a finding, and one bare word that names the IOD.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dicomize.errors import ToolFailed
from dicomize.model import Finding, Invocation, Severity
from dicomize.wrappers.process import ANY_EXIT, Command, argument, left_out, run, signal_name
from dicomize.wrappers.tool import DCIODVFY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOOL: Final = DCIODVFY

_KEEP = 4 * 1024 * 1024
"""a file with thousands of frames can have thousands of findings, and each of them counts"""

_LONGEST = 64 * 1024
"""characters of one finding; what is torn apart beyond that stays so"""

_START = re.compile(r"(?:^|(?<=\s))(Error|Warning|Abort) - ", re.ASCII)
_IOD = re.compile(r"[A-Z][A-Za-z0-9]*", re.ASCII)
_PATH = re.compile(r"</?([^>]*)>\s*-\s*(.*)", re.DOTALL)
_TAG = re.compile(r"\((?:0x)?([0-9a-fA-F]{4}),(?:0x)?([0-9a-fA-F]{4})[,)]")
_TYPE = re.compile(r"(Missing|Empty) attribute (?:\(no value\) )?(?:for )?Type (\w+)")
_COMPARISON = re.compile(r"[<>]=?\s")

_KINDS: Final = (
    ("dicomdir", ("would be needed to build DICOMDIR",)),
    ("empty-condition-unsatisfied", ("Attribute present but empty (no value) even though condition not satisfied",)),
    ("present-condition-unsatisfied", ("Attribute present when condition unsatisfied",)),
    ("vm", ("Bad attribute Value Multiplicity",)),
    ("sequence-items", ("Bad Sequence number of Items",)),
    ("vr-wrong", ("Invalid Value Representation",)),
    ("vr-mismatch", ("Explicit value representation doesn't match data dictionary",)),
    ("value-invalid", ("Value invalid for this VR",)),
    ("value-dubious", ("Value dubious for this VR",)),
    ("enum", ("Unrecognized enumerated value",)),
    ("defined-term", ("Unrecognized defined term",)),
    ("zero", ("Value is zero",)),
    ("not-in-iod", ("Attribute is not present in standard DICOM IOD",)),
    ("not-in-dictionary", ("Attribute with an even group number",)),
    ("retired", ("Retired attribute",)),
    ("group-length", ("Bad group length",)),
    ("private", ("odd group number", "Bad group", "rivate tag", "rivate creator", "rivate owner")),
    ("pixeldata-length", ("PixelData has incorrect value length",)),
    ("pixel-bits", ("Bad attribute value",)),
    ("meta-mismatch", ("MediaStorageSOP",)),
    ("uid-root", ("root for UID",)),
    ("uid-reuse", ("has same value as",)),
    (
        "encapsulation",
        ("BasicOffsetTable", "ExtendedOffset", "EncapsulatedPixelData", "encapsulated compressed", "fragment"),
    ),
    ("patient-orientation", ("PatientOrientation",)),
    ("pixel-aspect", ("PixelAspectRatio may not",)),
    ("pixel-spacing", ("PixelSpacing does not match",)),
    ("frame-increment-pointer", ("FrameIncrementPointer value",)),
    (
        "meta",
        (
            *("Meta Information", "Meta information", "MetaInformation", "Metainformation", "Metaheader"),
            *("meta-information", "TransferSyntaxUID in Meta"),
        ),
    ),
    (
        "code",
        (
            *("Code Sequence contains concept for unknown", "CodeValue contains invalid"),
            *("LongCodeValue is too short", "deprecated", "CodingScheme"),
        ),
    ),
    ("sop-class", ("Unrecognized SOP Class", "Information Object")),
    ("lossy-method", ("method inconsistent with Transfer Syntax",)),
    (
        "rule",
        (
            *("not appropriate for non-grayscale", "May only be", "Shall not", "Must be", "is required"),
            *("Not permitted", "permitted to be empty", "Unexpected for Type3C"),
            *("Specification of fixed value length", "does not match NumberOfFrames"),
        ),
    ),
    (
        "encoding",
        (
            *("Undefined value length", "Bad PixelRepresentation", "Tags out of order", "read failed"),
            *("Bad Value Length", "Seek failed", "Value length", "out of bounds", "Transfer Syntax", "Transfer syntax"),
            *("delimit", "Unrecognized tag", "Item", "sequence"),
        ),
    ),
)
"""kind, and what its messages contain; the first that fits, most specific first"""


def command(program: Path, source: Path, *, full_paths: bool = True) -> Command:
    """Validate one file. Full paths need the newer format, which some builds crash on."""
    options = ("-new",) if full_paths else ()
    return Command(argv=(argument(program), *options, argument(source)), keep=_KEEP)


def validate(path: Path, program: Path, timeout: float) -> tuple[str, tuple[Finding, ...], Invocation]:
    """Run dciodvfy on a file: name of the IOD, what it found, and the run itself.

    Raises:
        ToolMissing: the program cannot be started.
        ToolFailed: it crashed in both of its formats, took too long, or said nothing about the file.
    """
    invocation = run(command(program, path), timeout, accept=ANY_EXIT)
    if _crashed(invocation):
        invocation = run(command(program, path, full_paths=False), timeout, accept=ANY_EXIT)
    if _crashed(invocation):
        raise ToolFailed(f"dciodvfy {_end(invocation)} on {path}", "-v shows everything that it said", invocation)
    iod, findings = parse(invocation.stderr)
    if (not iod and not findings) or "Abort - File open for read failed" in invocation.stderr:
        # A program that cannot load its libraries finds nothing wrong either.
        raise ToolFailed(f"dciodvfy did not check {path}", "-v shows everything that it said", invocation)
    return iod, findings, invocation


def parse(stderr: str) -> tuple[str, tuple[Finding, ...]]:
    """Name of the IOD and findings from what dciodvfy printed, in either of its formats; each finding once."""
    iod = ""
    findings: dict[Finding, None] = {}
    for line in _records(stderr):
        if not iod and _IOD.fullmatch(line):
            iod = line
        elif (finding := _finding(line)) is not None:
            findings[finding] = None
    missing = left_out(stderr)
    if missing:
        message = f"dciodvfy said more than could be kept: {missing} bytes are left out"
        findings[Finding(Severity.WARNING, "other", message, TOOL.program)] = None
    return iod, tuple(findings)


def _crashed(invocation: Invocation) -> bool:
    # Behind a launcher a signal becomes 128 + n (shell) or 256 - n (Python).
    return invocation.returncode < 0 or invocation.returncode >= 128


def _end(invocation: Invocation) -> str:
    code = invocation.returncode
    return f"was killed by {signal_name(code)}" if code < 0 else f"crashed with exit code {code}"


def _records(stderr: str) -> Iterator[str]:
    """The lines, those put together again that a line break inside a quoted value has torn apart."""
    record = ""
    identified = False
    for line in stderr.split("\n"):
        named = not identified and _IOD.fullmatch(line.strip()) is not None
        if not named and not _START.search(line) and _is_open(record):
            record += f" {line}"
            continue
        yield record.strip()
        record = line
        identified = identified or named
    yield record.strip()


def _is_open(record: str) -> bool:
    """Whether a finding breaks off inside <a value>."""
    if len(record) > _LONGEST or not _START.search(record):
        return False
    brackets = _COMPARISON.sub("", record)
    return brackets.count("<") > brackets.count(">")


def _finding(line: str) -> Finding | None:
    start = _START.search(line)
    if start is None:
        # Not its usual form, but it may mean something: never drop what calls itself an error.
        return _stray(line) if re.search(r"\b(Error|Warning|Abort)\b", line) else None
    text = line[start.end() :]
    if text.startswith("Dicom dataset contains"):
        return None
    where = _PATH.fullmatch(text)
    path = f"/{where[1].strip()}" if where else ""
    message = where[2] if where else text
    # The older format, and a few messages of the newer one, name the element before or inside the message.
    tags = _TAG.findall(path) or _TAG.findall(line[: start.start()]) or _TAG.findall(text)
    return Finding(
        severity=Severity.WARNING if start[1] == "Warning" else Severity.ERROR,
        kind=_kind(message, path),
        message=message,
        source=TOOL.program,
        tag=int("".join(tags[-1]), 16) if tags else None,
        path=path,
    )


def _stray(line: str) -> Finding:
    severity = Severity.WARNING if "Warning" in line else Severity.ERROR
    return Finding(severity, "other", line, TOOL.program)


def _kind(message: str, path: str) -> str:
    typed = _TYPE.search(message)
    if typed is not None:
        return f"{typed[1].lower()}-{typed[2]}"
    for kind, marks in _KINDS:
        if any(mark in message for mark in marks):
            return kind
    return "rule" if path else "other"
