"""dicomize site recommend."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from dicomize.advice.reasons import draft, reasons
from dicomize.advice.recommending import Recommendation, recommend
from dicomize.advice.scoring import CRITERIA, Standing
from dicomize.cli.commands.site import require_place, write
from dicomize.cli.options import site_of
from dicomize.cli.outcome import Outcome
from dicomize.cli.progress import counted
from dicomize.errors import ExitCode
from dicomize.report.plain import tell
from dicomize.report.recommended import show_recommendation
from dicomize.serialize import to_plain
from dicomize.sites.searching import is_bare
from dicomize.wrappers.tool import Tools


class Wish(NamedTuple):
    """What `dicomize site recommend` was asked for besides its samples."""

    site: str = ""
    own_files: bool = False
    limit: int = 0
    name: str = ""
    """of the profile that is written; empty: none, or that of the file"""
    output: Path | None = None
    overwrite: bool = False
    quiet: bool = False


def recommend_site(samples: Sequence[Path], wish: Wish) -> Outcome:
    """Try every backend on the samples; say which to use, and write the profile where asked to."""
    site = site_of(wish.site)
    name = wish.name or (wish.output.stem if wish.output else "")
    place = require_place(name, wish.output, overwrite=wish.overwrite) if name else None
    # a sample takes some seconds
    with counted("trying", quiet=wish.quiet) as update:
        found = recommend(
            samples, site, own_files=wish.own_files, limit=wish.limit, hear=lambda done, of, _name: update(done, of)
        )
    if not found.order:
        message = f"dicomize: none of the {found.tried} samples was converted, so that nothing can be recommended"
        return Outcome((_result(found, None),), (message,), ExitCode.SOURCE, partial(show_recommendation, found))
    if place is not None:
        made = draft(found, name, _base(wish.site), Tools(site.tools, site.timeout))
        write(place, made, overwrite=wish.overwrite)
    return Outcome((_result(found, place),), show=partial(_show, found, place))


def _base(site: str) -> str:
    """The profile that the samples were tried with, as the new one names it."""
    return site if not site or is_bare(site) else str(Path(site).absolute())


def _show(found: Recommendation, place: Path | None) -> None:
    show_recommendation(found)
    tell("")
    if place is None:
        tell("--write NAME writes this as a site profile")
    else:
        tell(f"written: {place}")


def _result(found: Recommendation, place: Path | None) -> dict[str, Any]:
    return {
        "status": "recommended" if found.order else "failed",
        "order": list(found.order),
        "found": found.found,
        "tried": found.tried,
        "converted": found.converted,
        "backends": [_backend(standing) for standing in found.standings],
        "absent": [{"name": t.backend, "because": t.because} for t in found.absent],
        "refused": [{"sample": str(r.sample), "because": r.because} for r in found.refused],
        "refused_more": found.refused_more,
        "apart": [{"sample": str(a.sample), "what": a.what} for a in found.apart],
        "apart_more": found.apart_more,
        "profile": str(place) if place else None,
    }


def _backend(standing: Standing) -> dict[str, Any]:
    tally = standing.tally
    return {
        "name": tally.backend,
        "version": tally.version,
        "program": to_plain(tally.program),
        "score": standing.score,
        "criteria": {c.name: m for c, m in zip(CRITERIA, standing.measures, strict=True)},
        "converted": tally.converted,
        "offered": tally.offered,
        "seconds": tally.median,
        "refusals": tally.refusals,
        "own": {
            "given": tally.own_runs,
            "written": tally.own_files,
            "faults": {k.value: n for k, n in tally.faults.items()},
        },
        "reasons": list(reasons(standing)),
    }
