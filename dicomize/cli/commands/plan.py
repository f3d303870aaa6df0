"""dicomize plan."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from dicomize import prepare
from dicomize.cli.destinations import destinations
from dicomize.cli.options import RequestOptions, site_of
from dicomize.cli.outcome import Outcome
from dicomize.errors import DicomizeError
from dicomize.pipeline import plan_all, tools_of
from dicomize.publish import candidate, publish, require_destination
from dicomize.registry import choose
from dicomize.report.planned import Preview, show_plan
from dicomize.serialize import dump_plan, to_plain


def plan(source: Path, destination: str, options: RequestOptions, site: str, save: Path | None) -> Outcome:
    """Show a plan; save it where asked to."""
    (target,) = destinations([source], destination)
    request = options.request(source.absolute(), target.absolute(), site_of(site))
    (planned,) = plan_all([request])
    if isinstance(planned, DicomizeError):
        raise planned
    tools = tools_of(planned)
    backend, choice = choose(planned, tools)
    scratch = Path("/scratch")
    image = scratch / ("image.jpg" if planned.encapsulated else "image.raw")
    commands = (*prepare.commands(planned, scratch, tools), *backend.commands(planned, image, scratch))
    preview = Preview(planned, choice, commands)
    if save is not None:
        _save(dump_plan(planned).encode("ascii"), save, source, overwrite=options.overwrite)
    result = {
        "status": "planned",
        "plan": to_plain(planned),
        "choice": to_plain(choice),
        "commands": [list(c.argv) for c in preview.commands],
    }
    return Outcome((result,), show=partial(show_plan, preview))


def _save(text: bytes, path: Path, source: Path, *, overwrite: bool) -> None:
    """The plan as a file, by the rules for results: whole or not at all, and never over the source."""
    require_destination(source, path, overwrite=overwrite)
    with candidate(path, lambda file: file.write(text)) as written:
        publish(written, path, overwrite=overwrite)
