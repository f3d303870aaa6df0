"""The pipeline: open, plan, prepare, encode, normalize, check, publish."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dicomize.backends.base import Backend, asked
from dicomize.checks.run import check_file
from dicomize.errors import DestinationError, DicomizeError, NotConformant, SourceDamaged, ToolFailed
from dicomize.metadata.taken import Call, call_of
from dicomize.model import (
    CheckReport,
    Choice,
    Conversion,
    ConversionRequest,
    EncodedInstance,
    Loss,
    Plan,
    PreparedImage,
)
from dicomize.normalize import NormalizedInstance, normalize
from dicomize.planning import make_plan
from dicomize.prepare import prepare
from dicomize.publish import candidate, publish, require_destination, sha256_of
from dicomize.registry import choose
from dicomize.source.opening import Described, OpenedSource, open_source
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


def _described(request: ConversionRequest) -> Described | DicomizeError:
    try:
        return open_source(request.source).described
    except DicomizeError as error:
        return error


def _planned(request: ConversionRequest, described: Described, call: Call, number: int) -> Plan | DicomizeError:
    try:
        return make_plan(request, described, call, number)
    except DicomizeError as error:
        return error


def execute(plan: Plan) -> Conversion:
    """Carry out a plan.

    Raises:
        DicomizeError: whatever is wrong, by its class; nothing is left behind.
    """
    started = time.perf_counter()
    require_destination(plan.source.path, plan.destination, overwrite=plan.overwrite)
    tools = tools_of(plan)
    backend, choice = choose(plan, tools)
    if plan.site.requires:
        from dicomize.approval import require_approved  # noqa: PLC0415 - most sites pin nothing

        require_approved(plan.site, choice.backend)
    encoded, normalized, (verified_by, loss) = _made(plan, choice, backend, tools)
    with candidate(plan.destination, normalized.instance.write) as path:
        report = _checked(plan, path, tools)
        digest = sha256_of(path)
        publish(path, plan.destination, overwrite=plan.overwrite)
    done = _conversion(plan, choice, encoded, normalized, report, digest, time.perf_counter() - started)
    return replace(done, verified_by=verified_by, loss=loss)


def _made(
    plan: Plan, choice: Choice, backend: Backend, tools: Tools
) -> tuple[EncodedInstance, NormalizedInstance, tuple[str, Loss | None]]:
    """Prepare, encode, normalize and verify, in a scratch folder of which nothing stays."""
    try:
        with tempfile.TemporaryDirectory(prefix="dicomize-", ignore_cleanup_errors=True) as folder:
            scratch = Path(folder)
            image = prepare(plan, reopened(plan), scratch, tools)
            encoded = _encoded(plan, choice.backend, backend, image, scratch)
            normalized = normalize(plan, image, encoded)
            return encoded, normalized, _verified(plan, image, encoded, normalized, scratch)
    except OSError as error:
        raise DestinationError(
            f"the folder for temporary files cannot be used: {error.strerror or error}",
            "free some space, or name another folder in TMPDIR",
        ) from None


def _verified(
    plan: Plan, image: PreparedImage, encoded: EncodedInstance, normalized: NormalizedInstance, scratch: Path
) -> tuple[str, Loss | None]:
    """Who read the compressed picture back, and how much was lost; nobody where none was compressed."""
    if not plan.compresses:
        return "", None
    from dicomize.verifying import Compressed, verify  # noqa: PLC0415 - most conversions compress nothing

    return verify(plan, image, encoded, Compressed(normalized.instance, plan.image, scratch, tools_of(plan)))


def _encoded(plan: Plan, name: str, backend: Backend, image: PreparedImage, scratch: Path) -> EncodedInstance:
    try:
        return backend.encode(asked(plan), image, scratch)
    except (DicomizeError, OSError):
        raise
    except Exception as error:
        # a third party's code may raise anything
        raise ToolFailed(
            f"the {name} backend failed: {type(error).__name__}: {error}", "try another backend"
        ) from error


def _conversion(  # noqa: PLR0913, PLR0917 - the results of seven steps meet here once
    plan: Plan,
    choice: Choice,
    encoded: EncodedInstance,
    normalized: NormalizedInstance,
    report: CheckReport,
    digest: str,
    seconds: float,
) -> Conversion:
    return Conversion(
        plan=plan,
        destination=plan.destination,
        sha256=digest,
        SOPInstanceUID=normalized.SOPInstanceUID,
        choice=choice,
        toolkit=normalized.toolkit,
        invocations=encoded.invocations,
        changes=normalized.changes,
        report=replace(report, file=plan.destination),
        seconds=seconds,
    )


def reopened(plan: Plan) -> OpenedSource:
    """The source once more, if it is still the one that was planned.

    Raises:
        SourceDamaged: it is another one.
        SourceError: it cannot be read any more.
    """
    opened = open_source(plan.source.path)
    if opened.image.sha256 != plan.source.sha256:
        raise SourceDamaged(f"{plan.source.path} changed since it was planned", "plan it again")
    return opened


def _checked(plan: Plan, path: Path, tools: Tools) -> CheckReport:
    try:
        report = check_file(path, tools)
    except ToolFailed as error:
        raise ToolFailed(
            f"the result for {plan.source.path} could not be checked: {error.message}", error.remedy, error.invocation
        ) from None
    if report.errors and plan.strict:
        first = report.errors[0]
        more = f", and {len(report.errors) - 1} more" if len(report.errors) > 1 else ""
        raise NotConformant(
            f"the result for {plan.source.path} is not conformant and was not written: {first.path} {first.message}{more}",
            "correct the attribute; --no-strict writes it all the same",
            report.findings,
        )
    return report
