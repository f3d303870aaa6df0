from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dicomize.metadata.dataset import DatasetBuilder, Entry
from dicomize.metadata.iod import sop_class
from dicomize.metadata.taken import FILE_TIME, call_of, exif_entries, moment_of, settle_times, study_entries
from dicomize.model import SourceImage

Make = Callable[..., SourceImage]


def test_exif_says_when(source: Make) -> None:
    moment = moment_of(
        source(DateTimeOriginal="2024:01:02 10:11:12", SubSecTimeOriginal="045", OffsetTimeOriginal="+09:00")
    )
    assert (moment.date, moment.time, moment.zone) == ("20240102", "101112.045", "+0900")
    assert moment.origin == "Exif DateTimeOriginal"


@pytest.mark.parametrize(
    ("offset", "zone"), [("-00:00", "+0000"), ("+00:00", "+0000"), ("-12:00", "-1200"), ("+14:59", ""), ("-13:00", "")]
)
def test_zones_that_dicom_has(source: Make, offset: str, zone: str) -> None:
    assert moment_of(source(DateTimeOriginal="2024:01:02 10:11:12", OffsetTimeOriginal=offset)).zone == zone


@pytest.mark.parametrize("digits", ["1234567", "٣"])
def test_a_fraction_that_is_too_long_is_cut_and_one_that_is_none_left_out(source: Make, digits: str) -> None:
    moment = moment_of(source(DateTimeOriginal="2024:01:02 10:11:12", SubSecTimeOriginal=digits))
    assert moment.time in {"101112.123456", "101112"}
    assert moment.date == "20240102"


@pytest.mark.parametrize("text", ["", "2024:02:30 10:11:12", "2024:01:02 25:00:00", "0000:00:00 00:00:00"])
def test_without_a_date_of_its_own_a_picture_has_that_of_its_file(source: Make, text: str) -> None:
    moment = moment_of(source(DateTimeOriginal=text))
    assert (moment.date, moment.time, moment.zone, moment.origin) == ("20200913", "122640", "+0000", FILE_TIME)


@pytest.mark.parametrize("modified", [2**62, -(2**62)])
def test_a_file_time_that_no_calendar_has_is_no_date(source: Make, modified: int) -> None:
    assert moment_of(source(modified=modified)).date == ""
    assert call_of([source(modified=modified), source(modified=modified)]).start.date == ""


def test_file_times_before_1970(source: Make) -> None:
    assert moment_of(source(modified=-1)).date == "19691231"


def test_the_study_begins_with_the_earliest_picture(source: Make) -> None:
    late = source(DateTimeOriginal="2024:01:02 10:00:00")
    early = source(DateTimeOriginal="2024:01:02 09:59:59", SubSecTimeOriginal="5")
    undated = source(modified=0)
    call = call_of([undated, late, early])
    assert (call.start.date, call.start.time) == ("20240102", "095959.5")


def test_of_clocks_in_several_zones_the_earliest_is_that_in_utc(source: Make) -> None:
    tokyo = source(DateTimeOriginal="2024:01:02 10:00:00", OffsetTimeOriginal="+09:00")  # 01:00 UTC
    london = source(DateTimeOriginal="2024:01:02 02:00:00", OffsetTimeOriginal="+00:00")
    boston = source(DateTimeOriginal="2024:01:01 20:30:00", OffsetTimeOriginal="-05:00")  # 01:30 UTC
    assert call_of([london, boston, tokyo]).start.time == "100000"


def test_devices_in_order_of_appearance(source: Make) -> None:
    a, b = source(Make="A", Model="1"), source(Make="B", Model="1")
    assert call_of([b, a, b]).devices == (("B", "1", ""), ("A", "1", ""))


def test_a_call_does_not_depend_on_paths(source: Make) -> None:
    first, second = (call_of([source(path=Path(p))]) for p in ("a.jpg", "/b/c.jpeg"))
    assert (first.sources, first.devices, first.start) == (second.sources, second.devices, second.start)
    assert first.nonce != second.nonce


def test_what_exif_says_of_the_device_without_what_breaks_its_vr(source: Make) -> None:
    entries = list(exif_entries(source(Make="A\\B", Model="\x07", Software="x" * 80), sop_class("sc")))
    assert {e.key: e.text for e in entries} == {"Manufacturer": "A/B", "SoftwareVersions": "x" * 64}


def _settled(picture: SourceImage, **stated: str) -> DatasetBuilder:
    call = call_of([picture])
    builder = DatasetBuilder()
    builder.put_all(study_entries(call))
    builder.put_all(exif_entries(picture, sop_class("sc")))
    builder.put_all(Entry(key, text, "-k") for key, text in stated.items())
    settle_times(builder, call, picture)
    builder.state_time_zone()
    return builder


EXIF = {"DateTimeOriginal": "2024:01:02 23:30:00", "OffsetTimeOriginal": "+01:00"}


def test_a_stated_date_of_the_same_day_keeps_the_time_of_the_camera(source: Make) -> None:
    builder = _settled(source(**EXIF), StudyDate="20240102")
    assert builder.text("StudyTime") == "233000"


def test_a_stated_date_of_another_day_leaves_the_time_empty(source: Make) -> None:
    builder = _settled(source(**EXIF), StudyDate="20240103")
    assert builder.text("StudyDate") == "20240103"
    assert builder.values("StudyTime") == ()
    assert builder.text("AcquisitionTime") == "233000"


def test_a_stated_date_never_goes_with_the_time_of_the_file(source: Make) -> None:
    assert _settled(source(), StudyDate="20200913").values("StudyTime") == ()


def test_an_empty_date_has_no_time(source: Make) -> None:
    assert _settled(source(**EXIF), StudyDate="").values("StudyTime") == ()


def test_date_and_time_stated_stay_as_they_are(source: Make) -> None:
    builder = _settled(source(**EXIF), StudyDate="20240103", StudyTime="08", AcquisitionDate="20240104")
    assert (builder.text("StudyDate"), builder.text("StudyTime")) == ("20240103", "08")
    assert builder.values("AcquisitionTime") == ()


def test_the_zone_is_stated_where_every_clock_had_it(source: Make) -> None:
    assert _settled(source(**EXIF)).text("TimezoneOffsetFromUTC") == "+0100"
    assert _settled(source()).text("TimezoneOffsetFromUTC") == "+0000"
    assert _settled(source(**EXIF), PatientBirthDate="19700101").text("TimezoneOffsetFromUTC") == "+0100"
    assert _settled(source(DateTimeOriginal="2024:01:02 23:30:00")).text("TimezoneOffsetFromUTC") == ""


@pytest.mark.parametrize(
    "stated",
    [
        {"StudyTime": "120000"},
        {"ContentDate": "20240102"},
        {"AcquisitionDateTime": "20240102"},
        {"RequestAttributesSequence[0].ScheduledProcedureStepStartDate": "20240102"},
    ],
)
def test_the_zone_is_not_stated_where_a_date_or_time_is_of_unknown_zone(source: Make, stated: dict[str, str]) -> None:
    assert _settled(source(**EXIF), **stated).values("TimezoneOffsetFromUTC") == ()


def test_a_date_time_with_its_own_zone_does_not_matter(source: Make) -> None:
    assert _settled(source(**EXIF), AcquisitionDateTime="20240102+0900").text("TimezoneOffsetFromUTC") == "+0100"


def test_what_clocks_of_another_zone_said_is_converted_to_the_stated_zone(source: Make) -> None:
    builder = _settled(source(**EXIF), TimezoneOffsetFromUTC="+0900")  # 23:30 +01:00 is 07:30 +09:00 the day after
    assert (builder.text("StudyDate"), builder.text("StudyTime")) == ("20240103", "073000")
    assert (builder.text("AcquisitionDate"), builder.text("AcquisitionTime")) == ("20240103", "073000")
    builder = _settled(source(), TimezoneOffsetFromUTC="-0330")
    assert (builder.text("StudyDate"), builder.text("StudyTime")) == ("20200913", "085640")


def test_a_clock_that_cannot_be_converted_is_not_believed(source: Make) -> None:
    picture = source(DateTimeOriginal="0001:01:01 00:00:00", OffsetTimeOriginal="+00:00")
    assert _settled(picture, TimezoneOffsetFromUTC="-0100").values("StudyDate") == ()
