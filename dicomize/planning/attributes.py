"""The attributes of the planned instance: everybody's word merged, what the picture says, provenance, UIDs."""

from __future__ import annotations

import json
from typing import Final

from dicomize.errors import MetadataError
from dicomize.metadata.completing import IOD_DEFAULT
from dicomize.metadata.dataset import DatasetBuilder, Entry
from dicomize.metadata.iod import SOPClass
from dicomize.metadata.taken import FILE_TIME, Call, device_of, exif_entries, settle_times, study_entries
from dicomize.metadata.uids import DERIVED, UIDSource, secret_of
from dicomize.model import (
    Attribute,
    ConversionRequest,
    ImagePixel,
    ImportedAttributes,
    SourceImage,
    Step,
    StepKind,
    UIDMode,
)
from dicomize.planning.form import Form
from dicomize.planning.frames import Frames
from dicomize.planning.palettes import state_palette
from dicomize.planning.syntaxes import METHODS
from dicomize.version import __version__

OPTIONS: Final = {
    "patient-name": "PatientName",
    "patient-id": "PatientID",
    "issuer-of-patient-id": "IssuerOfPatientID",
    "birth-date": "PatientBirthDate",
    "sex": "PatientSex",
    "accession": "AccessionNumber",
    "referring-physician": "ReferringPhysicianName",
    "study-uid": "StudyInstanceUID",
    "study-id": "StudyID",
    "study-date": "StudyDate",
    "study-time": "StudyTime",
    "study-description": "StudyDescription",
    "series-uid": "SeriesInstanceUID",
    "series-number": "SeriesNumber",
    "series-description": "SeriesDescription",
    "instance-number": "InstanceNumber",
    "modality": "Modality",
}
"""named option -> keyword"""


def merged(request: ConversionRequest, source: SourceImage, sop: SOPClass, call: Call, number: int) -> DatasetBuilder:
    """Everybody's word, from the lowest to the highest."""
    builder = DatasetBuilder()
    for row in sop.rows:
        if row.default is not None and row.when is None:
            builder.put(Entry(row.keyword, row.default, IOD_DEFAULT, row.reference))
    # a call whose pictures become one instance makes one series
    series = 1 if request.multiframe else 1 + call.devices.index(device_of(source.exif))
    builder.put(Entry("SeriesNumber", str(series), "order of devices", "PS3.3 C.7.3.1"))
    builder.put(Entry("InstanceNumber", str(number), "order of sources", "PS3.3 C.7.6.1"))
    builder.put_all(study_entries(call))
    builder.put_all(exif_entries(source, sop))
    site = f"site profile {request.site.name}".strip()
    builder.put_all(Entry(key, text, site) for key, text in request.site.attributes)
    for imported in request.imports:
        _put_imported(builder, imported, number)
    builder.put_all(Entry(key, text, f"--{_option(key)}") for key, text in request.options)
    builder.put_all(Entry(key, text, "-k") for key, text in request.keys)
    settle_times(builder, call, source)
    builder.settle_laterality()
    return builder


def _put_imported(builder: DatasetBuilder, imported: ImportedAttributes, number: int) -> None:
    builder.put_all(Entry(key, text, imported.origin) for key, text in imported.attributes)
    for key in imported.empty:
        builder.put_if_absent(Entry(key, "", imported.origin))
    if imported.first_number is not None:
        builder.put(Entry("InstanceNumber", str(imported.first_number + number - 1), imported.origin))


def _option(keyword: str) -> str:
    return next((name for name, k in OPTIONS.items() if k == keyword), keyword)


def state_pixels(builder: DatasetBuilder, frames: Frames, source: SourceImage, sop: SOPClass) -> None:
    form, image = frames.first, frames.first.image
    planar = () if image.PlanarConfiguration is None else (("PlanarConfiguration", image.PlanarConfiguration),)
    for keyword, value in (
        ("SamplesPerPixel", image.SamplesPerPixel),
        ("PhotometricInterpretation", image.PhotometricInterpretation),
        *planar,
        ("Rows", image.Rows),
        ("Columns", image.Columns),
        ("BitsAllocated", image.BitsAllocated),
        ("BitsStored", image.BitsStored),
        ("HighBit", image.HighBit),
        ("PixelRepresentation", image.PixelRepresentation),
    ):
        builder.put_values(keyword, (value,), "picture", "PS3.3 C.7.6.3")
    if image.PhotometricInterpretation == "PALETTE COLOR":
        state_palette(builder, frames.pictures[0])
    _state_loss(builder, image, source)
    if known_later(form):
        _append_loss(builder, form)
    _state_derivation(builder, frames, sop)


_LOSS: Final = ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod")


def _state_loss(builder: DatasetBuilder, image: ImagePixel, source: SourceImage) -> None:
    """Once lossy, always lossy: decoding does not undo it. Of a lossless file only a person knows what was before it."""
    if source.lossy is None:
        return
    ratio = source.Rows * source.Columns * source.SamplesPerPixel * image.BitsAllocated / 8 / source.lossy.length
    for keyword, text in zip(_LOSS, ("01", f"{ratio:.4g}", source.lossy.method), strict=True):
        if text and builder.text(keyword) not in {"", text}:
            raise MetadataError(
                f"{builder.origin(keyword)}: {keyword} cannot be set, since {source.path} is lossy and says it itself",
                "leave it out",
            )
        if text:
            builder.put_values(keyword, (text,), "picture", "PS3.3 C.7.6.1.1.5")


def known_later(form: Form) -> frozenset[str]:
    """What the picture says of itself only once it is compressed with loss."""
    lossy = any(s.kind is StepKind.COMPRESS and s.parameter for s in form.steps)
    return frozenset({"LossyImageCompressionRatio"} if lossy else ())


def _append_loss(builder: DatasetBuilder, form: Form) -> None:
    """What is compressed with loss here comes behind what is known of before; how far is known once it is done."""
    _, ratio, method = _LOSS
    methods, ratios = builder.values(method), builder.values(ratio)
    if len(methods) != len(ratios):
        # they go in pairs, and DICOM has no term for the method of an earlier step
        earlier = f"Compressed with loss before, ratio {builder.text(ratio)}"
        builder.put(Entry("DerivationDescription", _joined(builder, f"{earlier}."), "picture", "PS3.3 C.7.6.1.1.3"))
        methods = ()
        builder.put_values(ratio, (), "picture", "PS3.3 C.7.6.1.1.5")
    values = ("01",), (*methods, METHODS[form.TransferSyntaxUID])
    for keyword, value in zip((_LOSS[0], method), values, strict=True):
        builder.put_values(keyword, value, "picture", "PS3.3 C.7.6.1.1.5")


_DERIVING: Final = {
    StepKind.CONVERT: "Colours were converted to sRGB",
    StepKind.FLATTEN: "Transparent parts were put on a background",
    StepKind.REDACT: "Parts were blackened",
    StepKind.CROP: "The picture was cropped",
    StepKind.SCALE: "The picture was scaled",
    StepKind.COMPRESS: "The picture was compressed with loss",
}


def _state_derivation(builder: DatasetBuilder, frames: Frames, sop: SOPClass) -> None:
    """Pixels with other values than the source's make a derived image; what was stated of earlier steps comes first."""
    texts = dict.fromkeys(
        f"{_DERIVING[s.kind]} ({s.why})"
        for s in frames.steps()
        if s.kind in _DERIVING and (s.kind is not StepKind.COMPRESS or s.parameter)
    )
    if not texts:
        return
    _require_derived(builder, sop)
    text = _joined(builder, f"{'. '.join(texts)}.")
    builder.put(Entry("DerivationDescription", text, "picture", "PS3.3 C.7.6.1.1.3"))


def _joined(builder: DatasetBuilder, ours: str) -> str:
    """What was stated of earlier steps, as far as there is room, and ours."""
    stated = builder.text("DerivationDescription")[: max(0, _LONGEST - len(ours) - 2)].rstrip(" .")
    return _short(f"{stated}. {ours}" if stated else ours)


def _require_derived(builder: DatasetBuilder, sop: SOPClass) -> None:
    """ImageType says DERIVED, whatever a profile or a template says of all pictures."""
    types = builder.values("ImageType")
    if builder.origin("ImageType") == IOD_DEFAULT or not types:
        builder.put_values("ImageType", sop.derived, "picture", "PS3.3 C.7.6.1.1.2")
    elif types[0] != "DERIVED" and builder.origin("ImageType") == "-k":
        raise MetadataError(
            f"-k: ImageType cannot be {types[0]}, since the picture is changed here", "say DERIVED, or leave it out"
        )
    elif types[0] != "DERIVED":
        builder.put_values("ImageType", ("DERIVED", *types[1:]), "picture", "PS3.3 C.7.6.1.1.2")


_LONGEST: Final = 1024
"""characters of an ST (PS3.5 6.2)"""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def state_provenance(builder: DatasetBuilder, frames: Frames, source: SourceImage) -> None:
    """One item that says who made this from what, without clock or host, so that the bytes stay the same."""
    steps = "; ".join(
        dict.fromkeys(f"{s.kind} ({s.why})" if s.kind is not StepKind.CLEAN else str(s.kind) for s in frames.steps())
    )
    formats = ", ".join(dict.fromkeys(s.format for s in frames.sources))
    made = f"Made from a {formats} file with SHA-256 {source.sha256}."
    if len(frames.sources) > 1:
        made = f"Made from {len(frames.sources)} pictures ({formats}); their SHA-256 values together: {source.sha256}."
    elif source.page:
        made = f"Made from picture {source.page} of a {formats} file with SHA-256 {source.sha256}."
    origin, reference = "provenance", "PS3.3 C.12.1.1.5"
    builder.append_item(
        "ContributingEquipmentSequence",
        (
            Entry("Manufacturer", "dicomize", origin, reference),
            Entry("ManufacturerModelName", "dicomize", origin, reference),
            Entry("SoftwareVersions", __version__, origin, reference),
            Entry("ContributionDescription", _short(f"{made} Steps: {steps}."), origin, reference),
            Entry("PurposeOfReferenceCodeSequence[0].CodeValue", "109103", origin, reference),
            Entry("PurposeOfReferenceCodeSequence[0].CodingSchemeDesignator", "DCM", origin, reference),
            Entry("PurposeOfReferenceCodeSequence[0].CodeMeaning", "Modifying Equipment", origin, reference),
        ),
    )


def state_uids(builder: DatasetBuilder, request: ConversionRequest, sop: SOPClass, call: Call, frames: Frames) -> None:
    """Study, series and instance, each unless somebody stated it (docs/metadata.md).

    The instance is whatever would change a byte of the result: attributes, transfer syntax, steps, and what the samples
    are taken for. The source is in the attributes, by its SHA-256.

    Raises:
        MetadataError: one UID is stated for two things, or the site's key is not at hand.
    """
    site = request.site
    random = (request.uids or site.uids) is UIDMode.RANDOM
    uids = UIDSource(request.uid_root or site.uid_root, call.nonce if random else secret_of(site))
    builder.put_values("SOPClassUID", (sop.UID,), "--as", "PS3.3 C.12.1")
    patient = [builder.text("IssuerOfPatientID"), builder.text("PatientID")]
    accession = builder.text("AccessionNumber")
    # a copy of the same picture with another time is of another study, as its study has another date
    when = [builder.text(k) for k in ("StudyDate", "StudyTime")] if builder.origin("StudyDate") == FILE_TIME else []
    identity = ["accession", accession] if accession else ["call", *call.sources, *when]
    _unless_stated(builder, "StudyInstanceUID", uids.make("study", *patient, *identity))
    device = [builder.text(k) for k in ("Manufacturer", "ManufacturerModelName", "SoftwareVersions")]
    series = [builder.text(k) for k in ("StudyInstanceUID", "Modality", "SeriesNumber", "SeriesDescription")]
    _unless_stated(builder, "SeriesInstanceUID", uids.make("series", *series, *device, *call.sources))
    if builder.values("SOPInstanceUID") and len(call.sources) > 1 and not request.multiframe:
        raise MetadataError(
            f"SOPInstanceUID is stated for one instance, but the call makes {len(call.sources)}", "leave it out"
        )
    _state_frames_of_reference(builder, sop, UIDSource(uids.root, "" if random else uids.key))
    content = json.dumps(_plain(builder.freeze()))
    form = frames.first
    how = (
        __version__,
        form.TransferSyntaxUID,
        " ".join(f.color for f in frames.forms),
        json.dumps([[_step(s) for s in f.steps] for f in frames.forms]),
    )
    _unless_stated(builder, "SOPInstanceUID", uids.make("instance", *how, content))
    _require_distinct(builder)


_ALONE: Final = (("SynchronizationTrigger", "NO TRIGGER"), ("AcquisitionTimeSynchronized", "N"))
"""what says that the clock of a device is shared with no other"""


def _state_frames_of_reference(builder: DatasetBuilder, sop: SOPClass, uids: UIDSource) -> None:
    """Those that are of the series alone, which has one (PS3.3 C.7.4.1): so they relate it to nothing else.

    Which environment a device is synchronized with, where it is, only a person can say.
    """
    wanted = {row.keyword for row in sop.rows}
    alone = all(builder.text(keyword) == text for keyword, text in _ALONE)
    for keyword, known in (("FrameOfReferenceUID", True), ("SynchronizationFrameOfReferenceUID", alone)):
        if keyword in wanted and known:
            _unless_stated(builder, keyword, uids.make(keyword, builder.text("SeriesInstanceUID")))


def _require_distinct(builder: DatasetBuilder) -> None:
    keywords = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    if len({builder.text(k) for k in keywords}) < len(keywords):
        raise MetadataError(f"two of {', '.join(keywords)} are equal", "a UID identifies one thing")


def _step(step: Step) -> list[object]:
    return [step.kind, step.parameter, [[r.x, r.y, r.width, r.height] for r in step.rectangles]]


def _unless_stated(builder: DatasetBuilder, keyword: str, uid: str) -> None:
    if not builder.values(keyword):
        builder.put_values(keyword, (uid,), DERIVED, "PS3.5 B.2")


def _plain(attributes: tuple[Attribute, ...]) -> list[object]:
    """Tags and values only: where a value comes from does not change what it is."""
    return [[a.tag, a.VR, [str(v) for v in a.value], [_plain(item) for item in a.items]] for a in attributes]
