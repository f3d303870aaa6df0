"""dicomize inspect."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dicomize.cli.options import site_of
from dicomize.cli.outcome import Outcome, gather
from dicomize.cli.progress import tracked
from dicomize.errors import DicomizeError, ExitCode
from dicomize.foreign import open_any
from dicomize.metadata.taken import call_of
from dicomize.model import ConversionRequest, SiteProfile, SourceImage
from dicomize.planning import make_plan
from dicomize.prepare import prepare, verify
from dicomize.rectangles import shown
from dicomize.report.inspection import Found, Inspection, show_inspections
from dicomize.serialize import to_plain
from dicomize.source.opening import OpenedSource, open_pages
from dicomize.wrappers.tool import Tools

if TYPE_CHECKING:
    from dicomize.lettering.finding import Reading


def inspect(sources: Sequence[Path], site: str, *, text: bool = False) -> Outcome:
    """What each source is; a source that is damaged or unknown is an error, one that needs a decision is not.

    Args:
        text: look for text in the pixels, too.
    """
    one = partial(_one, profile=site_of(site), text=text)
    done, outcome = gather(tracked(sources, "looking", slow=text), lambda path: {"source": str(path)}, one)
    return replace(outcome, show=partial(show_inspections, done))


def _one(path: Path, profile: SiteProfile, *, text: bool) -> tuple[Inspection, dict[str, Any], ExitCode]:
    opened = open_any(path, 0, profile)
    inspection = Inspection(opened.image, _refusal(opened, profile), _text_in(opened, profile) if text else ())
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


def _text_in(opened: OpenedSource, profile: SiteProfile) -> tuple[Found, ...]:
    """The text in each picture of a file, as it is looked at."""
    if opened.image.frames == 1 and opened.jpeg is None:  # a JPEG may be a Multi-Picture file
        return (Found(0, _read(opened, profile)),)
    return tuple(Found(page.image.page, _read(page, profile)) for page in open_pages(opened.image.path))


def _read(opened: OpenedSource, profile: SiteProfile) -> Reading:
    from dicomize.lettering.finding import Shown, read  # noqa: PLC0415 - few look for text
    from dicomize.lettering.views import views  # noqa: PLC0415 - as above

    image = opened.image
    # any background will do to look at it
    request = ConversionRequest(
        image.path, Path("unwritten.dcm"), page=image.page, transfer_syntax="explicit", background="white"
    )
    plan = make_plan(request, opened.described, call_of([image]), 1)
    tools = Tools(profile.tools, profile.timeout)
    with tempfile.TemporaryDirectory(prefix="dicomize-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        pixel, data = plan.image, prepare(plan, opened, scratch, tools).data
        looks = views(data) if pixel.BitsAllocated == 16 else (data,)
        shows = (Shown(pixel.Columns, pixel.Rows, pixel.SamplesPerPixel, look) for look in looks)
        return read(shows, scratch, tools)


def _result(inspection: Inspection) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(inspection.image)
    return {
        "source": plain.pop("path"),
        "status": "refused" if inspection.refusal else "convertible",
        "refusal": inspection.refusal,
        **plain,
    } | _found(inspection.text)


def _found(found: Sequence[Found]) -> dict[str, Any]:
    if not found:
        return {}
    texts = [({"page": one.page} if one.page else {}) | to_plain(text) for one in found for text in one.reading.found]
    redact = dict.fromkeys(shown(text.rectangle) for one in found for text in one.reading.found)
    return {"text": {"engine": found[0].reading.engine, "found": texts, "redact": list(redact)}}
