"""The pipeline: open, plan, prepare, encode, normalize, check, publish."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dicomize.checks.run import BY_DEFAULT, check_file
from dicomize.errors import DestinationError, DicomizeError, NotConformant, SourceDamaged, ToolFailed
from dicomize.foreign import open_any
from dicomize.making import Encoder, Made, Watch, made_frame, made_frames, unwatched
from dicomize.metadata.taken import Call, call_of
from dicomize.model import CheckReport, Conversion, ConversionRequest, Plan, SiteProfile, SourceImage
from dicomize.planning import make_multiframe_plan, make_plan
from dicomize.publish import candidate, publish, require_destination, sha256_of
from dicomize.registry import choose
from dicomize.source.opening import Described, OpenedSource, foreign_format, open_pages
from dicomize.wrappers.tool import Tools


def tools_of(plan: Plan) -> Tools:
    """The programs as the plan's site has them."""
    return Tools(plan.site.tools, plan.site.timeout)


def plan_all(requests: Sequence[ConversionRequest]) -> list[Plan | DicomizeError]:
    """A plan for each request of one call, or what is wrong with it.

    The pictures of a call share a study, so all are described before the first is planned. Their bytes are not kept:
    memory must not grow with their number.
    """
    described = [_described(request) for request in requests]
    good = [d.image for d in described if isinstance(d, Described)]
    if not good:
        return [d for d in described if isinstance(d, DicomizeError)]
    call = call_of(good)
    return [
        d if isinstance(d, DicomizeError) else _planned(request, d, call, number)
        for number, (request, d) in enumerate(zip(requests, described, strict=True), 1)
    ]


def plan_frames(request: ConversionRequest, sources: Sequence[Path]) -> Plan | DicomizeError:
    """A plan for one instance of all pictures of these files, or what is wrong with it."""
    try:
        pictures = [opened.described for source in sources for opened in _pages(source, request.site)]
        return make_multiframe_plan(request, pictures, call_of([p.image for p in pictures]))
    except DicomizeError as error:
        return error


def _described(request: ConversionRequest) -> Described | DicomizeError:
    try:
        return open_any(request.source, request.page, request.site).described
    except DicomizeError as error:
        return error


def _pages(source: Path, site: SiteProfile) -> Iterator[OpenedSource]:
    if site.imagemagick and foreign_format(source) is not None:
        yield open_any(source, 0, site)
    else:
        yield from open_pages(source)


def _planned(request: ConversionRequest, described: Described, call: Call, number: int) -> Plan | DicomizeError:
    try:
        return make_plan(request, described, call, number)
    except DicomizeError as error:
        return error


def execute(plan: Plan, watch: Watch = unwatched) -> Conversion:
    """Carry out a plan.

    Args:
        watch: told of each frame of several before it is done.

    Raises:
        DicomizeError: whatever is wrong, by its class; nothing is left behind.
    """
    started = time.perf_counter()
    for path in dict.fromkeys((plan.source.path, *(frame.source.path for frame in plan.frames))):
        require_destination(path, plan.destination, overwrite=plan.overwrite)
    tools = tools_of(plan)
    backend, choice = choose(plan, tools)
    if plan.site.requires:
        from dicomize.approval import require_approved  # noqa: PLC0415 - most sites pin nothing

        require_approved(plan.site, choice.backend)
    encoder = Encoder(choice.backend, backend, tools)
    with _scratch() as scratch:
        made = _made(plan, encoder, scratch, watch)
        with candidate(plan.destination, made.normalized.instance.write) as path:
            report = _checked(plan, path, tools)
            read_by = _read(plan, path, tools)
            digest = sha256_of(path)
            publish(path, plan.destination, overwrite=plan.overwrite)
    return Conversion(
        plan=plan,
        destination=plan.destination,
        sha256=digest,
        SOPInstanceUID=made.normalized.SOPInstanceUID,
        choice=choice,
        toolkit=made.normalized.toolkit,
        invocations=made.invocations,
        changes=made.normalized.changes,
        report=replace(report, file=plan.destination),
        seconds=time.perf_counter() - started,
        verified_by=made.verified_by,
        loss=made.loss,
        read_by=read_by,
    )


def _read(plan: Plan, path: Path, tools: Tools) -> str:
    """Who looked for text in the result and found none; nobody where that is not asked for."""
    if not plan.require_no_text:
        return ""
    from dicomize.textless import require_no_text  # noqa: PLC0415 - loads what shows pictures

    return require_no_text(plan, path, tools)


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder of which nothing stays."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="dicomize-", ignore_cleanup_errors=True)
    except OSError as error:
        raise _unusable(error) from None
    with folder as name:
        yield Path(name)


def _unusable(error: OSError) -> DestinationError:
    return DestinationError(
        f"the folder for temporary files cannot be used: {error.strerror or error}",
        "free some space, or name another folder in TMPDIR",
    )


def _made(plan: Plan, encoder: Encoder, scratch: Path, watch: Watch) -> Made:
    try:
        if plan.frames:
            return made_frames(plan, _reopened_frames(plan), encoder, scratch, watch)
        return made_frame(plan, reopened(plan.source, plan.site), encoder, scratch)
    except OSError as error:
        raise _unusable(error) from None


def reopened(source: SourceImage, site: SiteProfile) -> OpenedSource:
    """The source once more, if it is still the one that was planned.

    Raises:
        SourceDamaged: it is another one.
        SourceError: it cannot be read any more.
    """
    opened = open_any(source.path, source.page, site)
    if opened.image.sha256 != source.sha256:
        raise SourceDamaged(f"{source.path} changed since it was planned", "plan it again")
    return opened


def _reopened_frames(plan: Plan) -> Iterator[OpenedSource]:
    """The pictures of all frames, once more; of a file that holds several each is decoded once."""
    pages: Iterator[OpenedSource] = iter(())
    before: SourceImage | None = None
    for frame in plan.frames:
        source = frame.source
        if not source.page:
            yield reopened(source, plan.site)
            continue
        if before is None or before.path != source.path or source.page <= before.page:
            pages = open_pages(source.path)
        opened = next((page for page in pages if page.image.page == source.page), None)
        if opened is None or opened.image.sha256 != source.sha256:
            raise SourceDamaged(f"{source.path} changed since it was planned", "plan it again")
        before = source
        yield opened


def _checked(plan: Plan, path: Path, tools: Tools) -> CheckReport:
    # of a JPEG every bit was walked before; a codestream of another kind is known to be whole once it was decoded
    own = plan.source.codestream is not None and plan.encapsulated and not plan.compresses
    try:
        report = check_file(path, tools, BY_DEFAULT._replace(decode=own))
    except ToolFailed as error:
        raise ToolFailed(
            f"the result for {plan.source.path} could not be checked: {error.message}", error.remedy, error.invocation
        ) from None
    if damage := next((f for f in report.findings if own and f.kind == "decode"), None):
        raise SourceDamaged(f"{plan.source.path} is damaged: {damage.message}", "get the original file again")
    if report.errors and plan.strict:
        first = report.errors[0]
        more = f", and {len(report.errors) - 1} more" if len(report.errors) > 1 else ""
        raise NotConformant(
            f"the result for {plan.source.path} is not conformant and was not written: {first.path} {first.message}{more}",
            "correct the attribute; --no-strict writes it all the same",
            report.findings,
        )
    return report
