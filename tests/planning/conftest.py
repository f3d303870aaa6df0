"""Small pictures, and plans of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydicom.datadict import tag_for_keyword

from dicomize.errors import DicomizeError
from dicomize.model import Attribute, ConversionRequest, Plan
from dicomize.pipeline import plan_all

FILE_TIME = 1_600_000_000  # 2020-09-13 12:26:40 UTC
MakeJpeg = Callable[..., Path]
MakePlans = Callable[..., list[Plan]]


@pytest.fixture
def jpeg(tmp_path: Path) -> MakeJpeg:
    """A function that writes a JPEG: 48 x 32, with such Exif tags; those of the Exif IFD are above 0x8769."""

    def make(name: str = "picture.jpg", mode: str = "RGB", exif: dict[int, Any] | None = None, seed: int = 0) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        image = Image.linear_gradient("L").resize((48, 32)).point(lambda v: (v + seed) % 256).convert(mode)
        table = Image.Exif()
        for tag, value in (exif or {}).items():
            (table.get_ifd(0x8769) if tag > 0x8769 else table)[tag] = value
        image.save(path, quality=90, subsampling=0, exif=table if exif else b"")
        os.utime(path, (FILE_TIME, FILE_TIME))
        return path

    return make


@pytest.fixture(scope="session")
def plans() -> MakePlans:
    """A function from sources of one call to their plans; it raises what is wrong with the first that has no plan."""

    def make(*sources: Path, **request: Any) -> list[Plan]:
        requests = [ConversionRequest(source=s, destination=s.with_suffix(".dcm"), **request) for s in sources]
        made = []
        for plan in plan_all(requests):
            if isinstance(plan, DicomizeError):
                raise plan
            made.append(plan)
        return made

    return make


def attribute(plan: Plan, keyword: str) -> Attribute | None:
    """The planned attribute of that keyword, if there is one."""
    return next((a for a in plan.attributes if a.tag == tag_for_keyword(keyword)), None)


@pytest.fixture(scope="session")
def text() -> Callable[[Plan, str], str | None]:
    """A function from a plan and a keyword to the value as it is typed; None where the attribute is absent."""

    def read(plan: Plan, keyword: str) -> str | None:
        found = attribute(plan, keyword)
        return None if found is None else "\\".join(map(str, found.value))

    return read
