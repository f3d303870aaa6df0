"""A recommendation over real samples by the real toolkits, down to the profile that is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from dicomize.advice import recommending
from dicomize.advice.reasons import comparisons, draft, milliseconds, pins, reasons
from dicomize.advice.recommending import Recommendation, recommend
from dicomize.advice.scoring import Tally, standings
from dicomize.comparing.model import BackendOutcome, FaultKind, RunStatus
from dicomize.errors import SourceUnreadable, UsageError
from dicomize.model import ConfiguredBackend, SiteProfile
from dicomize.registry import find, probe
from dicomize.sites.loading import load_site
from dicomize.sites.writing import profile_text
from dicomize.version import __version__
from dicomize.wrappers.tool import GDCMIMG, Tools

Require = Callable[[str], Path]
Make = Callable[..., BackendOutcome]


def save(path: Path, **options: object) -> Path:
    Image.radial_gradient("L").resize((64, 48)).convert("RGB").save(path, "JPEG", **options)
    return path


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """A site's folder: a plain photo, one that holds RGB and says who is on it, a damaged one, and no picture."""
    folder = tmp_path / "doe_jane"
    (folder / "old").mkdir(parents=True)
    save(folder / "a.jpg")
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (47.0, 22.0, 11.0)}
    save(folder / "old" / "rgb.jpg", keep_rgb=True, exif=exif, comment=b"Doe^Jane")
    whole = (folder / "a.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "notes.txt").write_text("nothing")
    (folder / ".hidden").write_text("nothing")
    return folder


def test_from_samples_to_a_profile(samples: Path, tmp_path: Path, require_tool: Require) -> None:
    for program in ("img2dcm", "gdcmimg", "dciodvfy"):
        require_tool(program)
    second = ConfiguredBackend("gdcm-b", "gdcm", (("gdcmimg", require_tool("gdcmimg")),))
    steps: list[tuple[int, int, str]] = []
    site = SiteProfile("ward", configured=(second,), requires=("dcmtk == 0.0.1",))
    found = recommend([samples], site, hear=lambda *step: steps.append(step))
    assert steps == [(0, 4, "a.jpg"), (1, 4, "cut.jpg"), (2, 4, "notes.txt"), (3, 4, "rgb.jpg"), (4, 4, "")]
    assert (found.found, found.tried, found.converted) == (4, 4, 2)
    assert [r.sample.name for r in found.refused] == ["cut.jpg", "notes.txt"]
    assert "is no image" in found.refused[1].because
    assert found.apart == ()
    assert set(found.order) == {"dcmtk", "gdcm", "pydicom", "gdcm-b"}
    tallies = {s.tally.backend: s.tally for s in found.standings}
    # img2dcm labels RGB as YCbCr before 3.7, and gdcmimg keeps all of Exif and comments (docs/toolkits.md)
    if tallies["dcmtk"].version < "3.7":
        assert tallies["dcmtk"].faults[FaultKind.COLOR] == 1
    assert tallies["gdcm"].faults[FaultKind.LEAK] == tallies["gdcm-b"].faults[FaultKind.LEAK] == 1
    assert tallies["gdcm"].faults[FaultKind.COMMENT] == 1
    written = profile_text(draft(found, "derm", "", Tools()))
    path = tmp_path / "derm.toml"
    path.write_text(written, encoding="utf-8")
    profile = load_site(str(path))
    assert profile.backends == found.order
    assert f"dicomize == {__version__}" in profile.requires
    here = probe(find("dcmtk", Tools()))[0][0].version
    assert f"dcmtk == {here}" in profile.requires
    assert any(text.startswith("dciodvfy == ") for text in profile.requires)
    for name in ("a.jpg", "rgb.jpg", "doe_jane", "Jane"):
        assert name not in written, "names of samples may name patients"
    assert "converts 2 of 2 samples" in written


def test_a_limit_spreads_over_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10):
        (tmp_path / f"{number}.txt").write_text("x")
    monkeypatch.setattr(recommending, "_MANY", 2)
    found = recommend([tmp_path], SiteProfile(), limit=5)
    assert (found.found, found.tried, found.converted, found.order) == (10, 5, 0, ())
    assert [r.sample.name for r in found.refused] == ["0.txt", "2.txt"]
    assert found.refused_more == 3


def test_samples_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="absent does not exist"):
        recommend([tmp_path / "absent"], SiteProfile())
    with pytest.raises(UsageError, match="there is no sample; name pictures"):
        recommend([tmp_path], SiteProfile())


# ---------------------------------------------------------------- in words


def recommendation(*tallies: Tally) -> Recommendation:
    ranked = standings(tallies, own_files=False)
    return Recommendation(2, 2, 2, (), 0, (), 0, ranked, tuple(t for t in tallies if t.because))


def tally(*outcomes: BackendOutcome) -> Tally:
    made = Tally(outcomes[0].backend)
    for one in outcomes:
        made.add(one)
    return made


def test_reasons_are_counted(outcome: Make) -> None:
    made = tally(
        outcome("a", 0.25, (FaultKind.LEAK, FaultKind.TYPE_2)),
        outcome("a", 1.5, (FaultKind.LEAK,)),
        outcome("a", None, (), RunStatus.FAILED, refusal="it is too deep"),
    )
    (standing,) = recommendation(made).standings
    assert list(reasons(standing)) == [
        "converts 2 of 3 samples, in 875 ms each (median)",
        "does not convert 1: it is too deep",
        "on its own takes 2 of 3",
        "of its own 2 files dicomize corrects: private data in 2, Type 2 attributes missing in 1",
    ]


def test_reasons_of_one_that_is_sound_and_of_one_that_was_not_run(outcome: Make) -> None:
    sound, mute = recommendation(tally(outcome("a", 2.0)), tally(outcome("b", 4.0, (), RunStatus.NOT_RUN))).standings
    assert list(reasons(sound))[1:] == ["on its own takes 1 of 1, with nothing wrong"]
    assert list(reasons(mute)) == ["converts 1 of 1 samples, in 4.0 s each (median)", "has not been run on its own"]


def test_why_one_comes_before_another(outcome: Make) -> None:
    three = recommendation(tally(outcome("a", 0.1)), tally(outcome("b", 0.1)), tally(outcome("c", 0.4)))
    assert list(comparisons(three)) == [
        "a and b are equal, and stand as they do without a profile",
        "b comes before c above all by speed (100 % against 31 %)",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0123, "12 ms"), (0.9994, "999 ms"), (1.25, "1.2 s"), (61.0, "61.0 s")]
)
def test_times_for_people(seconds: float, text: str) -> None:
    assert milliseconds(seconds) == text


def test_a_version_that_is_not_known_is_said_and_not_required(outcome: Make) -> None:
    made = tally(outcome("a"))
    made.version = ""
    absent = Tools(tuple((name, Path("/nonexistent")) for name in ("dciodvfy", GDCMIMG.program)))
    required, unsaid = pins(recommendation(made), absent)
    assert required == (f"dicomize == {__version__}",)
    assert unsaid == ("a is not required in a version, since it does not say which it is",)


def test_one_that_converts_nothing_is_not_in_the_order(outcome: Make) -> None:
    found = recommendation(tally(outcome("a", None, refusal="no")), tally(outcome("b")))
    assert found.order == ("b",)
    assert draft(found, "derm", "hospital", Tools()).values["base"] == "hospital"
