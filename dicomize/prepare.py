"""The one clean image that every backend is given.

verify   the entropy-coded data is whole, or the picture is refused
clean    nothing but the picture is left in the stream
turn     upright, in the DCT domain: no coefficient is rounded
decode   only where the plan asks for uncompressed pixels; turning is then exact for every size
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from dicomize.errors import SourceDamaged, SourceUnsupported, ToolFailed
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
        ToolFailed: jpegtran is installed but does not do its work.
    """
    stream = _verified(plan, opened)
    turns = {step.kind: step.parameter for step in plan.steps}
    orientation = turns.get(StepKind.TURN, 1)
    if StepKind.DECODE in turns:
        data, path = _decoded(plan, stream, orientation), scratch / "image.raw"
    else:
        if orientation != 1:
            stream = _turned(plan, stream, orientation, scratch, tools)
        data, path = stream, scratch / "image.jpg"
    _require_size(plan.image, data, encapsulated=plan.encapsulated)
    path.write_bytes(data)
    return PreparedImage(path, data, plan.image, plan.TransferSyntaxUID)


def commands(plan: Plan, scratch: Path, tools: Tools) -> tuple[Command, ...]:
    """The exact commands that `prepare` would run."""
    turns = {step.kind: step.parameter for step in plan.steps}
    orientation = turns.get(StepKind.TURN, 1)
    if orientation == 1 or StepKind.DECODE in turns or plan.image.BitsStored != 8:
        return ()
    report = tools.find(jpegtran.TOOL)
    if report.path is None or report.unavailable_because:
        return ()
    return (jpegtran.command(report.path, scratch / "upright-source.jpg", scratch / "upright.jpg", orientation),)


def _verified(plan: Plan, opened: OpenedSource) -> bytes:
    try:
        ends = scan.verify(opened.data, opened.jpeg)
    except SourceDamaged as damage:
        raise SourceDamaged(f"{plan.source.path}: {damage.message}", "get the original file again") from None
    return clean(opened.data, opened.jpeg, plan.color, ends)


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


def _decoded(plan: Plan, stream: bytes, orientation: int) -> bytes:
    """Interleaved samples, rows from the top, upright."""
    from PIL import Image  # noqa: PLC0415 - costs 30 ms, and most conversions decode nothing

    transpositions = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(stream), formats=("JPEG",)) as image:
                image.load()
                picture: Image.Image = image
    except Image.DecompressionBombError:
        raise SourceUnsupported(f"{plan.source.path} is too large to be decoded", "store it as it is") from None
    except OSError as error:
        raise SourceDamaged(f"{plan.source.path} cannot be decoded: {error}", "get the original file again") from None
    if orientation != 1:
        picture = picture.transpose(transpositions[orientation])
    return picture.tobytes()


def _require_size(image: ImagePixel, data: bytes, *, encapsulated: bool) -> None:
    """The prepared picture is what the plan says: a last look before any backend gets it."""
    if encapsulated:
        frame = markers.parse(data).frame
        sizes = (frame.rows, frame.columns), (image.Rows, image.Columns)
    else:
        sizes = (len(data), 0), (image.native_length, 0)
    if sizes[0] != sizes[1]:
        raise ToolFailed(f"the prepared picture measures {sizes[0]}, not {sizes[1]} as planned, so it is not used")
