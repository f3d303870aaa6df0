"""Runs one program and writes down how long it took and how much memory it used; started by measuring.py, by its path.

What the system says of the memory of a child counts the memory of the process that it was split off from: of a program
of 10 MB that a Python of 60 MB starts it says 60. So a Python with nothing in it stands between; below its own 6 MB no
program can be measured.
"""

from __future__ import annotations

import os
import signal
import sys
import time


def main(report: str, *argv: str) -> int:
    """Run `argv`; its wall time in seconds and its peak memory in the system's unit go into the file `report`."""
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        _become(argv)
    _, status, usage = os.wait4(child, 0)
    with open(report, "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib would be larger than the rest
        file.write(f"{time.perf_counter() - started} {usage.ru_maxrss}")
    return os.waitstatus_to_exitcode(status)


def _become(argv: tuple[str, ...]) -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and what is ignored stays so
    try:
        os.execv(argv[0], argv)  # noqa: S606 - that is what it is for
    except OSError as error:
        sys.stderr.write(f"{argv[0]} cannot be started: {error.strerror}\n")
        sys.stderr.flush()
    finally:
        os._exit(127)


if __name__ == "__main__":
    code = main(*sys.argv[1:])
    if code < 0:
        # end as the program did
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)
