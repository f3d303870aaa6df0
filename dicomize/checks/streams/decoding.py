"""Decode every frame of a picture with what is at hand: damage that headers do not show.

JPEG of the sequential kinds and RLE are followed to the last bit by dicomize itself. The others are decoded by what is
installed for Python, in a process of its own, frame by frame; where there is nothing, by a program of DCMTK or GDCM.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydicom import Dataset

from dicomize.checks.streams import worker
from dicomize.checks.streams.findings import error, numbered, warning
from dicomize.checks.streams.frames import Spans, divide
from dicomize.checks.streams.packbits import wrong_segment
from dicomize.checks.streams.rle import check_rle
from dicomize.checks.streams.syntaxes import SYNTAXES, Syntax
from dicomize.checks.streams.worker import Job
from dicomize.codestreams.bytestream import Stream
from dicomize.errors import SourceDamaged, ToolFailed
from dicomize.jpeg import markers, scan
from dicomize.model import Finding
from dicomize.pixeldata import StoredInstance, number_of, value_of
from dicomize.wrappers import dcmdjpeg, dcmdjpls, gdcmconv
from dicomize.wrappers.process import Command, run
from dicomize.wrappers.tool import Tool, Tools

OWN: Final = "dicomize"
_WORKER: Final = str(Path(worker.__file__).absolute())
_MOST_SAID: Final = 1 << 20
"""bytes: more than all refusals of a worker take, none of which must be cut in two"""
_SEQUENTIAL: Final = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
_PILLOW: Final = frozenset({"jpeg", "jpeg2000"})
_PROGRAMS: Final[dict[str, tuple[tuple[Tool, Callable[[Path, Path, Path], Command]], ...]]] = {
    "jpeg": ((dcmdjpeg.TOOL, dcmdjpeg.command), (gdcmconv.TOOL, gdcmconv.command)),
    "jpegls": ((dcmdjpls.TOOL, dcmdjpls.command), (gdcmconv.TOOL, gdcmconv.command)),
    "jpeg2000": ((gdcmconv.TOOL, gdcmconv.command),),
}
_ATTRIBUTES: Final = {
    "rows": "Rows",
    "columns": "Columns",
    "samples_per_pixel": "SamplesPerPixel",
    "bits_allocated": "BitsAllocated",
    "bits_stored": "BitsStored",
    "pixel_representation": "PixelRepresentation",
}
"""names of pydicom's options -> attributes"""


class Decoded(NamedTuple):
    """What came of decoding."""

    findings: tuple[Finding, ...]
    decoders: tuple[str, ...]
    """who did it; nobody where there is no compressed picture, or nobody can"""


def decode_frames(stored: StoredInstance, tools: Tools) -> Decoded:
    """Decode every frame of encapsulated PixelData, and keep nothing of it.

    Raises:
        OSError: the file cannot be read.
        ToolMissing: a program that the site profile or the environment names is not there.
    """
    element = stored.pixels
    if element is None or not element.encapsulated or not element.fragments:
        return Decoded((), ())
    uid = str(value_of(stored.dataset.file_meta, "TransferSyntaxUID") or "")
    syntax = SYNTAXES.get(uid)
    if syntax is None or syntax.codec == "mpeg":
        return _nobody(f"of the transfer syntax {uid}" if syntax is None else f"of {syntax.name}")
    with stored.path.open("rb") as file:
        frames = divide(file, stored.dataset, element, syntax).frames
        if own := _own(syntax):
            found = ((n, own(stored.dataset, Stream(file, spans), syntax)) for n, spans in enumerate(frames, 1))
            return Decoded(tuple(numbered(found, len(frames))), (OWN,))
    return _by_others(stored, frames, syntax, tools)


def _nobody(what: str) -> Decoded:
    message = f"nothing at hand decodes pictures {what}: the coded data was not looked at"
    return Decoded((warning("not-decoded", "PixelData", message, "PS3.5 8.2"),), ())


# ---------------------------------------------------------------- by ourselves


def _own(syntax: Syntax) -> Callable[[Dataset, Stream, Syntax], Iterator[Finding]] | None:
    if syntax.codec == "rle":
        return _walk_rle
    return _walk_jpeg if syntax.uid in _SEQUENTIAL else None


def _walk_jpeg(_dataset: Dataset, stream: Stream, syntax: Syntax) -> Iterator[Finding]:
    data = stream.whole()
    try:
        jpeg = markers.parse(data)
    except SourceDamaged:
        return  # has been said
    if jpeg.frame.sof in {0, 1}:
        try:
            scan.verify(data, jpeg)
        except SourceDamaged as found:
            yield _damage(f"the coded data of the JPEG stream is damaged: {found.message}", syntax)


def _walk_rle(dataset: Dataset, stream: Stream, syntax: Syntax) -> Iterator[Finding]:
    rows, columns = number_of(dataset, "Rows"), number_of(dataset, "Columns")
    if rows is None or columns is None or any(check_rle(dataset, stream, syntax)):
        return  # has been said
    clause = wrong_segment(stream.whole(), rows * columns)
    if clause:
        yield _damage(f"the coded data of the RLE stream is damaged: {clause}", syntax)


def _damage(message: str, syntax: Syntax) -> Finding:
    return error("decode", "PixelData", message, syntax.encapsulation)


# ---------------------------------------------------------------- by others


def _by_others(stored: StoredInstance, frames: tuple[Spans, ...], syntax: Syntax, tools: Tools) -> Decoded:
    with tempfile.TemporaryDirectory(prefix="dicomize-") as scratch:
        decoded = _by_worker(stored, frames, syntax, Path(scratch), tools.timeout + len(frames))
        if decoded is not None:
            return decoded
        return _by_program(stored, syntax, Path(scratch), tools)


def _by_worker(
    stored: StoredInstance, frames: tuple[Spans, ...], syntax: Syntax, scratch: Path, timeout: float
) -> Decoded | None:
    """None where no decoder is installed for Python, or where the header does not describe a picture."""
    attributes: dict[str, Any] = {name: number_of(stored.dataset, key) for name, key in _ATTRIBUTES.items()}
    if None in attributes.values():
        return None
    attributes["photometric_interpretation"] = str(value_of(stored.dataset, "PhotometricInterpretation") or "")
    if attributes["samples_per_pixel"] > 1:
        attributes["planar_configuration"] = number_of(stored.dataset, "PlanarConfiguration") or 0
    attributes |= {"number_of_frames": 1, "pixel_keyword": "PixelData"}
    spans = [[list(span) for span in frame] for frame in frames]
    job, progress = scratch / "job.json", scratch / "progress"
    progress.write_text("1 ", "utf-8")
    wish = Job(str(stored.path.absolute()), syntax.uid, attributes, syntax.codec in _PILLOW, spans, str(progress))
    job.write_text(json.dumps(wish._asdict()), "utf-8")
    try:
        said = run(Command((sys.executable, "-P", _WORKER, str(job)), keep=_MOST_SAID), timeout).stdout
    except ToolFailed as failure:
        return Decoded((_stopped(failure, progress.read_text("utf-8"), len(frames), syntax),), ())
    *refusals, last = (json.loads(line) for line in said.splitlines() if line.startswith("{"))
    if not last["decoders"]:
        return None
    found = ((refusal["frame"], [_refusal(refusal, syntax)]) for refusal in refusals)
    return Decoded(tuple(numbered(found, len(frames))), tuple(last["used"] or last["decoders"]))


def _refusal(told: dict[str, Any], syntax: Syntax) -> Finding:
    reasons = "; ".join(f"{name}: {reason}" for name, reason in told["refused"])
    if told["by"]:
        message = f"{told['by']} decodes what others refuse ({reasons})"
        return warning("decode", "PixelData", message, syntax.encapsulation)
    return _damage(f"the coded data cannot be decoded ({reasons})", syntax)


def _stopped(failure: ToolFailed, progress: str, frames: int, syntax: Syntax) -> Finding:
    """A decoder that crashed, or that did not come to an end: of the frames behind that one nothing is known."""
    number, _, name = progress.partition(" ")
    where = f"frame {number}: " if frames > 1 else ""
    code = failure.invocation.returncode if failure.invocation is not None else 0
    fault = _damage(f"{where}{name or 'the decoder'} ended on it: {failure.message}", syntax)
    return fault if code < 0 and "no answer" not in failure.message else replace(fault, kind="not-decoded")


def _by_program(stored: StoredInstance, syntax: Syntax, scratch: Path, tools: Tools) -> Decoded:
    for tool, command in _PROGRAMS[syntax.codec]:
        report = tools.find(tool)
        if report.path is None or report.unavailable_because:
            continue
        try:
            run(command(report.path, stored.path, scratch / f"{tool.program}.dcm"), tools.timeout)
        except ToolFailed as failure:
            return Decoded((_damage(f"the coded data cannot be decoded ({failure.message})", syntax),), (tool.program,))
        return Decoded((), (tool.program,))
    return _nobody(f"of {syntax.name}")
