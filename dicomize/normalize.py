"""Backend output + plan -> the one canonical instance, and the log of what was changed.

The toolkit's picture must be, byte for byte, the prepared one; if it is not, nothing is written. Everything else that the
toolkit wrote is compared with the plan and replaced by it. One writer writes, so the bytes cannot depend on the toolkit.
"""

from __future__ import annotations

import base64
import hashlib
import warnings
from collections.abc import Iterator, Sequence
from typing import Final

from pydicom import DataElement, Dataset
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID

from dicomize.errors import ToolFailed
from dicomize.metadata.uids import DERIVED, UIDSource
from dicomize.model import Attribute, Change, EncodedInstance, Piece, Plan, PreparedImage
from dicomize.pixeldata import (
    PixelDataError,
    PixelElement,
    StoredInstance,
    fits_offset_table,
    holds_exactly,
    joined,
    length_of,
    offsets_of,
    pixel_vr,
    read_instance,
    read_piece,
    value_of,
)
from dicomize.records import dataclass
from dicomize.version import __version__
from dicomize.writing import WritableInstance, head_of, header_of

IMPLEMENTATION_CLASS_UID: Final = "2.25.202008006753437172810584588089982039979"
IMPLEMENTATION_VERSION_NAME: Final = f"DICOMIZE_{__version__}".replace(".", "_")[:16]

_PIXEL_DATA = 0x7FE00010
_SOP_INSTANCE_UID: Final = 0x00080018


@dataclass(frozen=True, slots=True)
class NormalizedInstance:
    """The canonical instance, ready to be written."""

    instance: WritableInstance
    SOPInstanceUID: str
    changes: tuple[Change, ...]
    toolkit: str
    """ImplementationVersionName that the toolkit wrote"""


def normalize(plan: Plan, image: PreparedImage, encoded: EncodedInstance) -> NormalizedInstance:
    """The canonical instance.

    Raises:
        ToolFailed: what the backend wrote cannot be read, or holds another picture than it was given.
    """
    stored, element = _read(encoded)
    pixels = _compressed(plan, encoded, stored, element) if plan.compresses else image.content
    if not plan.compresses:
        _require_same_picture(plan, image, encoded, element)
    canonical = dataset_of(plan.attributes)
    if plan.loss:
        _append_ratio(canonical, image.length / length_of(pixels))
        _identify(plan, canonical, hashlib.sha256(read_piece(pixels)).hexdigest())
    meta = _file_meta(plan, str(canonical.SOPInstanceUID))
    changes = _log(plan, stored, canonical, meta)
    toolkit = str(value_of(stored.dataset.file_meta, "ImplementationVersionName") or "")
    instance = _writable(plan, canonical, meta, (pixels,))
    return NormalizedInstance(instance, str(canonical.SOPInstanceUID), changes, toolkit)


def assemble(plan: Plan, first: NormalizedInstance, frames: tuple[Piece, ...]) -> NormalizedInstance:
    """The canonical instance of several frames, each of which was normalized by itself.

    Args:
        first: the first frame's; changes and toolkit are taken from it.
    """
    canonical = dataset_of(plan.attributes)
    if plan.loss:
        _append_ratio(canonical, plan.image.native_length * len(frames) / sum(map(length_of, frames)))
        together = hashlib.sha256()
        for frame in frames:
            together.update(hashlib.sha256(read_piece(frame)).digest())
        _identify(plan, canonical, together.hexdigest())
    if plan.encapsulated and not fits_offset_table(offsets := offsets_of(frames)):
        _extend(canonical, offsets, frames)
    uid = str(canonical.SOPInstanceUID)
    instance = _writable(plan, canonical, _file_meta(plan, uid), frames)
    return NormalizedInstance(instance, uid, first.changes, first.toolkit)


def _extend(dataset: Dataset, offsets: Sequence[int], frames: Sequence[Piece]) -> None:
    """The Extended Offset Table, where the basic one cannot hold the offsets (PS3.3 C.7.6.3.1.8)."""
    lengths = [length_of(frame) + length_of(frame) % 2 for frame in frames]
    for keyword, numbers in (("ExtendedOffsetTable", offsets), ("ExtendedOffsetTableLengths", lengths)):
        setattr(dataset, keyword, b"".join(n.to_bytes(8, "little") for n in numbers))


def _writable(plan: Plan, dataset: Dataset, meta: FileMetaDataset, frames: tuple[Piece, ...]) -> WritableInstance:
    syntax = plan.TransferSyntaxUID
    header = header_of(dataset, syntax)
    return WritableInstance(head_of(meta), header, syntax, frames, plan.image.BitsAllocated, plan.encapsulated)


def changes_of(plan: Plan, stored: StoredInstance) -> tuple[Change, ...]:
    """Every difference between an instance, whoever wrote it, and the canonical one of a plan."""
    return _log(plan, stored, dataset_of(plan.attributes), _file_meta(plan, instance_uid(plan)))


def dataset_of(attributes: tuple[Attribute, ...]) -> Dataset:
    """Planned attributes as a pydicom data set."""
    dataset = Dataset()
    for attribute in attributes:
        dataset.add(_element(attribute))
    return dataset


def _element(attribute: Attribute) -> DataElement:
    tag = Tag(attribute.tag)
    if attribute.VR == "SQ":
        return DataElement(tag, "SQ", [dataset_of(item) for item in attribute.items])
    if attribute.VR in {"OB", "OW"}:
        return DataElement(tag, attribute.VR, base64.b64decode(str(attribute.value[0])))
    value: object = list(attribute.value) if len(attribute.value) > 1 else next(iter(attribute.value), None)
    if value is None and attribute.VR not in {"US", "SS", "UL", "SL", "FL", "FD", "DS", "IS", "UV", "SV"}:
        value = ""
    return DataElement(tag, attribute.VR, value)


def _read(encoded: EncodedInstance) -> tuple[StoredInstance, PixelElement]:
    invocation = encoded.invocations[-1] if encoded.invocations else None
    try:
        stored = read_instance(encoded.path)
    except (PixelDataError, OSError) as error:
        raise ToolFailed(
            f"what the {encoded.backend} backend wrote {_clause(error)}", "try another backend", invocation
        ) from None
    if stored.pixels is None or stored.pixels.problems:
        why = "; ".join(stored.pixels.problems) if stored.pixels else "there is none"
        raise ToolFailed(
            f"the {encoded.backend} backend wrote no usable PixelData: {why}", "try another backend", invocation
        )
    return stored, stored.pixels


def _clause(error: Exception) -> str:
    return str(error) if isinstance(error, PixelDataError) else f"cannot be read: {error}"


def _append_ratio(dataset: Dataset, ratio: float) -> None:
    """Known only now. Beside the UID of the instance it is the one attribute that may depend on the toolkit."""
    before = dataset.get("LossyImageCompressionRatio")
    earlier = list(before) if isinstance(before, MultiValue) else [before] if before else []
    dataset.LossyImageCompressionRatio = [*map(str, earlier), f"{ratio:.4g}"]


def _identify(plan: Plan, dataset: Dataset, digest: str) -> None:
    """Toolkits lose different bits, and two pictures must not have one UID (PS3.5 9), unless somebody stated it."""
    planned = _planned_uid(plan)
    if planned.origin != DERIVED:
        return
    uid = str(planned.value[0])
    root = uid.rpartition(".")[0]
    uids = UIDSource("" if root == "2.25" else root, uid)
    dataset.SOPInstanceUID = UID(uids.make("stream", digest))


def _compressed(plan: Plan, encoded: EncodedInstance, stored: StoredInstance, element: PixelElement) -> bytes:
    """The stream that a backend made of the prepared picture; whether it is that picture, a decoder will say."""
    if element.encapsulated and value_of(stored.dataset.file_meta, "TransferSyntaxUID") == plan.TransferSyntaxUID:
        return joined(encoded.path, element.fragments)
    raise ToolFailed(
        f"the {encoded.backend} backend was to write {UID(plan.TransferSyntaxUID).name}, and wrote something else",
        "try another backend, and report this one",
        encoded.invocations[-1] if encoded.invocations else None,
    )


def _require_same_picture(plan: Plan, image: PreparedImage, encoded: EncodedInstance, element: PixelElement) -> None:
    if element.encapsulated == plan.encapsulated and holds_exactly(encoded.path, element, image.content):
        return
    raise ToolFailed(
        f"the {encoded.backend} backend wrote another picture than the one it was given, so nothing was kept",
        "try another backend, and report this one",
        encoded.invocations[-1] if encoded.invocations else None,
    )


def _file_meta(plan: Plan, SOPInstanceUID: str) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = UID(plan.SOPClassUID)
    meta.MediaStorageSOPInstanceUID = UID(SOPInstanceUID)
    meta.TransferSyntaxUID = UID(plan.TransferSyntaxUID)
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    return meta


def instance_uid(plan: Plan) -> str:
    """SOPInstanceUID of the planned instance; what is compressed with loss gets one of its own from it."""
    return str(_planned_uid(plan).value[0])


def _planned_uid(plan: Plan) -> Attribute:
    return next(a for a in plan.attributes if a.tag == _SOP_INSTANCE_UID)


# ---------------------------------------------------------------- the log of changes

_OURS: Final = "decided by the plan, so that every toolkit gives the same"
_REASONS: Final[dict[str, tuple[str, str]]] = {
    "TransferSyntaxUID": ("decided by the plan and the stream's own process, not by the toolkit's label", "PS3.5 A"),
    "PhotometricInterpretation": ("the stream holds other colours than the label says", "PS3.5 8.2.1"),
    "BitsAllocated": ("8 or 16 bits are allocated for compressed grey and colour", "PS3.5 8.2.1"),
    "BitsStored": ("must agree with the stream", "PS3.5 8.2.1"),
    "HighBit": ("one less than BitsStored", "PS3.3 C.7.6.3.1"),
    "PlanarConfiguration": ("samples are interleaved", "PS3.3 C.7.6.3.1.3"),
    "Rows": ("must agree with the stream", "PS3.5 8.2.1"),
    "Columns": ("must agree with the stream", "PS3.5 8.2.1"),
    "SamplesPerPixel": ("must agree with the stream", "PS3.5 8.2.1"),
    "LossyImageCompression": ("a lossy JPEG stays lossy", "PS3.3 C.7.6.1.1.5"),
    "LossyImageCompressionRatio": ("taken from the cleaned source, whoever encodes it", "PS3.3 C.7.6.1.1.5"),
    "LossyImageCompressionMethod": ("names the method of the lossy step", "PS3.3 C.7.6.1.1.5"),
    "BurnedInAnnotation": ("nobody looked for burned-in text, so nothing is claimed", "PS3.3 C.7.6.1"),
    "PixelAspectRatio": ("from the printing density of the file, which says nothing of the scene", "PS3.3 C.7.6.3.1.7"),
    "PixelSpacing": ("no spacing is known", "PS3.3 10.7.1.3"),
    "SOPInstanceUID": ("derived from the source and the request, not random", "PS3.5 B.2"),
    "StudyInstanceUID": ("derived from the request, not random", "PS3.5 B.2"),
    "SeriesInstanceUID": ("derived from the request, not random", "PS3.5 B.2"),
    "MediaStorageSOPInstanceUID": ("equal to SOPInstanceUID", "PS3.10 7.1"),
    "MediaStorageSOPClassUID": ("equal to SOPClassUID", "PS3.10 7.1"),
    "ImplementationClassUID": ("names the writer of the file, which is dicomize", "PS3.10 7.1"),
    "ImplementationVersionName": ("names the writer of the file, which is dicomize", "PS3.10 7.1"),
    "SourceApplicationEntityTitle": ("the file came over no association", "PS3.10 7.1"),
    "ContentDate": ("the moment of the conversion says nothing of the picture", "PS3.3 C.7.6.1"),
    "ContentTime": ("the moment of the conversion says nothing of the picture", "PS3.3 C.7.6.1"),
    "InstanceCreationDate": ("a clock would make every run differ", "PS3.3 C.12.1"),
    "InstanceCreationTime": ("a clock would make every run differ", "PS3.3 C.12.1"),
    "ICCProfile": ("the colours of the picture, as an input profile", "PS3.3 C.11.15.1.1"),
    "ColorSpace": ("names the space that the ICC profile describes", "PS3.3 C.11.15.1.2"),
    "SpecificCharacterSet": ("stated only where a text needs more than ASCII", "PS3.3 C.12.1.1.2"),
    "ContributingEquipmentSequence": ("says what this was made from, and how", "PS3.3 C.12.1.1.5"),
}
"""keyword -> why ours differs from a toolkit's, and the paragraph"""

_NOT_COMPARED: Final = frozenset({"FileMetaInformationGroupLength", "FileMetaInformationVersion"})


def _log(plan: Plan, stored: StoredInstance, canonical: Dataset, meta: FileMetaDataset) -> tuple[Change, ...]:
    pixels = () if stored.pixels is None else _pixel_changes(plan, stored.pixels)
    return (*_meta_changes(stored, meta), *_changes(plan, stored.dataset, canonical), *pixels)


def _meta_changes(stored: StoredInstance, meta: FileMetaDataset) -> Iterator[Change]:
    return _differences(stored.dataset.file_meta, meta, {})


def _changes(plan: Plan, theirs: Dataset, ours: Dataset) -> Iterator[Change]:
    planned = {a.tag: (f"from {a.origin}", a.reference) for a in plan.attributes}
    return _differences(theirs, ours, planned)


def _differences(theirs: Dataset, ours: Dataset, planned: dict[int, tuple[str, str]]) -> Iterator[Change]:
    for tag in sorted({*theirs.keys(), *ours.keys()}):
        keyword = keyword_for_tag(tag)
        right: DataElement | None = ours.get(tag)
        left = _unless_same(theirs, tag, right)
        if keyword in _NOT_COMPARED or left is None:
            continue
        reason, reference = _REASONS.get(keyword) or planned.get(tag) or (_OURS, "")
        yield Change(int(tag), left, shown(right), reason, reference)


def _unless_same(theirs: Dataset, tag: BaseTag, ours: DataElement | None) -> str | None:
    """A toolkit's value for people, or None where it is the same as ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            left: DataElement | None = theirs.get(tag)
            if left is not None and ours is not None and _same(left, ours):
                return None
            return shown(left)
    except Exception:  # noqa: BLE001 - values are decoded when first asked for, and fail in as many ways as there are VRs
        return "unreadable"


def _same(left: DataElement, right: DataElement) -> bool:
    return left.VR == right.VR and (left.value == right.value or (left.is_empty and right.is_empty))


def shown(element: DataElement | None) -> str:
    """A value for people: short, and telling absent from empty."""
    if element is None:
        return "absent"
    if element.VR == "SQ":
        count = len(element.value)
        return f"{count} item{'' if count == 1 else 's'}"
    if element.is_empty:
        return "empty"
    value = element.value
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    text = "\\".join(map(str, value)) if element.VM > 1 else str(value)
    return text if len(text) <= 64 else text[:63] + "…"


def shown_in(dataset: Dataset, tag: int) -> str:
    """The same of an attribute by its tag, even where its value cannot be read."""
    return _unless_same(dataset, Tag(tag), None) or "absent"


def _pixel_changes(plan: Plan, element: PixelElement) -> Iterator[Change]:
    if not plan.encapsulated:
        VR = pixel_vr(plan.image.BitsAllocated, encapsulated=False)
        if element.VR != VR:
            yield Change(_PIXEL_DATA, f"VR {element.VR}", f"VR {VR}", "bytes are bytes", "PS3.5 8.1.2")
        return
    if element.offset_table != bytes(4):
        theirs = "empty offset table" if not element.offset_table else f"offset table {element.offset_table.hex()}"
        yield Change(_PIXEL_DATA, theirs, "offset table with one entry", "the frame can be found", "PS3.5 A.4")
    if len(element.fragments) != 1:
        yield Change(
            _PIXEL_DATA, f"{len(element.fragments)} fragments", "one fragment", "one frame in one piece", "PS3.5 A.4"
        )
