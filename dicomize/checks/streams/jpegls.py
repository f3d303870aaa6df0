"""One frame of JPEG-LS against the header (ITU-T T.87; PS3.5 8.2.3, A.4.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydicom import Dataset

from dicomize.checks.streams.agreement import Seen, contradictions, damage, lossy, residue, trailing, wrong_syntax
from dicomize.checks.streams.syntaxes import Syntax
from dicomize.codestreams.bytestream import Stream
from dicomize.codestreams.jpegls import Damaged, parse
from dicomize.model import Finding

_COLOR_TRANSFORM: Final = b"mrfx"
"""the APP8 segment by which some encoders say that they changed the colours, which T.87 does not know"""

_SPIFF: Final = {34: b"SPIFF\0", 10: b"\0\0\0\1"}
"""lengths of the APP8 segments of a SPIFF header and of its end, and how they begin (T.84 F.2); both are about nobody"""


def check_jpegls(dataset: Dataset, stream: Stream, syntax: Syntax) -> Iterator[Finding]:
    """Findings on one frame."""
    data = stream.octets()
    try:
        found = parse(data)
    except Damaged as clause:
        yield damage(f"the JPEG-LS stream is damaged: {clause}", syntax)
        return
    seen = Seen("JPEG-LS stream", found.rows, found.columns, len(found.components), found.precision)
    yield from contradictions(dataset, seen, syntax)
    if syntax.lossless and found.near:
        message = f"the stream allows differences of {found.near}, the transfer syntax is {syntax.name}"
        yield wrong_syntax(message, syntax.encapsulation)
    elif found.near:
        yield from lossy(dataset, syntax)
    for name, length, start in found.extras:
        if start.startswith(_COLOR_TRANSFORM):
            message = "the stream has a colour transformation of its encoder's own, which the standard does not have"
            yield damage(message, syntax)
        elif not start.startswith(_SPIFF.get(length, b"\xff")):
            yield residue(f"the JPEG-LS stream carries {name}", length)
    left, padding = stream.ending(found.end)
    if not padding:
        yield trailing(left)
