"""Every option of a conversion together, and the request that they add up to."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from dicomize.cli.words import (
    BackendName,
    Background,
    Crop,
    Flip,
    FrameTime,
    IccWord,
    InstanceInc,
    JpegColorWord,
    KeepOrientation,
    KeepPalette,
    Keys,
    MultiFrame,
    NoStrict,
    Overwrite,
    Page,
    Redact,
    RequireNoText,
    Rotate,
    Scale,
    SopClass,
    TransferSyntax,
    TrimEdges,
    Uids,
    file_option,
    text_option,
)
from dicomize.errors import MetadataError, UsageError
from dicomize.metadata.imported import AttributeFiles, read_files
from dicomize.model import ConversionRequest, Geometry, ImportedAttributes, SiteProfile
from dicomize.planning.attributes import OPTIONS
from dicomize.records import dataclass
from dicomize.rectangles import parse_rectangle


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
    dataset_from: Annotated[Path | None, file_option("--dataset-from", "DICOM file to take the attributes of.")] = None
    dataset_from_xml: Annotated[Path | None, file_option("--dataset-from-xml", "The same in XML, by dcm2xml.")] = None
    study_from: Annotated[Path | None, file_option("--study-from", "DICOM file of the same patient and study.")] = None
    series_from: Annotated[Path | None, file_option("--series-from", "DICOM file of the same series.")] = None
    instance_inc: InstanceInc = False
    metadata: Annotated[Path | None, file_option("--metadata", "Attributes in JSON, TOML or YAML.")] = None
    patient_name: Annotated[str | None, text_option("--patient-name", "FAMILY^GIVEN^MIDDLE^PREFIX^SUFFIX")] = None
    patient_id: Annotated[str | None, text_option("--patient-id", "Whose picture this is.")] = None
    issuer_of_patient_id: Annotated[str | None, text_option("--issuer-of-patient-id", "Who gave that ID.")] = None
    birth_date: Annotated[str | None, text_option("--birth-date", "YYYYMMDD")] = None
    sex: Annotated[str | None, text_option("--sex", "M, F or O")] = None
    accession: Annotated[str | None, text_option("--accession", "Accession number: one study each.")] = None
    referring_physician: Annotated[str | None, text_option("--referring-physician", "FAMILY^GIVEN")] = None
    study_uid: Annotated[str | None, text_option("--study-uid", "Put the pictures into this study.")] = None
    study_id: Annotated[str | None, text_option("--study-id", "Default: 1.")] = None
    study_date: Annotated[str | None, text_option("--study-date", "YYYYMMDD. Default: Exif, else the file's date.")] = (
        None
    )
    study_time: Annotated[str | None, text_option("--study-time", "HHMMSS. Default: Exif, else the file's time.")] = (
        None
    )
    study_description: Annotated[str | None, text_option("--study-description", "Text.")] = None
    series_uid: Annotated[str | None, text_option("--series-uid", "Put the pictures into this series.")] = None
    series_number: Annotated[
        str | None, text_option("--series-number", "Default: 1, one more for each further device.")
    ] = None
    series_description: Annotated[str | None, text_option("--series-description", "Text.")] = None
    instance_number: Annotated[str | None, text_option("--instance-number", "Default: position among the sources.")] = (
        None
    )
    modality: Annotated[str | None, text_option("--modality", "Default: OT, XC, ES or GM, by SOP class.")] = None
    keys: Keys = None
    uids: Uids = None
    uid_root: Annotated[str, text_option("--uid-root", "Make UIDs under this root instead of 2.25.")] = ""
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
