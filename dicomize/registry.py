"""Entry points -> backends, and the choice among them with its reason.

Ours are registered exactly as a third party's would be: by an entry point of the group `dicomize.backends` whose object
makes a Backend from a Tools (docs/backends.md). One that cannot be loaded is listed with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from dicomize.backends.base import Backend
from dicomize.errors import ToolMissing, UsageError
from dicomize.model import Choice, Plan
from dicomize.wrappers.tool import Tools

GROUP = "dicomize.backends"
DEFAULT_ORDER = ("dcmtk", "gdcm", "pydicom")


@dataclass(frozen=True, slots=True)
class Registered:
    """A backend by name: loaded, or the sentence that says why not."""

    name: str
    backend: Backend | None
    because: str = ""


def registered(tools: Tools) -> tuple[Registered, ...]:
    """All backends, the default order first, then the others by name."""
    return tuple(_load(point, tools) for point in _points().values())


def _points() -> dict[str, EntryPoint]:
    found = {point.name: point for point in entry_points(group=GROUP)}
    names = [n for n in DEFAULT_ORDER if n in found] + sorted(found.keys() - set(DEFAULT_ORDER))
    return {name: found[name] for name in names}


def _load(point: EntryPoint, tools: Tools) -> Registered:
    try:
        return Registered(point.name, point.load()(tools))
    except Exception as error:  # noqa: BLE001 - a third party's code may raise anything, and the others must go on
        return Registered(point.name, None, f"it cannot be loaded: {type(error).__name__}: {error}")


def unavailable(backend: Backend) -> str:
    """Why a backend cannot run on this machine; empty when it can."""
    return "; ".join(tool.unavailable_because for tool in backend.tools() if tool.unavailable_because)


def choose(plan: Plan, tools: Tools) -> tuple[Backend, Choice]:
    """The backend that does it: the user's, or the first in order that can.

    Raises:
        UsageError: a backend was named that does not exist.
        ToolMissing: the backend that was named, or every one, cannot run here or cannot do this.
    """
    points = _points()
    order, because = _order(plan, tuple(points))
    for name in order:
        if name not in points:
            raise UsageError(f"there is no backend {name!r}", f"choose one of {', '.join(points)}")
    passed_over: list[tuple[str, str]] = []
    for name in order:
        candidate = _load(points[name], tools)
        reason = _objection(candidate, plan)
        if candidate.backend is not None and not reason:
            return candidate.backend, Choice(name, because, tuple(passed_over))
        passed_over.append((name, reason))
    reasons = "; ".join(f"{name}: {reason}" for name, reason in passed_over)
    raise ToolMissing(f"no backend can do this: {reasons}", "dicomize backends says how to install what is missing")


def _order(plan: Plan, names: Sequence[str]) -> tuple[tuple[str, ...], str]:
    if plan.backend:
        return (plan.backend,), "--backend"
    if plan.site.backends:
        return plan.site.backends, f"site profile {plan.site.name}"
    return tuple(names), "default order"


def _objection(candidate: Registered, plan: Plan) -> str:
    """Why a backend cannot carry out a plan; empty when it can."""
    backend = candidate.backend
    if backend is None:
        return candidate.because
    try:
        return unavailable(backend) or backend.refusal(plan) or ""
    except Exception as error:  # noqa: BLE001 - as above
        return f"it cannot say what it can do: {type(error).__name__}: {error}"
