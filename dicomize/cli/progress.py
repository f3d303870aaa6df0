"""What is seen of work that takes more than a second: on a terminal, on stderr, and gone afterwards."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

T = TypeVar("T")

FEW: Final = 4
"""pictures that take no second together"""


def is_seen(*, quiet: bool) -> bool:
    """Whether anybody looks."""
    return not quiet and sys.stderr.isatty()


def tracked(items: Sequence[T], what: str, *, quiet: bool = False, slow: bool = False) -> Iterable[T]:
    """The items one after the other, with a bar.

    Args:
        slow: one of them may take a second.
    """
    if not is_seen(quiet=quiet) or (len(items) < FEW and not slow):
        return items
    return _tracked(items, what)


def _tracked(items: Sequence[T], what: str) -> Iterator[T]:
    from rich.console import Console  # noqa: PLC0415 - costs 50 ms, and only a terminal needs it
    from rich.progress import track  # noqa: PLC0415 - as above

    yield from track(items, what, console=Console(stderr=True), transient=True)


@contextmanager
def counted(what: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], object]]:
    """A bar for whoever says how many of how many are done."""
    if not is_seen(quiet=quiet):
        yield lambda _done, _of: None
        return
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what)
        yield lambda done, of: bar.update(task, completed=done, total=of)


@contextmanager
def told(what: str, *, quiet: bool = False) -> Iterator[Callable[[str], object]]:
    """A sentence on what is being done, which may change."""
    if not is_seen(quiet=quiet):
        yield lambda _what: None
        return
    from rich.console import Console  # noqa: PLC0415 - as above

    with Console(stderr=True).status(what) as status:
        yield status.update
