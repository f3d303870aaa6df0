"""Which elements are dumped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from dicomize.checks.dictionary import is_private
from dicomize.errors import MetadataError
from dicomize.metadata.keys import parse_tag

_STEP: Final = re.compile(r"([^\[\]]+)(?:\[([0-9]{1,4})\])?")

Steps = tuple[tuple[int, int], ...]
"""sequences and item numbers, from 0, that lead to an element"""


class Key(NamedTuple):
    """An element, and the way to it; without a way, wherever it is."""

    steps: Steps
    tag: int


class Selection(NamedTuple):
    """What was asked for; without keys, everything."""

    keys: tuple[Key, ...] = ()
    private: bool | None = None
    """only private elements, none of them, or both"""

    def wants(self, tag: int, steps: Steps) -> bool:
        """Whether an element is shown, with all that is in it.

        A key of one tag means that tag everywhere; one that leads through sequences means one place.
        """
        if self.private is not None and is_private(tag) is not self.private:
            return False
        if not self.keys:
            return True
        return any(key.tag == tag and key.steps in {(), steps} for key in self.keys)

    @property
    def everything(self) -> bool:
        return not self.keys and self.private is None


def selection_of(keys: Sequence[str], *, private: bool | None) -> Selection:
    """The selection that --tag and --private add up to.

    Raises:
        MetadataError: a key names no attribute.
    """
    return Selection(tuple(_key(key) for key in keys), private)


def _key(text: str) -> Key:
    *sequences, last = text.split(".")
    steps = []
    for sequence in sequences:
        found = _STEP.fullmatch(sequence)
        if found is None:
            raise MetadataError(f"--tag {text!r} is malformed", "write it as (0008,1111)[0].PatientID, items from 0")
        steps.append((parse_tag("--tag", found[1]), int(found[2] or 0)))
    return Key(tuple(steps), parse_tag("--tag", last))
