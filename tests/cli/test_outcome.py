"""The end of a command: one exit code for several results, an interrupt in their midst."""

from __future__ import annotations

from typing import Any

import pytest

from dicomize.cli.outcome import combined, envelope, error_result, failure, gather
from dicomize.errors import ExitCode, NotConformant, SourceDamaged, ToolFailed, UsageError
from dicomize.model import Finding, Invocation, Severity

FINDING = Finding(Severity.ERROR, "kind", "message", "dicomize", 0x00280010, "/Rows(0028,0010)")


@pytest.mark.parametrize(
    ("codes", "result"),
    [
        ([ExitCode.DONE, ExitCode.DONE], ExitCode.DONE),
        ([ExitCode.SOURCE], ExitCode.SOURCE),
        ([ExitCode.SOURCE, ExitCode.SOURCE], ExitCode.SOURCE),
        ([ExitCode.DONE, ExitCode.SOURCE], ExitCode.SOME_FAILED),
        ([ExitCode.METADATA, ExitCode.SOURCE], ExitCode.SOME_FAILED),
        ([ExitCode.DONE, ExitCode.INTERRUPTED], ExitCode.INTERRUPTED),
    ],
)
def test_combined(codes: list[ExitCode], result: ExitCode) -> None:
    assert combined(codes) is result


def one(item: str) -> tuple[str, dict[str, Any], ExitCode]:
    match item:
        case "bad":
            raise SourceDamaged("bad is damaged", "mend it")
        case "tool":
            raise ToolFailed("x failed", "", Invocation(("/x",), 1, "said", "", 0.0))
        case "strict":
            raise NotConformant("no", "", (FINDING,))
        case "stop":
            raise KeyboardInterrupt
    return item, {"status": "converted"}, ExitCode.DONE


def test_one_that_fails_does_not_stop_the_others() -> None:
    done, outcome = gather(["a", "bad", "b"], lambda item: {"item": item}, one)
    assert done == ("a", "b")
    assert [r["status"] for r in outcome.results] == ["converted", "failed", "converted"]
    assert outcome.results[1]["item"] == "bad"
    assert outcome.messages == ("dicomize: bad is damaged; mend it",)
    assert outcome.exit_code is ExitCode.SOME_FAILED


def test_an_interrupt_stops_and_keeps_what_was_done() -> None:
    done, outcome = gather(["a", "stop", "b"], lambda item: {"item": item}, one)
    assert done == ("a",)
    assert [r.get("error") for r in outcome.results] == [None, "Interrupted"]
    assert outcome.exit_code is ExitCode.INTERRUPTED


def test_verbose_adds_what_was_said() -> None:
    _, outcome = gather(["tool", "strict"], lambda item: {"item": item}, one, verbose=True)
    assert outcome.messages == (
        "dicomize: x failed",
        "  ran /x",
        "    said",
        "dicomize: no",
        "  error: /Rows(0028,0010) message [dicomize]",
    )


def test_errors_as_results() -> None:
    assert error_result(UsageError("m", "r")) == {
        "status": "failed", "exit_code": 2, "error": "UsageError", "message": "m", "remedy": "r",
    }  # fmt: skip
    assert error_result(NotConformant("m", "", (FINDING,)))["findings"][0]["kind"] == "kind"
    outcome = failure(SourceDamaged("m"))
    assert envelope("c", outcome)["status"] == "failed"
