"""What is wrong with a file that was written, from its findings, its leaks and what decoders show: clauses for people.

What only dciodvfy finds is shown beside, but is no fault here: some of it is its own (docs/checks.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from pydicom.datadict import keyword_for_tag

from dicomize.comparing.model import DecoderDigest, Fault, FaultKind, RunStatus, StoredFile
from dicomize.model import ColorModel, Finding, Severity
from dicomize.source.jpeg import BEHIND_EOI

ANOTHER_PICTURE: Final = 16.0
"""mean error, in steps of 255, from which on colours are wrong; sound decoders are at most 2 apart (docs/toolkits.md)"""

_OF_DICOM: Final = "1.2.840.10008."
_PIXEL_DATA: Final = 0x7FE00010
_KINDS: Final = {
    "encoding": FaultKind.UNREADABLE,
    "encapsulation": FaultKind.UNREADABLE,
    "color": FaultKind.COLOR,
    "stream": FaultKind.LABEL,
    "transfer-syntax": FaultKind.LABEL,
    "pixel-bits": FaultKind.LABEL,
    "pixeldata-length": FaultKind.LABEL,
    "lossy": FaultKind.LOSSY,
    "missing-1": FaultKind.TYPE_1,
    "missing-1C": FaultKind.TYPE_1,
    "empty-1": FaultKind.TYPE_1,
    "empty-1C": FaultKind.TYPE_1,
    "missing-2": FaultKind.TYPE_2,
    "missing-2C": FaultKind.TYPE_2,
}
"""kind of an error -> what it is a fault of; any other is OTHER"""

_NOT_SAID_HERE: Final = frozenset({"residue"})
"""kinds that the leaks say better"""

_LABELS: Final = {
    ColorModel.RGB: frozenset({"RGB"}),
    ColorModel.YCBCR: frozenset({"YBR_FULL_422", "YBR_FULL"}),
}
"""what the source holds -> the labels that say so, where a wrong one shows other colours"""

_SHORT: Final = {
    FaultKind.UNREADABLE: "a damaged picture",
    FaultKind.COLOR: "wrong colours",
    FaultKind.ORIENTATION: "not upright",
    FaultKind.LABEL: "wrong labels",
    FaultKind.LEAK: "private data left in",
    FaultKind.COMMENT: "comments left in",
    FaultKind.TRAILING: "data behind the picture left in",
    FaultKind.LOSSY: "lossy compression not stated",
    FaultKind.TYPE_1: "Type 1 attributes missing",
    FaultKind.TYPE_2: "Type 2 attributes missing",
    FaultKind.OTHER: "other rules broken",
}


class Truth(NamedTuple):
    """What the source holds, as far as it is known."""

    color: ColorModel | None = None
    orientation: int = 1
    """Exif Orientation that the file should have undone and has not, if it shows the source as it lies"""


def faults_of(file: StoredFile, truth: Truth) -> tuple[Fault, ...]:
    """The faults of a file, the gravest first."""
    if file.TransferSyntaxUID and not file.TransferSyntaxUID.startswith(_OF_DICOM):
        # what else is wrong with it is a matter of how its writer reads it
        private = f"writes the private transfer syntax {file.TransferSyntaxUID}, which other programs cannot read"
        return (Fault(FaultKind.UNREADABLE, private, "PS3.5 A"), *_leaks(file))
    findings = _errors(file)
    found = [
        *_orientation(file, truth.orientation),
        *_color(file, truth.color, findings.pop(FaultKind.COLOR, ())),
        *_leaks(file),
        *(_of_findings(kind, errors) for kind, errors in findings.items()),
    ]
    if file.report is None:
        found.append(Fault(FaultKind.UNREADABLE, "; ".join(file.problems) or "writes no file that can be read"))
    elif not any(f.kind is FaultKind.UNREADABLE for f in found):
        found += _undecodable(file.digests)
    order = tuple(FaultKind)
    return tuple(sorted(found, key=lambda fault: order.index(fault.kind)))


def verdict(status: RunStatus, message: str, faults: Iterable[Fault], normalized: str) -> str:
    """One sentence on a backend; `normalized` says how it fares through the pipeline."""
    if status is RunStatus.WROTE:
        words = list(dict.fromkeys(_SHORT[fault.kind] for fault in faults))
        own = f"on its own: {', '.join(words) if words else 'nothing wrong'}"
    elif status is RunStatus.NOT_RUN:
        own = f"not run on its own: {message}"
    else:
        own = f"on its own it {_ENDS[status]} ({message})"
    return f"{own}; {normalized}"


_ENDS: Final = {
    RunStatus.FAILED: "refuses the picture",
    RunStatus.CRASHED: "crashes",
    RunStatus.TIMED_OUT: "gives no answer",
}


def _errors(file: StoredFile) -> dict[FaultKind, tuple[Finding, ...]]:
    """Our own errors, by what they are faults of."""
    found: dict[FaultKind, tuple[Finding, ...]] = {}
    for finding in file.report.findings if file.report else ():
        if finding.severity is Severity.ERROR and finding.source != "dciodvfy" and finding.kind not in _NOT_SAID_HERE:
            kind = _KINDS.get(finding.kind, FaultKind.OTHER)
            if finding.kind == "stream" and finding.tag == _PIXEL_DATA:
                kind = FaultKind.UNREADABLE
            found[kind] = (*found.get(kind, ()), finding)
    return found


def _of_findings(kind: FaultKind, findings: tuple[Finding, ...]) -> Fault:
    first = findings[0]
    names = list(dict.fromkeys(keyword_for_tag(f.tag) if f.tag is not None else f.path for f in findings))
    listed = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
    sentence = {
        FaultKind.UNREADABLE: f"writes a damaged picture: {first.message}{more}",
        FaultKind.LABEL: f"labels the picture wrongly: {first.message}{more}",
        FaultKind.LOSSY: f"does not state the lossy compression: {first.message}",
        FaultKind.TYPE_1: f"leaves out what must have a value: {listed}",
        FaultKind.TYPE_2: f"leaves out what must be there, if need be empty: {listed}",
    }.get(kind, f"breaks another rule: {first.path} {first.message}{more}")
    return Fault(kind, sentence, first.reference)


def _color(file: StoredFile, color: ColorModel | None, findings: tuple[Finding, ...]) -> Iterator[Fault]:
    """Wrong colours: by the label, or by what decoders show."""
    label = file.PhotometricInterpretation
    off = {d.decoder: d.mean_error for d in file.digests if (d.mean_error or 0.0) >= ANOTHER_PICTURE}
    worst = f": {max(e or 0.0 for e in off.values()):.0f} of 255 steps off on average" if off else ""
    if color in _LABELS and label in frozenset().union(*_LABELS.values()) - _LABELS[color]:
        yield Fault(FaultKind.COLOR, f"labels {color} as {label}, so that its colours are wrong{worst}", "PS3.5 8.2.1")
    elif color in {ColorModel.CMYK, ColorModel.YCCK}:
        yield Fault(
            FaultKind.COLOR, f"stores {color} as {label}, which is no form of DICOM{worst}", "PS3.3 C.7.6.3.1.2"
        )
    elif findings:
        yield Fault(FaultKind.COLOR, f"labels its colours wrongly: {findings[0].message}{worst}", "PS3.5 8.2.1")
    elif off and len(off) == sum(not d.problem for d in file.digests):
        yield Fault(FaultKind.COLOR, f"shows another picture than the source{worst}")
    elif off:
        yield Fault(FaultKind.COLOR, f"shows other colours in {' and '.join(off)}{worst}")


def _orientation(file: StoredFile, orientation: int) -> Iterator[Fault]:
    errors = [d.mean_error for d in file.digests if d.mean_error is not None]
    if orientation != 1 and errors and min(errors) < ANOTHER_PICTURE:
        yield Fault(
            FaultKind.ORIENTATION,
            f"stores the picture as it lies, although Exif Orientation is {orientation}: viewers do not turn it",
        )


def _leaks(file: StoredFile) -> Iterator[Fault]:
    names = [leak.name for leak in file.leaks if leak.name not in {"COM", BEHIND_EOI}]
    if names:
        yield Fault(FaultKind.LEAK, f"keeps {', '.join(dict.fromkeys(names))} in the picture's stream", "PS3.15 E.3")
    comments = [leak.length for leak in file.leaks if leak.name == "COM"]
    if comments:
        yield Fault(FaultKind.COMMENT, f"keeps comments: COM of {' and '.join(map(str, comments))} bytes", "PS3.15 E.3")
    for leak in file.leaks:
        if leak.name == BEHIND_EOI:
            yield Fault(FaultKind.TRAILING, f"keeps {leak.length:,} bytes behind the picture", "PS3.5 A.4")


def _undecodable(digests: tuple[DecoderDigest, ...]) -> Iterator[Fault]:
    if digests and all(d.problem for d in digests):
        first = digests[0]
        yield Fault(FaultKind.UNREADABLE, f"writes what no decoder here can read: {first.decoder}: {first.problem}")
