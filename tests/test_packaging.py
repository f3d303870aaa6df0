"""What is built from the checkout, and what is in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dicomize.version import __version__

ROOT = Path(__file__).resolve().parents[1]
LINKS = {"wrappers": "../wrappers", "backends": "../backends"}
PARTS = ("dicomize", "wrappers", "backends", "pyproject.toml", "README.md", "LICENSE")


def modules() -> set[str]:
    """Every module on disk, by its path in the package."""
    folders = {"dicomize": ROOT / "dicomize", **{f"dicomize/{name}": ROOT / name for name in LINKS}}
    found = set()
    for prefix, folder in folders.items():
        for path in folder.rglob("*.py"):
            inside = path.relative_to(folder)
            if "__pycache__" in inside.parts or (prefix == "dicomize" and inside.parts[0] in LINKS):
                continue
            found.add(f"{prefix}/{inside.as_posix()}")
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the sdist and the wheel that is made from it, built without reaching for a network."""
    pytest.importorskip("build")
    folder = tmp_path_factory.mktemp("packaging")
    copy = folder / "source"
    copy.mkdir()
    for name in PARTS:
        part = ROOT / name
        if part.is_dir():
            shutil.copytree(part, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(part, copy / name)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"PYTHONWARNINGS": ""}
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), str(copy)],
        env=environment,
        check=True,
        capture_output=True,
    )
    yield folder / "dist"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


def names_in(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_links() -> None:
    for name, target in LINKS.items():
        link = ROOT / "dicomize" / name
        assert link.is_symlink()
        assert str(link.readlink()) == target
        assert link.resolve() == ROOT / name


def test_every_package_is_declared() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        declared = set(tomllib.load(file)["tool"]["setuptools"]["packages"])
    assert declared == {str(Path(name).parent).replace("/", ".") for name in modules()}
    assert all(f"{package.replace('.', '/')}/__init__.py" in modules() for package in declared)


def test_the_wheel_has_every_module_and_nothing_else(wheel: Path) -> None:
    names = names_in(wheel)
    info = f"dicomize-{__version__}.dist-info/"
    assert {n for n in names if n.endswith(".py")} == modules()
    others = {n for n in names if not n.endswith(".py") and not n.startswith(info)}
    tables = {f"dicomize/checks/iods/tables/{n}.json" for n in ("conditions", "iods", "macros", "modules", "values")}
    assert others == {
        "dicomize/py.typed",
        "dicomize/report/html/page.css",
        "dicomize/report/html/page.js",
        "dicomize/sites/profile.schema.json",
        "dicomize/wrappers/img2dcm.dic",
        "dicomize/wrappers/imagemagick_policy/policy.xml",
        *tables,
    }
    assert {n.split("/")[0] for n in names} == {"dicomize", info.rstrip("/")}


def test_what_the_wheel_says_of_itself(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = f"dicomize-{__version__}.dist-info"
        entry_points = archive.read(f"{info}/entry_points.txt").decode()
        metadata = archive.read(f"{info}/METADATA").decode()
        assert archive.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert "[dicomize.backends]\ndcmtk = dicomize.backends.dcmtk:DcmtkBackend\n" in entry_points
    assert "[console_scripts]\ndicomize = dicomize.cli:main\n" in entry_points
    assert f"\nVersion: {__version__}\n" in metadata


def test_the_sdist_can_be_built_from(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    top = f"dicomize-{__version__}"
    with tarfile.open(path) as archive:
        names = set(archive.getnames())
    for name in modules():
        inside = name.removeprefix("dicomize/") if name.split("/")[1] in LINKS else name
        assert f"{top}/{inside}" in names or f"{top}/{name}" in names
    assert {f"{top}/pyproject.toml", f"{top}/README.md", f"{top}/LICENSE"} <= names


def test_the_wheel_runs(wheel: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(wheel, tmp_path / "site", "zip")
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site"), "PYTHONWARNINGS": "error"}
    code = "import dicomize, dicomize.backends, dicomize.wrappers.dcmtk as d; print(dicomize.__file__, d.DICTIONARY.is_file())"
    for words in (["-c", code], ["-m", "dicomize", "--version"]):
        done = subprocess.run(
            [sys.executable, *words], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() in {
            f"{tmp_path / 'site' / 'dicomize' / '__init__.py'} True",
            f"dicomize {__version__}",
        }
