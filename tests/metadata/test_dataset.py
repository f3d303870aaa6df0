from __future__ import annotations

import pytest
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.filebase import DicomBytesIO

from dicomize.errors import MetadataError
from dicomize.metadata.dataset import DatasetBuilder, Entry, can_be_written
from dicomize.metadata.iod import SOP_CLASSES
from dicomize.model import Attribute


def built(*pairs: tuple[str, str], origin: str = "-k") -> DatasetBuilder:
    builder = DatasetBuilder()
    builder.put_all(Entry(key, text, origin) for key, text in pairs)
    return builder


def tags(attributes: tuple[Attribute, ...]) -> list[int]:
    return [a.tag for a in attributes]


def test_the_last_word_counts_and_tags_are_in_order() -> None:
    attributes = built(("StudyID", "2"), ("PatientID", "1"), ("0010,0020", "9")).freeze()
    assert tags(attributes) == [0x00100020, 0x00200010]
    assert attributes[0].value == ("9",)


def test_items_are_made_in_order_and_filled() -> None:
    builder = built(
        ("RequestAttributesSequence[0].ScheduledProcedureStepID", "A"),
        ("(0040,0275)[1].(0040,0009)", "B"),
        ("00400275.RequestedProcedureID", "R"),
    )
    (sequence,) = builder.freeze()
    assert (sequence.VR, sequence.origin) == ("SQ", "-k")
    assert [[(a.tag, a.value) for a in item] for item in sequence.items] == [
        [(0x00400009, ("A",)), (0x00401001, ("R",))],
        [(0x00400009, ("B",))],
    ]


def test_an_empty_sequence_loses_its_items_and_may_get_new_ones() -> None:
    builder = built(("RequestAttributesSequence[0].RequestedProcedureID", "R"), ("00400275", ""))
    assert builder.freeze()[0].items == ()
    builder.put(Entry("00400275.00400009", "A", "-k"))
    assert tags(builder.freeze()[0].items[0]) == [0x00400009]


def test_whoever_adds_an_item_is_named_for_the_sequence() -> None:
    builder = built(("AcquisitionContextSequence", ""), origin="IOD default")
    builder.put(Entry("AcquisitionContextSequence[0].ValueType", "TEXT", "-k"))
    assert builder.origin("AcquisitionContextSequence") == "-k"


def test_a_gap_between_items_is_refused() -> None:
    with pytest.raises(MetadataError, match="-k: RequestAttributesSequence has 0 items, so item 1 would leave a gap"):
        built(("RequestAttributesSequence[1].RequestedProcedureID", "R"))


def test_the_origin_is_in_the_sentence() -> None:
    with pytest.raises(MetadataError, match="site profile x: PatientSex='male' must be one of M, F, O"):
        built(("PatientSex", "male"), origin="site profile x")


def test_ours_goes_behind_the_items_that_are_there() -> None:
    builder = built(("ContributingEquipmentSequence[0].Manufacturer", "Canon"))
    builder.append_item("ContributingEquipmentSequence", [Entry("Manufacturer", "dicomize", "provenance")])
    builder.append_item("ContributingEquipmentSequence", [Entry("Manufacturer", "again", "provenance")])
    values = [item[0].value for item in builder.freeze()[0].items]
    assert values == [("Canon",), ("dicomize",), ("again",)]


def test_the_defaults_of_every_sop_class_are_valid_and_claim_nothing() -> None:
    for sop in SOP_CLASSES:
        builder = built(*((row.keyword, row.default) for row in sop.rows if row.default is not None))
        for claim in ("BurnedInAnnotation", "RecognizableVisualFeatures", "Laterality", "BodyPartExamined"):
            assert builder.origin(claim) == ""
        for unknown in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "ImageLaterality"):
            assert builder.values(unknown) == ()


def test_laterality_and_an_unknown_image_laterality_exclude_each_other() -> None:
    builder = built(("ImageLaterality", ""), ("Laterality", "R"))
    builder.settle_laterality()
    assert tags(builder.freeze()) == [0x00200060]
    builder = built(("ImageLaterality", ""))
    builder.settle_laterality()
    assert tags(builder.freeze()) == [0x00200062]


# ---------------------------------------------------------------- character sets

JAPANESE = "Yamada^Tarou=山田^太郎=やまだ^たろう"  # PS3.5 H.3.1


def with_character_set(*pairs: tuple[str, str], preferred: str = "", origin: str = "-k") -> DatasetBuilder:
    builder = built(*pairs, origin=origin)
    builder.state_character_set(preferred)
    return builder


def test_ascii_states_none() -> None:
    assert with_character_set(("PatientName", "Doe^Jane"), preferred="ISO_IR 100").text("SpecificCharacterSet") == ""


def test_text_beyond_ascii_is_utf8_unless_the_site_prefers_another() -> None:
    assert with_character_set(("PatientName", JAPANESE)).text("SpecificCharacterSet") == "ISO_IR 192"
    latin = with_character_set(("StudyDescription", "Größe"), preferred="ISO_IR 100")
    assert latin.text("SpecificCharacterSet") == "ISO_IR 100"
    nested = with_character_set(("RequestAttributesSequence[0].ScheduledProcedureStepDescription", "Größe"))
    assert nested.text("SpecificCharacterSet") == "ISO_IR 192"


def test_everything_that_cannot_be_written_is_listed_at_once() -> None:
    with pytest.raises(MetadataError) as caught:
        with_character_set(("PatientName", JAPANESE), ("StudyDescription", "検査"), preferred="ISO_IR 100")
    assert "PatientName='Yamada" in caught.value.message
    assert "StudyDescription='検査'" in caught.value.message
    assert "cannot be written in the character set ISO_IR 100" in caught.value.message


def test_a_stated_one_wins_over_the_sites() -> None:
    builder = with_character_set(("SpecificCharacterSet", "GB18030"), ("PatientID", "é"), preferred="ISO_IR 100")
    assert builder.text("SpecificCharacterSet") == "GB18030"


def test_an_empty_one_is_as_none() -> None:
    assert with_character_set(("SpecificCharacterSet", "")).freeze() == ()
    builder = with_character_set(("SpecificCharacterSet", ""), ("PatientID", "é"))
    assert builder.text("SpecificCharacterSet") == "ISO_IR 192"


def test_what_exif_says_in_other_characters_is_left_out() -> None:
    builder = with_character_set(("Manufacturer", "日本光学"), preferred="ISO_IR 100", origin="Exif Make")
    assert builder.values("Manufacturer") == ()
    assert builder.values("SpecificCharacterSet") == ()


def test_a_preferred_one_that_does_not_exist() -> None:
    with pytest.raises(MetadataError, match="SpecificCharacterSet='latin1' is no character set"):
        with_character_set(("PatientID", "é"), preferred="latin1")


@pytest.mark.parametrize(
    ("text", "character_set", "fits"),
    [
        (JAPANESE, "ISO_IR 192", True),
        (JAPANESE, r"\ISO 2022 IR 87", True),
        (JAPANESE, "ISO_IR 100", False),
        (JAPANESE, "", False),
        ("Doe^Jane", "", True),
        ("Buc^Jérôme", "ISO_IR 100", True),
        ("Buc^Jérôme", r"\ISO 2022 IR 87", False),
        ("Buc^Jérôme", r"ISO 2022 IR 6\ISO 2022 IR 87", False),
        ("Люкceмбypг", "ISO_IR 144", True),  # noqa: RUF001 - Cyrillic is meant
        ("Люкceмбypг", "ISO_IR 100", False),  # noqa: RUF001 - Cyrillic is meant
        ("Διονυσιος", "ISO_IR 126", True),
        ("قباني^لنزار", "ISO_IR 127", True),
        ("שרון^דבורה", "ISO_IR 138", True),
        ("Hong^Gildong=洪^吉洞=홍^길동", r"\ISO 2022 IR 149", True),
        ("Wang^XiaoDong=王^小东", "GB18030", True),
        ("Wang^XiaoDong=王^小東", "GBK", True),
        ("ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう", r"ISO 2022 IR 13\ISO 2022 IR 87", True),
        ("ﾔﾏﾀﾞ^ﾀﾛｳ", "ISO_IR 13", True),
        ("¥", "ISO_IR 13", False),
        ("😀", "ISO_IR 192", True),
        ("😀", "GBK", False),
        ("ไทย", "ISO_IR 166", True),
    ],
)  # names: PS3.5 annexes H, I, J and K
def test_whether_a_name_can_be_written(text: str, character_set: str, *, fits: bool) -> None:
    assert can_be_written("PN", (text,), character_set) is fits
    if not fits or not character_set:
        return
    dataset = Dataset()
    dataset.SpecificCharacterSet = character_set.split("\\")
    dataset.PatientName = text
    file = DicomBytesIO()
    dcmwrite(file, dataset, implicit_vr=False, little_endian=True)
    file.seek(0)
    assert str(dcmread(file, force=True).PatientName) == text
