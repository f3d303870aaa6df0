"""Outcomes of comparisons, as an engine would report them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dicomize.comparing.model import (
    BackendOutcome,
    Fault,
    FaultKind,
    NormalizedOutcome,
    RawOutcome,
    Run,
    RunStatus,
    StoredFile,
)


def outcome(
    backend: str,
    seconds: float | None = 0.1,
    faults: tuple[FaultKind, ...] = (),
    status: RunStatus = RunStatus.WROTE,
    *,
    because: str = "",
    refusal: str = "",
) -> BackendOutcome:
    """What one backend did with one sample; without seconds it did not convert it."""
    file = StoredFile("ab", 1, "1.2.840.10008.1.2.4.50", "YBR_FULL_422", None, (), ())
    raw = RawOutcome(
        Run(status),
        file if status is RunStatus.WROTE else None,
        tuple(Fault(kind, f"has {kind.value}") for kind in faults),
    )
    normalized = NormalizedOutcome(file if seconds is not None else None, seconds, refusal)
    return BackendOutcome(backend, "1.0", None, because, raw, normalized, "")


@pytest.fixture(name="outcome")
def outcome_fixture() -> Callable[..., BackendOutcome]:
    return outcome
