"""A saved plan is the plan; a damaged one is a sentence."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from dicomize.errors import ExitCode, MetadataError
from dicomize.model import ColorModel, CommandLine, ConfiguredBackend, ConversionRequest, Plan, SiteProfile, UIDMode
from dicomize.normalize import dataset_of
from dicomize.pipeline import plan_all
from dicomize.serialize import PLAN_SCHEMA, dump_plan, load_plan, to_plain


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "picture.jpg"
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Canon"
    exif.get_ifd(0x8769)[0x9003] = "2024:01:02 10:11:12"
    exif.get_ifd(0x8769)[0x829A] = (1, 125)
    Image.linear_gradient("L").resize((48, 32)).convert("RGB").save(path, exif=exif, subsampling=0)
    return path


def planned(picture: Path, **request: Any) -> Plan:
    (plan,) = plan_all([ConversionRequest(picture, Path("a.dcm"), **request)])
    assert isinstance(plan, Plan)
    return plan


@pytest.fixture(scope="module")
def rich(picture: Path) -> Plan:
    """A plan with every kind of value."""
    site = SiteProfile("x", ("pydicom",), (("img2dcm", Path("/a/b")),), uids=UIDMode.DERIVED, uid_key="k", timeout=3)
    keys = (
        ("PatientName", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("ExposureTimeInms", "0.1"),
        ("PixelPaddingValue", "7"),
        ("RequestAttributesSequence[0].RequestedProcedureID", "R"),
        ("RequestAttributesSequence[1].ScheduledProtocolCodeSequence", ""),
        ("ImageComments", "a \\ b\r\nc"),
        ("SelectorAttribute", "PatientID"),
    )
    return planned(picture, site=site, keys=keys, sop_class="photo")


@pytest.mark.parametrize("sop_class", ["sc", "photo", "endoscopy", "microscopy"])
@pytest.mark.parametrize("transfer_syntax", ["as-is", "explicit"])
@pytest.mark.parametrize("keep_orientation", [True, False])
def test_there_and_back(picture: Path, sop_class: str, transfer_syntax: str, *, keep_orientation: bool) -> None:
    plan = planned(
        picture,
        sop_class=sop_class,
        transfer_syntax=transfer_syntax,
        keep_orientation=keep_orientation,
        jpeg_color=ColorModel.YCBCR,
        strict=keep_orientation,
    )
    assert load_plan(dump_plan(plan), "plan.json") == plan


def test_a_sop_class_of_several_frames_there_and_back(picture: Path) -> None:
    plan = planned(picture, sop_class="mfsc", keys=(("BurnedInAnnotation", "YES"),))
    assert load_plan(dump_plan(plan), "plan.json") == plan


OWN = (
    ConfiguredBackend("old", "dcmtk", (("img2dcm", Path("/old/img2dcm")),), 5.0),
    ConfiguredBackend(
        "own",
        line=CommandLine(
            ("/t", "{source}", "{destination}"),
            accepts=(("BitsStored", ("8",)),),
            environment=(("A", "b"),),
            version_args=("-v",),
        ),
    ),
)


def test_backends_of_the_sites_own_there_and_back(picture: Path) -> None:
    plan = planned(picture, site=SiteProfile("x", configured=OWN, requires=("dcmtk == 3.6.7",), uid_key_env=""))
    assert load_plan(dump_plan(plan), "plan.json") == plan


@pytest.mark.parametrize(
    ("own", "says"),
    [
        (replace(OWN[0], name="o wn"), "'o wn' is no name for a backend"),
        (replace(OWN[0], timeout=-1.0), "its backend old: timeout: it must be a number of seconds"),
        (replace(OWN[0], tools=()), "it must name the programs of the build"),
        (ConfiguredBackend("own", line=CommandLine(("/t", "{Source}"))), "{Source} is no placeholder"),
        (ConfiguredBackend("own", line=CommandLine()), "it needs a type, or a command"),
    ],
)
def test_damaged_backends_of_the_sites_own(picture: Path, own: ConfiguredBackend, says: str) -> None:
    plan = planned(picture)
    text = dump_plan(replace(plan, site=SiteProfile("x", configured=(own,))))
    with pytest.raises(MetadataError, match=r"plan\.json is a damaged plan: ") as caught:
        load_plan(text, "plan.json")
    assert says in str(caught.value)


def test_every_kind_of_value_there_and_back(rich: Plan) -> None:
    text = dump_plan(rich)
    assert text.isascii()
    assert load_plan(text, "plan.json") == rich


_NAMES = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=20)


@settings(deadline=None)
@given(_NAMES, _NAMES, st.lists(_NAMES, max_size=3), st.floats(1e-3, 86400))
def test_any_path_and_text_there_and_back(rich: Plan, one: str, two: str, notes: list[str], timeout: float) -> None:
    """Names of files are bytes; those that are no UTF-8 are lone surrogates in Python."""
    site = replace(rich.site, timeout=timeout, tools=((one, Path(two)),))
    source = replace(rich.source, path=Path(one))
    plan = replace(rich, source=source, destination=Path(two), notes=tuple(notes), site=site)
    assert load_plan(dump_plan(plan), "plan.json") == plan


def test_a_saved_plan_is_json_with_its_schema(rich: Plan) -> None:
    table = json.loads(dump_plan(rich))
    assert table["schema"] == PLAN_SCHEMA == "dicomize.plan/1"
    assert table["SOPClassUID"] == rich.SOPClassUID
    assert table["site"]["uid_key"] == ""


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", "[]", "null", "1", '"x"', "{", "\0", "NaN", '{"schema": NaN}', "9" * 5000, "[" * 100_000),
        *('{"schema": "dicomize.plan/1"}', '{"schema": "dicomize.plan/2"}', '{"schema": ["dicomize.plan/1"]}'),
    ],
)
def test_what_is_no_plan(text: str) -> None:
    with pytest.raises(MetadataError) as caught:
        load_plan(text, "plan.json")
    assert str(caught.value).startswith("plan.json ")
    assert str(caught.value).isprintable()
    assert caught.value.exit_code is ExitCode.METADATA


def test_a_plan_of_another_version_is_refused(rich: Plan) -> None:
    with pytest.raises(MetadataError, match="is no plan of this version"):
        load_plan(dump_plan(replace(rich, dicomize_version="0.0.0")), "plan.json")


def at(table: dict[str, Any], tag: int) -> dict[str, Any]:
    found: dict[str, Any] = next(a for a in table["attributes"] if a["tag"] == tag)
    return found


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.update(extra=1), "Plan has an unknown 'extra'"),
        (lambda t: t.pop("steps"), "Plan lacks 'steps'"),
        (lambda t: t.update(image=[]), "[] is no ImagePixel"),
        (lambda t: t.update(overwrite=0), "0 is no bool"),
        (lambda t: t["image"].update(Rows=True), "True is no int"),
        (lambda t: t["image"].update(Rows=0), "the picture has no size"),
        (lambda t: t["image"].update(Rows=7), "Rows is not 7"),
        (lambda t: t.update(SOPClassUID="1.2"), "SOPClassUID is not '1.2'"),
        (lambda t: t.update(TransferSyntaxUID="1.2"), "'1.2' is no transfer syntax"),
        (lambda t: t.update(TransferSyntaxUID="1.2.840.10008.1.2.1"), "steps do not lead"),
        (lambda t: t.update(steps=[]), "its steps are in disorder"),
        (lambda t: t["steps"].reverse(), "its steps are in disorder"),
        (lambda t: t["steps"][1].update(parameter=9), "the step turn has the parameter 9"),
        (lambda t: t["attributes"].reverse(), "not in tag order"),
        (lambda t: t["attributes"].remove(at(t, 0x00080018)), "it has no SOPInstanceUID"),
        (lambda t: t["attributes"].remove(at(t, 0x00080005)), "cannot be written in its character set"),
        (lambda t: at(t, 0x00080018).update(value=["1.02"]), "is no UID"),
        (lambda t: at(t, 0x00080018).update(VR="LO"), "has the VR UI, not 'LO'"),
        (lambda t: at(t, 0x00080018).update(VR="U\x85"), r"has the VR UI, not 'U\x85'"),
        (lambda t: at(t, 0x00280010).update(value=["48"]), "is not written as it should be"),
        (lambda t: t["attributes"][-1].update(tag=0x7FE00010), "PixelData holds pixels"),
        (lambda t: t["source"].update(path="a\0b"), "is no path"),
        (lambda t: t["site"].update(timeout=0), "the timeout is 0"),
        (lambda t: t["site"].update(uids="guessed"), "'guessed' is not a valid UIDMode"),
    ],
)
def test_damage_is_named(rich: Plan, change: Any, says: str) -> None:
    table = json.loads(dump_plan(rich))
    change(table)
    with pytest.raises(MetadataError) as caught:
        load_plan(json.dumps(table), "plan.json")
    assert says in caught.value.message


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def _mutate(draw: Callable[[st.SearchStrategy[Any]], Any], node: Any, depth: int = 0) -> Any:
    """The same table, one branch replaced, removed or doubled."""
    if isinstance(node, dict | list) and node and (depth < 1 or draw(st.integers(0, 5))):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = draw(st.sampled_from(keys))
        match draw(st.integers(0, 9)):
            case 0:
                del node[key]
            case 1 if isinstance(node, list):
                node.insert(key, copy.deepcopy(node[draw(st.sampled_from(keys))]))
            case _:
                node[key] = _mutate(draw, node[key], depth + 1)
        return node
    return draw(_JSON)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_plan_is_refused_or_can_be_written(rich: Plan, data: st.DataObject) -> None:
    table = _mutate(data.draw, json.loads(dump_plan(rich)))
    try:
        plan = load_plan(json.dumps(table), "plan.json")
    except MetadataError as error:
        message = str(error)
    else:
        message = "a plan"
        dataset_of(plan.attributes).save_as(io.BytesIO(), implicit_vr=False, little_endian=True)
        assert load_plan(dump_plan(plan), "again") == plan
    assert message.isprintable()
    assert len(message) < 1000


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_plan_with_a_damaged_byte_is_no_traceback(rich: Plan, data: st.DataObject) -> None:
    text = dump_plan(rich)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    try:
        load_plan(text[:start] + data.draw(st.text(max_size=5)) + text[end:], "plan.json")
    except MetadataError as error:
        message = str(error)
    else:
        message = ""
    assert message.isprintable()


def test_plain_values() -> None:
    assert to_plain((Path("a"), ColorModel.RGB, None, 1.5, [True])) == ["a", "RGB", None, 1.5, [True]]
