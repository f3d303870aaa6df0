"""img2dcm's command line: every example of its manual both ways, and every option that it has."""

from __future__ import annotations

import dataclasses
import gzip
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydicom import Dataset, dcmread

from dicomize.cli.legacy import img2dcm
from dicomize.cli.legacy.arguments import read_dcmtk
from dicomize.cli.legacy.call import in_our_words
from dicomize.cli.legacy.ours import of_convert
from dicomize.cli.legacy.run import TOOLS
from dicomize.cli.legacy.table import Answer, Option
from dicomize.cli.options import RequestOptions
from dicomize.errors import UsageError
from dicomize.metadata.templates import SERIES

Run = Callable[..., Any]

EXAMPLES = {
    1: "image.jpg OUT",
    2: "-i BMP image.bmp OUT",
    3: "image.jpg OUT -vlp -k PatientName=Bond^James",
    4: "image.jpg OUT --series-from template.dcm -k PatientName=Bond^James",
    5: "image.jpg OUT --no-checks",
    6: "image.jpg OUT --no-type1-invent",
    7: "image.jpg OUT --keep-appn --insist-on-jfif",
}
"""the manual's, section EXAMPLES, with OUT for out.dcm"""
OURS = {"SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "LossyImageCompressionRatio", "ImageType"}
"""what img2dcm makes up, and we otherwise; unless somebody gave it"""


def test_the_examples_are_the_manuals() -> None:
    page = Path("/usr/share/man/man1/img2dcm.1.gz")
    if not page.exists():
        pytest.skip("there is no manual of img2dcm on this machine")
    text = gzip.decompress(page.read_bytes()).decode().replace("\\-", "-").replace("\\&", "").replace("'", "")
    section = text[text.index('.SH "EXAMPLES"') : text.index('.SH "LOGGING"')]
    found = re.findall(r"^img2dcm (.*?)$", section, re.MULTILINE)
    assert [" ".join(line.split()).replace("out.dcm", "OUT") for line in found] == list(EXAMPLES.values())


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 7])
def test_examples_of_the_manual(number: int, both: Run, picture: Callable[[Dataset], bytes]) -> None:
    done = both("img2dcm", EXAMPLES[number].split())
    assert (done.code, done.codes) == (0, (0, 0, 0)), done.errors
    assert done.ours.SOPClassUID == done.theirs.SOPClassUID
    assert done.ours.file_meta.TransferSyntaxUID == done.theirs.file_meta.TransferSyntaxUID
    given = {*SERIES} if number == 4 else set()
    for element in done.theirs:
        if not element.is_empty and element.keyword != "PixelData" and element.keyword not in OURS - given:
            assert done.ours[element.tag].value == element.value, element
    if number in {3, 4}:
        assert done.ours.PatientName == "Bond^James"
    assert picture(done.ours) == picture(done.theirs)
    assert b"ACME\0" not in done.ours.PixelData


def test_the_example_that_cannot_work_without_more(both: Run, folder: Path) -> None:
    """Its own text says that type 1 attributes must be given by other means, or that it stops."""
    words = EXAMPLES[6].split()
    done = both("img2dcm", words)
    assert (done.code, done.codes) == (1, (9, 9, 9))
    for error in done.errors:
        assert "--no-type1-invent wants ConversionType stated" in error
    assert not list(folder.glob("dcmtk.dcm"))
    done = both("img2dcm", [*words, "-k", "ConversionType=DV"])
    assert (done.code, done.codes) == (0, (0, 0, 0))
    assert done.ours.ConversionType == done.theirs.ConversionType == "DV"


def code(keyword: str, value: str, meaning: str) -> list[str]:
    texts = {"CodeValue": value, "CodingSchemeDesignator": "SCT", "CodeMeaning": meaning}
    return [f"{keyword}[0].{part}={text}" for part, text in texts.items()]


ASKED_FOR = {
    "-nsc": ["BurnedInAnnotation=NO"],
    "-oph": [
        "BurnedInAnnotation=NO", "ImageLaterality=R", "SynchronizationTrigger=NO TRIGGER",
        "AcquisitionTimeSynchronized=N", "AcquisitionDateTime=20240229010203", "ContentDate=20240229",
        "ContentTime=010203", *code("AnatomicRegionSequence", "5665001", "Retina"),
        *code("AcquisitionDeviceTypeCodeSequence", "409898007", "Fundus Camera"),
    ],
}  # fmt: skip
"""what only a person can know of these SOP classes"""


@pytest.mark.parametrize("option", ASKED_FOR)
def test_sop_classes_that_ask_for_more(option: str, both: Run, picture: Callable[[Dataset], bytes]) -> None:
    words = [option, "image.jpg", "OUT", *[word for key in ASKED_FOR[option] for word in ("-k", key)]]
    done = both("img2dcm", words)
    assert (done.code, done.codes) == (0, (0, 0, 0)), done.errors
    assert done.ours.SOPClassUID == done.theirs.SOPClassUID
    assert picture(done.ours) == picture(done.theirs)
    without = both("img2dcm", [option, "image.jpg", "MORE"])
    assert without.codes == (9, 9, 9)
    for key in ASKED_FOR[option][:2]:
        assert key.partition("=")[0] in without.errors[0]


TYPE_2 = [
    f"{keyword}={value}"
    for keyword, value in {
        "PatientName": "A^B", "PatientSex": "F", "PatientBirthDate": "19700102", "PatientID": "1", "StudyDate": "20240229",
        "StudyTime": "010203", "ReferringPhysicianName": "", "StudyID": "2", "AccessionNumber": "3", "SeriesNumber": "4",
        "InstanceNumber": "5", "PatientOrientation": "", "AcquisitionContextSequence": "", "Manufacturer": "ACME",
    }.items()
]  # fmt: skip


@pytest.mark.parametrize("sop_class", ["-sc", "-vlp"])
def test_type_2_attributes_must_be_stated_as_with_the_real_one(sop_class: str, both: Run) -> None:
    keys = TYPE_2[:12] if sop_class == "-sc" else TYPE_2
    words = ["-i2", sop_class, "image.jpg", "OUT"]
    for key in keys:
        words += ["-k", key]
    done = both("img2dcm", words)
    # the real one wants LossyImageCompression of VL Photographic, too, and writes it itself afterwards
    assert (done.code, done.codes) == ({"-sc": 0, "-vlp": 1}[sop_class], (0, 0, 0))


@pytest.mark.parametrize("sop_class", ["-sc", "-vlp"])
def test_all_that_is_missing_is_said_at_once(sop_class: str, both: Run, folder: Path, require_tool: Run) -> None:
    words = ["-i2", "-i1", sop_class, "image.jpg", "OUT"]
    done = both("img2dcm", words)
    assert (done.code, done.codes) == (1, (9, 9, 9))
    real = subprocess.run([require_tool("img2dcm"), *words], cwd=folder, capture_output=True, text=True, check=False)
    theirs = {*re.findall(r"Missing type . attribute: (\w+)", real.stderr)}
    # the picture's own Exif names the maker, and says itself that it is lossy
    theirs -= {"LossyImageCompression", "Manufacturer"}
    assert len(theirs) > 10
    for error in done.errors:
        (line,) = [line for line in error.splitlines() if "stated" in line]
        assert {*re.findall(r"\b[A-Z]\w+", line.partition(".jpg: ")[2])} - {"KEY", "VALUE"} == theirs


def real_options(program: Path) -> dict[str, tuple[str, int]]:
    """Long name -> short name, and number of values, by the program's own help."""
    help_text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    found = {}
    for line in help_text.splitlines():
        match = re.match(r"\s+([+-][^\s-]\S*)?\s+(--\S+)\s+(.*)", line)
        if match:
            found[match[2]] = (match[1] or "", len(re.findall(r"\[\w\]", match[3])))
    return found


def test_every_option_of_the_real_one_has_a_row(require_tool: Callable[[str], Path]) -> None:
    ours = {option.name: option for option in img2dcm.OPTIONS}
    theirs = real_options(require_tool("img2dcm"))
    assert len(theirs) > 40
    for name, (short, values) in theirs.items():
        assert ours[name].names == ((name, short) if short else (name,))
        assert ours[name].values == values, name
    assert sorted(ours.keys() - theirs.keys()) == ["--latin1", "--no-latin1"]


LINES = [
    "a.jpg out.dcm",
    "-v a.jpg -k PatientName=X out.dcm -vlp",
    "-k -stf a.jpg out.dcm",
    "-k '-k' -k --key a.jpg out.dcm",
    "+5 -5 a.jpg",
    "+p 1 2 a.jpg out.dcm",
    "-i JPEG -sef @x a.jpg out.dcm",
    "a.jpg -",
    "@command.txt",
    "@command.txt -v",
    "-k @command.txt out.dcm",
]


@pytest.mark.parametrize("line", LINES)
def test_words_are_taken_apart_as_the_real_one_does(
    line: str, tmp_path: Path, require_tool: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """--arguments prints how img2dcm understood its words, with long names, before it does anything."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "command.txt").write_text("-k \"PatientName=A  B\"\n\t-k 'PatientID=4 5'  a.jpg\r\nout.dcm")
    (tmp_path / "x").write_text("y.dcm")
    words = shlex.split(line)
    real = subprocess.run([require_tool("img2dcm"), "--arguments", *words], capture_output=True, text=True, check=False)
    printed = re.search(r"with \d+ arguments: '(.*)' $", real.stdout + real.stderr, re.MULTILINE)
    assert printed, real
    theirs = printed[1].split("' '")
    theirs.remove("--arguments")
    parsed = read_dcmtk(words, img2dcm.OPTIONS)
    ours = [*parsed.parameters, *(w for g in parsed.given for w in (g.option.name, *g.values))]
    assert sorted(ours) == sorted(theirs)


@pytest.mark.parametrize("line", ["--vl a.jpg o.dcm", "a.jpg o.dcm -k", "+p 3", "-- a.jpg o.dcm", "@none", "a.jpg"])
def test_what_the_real_one_does_not_understand_we_do_not_either(
    line: str, tmp_path: Path, require_tool: Callable[[str], Path], dicomize: Run
) -> None:
    real = subprocess.run([require_tool("img2dcm"), *line.split()], cwd=tmp_path, capture_output=True, check=False)
    assert real.returncode == 1
    dicomize("img2dcm", *line.split()).complains(2)


REFUSED = [option for option in img2dcm.OPTIONS if option.answer is Answer.REFUSED]


@pytest.mark.parametrize("option", REFUSED, ids=lambda option: option.name)
def test_what_is_refused_is_refused_by_name(option: Option, folder: Path, invoke: Run) -> None:
    words = [option.names[1], *["1"] * option.values]
    invoke("img2dcm", *words, "image.jpg", "out.dcm").complains(2, f"{option.name} is refused: {option.text}")
    assert not (folder / "out.dcm").exists()


def test_of_options_that_exclude_each_other_the_rightmost_counts(folder: Path, invoke: Run) -> None:
    assert invoke("img2dcm", "-oph", "-vlp", "-nsc", "-sc", "+g", "-g", "-F", "+F", "image.jpg", "out.dcm").code == 0
    assert dcmread(folder / "out.dcm").SOPClassUID.name == "Secondary Capture Image Storage"
    invoke("img2dcm", "-g", "+g", "image.jpg", "out.dcm").complains(2, "--group-length-create is refused")


@pytest.mark.parametrize("option", ASKED_FOR)
def test_what_they_must_have_stated_is_what_the_real_one_lists(
    option: str, both: Run, folder: Path, require_tool: Run
) -> None:
    words = ["-i2", "-i1", option, "image.jpg", "OUT", *[word for key in ASKED_FOR[option] for word in ("-k", key)]]
    done = both("img2dcm", words)
    assert (done.code, done.codes) == (1, (9, 9, 9))
    real = subprocess.run([require_tool("img2dcm"), *words], cwd=folder, capture_output=True, text=True, check=False)
    theirs = {*re.findall(r"Missing type . attribute: (\w+)", real.stderr)}
    # made for a device that is synchronized with no other; and Exif names the maker
    theirs -= {"SynchronizationFrameOfReferenceUID", "Manufacturer"}
    assert len(theirs) > 10
    for error in done.errors:
        (line,) = [line for line in error.splitlines() if "stated" in line]
        assert {*re.findall(r"\b[A-Z]\w+", line.partition(".jpg: ")[2])} - {"KEY", "VALUE"} == theirs


DONE = [o for o in img2dcm.OPTIONS if o.answer is Answer.ALREADY]


@pytest.mark.parametrize("option", DONE, ids=lambda option: option.name)
def test_what_is_already_so_changes_nothing(option: Option, folder: Path, invoke: Run) -> None:
    invoke("img2dcm", "image.jpg", "one.dcm")
    assert invoke("img2dcm", option.name, "image.jpg", "two.dcm").code == 0
    assert (folder / "one.dcm").read_bytes() == (folder / "two.dcm").read_bytes()


def progressive(folder: Path) -> None:
    Image.open(folder / "image.jpg").save(folder / "image.jpg", progressive=True)


def without_jfif(folder: Path) -> None:
    data = (folder / "image.jpg").read_bytes()
    length = int.from_bytes(data[4:6], "big")
    (folder / "image.jpg").write_bytes(data[:2] + data[4 + length :])


def extended(folder: Path) -> None:
    (folder / "image.jpg").write_bytes((folder / "image.jpg").read_bytes().replace(b"\xff\xc0", b"\xff\xc1", 1))


@pytest.mark.parametrize(
    ("option", "change"), [("-jf", without_jfif), ("-de", extended), ("-dp", progressive)], ids=["-jf", "-de", "-dp"]
)
def test_pictures_that_an_option_forbids(option: str, change: Callable[[Path], None], folder: Path, both: Run) -> None:
    done = both("img2dcm", [option, "image.jpg", "OUT"])
    assert (done.code, done.codes) == (0, (0, 0, 0))
    for made in folder.glob("*.dcm"):
        if made.name != "template.dcm":
            made.unlink()
    change(folder)
    done = both("img2dcm", [option, "image.jpg", "OUT"])
    assert (done.code, done.codes) == (1, (3, 3, 3))


@pytest.mark.usefixtures("folder")
def test_input_formats(invoke: Run) -> None:
    assert invoke("img2dcm", "-i", "BMP", "-i", "JPEG", "image.jpg", "out.dcm").code == 0
    invoke("img2dcm", "-i", "BMP", "image.jpg", "out.dcm").complains(3, "is a JPEG file, but --input-format says BMP")
    invoke("img2dcm", "-i", "bmp", "image.jpg", "out.dcm").complains(2, "--input-format 'bmp' is not known")


def test_jpeg_ls_of_newer_versions(folder: Path, corpus: Path, invoke: Run) -> None:
    source = corpus / "synthetic" / "src.jls"
    assert invoke("img2dcm", "-i", "JPEG-LS", source, "out.dcm").code == 0
    assert dcmread(folder / "out.dcm").file_meta.TransferSyntaxUID.name == "JPEG-LS Lossless Image Compression"


@pytest.mark.usefixtures("folder")
def test_how_much_is_said(dicomize: Run) -> None:
    """Quiet by default, as img2dcm is: warnings on stderr, nothing on stdout."""
    words = ("image.jpg", "out.dcm", "-ka")
    plain = dicomize("img2dcm", *words)
    assert (plain.code, plain.out) == (0, "")
    assert "dicomize: note: --keep-appn is not done: " in plain.err
    assert "dicomize: note: nobody said whose picture this is" in plain.err
    for level in (["-q"], ["-ll", "error"], ["-ll", "fatal"]):
        done = dicomize("img2dcm", *level, *words)
        assert (done.code, done.out, done.err) == (0, "", "")
    verbose = dicomize("img2dcm", "-v", *words)
    assert "image.jpg -> out.dcm" in verbose.out
    assert "dicomize: the same as dicomize convert --as sc --overwrite image.jpg out.dcm\n" in verbose.err
    assert dicomize("img2dcm", "-ll", "info", *words).out == verbose.out
    debug = dicomize("img2dcm", "-d", *words)
    assert "ran " in debug.out
    assert "SOPInstanceUID: " in debug.out
    dicomize("img2dcm", "-ll", "loud", *words).complains(2, "--log-level 'loud' is not known")
    said = dicomize("img2dcm", "-q", "--arguments", *words)
    assert said.err == "img2dcm with 5 arguments: -q --arguments image.jpg out.dcm -ka\n"


@pytest.mark.usefixtures("folder")
def test_json(dicomize: Run) -> None:
    done = dicomize("img2dcm", "--json", "image.jpg", "out.dcm", "--backend", "pydicom")
    assert done.json["command"] == "img2dcm"
    (result,) = done.json["results"]
    assert (result["status"], result["choice"]["backend"]) == ("converted", "pydicom")
    assert result["equivalent"] == "dicomize convert --as sc --backend pydicom --overwrite image.jpg out.dcm"
    failed = dicomize("img2dcm", "--json", "image.jpg")
    assert (failed.code, failed.json["results"][0]["error"]) == (2, "UsageError")


WISHES = [
    "image.jpg out.dcm",
    "-vlp -k PatientName=Bond^James -k '(0040,0275)[0].(0040,0009)=3' -k AccessionNumber image.jpg out.dcm",
    "--series-from template.dcm -ii image.jpg out.dcm --no-checks",
    "-df template.dcm -stf template.dcm +l1 -k PatientName=Müller image.jpg out.dcm",
    "-q -k 'PatientName=it'\\''s' image.jpg out.dcm --backend gdcm",
    "-sc --as photo --patient-id 4711 --uid-root 1.2.3 --jpeg-color ycbcr image.jpg out.dcm --keep-orientation",
    "image.jpg out.dcm --metadata table.json --transfer-syntax explicit",
]


@pytest.mark.parametrize("line", WISHES)
def test_the_same_as_convert(line: str, folder: Path, invoke: Run) -> None:
    """What -v says to be the same is the same."""
    (folder / "table.json").write_text('{"StationName": "X"}')
    words = shlex.split(line)
    assert invoke("img2dcm", *words).code == 0
    result = (folder / "out.dcm").read_bytes()
    (folder / "out.dcm").unlink()
    same = shlex.split(in_our_words(img2dcm.TOOL.call(read_dcmtk(words, img2dcm.TOOL.all_options))))
    assert same[:2] == ["dicomize", "convert"]
    assert invoke(*same[1:]).code == 0
    assert (folder / "out.dcm").read_bytes() == result


def test_our_options_do_what_messages_ask_for(
    folder: Path, both: Run, invoke: Run, picture: Callable[..., bytes]
) -> None:
    """img2dcm never turns a picture. Where that is not exact it is decoded, and a note says so."""
    with Image.open(folder / "image.jpg") as image:
        exif = Image.Exif()
        exif[0x0112] = 3
        image.crop((0, 0, 61, 43)).save(folder / "image.jpg", exif=exif)
    assert "so it is decoded" in invoke("img2dcm", "-v", "image.jpg", "out.dcm").out
    assert dcmread(folder / "out.dcm").file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert invoke("img2dcm", "image.jpg", "out.dcm", "--transfer-syntax", "explicit").code == 0
    assert invoke("img2dcm", "image.jpg", "out.dcm", "--keep-orientation").code == 0
    theirs = both("img2dcm", ["image.jpg", "OUT"]).theirs
    assert picture(dcmread(folder / "out.dcm")) == picture(theirs)
    invoke("img2dcm", "image.jpg", "out.dcm", "--uids", "x").complains(
        2, "--uids 'x' is not known; choose derived, random"
    )


def test_every_option_of_convert_is_taken_by_its_long_name() -> None:
    """The fields of the request, each but for what the tool has itself."""
    named = {ours.field for ours in of_convert()}
    assert named == {field.name for field in dataclasses.fields(RequestOptions)}
    for tool in TOOLS.values():
        names = [name for option in tool.all_options for name in option.names]
        assert len(set(names)) == len(names)
        assert {"--keep-orientation", "--transfer-syntax", "--jpeg-color", "--patient-id", "--site", "--json"} <= {
            *names
        }


def test_a_result_replaces_an_older_one_but_never_what_was_read(folder: Path, dicomize: Run) -> None:
    (folder / "out.dcm").write_bytes(b"older")
    assert dicomize("img2dcm", "image.jpg", "out.dcm").code == 0
    assert (folder / "out.dcm").read_bytes()[128:132] == b"DICM"
    dicomize("img2dcm", "image.jpg", "image.jpg").complains(2, "is itself one of the sources")
    dicomize("img2dcm", "image.jpg", "template.dcm", "-df", "template.dcm").complains(2, "itself one of the sources")


def test_several_pictures_and_stdout(folder: Path, dicomize: Run) -> None:
    dicomize("img2dcm", "image.jpg", "image.jpg", "out.dcm").complains(2, "makes frames of them with --new-sc only")
    words = ("img2dcm", "-nsc", "image.jpg", "image.jpg", "out.dcm")
    dicomize(*words).complains(9, "needs a value for BurnedInAnnotation")
    assert dicomize(*words, "-k", "BurnedInAnnotation=NO").code == 0
    dataset = dcmread(folder / "out.dcm")
    assert (dataset.NumberOfFrames, list(dataset.PageNumberVector)) == (2, [1, 2])
    dicomize("img2dcm", "image.jpg", "-").complains(2, "a result is not written to stdout")


def test_xml_templates(folder: Path, both: Run, dicomize: Run) -> None:
    text = '<file-format%s><data-set><element tag="0010,0010" vr="PN">X^Y</element></data-set></file-format>'
    (folder / "named.xml").write_text(text % ' xmlns="http://dicom.offis.de/dcmtk"')
    (folder / "plain.xml").write_text(text % "")
    dicomize("img2dcm", "-dx", "plain.xml", "+Vn", "image.jpg", "out.dcm").complains(9, "does not name the namespace")
    assert dicomize("img2dcm", "-dx", "named.xml", "+Vn", "image.jpg", "out.dcm").code == 0
    assert dcmread(folder / "out.dcm").PatientName == "X^Y"
    done = both("img2dcm", ["-dx", "named.xml", "image.jpg", "OUT"])
    if done.code == 0:  # a build without libxml2 has no -dx
        assert done.theirs.PatientName == done.ours.PatientName


def test_site_profile(folder: Path, dicomize: Run) -> None:
    (folder / "here.toml").write_text('backends = ["pydicom"]\n[attributes]\nInstitutionName = "Here"\n')
    done = dicomize("img2dcm", "--site", "./here.toml", "--json", "image.jpg", "out.dcm")
    assert done.json["results"][0]["choice"]["backend"] == "pydicom"
    assert dcmread(folder / "out.dcm").InstitutionName == "Here"


@pytest.mark.parametrize("tool", ["img2dcm", "gdcmimg", "jpg2dcm"])
def test_help_and_version(tool: str, dicomize: Run) -> None:
    done = dicomize(tool, "--help")
    assert (done.code, done.err) == (0, "")
    assert f"What becomes of each option of {tool}" in done.out
    assert "It takes the long options of dicomize convert, too" in done.out
    assert dicomize(tool).out == done.out
    assert re.match(rf"dicomize \S+, in place of {tool} of ", dicomize(tool, "--version").out)


def test_command_files_that_are_not_closed(tmp_path: Path) -> None:
    (tmp_path / "x").write_text('-k "PatientName=A B a.jpg out.dcm')
    with pytest.raises(UsageError, match="has a quotation mark that is not closed"):
        read_dcmtk([f"@{tmp_path / 'x'}"], img2dcm.OPTIONS)


def test_words_are_not_ours_to_interpret(folder: Path, dicomize: Run) -> None:
    (folder / "image.jpg").rename(folder / "--verbose.jpg")
    assert dicomize("img2dcm", "./--verbose.jpg", "out.dcm").code == 0
    dicomize("img2dcm", "--verbose.jpg", "out.dcm").complains(2, "there is no option '--verbose.jpg'")
