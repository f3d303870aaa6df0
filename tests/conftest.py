"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from dicomize.wrappers.tool import ALL_TOOLS, Tools

collect_ignore = ["plugins"]  # packages with tests of their own, which are run where they are installed


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With REQUIRE_TOOLS=1 whatever is not installed fails its test, wherever the test found that out."""
    report = yield
    reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
    if os.environ.get("REQUIRE_TOOLS") == "1" and ("not installed" in reason or "could not import" in reason):
        report.outcome, report.longrepr = "failed", f"REQUIRE_TOOLS=1, but {reason.removeprefix('Skipped: ')}"
    return report


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], Path]:
    """A function from a program's name to its path; without it the test skips, or fails where REQUIRE_TOOLS=1."""
    tools = {tool.program: tool for tool in ALL_TOOLS}

    def require(program: str) -> Path:
        report = Tools().find(tools[program])
        if report.path is not None and not report.unavailable_because:
            return report.path
        why = f"{program} is not installed: {report.install}"
        if os.environ.get("REQUIRE_TOOLS") == "1":
            pytest.fail(why)
        pytest.skip(why)

    return require


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real test images, or a skip where there is none."""
    named = os.environ.get("DICOMIZE_CORPUS")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("no test corpus: name its folder in DICOMIZE_CORPUS")
    return folder
