"""Entry points and the site's own descriptions -> backends, and the choice among them with its reason.

Ours are registered exactly as a third party's would be: by an entry point of the group `dicomize.backends` whose object
makes a Backend from a Tools (docs/backends.md). A site profile may describe further ones (docs/sites.md). One that
cannot be loaded is listed with the reason.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from dicomize.backends.base import Backend, asked
from dicomize.errors import MetadataError, ToolMissing, UsageError
from dicomize.model import Choice, ConfiguredBackend, Plan, ToolReport
from dicomize.records import dataclass
from dicomize.wrappers.tool import Tools

GROUP = "dicomize.backends"
DEFAULT_ORDER = ("dcmtk", "gdcm", "pydicom")

_ANYTHING = (Exception, SystemExit)
"""what a third party's code may raise"""

Sources = dict[str, EntryPoint | ConfiguredBackend]


@dataclass(frozen=True, slots=True)
class Registered:
    """A backend by name: loaded, or the sentence that says why not."""

    name: str
    backend: Backend | None
    because: str = ""


def registered(tools: Tools, configured: Sequence[ConfiguredBackend] = ()) -> tuple[Registered, ...]:
    """All backends: the default order first, then the others by name, then those that the site describes.

    Raises:
        MetadataError: the site gives one of its own the name of another.
    """
    sources = _sources(configured)
    return tuple(_load(name, sources, tools) for name in sources)


def available(tools: Tools, configured: Sequence[ConfiguredBackend] = ()) -> tuple[Registered, ...]:
    """Those of `registered` that can run on this machine."""
    return tuple(r for r in registered(tools, configured) if not why_not(r))


def find(name: str, tools: Tools, configured: Sequence[ConfiguredBackend] = ()) -> Registered:
    """One backend by its name; no other is loaded.

    Raises:
        UsageError: there is none of that name.
        MetadataError: as in `registered`.
    """
    sources = _sources(configured)
    _require_known(name, sources)
    return _load(name, sources, tools)


def probe(entry: Registered) -> tuple[tuple[ToolReport, ...], str]:
    """The programs of a backend with their versions, and why it cannot run here; may run each program once."""
    if entry.backend is None:
        return (), entry.because
    try:
        reports = tuple(entry.backend.probe())
        return reports, "; ".join(r.unavailable_because for r in reports if r.unavailable_because)
    except _ANYTHING as error:  # and the others must go on
        return (), _speechless(error)


def why_not(entry: Registered) -> str:
    """Why a backend cannot run on this machine, or cannot even be asked; empty when it can."""
    if entry.backend is None:
        return entry.because
    try:
        return unavailable(entry.backend)
    except _ANYTHING as error:
        return _speechless(error)


def unavailable(backend: Backend) -> str:
    """Why a backend cannot run on this machine; empty when it can."""
    return "; ".join(tool.unavailable_because for tool in backend.tools() if tool.unavailable_because)


def _require_known(name: str, sources: Sources) -> None:
    if name not in sources:
        raise UsageError(f"there is no backend {name!r}", f"choose one of {', '.join(sources)}")


def _sources(configured: Sequence[ConfiguredBackend]) -> Sources:
    found = {point.name: point for point in _points(tuple(sys.path))}
    names = [n for n in DEFAULT_ORDER if n in found] + sorted(found.keys() - set(DEFAULT_ORDER))
    sources: Sources = {name: found[name] for name in names}
    for own in configured:
        if own.name in sources:
            raise MetadataError(
                f"the site profile describes a backend {own.name}, but there is one of that name",
                f"give it another name; [tools] says where the programs of {own.name} are",
            )
        sources[own.name] = own
    return sources


@cache
def _points(_path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Looked up once for a search path: metadata of every installed package is opened, for each of many pictures."""
    return tuple(entry_points(group=GROUP))


def _load(name: str, sources: Sources, tools: Tools) -> Registered:
    source = sources[name]
    try:
        if isinstance(source, EntryPoint):
            return Registered(name, source.load()(tools))
        return _described(source, sources, tools)
    except _ANYTHING as error:
        return Registered(name, None, f"it cannot be loaded: {type(error).__name__}: {error}")


def _described(own: ConfiguredBackend, sources: Sources, tools: Tools) -> Registered:
    from dicomize.backends.configured import CommandLineBackend, build  # noqa: PLC0415 - most sites describe none

    if own.line is not None:
        return Registered(own.name, CommandLineBackend(own.name, own.line, own.timeout or tools.timeout))
    point = sources.get(own.type)
    if not isinstance(point, EntryPoint):
        types = ", ".join(name for name, source in sources.items() if isinstance(source, EntryPoint))
        return Registered(own.name, None, f"its type {own.type!r} is no backend; there are {types}")
    return Registered(own.name, build(own, point.load(), tools))


def choose(plan: Plan, tools: Tools) -> tuple[Backend, Choice]:
    """The backend that does it: the user's, or the first in order that can.

    Raises:
        UsageError: a backend was named that does not exist.
        ToolMissing: the backend that was named, or every one, cannot run here or cannot do this.
        MetadataError: as in `registered`.
    """
    sources = _sources(plan.site.configured)
    order, because = _order(plan, tuple(sources))
    for name in order:
        _require_known(name, sources)
    passed_over: list[tuple[str, str]] = []
    for name in order:
        candidate = _load(name, sources, tools)
        reason = why_not(candidate) or _refusal(candidate, plan)
        if candidate.backend is not None and not reason:
            return candidate.backend, Choice(name, because, tuple(passed_over))
        passed_over.append((name, reason))
    reasons = "; ".join(f"{name}: {reason}" for name, reason in passed_over)
    raise ToolMissing(
        f"no backend can do this: {reasons}",
        "choose another --backend or --transfer-syntax; dicomize backends says how to install what is missing",
    )


def _order(plan: Plan, names: Sequence[str]) -> tuple[tuple[str, ...], str]:
    if plan.backend:
        return (plan.backend,), "--backend"
    if plan.site.backends:
        return plan.site.backends, f"site profile {plan.site.name}"
    return tuple(names), "default order"


def _refusal(candidate: Registered, plan: Plan) -> str:
    """Why a backend cannot carry out a plan; empty when it can."""
    try:
        return (candidate.backend.refusal(asked(plan)) or "") if candidate.backend else candidate.because
    except _ANYTHING as error:
        return _speechless(error)


def _speechless(error: BaseException) -> str:
    return f"it cannot say what it can do: {type(error).__name__}: {error}"
