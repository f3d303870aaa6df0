"""dicomize convert."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from dicomize.cli.commands.talk import Talk
from dicomize.cli.destinations import destinations, is_folder, make_folder
from dicomize.cli.options import RequestOptions, site_of
from dicomize.cli.outcome import Outcome, gather
from dicomize.cli.progress import FEW, counted, told, tracked
from dicomize.errors import DestinationError, DicomizeError, ExitCode, MetadataError, UsageError
from dicomize.making import Watch, unwatched
from dicomize.model import Conversion, Plan, SiteProfile
from dicomize.pipeline import execute, plan_all, plan_frames
from dicomize.publish import append_journal, mode_of, require_journal
from dicomize.report.conversion import show_conversions
from dicomize.serialize import load_plan, to_plain

Result = dict[str, Any]
Work = tuple[Path, Path, Plan | DicomizeError]
"""source, destination, and the plan or why there is none"""


def convert(words: Sequence[str], options: RequestOptions, site: str, journal: Path | None, talk: Talk) -> Outcome:
    """Convert SOURCE… DEST."""
    if len(words) < 2:
        raise UsageError("a source and a destination are needed", "dicomize convert SOURCE... DEST")
    *names, destination = words
    sources = [Path(name) for name in names]
    profile = site_of(site)
    if options.multiframe:
        return _convert_frames(sources, destination, options, profile, journal, talk)
    targets = destinations(sources, destination)
    imports = options.imports()
    requests = [options.request(s, t, profile, imports) for s, t in zip(sources, targets, strict=True)]
    require_sources_apart([*sources, *options.files()], [*targets, *filter(None, [journal])])
    if journal is not None:
        require_journal(journal)
    with told("looking at the pictures", quiet=talk.quiet or len(requests) < FEW):
        planned = plan_all(requests)
    with _in_folder(destination, len(sources), planned):
        return carry_out(list(zip(sources, targets, planned, strict=True)), journal, talk)


@contextmanager
def _in_folder(destination: str, sources: int, planned: Sequence[Plan | DicomizeError]) -> Iterator[None]:
    """The destination folder is made where there is something to put into it, and goes again if it stays empty."""
    made = is_folder(destination, sources) and not mode_of(Path(destination))
    if made and any(isinstance(p, Plan) for p in planned):
        make_folder(destination)
    try:
        yield
    finally:
        if made:
            with suppress(OSError):  # it holds results, or was never made
                Path(destination).rmdir()


def _convert_frames(
    sources: Sequence[Path],
    destination: str,
    options: RequestOptions,
    profile: SiteProfile,
    journal: Path | None,
    talk: Talk,
) -> Outcome:
    """All pictures of all sources into one instance."""
    (target,) = destinations(sources[:1], destination)
    request = options.request(sources[0], target, profile, options.imports())
    require_sources_apart([*sources, *options.files()], [target, *filter(None, [journal])])
    if journal is not None:
        require_journal(journal)
    with told("looking at the pictures", quiet=talk.quiet):
        planned = plan_frames(request, sources)
    with _in_folder(destination, 1, [planned]):
        return carry_out([(sources[0], target, planned)], journal, talk)


def require_sources_apart(read: Sequence[Path], targets: Sequence[Path]) -> None:
    """No result may replace a file that is read, not even with --overwrite, and not even another picture's."""
    known = {(s.st_dev, s.st_ino) for s in filter(None, map(_status, read))}
    for target in targets:
        status = _status(target)
        if status is not None and (status.st_dev, status.st_ino) in known:
            raise UsageError(f"{target} is itself one of the sources", "name another destination")


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def convert_plan(path: Path, journal: Path | None, talk: Talk, *, overwrite: bool, besides: bool) -> Outcome:
    """Carry out a saved plan.

    Args:
        besides: whether the command line says anything that the plan already says.
    """
    if besides:
        raise UsageError(
            "a plan has every decision in it, and the command line makes others",
            "say --plan with --overwrite, --journal, -v, -q and --json only",
        )
    if journal is not None:
        require_journal(journal)
    try:
        plan = load_plan(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise MetadataError(
            f"the plan {path} cannot be read: {why}", "name a file saved by dicomize plan --save"
        ) from None
    plan = replace(plan, overwrite=plan.overwrite or overwrite)
    return carry_out([(plan.source.path, plan.destination, plan)], journal, talk)


def carry_out(work: list[Work], journal: Path | None, talk: Talk) -> Outcome:
    """Convert what has a plan, and say why the rest has none."""
    one = partial(_one, journal=journal, talk=talk)
    done, outcome = gather(tracked(work, "converting", quiet=talk.quiet), _where, one, verbose=talk.verbose)
    return outcome if talk.quiet else replace(outcome, show=partial(show_conversions, done, verbose=talk.verbose))


def _where(work: Work) -> Result:
    return {"source": str(work[0]), "destination": str(work[1])}


def _one(work: Work, journal: Path | None, talk: Talk) -> tuple[Conversion, Result, ExitCode]:
    planned = work[2]
    if isinstance(planned, DicomizeError):
        raise planned
    with _watching(planned, talk) as watch:
        conversion = execute(planned, watch)
    result = conversion_result(conversion)
    if journal is not None:
        try:
            append_journal(journal, result)
        except DestinationError as error:
            raise DestinationError(f"{conversion.destination} was written, but {error.message}", error.remedy) from None
    return conversion, result, ExitCode.DONE


@contextmanager
def _watching(plan: Plan, talk: Talk) -> Iterator[Watch]:
    """A bar where an instance has several frames."""
    if not plan.frames:
        yield unwatched
        return
    with counted("frames", quiet=talk.quiet) as update:
        yield lambda number, of: update(number - 1, of)


def conversion_result(conversion: Conversion) -> Result:
    """A finished conversion as JSON values: the journal has the same."""
    plan = conversion.plan
    return {
        "status": "converted",
        "source": str(plan.source.path),
        "source_sha256": plan.source.sha256,
        "destination": str(conversion.destination),
        "sha256": conversion.sha256,
        "SOPClassUID": plan.SOPClassUID,
        "SOPInstanceUID": conversion.SOPInstanceUID,
        "TransferSyntaxUID": plan.TransferSyntaxUID,
        "dicomize_version": plan.dicomize_version,
        "steps": to_plain(plan.steps),
        "frames": [
            {"source": str(f.source.path), "source_sha256": f.source.sha256, "page": f.source.page} for f in plan.frames
        ],
        "choice": to_plain(conversion.choice),
        "toolkit": conversion.toolkit,
        "invocations": to_plain(conversion.invocations),
        "changes": to_plain(conversion.changes),
        "verified_by": conversion.verified_by,
        "loss": to_plain(conversion.loss),
        "read_by": conversion.read_by,
        "validators": list(conversion.report.validators),
        "findings": to_plain(conversion.report.findings),
        "notes": list(plan.notes),
        "seconds": round(conversion.seconds, 3),
    }
