"""Run one program: argument list, no shell, no input, bounded time and bounded output.

What a program prints and how it ends come back as an Invocation; everything that can go wrong comes back as
ToolFailed or ToolMissing. Nothing here knows what the programs do.
"""

from __future__ import annotations

import errno
import os
import re
import selectors
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from dicomize.errors import ToolFailed, ToolMissing
from dicomize.model import Invocation
from dicomize.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from types import FrameType

KEEP = 64 * 1024
"""bytes kept from the beginning, and again from the end, of what a program prints"""

ANY_EXIT = range(-255, 256)
"""for `accept`: however the program ends, the caller judges by what it printed"""

_SLICE = 0.05
"""seconds between looks at whether the program has ended although its pipes are still open"""

_GRACE = 0.2
"""seconds that pipes may stay open after the program has ended"""

_CHUNK = 64 * 1024

_INTERRUPTS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""what ends dicomize before its time"""

_NOT_A_PROGRAM = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ENOEXEC, errno.ELOOP})
"""reasons for which a file can never be started, however often it is tried"""

_READ_ON = "-v shows everything that it said"


@dataclass(frozen=True, slots=True)
class Command:
    """One run of a program, to be shown or to be made.

    Program and file names are absolute: a name that begins with `-` or `@` is then not taken for an option.
    """

    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
    """variables set beside those of this process"""
    produces: Path | None = None
    """the file that must be there, and not be empty, after an accepted exit"""
    keep: int = KEEP
    """bytes kept from the beginning, and again from the end, of each output"""
    called: str = ""
    """what messages call the program, where the name of its file says nothing; empty: by that name"""

    def __post_init__(self) -> None:
        if not self.argv or not Path(self.argv[0]).is_absolute():
            raise ValueError(f"not an absolute path to a program: {self.argv[:1]}")
        if self.produces is not None and not self.produces.is_absolute():
            raise ValueError(f"not an absolute path: {self.produces}")
        if any("\0" in part for part in self.argv):
            raise ValueError("an argument holds a NUL character")

    @property
    def program(self) -> str:
        """The program's name, for messages."""
        return self.called or Path(self.argv[0]).name


def argument(path: Path) -> str:
    """The path as an argument: absolute, whatever it looked like."""
    return str(path.absolute())


def run(command: Command, timeout: float, accept: Container[int] = (0,)) -> Invocation:
    """Run a command and wait for it, at most `timeout` seconds.

    Returns what was run and everything it said, if its return code is accepted and its file is there.

    Raises:
        ToolMissing: the program cannot be started.
        ToolFailed: it took too long, ended otherwise than accepted, or wrote no file.
    """
    before = _stamp(command.produces)
    outputs = (_Bounded(command.keep), _Bounded(command.keep))
    started = time.perf_counter()
    with _Held() as held:
        process = _start(command)
        try:
            held.let_go()
            in_time = _collect(process, outputs, started + timeout)
        finally:
            _end(process)
    stdout, stderr = (output.text() for output in outputs)
    invocation = Invocation(command.argv, process.returncode, stdout, stderr, time.perf_counter() - started)
    if not in_time:
        remedy = "allow it more time with the site profile's timeout, or use another backend"
        fault = f"{command.program} gave no answer within {timeout:g} seconds and was stopped"
        raise ToolFailed(fault, remedy, invocation)
    if invocation.returncode not in accept:
        raise ToolFailed(_with_last_word(_end_of(command, invocation), invocation), _READ_ON, invocation)
    _require_product(command, before, invocation)
    return invocation


def signal_name(returncode: int) -> str:
    """Name of the signal that a negative return code stands for."""
    try:
        return signal.Signals(-returncode).name
    except ValueError:
        return f"signal {-returncode}"


def _require_product(command: Command, before: tuple[int, int, int] | None, invocation: Invocation) -> None:
    """Exit 0 does not mean that anything was written."""
    after = _stamp(command.produces)
    if command.produces is None or (after is not None and after[0] > 0 and after != before):
        return
    wrote = "an empty file" if after is not None and after[0] == 0 else "no file"
    raise ToolFailed(
        _with_last_word(f"{command.program} reported success but wrote {wrote}", invocation), _READ_ON, invocation
    )


def _end_of(command: Command, invocation: Invocation) -> str:
    if invocation.returncode < 0:
        return f"{command.program} was killed by {signal_name(invocation.returncode)}"
    return f"{command.program} failed with exit code {invocation.returncode}"


def _with_last_word(sentence: str, invocation: Invocation) -> str:
    said = last_word(invocation)
    return f"{sentence}: {said}" if said else sentence


def last_word(invocation: Invocation) -> str:
    """The most telling line of what a program said: DCMTK marks it with F: or E:, others say it last."""
    for output in (invocation.stderr, invocation.stdout):
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        for mark in ("F: ", "E: "):
            for line in lines:
                if line.startswith(mark):
                    return line.removeprefix(mark)[:300]
        for line in reversed(lines):
            if "rror" in line:
                return line[:300]
        if lines:
            return lines[-1][:300]
    return ""


_GAP = b"\n[%d bytes left out]\n"


def left_out(text: str) -> int:
    """How many bytes are missing from the middle of a kept output."""
    found = re.search(r"^\[(\d+) bytes left out\]$", text, re.MULTILINE)
    return int(found[1]) if found else 0


class _Bounded:
    """The beginning and the end of a stream of bytes, and how much was left out between them."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def add(self, data: bytes) -> None:
        room = self._keep - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        surplus = len(self._tail) - self._keep
        if surplus > 0:
            del self._tail[:surplus]
            self._dropped += surplus

    def text(self) -> str:
        gap = _GAP % self._dropped if self._dropped else b""
        # Programs print file names and values as they are: bytes that are no UTF-8 must not be lost or raise.
        return bytes(self._head + gap + self._tail).decode("utf-8", errors="backslashreplace")


def _stamp(path: Path | None) -> tuple[int, int, int] | None:
    """Size, time and identity of a file; None if there is none. Tells a new file from one that was there before."""
    if path is None:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


class _Held:
    """Holds signals back while a program starts: an interrupt then would leave it running, with nobody to end it.

    Only the main thread is interrupted, and only it may say what a signal does.
    """

    def __init__(self) -> None:
        self._handlers: dict[int, Callable[[int, FrameType | None], object]] = {}
        self._arrived: list[int] = []

    def __enter__(self) -> _Held:
        if threading.current_thread() is threading.main_thread():
            for number in _INTERRUPTS:
                handler = signal.getsignal(number)
                if callable(handler):
                    self._handlers[number] = handler
                    signal.signal(number, lambda arrived, _frame: self._arrived.append(arrived))
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go()

    def let_go(self) -> None:
        """Do what the signals do that came meanwhile."""
        handlers, self._handlers = self._handlers, {}
        for number, handler in handlers.items():
            signal.signal(number, handler)
        arrived, self._arrived = self._arrived, []
        for number in arrived:
            handlers[number](number, None)


def _start(command: Command) -> subprocess.Popen[bytes]:
    # LC_ALL=C: messages in English, decimal points, no dependence on installed locales.
    environment = {**os.environ, "LC_ALL": "C", **dict(command.env)}
    try:
        return subprocess.Popen(
            command.argv,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A group of its own, so that its children can be killed with it. Unlike preexec_fn this keeps vfork.
            process_group=None if sys.platform == "win32" else 0,
        )
    except OSError as error:
        fault = f"{command.argv[0]} cannot be started: {error.strerror or error}"
        if error.errno in _NOT_A_PROGRAM:
            raise ToolMissing(fault, "install it for this system; `dicomize backends` says how") from error
        raise ToolFailed(fault, "the system is short of processes or memory: run fewer at a time") from error


def _collect(process: subprocess.Popen[bytes], outputs: tuple[_Bounded, _Bounded], deadline: float) -> bool:
    """Read both outputs until the program has ended; whether it did so in time."""
    if sys.platform == "win32":
        return _communicate(process, outputs, deadline)
    ended = False
    with selectors.DefaultSelector() as selector:
        for pipe, output in zip(_pipes(process), outputs, strict=True):
            selector.register(pipe, selectors.EVENT_READ, output)
        while selector.get_map():
            now = time.perf_counter()
            if not ended and process.poll() is not None:
                # Take what is still in the pipes, but do not wait for their end: a grandchild may hold them for ever.
                ended, deadline = True, min(deadline, now + _GRACE)
            if now >= deadline:
                return ended
            _read_some(selector, min(deadline - now, _SLICE))
    return _wait(process, deadline)


def _read_some(selector: selectors.BaseSelector, timeout: float) -> None:
    """Move what is in the pipes to the outputs, and close those that have come to their end."""
    for key, _ in selector.select(timeout):
        data = os.read(key.fd, _CHUNK)
        if data:
            key.data.add(data)
        else:
            selector.unregister(key.fileobj)
            cast("IO[bytes]", key.fileobj).close()


def _wait(process: subprocess.Popen[bytes], deadline: float) -> bool:
    try:
        process.wait(max(0.0, deadline - time.perf_counter()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _communicate(process: subprocess.Popen[bytes], outputs: tuple[_Bounded, _Bounded], deadline: float) -> bool:
    """The same where pipes cannot be polled (Windows); memory is bounded only once the program has ended."""
    try:
        texts = process.communicate(timeout=max(0.0, deadline - time.perf_counter()))
    except subprocess.TimeoutExpired:
        return False
    for output, text in zip(outputs, texts, strict=True):
        output.add(text)
    return True


def _pipes(process: subprocess.Popen[bytes]) -> list[IO[bytes]]:
    return [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of the program is left: not after a timeout, not after Ctrl-C, not a grandchild that holds the pipes."""
    pipes = [pipe for pipe in _pipes(process) if not pipe.closed]
    if pipes or process.returncode is None:
        _kill(process)
    for pipe in pipes:
        pipe.close()
    process.wait()


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    # SIGKILL at once: the program works in a scratch folder, there is nothing for it to tidy up.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
