from __future__ import annotations

import os
from pathlib import Path

import pytest

from dicomize.errors import ExitCode, MetadataError
from dicomize.metadata.site import load_site, sites_folder
from dicomize.model import SiteProfile, UIDMode

WHOLE = """
name = "Dermatology, building 4"
backends = ["dcmtk", "pydicom"]
sop_class = "photo"
transfer_syntax = "as-is"
character_set = 'ISO 2022 IR 6\\ISO 2022 IR 87'
uids = "random"
uid_root = "1.2.3"
uid_key = "a secret"
timeout = 90

[tools]
img2dcm = "bin/img2dcm"
gdcmimg = "/opt/gdcm/bin/gdcmimg"

[attributes]
InstitutionName = "Größe"
SeriesNumber = 7
PatientWeight = 70.5
"(0008,1032)[0].CodeMeaning" = "Photograph"
"""


def written(folder: Path, text: str, name: str = "derm.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_every_entry(tmp_path: Path) -> None:
    assert load_site(written(tmp_path, WHOLE)) == SiteProfile(
        name="Dermatology, building 4",
        backends=("dcmtk", "pydicom"),
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
        uid_key="a secret",
        timeout=90.0,
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


def test_where_profiles_live(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DICOMIZE_SITES", str(tmp_path))
    assert sites_folder() == tmp_path
    monkeypatch.delenv("DICOMIZE_SITES")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert sites_folder() == tmp_path / "dicomize" / "sites"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = 1", "name in the site profile"),
        ("backends = 'dcmtk'", "it must be a list of names"),
        ("backends = [1]", "it must be text"),
        ("tools = 'x'", "it must be a table of paths"),
        ("[tools]\nimg2dcm = 1", "it must be text"),
        ("attributes = []", "it must be a table of text"),
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
        ("uid_key = 1", "it must be text"),
        ("timeout = 0", "it must be a number of seconds"),
        ("timeout = nan", "it must be a number of seconds"),
        ("timeout = true", "it must be a number of seconds"),
        ("timeout = '60'", "it must be a number of seconds"),
        ("colour = 'blue'", "has an unknown entry 'colour'; entries: name,"),
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
    with pytest.raises(MetadataError) as caught:
        load_site(written(tmp_path, "uid_key = 'hunter2'\nuid_root = 'x'"))
    assert "hunter2" not in str(caught.value)
