"""A backend of somebody else: the example of docs/backends.md, installed, chosen and run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dicomize.errors import ToolFailed, ToolMissing
from dicomize.model import Plan, SiteProfile
from dicomize.pipeline import execute
from dicomize.registry import registered
from dicomize.wrappers.tool import Tools

PAGE = Path(__file__).parents[2] / "docs" / "backends.md"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str, str], None]]:
    """A function that installs a distribution of one module with one backend."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def put(module: str, code: str, entry_point: str) -> None:
        (site / f"{module}.py").write_text(code, encoding="utf-8")
        info = site / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", encoding="ascii")
        (info / "entry_points.txt").write_text(f"[dicomize.backends]\n{entry_point}\n", encoding="ascii")

    yield put
    for module in set(sys.modules) - before:
        if module.endswith("_backend"):
            del sys.modules[module]


@pytest.fixture
def example(install: Callable[[str, str, str], None]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    code = re.findall(r"```python\n(\"\"\"plain_backend.*?)```", page, re.DOTALL)
    names = re.findall(r"```toml\n.*?\n(\w+) = \"(\w+:\w+)\"", page, re.DOTALL)
    assert len(code) == len(names) == 1
    (name, target), module = names[0], names[0][1].partition(":")[0]
    install(module, code[0], f"{name} = {target}")


@pytest.mark.usefixtures("example")
def test_the_example_writes_the_same_bytes(write_jpeg: Callable[..., Path], plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(write_jpeg(17, 13), transfer_syntax="explicit")
    theirs = execute(replace(plan, backend="plain"))
    ours = execute(replace(plan, backend="pydicom", destination=plan.destination.with_name("ours.dcm")))
    assert theirs.choice.backend == "plain"
    assert theirs.sha256 == ours.sha256


@pytest.mark.usefixtures("example")
def test_the_example_says_what_it_cannot_do(write_jpeg: Callable[..., Path], plan_of: Callable[..., Plan]) -> None:
    source = write_jpeg(16, 16)
    with pytest.raises(ToolMissing, match="plain: it stores uncompressed pixels only"):
        execute(plan_of(source, backend="plain"))
    assert not source.with_suffix(".dcm").exists()
    conversion = execute(plan_of(source, site=SiteProfile("here", backends=("plain", "pydicom"))))
    assert conversion.choice.passed_over == (("plain", "it stores uncompressed pixels only"),)
    assert conversion.choice.because == "site profile here"


@pytest.mark.usefixtures("example")
def test_the_example_comes_after_ours() -> None:
    assert [r.name for r in registered(Tools())] == ["dcmtk", "gdcm", "pydicom", "plain"]


def test_the_example_keeps_the_contract_as_the_page_says(tmp_path: Path) -> None:
    for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        (name,) = re.findall(r"\A(?:# |\"\"\")(\w+\.py)", code)
        (tmp_path / name).write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_one_that_cannot_be_loaded_is_listed(install: Callable[[str, str, str], None]) -> None:
    install("broken_backend", "raise RuntimeError('no licence')", "broken = broken_backend:Broken")
    entry = registered(Tools())[-1]
    assert entry.backend is None
    assert entry.because == "it cannot be loaded: RuntimeError: no licence"


@pytest.mark.parametrize("method", ["tools", "refusal"])
def test_one_that_fails_to_answer_is_passed_over(
    method: str,
    install: Callable[[str, str, str], None],
    write_jpeg: Callable[..., Path],
    plan_of: Callable[..., Plan],
) -> None:
    code = (
        "from dicomize.backends.pydicom import PydicomBackend\n"
        "class Odd(PydicomBackend):\n"
        f"    def {method}(self, *_):\n"
        "        raise LookupError('gone')\n"
    )
    install("odd_backend", code, "odd = odd_backend:Odd")
    conversion = execute(plan_of(write_jpeg(8, 8), site=SiteProfile("s", backends=("odd", "pydicom"))))
    assert conversion.choice.backend == "pydicom"
    assert conversion.choice.passed_over == (("odd", "it cannot say what it can do: LookupError: gone"),)


def test_one_that_breaks_down_is_a_failed_tool(
    install: Callable[[str, str, str], None], write_jpeg: Callable[..., Path], plan_of: Callable[..., Plan]
) -> None:
    code = (
        "from dicomize.backends.pydicom import PydicomBackend\n"
        "class Odd(PydicomBackend):\n"
        "    def encode(self, *_):\n"
        "        raise ZeroDivisionError('oh')\n"
    )
    install("odd_backend", code, "odd = odd_backend:Odd")
    plan = plan_of(write_jpeg(8, 8), backend="odd")
    with pytest.raises(ToolFailed, match="the odd backend failed: ZeroDivisionError: oh"):
        execute(plan)
    assert not plan.destination.exists()
