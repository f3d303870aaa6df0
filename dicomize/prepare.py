"""The one clean image that every backend is given.

A JPEG:

verify   the entropy-coded data is whole, or the picture is refused
clean    nothing but the picture is left in the stream
rewrite  what DICOM has retired, progressive and arithmetic, as baseline with the same coefficients
turn     upright, in the DCT domain: no coefficient is rounded
decode   only where the plan asks for uncompressed pixels; turning is then exact for every size

JPEG 2000 and JPEG-LS lose what is not the picture. Other rasters are decoded, converted or flattened where the plan says so, and turned (rasters.py).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dicomize import decode, rasters
from dicomize.errors import SourceDamaged, ToolFailed
from dicomize.jpeg import markers, scan
from dicomize.jpeg.clean import clean
from dicomize.jpeg.markers import JpegFile
from dicomize.model import EXPLICIT, Plan, PreparedImage, StepKind
from dicomize.source.formats import codestream_family
from dicomize.source.jpeg import profile
from dicomize.source.opening import OpenedSource
from dicomize.wrappers import jpegtran
from dicomize.wrappers.process import Command, run
from dicomize.wrappers.tool import Tools


def prepare(plan: Plan, opened: OpenedSource, scratch: Path, tools: Tools) -> PreparedImage:
    """Make the clean image, in memory and as a file in the scratch folder.

    Raises:
        SourceDamaged: the picture is not whole.
        SourceUnsupported: it cannot be decoded here.
        ToolMissing: DCMTK is needed to decode, or jpegtran to read arithmetic coding, and is not there.
        ToolFailed: jpegtran or dcmdjpeg does not do its work.
    """
    if opened.jpeg is not None:
        data = _prepared_jpeg(plan, opened, opened.jpeg, scratch, tools)
    elif opened.image.codestream is not None:
        data = codestream_family(opened.data).stream(opened.data)
    else:
        data = rasters.pixels(plan, opened.data)
    path = picture_of(plan, scratch)
    _require_size(plan, opened, data)
    path.write_bytes(data)
    if not plan.decoded:
        return PreparedImage(path, data, plan.image, plan.TransferSyntaxUID)
    # the plan's label is that of the compressed picture
    label = "RGB" if plan.image.SamplesPerPixel == 3 else plan.image.PhotometricInterpretation
    return PreparedImage(path, data, replace(plan.image, PhotometricInterpretation=label), EXPLICIT)


_NAMES = {"JPEG 2000": "image.j2k", "HTJ2K": "image.j2k", "JPEG-LS": "image.jls"}
"""kind of codestream -> a name that toolkits know it by"""


def picture_of(plan: Plan, scratch: Path) -> Path:
    """Where `prepare` puts the picture of a plan."""
    if plan.decoded:
        return scratch / "image.raw"
    codestream = plan.source.codestream
    return scratch / (_NAMES[codestream.kind] if codestream is not None else "image.jpg")


def verify(plan: Plan, opened: OpenedSource) -> None:
    """Look at the picture as `prepare` does, without any program; what is arithmetic-coded is not looked at.

    Raises:
        SourceDamaged, SourceUnsupported: it is not whole, or its colours cannot be understood.
    """
    if opened.jpeg is None:
        if opened.image.codestream is None:
            rasters.pixels(plan, opened.data)
        return
    stream = _verified(plan, opened.data, opened.jpeg)
    if opened.jpeg.frame.sof == 2:
        _turned_here(plan, stream, 1)


def _prepared_jpeg(plan: Plan, opened: OpenedSource, jpeg: JpegFile, scratch: Path, tools: Tools) -> bytes:
    stream = _verified(plan, opened.data, jpeg)
    steps = {step.kind: step.parameter for step in plan.steps}
    orientation = steps.get(StepKind.TURN, 1)
    decoded = StepKind.DECODE in steps
    if StepKind.REWRITE in steps or (orientation != 1 and not decoded):
        rewritten = _rewritten(plan, stream, scratch, tools)
        # the colours of four inks depend on a segment that jpegtran sets by its own mind
        stream = stream if StepKind.CONVERT in steps else rewritten
    if decoded:
        source = decode.Encoded(stream, profile(opened.data, jpeg) if StepKind.CONVERT in steps else b"")
        return decode.decode(plan, source, orientation, scratch, tools)
    return stream


def commands(plan: Plan, scratch: Path, tools: Tools) -> tuple[Command, ...]:
    """The exact commands that `prepare` would run."""
    kinds = {step.kind for step in plan.steps}
    if plan.source.jpeg is None:
        return ()
    first = _jpegtran(plan, scratch, tools) if StepKind.REWRITE in kinds or StepKind.DECODE not in kinds else ()
    return (*first, *decode.commands(plan, scratch, tools)) if StepKind.DECODE in kinds else first


def _jpegtran(plan: Plan, scratch: Path, tools: Tools) -> tuple[Command, ...]:
    """The run of jpegtran that the plan asks for, if there is one, and a program to do it."""
    steps = {step.kind: step.parameter for step in plan.steps}
    orientation = 1 if StepKind.DECODE in steps else steps.get(StepKind.TURN, 1)
    if (orientation == 1 and StepKind.REWRITE not in steps) or plan.source.bits != 8:
        return ()
    if plan.source.jpeg is not None and plan.source.jpeg.sof in _ARITHMETIC:
        program: Path | None = tools.require(jpegtran.TOOL)  # nothing else here reads it
    else:
        report = tools.find(jpegtran.TOOL)
        program = None if report.unavailable_because else report.path
    if program is None:
        return ()
    return (jpegtran.command(program, scratch / "upright-source.jpg", scratch / "upright.jpg", orientation),)


_ARITHMETIC = frozenset({9, 10})
_WARNED = 2
"""jpegtran's exit code where it found damage, and went on"""


def _verified(plan: Plan, data: bytes, jpeg: JpegFile) -> bytes:
    """The clean stream. What is progressive is looked at where it is rewritten."""
    sof, ends = jpeg.frame.sof, None
    try:
        if sof <= 1:
            ends = scan.verify(data, jpeg)
        elif sof == 3:
            ends = _lossless_ends(data, jpeg)
        elif sof == 2:
            _require_scans(jpeg)
    except SourceDamaged as damage:
        raise _damaged(plan, damage.message) from None
    return clean(data, jpeg, plan.color, ends)


def _lossless_ends(data: bytes, jpeg: JpegFile) -> tuple[int, ...]:
    from dicomize.jpeg import lossless  # noqa: PLC0415 - few pictures are

    return lossless.verify(data, jpeg)


def _require_scans(jpeg: JpegFile) -> None:
    from dicomize.jpeg import progressive  # noqa: PLC0415 - few pictures are

    progressive.require_complete(jpeg)


def _damaged(plan: Plan, what: str) -> SourceDamaged:
    return SourceDamaged(f"{plan.source.path}: {what}", "get the original file again")


def _rewritten(plan: Plan, stream: bytes, scratch: Path, tools: Tools) -> bytes:
    """The stream as baseline or extended, upright unless it will be decoded.

    jpegtran does it in a tenth of our time where it is installed; the bytes are the same.
    """
    steps = {step.kind: step.parameter for step in plan.steps}
    orientation = 1 if StepKind.DECODE in steps else steps.get(StepKind.TURN, 1)
    for command in _jpegtran(plan, scratch, tools):
        (scratch / "upright-source.jpg").write_bytes(stream)
        # a sequential stream was walked before, so nothing of it can be the picture's fault
        invocation = run(command, tools.timeout, accept=(0, _WARNED) if StepKind.REWRITE in steps else (0,))
        if invocation.returncode == _WARNED:
            raise _damaged(plan, f"jpegtran finds damage: {' '.join(invocation.stderr.split())[:200]}")
        turned = (scratch / "upright.jpg").read_bytes()
        try:
            parsed = markers.parse(turned)
        except SourceDamaged as damage:
            raise ToolFailed(f"jpegtran wrote a damaged picture: {damage.message}", "", invocation) from None
        if _codes_as_ours(turned, parsed):
            return clean(turned, parsed, plan.color)
        if plan.source.jpeg is not None and plan.source.jpeg.sof in _ARITHMETIC:
            stream, orientation = clean(turned, parsed, plan.color), 1
    return _turned_here(plan, stream, orientation)


def _turned_here(plan: Plan, stream: bytes, orientation: int) -> bytes:
    from dicomize.jpeg.turn import turn  # noqa: PLC0415 - most pictures lie as they should

    try:
        return turn(stream, markers.parse(stream), orientation)
    except SourceDamaged as damage:
        raise _damaged(plan, damage.message) from None


def _codes_as_ours(turned: bytes, jpeg: JpegFile) -> bool:
    """Whether a jpegtran is of the kind that writes the bytes that we would: some write progressive JPEG by default."""
    from dicomize.jpeg.encoding_tables import STANDARD_AC, STANDARD_DC  # noqa: PLC0415 - as above

    expected = {
        bytes([16 * kind + destination]) + table.counts + table.symbols
        for kind, tables in enumerate((STANDARD_DC, STANDARD_AC))
        for destination, table in enumerate(tables)
    }
    tables = {turned[s.payload] for s in jpeg.segments if s.marker == markers.DHT}
    return jpeg.frame.sof <= 1 and len(jpeg.scans) == 1 and tables <= expected


def _require_size(plan: Plan, opened: OpenedSource, data: bytes) -> None:
    """The prepared picture is what the plan says: a last look before any backend gets it."""
    image = plan.image
    if plan.decoded:
        sizes = (len(data), 0), (image.native_length, 0)
    elif opened.jpeg is None:
        sizes = (opened.image.Rows, opened.image.Columns), (image.Rows, image.Columns)
    else:
        frame = markers.parse(data).frame
        sizes = (frame.rows, frame.columns), (image.Rows, image.Columns)
    if sizes[0] != sizes[1]:
        raise ToolFailed(f"the prepared picture measures {sizes[0]}, not {sizes[1]} as planned, so it is not used")
