"""dicomize inspect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from dicomize.cli.options import site_of
from dicomize.cli.outcome import Outcome, gather
from dicomize.errors import DicomizeError, ExitCode
from dicomize.metadata.taken import call_of
from dicomize.model import ConversionRequest, SiteProfile, SourceImage
from dicomize.planning import make_plan
from dicomize.prepare import verify
from dicomize.report.inspection import Inspection, show_inspections
from dicomize.serialize import to_plain
from dicomize.source.opening import OpenedSource, open_source


def inspect(sources: Sequence[Path], site: str) -> Outcome:
    """What each source is; a source that is damaged or unknown is an error, one that needs a decision is not."""
    done, outcome = gather(sources, lambda path: {"source": str(path)}, partial(_one, profile=site_of(site)))
    return replace(outcome, show=partial(show_inspections, done))


def _one(path: Path, profile: SiteProfile) -> tuple[Inspection, dict[str, Any], ExitCode]:
    opened = open_source(path)
    inspection = Inspection(opened.image, _refusal(opened, profile))
    return inspection, _result(inspection), ExitCode.DONE


def _refusal(opened: OpenedSource, profile: SiteProfile) -> str:
    """Why converting it as it is would be refused; empty when nothing stands in the way."""
    image: SourceImage = opened.image
    request = ConversionRequest(image.path, Path("unwritten.dcm"), site=profile)
    try:
        plan = make_plan(request, opened.described, call_of([image]), 1)
        verify(plan, opened)
    except DicomizeError as error:
        return str(error)
    return ""


def _result(inspection: Inspection) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(inspection.image)
    return {
        "source": plain.pop("path"),
        "status": "refused" if inspection.refusal else "convertible",
        "refusal": inspection.refusal,
        **plain,
    }
