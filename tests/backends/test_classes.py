"""The SOP classes that ask for something: the same bytes by every backend, and nothing for dciodvfy to say."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from dicomize.errors import ExitCode, MetadataError, SourceUnsupported
from dicomize.model import Conversion, ConversionRequest, Plan
from dicomize.pipeline import execute, plan_all

BACKENDS = {"dcmtk": "img2dcm", "gdcm": "gdcmimg", "pydicom": ""}
WHO = (("PatientID", "4711"), ("StudyDate", "20240229"), ("StudyTime", "115500"))
CODE = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")


def code(keyword: str, *texts: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"{keyword}[0].{part}", text) for part, text in zip(CODE, texts, strict=True))


STATED = {
    "mfsc": (("BurnedInAnnotation", "NO"),),
    "ophthalmic": (
        ("BurnedInAnnotation", "NO"),
        ("ImageLaterality", "R"),
        ("AcquisitionDate", "20240229"),
        ("AcquisitionTime", "115500"),
        ("SynchronizationTrigger", "NO TRIGGER"),
        ("AcquisitionTimeSynchronized", "N"),
        *code("AnatomicRegionSequence", "5665001", "SCT", "Retina"),
        *code("AcquisitionDeviceTypeCodeSequence", "409898007", "SCT", "Fundus Camera"),
    ),
    "dermoscopy": (
        ("Manufacturer", "Maker"),
        ("ManufacturerModelName", "Model"),
        ("DeviceSerialNumber", "0001"),
        ("SoftwareVersions", "1.0"),
        ("RecognizableVisualFeatures", "NO"),
    ),
}
LOSSLESS = (("LossyImageCompression", "00"),)
OF_DCIODVFY = {"Unrecognized defined term = <DMS>"}
"""its list of modalities lacks the one that the IOD asks for (PS3.3 A.32.11.4)"""

Array = np.ndarray


def ramp(depth: int, *, grey: bool) -> Array:
    """48 x 64 samples that use every bit."""
    samples = np.arange(48 * 64 * (1 if grey else 3), dtype=np.uint32) * 7919 % (1 << depth)
    return samples.reshape((48, 64) if grey else (48, 64, 3)).astype(np.uint8 if depth == 8 else np.uint16)


def encoded(kind: str, pixels: Array, depth: int) -> bytes:
    if kind == "pnm":
        head = f"P{5 if pixels.ndim == 2 else 6} 64 48 {(1 << depth) - 1}\n".encode()
        return head + pixels.astype(">u2" if depth > 8 else "u1").tobytes()
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture
def by_everyone(
    require_tool: Callable[[str], Path], tmp_path: Path
) -> Callable[..., tuple[pydicom.Dataset, list[Conversion]]]:
    """A function from a picture and what is stated to its instance, which all backends write alike."""
    for program in [*filter(None, BACKENDS.values()), "dciodvfy"]:
        require_tool(program)

    def convert(
        name: str, data: bytes, keys: tuple[tuple[str, str], ...], syntax: str = ""
    ) -> tuple[pydicom.Dataset, list[Conversion]]:
        source = tmp_path / "source"
        source.write_bytes(data)
        made = []
        for backend in BACKENDS:
            request = ConversionRequest(
                source,
                tmp_path / f"{backend}.dcm",
                sop_class=name,
                keys=WHO + keys,
                backend=backend,
                transfer_syntax=syntax,
            )
            (plan,) = plan_all([request])
            assert isinstance(plan, Plan), plan
            made.append(execute(plan))
        assert len({c.destination.read_bytes() for c in made}) == 1
        for conversion in made:
            assert conversion.report.validators[-1] == "dciodvfy"
            assert {f.message for f in conversion.report.findings} <= (OF_DCIODVFY if name == "dermoscopy" else set())
        return pydicom.dcmread(made[0].destination), made

    return convert


UIDS = {
    ("mfsc", True, 8): "1.2.840.10008.5.1.4.1.1.7.2",
    ("mfsc", True, 12): "1.2.840.10008.5.1.4.1.1.7.3",
    ("mfsc", True, 16): "1.2.840.10008.5.1.4.1.1.7.3",
    ("mfsc", False, 8): "1.2.840.10008.5.1.4.1.1.7.4",
    ("ophthalmic", True, 8): "1.2.840.10008.5.1.4.1.1.77.1.5.1",
    ("ophthalmic", False, 8): "1.2.840.10008.5.1.4.1.1.77.1.5.1",
    ("ophthalmic", True, 16): "1.2.840.10008.5.1.4.1.1.77.1.5.2",
    ("ophthalmic", False, 16): "1.2.840.10008.5.1.4.1.1.77.1.5.2",
    ("dermoscopy", True, 8): "1.2.840.10008.5.1.4.1.1.77.1.7",
    ("dermoscopy", False, 8): "1.2.840.10008.5.1.4.1.1.77.1.7",
}


@pytest.mark.parametrize(("name", "grey", "depth"), UIDS)
def test_lossless_pixels(
    name: str, grey: bool, depth: int, by_everyone: Callable[..., tuple[pydicom.Dataset, list[Conversion]]]
) -> None:
    pixels = ramp(depth, grey=grey)
    keys = STATED[name] + (LOSSLESS if name == "ophthalmic" else ())
    dataset, _ = by_everyone(name, encoded("pnm", pixels, depth), keys)
    assert dataset.SOPClassUID == UIDS[name, grey, depth]
    assert (dataset.BitsAllocated, dataset.BitsStored) == (8 if depth == 8 else 16, depth)
    assert np.array_equal(dataset.pixel_array, pixels)
    assert dataset.get("NumberOfFrames") == (None if name == "dermoscopy" else 1)


@pytest.mark.parametrize("name", STATED)
@pytest.mark.parametrize("grey", [True, False])
@pytest.mark.parametrize("syntax", ["as-is", "explicit"])
def test_jpeg(
    name: str, grey: bool, syntax: str, by_everyone: Callable[..., tuple[pydicom.Dataset, list[Conversion]]]
) -> None:
    data = encoded("jpeg", ramp(8, grey=grey), 8)
    dataset, _ = by_everyone(name, data, STATED[name], syntax)
    assert dataset.SOPClassUID == UIDS[name, grey, 8]
    color = "YBR_FULL_422" if syntax == "as-is" else "RGB"
    assert dataset.PhotometricInterpretation == ("MONOCHROME2" if grey else color)
    assert (dataset.LossyImageCompression, dataset.LossyImageCompressionMethod) == ("01", "ISO_10918_1")
    if syntax == "explicit":
        with Image.open(io.BytesIO(data)) as image:
            assert np.array_equal(dataset.pixel_array, np.asarray(image))


@pytest.mark.parametrize("name", STATED)
@pytest.mark.parametrize("syntax", ["rle", "jpeg-lossless", "jpeg-ls"])
def test_compressed_without_loss(name: str, syntax: str, require_tool: Callable[[str], Path], tmp_path: Path) -> None:
    """Also where what reads it back knows nothing of the SOP class, as GDCM of Dermoscopic Photography."""
    for program in ("img2dcm", "gdcmconv", "dciodvfy"):
        require_tool(program)
    pixels = ramp(8, grey=False)
    keys = STATED[name] + (LOSSLESS if name == "ophthalmic" else ())
    plan = planned(tmp_path, name, *keys, data=encoded("pnm", pixels, 8), transfer_syntax=syntax, backend="dcmtk")
    conversion = execute(plan)
    assert {f.message for f in conversion.report.findings} <= (OF_DCIODVFY if name == "dermoscopy" else set())
    dataset = pydicom.dcmread(conversion.destination)
    assert (dataset.SOPClassUID, dataset.PhotometricInterpretation) == (UIDS[name, False, 8], "RGB")
    assert np.array_equal(dataset.pixel_array, pixels)


FROM = (
    ("SourceImageSequence[0].ReferencedSOPClassUID", "1.2.840.10008.5.1.4.1.1.77.1.5.1"),
    ("SourceImageSequence[0].ReferencedSOPInstanceUID", "1.2.3"),
    *code("SourceImageSequence[0].PurposeOfReferenceCodeSequence", "121320", "DCM", "Uncompressed predecessor"),
)
TERM = "Unrecognized defined term = <COMPRESSED>"
"""what a person may call it all the same: the terms of PS3.3 C.8.17.2.1.4 may be extended"""


@pytest.mark.parametrize("keys", [(), LOSSLESS], ids=["nothing stated", "lossless before"])
def test_compressed_with_loss(
    keys: tuple[tuple[str, str], ...], require_tool: Callable[[str], Path], tmp_path: Path
) -> None:
    """How far is known afterwards, so it is not asked for; how the image was derived, is (PS3.3 C.8.17.2.1.4)."""
    for program in ("img2dcm", "dciodvfy"):
        require_tool(program)
    stated = (*STATED["ophthalmic"], *keys)
    with pytest.raises(MetadataError) as caught:
        planned(tmp_path, "ophthalmic", *stated, transfer_syntax="jpeg-baseline", backend="dcmtk")
    assert caught.value.message.partition(" needs a value for ")[2].startswith("ImageType (")
    assert "Lossy" not in caught.value.message
    kind = ("ImageType", r"DERIVED\PRIMARY\COMPRESSED")
    plan = planned(tmp_path, "ophthalmic", *stated, kind, *FROM, transfer_syntax="jpeg-baseline", backend="dcmtk")
    conversion = execute(plan)
    assert {f.message for f in conversion.report.findings if f.source == "dciodvfy"} <= {TERM}
    assert conversion.report.errors == ()
    dataset = pydicom.dcmread(conversion.destination)
    assert dataset.LossyImageCompression == "01"
    assert dataset.LossyImageCompressionRatio > 1


@pytest.mark.parametrize(
    ("name", "color"), [("sc", "RGB"), ("mfsc", "YBR_RCT"), ("ophthalmic", "YBR_RCT"), ("dermoscopy", "YBR_RCT")]
)
def test_jpeg_2000_of_colours_as_the_iod_wants_them(name: str, color: str, tmp_path: Path) -> None:
    keys = STATED.get(name, ()) + (LOSSLESS if name == "ophthalmic" else ())
    data = encoded("pnm", ramp(8, grey=False), 8)
    plan = planned(tmp_path, name, *keys, data=data, transfer_syntax="jpeg2000-lossless")
    assert plan.image.PhotometricInterpretation == color


# ---------------------------------------------------------------- what they say, and what they do not


def planned(tmp_path: Path, name: str, *keys: tuple[str, str], data: bytes = b"", **request: str) -> Plan:
    source = tmp_path / "source"
    source.write_bytes(data or encoded("pnm", ramp(8, grey=True), 8))
    (plan,) = plan_all(
        [ConversionRequest(source, tmp_path / "x.dcm", sop_class=name, keys=WHO + keys, **request)]  # type: ignore[arg-type] # names of its fields
    )
    if isinstance(plan, Exception):
        raise plan
    return plan


def text(plan: Plan, keyword: str) -> str | None:
    tag = pydicom.datadict.tag_for_keyword(keyword)
    return next(("\\".join(map(str, a.value)) for a in plan.attributes if a.tag == tag), None)


ASKED = {
    "mfsc": {"BurnedInAnnotation"},
    "dermoscopy": {
        "Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions", "RecognizableVisualFeatures",
    },
    "ophthalmic": {
        "ImageLaterality", "AnatomicRegionSequence", "AcquisitionDeviceTypeCodeSequence", "BurnedInAnnotation",
        "SynchronizationTrigger", "AcquisitionTimeSynchronized", "SynchronizationFrameOfReferenceUID", "ContentDate",
        "ContentTime", "AcquisitionDateTime", "LossyImageCompression",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_all_that_a_person_knows_is_asked_for_at_once(name: str, tmp_path: Path) -> None:
    with pytest.raises(MetadataError) as caught:
        planned(tmp_path, name)
    message = str(caught.value)
    asked = message.split("needs a value for ")[1].split("; ", maxsplit=1)[0]
    assert {word for word in asked.replace(",", " ").split() if word in keywords()} - HINTED == ASKED[name]
    assert "-k KEY=VALUE" in message
    assert "\n" not in message
    assert caught.value.exit_code is ExitCode.METADATA


HINTED = {"AcquisitionDate", "AcquisitionTime"}
"""named as another way to say it"""


def keywords() -> frozenset[str]:
    return frozenset(pydicom.datadict.keyword_dict)


def test_what_exif_knows_is_not_asked_for(tmp_path: Path) -> None:
    exif = Image.Exif()
    table = exif.get_ifd(0x8769)
    table[0x9003], table[0x9011] = "2024:02:29 11:55:00", "+09:00"
    exif[0x010F], exif[0x0110], exif[0x0131] = "Maker", "Model", "1.0"
    buffer = io.BytesIO()
    Image.fromarray(ramp(8, grey=True)).save(buffer, "jpeg", exif=exif)
    moment = {"AcquisitionDate", "AcquisitionTime"}
    keys = tuple(pair for pair in STATED["ophthalmic"] if pair[0] not in moment)
    plan = planned(tmp_path, "ophthalmic", *keys, data=buffer.getvalue())
    assert text(plan, "AcquisitionDateTime") == "20240229115500+0900"
    assert (text(plan, "ContentDate"), text(plan, "ContentTime")) == ("20240229", "115500")
    with pytest.raises(MetadataError, match=r"for DeviceSerialNumber, RecognizableVisualFeatures \(YES or NO\);"):
        planned(tmp_path, "dermoscopy", data=buffer.getvalue())


def test_nothing_is_claimed_that_nobody_stated(tmp_path: Path) -> None:
    plan = planned(tmp_path, "dermoscopy", *STATED["dermoscopy"])
    for keyword in ("ContactMethod", "LightSourcePolarization", "OpticalMagnificationFactor", "LossyImageCompression"):
        assert text(plan, keyword) == ""
    assert text(plan, "BurnedInAnnotation") is None


def test_a_frame_of_reference_belongs_to_a_series(tmp_path: Path) -> None:
    """PS3.3 C.7.4.1: a series has one, and to share it with another says how they lie to each other."""
    first, second, other = (
        planned(tmp_path, "dermoscopy", *STATED["dermoscopy"], *keys)
        for keys in ((), (("InstanceNumber", "2"),), (("SeriesDescription", "other"),))
    )
    assert text(first, "FrameOfReferenceUID") == text(second, "FrameOfReferenceUID")
    assert text(first, "SOPInstanceUID") != text(second, "SOPInstanceUID")
    assert text(first, "FrameOfReferenceUID") != text(other, "FrameOfReferenceUID")
    assert (
        text(
            planned(tmp_path, "dermoscopy", *STATED["dermoscopy"], ("FrameOfReferenceUID", "1.2.3")),
            ("FrameOfReferenceUID"),
        )
        == "1.2.3"
    )


def test_the_environment_of_a_synchronized_device_is_asked_for(tmp_path: Path) -> None:
    keys = (*STATED["ophthalmic"], *LOSSLESS)
    assert (text(planned(tmp_path, "ophthalmic", *keys), "SynchronizationFrameOfReferenceUID") or "").startswith("2.25")
    for stated in (("SynchronizationTrigger", "EXTERNAL"), ("AcquisitionTimeSynchronized", "Y")):
        with pytest.raises(MetadataError, match="a value for SynchronizationFrameOfReferenceUID"):
            planned(tmp_path, "ophthalmic", *keys, stated)


def test_a_derived_ophthalmic_image_says_how(tmp_path: Path) -> None:
    """PS3.3 C.8.17.2.1.4: the third value of ImageType is wanted then, and nobody but a person has it."""
    buffer = io.BytesIO()
    Image.new("RGBA", (8, 8), (1, 2, 3, 100)).save(buffer, "png")
    keys = (*STATED["ophthalmic"], *LOSSLESS)
    with pytest.raises(MetadataError, match="a value for ImageType"):
        planned(tmp_path, "ophthalmic", *keys, data=buffer.getvalue(), background="black")
    kind = ("ImageType", r"DERIVED\PRIMARY\MONTAGE")
    with pytest.raises(MetadataError, match="a value for SourceImageSequence"):
        planned(tmp_path, "ophthalmic", *keys, kind, data=buffer.getvalue(), background="black")
    plan = planned(tmp_path, "ophthalmic", *keys, kind, *FROM, data=buffer.getvalue(), background="black")
    assert text(plan, "ImageType") == kind[1]


def test_what_was_before_a_lossless_file_is_a_persons_word(tmp_path: Path) -> None:
    keys = STATED["ophthalmic"]
    with pytest.raises(MetadataError, match="LossyImageCompressionRatio, LossyImageCompressionMethod;"):
        planned(tmp_path, "ophthalmic", *keys, ("LossyImageCompression", "01"))
    data = encoded("jpeg", ramp(8, grey=True), 8)
    with pytest.raises(MetadataError, match=r"-k: LossyImageCompression cannot be set, since .* is lossy"):
        planned(tmp_path, "ophthalmic", *keys, *LOSSLESS, data=data)
    assert text(planned(tmp_path, "sc", ("LossyImageCompression", "01"), data=data), "LossyImageCompression") == "01"


@pytest.mark.parametrize(
    ("name", "depth", "grey", "says"),
    [
        ("mfsc", 16, False, "colour of 16 bits a sample, but a Multi-frame True Color .* use --as sc, ophthalmic"),
        ("ophthalmic", 12, True, "but an Ophthalmic Photography 16 Bit Image holds grey and colour of 16 .* sc, mfsc"),
        ("dermoscopy", 16, True, "holds grey and colour of 8 .* use --as sc, mfsc, ophthalmic"),
        ("1.2.840.10008.5.1.4.1.1.7.3", 8, True, "holds grey of 9 to 16 .* use --as sc, mfsc"),
    ],
)
def test_pixels_that_have_no_place_are_refused_with_the_choices(
    name: str, depth: int, grey: bool, says: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceUnsupported, match=says):
        planned(tmp_path, name, data=encoded("pnm", ramp(depth, grey=grey), depth))


@pytest.mark.parametrize(("name", "paragraph"), [("mfsc", r"A\.8\.5\.4"), ("ophthalmic", r"C\.8\.17\.2")])
def test_rgb_in_a_lossy_jpeg_has_no_place(name: str, paragraph: str, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(ramp(8, grey=False)).save(buffer, "jpeg", keep_rgb=True, subsampling=0)
    plan = planned(tmp_path, name, *STATED[name], data=buffer.getvalue())
    assert plan.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert any(re.search(rf"must hold YCbCr \(PS3\.3 {paragraph}\), so it is decoded", note) for note in plan.notes)
    plan = planned(tmp_path, name, *STATED[name], data=buffer.getvalue(), transfer_syntax="explicit")
    assert plan.image.PhotometricInterpretation == "RGB"
