"""One picture through every backend: the toolkit on its own, the same backend through the pipeline, and the proof."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dicomize.comparing import decoders
from dicomize.comparing.attributes import attribute_rows
from dicomize.comparing.bare import Room, run_bare
from dicomize.comparing.decoders import View
from dicomize.comparing.examining import Examined, Examiner
from dicomize.comparing.faults import Truth, faults_of, verdict
from dicomize.comparing.instances import compare_instances
from dicomize.comparing.model import (
    BackendOutcome,
    Comparison,
    InstanceComparison,
    NormalizedOutcome,
    RawOutcome,
    Run,
    RunStatus,
    StoredFile,
)
from dicomize.comparing.pictures import keep as keep_picture
from dicomize.comparing.pictures import reference
from dicomize.errors import DestinationError, DestinationExists, DicomizeError, ExitCode, SourceUnreadable
from dicomize.model import ColorModel, ConversionRequest, Plan, StepKind, ToolReport
from dicomize.pipeline import execute, plan_all
from dicomize.pixeldata import StoredInstance
from dicomize.publish import sha256_of
from dicomize.registry import Registered, find, probe, registered, why_not
from dicomize.source.opening import open_source
from dicomize.wrappers.tool import Tools

if TYPE_CHECKING:
    from PIL import Image

_OF_THE_SOURCE: Final = frozenset({ExitCode.SOURCE, ExitCode.NOT_CONFORMANT, ExitCode.METADATA, ExitCode.USAGE})
"""refusals that are the same whichever backend is asked"""

_LONGEST_STEM: Final = 160
"""bytes"""

_AS_IN_THE_SOURCE: Final = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
"""transfer syntaxes under which the samples of a lossy JPEG are stored as they are"""

Hear = Callable[[str], object]
"""is told what comes next, for a progress bar"""


def compare_toolkits(request: ConversionRequest, keep: Path | None = None, hear: Hear = lambda _: None) -> Comparison:
    """Every backend on one picture.

    Args:
        request: as for a conversion; its destination is not written. A backend that it names is compared alone.
        keep: a folder for the toolkits' own files, the results, and small PNGs of what decoders show; None: nothing stays.

    Raises:
        SourceUnreadable: there is no such file.
        UsageError: the backend that is named does not exist.
        DestinationError: the folder cannot be written.
    """
    with _room(keep) as scratch:
        (planned,) = plan_all([replace(request, backend="", destination=scratch / "unwritten.dcm")])
        if isinstance(planned, SourceUnreadable):
            raise planned
        tools = Tools(request.site.tools, request.site.timeout)
        configured = request.site.configured
        entries = (find(request.backend, tools, configured),) if request.backend else registered(tools, configured)
        work = _Work(
            request.source.absolute(), planned, Examiner(tools, decoders.available(tools), scratch), scratch, keep
        )
        _require_room(work, entries, overwrite=request.overwrite)
        outcomes = tuple(_backend(entry, work, hear) for entry in entries)
        hear("comparing what was written")
        return _comparison(work, outcomes)


@dataclass(frozen=True, slots=True)
class _Work:
    """What all backends of one comparison share, and what they leave behind."""

    source: Path
    planned: Plan | DicomizeError
    examiner: Examiner
    scratch: Path
    keep: Path | None
    written: dict[str, StoredInstance] = field(default_factory=dict)
    """by backend, what its toolkit wrote on its own"""
    results: dict[str, StoredInstance] = field(default_factory=dict)
    """by backend, what came out of the pipeline"""
    refused: list[DicomizeError] = field(default_factory=list)
    """the pipeline's word on the source, where it is no"""

    @property
    def truth(self) -> Truth:
        """What the source holds, where that is known."""
        if isinstance(self.planned, Plan):
            source = self.planned.source
            said = source.color is ColorModel.AMBIGUOUS
            return Truth(self.planned.color if said else source.color, _turn(self.planned))
        try:
            image = open_source(self.source).image
            return Truth(image.color, image.exif.Orientation)
        except DicomizeError:
            return Truth()

    @property
    def stem(self) -> str:
        """What the names of files that are kept begin with: of a long name as much as leaves room for the rest."""
        return os.fsdecode(os.fsencode(self.source.stem)[:_LONGEST_STEM])

    def place(self, name: str, kind: str) -> Path:
        """Where a file of a backend is written."""
        if self.keep is None:
            return self.scratch / f"{name}.{kind}.dcm"
        return self.keep / f"{self.stem}.{name}.{kind}.dcm"

    def view(self, path: Path, orientation: int) -> View:
        return View(lambda: self.reference(orientation), path.with_suffix("") if self.keep else None)

    def reference(self, orientation: int) -> Image.Image | None:
        """The source as it should look; where the user has given the samples another meaning, nobody has seen it."""
        if isinstance(self.planned, Plan) and self.planned.color is not self.planned.source.color:
            return None
        return reference(self.source, orientation)


@contextmanager
def _room(keep: Path | None) -> Iterator[Path]:
    """A scratch folder; the folder to keep files in is made."""
    try:
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="dicomize-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    except OSError as error:
        where = error.filename or keep or tempfile.gettempdir()
        raise DestinationError(
            f"{where} cannot be written: {error.strerror or error}", "name another folder, or free some space"
        ) from None


def _require_room(work: _Work, entries: tuple[Registered, ...], *, overwrite: bool) -> None:
    """No file that is kept may replace one that is there."""
    for path in (work.place(entry.name, kind) for entry in entries for kind in ("raw", "normalized")):
        if path.exists() and not overwrite:
            raise DestinationExists(f"{path} exists already", "name another folder, or say --overwrite")
        path.unlink(missing_ok=True)


# ---------------------------------------------------------------- one backend


def _backend(entry: Registered, work: _Work, hear: Hear) -> BackendOutcome:
    because = why_not(entry)
    if because or entry.backend is None:
        run = Run(RunStatus.NOT_RUN, message=because)
        sentence = f"not on this machine: {because}"
        return BackendOutcome(entry.name, "", None, because, RawOutcome(run), NormalizedOutcome(), sentence)
    hear(f"{entry.name} on its own")
    room = Room(work.examiner.tools.timeout, work.scratch)
    run = run_bare(entry.backend, work.source, work.place(entry.name, "raw"), room)
    raw = _raw(entry.name, run, work)
    hear(f"{entry.name} through dicomize")
    normalized = _normalized(entry, work)
    tool = next(iter(probe(entry)[0]), ToolReport(entry.name))
    sentence = verdict(run.status, run.message, raw.faults, _fares(normalized))
    return BackendOutcome(entry.name, tool.version, tool.path, "", raw, normalized, sentence)


def _raw(name: str, run: Run, work: _Work) -> RawOutcome:
    path = work.place(name, "raw")
    if run.status is not RunStatus.WROTE:
        path.unlink(missing_ok=True)  # what a failed run leaves behind is no file
        return RawOutcome(run)
    examined = work.examiner.examine(path, work.view(path, orientation=1))
    if examined.instance is not None:
        work.written[name] = examined.instance
    return RawOutcome(run, _kept(examined, work), faults_of(examined.file, work.truth))


def _kept(examined: Examined, work: _Work) -> StoredFile:
    """The description of a file, which does not speak of a place where it no longer is."""
    file = examined.file
    if work.keep:
        return file
    name = Path(file.path.name if file.path else "")
    return replace(file, path=None, report=replace(file.report, file=name) if file.report else None)


def _normalized(entry: Registered, work: _Work) -> NormalizedOutcome:
    if isinstance(work.planned, DicomizeError):
        return NormalizedOutcome(refusal=str(work.planned), exit_code=work.planned.exit_code)
    path = work.place(entry.name, "normalized")
    plan = replace(work.planned, backend=entry.name, destination=path, overwrite=True)
    try:
        conversion = execute(plan)
    except DicomizeError as error:
        if error.exit_code in _OF_THE_SOURCE:
            work.refused.append(error)
        return NormalizedOutcome(refusal=str(error), exit_code=error.exit_code)
    examined = work.examiner.examine(path, work.view(path, _turn(plan)))
    if examined.instance is not None:
        work.results[entry.name] = examined.instance
    # an encoder may have changed the colours, and said so
    faults = faults_of(examined.file, Truth(plan.color if plan.TransferSyntaxUID in _AS_IN_THE_SOURCE else None))
    return NormalizedOutcome(_kept(examined, work), conversion.seconds, faults=faults)


def _turn(plan: Plan) -> int:
    """The Exif Orientation that the plan undoes."""
    return next((step.parameter for step in plan.steps if step.kind is StepKind.TURN), 1)


def _fares(normalized: NormalizedOutcome) -> str:
    """How a backend fares through the pipeline."""
    if normalized.exit_code in _OF_THE_SOURCE:
        return "refused by dicomize"  # why is said once, of all
    if normalized.file is None:
        return f"through dicomize: {normalized.refusal}"
    if not normalized.faults:
        return "through dicomize: nothing wrong"
    return f"through dicomize it {'; '.join(fault.sentence for fault in normalized.faults)}"


# ---------------------------------------------------------------- all of them


def _comparison(work: _Work, outcomes: tuple[BackendOutcome, ...]) -> Comparison:
    refused = work.planned if isinstance(work.planned, DicomizeError) else next(iter(work.refused), None)
    plan = work.planned if isinstance(work.planned, Plan) and refused is None else None
    kept = next(iter(work.results.values()), None)
    return Comparison(
        source=work.source,
        source_sha256=sha256_of(work.source),
        plan=plan,
        refusal=str(refused) if refused is not None else "",
        exit_code=refused.exit_code if refused is not None else ExitCode.DONE,
        backends=outcomes,
        attributes=attribute_rows(work.written, plan, kept),
        picture=_picture(work, plan),
        pairs=tuple(_pairs(work, outcomes)),
    )


def _picture(work: _Work, plan: Plan | None) -> Path | None:
    """The source as it should look, where there is a folder for it."""
    image = work.reference(_turn(plan) if plan is not None else 1) if work.keep is not None else None
    return keep_picture(image, work.keep / f"{work.stem}.source.png") if image and work.keep else None


def _pairs(work: _Work, outcomes: tuple[BackendOutcome, ...]) -> Iterator[tuple[str, InstanceComparison]]:
    """The first result against each other one that is not the same bytes."""
    done = [o for o in outcomes if o.backend in work.results and o.normalized.file is not None]
    for outcome in done[1:]:
        first, file = done[0].normalized.file, outcome.normalized.file
        if first is not None and file is not None and first.sha256 != file.sha256:
            left, right = (work.results[o.backend].path for o in (done[0], outcome))
            pair = compare_instances(left, right)
            yield outcome.backend, pair if work.keep else replace(pair, left=Path(left.name), right=Path(right.name))
