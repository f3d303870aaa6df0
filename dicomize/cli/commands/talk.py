"""How much a command says."""

from __future__ import annotations

from dicomize.records import dataclass


@dataclass(frozen=True, slots=True)
class Talk:
    """-v and -q."""

    verbose: bool = False
    quiet: bool = False
