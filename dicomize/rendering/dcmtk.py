"""DCMTK's dcm2pnm and its siblings decode, window and colour by themselves: an opinion that shares no code with ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from dicomize.errors import ToolFailed
from dicomize.model import ToolReport
from dicomize.rendering.base import Rendering
from dicomize.rendering.display import Display
from dicomize.rendering.picture import Picture
from dicomize.rendering.windowing import Lut, Rescale, Span, Window
from dicomize.wrappers import dcm2pnm
from dicomize.wrappers.process import run
from dicomize.wrappers.tool import Tool, Tools

_NATIVE: Final = re.compile(r"1\.2\.840\.10008\.1\.2(\.1|\.1\.99|\.2|\.5)?")
_JPEG: Final = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.(5\d|6[0-6]|70)")
_JPEG_LS: Final = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.8[01]")
_PROGRAMS: Final = ((_NATIVE, dcm2pnm.DCM2PNM), (_JPEG, dcm2pnm.DCMJ2PNM), (_JPEG_LS, dcm2pnm.DCML2PNM))


class DcmtkRenderer:
    """dcm2pnm for native pixels and RLE, dcmj2pnm for JPEG, dcml2pnm for JPEG-LS."""

    name = "dcmtk"

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def tools(self, display: Display) -> tuple[ToolReport, ...]:
        tool = _program(display)
        return () if tool is None else (self._tools.find(tool),)

    def refusal(self, display: Display) -> str | None:
        if _program(display) is None:
            return f"DCMTK does not decode transfer syntax {display.transfer_syntax}"
        if display.functional:
            return "dcm2pnm does not look into functional groups for rescale and window"
        if isinstance(display.voi, Window) and display.voi.function == "LINEAR_EXACT":
            return "dcm2pnm does not know the VOI LUT function LINEAR_EXACT"
        return None

    def render(self, display: Display, scratch: Path) -> Rendering:
        tool = _program(display) or dcm2pnm.DCM2PNM
        destination = scratch / "dcmtk.pnm"
        command = dcm2pnm.command(self._tools.require(tool), display.path, destination, _options(display))
        invocation = run(command, self._tools.timeout)
        try:
            columns, rows, mode, pixels = dcm2pnm.read(destination.read_bytes())
        except ValueError as error:
            raise ToolFailed(f"what {tool.program} wrote {error}", "choose another --renderer", invocation) from None
        finally:
            destination.unlink()
        picture = Picture(columns, rows, mode, pixels)
        return Rendering(self.name, picture, f"{tool.program} decoded and windowed", (invocation,))


def _program(display: Display) -> Tool | None:
    return next((tool for pattern, tool in _PROGRAMS if pattern.fullmatch(display.transfer_syntax)), None)


def _options(display: Display) -> tuple[str, ...]:
    """Frame and window; overlays off, since they are no part of the picture."""
    frame = ("+F", str(display.frame), "-O")
    if not display.is_grey:
        return frame
    voi = _full(display) if display.voi is Span.STORED else display.voi
    if isinstance(voi, Window):
        function = "+Wfs" if voi.function == "SIGMOID" else "+Wfl"
        return (*frame, "+Ww", f"{voi.center:.12g}", f"{voi.width:.12g}", function)
    if isinstance(voi, Lut):
        return (*frame, "+Wl", "1")
    return (*frame, "+Wm" if voi is Span.FRAME else "-W")


def _full(display: Display) -> Window | Span:
    """All that can be stored as a window; without one dcm2pnm shows a single bit as black and mid-grey."""
    modality = display.modality
    if not isinstance(modality, Rescale):
        return Span.STORED
    low, high = sorted(modality.of(value) for value in display.facts.stored)
    return Window((low + high + 1) / 2, high - low + 1)
