"""Backend output and plan -> the one canonical instance, and the log of what was changed."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from PIL import Image
from pydicom import DataElement, Dataset
from pydicom.encaps import encapsulate, generate_frames, parse_basic_offsets

from dicomize.errors import ToolFailed
from dicomize.model import Attribute, Change, ConversionRequest, EncodedInstance, Invocation, Plan, PreparedImage
from dicomize.normalize import IMPLEMENTATION_CLASS_UID, dataset_of, instance_uid, normalize, shown
from dicomize.pipeline import plan_all
from dicomize.prepare import prepare
from dicomize.source.opening import open_source
from dicomize.wrappers.tool import Tools

Made = tuple[Plan, PreparedImage]


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], Made]:
    """A function that plans and prepares a picture of odd length."""

    def make(syntax: str = "as-is") -> Made:
        source = tmp_path / "x.jpg"
        for quality in range(60, 95):
            Image.linear_gradient("L").resize((5, 3)).convert("RGB").save(source, quality=quality)
            request = ConversionRequest(
                source, tmp_path / "x.dcm", transfer_syntax=syntax, keys=(("PatientComments", "Grüße"),)
            )
            (plan,) = plan_all([request])
            assert isinstance(plan, Plan)
            image = prepare(plan, open_source(source), tmp_path, Tools())
            if len(image.data) % 2:
                return plan, image
        raise AssertionError

    return make


@pytest.fixture
def toolkit(tmp_path: Path) -> Callable[..., EncodedInstance]:
    """A function that writes what a toolkit might: the right picture, and the elements that it is given."""

    def write(made: Made, pixels: bytes | None = None, **elements: object) -> EncodedInstance:
        plan, image = made
        dataset = Dataset()
        dataset.file_meta = pydicom.dataset.FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(plan.TransferSyntaxUID)
        dataset.file_meta.ImplementationVersionName = "OTHER_TOOLKIT"
        dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
        for keyword, value in elements.items():
            setattr(dataset, keyword, value)
        native = image.data + bytes(len(image.data) % 2)
        default = encapsulate([image.data]) if plan.encapsulated else native
        dataset.add_new("PixelData", "OB", default if pixels is None else pixels)
        dataset["PixelData"].is_undefined_length = plan.encapsulated
        path = tmp_path / "theirs.dcm"
        dataset.save_as(path, enforce_file_format=True)
        run = Invocation(("/usr/bin/other",), 0, "", "", 0.1)
        return EncodedInstance(path, "other", (run,))

    return write


def written(made: Made, encoded: EncodedInstance) -> tuple[bytes, dict[str, Change]]:
    normalized = normalize(*made, encoded)
    buffer = io.BytesIO()
    normalized.instance.write(buffer)
    assert normalized.toolkit == "OTHER_TOOLKIT"
    return buffer.getvalue(), {pydicom.datadict.keyword_for_tag(c.tag): c for c in normalized.changes}


@pytest.mark.parametrize("syntax", ["as-is", "explicit"])
def test_the_canonical_file(syntax: str, made: Callable[[str], Made], toolkit: Callable[..., EncodedInstance]) -> None:
    plan, image = made(syntax)
    data, changes = written((plan, image), toolkit((plan, image)))
    assert data[:132] == bytes(128) + b"DICM"
    dataset = pydicom.dcmread(io.BytesIO(data))
    meta = dataset.file_meta
    assert meta.TransferSyntaxUID == plan.TransferSyntaxUID
    assert meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID == instance_uid(plan)
    assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    assert str(meta.ImplementationVersionName).startswith("DICOMIZE_")
    assert dataset.PatientComments == "Grüße"
    tags = [int(e.tag) for e in dataset]
    assert tags == sorted(tags)
    assert [a.tag for a in plan.attributes] == tags[:-1]
    if plan.encapsulated:
        assert parse_basic_offsets(dataset.PixelData) == [0]
        (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
        assert frame == image.data + b"\0"
    else:
        assert dataset.PixelData == image.data + b"\0"
    assert changes["SOPInstanceUID"].theirs == "1.2.3"
    assert changes["SOPInstanceUID"].ours == instance_uid(plan)
    assert changes["PatientComments"] == Change(
        0x00104000, "absent", "Grüße", "from -k", changes["PatientComments"].reference
    )


def test_every_difference_is_said(made: Callable[..., Made], toolkit: Callable[..., EncodedInstance]) -> None:
    pair = made()
    data, changes = written(
        pair,
        toolkit(
            pair, PhotometricInterpretation="RGB", Rows=3, Columns=7, BurnedInAnnotation="NO", PatientName="",
            StudyTime="112233.456", ImageType=["A", "B"], ReferencedSeriesSequence=[Dataset(), Dataset()],
            ImageComments="x" * 100,
        ),
    )  # fmt: skip
    assert (changes["PhotometricInterpretation"].theirs, changes["PhotometricInterpretation"].ours) == (
        "RGB",
        "YBR_FULL_422",
    )
    assert "Rows" not in changes
    assert (changes["Columns"].theirs, changes["Columns"].ours) == ("7", "5")
    assert (changes["BurnedInAnnotation"].theirs, changes["BurnedInAnnotation"].ours) == ("NO", "absent")
    assert "PatientName" not in changes
    assert changes["ImageType"].theirs == "A\\B"
    assert changes["ReferencedSeriesSequence"].theirs == "2 items"
    assert changes["ImageComments"].theirs == "x" * 63 + "…"
    assert "PixelData" not in changes
    assert all(c.reason for c in changes.values())
    assert written(pair, toolkit(pair))[0] == data


def test_offset_tables_and_fragments(made: Callable[..., Made], toolkit: Callable[..., EncodedInstance]) -> None:
    pair = made()
    stream = pair[1].data
    for pixels, theirs in (
        (encapsulate([stream], has_bot=False), "empty offset table"),
        (encapsulate([stream], fragments_per_frame=3), "3 fragments"),
    ):
        data, changes = written(pair, toolkit(pair, pixels))
        assert changes["PixelData"].theirs == theirs
        assert data == written(pair, toolkit(pair))[0]


@pytest.mark.parametrize("syntax", ["as-is", "explicit"])
@pytest.mark.parametrize("fault", ["other", "shorter", "longer", "nothing"])
def test_another_picture_is_refused(
    fault: str, syntax: str, made: Callable[[str], Made], toolkit: Callable[..., EncodedInstance]
) -> None:
    pair = made(syntax)
    data = pair[1].data
    stream = {"other": bytes(len(data)), "shorter": data[:-3], "longer": data + b"!!!", "nothing": bytes(2)}[fault]
    pixels = encapsulate([stream]) if pair[0].encapsulated else stream
    with pytest.raises(ToolFailed, match="other backend wrote another picture") as caught:
        normalize(*pair, toolkit(pair, pixels))
    assert caught.value.invocation is not None


def test_what_cannot_be_read(made: Callable[..., Made], tmp_path: Path) -> None:
    pair = made()
    path = tmp_path / "theirs.dcm"
    encoded = EncodedInstance(path, "other")
    with pytest.raises(ToolFailed, match=r"what the other backend wrote cannot be read: .*No such file"):
        normalize(*pair, encoded)
    path.write_bytes(b"text")
    with pytest.raises(ToolFailed, match="what the other backend wrote is no DICOM file"):
        normalize(*pair, encoded)


def test_dataset_of() -> None:
    item = (Attribute(0x00080100, "SH", ("T",)), Attribute(0x00080104, "LO", ()))
    dataset = dataset_of(
        (
            Attribute(0x00080005, "CS", ("ISO_IR 192",)),
            Attribute(0x00100010, "PN", ()),
            Attribute(0x00281050, "DS", (1.5, 2.0)),
            Attribute(0x00280010, "US", (7,)),
            Attribute(0x00200013, "IS", ()),
            Attribute(0x00081032, "SQ", (), (item,)),
            Attribute(0x00081140, "SQ", ()),
        )
    )
    assert dataset.PatientName == ""
    assert dataset.WindowCenter == [1.5, 2.0]
    assert dataset.Rows == 7
    assert dataset["InstanceNumber"].is_empty
    assert dataset.ProcedureCodeSequence[0].CodeValue == "T"
    assert dataset.ProcedureCodeSequence[0].CodeMeaning == ""
    assert len(dataset.ReferencedImageSequence) == 0


@pytest.mark.parametrize(
    ("element", "text"),
    [
        (None, "absent"),
        (DataElement(0x00100010, "PN", ""), "empty"),
        (DataElement(0x00080008, "CS", ["A", "B"]), "A\\B"),
        (DataElement(0x00081140, "SQ", []), "0 items"),
        (DataElement(0x00081140, "SQ", [Dataset()]), "1 item"),
        (DataElement(0x00280010, "US", 0), "0"),
        (DataElement(0x00204000, "LT", "y" * 64), "y" * 64),
    ],
)
def test_shown(element: DataElement | None, text: str) -> None:
    assert shown(element) == text
