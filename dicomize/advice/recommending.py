"""All backends over a site's own samples -> which it should use, in which versions, and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from dicomize.advice.scoring import Standing, Tally, standings
from dicomize.comparing.model import Comparison
from dicomize.comparing.toolkits import compare_toolkits
from dicomize.errors import SourceError, SourceUnreadable, UsageError
from dicomize.model import ConversionRequest, SiteProfile
from dicomize.source.opening import open_source

_MANY: Final = 200
"""samples of which it is kept why they were not converted; of more only their number"""

Hear = Callable[[int, int, str], object]
"""is told how many samples are done, of how many, and what comes next"""


class Refused(NamedTuple):
    """A sample that dicomize does not convert, whichever backend is asked."""

    sample: Path
    because: str


class Apart(NamedTuple):
    """A sample on which the backends differ: one refuses it, or the results are not the same bytes."""

    sample: Path
    what: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What came of all samples."""

    found: int
    """samples that there are; more than were tried where there is a limit"""
    tried: int
    converted: int
    """samples that at least one backend converted"""
    refused: tuple[Refused, ...]
    refused_more: int
    """samples beside these that were refused"""
    apart: tuple[Apart, ...]
    apart_more: int
    standings: tuple[Standing, ...]
    """the best first"""
    absent: tuple[Tally, ...]
    """backends that cannot be used here, and why"""

    @property
    def order(self) -> tuple[str, ...]:
        """Backends that the site should use, in order of preference."""
        return tuple(s.tally.backend for s in self.standings if s.tally.converted)


def recommend(
    samples: Sequence[Path], site: SiteProfile, *, own_files: bool = False, limit: int = 0, hear: Hear = lambda *_: None
) -> Recommendation:
    """Try every backend on every sample.

    Args:
        samples: files, and folders whose files are meant.
        site: what a conversion is asked for; the versions that it requires are not looked at.
        own_files: whether the site also uses what the toolkits write on their own.
        limit: at most so many samples, spread evenly; 0: all.

    Raises:
        UsageError: there is no sample.
        SourceUnreadable: a folder cannot be read, or what was named is not there.
        DestinationError: the folder for temporary files cannot be used.
    """
    files = tuple(_files(samples))
    if not files:
        raise UsageError("there is no sample", "name pictures, or folders that hold some")
    chosen = _spread(files, limit)
    site = replace(site, requires=())  # other versions may be what is being tried
    count = _Count()
    for number, path in enumerate(chosen):
        hear(number, len(chosen), path.name)
        count.add(path, _compared(path, site))
    hear(len(chosen), len(chosen), "")
    return count.recommendation(len(files), own_files=own_files)


def _files(samples: Sequence[Path]) -> Iterator[Path]:
    """Files as they are named, and the files of folders in order of their names; hidden ones are none."""
    for sample in samples:
        if not sample.is_dir():
            if not sample.exists():
                raise SourceUnreadable(f"{sample} does not exist", "check the name")
            yield sample
            continue
        for folder, folders, names in os.walk(sample, onerror=_unreadable):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (path for name in sorted(names) if not name.startswith(".") for path in [Path(folder, name)])


def _unreadable(error: OSError) -> None:
    raise SourceUnreadable(f"{error.filename} cannot be read: {error.strerror or error}")


def _spread(files: tuple[Path, ...], limit: int) -> tuple[Path, ...]:
    """Some of the files, spread evenly."""
    if not 0 < limit < len(files):
        return files
    return tuple(files[number * len(files) // limit] for number in range(limit))


def _compared(path: Path, site: SiteProfile) -> Comparison | SourceError:
    request = ConversionRequest(path, Path("unwritten.dcm"), site=site)
    try:
        # what is no picture needs no program
        open_source(path)
        return compare_toolkits(request)
    except SourceError as error:
        return error


class _Count:
    """The samples so far: of each no more is kept than its time, unless it stands out."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self._tried = self._converted = self._refused_more = self._apart_more = 0
        self._refused: list[Refused] = []
        self._apart: list[Apart] = []

    def add(self, path: Path, compared: Comparison | SourceError) -> None:
        self._tried += 1
        if isinstance(compared, SourceError) or compared.plan is None:
            because = str(compared) if isinstance(compared, SourceError) else compared.refusal
            if len(self._refused) < _MANY:
                self._refused.append(Refused(path, because))
            else:
                self._refused_more += 1
            return
        for outcome in compared.backends:
            self._tallies.setdefault(outcome.backend, Tally(outcome.backend)).add(outcome)
        self._converted += any(outcome.normalized.file is not None for outcome in compared.backends)
        for what in _apart(compared):
            if len(self._apart) < _MANY:
                self._apart.append(Apart(path, what))
            else:
                self._apart_more += 1

    def recommendation(self, found: int, *, own_files: bool) -> Recommendation:
        tallies = tuple(self._tallies.values())
        return Recommendation(
            found=found,
            tried=self._tried,
            converted=self._converted,
            refused=tuple(self._refused),
            refused_more=self._refused_more,
            apart=tuple(self._apart),
            apart_more=self._apart_more,
            standings=standings(tallies, own_files=own_files),
            absent=tuple(t for t in tallies if t.because),
        )


def _apart(compared: Comparison) -> Iterator[str]:
    usable = [outcome for outcome in compared.backends if not outcome.because]
    for outcome in usable:
        if outcome.normalized.file is None:
            yield f"{outcome.backend}: {outcome.normalized.refusal}"
        for fault in outcome.normalized.faults:
            yield f"{outcome.backend} through dicomize {fault.sentence}"
    if compared.identical is False:
        yield "the results are not the same bytes"
