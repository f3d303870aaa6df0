"""dcm4che's jpg2dcm, for pictures; it converts films too, which is not done here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dicomize.cli.legacy.arguments import Parsed, read_commons
from dicomize.cli.legacy.call import Call, OtherTool, effective, remarks, said, value_of, values_of
from dicomize.cli.legacy.table import Answer, Option
from dicomize.cli.options import RequestOptions
from dicomize.errors import UsageError

H, A = Answer.HONOURED, Answer.ALREADY

OPTIONS: Final = (
    Option(("-f", "--file"), H, "as `dicomize convert --dataset-from-xml`", "FILE"),
    Option(("-m", "--metadata"), H, "as `dicomize convert -k`, with / between the parts of a path too; `--` ends them", "ATTR=VALUE..."),
    Option(("--xc",), H, "`--as photo`"),
    Option(("--no-app",), A, "APPn segments are never kept, but an Adobe segment where the colours need it"),
    Option(("-na", "--no-appn"), A, "the same, of older versions", "true|false"),
    Option(("-h", "--help"), H, "this table"),
    Option(("-V", "--version"), H, "the version of dicomize"),
)  # fmt: skip


def translate(parsed: Parsed) -> Call:
    """What a command line of jpg2dcm asks for.

    Raises:
        UsageError: files are missing.
    """
    given = effective(parsed.given)
    if len(parsed.parameters) < 2:
        raise UsageError("a picture and a result are needed", "dicomize jpg2dcm [options] [--] file... file|folder")
    *sources, destination = parsed.parameters
    document = value_of(given, "-f")
    keys = [_key(text) for text in values_of(given, "-m")]
    return Call(
        sources=tuple(sources),
        destination=destination,
        options=RequestOptions(
            sop_class="photo" if said(given, "--xc") else "sc",
            dataset_from_xml=None if document is None else Path(document),
            keys=keys or None,
            overwrite=True,
        ),
        remarks=remarks(given),
        into_folder=True,
    )


def _key(text: str) -> str:
    """dcm4che separates the parts of a path by / or by dots."""
    key, equals, value = text.partition("=")
    return key.replace("/", ".") + equals + value


TOOL: Final = OtherTool(
    "jpg2dcm", OPTIONS, read_commons, translate, "jpg2dcm [options] [--] file... file|folder", "dcm4che 5"
)
