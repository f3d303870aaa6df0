"""Which backend does it, on whose word."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from PIL import Image

from dicomize import registry
from dicomize.backends.pydicom import PydicomBackend
from dicomize.errors import ToolMissing, UsageError
from dicomize.model import ConversionRequest, Plan, SiteProfile
from dicomize.pipeline import plan_all
from dicomize.registry import choose, registered, unavailable
from dicomize.wrappers.tool import Tools

ABSENT = Tools((("img2dcm", Path("/nonexistent/img2dcm")), ("gdcmimg", Path("/nonexistent/gdcmimg"))))


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., Plan]:
    source = tmp_path / "x.jpg"
    Image.new("L", (8, 8)).save(source)

    def make(backend: str = "", order: tuple[str, ...] = ()) -> Plan:
        request = ConversionRequest(
            source, tmp_path / "x.dcm", backend=backend, site=SiteProfile("ward", backends=order)
        )
        (planned,) = plan_all([request])
        assert isinstance(planned, Plan)
        return planned

    return make


def test_ours_are_registered_in_their_order() -> None:
    entries = registered(Tools())
    assert [e.name for e in entries][:3] == ["dcmtk", "gdcm", "pydicom"]
    assert [e.backend.name for e in entries if e.backend][:3] == ["dcmtk", "gdcm", "pydicom"]
    assert all(not e.because for e in entries)


def test_the_first_that_can(plan: Callable[..., Plan], require_tool: Callable[[str], Path]) -> None:
    require_tool("img2dcm")
    backend, choice = choose(plan(), Tools())
    assert backend.name == choice.backend == "dcmtk"
    assert (choice.because, choice.passed_over) == ("default order", ())


def test_why_the_others_were_passed_over(plan: Callable[..., Plan]) -> None:
    _, choice = choose(plan(), ABSENT)
    assert choice.backend == "pydicom"
    assert [name for name, _ in choice.passed_over] == ["dcmtk", "gdcm"]
    assert all("which the site profile names, does not exist" in reason for _, reason in choice.passed_over)


def test_the_users_word_is_the_last(plan: Callable[..., Plan]) -> None:
    _, choice = choose(plan("pydicom", ("dcmtk",)), Tools())
    assert (choice.backend, choice.because) == ("pydicom", "--backend")
    with pytest.raises(ToolMissing, match="no backend can do this: dcmtk: "):
        choose(plan("dcmtk", ("pydicom",)), ABSENT)


def test_the_sites_order(plan: Callable[..., Plan]) -> None:
    _, choice = choose(plan(order=("pydicom", "dcmtk")), Tools())
    assert (choice.backend, choice.because) == ("pydicom", "site profile ward")
    with pytest.raises(ToolMissing, match=r"gdcm: .*; dcmtk: "):
        choose(plan(order=("gdcm", "dcmtk")), ABSENT)


@pytest.mark.parametrize(("backend", "order"), [("nonesuch", ()), ("", ("pydicom", "nonesuch"))])
def test_a_backend_that_does_not_exist(backend: str, order: tuple[str, ...], plan: Callable[..., Plan]) -> None:
    with pytest.raises(UsageError, match="there is no backend 'nonesuch'; choose one of dcmtk, gdcm, pydicom"):
        choose(plan(backend, order), Tools())


def test_only_what_is_needed_is_loaded(plan: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("pydicom", "dicomize.backends.pydicom:PydicomBackend", registry.GROUP),
        EntryPoint("heavy", "nowhere.at_all:Heavy", registry.GROUP),
    ]
    monkeypatch.setattr(registry, "_points", lambda _path: points)
    _, choice = choose(plan(), Tools())
    assert choice.backend == "pydicom"
    assert [e.because for e in registered(Tools())] == [
        "", "it cannot be loaded: ModuleNotFoundError: No module named 'nowhere'",
    ]  # fmt: skip


def test_unavailable() -> None:
    assert unavailable(PydicomBackend(ABSENT)) == ""
    backend = registered(ABSENT)[0].backend
    assert backend is not None
    assert "does not exist" in unavailable(backend)
