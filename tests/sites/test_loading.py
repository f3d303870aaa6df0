"""Profiles: what a file says, what its bases say, and who said what."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dicomize.errors import ExitCode, MetadataError
from dicomize.model import CommandLine, ConfiguredBackend, Rectangle, Redaction, SiteProfile, UIDMode
from dicomize.sites.loading import load_site, read_site

WHOLE = """
name = "Dermatology, building 4"
backends = ["dcmtk", "dcmtk-old", "pydicom"]
requires = ["dcmtk == 3.6.7", "gdcm >= 3.0, < 4"]
sop_class = "photo"
transfer_syntax = "as-is"
character_set = 'ISO 2022 IR 6\\ISO 2022 IR 87'
uids = "random"
uid_root = "1.2.3"
uid_key_env = "DERM_UID_KEY"
timeout = 90

[tools]
img2dcm = "bin/img2dcm"
gdcmimg = "/opt/gdcm/bin/gdcmimg"

[attributes]
InstitutionName = "Größe"
SeriesNumber = 7
PatientWeight = 70.5
"(0008,1032)[0].CodeMeaning" = "Photograph"

[redact.name-bar]
model = " LOGIQ E9 "
columns = 1024
rows = 768
rectangles = ["0,0,1024,40", "900, 700, 124, 68"]

[backend.dcmtk-old]
type = "dcmtk"
tools = { img2dcm = "old/img2dcm" }
timeout = 5

[backend.inhouse]
command = ["bin/tool", "--in={source}", "{destination}"]
raw_command = ["/opt/raw", "{source}", "{destination}", "{Rows}", "{{}}"]
accepts = { BitsStored = [8], TransferSyntaxUID = ["1.2.840.10008.1.2.4.50"] }
environment = { LICENCE = "x" }
version_args = ["--version"]
version_pattern = 'tool (\\S+)'
"""


def written(folder: Path, text: str, name: str = "derm.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_every_entry(tmp_path: Path) -> None:
    assert load_site(written(tmp_path, WHOLE)) == SiteProfile(
        name="Dermatology, building 4",
        backends=("dcmtk", "dcmtk-old", "pydicom"),
        requires=("dcmtk == 3.6.7", "gdcm >= 3.0, < 4"),
        tools=(("img2dcm", tmp_path / "bin/img2dcm"), ("gdcmimg", Path("/opt/gdcm/bin/gdcmimg"))),
        attributes=(
            ("InstitutionName", "Größe"),
            ("SeriesNumber", "7"),
            ("PatientWeight", "70.5"),
            ("(0008,1032)[0].CodeMeaning", "Photograph"),
        ),
        sop_class="photo",
        transfer_syntax="as-is",
        character_set=r"ISO 2022 IR 6\ISO 2022 IR 87",
        uids=UIDMode.RANDOM,
        uid_root="1.2.3",
        uid_key_env="DERM_UID_KEY",
        timeout=90.0,
        redactions=(
            Redaction("name-bar", "LOGIQ E9", 1024, 768, (Rectangle(0, 0, 1024, 40), Rectangle(900, 700, 124, 68))),
        ),
        configured=(
            ConfiguredBackend("dcmtk-old", "dcmtk", (("img2dcm", tmp_path / "old/img2dcm"),), 5.0),
            ConfiguredBackend(
                "inhouse",
                line=CommandLine(
                    command=(str(tmp_path / "bin/tool"), "--in={source}", "{destination}"),
                    raw_command=("/opt/raw", "{source}", "{destination}", "{Rows}", "{{}}"),
                    accepts=(("BitsStored", ("8",)), ("TransferSyntaxUID", ("1.2.840.10008.1.2.4.50",))),
                    environment=(("LICENCE", "x"),),
                    version_args=("--version",),
                    version_pattern=r"tool (\S+)",
                ),
            ),
        ),
    )


def test_an_empty_profile_is_named_after_its_file(tmp_path: Path) -> None:
    assert load_site(written(tmp_path, "")) == SiteProfile(name="derm")
    assert load_site("") == SiteProfile()


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    assert load_site(written(tmp_path, "\ufeffname = 'x'")).name == "x"


def test_a_bare_name_is_looked_for_in_the_folder_of_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sites, here = tmp_path / "sites", tmp_path / "here"
    sites.mkdir()
    here.mkdir()
    written(sites, "sop_class = 'photo'")
    written(here, "sop_class = 'sc'", "derm")
    monkeypatch.setenv("DICOMIZE_SITES", str(sites))
    monkeypatch.chdir(here)
    assert load_site("derm").sop_class == "photo"
    assert load_site(os.path.join(".", "derm")).sop_class == "sc"  # noqa: PTH118 - a Path drops the dot


def test_relative_tools_do_not_depend_on_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "[tools]\nimg2dcm = 'bin/img2dcm'")
    monkeypatch.chdir(tmp_path)
    profile = load_site("derm.toml")
    assert profile.tools == (("img2dcm", Path.cwd() / "bin/img2dcm"),)


_BAR = "[redact.a]\n{}\ncolumns = 8\nrows = 8\nrectangles = ['{}']"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = 1", "name in the site profile"),
        ("backends = 'dcmtk'", "it must be a list of text"),
        ("backends = [1]", "it must be text"),
        ("tools = 'x'", "it must be a table"),
        ("[tools]\nimg2dcm = 1", "it must be text"),
        ("attributes = []", "it must be a table"),
        ("[attributes]\nPatientID = true", "PatientID must be text or a number"),
        ("[attributes]\nStudyDate = 2024-01-02", "StudyDate must be text or a number"),
        ("[attributes]\nRequestAttributesSequence.RequestedProcedureID = 'x'", "in quotes where it has dots"),
        ("sop_class = 'selfie'", "'selfie' is no SOP class"),
        ("sop_class = 1", "it must be text"),
        ("transfer_syntax = 1", "it must be text"),
        ("character_set = 'UTF-8'", "is no character set"),
        ("uids = 'guessed'", "it must be derived or random"),
        ("uids = ['derived']", "it must be derived or random"),
        ("uid_root = '1.2.'", "the UID root '1.2.' cannot be one"),
        ("uid_key = 'hunter2'", 'uid_key_env = "DICOMIZE_UID_KEY"'),
        ("uid_key_env = 'my secret'", "it must be the name of an environment variable"),
        ("uid_key_env = ''", "it must be the name of an environment variable"),
        ("base = 1", "it must be text"),
        ("requires = 'dcmtk == 3.6.7'", "it must be a list of text"),
        ("requires = ['dcmtk']", "must be a name and versions"),
        ("requires = ['dcmtk[x] == 1']", "must be a name and versions"),
        ("requires = ['dcmtk = 3.6.7']", "is no requirement"),
        ("tools = { img2dcm = 'a\\u0000b' }".replace("'", '"'), "a path holds a NUL character"),
        ("colour = 'blue'", "colour in the site profile"),
        ("sopclass = 'sc'", "did you mean sop_class? There are base, name,"),
        ("redact = 1", "it must be a table"),
        ("[redact.a]\nmodel = 'x'", "[redact.a] it lacks columns"),
        (_BAR.format("model = 'x'\nsize = 1", "0,0,1,1"), "'size' is unknown"),
        (_BAR.format("model = 'x'", "0,0,9,1"), "each within 8 x 8"),
        (_BAR.format("model = 'x'", "0,0,9"), "[redact.a] rectangles: '0,0,9' is no rectangle"),
        (_BAR.format("model = 1", "0,0,1,1"), "it must be text"),
        (_BAR.format("model = 'x'", "0,0,1,1").replace("= 8", "= 0"), "must be a number of pixels"),
        ("timeout = 0", "it must be a number of seconds"),
        ("timeout = nan", "it must be a number of seconds"),
        ("timeout = true", "it must be a number of seconds"),
        ("timeout = '60'", "it must be a number of seconds"),
        ("colour = 'blue'", "it is unknown; there are base, name,"),
        ("name = ", "is no TOML"),
        ("a = " + "[" * 100_000, "site profile"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(MetadataError) as caught:
        load_site(written(tmp_path, text))
    assert says in str(caught.value)
    assert "derm.toml" in str(caught.value)
    assert caught.value.exit_code is ExitCode.METADATA


def test_profiles_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match="there is no site profile"):
        load_site(str(tmp_path / "none.toml"))
    with pytest.raises(MetadataError, match="cannot be read"):
        load_site(f"{tmp_path}/")
    with pytest.raises(MetadataError, match="cannot be read"):
        load_site("a\0b.toml")
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'")
    with pytest.raises(MetadataError, match="cannot be read"):
        load_site(str(tmp_path / "latin.toml"))


def test_the_secret_is_in_no_message(tmp_path: Path) -> None:
    for entry in ("uid_key", "uid_key_env"):
        with pytest.raises(MetadataError) as caught:
            load_site(written(tmp_path, f"{entry} = 'hunter2!'\n"))
        assert "hunter2" not in str(caught.value)


# ---------------------------------------------------------------- bases

BASE = """
name = "Hospital"
sop_class = "photo"
backends = ["gdcm"]
requires = ["dcmtk == 3.6.6", "gdcm == 3.2.6"]
timeout = 10
[tools]
img2dcm = "bin/img2dcm"
gdcmimg = "bin/gdcmimg"
[attributes]
InstitutionName = "Hospital"
StationName = "H1"
[backend.old]
type = "dcmtk"
tools = { img2dcm = "old/img2dcm" }
timeout = 3
"""
DERM = """
base = "../hospital.toml"
backends = ["dcmtk"]
requires = ["dcmtk == 3.6.7"]
[tools]
img2dcm = "mine/img2dcm"
[attributes]
StationName = "D4"
InstitutionalDepartmentName = "Dermatology"
[backend.old]
type = "dcmtk"
tools = { img2dcm = "mine/old" }
"""


def test_a_base_is_overridden_part_by_part_and_each_path_counts_from_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "derm").mkdir()
    base = Path(written(tmp_path, BASE, "hospital.toml"))
    own = Path(written(tmp_path / "derm", DERM))
    loaded = read_site(str(own))
    assert loaded.profile == SiteProfile(
        name="derm",
        backends=("dcmtk",),
        requires=("dcmtk == 3.6.7", "gdcm == 3.2.6"),
        sop_class="photo",
        timeout=10.0,
        tools=(("img2dcm", tmp_path / "derm/mine/img2dcm"), ("gdcmimg", tmp_path / "derm/../bin/gdcmimg")),
        attributes=(
            ("InstitutionName", "Hospital"),
            ("StationName", "D4"),
            ("InstitutionalDepartmentName", "Dermatology"),
        ),
        configured=(ConfiguredBackend("old", "dcmtk", (("img2dcm", tmp_path / "derm/mine/old"),)),),
    )
    files = tuple(f.resolve() for f in loaded.files)
    assert files == (own, base)
    said = {(s.entry, s.part): s.file.resolve() for s in loaded.stated}
    assert said["sop_class", ""] == said["tools", "gdcmimg"] == said["requires", "gdcm"] == base
    assert (
        said["backends", ""] == said["tools", "img2dcm"] == said["requires", "dcmtk"] == said["backend", "old"] == own
    )
    assert ("name", "") not in said
    assert ("base", "") not in said


def test_a_base_with_a_bare_name_is_searched_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sites").mkdir()
    written(tmp_path / "sites", "sop_class = 'photo'", "hospital.toml")
    written(tmp_path, "sop_class = 'sc'", "hospital.toml")
    monkeypatch.setenv("DICOMIZE_SITES", str(tmp_path / "sites"))
    assert load_site(written(tmp_path, "base = 'hospital'")).sop_class == "photo"
    with pytest.raises(MetadataError, match=r"there is no site profile absent, which .*derm\.toml is based on, in "):
        load_site(written(tmp_path, "base = 'absent'"))
    with pytest.raises(MetadataError, match=r"there is no site profile .*absent\.toml"):
        load_site(written(tmp_path, "base = './absent.toml'"))


def test_a_circle_of_bases_is_refused(tmp_path: Path) -> None:
    own = written(tmp_path, "base = './derm.toml'")
    with pytest.raises(MetadataError, match=r"derm\.toml is based on itself: .*derm\.toml -> .*derm\.toml"):
        load_site(own)
    written(tmp_path, "base = 'b.toml'", "a.toml")
    written(tmp_path, "base = 'c.toml'", "b.toml")
    (tmp_path / "link.toml").symlink_to("b.toml")
    written(tmp_path, "base = 'link.toml'", "c.toml")
    with pytest.raises(MetadataError, match=r"based on itself: \S*b\.toml -> \S*c\.toml -> \S*link\.toml"):
        load_site(str(tmp_path / "a.toml"))


def test_a_mistake_in_a_base_is_said_of_the_base(tmp_path: Path) -> None:
    written(tmp_path, "timeout = 0", "hospital.toml")
    with pytest.raises(MetadataError, match=r"timeout in the site profile \S*hospital\.toml is wrong"):
        load_site(written(tmp_path, "base = 'hospital.toml'\ntimeout = 5"))
