"""A backend in a package of its own: built, installed, listed, chosen, run, held to the contract, and broken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import dicomize

PLUGIN = Path(__file__).parents[1] / "plugins" / "dicomize-inhouse"
WHO = ("--patient-id", "4711", "--study-date", "20240229")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, installed into a folder of its own without reaching for a network."""
    pytest.importorskip("pip")
    folder = tmp_path_factory.mktemp("plugin")
    source = shutil.copytree(
        PLUGIN, folder / "source", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    )
    target = folder / "installed"
    words = [
        "install",
        "--quiet",
        "--no-index",
        "--no-build-isolation",
        "--no-deps",
        "--target",
        str(target),
        str(source),
    ]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run([sys.executable, "-m", "pip", *words], env=environment, check=True, capture_output=True, timeout=300)
    return target


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that runs a module of Python with the package installed."""

    def start(module: str, *words: str | Path, path: Path = installed) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(path)}
        return subprocess.run(
            [sys.executable, "-m", module, *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return start


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    Image.linear_gradient("L").resize((33, 17)).convert("RGB").save(path)
    return path


def results(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return {r["name"]: r for r in json.loads(done.stdout)["results"]}


Run = Callable[..., subprocess.CompletedProcess[str]]


def test_it_is_listed_chosen_and_gives_the_same_bytes(
    run: Run, photo: Path, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    program = require_tool("dump2dcm")
    listed = results(run("dicomize", "backends", "--json"))
    assert list(listed)[:4] == ["dcmtk", "gdcm", "pydicom", "inhouse"]
    assert listed["inhouse"]["available"] is True
    assert listed["inhouse"]["tools"][0]["path"] == str(program)
    done = run("dicomize", "convert", photo, "theirs.dcm", "--backend", "inhouse", *WHO)
    assert done.returncode == 0, done.stderr
    assert "(chosen by --backend)" in done.stdout
    options = dicomize.Options(backend="pydicom")
    ours = dicomize.convert(photo, tmp_path / "ours.dcm", {"PatientID": "4711", "StudyDate": "20240229"}, options)
    assert ours.destination.read_bytes() == (tmp_path / "theirs.dcm").read_bytes()


def test_a_profile_may_name_another_build_of_it(
    run: Run, photo: Path, tmp_path: Path, require_tool: Callable[[str], Path]
) -> None:
    profile = tmp_path / "derm.toml"
    program = require_tool("dump2dcm")
    profile.write_text(
        f'backends = ["inhouse-b"]\n[backend.inhouse-b]\ntype = "inhouse"\ntools = {{ dump2dcm = "{program}" }}\n'
    )
    done = run("dicomize", "convert", photo, "x.dcm", "--site", profile, "--json", *WHO)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["results"][0]["choice"]["backend"] == "inhouse-b"


def test_it_keeps_the_contract(run: Run, require_tool: Callable[[str], Path]) -> None:
    require_tool("dump2dcm")
    words = ("-q", "-p", "no:cacheprovider", "-W", "error", "--import-mode=importlib", "-c", os.devnull)
    done = run("pytest", *words, "--rootdir", PLUGIN, PLUGIN / "test_inhouse.py")
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise RuntimeError('no licence')", "it cannot be loaded: RuntimeError: no licence"),
        ("import absent_library", "it cannot be loaded: ModuleNotFoundError: No module named 'absent_library'"),
        ("del InhouseBackend", "it cannot be loaded: AttributeError: "),
        ("InhouseBackend = print()", "it cannot be loaded: TypeError: "),
        ("raise SystemExit(3)", "it cannot be loaded: SystemExit: 3"),
    ],
)
def test_a_broken_one_is_listed_with_the_reason_and_stops_nobody(
    code: str, says: str, run: Run, installed: Path, photo: Path, tmp_path: Path
) -> None:
    broken = shutil.copytree(installed, tmp_path / "broken", ignore=shutil.ignore_patterns("__pycache__"))
    module = broken / "dicomize_inhouse.py"
    module.write_text(f"{module.read_text()}\n{code}\n")
    listed = results(run("dicomize", "backends", "--json", path=broken))
    assert listed["inhouse"]["available"] is False
    assert says in listed["inhouse"]["because"]
    assert says[:40] in run("dicomize", "backends", path=broken).stdout
    done = run("dicomize", "convert", photo, "x.dcm", "--backend", "inhouse", path=broken)
    assert done.returncode == 4
    assert done.stderr.startswith("dicomize: no backend can do this: inhouse: it cannot be loaded")
    assert "Traceback" not in done.stderr
    assert run("dicomize", "convert", photo, "x.dcm", path=broken).returncode == 0
