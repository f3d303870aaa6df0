"""The script that fuzzes: its seeds, and what it does without atheris. Fuzzing itself takes its own time."""

from __future__ import annotations

import importlib.util
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from dicomize.checks.elements import walk_bytes
from dicomize.checks.kinds import KINDS
from dicomize.checks.native import check_walked
from dicomize.checks.profiles import Profile
from dicomize.checks.streams import check_stream
from dicomize.pixeldata import read_instance

SCRIPT = Path(__file__).parents[3] / "scripts" / "fuzz-check"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    loader = SourceFileLoader("fuzz_check", str(SCRIPT))
    spec = importlib.util.spec_from_loader("fuzz_check", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_seeds_reach_every_iod_and_raise_nothing(script: ModuleType) -> None:
    reached = set()
    for seed in script.seeds():
        for profile in Profile:
            name, findings = check_walked(walk_bytes(seed), profile)
            assert {f.kind for f in findings} <= KINDS.keys()
            reached.add(name)
    assert len(reached) == 15
    assert "" not in reached


def test_every_kind_of_codestream_is_a_seed(script: ModuleType, tmp_path: Path) -> None:
    reached = set()
    for number, seed in enumerate(script.pictures()):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(seed)
        stored = read_instance(path)
        reached.add(stored.dataset.file_meta.TransferSyntaxUID.rpartition("1.2.840.10008.1.2.")[2])
        assert {f.kind for f in check_stream(stored)} <= KINDS.keys()
    assert reached == {"4.50", "4.51", "4.80", "4.90", "4.91", "4.100", "4.102", "4.107", "4.201", "4.203", "5"}


@pytest.mark.parametrize("profile", Profile)
def test_truncated_seeds_raise_nothing(script: ModuleType, profile: Profile) -> None:
    seed = next(script.seeds())
    for end in range(0, len(seed), 7):
        check_walked(walk_bytes(seed[:end]), profile)


def test_without_atheris(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "find_spec", lambda _: None)
    monkeypatch.setattr("sys.argv", ["fuzz-check", "1"])
    assert script.main() == 2
    assert "pip install atheris" in capsys.readouterr().err


def test_an_exception_is_kept_once(script: ModuleType, tmp_path: Path) -> None:
    def broken(data: bytes) -> None:
        raise ValueError(f"{len(data)} bytes")

    script.one(broken, b"first", tmp_path)
    script.one(broken, b"second", tmp_path)
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == 2
    assert kept[0].startswith("ValueError-test_fuzz-")
    assert (tmp_path / kept[0]).read_bytes() == b"first"
    assert "5 bytes" in (tmp_path / kept[1]).read_text("utf-8")
