"""The command line: arguments in, one Outcome out.

app.py          the commands, and how the program ends
options.py      every option of a conversion, and the request that they add up to; words.py has them one by one
commands/       what each command does
progress.py     what is seen of longer work
outcome.py      what a command has to say, for people or as JSON; exit codes
destinations.py SOURCE… DEST -> one destination for each source
"""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Entry point of the `dicomize` program."""
    _require_streams()
    # modules live as long as the program: looking for garbage while they load takes a tenth of a short run
    gc.disable()
    try:
        from dicomize.cli.app import run  # noqa: PLC0415 - nothing is loaded before the program is really run
    except KeyboardInterrupt:
        sys.stderr.write("dicomize: interrupted; nothing half-written was left behind\n")
        sys.exit(130)

    gc.freeze()
    gc.enable()
    run()


def _require_streams() -> None:
    """Somewhere to write to, where whoever started the program gave it no stdout or stderr."""
    if sys.stdout is None or sys.stderr is None:
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - stays open as long as the program runs
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
