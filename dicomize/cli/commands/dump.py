"""dicomize dump."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from dicomize.checks.elements import Damage, Walked
from dicomize.cli.outcome import Outcome
from dicomize.dumping.json_model import model
from dicomize.dumping.opened import opened
from dicomize.dumping.selecting import Selection, selection_of
from dicomize.dumping.text import lines
from dicomize.errors import ExitCode, UsageError
from dicomize.report.plain import tell


class Form(StrEnum):
    """How a file is dumped."""

    DCMTK = "dcmtk"
    JSON = "json"


_HARMLESS = frozenset({Damage.NO_META, Damage.EXPLICIT_IN_UN})
"""what a file can have and be read to its end"""


def dump(path: Path, form: str, keys: Sequence[str], *, private: bool | None, as_json: bool) -> Outcome:
    """Everything a file holds; of a damaged one as much as can be read, and exit code 3."""
    if form not in set(Form):
        raise UsageError(f"there is no form {form!r}", f"choose one of {', '.join(Form)}")
    selection = selection_of(keys, private=private)
    with opened(path) as file:
        walked = file.walked
        written = [] if as_json or form == Form.JSON else list(lines(file, selection))
        held = model(file, selection) if as_json or form == Form.JSON else {}
    show = partial(_show, [json.dumps(held, indent=2)] if form == Form.JSON else written)
    damage = [p for p in walked.problems if p.damage not in _HARMLESS]
    messages = tuple(f"dicomize: {path} at byte {p.offset}: {p.message}" for p in damage)
    code = ExitCode.SOURCE if damage else ExitCode.DONE
    return Outcome((_result(path, walked, held, selection),), messages, code, show)


def _show(written: Sequence[str]) -> None:
    for text in written:
        for line in text.split("\n"):
            tell(line)


def _result(path: Path, walked: Walked, held: dict[str, Any], selection: Selection) -> dict[str, Any]:
    return {
        "file": str(path),
        "transfer_syntax": walked.transfer_syntax,
        "complete": selection.everything,
        "dataset": held,
        "problems": [{"damage": p.damage.value, "offset": p.offset, "message": p.message} for p in walked.problems],
    }
