"""The one clean image that every backend is given.

A JPEG:

verify   the entropy-coded data is whole, or the picture is refused
clean    nothing but the picture is left in the stream
turn     upright, in the DCT domain: no coefficient is rounded
decode   only where the plan asks for uncompressed pixels; turning is then exact for every size

Other rasters are decoded, converted or flattened where the plan says so, and turned (rasters.py).
"""

from __future__ import annotations

from pathlib import Path

from dicomize import decode, rasters
from dicomize.errors import SourceDamaged, ToolFailed
from dicomize.jpeg import markers, scan
from dicomize.jpeg.clean import clean
from dicomize.jpeg.markers import JpegFile
from dicomize.model import ImagePixel, Plan, PreparedImage, StepKind
from dicomize.source.opening import OpenedSource
from dicomize.wrappers import jpegtran
from dicomize.wrappers.process import Command, run
from dicomize.wrappers.tool import Tools


def prepare(plan: Plan, opened: OpenedSource, scratch: Path, tools: Tools) -> PreparedImage:
    """Make the clean image, in memory and as a file in the scratch folder.

    Raises:
        SourceDamaged: the picture is not whole.
        SourceUnsupported: it cannot be decoded here.
        ToolMissing: 12 bits are to be decoded, and DCMTK is not there.
        ToolFailed: jpegtran or dcmdjpeg does not do its work.
    """
    if opened.jpeg is None:
        data, path = rasters.pixels(plan, opened.data), scratch / "image.raw"
    else:
        data, path = _prepared_jpeg(plan, opened, opened.jpeg, scratch, tools)
    _require_size(plan.image, data, encapsulated=plan.encapsulated)
    path.write_bytes(data)
    return PreparedImage(path, data, plan.image, plan.TransferSyntaxUID)


def _prepared_jpeg(plan: Plan, opened: OpenedSource, jpeg: JpegFile, scratch: Path, tools: Tools) -> tuple[bytes, Path]:
    """The picture, and where it belongs."""
    stream = _verified(plan, opened.data, jpeg)
    turns = {step.kind: step.parameter for step in plan.steps}
    orientation = turns.get(StepKind.TURN, 1)
    if StepKind.DECODE in turns:
        return decode.decode(plan, stream, orientation, scratch, tools), scratch / "image.raw"
    if orientation != 1:
        stream = _turned(plan, stream, orientation, scratch, tools)
    return stream, scratch / "image.jpg"


def commands(plan: Plan, scratch: Path, tools: Tools) -> tuple[Command, ...]:
    """The exact commands that `prepare` would run."""
    if plan.source.jpeg is None:
        return ()
    turns = {step.kind: step.parameter for step in plan.steps}
    orientation = turns.get(StepKind.TURN, 1)
    if StepKind.DECODE in turns:
        return decode.commands(plan, scratch, tools)
    if orientation == 1 or plan.image.BitsStored != 8:
        return ()
    report = tools.find(jpegtran.TOOL)
    if report.path is None or report.unavailable_because:
        return ()
    return (jpegtran.command(report.path, scratch / "upright-source.jpg", scratch / "upright.jpg", orientation),)


def _verified(plan: Plan, data: bytes, jpeg: JpegFile) -> bytes:
    try:
        ends = scan.verify(data, jpeg)
    except SourceDamaged as damage:
        raise SourceDamaged(f"{plan.source.path}: {damage.message}", "get the original file again") from None
    return clean(data, jpeg, plan.color, ends)


def _turned(plan: Plan, stream: bytes, orientation: int, scratch: Path, tools: Tools) -> bytes:
    """The stream upright. jpegtran does it in a tenth of our time where it is installed; the bytes are the same."""
    for command in commands(plan, scratch, tools):
        (scratch / "upright-source.jpg").write_bytes(stream)
        invocation = run(command, tools.timeout)
        turned = (scratch / "upright.jpg").read_bytes()
        try:
            parsed = markers.parse(turned)
        except SourceDamaged as damage:
            raise ToolFailed(f"jpegtran wrote a damaged picture: {damage.message}", "", invocation) from None
        if _codes_as_ours(turned, parsed):
            return clean(turned, parsed, plan.color)
    from dicomize.jpeg.turn import turn  # noqa: PLC0415 - most pictures lie as they should

    return turn(stream, markers.parse(stream), orientation)


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


def _require_size(image: ImagePixel, data: bytes, *, encapsulated: bool) -> None:
    """The prepared picture is what the plan says: a last look before any backend gets it."""
    if encapsulated:
        frame = markers.parse(data).frame
        sizes = (frame.rows, frame.columns), (image.Rows, image.Columns)
    else:
        sizes = (len(data), 0), (image.native_length, 0)
    if sizes[0] != sizes[1]:
        raise ToolFailed(f"the prepared picture measures {sizes[0]}, not {sizes[1]} as planned, so it is not used")
