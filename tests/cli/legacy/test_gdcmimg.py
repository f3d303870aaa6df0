"""gdcmimg's command line, as far as it makes DICOM of a picture."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread

from dicomize.cli.legacy import gdcmimg
from dicomize.cli.legacy.arguments import read_getopt
from dicomize.cli.legacy.call import in_our_words
from dicomize.cli.legacy.table import Answer, Option
from dicomize.errors import UsageError
from dicomize.metadata.templates import SERIES

Run = Callable[..., Any]

EXAMPLES = [
    "-i input.jpg -o OUT",
    "input.jpg OUT",
    "--sop-class-uid 1.2.840.10008.5.1.4.1.1.77.1.4 input.jpg OUT",
    "--sign 0 --template template.dcm input.jpg OUT",
    "--study-uid=1.2.3 -S1.2.4 input.jpg OUT",
    "-C1.2.840.10008.5.1.4.1.1.7 -i input.jpg -o OUT",
]
"""those of the manual that import a JPEG (--sign 1 with a template is refused), and the spellings of getopt"""


@pytest.mark.parametrize("line", EXAMPLES)
def test_examples(line: str, both: Run, picture: Callable[[Dataset], bytes]) -> None:
    done = both("gdcmimg", line.split())
    assert (done.code, done.codes) == (0, (0, 0, 0)), done.errors
    assert done.ours.SOPClassUID == done.theirs.SOPClassUID
    assert done.ours.file_meta.TransferSyntaxUID == done.theirs.file_meta.TransferSyntaxUID
    given = set(SERIES) | {"InstanceNumber"} if "template" in line else set()
    given |= {"StudyInstanceUID", "SeriesInstanceUID"} if "study" in line else set()
    for keyword in given | {"Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "BitsStored"}:
        assert done.ours[keyword].value == done.theirs[keyword].value, keyword
    assert picture(done.ours) == picture(done.theirs)
    # what gdcmimg lets through
    assert b"Exif\0" in done.theirs.PixelData
    assert b"Exif\0" not in done.ours.PixelData
    assert done.ours.SOPInstanceUID != "1.2.3.4"


def test_the_manuals_example_with_a_raster(both: Run, picture: Callable[[Dataset], bytes]) -> None:
    done = both("gdcmimg", ["-i", "input.pgm", "-o", "OUT"])
    assert (done.code, done.codes) == (0, (0, 0, 0)), done.errors
    assert done.ours.SOPClassUID == done.theirs.SOPClassUID
    assert picture(done.ours) == picture(done.theirs)


def test_every_option_of_the_real_one_has_a_row(require_tool: Callable[[str], Path]) -> None:
    help_text = subprocess.run([require_tool("gdcmimg"), "--help"], capture_output=True, text=True, check=False).stdout
    theirs = {m[2]: m[1] or "" for m in re.finditer(r"^\s+(-\w)?\s+(--[\w-]+)", help_text, re.MULTILINE)}
    assert len(theirs) > 20
    ours = {option.name: option.names[1] if len(option.names) > 1 else "" for option in gdcmimg.OPTIONS}
    assert ours == theirs


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-i a.jpg -o b.dcm", [("--input", "a.jpg"), ("--output", "b.dcm")]),
        ("-ia.jpg -Vob.dcm", [("--input", "a.jpg"), ("--verbose", ""), ("--output", "b.dcm")]),
        ("--inp=a.jpg --out b.dcm", [("--input", "a.jpg"), ("--output", "b.dcm")]),
        ("a.jpg -V -- -b.dcm", [("--verbose", "")]),
        ("--root 1.2 --rep", None),
        ("--s 1", None),
        ("--verbose=1", None),
        ("-i", None),
        ("-x", None),
        ("--size", None),
    ],
)
def test_words_are_taken_apart_as_getopt_long_does(line: str, expected: list[tuple[str, str]] | None) -> None:
    if expected is None:
        with pytest.raises(UsageError):
            read_getopt(line.split(), gdcmimg.TOOL.all_options)
        return
    parsed = read_getopt(line.split(), gdcmimg.TOOL.all_options)
    assert [(g.option.name, "".join(g.values)) for g in parsed.given] == expected
    assert parsed.parameters == (("a.jpg", "-b.dcm") if "--" in line.split() else ())


RIGHT = [
    "--size 64,48", "-d 8", "--spp 3", "--pc 0", "--pi YBR_FULL_422", "--pf 8,8,7", "--sign 0", "-W",
]  # fmt: skip
WRONG = {
    "--size 48,64": "has Columns 64, but --size says 48",
    "-d 16": "has BitsAllocated 8 and BitsStored 8, but --depth says 16",
    "--spp 1": "has SamplesPerPixel 3, but --spp says 1",
    "--pc 1": "has PlanarConfiguration 0, but --pc says 1",
    "--pi RGB": "has PhotometricInterpretation YBR_FULL_422, but --pi says RGB",
    "--pf 16,12,11": "has BitsAllocated 8, but --pf says 16",
    "--sign 1": "has PixelRepresentation 0, but --sign says 1",
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("line", RIGHT)
def test_what_agrees_with_the_picture_changes_nothing(line: str, invoke: Run, folder: Path) -> None:
    assert invoke("gdcmimg", "input.jpg", "one.dcm").code == 0
    assert invoke("gdcmimg", *line.split(), "input.jpg", "two.dcm").code == 0
    assert (folder / "one.dcm").read_bytes() == (folder / "two.dcm").read_bytes()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("line", WRONG)
def test_what_contradicts_the_picture_is_refused(line: str, invoke: Run) -> None:
    """The real one relabels the picture, and its colours are wrong."""
    invoke("gdcmimg", *line.split(), "input.jpg", "out.dcm").complains(3, WRONG[line])


REFUSED = [option for option in gdcmimg.OPTIONS if option.answer is Answer.REFUSED]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("option", REFUSED, ids=lambda option: option.name)
def test_what_is_refused_is_refused_by_name(option: Option, invoke: Run) -> None:
    words = [option.name, *["1"] * option.values]
    invoke("gdcmimg", *words, "input.jpg", "out.dcm").complains(2, f"{option.name} is refused: {option.text}")


def test_sop_classes_by_name_and_uid_roots(folder: Path, invoke: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VL Photographic Image Storage", "VLPhotographicImageStorage", "1.2.840.10008.5.1.4.1.1.77.1.4"):
        assert invoke("gdcmimg", "-C", name, "input.jpg", "out.dcm").code == 0
        assert dcmread(folder / "out.dcm").SOPClassUID == "1.2.840.10008.5.1.4.1.1.77.1.4"
    invoke("gdcmimg", "-C", "CT Image Storage", "input.jpg", "out.dcm").complains(2, "is no SOP class")
    assert invoke("gdcmimg", "--root-uid", "1.2.3", "input.jpg", "out.dcm").code == 0
    assert dcmread(folder / "out.dcm").SOPInstanceUID.startswith("1.2.3.")
    monkeypatch.setenv("GDCM_ROOT_UID", "1.2.4")
    assert invoke("gdcmimg", "input.jpg", "out.dcm").code == 0
    assert dcmread(folder / "out.dcm").SOPInstanceUID.startswith("1.2.4.")


def test_files_that_are_missing_or_several(folder: Path, invoke: Run) -> None:
    invoke("gdcmimg", "input.jpg").complains(2, "a picture and a result are needed")
    invoke("gdcmimg", "-o", "out.dcm").complains(2, "a picture and a result are needed")
    invoke("gdcmimg", "input.jpg", "input.jpg", "out.dcm").complains(9, "needs a value for BurnedInAnnotation")
    (folder / "template.json").write_text('{"BurnedInAnnotation": "NO"}')
    words = ("gdcmimg", "-C", "1.2.840.10008.5.1.4.1.1.7.4", "--metadata", "template.json")
    assert invoke(*words, "input.jpg", "input.jpg", "out.dcm").code == 0
    assert dcmread(folder / "out.dcm").NumberOfFrames == 2
    invoke("gdcmimg", "--pf", "8,8", "input.jpg", "out.dcm").complains(2, "--pf '8,8' is not 3 values")


@pytest.mark.usefixtures("folder")
def test_how_much_is_said(invoke: Run) -> None:
    plain = invoke("gdcmimg", "input.jpg", "out.dcm")
    assert (plain.code, plain.out) == (0, "")
    assert "dicomize: note: " in plain.err
    quiet = invoke("gdcmimg", "-E", "input.jpg", "out.dcm")
    assert (quiet.out, quiet.err) == ("", "")
    assert "input.jpg -> out.dcm" in invoke("gdcmimg", "-V", "input.jpg", "out.dcm").out
    assert "SOPInstanceUID: " in invoke("gdcmimg", "-D", "input.jpg", "out.dcm").out


def test_the_same_as_convert(folder: Path, invoke: Run) -> None:
    words = [
        "-C",
        "1.2.840.10008.5.1.4.1.1.77.1.4",
        "-T",
        "1.2.3",
        "--template",
        "template.dcm",
        "-i",
        "input.jpg",
        "out.dcm",
    ]
    assert invoke("gdcmimg", *words).code == 0
    result = (folder / "out.dcm").read_bytes()
    same = shlex.split(in_our_words(gdcmimg.TOOL.call(read_getopt(words, gdcmimg.TOOL.all_options))))
    assert invoke(*same[1:]).code == 0
    assert (folder / "out.dcm").read_bytes() == result
