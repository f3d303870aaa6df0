"""Who has which say, and what identifies study, series and instance."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from pydicom.datadict import tag_for_keyword

from dicomize.errors import ExitCode, MetadataError, UsageError
from dicomize.model import ColorModel, Geometry, Plan, Rectangle, SiteProfile, UIDMode
from dicomize.planning.attributes import OPTIONS

MakeJpeg = Callable[..., Path]
MakePlans = Callable[..., list[Plan]]
Text = Callable[[Plan, str], str | None]
UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


@pytest.fixture
def uids(jpeg: MakeJpeg, plans: MakePlans, text: Text) -> Callable[..., tuple[str | None, ...]]:
    """A function from a request to study, series and instance UID of one picture."""

    def make(source: Path | None = None, **request: object) -> tuple[str | None, ...]:
        (plan,) = plans(source or jpeg(), **request)
        return tuple(text(plan, keyword) for keyword in UIDS)

    return make


def differ(one: tuple[str | None, ...], other: tuple[str | None, ...]) -> str:
    """The letters of study, series and instance where they differ."""
    return "".join(letter for letter, a, b in zip("sei", one, other, strict=True) if a != b)


CAMERA = {0x010F: "Canon", 0x0110: "EOS", 0x9003: "2024:01:02 10:11:12", 0x9011: "+09:00"}


def test_precedence(jpeg: MakeJpeg, plans: MakePlans, text: Text) -> None:
    site = SiteProfile(name="x", attributes=(("Manufacturer", "site"), ("StudyID", "site"), ("PatientID", "site")))
    (plan,) = plans(
        jpeg(exif=CAMERA),
        site=site,
        options=(("StudyID", "option"), ("PatientID", "option")),
        keys=(("PatientID", "key"), ("0010,0020", "last key")),
    )
    origins = {a.tag: a.origin for a in plan.attributes}
    for keyword, value, origin in (
        ("SeriesNumber", "1", "order of devices"),
        ("ManufacturerModelName", "EOS", "Exif Model"),
        ("Manufacturer", "site", "site profile x"),
        ("StudyID", "option", "--study-id"),
        ("PatientID", "last key", "-k"),
        ("ConversionType", "WSD", "IOD default"),
        ("Rows", "32", "picture"),
        ("StudyInstanceUID", text(plan, "StudyInstanceUID"), "derived"),
    ):
        assert (text(plan, keyword), origins[tag_for_keyword(keyword) or 0]) == (value, origin)


def test_named_options_are_attributes_of_the_dictionary() -> None:
    assert [k for k in OPTIONS.values() if tag_for_keyword(k) is None] == []


def test_nothing_is_invented(jpeg: MakeJpeg, plans: MakePlans, text: Text) -> None:
    for name in ("sc", "photo", "endoscopy", "microscopy"):
        (plan,) = plans(jpeg(exif=CAMERA), sop_class=name)
        absent = ("BurnedInAnnotation", "RecognizableVisualFeatures", "Laterality", "BodyPartExamined", "ContentDate")
        assert [text(plan, k) for k in absent] == [None] * 5
        empty = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber", "ImageLaterality")
        assert [text(plan, k) for k in empty] == [""] * 6


def test_the_ratio_is_a_decimal_string_of_native_to_compressed(jpeg: MakeJpeg, plans: MakePlans, text: Text) -> None:
    (plan,) = plans(jpeg())
    ratio = text(plan, "LossyImageCompressionRatio") or ""
    assert len(ratio) <= 16
    assert plan.source.lossy is not None
    assert float(ratio) == pytest.approx(48 * 32 * 3 / plan.source.lossy.length, rel=1e-3)


def test_provenance_names_the_source_and_no_place_person_or_clock(jpeg: MakeJpeg, plans: MakePlans) -> None:
    (plan,) = plans(jpeg("secret-name.jpg"))
    (sequence,) = [a for a in plan.attributes if a.tag == 0x0018A001]
    (item,) = sequence.items
    (description,) = [str(a.value[0]) for a in item if a.tag == 0x0018A003]
    assert plan.source.sha256 in description
    assert "secret" not in repr(plan.attributes)
    (code,) = [a for a in item if a.tag == 0x0040A170]
    assert [a.value for a in code.items[0]] == [("109103",), ("DCM",), ("Modifying Equipment",)]  # PS3.16 CID 7005


# ---------------------------------------------------------------- dates


def test_a_stated_date_without_a_time(jpeg: MakeJpeg, plans: MakePlans, text: Text) -> None:
    (plan,) = plans(jpeg(exif=CAMERA), options=(("StudyDate", "20240301"),))
    assert (text(plan, "StudyDate"), text(plan, "StudyTime")) == ("20240301", "")
    assert any("StudyTime is empty" in note for note in plan.notes)
    (plan,) = plans(jpeg(exif=CAMERA), options=(("StudyDate", "20240102"),))
    assert text(plan, "StudyTime") == "101112"
    assert not any("StudyTime" in note for note in plan.notes)


def test_the_date_of_the_file_is_said_to_be_so(jpeg: MakeJpeg, plans: MakePlans, text: Text) -> None:
    (plan,) = plans(jpeg())
    assert (text(plan, "StudyDate"), text(plan, "StudyTime")) == ("20200913", "122640")
    assert text(plan, "TimezoneOffsetFromUTC") == "+0000"
    assert any("file's modification time, 20200913 (UTC+0000)" in note for note in plan.notes)
    assert text(plan, "AcquisitionDate") is None


# ---------------------------------------------------------------- UIDs


def test_neither_path_nor_name_nor_current_folder_nor_backend_changes_anything(
    jpeg: MakeJpeg, plans: MakePlans, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = jpeg(exif=CAMERA)
    (tmp_path / "elsewhere").mkdir()
    second = Path(shutil.copy(first, tmp_path / "elsewhere" / "other.jpeg"))  # another modification time, too
    (one,) = plans(first, backend="dcmtk")
    monkeypatch.chdir(tmp_path / "elsewhere")
    (two,) = plans(Path(second.name), backend="pydicom", overwrite=True, strict=False)
    assert one.attributes == two.attributes


Uids = Callable[..., tuple[str | None, ...]]


def test_the_same_accession_is_the_same_study_over_calls(jpeg: MakeJpeg, uids: Uids) -> None:
    request = {"options": (("AccessionNumber", "A1"), ("PatientID", "1"))}
    one, two = uids(jpeg("a.jpg"), **request), uids(jpeg("b.jpg", seed=9), **request)
    assert differ(one, two) == "ei"


def test_without_identity_each_call_is_a_study_of_its_own(
    jpeg: MakeJpeg, uids: Uids, plans: MakePlans, text: Text
) -> None:
    one, two = jpeg("a.jpg"), jpeg("b.jpg", seed=9)
    assert differ(uids(one), uids(two)) == "sei"
    together = plans(one, two)
    for keyword, count in zip(UIDS, (1, 1, 2), strict=True):
        assert len({text(p, keyword) for p in together}) == count
    assert text(together[0], "StudyInstanceUID") != uids(one)[0]
    assert [text(p, "InstanceNumber") for p in together] == ["1", "2"]
    assert [p.attributes for p in plans(one, two)] == [p.attributes for p in together]


def test_each_device_has_its_series(jpeg: MakeJpeg, plans: MakePlans, text: Text) -> None:
    made = [
        jpeg("a.jpg", exif={0x010F: "A"}),
        jpeg("b.jpg", exif={0x010F: "B"}),
        jpeg("c.jpg", exif={0x010F: "A"}, seed=9),
    ]
    three = plans(*made)
    assert [text(p, "SeriesNumber") for p in three] == ["1", "2", "1"]
    series = [text(p, "SeriesInstanceUID") for p in three]
    assert series[0] == series[2] != series[1]
    assert len({text(p, "StudyInstanceUID") for p in three}) == 1
    numbered = plans(*made, keys=(("SeriesNumber", "5"),))
    assert len({text(p, "SeriesInstanceUID") for p in numbered}) == 2


@pytest.mark.parametrize(
    ("request_", "changed"),
    [
        ({"options": (("PatientID", "2"),)}, "sei"),
        ({"options": (("IssuerOfPatientID", "X"),)}, "sei"),
        ({"options": (("AccessionNumber", "X"),)}, "sei"),
        ({"options": (("SeriesDescription", "X"),)}, "ei"),
        ({"options": (("SeriesNumber", "2"),)}, "ei"),
        ({"options": (("Modality", "XC"),)}, "ei"),
        ({"options": (("PatientName", "X"),)}, "i"),
        ({"keys": (("RequestAttributesSequence[0].RequestedProcedureID", "X"),)}, "i"),
        ({"keys": (("PatientComments", ""),)}, "i"),
        ({"transfer_syntax": "explicit"}, "i"),
        ({"keep_orientation": True}, "i"),
        ({"sop_class": "photo"}, "ei"),
        ({"site": SiteProfile(uid_key="secret")}, "sei"),
        ({"uid_root": "1.2.3"}, "sei"),
        ({"uids": UIDMode.RANDOM}, "sei"),
        ({"uids": UIDMode.DERIVED}, ""),
        ({"options": (("PatientID", ""),)}, ""),
        ({"backend": "pydicom"}, ""),
    ],
)
def test_what_changes_which_uid(jpeg: MakeJpeg, uids: Uids, request_: dict[str, object], changed: str) -> None:
    turned = jpeg(exif={0x0112: 3})
    assert differ(uids(turned), uids(turned, **request_)) == changed


def test_what_the_samples_are_taken_for_changes_the_instance(jpeg: MakeJpeg, uids: Uids) -> None:
    """Decoded, both have the same attributes, but not the same pixels."""
    path = jpeg()
    both = [uids(path, transfer_syntax="explicit", jpeg_color=c) for c in (ColorModel.YCBCR, ColorModel.RGB)]
    assert differ(*both) == "i"


def test_a_copy_dated_otherwise_is_of_another_study(jpeg: MakeJpeg, uids: Uids) -> None:
    """A study has one date. What Exif says does not depend on the file's."""
    for exif, changed in (({}, "sei"), (CAMERA, "")):
        path = jpeg(f"{len(exif)}.jpg", exif=exif)
        before = uids(path)
        os.utime(path, (1_700_000_000, 1_700_000_000))
        assert differ(before, uids(path)) == changed


@pytest.mark.parametrize("exif", [{}, CAMERA])
def test_an_accession_number_wants_one_date(exif: dict[int, str], jpeg: MakeJpeg, plans: MakePlans) -> None:
    accession = ("AccessionNumber", "A1")
    (plan,) = plans(jpeg(exif=exif), options=(accession,))
    assert any("say --study-date and --study-time in every call" in note for note in plan.notes)
    (plan,) = plans(jpeg(exif=exif), options=(accession, ("StudyDate", "20240102"), ("StudyTime", "12")))
    assert not any("accession number makes" in note for note in plan.notes)
    (plan,) = plans(jpeg(exif=exif), options=(accession, ("StudyInstanceUID", "1.2.3")))
    assert not any("accession number makes" in note for note in plan.notes)


def test_random_uids_are_new_for_each_call_but_one_study_for_a_call(
    jpeg: MakeJpeg, plans: MakePlans, text: Text
) -> None:
    sources = jpeg("a.jpg"), jpeg("b.jpg", seed=9)
    calls = [plans(*sources, uids=UIDMode.RANDOM, options=(("AccessionNumber", "A"),)) for _ in range(2)]
    studies = [{text(p, "StudyInstanceUID") for p in call} for call in calls]
    assert [len(s) for s in studies] == [1, 1]
    assert studies[0].isdisjoint(studies[1])
    assert len({text(p, "SOPInstanceUID") for call in calls for p in call}) == 4


def test_stated_uids_stay(uids: Uids) -> None:
    stated = (("StudyInstanceUID", "1.2.3"), ("SeriesInstanceUID", "1.2.4"), ("SOPInstanceUID", "1.2.5"))
    assert uids(keys=stated) == ("1.2.3", "1.2.4", "1.2.5")


def test_a_stated_instance_uid_is_for_one_picture(jpeg: MakeJpeg, plans: MakePlans) -> None:
    with pytest.raises(MetadataError, match="SOPInstanceUID is stated for one instance, but the call makes 2"):
        plans(jpeg("a.jpg"), jpeg("b.jpg", seed=9), keys=(("SOPInstanceUID", "1.2.5"),))


def test_one_uid_is_not_for_two_things(uids: Uids) -> None:
    with pytest.raises(MetadataError, match="are equal"):
        uids(keys=(("StudyInstanceUID", "1.2.3"), ("SeriesInstanceUID", "1.2.3")))


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("request_", "says", "code"),
    [
        ({"keys": (("PatientSex", "male"),)}, "-k: PatientSex='male' must be one of M, F, O", ExitCode.METADATA),
        ({"options": (("StudyDate", "2024-01-02"),)}, "--study-date: StudyDate='2024-01-02'", ExitCode.METADATA),
        ({"keys": (("Modality", ""), ("ConversionType", ""))}, "Modality, ConversionType", ExitCode.METADATA),
        ({"sop_class": "photo", "keys": (("Modality", "OT"),)}, "is always XC", ExitCode.METADATA),
        ({"sop_class": "selfie"}, "'selfie' is no SOP class", ExitCode.USAGE),
        ({"transfer_syntax": "zip"}, "--transfer-syntax 'zip' is not known", ExitCode.USAGE),
        ({"site": SiteProfile(transfer_syntax="zip")}, "'zip' of the site profile", ExitCode.METADATA),
        ({"uid_root": "x"}, "the UID root 'x' cannot be one", ExitCode.METADATA),
        (
            {"site": SiteProfile(character_set="ISO_IR 100"), "keys": (("PatientName", "山田^太郎"),)},
            "PatientName='山田^太郎' cannot be written in the character set ISO_IR 100",
            ExitCode.METADATA,
        ),
    ],
)
def test_refusals(jpeg: MakeJpeg, plans: MakePlans, request_: dict[str, object], says: str, code: ExitCode) -> None:
    with pytest.raises((MetadataError, UsageError)) as caught:
        plans(jpeg(), **request_)
    assert says in str(caught.value)
    assert caught.value.exit_code is code


def test_the_secret_is_not_in_the_plan(jpeg: MakeJpeg, plans: MakePlans) -> None:
    (plan,) = plans(jpeg(), site=SiteProfile(uid_key="hunter2"))
    assert "hunter2" not in repr(plan)


# ---------------------------------------------------------------- what was done to the picture

CROPPED = Geometry(crop=Rectangle(0, 0, 16, 16))


@pytest.mark.parametrize("sop_class", ["sc", "photo", "microscopy"])
def test_a_changed_picture_is_derived_whatever_a_profile_states_of_all(
    sop_class: str, jpeg: MakeJpeg, plans: MakePlans, text: Text
) -> None:
    """PS3.3 C.7.6.1.1.2"""
    for stated, expected in ((r"ORIGINAL\PRIMARY", r"DERIVED\PRIMARY"), (r"DERIVED\SECONDARY", r"DERIVED\SECONDARY")):
        site = SiteProfile(name="x", attributes=(("ImageType", stated),))
        (plan,) = plans(jpeg(), site=site, sop_class=sop_class, geometry=CROPPED)
        assert text(plan, "ImageType") == expected
        (plain,) = plans(jpeg("plain.jpg"), site=site, sop_class=sop_class)
        assert text(plain, "ImageType") == stated
    (plan,) = plans(jpeg(), sop_class=sop_class, geometry=CROPPED)
    assert text(plan, "ImageType") == r"DERIVED\PRIMARY"


def test_nobody_calls_a_changed_picture_original(jpeg: MakeJpeg, plans: MakePlans) -> None:
    with pytest.raises(MetadataError, match=r"-k: ImageType cannot be ORIGINAL.*say DERIVED, or leave it out"):
        plans(jpeg(), keys=(("ImageType", r"ORIGINAL\PRIMARY"),), geometry=CROPPED)


@pytest.mark.parametrize("length", [0, 20, 1024])
def test_what_was_stated_of_earlier_steps_comes_first_as_far_as_there_is_room(
    length: int, jpeg: MakeJpeg, plans: MakePlans, text: Text
) -> None:
    """An ST has at most 1024 characters (PS3.5 6.2)."""
    earlier = "Colours were matched " * 50
    keys = (("DerivationDescription", earlier[:length]),) if length else ()
    (plan,) = plans(jpeg(), keys=keys, geometry=CROPPED)
    said = text(plan, "DerivationDescription") or ""
    assert said.endswith("The picture was cropped (--crop 0,0,16,16).")
    assert said.startswith(earlier[: min(length, 900)].rstrip())
    assert len(said) <= 1024


def test_a_loss_without_a_term_is_said(tmp_path: Path, plans: MakePlans, text: Text) -> None:
    """DICOM has no term for the method of WebP, and ratios go with methods in pairs (PS3.3 C.7.6.1.1.5)."""
    Image.radial_gradient("L").resize((40, 40)).convert("RGB").save(tmp_path / "x.webp", quality=50)
    (plan,) = plans(tmp_path / "x.webp", transfer_syntax="jpeg-baseline:90")
    assert text(plan, "LossyImageCompressionMethod") == "ISO_10918_1"
    coded = int.from_bytes((tmp_path / "x.webp").read_bytes()[16:20], "little")  # of the one chunk (RFC 9649, 2.5)
    ratio = 40 * 40 * 3 / coded
    found = re.search(r"Compressed with loss before, ratio ([0-9.]+)\. ", text(plan, "DerivationDescription") or "")
    assert found
    assert float(found[1]) == pytest.approx(ratio, rel=1e-3)


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"background": "foo"}, "--background 'foo' is no colour; choose one of"),
        ({"transfer_syntax": "jpeg2000:0.5"}, "jpeg2000 takes a number from 1 to 1000, not '0.5'; say jpeg2000:10"),
        ({"transfer_syntax": "jpeg-baseline:101"}, "takes a number from 1 to 100, not '101'"),
        ({"transfer_syntax": "explicit:5"}, "'explicit:5' is not known"),
    ],
)
def test_what_no_picture_can_become(request_: dict[str, object], says: str, jpeg: MakeJpeg, plans: MakePlans) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        plans(jpeg(), **request_)


def test_colours_without_a_profile_are_spoken_of(jpeg: MakeJpeg, plans: MakePlans) -> None:
    (plan,) = plans(jpeg(), icc="srgb")
    assert any("no ICC profile to convert the colours by" in note for note in plan.notes)
    (grey,) = plans(jpeg("grey.jpg", mode="L"), icc="srgb")
    assert not any("ICC profile" in note for note in grey.notes)
