"""Described sources for the tests of metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dicomize.model import ColorModel, ExifFacts, JpegFacts, SourceImage

MADE = SourceImage(
    path=Path("picture.jpg"),
    sha256="0" * 64,
    size=1000,
    modified=1_600_000_000,  # 2020-09-13 12:26:40 UTC
    format="JPEG",
    Rows=32,
    Columns=48,
    SamplesPerPixel=3,
    bits=8,
    color=ColorModel.YCBCR,
    frames=1,
    jpeg=JpegFacts(0, ((1, 1),) * 3, (1, 2, 3), None, True, 0, 1, 900, 0),
    exif=ExifFacts(),
    icc="",
    residue=(),
)


@pytest.fixture(scope="session")
def source() -> Callable[..., SourceImage]:
    """A described picture with such Exif facts; `modified`, `sha256` and `path` are its own."""

    def make(
        modified: int = MADE.modified, sha256: str = MADE.sha256, path: Path = MADE.path, **exif: str
    ) -> SourceImage:
        return replace(MADE, modified=modified, sha256=sha256, path=path, exif=ExifFacts(**exif))  # type: ignore[arg-type] # only texts are given

    return make
