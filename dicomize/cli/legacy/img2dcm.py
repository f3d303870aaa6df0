"""DCMTK's img2dcm: the options of 3.6.7, and those of older and newer versions that scripts may hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from dicomize.cli.legacy.arguments import Given, Parsed, read_dcmtk
from dicomize.cli.legacy.call import Call, Level, OtherTool, effective, remarks, said, value_of, values_of
from dicomize.cli.legacy.demands import Demands
from dicomize.cli.legacy.table import Answer, Option
from dicomize.cli.options import RequestOptions
from dicomize.errors import UsageError
from dicomize.metadata.xmlfile import read_xml

H, A, N, R = Answer.HONOURED, Answer.ALREADY, Answer.NOT_DONE, Answer.REFUSED

OPTIONS: Final = (
    Option(("--help", "-h"), H, "this table"),
    Option(("--version",), H, "the version of dicomize"),
    Option(("--arguments",), H, "all arguments, command files expanded, on stderr"),
    Option(("--quiet", "-q"), H, "nothing but errors", group="log"),
    Option(("--verbose", "-v"), H, "what was done, and the same as a `dicomize convert`", group="log"),
    Option(("--debug", "-d"), H, "the same, with every command, change and finding", group="log"),
    Option(("--log-level", "-ll"), H, "fatal, error: as -q; warn: notes, the default; info: as -v; debug, trace: as -d", "LEVEL", "log"),
    Option(("--log-config", "-lc"), R, "it configures the logger of DCMTK; `dicomize convert --journal` keeps a record", "FILE"),
    Option(("--input-format", "-i"), H, "JPEG, BMP, JPEG-LS: what the file must be; without it the file itself says what it is", "FORMAT"),
    Option(("--dataset-from", "-df"), H, "as `dicomize convert --dataset-from`: what belongs to the other picture is left out", "FILE", "template"),
    Option(("--dataset-from-xml", "-dx"), H, "as `dicomize convert --dataset-from-xml`", "FILE", "template"),
    Option(("--study-from", "-stf"), H, "as `dicomize convert --study-from`", "FILE"),
    Option(("--series-from", "-sef"), H, "as `dicomize convert --series-from`", "FILE"),
    Option(("--instance-inc", "-ii"), H, "as `dicomize convert --instance-inc`"),
    Option(("--disable-progr", "-dp"), H, "progressive JPEG is refused"),
    Option(("--disable-ext", "-de"), H, "extended sequential JPEG is refused"),
    Option(("--insist-on-jfif", "-jf"), H, "JPEG without a JFIF header is refused"),
    Option(("--keep-appn", "-ka"), N, "APPn segments hold places, names and thumbnails; what is clinically useful becomes attributes, and an Adobe segment stays where the colours need it"),
    Option(("--remove-com", "-rc"), A, "comments are never kept"),
    Option(("--validate-document", "+Vd"), A, "the form of the document is always checked"),
    Option(("--check-namespace", "+Vn"), H, "the document must name DCMTK's namespace"),
    Option(("--do-checks",), A, "the result is checked before it is written", group="checks"),
    Option(("--no-checks",), H, "as `dicomize convert --no-strict`: written whatever the checks find; the header is complete all the same, and values must have their VR", group="checks"),
    Option(("--insert-type2", "+i2"), A, "type 2 attributes are there, empty where nobody stated them", group="type 2"),
    Option(("--no-type2-insert", "-i2"), H, "type 2 attributes that nobody stated are refused, unless with --no-checks", group="type 2"),
    Option(("--invent-type1", "+i1"), A, "type 1 attributes get a value where it claims nothing", group="type 1"),
    Option(("--no-type1-invent", "-i1"), H, "type 1 attributes that nobody stated are refused, unless with --no-checks", group="type 1"),
    Option(("--transliterate", "-Ct"), A, "no character needs to be approximated: text beyond ASCII is written in UTF-8 where the file's character set cannot hold it", group="characters"),
    Option(("--discard-illegal", "-Cd"), A, "no character needs to be discarded, for the same reason", group="characters"),
    Option(("--latin1", "+l1"), H, "text beyond ASCII in ISO_IR 100; of older versions", group="latin 1"),
    Option(("--no-latin1", "-l1"), A, "ASCII text gets no character set; of older versions", group="latin 1"),
    Option(("--key", "-k"), H, "as `dicomize convert -k`: values are checked, and what the picture decides is refused", "KEY=VALUE"),
    Option(("--sec-capture", "-sc"), H, "`--as sc`", group="SOP class"),
    Option(("--new-sc", "-nsc"), H, "`--as mfsc`; BurnedInAnnotation has to be stated, as nobody here looks", group="SOP class"),
    Option(("--vl-photo", "-vlp"), H, "`--as photo`", group="SOP class"),
    Option(("--oph-photo", "-oph"), H, "`--as ophthalmic`; what only a person knows has to be stated, and is asked for", group="SOP class"),
    Option(("--write-file", "+F"), A, "a result is a DICOM file", group="file format"),
    Option(("--write-dataset", "-F"), R, "a result is a DICOM file, which says what it is; dcmconv -F makes a bare data set of it", group="file format"),
    Option(("--group-length-recalc", "+g="), A, "no group lengths are present", group="group length"),
    Option(("--group-length-create", "+g"), R, "group lengths are retired (PS3.5 7.2); dcmconv +g adds them", group="group length"),
    Option(("--group-length-remove", "-g"), A, "no group lengths are written", group="group length"),
    Option(("--length-explicit", "+e"), A, "sequences have explicit lengths", group="length"),
    Option(("--length-undefined", "-e"), R, "every result is encoded in the one way, so that it can be compared; dcmconv -e changes it", group="length"),
    Option(("--padding-off", "-p"), A, "there is no padding", group="padding"),
    Option(("--padding-create", "+p"), R, "every result is encoded in the one way; dcmconv +p pads it", "FILE-PAD ITEM-PAD", "padding"),
)  # fmt: skip

_LEVELS: Final = {
    "fatal": Level.ERRORS,
    "error": Level.ERRORS,
    "warn": Level.NOTES,
    "info": Level.REPORT,
    "debug": Level.DETAILS,
    "trace": Level.DETAILS,
}
_FORMATS: Final = ("JPEG", "BMP", "JPEG-LS")
_PROCESSES: Final = {"--disable-progr": (2, 10), "--disable-ext": (1,)}
"""option -> n of each SOFn that it forbids"""
_SOP_CLASSES: Final = {"--new-sc": "mfsc", "--vl-photo": "photo", "--oph-photo": "ophthalmic"}
"""option -> name for --as; without any of them it is sc"""
_TYPE_1: Final = {
    "sc": ("ConversionType",),
    "mfsc": ("ConversionType",),
    "photo": ("ImageType",),
    "ophthalmic": ("ImageType", "InstanceNumber", "Modality"),
}
"""what is given a value where nobody states it, as img2dcm 3.6.7 invents it"""
_TYPE_2: Final = (
    "PatientName", "PatientSex", "PatientBirthDate", "PatientID", "StudyDate", "StudyTime", "ReferringPhysicianName",
    "StudyID", "AccessionNumber", "SeriesNumber", "InstanceNumber", "PatientOrientation",
)  # fmt: skip
_TYPE_2_OF: Final = {
    "photo": ("AcquisitionContextSequence", "Manufacturer"),
    "ophthalmic": (
        "Manufacturer", "DetectorType", "EmmetropicMagnification", "HorizontalFieldOfView", "IntraOcularPressure",
        "IlluminationTypeCodeSequence", "ImagePathFilterTypeStackCodeSequence", "LensesCodeSequence",
        "LightPathFilterTypeStackCodeSequence", "PatientEyeMovementCommanded", "PupilDilated",
        "RefractiveStateSequence",
    ),
}  # fmt: skip
"""what img2dcm 3.6.7 adds empty otherwise"""


def translate(parsed: Parsed) -> Call:
    """What a command line of img2dcm asks for.

    Raises:
        UsageError: files are missing, an option is refused, or a value is none that it takes.
        MetadataError: the XML document does not name its namespace, where it has to.
    """
    given = effective(parsed.given)
    if len(parsed.parameters) < 2:
        raise UsageError("a picture and a result are needed", "dicomize img2dcm [options] imgfile-in dcmfile-out")
    *sources, destination = parsed.parameters
    if destination == "-":
        raise UsageError("a result is not written to stdout: it appears whole or not at all", "name a file")
    _require_namespace(given)
    sop_class = next((name for option, name in _SOP_CLASSES.items() if said(given, option)), "sc")
    if len(sources) > 1 and sop_class != _SOP_CLASSES["--new-sc"]:
        raise UsageError(
            f"{len(sources)} pictures are named, and img2dcm makes frames of them with --new-sc only",
            "say -nsc, or convert them one by one",
        )
    return Call(
        sources=tuple(sources),
        destination=destination,
        options=replace(_options(given, sop_class), multiframe=len(sources) > 1),
        level=_level(given),
        demands=_demands(given, sop_class),
        remarks=remarks(given),
    )


def _options(given: tuple[Given, ...], sop_class: str) -> RequestOptions:
    keys = [*(["SpecificCharacterSet=ISO_IR 100"] if said(given, "--latin1") else []), *values_of(given, "--key")]
    return RequestOptions(
        sop_class=sop_class,
        dataset_from=_path(given, "--dataset-from"),
        dataset_from_xml=_path(given, "--dataset-from-xml"),
        study_from=_path(given, "--study-from"),
        series_from=_path(given, "--series-from"),
        instance_inc=said(given, "--instance-inc"),
        keys=keys or None,
        overwrite=True,
        no_strict=said(given, "--no-checks"),
    )


def _path(given: tuple[Given, ...], name: str) -> Path | None:
    value = value_of(given, name)
    return None if value is None else Path(value)


def _require_namespace(given: tuple[Given, ...]) -> None:
    document = _path(given, "--dataset-from-xml")
    if document is not None and said(given, "--check-namespace"):
        read_xml(document, require_namespace=True)


def _level(given: tuple[Given, ...]) -> Level:
    word = value_of(given, "--log-level")
    if word is not None:
        if word not in _LEVELS:
            raise UsageError(f"--log-level {word!r} is not known", f"choose {', '.join(_LEVELS)}")
        return _LEVELS[word]
    switches = {"--quiet": Level.ERRORS, "--verbose": Level.REPORT, "--debug": Level.DETAILS}
    return next((level for name, level in switches.items() if said(given, name)), Level.NOTES)


def _demands(given: tuple[Given, ...], sop_class: str) -> Demands:
    wanted = value_of(given, "--input-format") or ""
    if wanted and wanted not in _FORMATS:
        raise UsageError(f"--input-format {wanted!r} is not known", f"choose {', '.join(_FORMATS)}, or leave it out")
    stated: list[tuple[str, str]] = []
    if not said(given, "--no-checks"):
        if said(given, "--no-type2-insert"):
            keywords = _TYPE_2 + _TYPE_2_OF.get(sop_class, ())
            stated += [(keyword, "--no-type2-insert") for keyword in keywords]
        if said(given, "--no-type1-invent"):
            stated += [(keyword, "--no-type1-invent") for keyword in _TYPE_1[sop_class]]
    return Demands(
        format=wanted,
        option_of_format="--input-format",
        jfif="--insist-on-jfif" if said(given, "--insist-on-jfif") else "",
        processes=tuple((sof, name) for name, sofs in _PROCESSES.items() if said(given, name) for sof in sofs),
        stated=tuple(stated),
    )


TOOL: Final = OtherTool(
    "img2dcm", OPTIONS, read_dcmtk, translate, "img2dcm [options] imgfile-in dcmfile-out", "DCMTK 3.6.7"
)
