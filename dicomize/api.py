"""The library: what the command line does, for programs.

>>> import dicomize
>>> result = dicomize.convert("photo.jpg", "photo.dcm", attributes={"PatientID": "4711"})
>>> result.sha256, result.report.errors
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, overload

from pydicom import Dataset

from dicomize.checks.run import BY_DEFAULT, Judgement, check_file
from dicomize.errors import DicomizeError, UsageError
from dicomize.metadata.imported import AttributeFiles, read_files
from dicomize.model import (
    CheckReport,
    ColorModel,
    Conversion,
    ConversionRequest,
    Geometry,
    Plan,
    SiteProfile,
    SourceImage,
    UIDMode,
)
from dicomize.pipeline import execute, plan_all, plan_frames
from dicomize.publish import require_destination
from dicomize.records import dataclass, field
from dicomize.source.opening import open_source
from dicomize.wrappers.tool import Tools

if TYPE_CHECKING:
    from dicomize.comparing.model import Comparison, InstanceComparison

StrPath = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Options:
    """How to convert; each field is an option of `dicomize convert` of the same name."""

    dataset_from: StrPath | None = None
    """DICOM file whose data set is the template"""
    dataset_from_xml: StrPath | None = None
    """the same in XML, as dcm2xml writes it"""
    study_from: StrPath | None = None
    """DICOM file whose patient and study it is"""
    series_from: StrPath | None = None
    """DICOM file whose patient, study and series it is"""
    instance_inc: bool = False
    """go on from the InstanceNumber of that file"""
    metadata: StrPath | None = None
    """attributes in JSON, TOML or YAML"""
    sop_class: str = ""
    """sc, mfsc, photo, endoscopy, microscopy, ophthalmic, dermoscopy, or a UID"""
    transfer_syntax: str = ""
    """as-is, explicit"""
    backend: str = ""
    site: str | SiteProfile = field(default_factory=SiteProfile)
    uids: UIDMode | None = None
    uid_root: str = ""
    jpeg_color: ColorModel | None = None
    keep_orientation: bool = False
    background: str = ""
    """colour behind what is transparent: a name, or #rrggbb"""
    page: int = 0
    """which picture of a file that holds several, from 1"""
    frame_time: str = ""
    """of frames: milliseconds from one to the next, or file for an animation's own"""
    geometry: Geometry = field(default_factory=Geometry)
    """rotation, flip, redaction, cropping, scaling"""
    icc: str = ""
    """what becomes of the ICC profile: keep (the default), srgb, drop"""
    keep_palette: bool = False
    """store the palette of a picture instead of expanding it"""
    require_no_text: bool = False
    """refuse a result in which text is found"""
    overwrite: bool = False
    strict: bool = True


def plan(
    source: StrPath | Sequence[StrPath],
    destination: StrPath,
    attributes: Mapping[str, str | int] | None = None,
    options: Options | None = None,
) -> Plan:
    """Every decision about one conversion, taken; nothing executed.

    Args:
        source: an image file; of several, all pictures become frames of one instance, in order.
        attributes: keys in any of the four spellings, and values as text or whole numbers (docs/metadata.md).

    Raises:
        DicomizeError: the picture or the request cannot be used; its class says which and owns the exit code.
    """
    if isinstance(source, str | os.PathLike):
        (planned,) = plan_all([_request(Path(source), Path(destination), attributes, options)])
    else:
        sources = [Path(one) for one in source]
        if not sources:
            raise UsageError("there is no picture to convert", "name one at least")
        request = _request(sources[0], Path(destination), attributes, options)
        planned = plan_frames(replace(request, multiframe=True), sources)
    if isinstance(planned, DicomizeError):
        raise planned
    return planned


def _request(
    source: Path, destination: Path, attributes: Mapping[str, str | int] | None, options: Options | None
) -> ConversionRequest:
    chosen = options or Options()
    return ConversionRequest(
        source=source,
        destination=destination,
        page=chosen.page,
        frame_time=chosen.frame_time,
        sop_class=chosen.sop_class,
        transfer_syntax=chosen.transfer_syntax,
        imports=read_files(_files(chosen)),
        keys=tuple((key, str(value)) for key, value in (attributes or {}).items()),
        backend=chosen.backend,
        site=_profile(chosen.site),
        uids=chosen.uids,
        uid_root=chosen.uid_root,
        jpeg_color=chosen.jpeg_color,
        keep_orientation=chosen.keep_orientation,
        background=chosen.background,
        geometry=chosen.geometry,
        icc=chosen.icc,
        keep_palette=chosen.keep_palette,
        require_no_text=chosen.require_no_text,
        overwrite=chosen.overwrite,
        strict=chosen.strict,
    )


def _files(options: Options) -> AttributeFiles:
    def path(name: StrPath | None) -> Path | None:
        return None if name is None else Path(name)

    return AttributeFiles(
        dataset_from=path(options.dataset_from),
        dataset_from_xml=path(options.dataset_from_xml),
        study_from=path(options.study_from),
        series_from=path(options.series_from),
        instance_inc=options.instance_inc,
        metadata=path(options.metadata),
    )


def convert(
    source: StrPath | Sequence[StrPath],
    destination: StrPath,
    attributes: Mapping[str, str | int] | None = None,
    options: Options | None = None,
) -> Conversion:
    """Convert one picture, or several into one instance; see `plan` for the arguments.

    Raises:
        DicomizeError: whatever is wrong, by its class; nothing is left behind.
    """
    return execute(plan(source, destination, attributes, options))


@overload
def compare(
    source: StrPath,
    other: None = None,
    attributes: Mapping[str, str | int] | None = None,
    options: Options | None = None,
    keep: StrPath | None = None,
) -> Comparison: ...


@overload
def compare(
    source: StrPath, other: StrPath, *, ignore: Sequence[str] = (), keep: StrPath | None = None
) -> InstanceComparison: ...


def compare(
    source: StrPath,
    other: StrPath | None = None,
    attributes: Mapping[str, str | int] | None = None,
    options: Options | None = None,
    keep: StrPath | None = None,
    ignore: Sequence[str] = (),
) -> Comparison | InstanceComparison:
    """Compare what every toolkit makes of one picture, or two DICOM files.

    Args:
        attributes: of one picture, as for `plan`; a backend that the options name is compared alone.
        keep: of one picture a folder for the toolkits' own files, the results, and small PNGs of what decoders show;
            of two files a PNG of how their pictures differ, amplified. It replaces nothing unless the options say so.
        ignore: of two files, attributes that may differ: keywords, tags, paths, or "uids", "times", "writer".

    Raises:
        SourceError: a file cannot be read.
        MetadataError: a key, or a word of `ignore`, is wrong.
        ToolMissing: a PNG of the difference is wanted, and numpy is not installed.
        DestinationError, DestinationExists: what shall be kept cannot be written.
    """
    # conversions do without these
    from dicomize.comparing.ignoring import ignored  # noqa: PLC0415
    from dicomize.comparing.instances import compare_instances  # noqa: PLC0415
    from dicomize.comparing.toolkits import compare_toolkits  # noqa: PLC0415

    place = Path(keep) if keep is not None else None
    if other is None:
        return compare_toolkits(_request(Path(source), Path("unwritten.dcm"), attributes, options), place)
    if place is not None:
        require_destination(Path(source), place, overwrite=options is not None and options.overwrite)
    return compare_instances(Path(source), Path(other), ignored(ignore), place)


def inspect(source: StrPath) -> SourceImage:
    """What an image file is, and what travels in it besides the picture.

    Raises:
        SourceError: it cannot be read, or is no image that is known here.
    """
    return open_source(Path(source)).image


def check(
    instance: StrPath | bytes | Dataset, site: str | SiteProfile = "", judgement: Judgement = BY_DEFAULT
) -> CheckReport:
    """Findings on a DICOM file, on the bytes of one, or on a pydicom data set.

    Args:
        judgement: the profile, and whether the real dciodvfy is asked; by default where it is installed.

    Raises:
        SourceError: it cannot be read, or is no DICOM file.
        ToolFailed: dciodvfy crashed on it.
    """
    profile = _profile(site)
    tools = Tools(profile.tools, profile.timeout)
    if isinstance(instance, str | os.PathLike):
        return check_file(Path(instance), tools, judgement)
    with tempfile.TemporaryDirectory(prefix="dicomize-") as folder:
        path = Path(folder) / "instance.dcm"
        if isinstance(instance, bytes):
            path.write_bytes(instance)
        else:
            instance.save_as(path, enforce_file_format=True)
        return replace(check_file(path, tools, judgement), file=Path("instance.dcm"))


def _profile(site: str | SiteProfile) -> SiteProfile:
    if isinstance(site, SiteProfile):
        return site
    from dicomize.sites.loading import load_site  # noqa: PLC0415 - most conversions name no profile

    return load_site(site)
