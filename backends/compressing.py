"""Who can compress what, as data: the program, its options, and the name under which its defects are listed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from dicomize.model import ImagePixel, Plan
from dicomize.planning.syntaxes import NAMES
from dicomize.wrappers import dcmcjpeg, dcmcjpls, dcmcrle, gdcmconv
from dicomize.wrappers.defects import known
from dicomize.wrappers.process import Command
from dicomize.wrappers.tool import Tool, Tools


class Route(NamedTuple):
    """A program that compresses native pixels."""

    tool: Tool
    command: Callable[[Path, Path, Path, tuple[str, ...]], Command]
    options: tuple[str, ...]
    """{} stands for the parameter of lossy compression"""
    capability: str
    """`what` of its defects"""
    with_loss: str = ""
    """the same of those that only loss brings out"""


_RLE: Final = "1.2.840.10008.1.2.5"
_JPEG_LOSSLESS: Final = "1.2.840.10008.1.2.4.70"
_JPEG_LS: Final = "1.2.840.10008.1.2.4.80"
_JPEG_2000: Final = "1.2.840.10008.1.2.4.90"

_BASELINE: Final = "1.2.840.10008.1.2.4.50"
_EXTENDED: Final = "1.2.840.10008.1.2.4.51"
_NEAR: Final = "1.2.840.10008.1.2.4.81"
_LOSSY_2000: Final = "1.2.840.10008.1.2.4.91"

DCMTK: Final = {
    _RLE: Route(dcmcrle.TOOL, dcmcrle.command, (), "encode-rle"),
    _JPEG_LOSSLESS: Route(dcmcjpeg.TOOL, dcmcjpeg.command, ("+e1",), "encode-jpeg-lossless"),
    _JPEG_LS: Route(dcmcjpls.TOOL, dcmcjpls.command, (), "encode-jpeg-ls"),
    _NEAR: Route(dcmcjpls.TOOL, dcmcjpls.command, ("+en", "+md", "{}"), "encode-jpeg-ls"),
    _BASELINE: Route(dcmcjpeg.TOOL, dcmcjpeg.command, ("+eb", "+sr", "+q", "{}"), "encode-jpeg-baseline"),
    _EXTENDED: Route(dcmcjpeg.TOOL, dcmcjpeg.command, ("+ee", "+sr", "+q", "{}"), "encode-jpeg-extended"),
}
GDCM: Final = {
    _RLE: Route(gdcmconv.TOOL, gdcmconv.compress_command, ("-R",), "encode-rle"),
    _JPEG_LOSSLESS: Route(gdcmconv.TOOL, gdcmconv.compress_command, ("-J",), "encode-jpeg-lossless"),
    _JPEG_LS: Route(gdcmconv.TOOL, gdcmconv.compress_command, ("-L",), "encode-jpeg-ls"),
    _JPEG_2000: Route(gdcmconv.TOOL, gdcmconv.compress_command, ("-K",), "encode-jpeg2000"),
    _NEAR: Route(
        gdcmconv.TOOL, gdcmconv.compress_command, ("-L", "-Y", "-e", "{}"), "encode-jpeg-ls", "encode-jpeg-ls-near"
    ),
    _LOSSY_2000: Route(
        gdcmconv.TOOL, gdcmconv.compress_command, ("-K", "-Y", "-r", "{}"), "encode-jpeg2000", "encode-jpeg2000-lossy"
    ),
}

_CONDITIONS: Final[dict[str, Callable[[ImagePixel], bool]]] = {
    "odd": lambda image: image.native_length % 2 == 1,
    "deep-colour": lambda image: image.BitsAllocated > 8 and image.SamplesPerPixel > 1,
    "tiny": lambda image: image.Rows * image.Columns <= 32,
    "between": lambda image: image.BitsStored < image.BitsAllocated,
    "narrow": lambda image: min(image.Rows, image.Columns) < 16,
    "transformed": lambda image: image.PhotometricInterpretation.startswith("YBR"),
}
"""`when` of a defect -> whether a picture brings it out"""


def refusal(routes: dict[str, Route], plan: Plan, programs: Tools) -> str | None:
    """Why no route leads to a plan's transfer syntax: there is none, no program, or a defect that the picture brings out."""
    route = routes.get(plan.TransferSyntaxUID)
    if route is None:
        return f"it writes no {NAMES.get(plan.TransferSyntaxUID, plan.TransferSyntaxUID)}"
    found = programs.find(route.tool)
    if found.unavailable_because:
        return found.unavailable_because
    rows = [d for d in known(route.tool.program) if d.what in {route.capability, route.with_loss} and d.when]
    rows = [d for d in rows if _CONDITIONS[d.when](plan.image)]
    if any(d.since or d.before for d in rows):
        found = programs.report(route.tool)  # asks the program, which nothing else here needs
        rows = [d for d in rows if d.affects(found.version)]
    program = " ".join(filter(None, (route.tool.program, found.version)))
    return f"{program} {rows[0].description}" if rows else None


def command(route: Route, programs: Tools, files: tuple[Path, Path], parameter: int) -> Command:
    """The command that compresses a file with native pixels into another; the parameter is that of lossy compression."""
    options = tuple(option.format(parameter) for option in route.options)
    return route.command(programs.require(route.tool), *files, options)
