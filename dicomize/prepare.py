"""The one clean image that every backend is given.

A JPEG:

verify   the entropy-coded data is whole, or the picture is refused
clean    nothing but the picture is left in the stream
rewrite  what DICOM has retired, progressive and arithmetic, as baseline with the same coefficients
redact, crop, turn   among the coefficients, none of which is rounded
decode   only where the plan asks for uncompressed pixels; all of that is then exact for every size

JPEG 2000 and JPEG-LS lose what is not the picture, and are decoded where the plan asks for it. Other rasters are decoded, converted or flattened where the plan says so, and turned (rasters.py).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dicomize import decode, rasters
from dicomize.errors import MetadataError, SourceDamaged, ToolFailed
from dicomize.jpeg import markers, scan, tables
from dicomize.jpeg.clean import clean
from dicomize.jpeg.markers import JpegFile
from dicomize.jpeg.orientation import Edit, can_turn
from dicomize.model import EXPLICIT, Piece, Plan, PreparedImage, Rectangle, StepKind
from dicomize.pixeldata import length_of, read_piece
from dicomize.source.formats import codestream_family
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
    path = picture_of(plan, scratch)
    content = _content(plan, opened, path, tools)
    _require_size(plan, opened, content)
    if not plan.decoded:
        return PreparedImage(path, content, plan.image, plan.TransferSyntaxUID)
    # the plan's label is that of the compressed picture
    label = "RGB" if plan.image.SamplesPerPixel == 3 else plan.image.PhotometricInterpretation
    return PreparedImage(path, content, replace(plan.image, PhotometricInterpretation=label), EXPLICIT)


def _content(plan: Plan, opened: OpenedSource, path: Path, tools: Tools) -> Piece:
    """The picture, in its file and mostly also in memory."""
    if opened.jpeg is None and opened.image.codestream is None:
        return rasters.write(plan, opened, path)
    if opened.jpeg is not None:
        data = _prepared_jpeg(plan, opened, opened.jpeg, path.parent, tools)
    else:
        data = _prepared_codestream(plan, opened, path.parent, tools)
    path.write_bytes(data)
    return data


def _prepared_codestream(plan: Plan, opened: OpenedSource, scratch: Path, tools: Tools) -> bytes:
    stream = codestream_family(opened.data).stream(opened.data)
    if not plan.decoded:
        return stream
    from dicomize import codestream_pixels  # noqa: PLC0415 - most are stored as they are

    encoded = codestream_pixels.Encoded(stream, _profile(plan, opened))
    return codestream_pixels.pixels(plan, encoded, scratch, tools)


def _profile(plan: Plan, opened: OpenedSource) -> bytes:
    """The ICC profile, where colours are to be converted through it."""
    converts = any(step.kind is StepKind.CONVERT for step in plan.steps)
    return opened.described.profile if converts else b""


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
            rasters.pixels(plan, opened)
        return
    stream = _verified(plan, opened.data, opened.jpeg)
    if opened.jpeg.frame.sof == 2:
        _edited_here(plan, stream, Edit())


def _prepared_jpeg(plan: Plan, opened: OpenedSource, jpeg: JpegFile, scratch: Path, tools: Tools) -> bytes:
    stream = _verified(plan, opened.data, jpeg)
    kinds = {step.kind for step in plan.steps}
    decoded = StepKind.DECODE in kinds
    if StepKind.REWRITE in kinds or (kinds & _AMONG_COEFFICIENTS and not decoded):
        rewritten = _rewritten(plan, stream, scratch, tools)
        # the colours of four inks depend on a segment that jpegtran sets by its own mind
        stream = stream if StepKind.CONVERT in kinds else rewritten
    if decoded:
        source = decode.Encoded(stream, _profile(plan, opened))
        return decode.decode(plan, source, scratch, tools)
    return stream


_AMONG_COEFFICIENTS = frozenset({StepKind.REDACT, StepKind.CROP, StepKind.TURN})
"""steps that need no decoding where the plan has them without it"""


def _edit(plan: Plan) -> Edit:
    """What is done among the coefficients."""
    if plan.decoded:
        return Edit()
    steps = {step.kind: step for step in plan.steps}
    redact, crop, turn = (steps.get(kind) for kind in (StepKind.REDACT, StepKind.CROP, StepKind.TURN))
    return Edit(
        orientation=turn.parameter if turn else 1,
        blacken=redact.rectangles if redact else (),
        keep=crop.rectangles[0] if crop else None,
    )


def commands(plan: Plan, scratch: Path, tools: Tools) -> tuple[Command, ...]:
    """The exact commands that `prepare` would run."""
    kinds = {step.kind for step in plan.steps}
    if plan.source.codestream is not None and StepKind.DECODE in kinds:
        from dicomize import codestream_pixels  # noqa: PLC0415 - as above

        return codestream_pixels.commands(plan, scratch, tools)
    if plan.source.jpeg is None:
        return ()
    first = _jpegtran(plan, scratch, tools) if StepKind.REWRITE in kinds or StepKind.DECODE not in kinds else ()
    return (*first, *decode.commands(plan, scratch, tools)) if StepKind.DECODE in kinds else first


def _jpegtran(plan: Plan, scratch: Path, tools: Tools) -> tuple[Command, ...]:
    """The runs of jpegtran that the plan asks for, if there are any, and a program to do it."""
    edit = _edit(plan)
    rewrite = any(step.kind is StepKind.REWRITE for step in plan.steps)
    if (edit == Edit() and not rewrite) or plan.source.bits != 8:
        return ()
    if plan.source.jpeg is not None and plan.source.jpeg.sof in _ARITHMETIC:
        program: Path | None = tools.require(jpegtran.TOOL)  # nothing else here reads it
    else:
        report = tools.find(jpegtran.TOOL)
        program = None if report.unavailable_because else report.path
    if program is None:
        return ()
    return jpegtran.commands(program, scratch, jpegtran.Work(edit.orientation, edit.blacken, edit.keep))


_ARITHMETIC = frozenset({9, 10})
_WARNED = 2
"""jpegtran's exit code where it found damage, and went on"""


def _verified(plan: Plan, data: bytes, jpeg: JpegFile) -> bytes:
    """The clean stream. What is progressive is looked at where it is rewritten."""
    sof, ends = jpeg.frame.sof, None
    try:
        tables.require_sound(data, jpeg)
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
    """The stream as baseline or extended, blackened, cropped and upright unless it will be decoded.

    jpegtran does it in a fraction of our time where it is installed; the bytes are the same.
    """
    _require_whole_blocks(plan, markers.parse(stream))
    commands = _jpegtran(plan, scratch, tools)
    made = _by_jpegtran(plan, stream, scratch, commands, tools.timeout) if commands else None
    if made is None:
        return _edited_here(plan, stream, _edit(plan))
    parsed = markers.parse(made)
    if _codes_as_ours(made, parsed):
        return clean(made, parsed, plan.color)
    if plan.source.jpeg is not None and plan.source.jpeg.sof in _ARITHMETIC:
        return _edited_here(plan, clean(made, parsed, plan.color), Edit())
    return _edited_here(plan, stream, _edit(plan))


def _by_jpegtran(
    plan: Plan, stream: bytes, scratch: Path, commands: tuple[Command, ...], timeout: float
) -> bytes | None:
    """What jpegtran makes of it; None where it cannot copy what is sound."""
    (scratch / jpegtran.SOURCE).write_bytes(stream)
    # a sequential stream was walked before, so nothing of it can be the picture's fault
    rewrite = any(step.kind is StepKind.REWRITE for step in plan.steps)
    for command in commands:
        _stage_black(stream, command)
        try:
            invocation = run(command, timeout, accept=(0, _WARNED) if rewrite else (0,))
        except ToolFailed as failure:
            told = failure.invocation
            # of what it refuses to read we find ourselves what is wrong, or nothing is
            if told is not None and ((rewrite and told.returncode == 1) or _REDEFINED in told.stderr):
                return None
            raise
        if invocation.returncode == _WARNED:
            raise _damaged(plan, f"jpegtran finds damage: {' '.join(invocation.stderr.split())[:200]}")
    made = (scratch / jpegtran.RESULT).read_bytes()
    try:
        parsed = markers.parse(made)
    except SourceDamaged as damage:
        raise ToolFailed(f"jpegtran wrote a damaged picture: {damage.message}", "", invocation) from None
    try:
        if parsed.frame.sof <= 1:
            # libjpeg writes coefficients that no Huffman code holds, with exit 0
            scan.verify(made, parsed)
    except SourceDamaged as damage:
        raise _damaged(plan, f"jpegtran makes of it a picture that is none: {damage.message}") from None
    return made


_REDEFINED = "multiple use of quantization table"
"""what jpegtran says where a table is defined anew between scans, which it cannot copy"""


def _require_whole_blocks(plan: Plan, jpeg: JpegFile) -> None:
    """What is changed without decoding consists of whole blocks: a plan that was edited by hand may say otherwise.

    Raises:
        MetadataError: it does not.
    """
    from dicomize.jpeg import cutting  # noqa: PLC0415 - most pictures are stored as they are

    wanted, rows = _edit(plan), plan.source.Rows
    part = wanted.keep or Rectangle(0, 0, plan.source.Columns, rows)
    whole = cutting.whole(part, jpeg.frame, rows) and can_turn(jpeg, wanted.orientation, part)
    if not whole or any(cutting.widened(r, jpeg.frame, rows) != r for r in wanted.blacken):
        raise MetadataError(
            f"the plan for {plan.source.path} changes parts of blocks of its JPEG", "plan the conversion again"
        )


def _stage_black(stream: bytes, command: Command) -> None:
    """Write the black picture that a run of jpegtran drops into another."""
    dropped = jpegtran.dropped(command)
    if dropped is None:
        return
    from dicomize.jpeg.turn import black  # noqa: PLC0415 - few pictures are blackened

    path, (width, height) = dropped
    path.write_bytes(black(stream, markers.parse(stream), width, height))


def _edited_here(plan: Plan, stream: bytes, wanted: Edit) -> bytes:
    from dicomize.jpeg.turn import edit  # noqa: PLC0415 - most pictures lie as they should

    try:
        return edit(stream, markers.parse(stream), wanted)
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


def _require_size(plan: Plan, opened: OpenedSource, content: Piece) -> None:
    """The prepared picture is what the plan says: a last look before any backend gets it."""
    image = plan.image
    if plan.decoded:
        sizes = (length_of(content), 0), (image.native_length, 0)
    elif opened.jpeg is None:
        sizes = (opened.image.Rows, opened.image.Columns), (image.Rows, image.Columns)
    else:
        frame = markers.parse(read_piece(content)).frame
        sizes = (frame.rows, frame.columns), (image.Rows, image.Columns)
    if sizes[0] != sizes[1]:
        raise ToolFailed(f"the prepared picture measures {sizes[0]}, not {sizes[1]} as planned, so it is not used")
