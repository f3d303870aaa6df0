"""Instances around codestreams: from toolkits, from Pillow, and from files of this folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.encaps import encapsulate

from dicomize.checks.streams import check_stream
from dicomize.pixeldata import read_instance
from dicomize.wrappers.process import Command, run

ROOT = "1.2.840.10008.1.2."
EXPLICIT = "1.2.840.10008.1.2.1"
SIZE = (50, 40)
METHODS = {"4.81": "ISO_14495_1", "4.91": "ISO_15444_1", "4.203": "ISO_15444_15"}


@pytest.fixture
def instance(write: Callable[..., Path], described: Callable[..., Dataset]) -> Callable[..., Path]:
    """A function that writes frames under a transfer syntax, with sound attributes but for those it is given."""

    def save(frames: bytes | Sequence[bytes], syntax: str, mode: str = "L", **changes: Any) -> Path:
        streams = [frames] if isinstance(frames, bytes) else list(frames)
        dataset = described(mode, SIZE)
        if len(streams) > 1:
            dataset.NumberOfFrames = len(streams)
        if syntax in METHODS or syntax.startswith("4.10"):
            dataset.LossyImageCompression, dataset.LossyImageCompressionRatio = "01", "10"
            dataset.LossyImageCompressionMethod = METHODS.get(syntax, "")
        for keyword, value in changes.items():
            setattr(dataset, keyword, value)
        return write(dataset, encapsulate(streams, has_bot=False), ROOT + syntax)

    return save


@pytest.fixture
def said() -> Callable[[Path], list[tuple[str, str]]]:
    """A function from a file to kinds and messages."""
    return lambda path: [(f.kind, f.message) for f in check_stream(read_instance(path))]


@pytest.fixture
def encoded(require_tool: Callable[[str], Path], write: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """A function that has a program of a toolkit compress a native instance; its name stands beside one we know."""

    def compress(dataset: Dataset, pixels: bytes, program: str, *options: str) -> Path:
        known = "gdcmconv" if program == "gdcmconv" else "img2dcm"
        path = require_tool(known).with_name(program)
        if not path.exists():
            pytest.skip(f"{program} is not installed")
        native = write(dataset, pixels, EXPLICIT, "OW" if dataset.BitsAllocated > 8 else "OB")
        result = tmp_path / f"{program}{''.join(options)}.dcm"
        run(Command((str(path), *options, str(native), str(result)), produces=result), 60)
        return result

    return compress
