"""GDCM decodes, dicomize windows: no program of GDCM's makes a picture for people.

gdcmimg writes stored values as PGM, without Modality LUT, VOI LUT or palette, and only the first frame; so gdcmconv
decodes the file, and the frame is shown by the pipeline that also shows what pydicom decodes.
"""

from __future__ import annotations

from pathlib import Path

from dicomize.errors import DicomizeError, ToolFailed
from dicomize.model import Invocation, ToolReport
from dicomize.pixeldata import PixelDataError, StoredInstance, joined, read_instance
from dicomize.rendering.base import Rendering
from dicomize.rendering.display import Display, PixelFacts, facts_of
from dicomize.rendering.samples import Samples, picture_of
from dicomize.wrappers import gdcmconv
from dicomize.wrappers.process import run
from dicomize.wrappers.tool import Tools


class GdcmRenderer:
    """gdcmconv --raw, then the grey and colour pipelines here."""

    name = "gdcm"

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def tools(self, display: Display) -> tuple[ToolReport, ...]:  # noqa: ARG002 - the same program for all
        return (self._tools.find(gdcmconv.TOOL),)

    def refusal(self, display: Display) -> str | None:
        if display.facts.BitsAllocated not in {8, 16, 32}:
            return f"pixels with {display.facts.BitsAllocated} in BitsAllocated are shown by DCMTK alone"
        if display.SOPClassUID in gdcmconv.NO_PICTURES:
            return "gdcmconv does not know the SOP class, and takes the file for no picture"
        return None

    def render(self, display: Display, scratch: Path) -> Rendering:
        destination = scratch / "gdcm.dcm"
        command = gdcmconv.command(self._tools.require(gdcmconv.TOOL), display.path, destination)
        invocation = run(command, self._tools.timeout)
        try:
            samples = _samples(display, destination, invocation)
        finally:
            destination.unlink()
        return Rendering(self.name, picture_of(display, samples), "gdcmconv decoded, dicomize windowed", (invocation,))


def _samples(display: Display, path: Path, invocation: Invocation) -> Samples:
    try:
        decoded = read_instance(path)
        facts = facts_of(decoded.dataset, path)
    except (PixelDataError, DicomizeError) as error:
        raise ToolFailed(
            f"what gdcmconv wrote cannot be used: {error}", "choose another --renderer", invocation
        ) from None
    if decoded.pixels is None or decoded.pixels.encapsulated:
        raise ToolFailed("gdcmconv wrote no decoded pixels", "choose another --renderer", invocation)
    return Samples(_frame(display, decoded, facts, invocation), facts)


def _frame(display: Display, decoded: StoredInstance, facts: PixelFacts, invocation: Invocation) -> bytes:
    assert decoded.pixels is not None  # noqa: S101 - the caller has looked
    ((offset, stored),) = decoded.pixels.fragments
    length = next((n for n in facts.frame_lengths if n * display.frames <= stored), 0)
    at = (display.frame - 1) * length
    if not length:
        raise ToolFailed(
            f"gdcmconv wrote {stored} bytes of pixels, too few for {display.frames} frames",
            "choose another --renderer",
            invocation,
        )
    return joined(decoded.path, ((offset + at, length),))
