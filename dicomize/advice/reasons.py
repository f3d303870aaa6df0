"""A recommendation in words: why this order, and the profile that says so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from dicomize.advice.recommending import Recommendation
from dicomize.advice.scoring import CRITERIA, Standing, Tally, decided_by
from dicomize.comparing.model import FaultKind
from dicomize.sites.requirements import exactly
from dicomize.sites.writing import Draft
from dicomize.version import __version__
from dicomize.wrappers import dciodvfy
from dicomize.wrappers.tool import Tools

_FAULTS: Final = {
    FaultKind.UNREADABLE: "a picture that cannot be read",
    FaultKind.COLOR: "wrong colours",
    FaultKind.ORIENTATION: "a picture that is not upright",
    FaultKind.LABEL: "wrong labels of the picture",
    FaultKind.LEAK: "private data",
    FaultKind.COMMENT: "comments of the source",
    FaultKind.TRAILING: "data behind the picture",
    FaultKind.LOSSY: "lossy compression that is not stated",
    FaultKind.TYPE_1: "Type 1 attributes missing",
    FaultKind.TYPE_2: "Type 2 attributes missing",
    FaultKind.OTHER: "other errors",
}
"""what is in a file with such a fault"""


def reasons(standing: Standing) -> Iterator[str]:
    """Why a backend stands where it does, the weightiest first."""
    tally = standing.tally
    yield f"converts {tally.converted} of {tally.offered} samples{_time(tally)}"
    for sentence, count in sorted(tally.refusals.items(), key=lambda item: -item[1])[:3]:
        yield f"does not convert {count}: {sentence}"
    if not tally.own_runs:
        yield "has not been run on its own"
        return
    sound = "" if tally.faults or not tally.own_files else ", with nothing wrong"
    yield f"on its own takes {tally.own_files} of {tally.own_runs}{sound}"
    if tally.faults:
        listed = ", ".join(f"{_FAULTS[kind]} in {tally.faults[kind]}" for kind in FaultKind if kind in tally.faults)
        yield f"of its own {tally.own_files} file{'s' if tally.own_files != 1 else ''} dicomize corrects: {listed}"


def comparisons(recommendation: Recommendation) -> Iterator[str]:
    """Why each backend comes before the next one."""
    for better, worse in pairwise(recommendation.standings):
        names = better.tally.backend, worse.tally.backend
        criterion = decided_by(better, worse)
        if criterion is None or better.score == worse.score:
            yield f"{names[0]} and {names[1]} are equal, and stand as they do without a profile"
            continue
        shares = (standing.measures[CRITERIA.index(criterion)] for standing in (better, worse))
        numbers = " against ".join("nothing" if share is None else f"{100 * share:.0f} %" for share in shares)
        yield f"{names[0]} comes before {names[1]} above all by {criterion.name.replace('own: ', 'its own files: ')} ({numbers})"


def _time(tally: Tally) -> str:
    return "" if tally.median is None else f", in {milliseconds(tally.median)} each (median)"


def milliseconds(seconds: float) -> str:
    """A time for people."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def pins(recommendation: Recommendation, tools: Tools) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The versions that were tried, as requirements; and what cannot be required, with the reason."""
    validator = tools.report(dciodvfy.TOOL)
    versions = [(s.tally.backend, s.tally.version) for s in recommendation.standings if s.tally.converted]
    if validator.path is not None and not validator.unavailable_because:
        versions.append((dciodvfy.TOOL.program, validator.version))
    versions.append(("dicomize", __version__))
    pinned: list[str] = []
    problems: list[str] = []
    for name, version in versions:
        try:
            pinned.append(exactly(name, version))
        except ValueError:
            problems.append(f"{name} is not required in a version, since it does not say which it is")
    return tuple(pinned), tuple(problems)


def draft(recommendation: Recommendation, name: str, base: str, tools: Tools) -> Draft:
    """The profile that follows from a recommendation. It names no sample: their names may name patients."""
    required, unsaid = pins(recommendation, tools)
    values: dict[str, object] = {"base": base} if base else {}
    values |= {"backends": list(recommendation.order), "requires": list(required)}
    order = [
        f"{number}. {s.tally.backend}: {'; '.join(_shareable(s))}. Score {s.score} of 100."
        for number, s in enumerate((s for s in recommendation.standings if s.tally.converted), 1)
    ]
    head = [
        f"Site profile {name}: dicomize convert --site {name} ...",
        f"Recommended by dicomize {__version__} after {recommendation.tried} samples, "
        f"of which {recommendation.converted} were converted.",
    ]
    versions = "These are the versions that were tried. A conversion with another one is refused (exit code 4)."
    return Draft(
        head,
        values,
        {
            "backends": [*order, *(f"{clause}." for clause in comparisons(recommendation))],
            "requires": [versions, *unsaid],
        },
    )


def _shareable(standing: Standing) -> Iterator[str]:
    """The reasons without what may name a file."""
    refused = standing.tally.offered - standing.tally.converted
    for reason in reasons(standing):
        if not reason.startswith("does not convert"):
            yield reason
    if refused:
        yield f"does not convert {refused}"
