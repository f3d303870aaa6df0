"""Every backend that is installed, over JPEG files of every kind; test_promises.py has what each promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

from dicomize.backends.base import Backend
from dicomize.errors import ToolMissing
from dicomize.model import Plan, PreparedImage
from dicomize.prepare import prepare
from dicomize.registry import registered, unavailable
from dicomize.source.opening import open_source
from dicomize.testing import keeps_its_word
from dicomize.testing.pictures import Case
from dicomize.wrappers.tool import Tools

TOOLS = Tools(timeout=30.0)
NAMES = [entry.name for entry in registered(TOOLS)]


@pytest.fixture(params=NAMES)
def backend(request: pytest.FixtureRequest) -> Backend:
    entry = next(r for r in registered(TOOLS) if r.name == request.param)
    assert entry.backend is not None, entry.because
    if unavailable(entry.backend):
        pytest.skip(unavailable(entry.backend))
    return entry.backend


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def prepared(plan: Plan, scratch: Path) -> PreparedImage:
    return prepare(plan, open_source(plan.source.path), scratch, TOOLS)


def keeps_the_contract(backend: Backend, plan: Plan, scratch: Path) -> None:
    if backend.refusal(plan) is not None:
        pytest.skip(f"{backend.name} says no: {backend.refusal(plan)}")
    keeps_its_word(backend, Case(plan, prepared(plan, scratch)), scratch)


def test_every_jpeg_is_embedded_as_it_is(
    backend: Backend, sample: Path, scratch: Path, plan_of: Callable[..., Plan]
) -> None:
    keeps_the_contract(backend, plan_of(sample), scratch)


def test_twelve_bits_are_embedded_as_they_are(
    backend: Backend, grey12: Path, scratch: Path, plan_of: Callable[..., Plan]
) -> None:
    plan = plan_of(grey12)
    assert (plan.image.BitsAllocated, plan.image.BitsStored) == (16, 12)
    keeps_the_contract(backend, plan, scratch)


@pytest.mark.parametrize(("name", "variable"), [("dcmtk", "DICOMIZE_IMG2DCM"), ("gdcm", "DICOMIZE_GDCMIMG")])
def test_a_program_that_is_not_there_is_missed(
    name: str,
    variable: str,
    scratch: Path,
    write_jpeg: Callable[..., Path],
    plan_of: Callable[..., Plan],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = plan_of(write_jpeg(8, 8))
    image = prepared(plan, scratch)
    monkeypatch.setenv(variable, str(scratch / "absent"))
    missing = next(r.backend for r in registered(TOOLS) if r.name == name)
    assert missing is not None
    assert variable in unavailable(missing)
    with pytest.raises(ToolMissing, match=variable):
        missing.encode(plan, image, scratch)


def test_sixteen_bits_are_dump2dcm_s_work(
    write_jpeg: Callable[..., Path], plan_of: Callable[..., Plan], scratch: Path, require_tool: Callable[[str], Path]
) -> None:
    require_tool("dump2dcm")
    plan = plan_of(write_jpeg(8, 8, "L"), transfer_syntax="explicit")
    deep = replace(plan, image=replace(plan.image, BitsAllocated=16, BitsStored=16))
    dcmtk = next(r.backend for r in registered(TOOLS) if r.name == "dcmtk")
    assert dcmtk is not None
    assert dcmtk.refusal(deep) is None
    assert [c.program for c in dcmtk.commands(deep, scratch / "image.raw", scratch)] == ["dump2dcm"]


def test_every_backend_stores_sixteen_bits(
    backend: Backend, scratch: Path, write_jpeg: Callable[..., Path], plan_of: Callable[..., Plan]
) -> None:
    plan = plan_of(write_jpeg(3, 3, "L"), transfer_syntax="explicit")
    plan = replace(plan, image=replace(plan.image, BitsAllocated=16, BitsStored=16))
    if backend.refusal(plan):
        return
    path = scratch / "image.raw"
    data = bytes(range(18))
    path.write_bytes(data)
    encoded = backend.encode(plan, PreparedImage(path, data, plan.image, plan.TransferSyntaxUID), scratch)
    dataset = pydicom.dcmread(encoded.path)
    assert dataset.PixelData == data
    assert (dataset.BitsAllocated, dataset.Rows, dataset.Columns) == (16, 3, 3)
