"""The names that programs may use, and what loading them costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pydicom
import pytest
from PIL import Image

import dicomize

NAMES = [
    "CheckReport", "Comparison", "Conversion", "DicomizeError", "ExitCode", "Finding", "InstanceComparison", "Options",
    "Plan", "SiteProfile", "SourceImage", "__version__", "check", "compare", "convert", "inspect", "plan",
]  # fmt: skip


def loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_public_names() -> None:
    assert sorted(dicomize.__all__) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there_and_documented(name: str) -> None:
    member = getattr(dicomize, name)
    assert name == "__version__" or member.__doc__


def test_no_other_name() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = dicomize.nonsense


def test_importing_the_package_loads_nothing() -> None:
    loaded = loaded_by("import dicomize")
    assert {m for m in loaded if m.startswith("dicomize")} == {"dicomize", "dicomize.version"}
    assert not loaded & {"pydicom", "typer", "rich", "PIL"}


_OF_PROFILES = frozenset(
    {"dicomize.sites", "dicomize.approval", "dicomize.advice", "packaging", "platformdirs", "pytest"}
)
"""what only a run that names a site profile needs, or a test"""


def test_the_command_line_loads_only_what_every_command_needs() -> None:
    loaded = loaded_by("import dicomize.cli.app")
    heavy = {"rich", "tomllib", "pydantic", "dicomize.pipeline", "dicomize.jpeg.turn"}
    assert not loaded & (heavy | _OF_PROFILES)


def test_a_conversion_loads_no_more_than_it_needs(tmp_path: Path) -> None:
    source = tmp_path / "x.jpg"
    Image.new("L", (8, 8)).save(source)
    code = f"import dicomize; dicomize.convert({str(source)!r}, {str(tmp_path / 'x.dcm')!r})"
    assert not loaded_by(code) & {
        "rich",
        "typer",
        "tomllib",
        "dicomize.jpeg.turn",
        "dicomize.source.png",
        "PIL.PngImagePlugin",
        *_OF_PROFILES,
    }
    assert (tmp_path / "x.dcm").is_file()


def test_the_library(tmp_path: Path) -> None:
    source = tmp_path / "x.jpg"
    Image.new("L", (8, 8)).save(source)
    assert dicomize.inspect(source).format == "JPEG"
    planned = dicomize.plan(source, tmp_path / "x.dcm", {"PatientID": "4711"})
    assert planned.source.path == source
    options = dicomize.Options(backend="pydicom", overwrite=True)
    result = dicomize.convert(str(source), tmp_path / "x.dcm", {"PatientID": "4711"}, options)
    assert result.report.errors == ()
    assert pydicom.dcmread(tmp_path / "x.dcm").PatientID == "4711"
    assert dicomize.check(tmp_path / "x.dcm").errors == ()
    with pytest.raises(dicomize.DicomizeError) as caught:
        dicomize.convert(source, tmp_path / "x.dcm")
    assert caught.value.exit_code is dicomize.ExitCode.USAGE
