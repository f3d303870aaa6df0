"""GDCM's gdcmimg, as far as it makes DICOM of a picture."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from pydicom.uid import UID

from dicomize.cli.legacy.arguments import Given, Parsed, read_getopt
from dicomize.cli.legacy.call import Call, Level, OtherTool, effective, remarks, said, value_of, values_of
from dicomize.cli.legacy.demands import Demands
from dicomize.cli.legacy.table import Answer, Option
from dicomize.cli.options import RequestOptions
from dicomize.errors import UsageError
from dicomize.metadata.iod import SOP_CLASSES

H, A, N, R = Answer.HONOURED, Answer.ALREADY, Answer.NOT_DONE, Answer.REFUSED
_RAW = "it belongs to raw pixels, which are not converted; the picture itself says what it is"
_FILL = "it blanks a region of a DICOM file, which is no conversion; gdcmimg does it"

OPTIONS: Final = (
    Option(("--input", "-i"), H, "the picture, by content and not by the ending of its name", "FILE"),
    Option(("--output", "-o"), H, "the result", "FILE"),
    Option(("--endian",), R, _RAW, "LSB|MSB"),
    Option(("--depth", "-d"), H, "must be the bits that the picture has", "BITS"),
    Option(("--sign",), H, "must be 0, as the samples of pictures are", "0|1"),
    Option(("--spp",), H, "must be the samples that the picture has", "COUNT"),
    Option(("--pc",), H, "must be 0: samples are stored by pixel", "0|1"),
    Option(("--pi",), H, "must be what the picture is; it is never relabelled", "NAME"),
    Option(("--pf",), H, "must be what the picture has", "BA,BS,HB"),
    Option(("--size", "-s"), H, "must be the size of the picture", "X,Y"),
    Option(("--offset",), R, _RAW, "BYTES"),
    Option(("--sop-class-uid", "-C"), H, "as `dicomize convert --as`, by UID or by the name of PS3.6", "UID"),
    Option(("--study-uid", "-T"), H, "as `dicomize convert --study-uid`", "UID"),
    Option(("--series-uid", "-S"), H, "as `dicomize convert --series-uid`", "UID"),
    Option(("--template",), H, "as `dicomize convert --dataset-from`; the result gets a SOPInstanceUID of its own", "FILE"),
    Option(("--keep-meta",), R, "what belongs to the file of the template cannot belong to another file"),
    Option(("--root-uid",), H, "as `dicomize convert --uid-root`; so is the variable GDCM_ROOT_UID", "UID"),
    Option(("--region", "-R"), R, _FILL, "REGION"),
    Option(("--fill", "-F"), R, _FILL, "VALUE"),
    Option(("--verbose", "-V"), H, "what was done, and the same as a `dicomize convert`", group="log"),
    Option(("--warning", "-W"), A, "notes are always shown", group="log"),
    Option(("--debug", "-D"), H, "with every command, change and finding", group="log"),
    Option(("--error", "-E"), H, "nothing but errors", group="log"),
    Option(("--help", "-h"), H, "this table"),
    Option(("--version", "-v"), H, "the version of dicomize"),
)  # fmt: skip


def translate(parsed: Parsed) -> Call:
    """What a command line of gdcmimg asks for.

    Raises:
        UsageError: files are missing, an option is refused, or a value is none that it takes.
    """
    given = effective(parsed.given)
    sources, destination = _files(given, parsed.parameters)
    template = value_of(given, "--template")
    return Call(
        sources=sources,
        destination=destination,
        options=RequestOptions(
            sop_class=_sop_class(value_of(given, "--sop-class-uid") or ""),
            dataset_from=None if template is None else Path(template),
            study_uid=value_of(given, "--study-uid"),
            series_uid=value_of(given, "--series-uid"),
            uid_root=value_of(given, "--root-uid") or os.environ.get("GDCM_ROOT_UID", ""),
            overwrite=True,
            multiframe=len(sources) > 1,
        ),
        level=_level(given),
        demands=Demands(pixels=_pixels(given)),
        remarks=remarks(given),
    )


def _files(given: tuple[Given, ...], parameters: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    sources = [*values_of(given, "--input"), *parameters]
    destination = value_of(given, "--output")
    if destination is None and len(sources) > 1:
        destination = sources.pop()
    if destination is None or not sources:
        raise UsageError("a picture and a result are needed", "dicomize gdcmimg [options] -i file-in -o file-out")
    return tuple(sources), destination


def _sop_class(word: str) -> str:
    """The UID of a name of PS3.6, or of its keyword; anything else stays as it is."""
    names = {name: c.UID for c in SOP_CLASSES for name in (UID(c.UID).name, UID(c.UID).keyword)}
    return names.get(word, word)


def _level(given: tuple[Given, ...]) -> Level:
    switches = {"--error": Level.ERRORS, "--verbose": Level.REPORT, "--debug": Level.DETAILS}
    return next((level for name, level in switches.items() if said(given, name)), Level.NOTES)


_FIELDS: Final = {
    "--depth": ("BitsAllocated|BitsStored",),
    "--sign": ("PixelRepresentation",),
    "--spp": ("SamplesPerPixel",),
    "--pc": ("PlanarConfiguration",),
    "--pi": ("PhotometricInterpretation",),
    "--pf": ("BitsAllocated", "BitsStored", "HighBit"),
    "--size": ("Columns", "Rows"),
}
"""option -> the fields of the picture that its values, between commas, must be"""


def _pixels(given: tuple[Given, ...]) -> tuple[tuple[str, str, str], ...]:
    found: list[tuple[str, str, str]] = []
    for name, fields in _FIELDS.items():
        value = value_of(given, name)
        if value is None:
            continue
        parts = value.split(",")
        if len(parts) != len(fields):
            raise UsageError(f"{name} {value!r} is not {len(fields)} values", "separate them by commas")
        found += [(field, part, name) for field, part in zip(fields, parts, strict=True)]
    return tuple(found)


TOOL: Final = OtherTool(
    "gdcmimg", OPTIONS, read_getopt, translate, "gdcmimg [options] -i file-in -o file-out", "GDCM 3.0"
)
