"""Frames that pydicom's plugins decode, in a process of its own with the time limit of every program (decoding.py)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

from dicomize.errors import ToolFailed
from dicomize.model import Invocation
from dicomize.wrappers.process import Command, argument, run

_PROGRAM: Final = str(Path(__file__).absolute().with_name("decoding.py"))


class Job(NamedTuple):
    """What to decode. Paths are absolute."""

    file: str
    samples: str
    """the file that the frames go into"""
    syntax: str
    """TransferSyntaxUID"""
    plugin: str
    """pydicom's name of it; empty: any, and native pixels need none"""
    first: int = 0
    """index of the first frame"""
    number: int = 0
    """how many frames; 0: all"""
    raw: bool = False
    """whether colours stay as they are stored"""
    offset: int = 0
    """where the value of PixelData begins in the file; counts with options only"""
    options: dict[str, Any] | None = None
    """the Image Pixel attributes as pydicom's decoders take them; None: as the file has them"""


class Told(NamedTuple):
    """What a run told of each frame, in order: pydicom's properties, and its `length` in bytes."""

    frames: tuple[dict[str, Any], ...]
    invocation: Invocation


def decode(job: Job, timeout: float) -> Told:
    """Decode frames into a file, or leave none.

    Raises:
        ToolFailed: they cannot be decoded; the reason is the last word of its invocation.
        ToolMissing: Python cannot be started.
    """
    name, told = Path(f"{job.samples}.job"), Path(f"{job.samples}.json")
    name.write_text(json.dumps(job._asdict()), "utf-8")
    try:
        invocation = run(Command((sys.executable, "-P", _PROGRAM, argument(name)), produces=told), timeout)
        return Told(tuple(json.loads(told.read_bytes())), invocation)
    except ToolFailed:
        Path(job.samples).unlink(missing_ok=True)
        raise
    finally:
        name.unlink()
        told.unlink(missing_ok=True)
