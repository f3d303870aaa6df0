"""One frame of JPEG 2000, or of its high-throughput form, against the header (PS3.5 8.2.4, A.4.4, 10.18)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pydicom import Dataset

from dicomize.checks.streams.agreement import (
    Seen,
    contradictions,
    damage,
    label_of,
    lossy,
    residue,
    trailing,
    wrong_syntax,
)
from dicomize.checks.streams.findings import error
from dicomize.checks.streams.syntaxes import Syntax
from dicomize.codestreams.bytestream import Stream
from dicomize.codestreams.jpeg2000 import Codestream, Coding, Damaged, codestream_of_file, parse
from dicomize.model import Finding

_HIGH_THROUGHPUT: Final = ("1.2.840.10008.1.2.4.20",)
_RPCL: Final = "1.2.840.10008.1.2.4.202"
_THUMBNAIL: Final = 64
_PART_2: Final = frozenset({"1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.93"})

_ENCODER: Final = re.compile(
    rb"(Creat(ed by|or):? *)?(GDCM/)?(OpenJPEG|OpenJPH|Kakadu|Kdu-|JasPer|Grok|LEADTOOLS|Aware|Matrox|Lurawave|Comprimato|"
    rb"nvJPEG|Pegasus|Accusoft)[\x20-\x7e\s]*\0?",
    re.IGNORECASE,
)
"""comments by which encoders say who they are, or how long the layers are: about the program, not about a person"""


def check_jpeg2000(dataset: Dataset, stream: Stream, syntax: Syntax) -> Iterator[Finding]:
    """Findings on one frame."""
    try:
        file = codestream_of_file(stream)
        start = 0
        if file is not None:
            start = file.start
            yield damage("PixelData holds a whole JP2 file, not its codestream alone", syntax)
            for box, length in file.extras:
                yield residue(f"the JP2 file carries a box {box!r}", length)
        found = parse(stream, start)
    except Damaged as clause:
        yield damage(f"the JPEG 2000 stream is damaged: {clause}", syntax)
        return
    yield from _against_header(dataset, found, syntax)
    yield from _against_syntax(found, syntax)
    if not syntax.lossless and not all(coding.reversible for coding in found.codings):
        yield from lossy(dataset, syntax)
    for text, length in found.comments:
        if not _ENCODER.fullmatch(text):
            yield residue("the JPEG 2000 stream carries a comment", length)
    left, padding = stream.ending(found.end)
    if file is None and not padding:
        yield trailing(left)


def _against_header(dataset: Dataset, found: Codestream, syntax: Syntax) -> Iterator[Finding]:
    components = found.components
    signs = {component.signed for component in components}
    seen = Seen(
        "JPEG 2000 stream",
        found.rows,
        found.columns,
        len(components),
        max(component.bits for component in components),
        signs.pop() if len(signs) == 1 else None,
    )
    yield from contradictions(dataset, seen, syntax)
    if any((component.dx, component.dy) != (1, 1) for component in components):
        yield _color("the JPEG 2000 stream is subsampled, which no label of the transfer syntax says", syntax)
    if syntax.uid not in _PART_2:
        yield from _transformed(dataset, found.codings[0], len(components), syntax)


def _transformed(dataset: Dataset, coding: Coding, samples: int, syntax: Syntax) -> Iterator[Finding]:
    """The label against the multiple component transformation: RCT is that of the 5-3, ICT that of the 9-7 wavelet."""
    stated = label_of(dataset)
    if stated not in syntax.labels or samples == 1:
        return  # what is not allowed at all has been said
    made = ("YBR_RCT" if coding.reversible else "YBR_ICT") if coding.component_transform else ""
    if made and stated != made:
        yield _color(
            f"PhotometricInterpretation is {stated}, the JPEG 2000 stream transforms colours to {made}", syntax
        )
    elif not made and stated in {"YBR_RCT", "YBR_ICT"}:
        message = f"PhotometricInterpretation is {stated}, the JPEG 2000 stream does not transform colours"
        yield _color(message, syntax)


def _color(message: str, syntax: Syntax) -> Finding:
    return error("color", "PhotometricInterpretation", message, syntax.rule)


def _against_syntax(found: Codestream, syntax: Syntax) -> Iterator[Finding]:
    high = syntax.uid.startswith(_HIGH_THROUGHPUT)
    if found.high_throughput != high:
        form = "high-throughput JPEG 2000" if found.high_throughput else "JPEG 2000 that is not high-throughput"
        yield wrong_syntax(f"the stream is {form}, the transfer syntax is {syntax.name}", syntax.encapsulation)
    if syntax.lossless and not all(coding.reversible for coding in found.codings):
        message = f"the stream has the irreversible 9-7 wavelet, the transfer syntax is {syntax.name}"
        yield wrong_syntax(message, syntax.encapsulation)
    if syntax.uid == _RPCL:
        for clause in _against_rpcl(found):
            yield wrong_syntax(f"the stream {clause}, the transfer syntax is {syntax.name}", syntax.encapsulation)


def _against_rpcl(found: Codestream) -> Iterator[str]:
    """What lets a thumbnail be read first (PS3.5 10.18)."""
    coding = found.codings[0]
    if coding.progression != 2:
        yield "does not have the progression order RPCL"
    if not found.tile_lengths:
        yield "has no TLM"
    least = min(found.rows, found.columns)
    if least > _THUMBNAIL << coding.levels:
        yield f"has a base resolution of more than {_THUMBNAIL} pixels either way"
