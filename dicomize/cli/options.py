"""Options that several commands share, and the request that they add up to."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from dicomize.errors import MetadataError, UsageError
from dicomize.metadata.imported import AttributeFiles, read_files
from dicomize.model import ColorModel, ConversionRequest, Geometry, ImportedAttributes, SiteProfile, UIDMode
from dicomize.planning.attributes import OPTIONS
from dicomize.records import dataclass
from dicomize.rectangles import parse_rectangle

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


def _text(name: str, help_text: str) -> typer.models.OptionInfo:
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


def _file(name: str, help_text: str) -> typer.models.OptionInfo:
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


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """Every option that says how to convert. The fields are the command line's, in the order of its help."""

    sop_class: SopClass = ""
    transfer_syntax: TransferSyntax = ""
    backend: BackendName = ""
    jpeg_color: JpegColorWord = None
    keep_orientation: KeepOrientation = False
    background: Background = ""
    icc: IccWord = None
    keep_palette: KeepPalette = False
    page: Page = ""
    multiframe: MultiFrame = False
    frame_time: FrameTime = ""
    rotate: Rotate = None
    flip: Flip = None
    redact: Redact = None
    crop: Crop = ""
    scale: Scale = ""
    trim_edges: TrimEdges = False
    require_no_text: RequireNoText = False
    dataset_from: Annotated[Path | None, _file("--dataset-from", "DICOM file to take the attributes of.")] = None
    dataset_from_xml: Annotated[Path | None, _file("--dataset-from-xml", "The same in XML, by dcm2xml.")] = None
    study_from: Annotated[Path | None, _file("--study-from", "DICOM file of the same patient and study.")] = None
    series_from: Annotated[Path | None, _file("--series-from", "DICOM file of the same series.")] = None
    instance_inc: InstanceInc = False
    metadata: Annotated[Path | None, _file("--metadata", "Attributes in JSON, TOML or YAML.")] = None
    patient_name: Annotated[str | None, _text("--patient-name", "FAMILY^GIVEN^MIDDLE^PREFIX^SUFFIX")] = None
    patient_id: Annotated[str | None, _text("--patient-id", "Whose picture this is.")] = None
    issuer_of_patient_id: Annotated[str | None, _text("--issuer-of-patient-id", "Who gave that ID.")] = None
    birth_date: Annotated[str | None, _text("--birth-date", "YYYYMMDD")] = None
    sex: Annotated[str | None, _text("--sex", "M, F or O")] = None
    accession: Annotated[str | None, _text("--accession", "Accession number: one study each.")] = None
    referring_physician: Annotated[str | None, _text("--referring-physician", "FAMILY^GIVEN")] = None
    study_uid: Annotated[str | None, _text("--study-uid", "Put the pictures into this study.")] = None
    study_id: Annotated[str | None, _text("--study-id", "Default: 1.")] = None
    study_date: Annotated[str | None, _text("--study-date", "YYYYMMDD. Default: Exif, else the file's date.")] = None
    study_time: Annotated[str | None, _text("--study-time", "HHMMSS. Default: Exif, else the file's time.")] = None
    study_description: Annotated[str | None, _text("--study-description", "Text.")] = None
    series_uid: Annotated[str | None, _text("--series-uid", "Put the pictures into this series.")] = None
    series_number: Annotated[str | None, _text("--series-number", "Default: 1, one more for each further device.")] = (
        None
    )
    series_description: Annotated[str | None, _text("--series-description", "Text.")] = None
    instance_number: Annotated[str | None, _text("--instance-number", "Default: position among the sources.")] = None
    modality: Annotated[str | None, _text("--modality", "Default: OT, XC, ES or GM, by SOP class.")] = None
    keys: Keys = None
    uids: Uids = None
    uid_root: Annotated[str, _text("--uid-root", "Make UIDs under this root instead of 2.25.")] = ""
    overwrite: Overwrite = False
    no_strict: NoStrict = False

    def files(self) -> tuple[Path, ...]:
        """The files that attributes come from."""
        named = (self.dataset_from, self.dataset_from_xml, self.study_from, self.series_from, self.metadata)
        return tuple(path for path in named if path is not None)

    def imports(self) -> tuple[ImportedAttributes, ...]:
        """What the files say that attributes come from.

        Raises:
            UsageError: two options exclude each other.
            MetadataError: a file cannot be read.
        """
        return read_files(
            AttributeFiles(
                dataset_from=self.dataset_from,
                dataset_from_xml=self.dataset_from_xml,
                study_from=self.study_from,
                series_from=self.series_from,
                instance_inc=self.instance_inc,
                metadata=self.metadata,
            )
        )

    def request(
        self, source: Path, destination: Path, site: SiteProfile, imports: tuple[ImportedAttributes, ...] | None = None
    ) -> ConversionRequest:
        """The request for one source.

        Args:
            imports: what `imports()` gave, where it is asked once for several sources.

        Raises:
            MetadataError: a -k has no key.
            UsageError: a rectangle is none.
        """
        return ConversionRequest(
            source=source,
            destination=destination,
            page=self._page(),
            multiframe=self.multiframe,
            frame_time=self.frame_time,
            sop_class=self.sop_class,
            transfer_syntax=self.transfer_syntax,
            imports=self.imports() if imports is None else imports,
            options=self._named(),
            keys=tuple(_key_and_value(text) for text in self.keys or ()),
            backend=self.backend,
            site=site,
            uids=self.uids,
            uid_root=self.uid_root,
            jpeg_color=self.jpeg_color.model if self.jpeg_color else None,
            keep_orientation=self.keep_orientation,
            background=self.background,
            geometry=self._geometry(),
            icc=str(self.icc or ""),
            keep_palette=self.keep_palette,
            require_no_text=self.require_no_text,
            overwrite=self.overwrite,
            strict=not self.no_strict,
        )

    def _page(self) -> int:
        if not self.page:
            return 0
        if not (self.page.isascii() and self.page.isdigit() and 0 < int(self.page) < 1_000_000):
            raise UsageError(f"--page {self.page!r} is no number of a picture", "say a number from 1")
        if self.multiframe:
            raise UsageError("--page takes one picture, and --multiframe all of them", "say one of the two")
        return int(self.page)

    def _geometry(self) -> Geometry:
        return Geometry(
            rotate=int(self.rotate or 0),
            flip=str(self.flip or ""),
            redact=tuple(parse_rectangle(text, "--redact") for text in self.redact or ()),
            crop=parse_rectangle(self.crop, "--crop") if self.crop else None,
            scale=self.scale,
            trim_edges=self.trim_edges,
        )

    def _named(self) -> tuple[tuple[str, str], ...]:
        texts = ((keyword, getattr(self, name.replace("-", "_"))) for name, keyword in OPTIONS.items())
        return tuple((keyword, text) for keyword, text in texts if text is not None)


def _key_and_value(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    if not key.strip():
        raise MetadataError(f"-k {text!r} names no attribute", "write -k KEY=VALUE")
    return key.strip(), value


def site_of(name: str) -> SiteProfile:
    """The site profile that --site names."""
    if not name:
        return SiteProfile()
    from dicomize.sites.loading import load_site  # noqa: PLC0415 - most runs name no profile

    return load_site(name)


def takes_request(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command every option of RequestOptions, handed to it as its parameter `options`."""
    fields = typing.get_type_hints(RequestOptions, include_extras=True)
    defaults = {f.name: f.default for f in dataclasses.fields(RequestOptions)}
    hints = typing.get_type_hints(command, include_extras=True)
    own = inspect.signature(command).parameters
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name], annotation=hint)
        for name, hint in fields.items()
    ]
    kept = [
        p.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[p.name])
        for p in own.values()
        if p.name != "options"
    ]

    @functools.wraps(command)
    def wrapper(**values: Any) -> None:
        options = RequestOptions(**{name: values.pop(name) for name in fields})
        command(**values, options=options)

    parameters = sorted([*kept, *added], key=lambda p: p.default is not inspect.Parameter.empty)
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # typer reads it
    wrapper.__annotations__ = {p.name: p.annotation for p in parameters}
    return wrapper
