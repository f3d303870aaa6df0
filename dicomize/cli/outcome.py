"""What a command has to say, for people or as JSON, and how it ends."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

import typer

from dicomize.errors import DestinationError, DicomizeError, ExitCode, Interrupted, NotConformant, ToolFailed
from dicomize.records import dataclass
from dicomize.report.plain import found, ran, say
from dicomize.serialize import to_plain

SCHEMA = "dicomize/1"

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a command."""

    results: tuple[dict[str, Any], ...] = ()
    messages: tuple[str, ...] = ()
    """for stderr: errors first"""
    exit_code: ExitCode = ExitCode.DONE
    show: Callable[[], None] | None = None
    """prints the results for people, on stdout"""


def envelope(command: str, outcome: Outcome) -> dict[str, Any]:
    """The one shape of every --json output."""
    status = {ExitCode.DONE: "done", ExitCode.SOME_FAILED: "partly-failed"}.get(outcome.exit_code, "failed")
    return {
        "schema": SCHEMA,
        "command": command,
        "status": status,
        "exit_code": int(outcome.exit_code),
        "results": list(outcome.results),
        "messages": list(outcome.messages),
    }


def finish(command: str, work: Callable[[], Outcome], *, as_json: bool) -> NoReturn:
    """Do the work, say what came of it, and end with its exit code. No exception of ours gets further than this."""
    try:
        outcome = work()
    except KeyboardInterrupt:
        outcome = failure(interrupted())
    except DicomizeError as error:
        outcome = failure(error)
    raise typer.Exit(int(conclude(command, outcome, as_json=as_json)))


def conclude(command: str, outcome: Outcome, *, as_json: bool) -> ExitCode:
    """Say what came of it: results on stdout, messages on stderr. The exit code is worse where nobody could be told."""
    try:
        if as_json:
            sys.stdout.write(json.dumps(envelope(command, outcome), indent=2) + "\n")
        elif outcome.show is not None:
            outcome.show()
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # whoever read it has seen enough; rich wants to end the program with 1
        _abandon_stdout()
    except OSError as error:
        _abandon_stdout()
        lost = unwritten(error)
        outcome = replace(
            outcome, messages=(*outcome.messages, f"dicomize: {lost}"), exit_code=outcome.exit_code or lost.exit_code
        )
    if not as_json:
        for message in outcome.messages:
            say(message)
    return outcome.exit_code


def _abandon_stdout() -> None:
    """Python would complain once more when it flushes stdout at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def unwritten(error: OSError) -> DestinationError:
    why = error.strerror or error
    return DestinationError(f"the output cannot be written: {why}", "send it elsewhere")


def interrupted() -> Interrupted:
    return Interrupted("interrupted; nothing half-written was left behind")


def failure(error: DicomizeError) -> Outcome:
    """The outcome of a command that did nothing but fail."""
    return Outcome(results=(error_result(error),), messages=(f"dicomize: {error}",), exit_code=error.exit_code)


def error_result(error: DicomizeError) -> dict[str, Any]:
    """An error as JSON values, with what the program said and what the checks found."""
    result: dict[str, Any] = {
        "status": "failed",
        "exit_code": int(error.exit_code),
        "error": type(error).__name__,
        "message": error.message,
        "remedy": error.remedy,
    }
    if isinstance(error, ToolFailed) and error.invocation is not None:
        result["invocation"] = to_plain(error.invocation)
    if isinstance(error, NotConformant):
        result["findings"] = to_plain(error.findings)
    return result


def gather(
    items: Iterable[T],
    where: Callable[[T], dict[str, Any]],
    one: Callable[[T], tuple[R, dict[str, Any], ExitCode]],
    *,
    verbose: bool = False,
) -> tuple[tuple[R, ...], Outcome]:
    """Do the same for each of several; one that fails does not stop the others, an interrupt does.

    Args:
        where: names an item, for the result of one that failed.
        one: what came of an item: the thing itself, its result as JSON values, its exit code.
        verbose: whether messages go into what a program said and what the checks found.
    """
    done: list[R] = []
    results: list[dict[str, Any]] = []
    messages: list[str] = []
    codes: list[ExitCode] = []
    for item in items:
        try:
            thing, result, code = _uninterrupted(one, item)
        except DicomizeError as error:
            results.append(where(item) | error_result(error))
            messages.append(f"dicomize: {error}")
            if verbose:
                messages.extend(_details(error))
            codes.append(error.exit_code)
            if isinstance(error, Interrupted):
                break
        else:
            done.append(thing)
            results.append(result)
            codes.append(code)
    return tuple(done), Outcome(tuple(results), tuple(messages), combined(codes))


def _details(error: DicomizeError) -> Iterator[str]:
    if isinstance(error, ToolFailed) and error.invocation is not None:
        yield from ran(error.invocation)
    if isinstance(error, NotConformant):
        yield from found(error.findings)


def _uninterrupted(one: Callable[[T], R], item: T) -> R:
    try:
        return one(item)
    except KeyboardInterrupt:
        raise interrupted() from None


def combined(codes: Sequence[ExitCode]) -> ExitCode:
    """The exit code of several: interrupted, all well, all wrong in the same way, or some wrong."""
    distinct = set(codes)
    if ExitCode.INTERRUPTED in distinct:
        return ExitCode.INTERRUPTED
    return distinct.pop() if len(distinct) == 1 else ExitCode.SOME_FAILED
