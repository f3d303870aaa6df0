"""How backends are weighed over a site's samples: the criteria as a table (docs/sites.md has it too).

Through dicomize every backend gives the same result, so that only what it refuses and how long it takes can differ. What
a toolkit writes on its own matters to a site that also uses it without dicomize, and is a tie-breaker otherwise.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from dicomize.comparing.model import BackendOutcome, FaultKind, RunStatus

_AS_FAST: Final = 1.25
"""a median up to so many times the fastest one counts as it: less is chance"""

_MANY: Final = 20
"""different sentences that are kept of each backend: memory must not grow with the number of samples"""

CORRECTNESS: Final = frozenset({FaultKind.UNREADABLE, FaultKind.COLOR, FaultKind.ORIENTATION, FaultKind.LABEL})
PRIVACY: Final = frozenset({FaultKind.LEAK, FaultKind.COMMENT, FaultKind.TRAILING})
CONFORMANCE: Final = frozenset(FaultKind) - CORRECTNESS - PRIVACY


@dataclass(slots=True)
class Tally:
    """What one backend did with the samples: counts, and the time of each."""

    backend: str
    version: str = ""
    program: Path | None = None
    because: str = ""
    """why it cannot be used here; empty when it can"""
    offered: int = 0
    """samples that dicomize takes"""
    converted: int = 0
    seconds: list[float] = field(default_factory=list)
    """of each conversion"""
    refusals: dict[str, int] = field(default_factory=dict)
    """why it did not convert what dicomize takes -> samples; the first sentences only"""
    own_runs: int = 0
    """samples that the toolkit was given on its own, of those that dicomize takes"""
    own_files: int = 0
    """those of which it wrote a file"""
    faults: dict[FaultKind, int] = field(default_factory=dict)
    """kind -> files of its own that have such a fault"""
    faulty: dict[frozenset[FaultKind], int] = field(default_factory=dict)
    """group of kinds -> files of its own that have any of them"""

    def add(self, outcome: BackendOutcome) -> None:
        """What came of one sample that dicomize takes."""
        self.version, self.program, self.because = outcome.version, outcome.program, outcome.because
        if outcome.because:
            return
        self.offered += 1
        through = outcome.normalized
        if through.file is not None:
            self.converted += 1
            self.seconds.append(through.seconds or 0.0)
        elif through.refusal in self.refusals or len(self.refusals) < _MANY:
            self.refusals[through.refusal] = self.refusals.get(through.refusal, 0) + 1
        self._add_own(outcome)

    def _add_own(self, outcome: BackendOutcome) -> None:
        status = outcome.raw.run.status
        self.own_runs += status is not RunStatus.NOT_RUN
        if status is not RunStatus.WROTE:
            return
        self.own_files += 1
        kinds = {fault.kind for fault in outcome.raw.faults}
        for kind in kinds:
            self.faults[kind] = self.faults.get(kind, 0) + 1
        for group in (CORRECTNESS, CONFORMANCE, PRIVACY):
            self.faulty[group] = self.faulty.get(group, 0) + bool(group & kinds)

    @property
    def median(self) -> float | None:
        """Seconds of a conversion; None: there was none."""
        return statistics.median(self.seconds) if self.seconds else None


# ---------------------------------------------------------------- the criteria


def _converts(tally: Tally, _fastest: float) -> float | None:
    return tally.converted / tally.offered if tally.offered else None


def _speed(tally: Tally, fastest: float) -> float | None:
    return min(1.0, _AS_FAST * fastest / tally.median) if tally.median else None


def _writes(tally: Tally, _fastest: float) -> float | None:
    return tally.own_files / tally.own_runs if tally.own_runs else None


def _without(group: frozenset[FaultKind]) -> Callable[[Tally, float], float | None]:
    def share(tally: Tally, _fastest: float) -> float | None:
        return 1 - tally.faulty.get(group, 0) / tally.own_files if tally.own_files else None

    return share


class Criterion(NamedTuple):
    """One thing that counts, and how much."""

    name: str
    what: str
    through: int
    """weight where the site uses what comes out of dicomize"""
    own: int
    """weight where it also uses what the toolkits write on their own"""
    measure: Callable[[Tally, float], float | None]
    """0 to 1, of a tally and the median of the fastest; None: it cannot be measured, and does not count"""


CRITERIA: Final = (
    Criterion("converts", "share of the samples that it converts through dicomize", 70, 20, _converts),
    Criterion("speed", "1 up to a median time of 1.25 times that of the fastest backend, then in proportion", 20, 10, _speed),
    Criterion("own: writes", "share of the samples that the toolkit takes on its own", 1, 10, _writes),
    Criterion(
        "own: correct", "share of its own files that show the right picture, rightly labelled", 4, 30,
        _without(CORRECTNESS),
    ),
    Criterion(
        "own: conforms", "share of its own files without missing attributes and other errors", 2, 10,
        _without(CONFORMANCE),
    ),
    Criterion(
        "own: private", "share of its own files without private data, comments, or data behind the picture", 3, 20,
        _without(PRIVACY),
    ),
)  # fmt: skip


class Standing(NamedTuple):
    """A backend and how it was weighed."""

    tally: Tally
    measures: tuple[float | None, ...]
    """one for each criterion"""
    points: tuple[float, ...]
    """what each criterion adds to the score; those that could be measured share 100"""

    @property
    def score(self) -> int:
        """0 to 100."""
        return round(sum(self.points))


def standings(tallies: Sequence[Tally], *, own_files: bool) -> tuple[Standing, ...]:
    """Backends that can be used here, the best first; equal ones as they came."""
    fastest = min((t.median for t in tallies if t.median), default=0.0)
    weighed = (_weighed(tally, fastest, own_files=own_files) for tally in tallies if not tally.because)
    return tuple(sorted(weighed, key=lambda standing: -standing.score))


def _weighed(tally: Tally, fastest: float, *, own_files: bool) -> Standing:
    measures = tuple(criterion.measure(tally, fastest) for criterion in CRITERIA)
    weights = [0 if m is None else c.own if own_files else c.through for c, m in zip(CRITERIA, measures, strict=True)]
    whole = sum(weights) or 1
    points = tuple(100 * w * (m or 0.0) / whole for w, m in zip(weights, measures, strict=True))
    return Standing(tally, measures, points)


def decided_by(better: Standing, worse: Standing) -> Criterion | None:
    """The criterion that counts most for one before another; None: they are equal."""
    ahead = [b - w for b, w in zip(better.points, worse.points, strict=True)]
    return CRITERIA[ahead.index(max(ahead))] if max(ahead) > 0 else None
