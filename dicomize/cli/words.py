"""The options that several commands share, one by one: name, values, help."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dicomize.model import ColorModel, UIDMode

_METADATA = "Metadata"
_ENCODING = "Encoding"
_SHAPE = "What is seen"


class Rotation(StrEnum):
    """Quarter turns clockwise, in degrees."""

    QUARTER = "90"
    HALF = "180"
    THREE_QUARTERS = "270"


class Flipping(StrEnum):
    """Which edges change places."""

    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"


class Icc(StrEnum):
    """What becomes of the ICC profile of a picture."""

    KEEP = "keep"
    SRGB = "srgb"
    DROP = "drop"


class JpegColor(StrEnum):
    """The user's word on the samples of an ambiguous JPEG."""

    YCBCR = "ycbcr"
    RGB = "rgb"

    @property
    def model(self) -> ColorModel:
        return ColorModel.RGB if self is JpegColor.RGB else ColorModel.YCBCR


def text_option(name: str, help_text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(name, help=help_text, rich_help_panel=_METADATA, show_default=False)
    return option


Sources = Annotated[list[Path], typer.Argument(help="Image files.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Site = Annotated[str, typer.Option("--site", help="Site profile: a TOML file, or a name.", show_default=False)]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more: changes, commands, findings.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]

SopClass = Annotated[
    str,
    typer.Option(
        "--as",
        help="SOP class: sc (default), mfsc, photo, endoscopy, microscopy, ophthalmic, dermoscopy, or a UID.",
        rich_help_panel=_ENCODING,
        show_default=False,
    ),
]
TransferSyntax = Annotated[
    str,
    typer.Option(
        "--transfer-syntax",
        help="as-is (default: a JPEG stream itself, the pixels of others), explicit, implicit, deflated (decoded), rle, jpeg-lossless, jpeg-ls, jpeg2000-lossless, htj2k-lossless; lossy: jpeg-baseline:90, jpeg-extended:90, jpeg-ls-near:2, jpeg2000:10.",
        rich_help_panel=_ENCODING,
        show_default=False,
    ),
]
BackendName = Annotated[
    str,
    typer.Option(
        "--backend",
        help="dcmtk, gdcm, pydicom, or another that is installed. Default: the first that can.",
        rich_help_panel=_ENCODING,
        show_default=False,
    ),
]
JpegColorWord = Annotated[
    JpegColor | None,
    typer.Option(
        "--jpeg-color",
        help="What the samples mean, where the JPEG leaves it in doubt.",
        rich_help_panel=_ENCODING,
        show_default=False,
    ),
]
KeepOrientation = Annotated[
    bool,
    typer.Option(
        "--keep-orientation", help="Store the picture as it lies, whatever Exif says.", rich_help_panel=_ENCODING
    ),
]
Background = Annotated[
    str,
    typer.Option(
        "--background",
        help="Colour behind what is transparent: black, white, #rrggbb …",
        rich_help_panel=_ENCODING,
        show_default=False,
    ),
]

KeepPalette = Annotated[
    bool,
    typer.Option(
        "--keep-palette", help="Store the palette of a picture instead of expanding it.", rich_help_panel=_ENCODING
    ),
]
IccWord = Annotated[
    Icc | None,
    typer.Option(
        "--icc",
        help="The ICC profile: keep (default: stored as DICOM wants it), srgb (colours are converted), drop.",
        rich_help_panel=_ENCODING,
        show_default=False,
    ),
]


def _shape(name: str, help_text: str, metavar: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        name, metavar=metavar, help=help_text, rich_help_panel=_SHAPE, show_default=False
    )
    return option


RequireNoText = Annotated[
    bool,
    typer.Option(
        "--require-no-text",
        help="Look for text in the result, and refuse it where some is found.",
        rich_help_panel=_SHAPE,
    ),
]
Page = Annotated[str, _shape("--page", "Which picture of a file that holds several, from 1.", "NUMBER")]
FrameTime = Annotated[
    str,
    _shape("--frame-time", "Of frames: milliseconds from one to the next, or file for an animation's own.", "TIME"),
]
MultiFrame = Annotated[
    bool,
    typer.Option(
        "--multiframe",
        help="All pictures of all sources, in order, as frames of one instance.",
        rich_help_panel=_SHAPE,
    ),
]
_PART = "X,Y,WIDTH,HEIGHT"
Rotate = Annotated[Rotation | None, _shape("--rotate", "Degrees clockwise, beside what Exif says.", "90|180|270")]
Flip = Annotated[
    Flipping | None, _shape("--flip", "Left and right, or top and bottom, change places.", "horizontal|vertical")
]
Redact = Annotated[
    list[str] | None, _shape("--redact", "Blacken a part of the picture as it is looked at; may be repeated.", _PART)
]
Crop = Annotated[str, _shape("--crop", "Keep this part of the picture as it is looked at.", _PART)]
Scale = Annotated[str, _shape("--scale", "Make it smaller: 50%, or 1024x768 to fit in.", "SIZE")]
TrimEdges = Annotated[
    bool,
    typer.Option(
        "--trim-edges",
        help="Give up incomplete blocks at the edges rather than decode a JPEG that is turned or cropped.",
        rich_help_panel=_SHAPE,
    ),
]


def file_option(name: str, help_text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        name, metavar="FILE", help=help_text, rich_help_panel=_METADATA, show_default=False
    )
    return option


InstanceInc = Annotated[
    bool,
    typer.Option(
        "--instance-inc", help="Go on from the InstanceNumber of that file.", rich_help_panel=_METADATA
    ),
]  # fmt: skip

Keys = Annotated[
    list[str] | None,
    typer.Option(
        "-k",
        "--key",
        metavar="KEY=VALUE",
        help="Any attribute: PatientName=…, 0010,0010=…, (0008,1111)[0].PatientID=…, 00400275.00400009=…",
        rich_help_panel=_METADATA,
        show_default=False,
    ),
]
Uids = Annotated[
    UIDMode | None,
    typer.Option(
        "--uids", help="derived (default: the same request gives the same UIDs) or random.", rich_help_panel=_METADATA,
        show_default=False,
    ),
]  # fmt: skip
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a result that is there already.")]
NoStrict = Annotated[bool, typer.Option("--no-strict", help="Write the result even if a check finds an error.")]
