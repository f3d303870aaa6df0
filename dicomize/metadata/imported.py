"""Files that attributes come from, read in the order of their word (docs/metadata.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dicomize.errors import MetadataError, UsageError
from dicomize.model import ImportedAttributes
from dicomize.records import dataclass


@dataclass(frozen=True, slots=True)
class AttributeFiles:
    """The options that name files; None: not given."""

    dataset_from: Path | None = None
    dataset_from_xml: Path | None = None
    study_from: Path | None = None
    series_from: Path | None = None
    instance_inc: bool = False
    metadata: Path | None = None


def read_files(files: AttributeFiles) -> tuple[ImportedAttributes, ...]:
    """What the files say, from the lowest word to the highest.

    Raises:
        UsageError: two options exclude each other.
        MetadataError: a file cannot be read, or is not what its option takes.
    """
    if files == AttributeFiles():
        return ()
    _require_agreement(files)
    return (*_templates(files), *_metadata(files.metadata))


def _require_agreement(files: AttributeFiles) -> None:
    for one, other in (("dataset-from", "dataset-from-xml"), ("study-from", "series-from")):
        if getattr(files, one.replace("-", "_")) and getattr(files, other.replace("-", "_")):
            raise UsageError(f"--{one} and --{other} exclude each other", "give one of them")
    if files.instance_inc and not any(
        (files.dataset_from, files.dataset_from_xml, files.study_from, files.series_from)
    ):
        raise UsageError(
            "--instance-inc goes on from the InstanceNumber of a file, but none is named",
            "name one with --series-from, --study-from or --dataset-from",
        )


def _templates(files: AttributeFiles) -> Iterator[ImportedAttributes]:
    from dicomize.metadata import templates  # noqa: PLC0415 - most runs name no file
    from dicomize.metadata.reading import shown  # noqa: PLC0415 - as above

    related = files.study_from or files.series_from
    # as img2dcm: the file of the series or study has the word on the number, where one is named
    increment = files.instance_inc and related is None
    if files.dataset_from is not None:
        from dicomize.metadata.dicomfile import read_elements  # noqa: PLC0415 - as above

        origin = f"--dataset-from {shown(files.dataset_from)}"
        yield templates.whole(origin, read_elements(files.dataset_from), increment=increment)
    if files.dataset_from_xml is not None:
        from dicomize.metadata.xmlfile import read_xml  # noqa: PLC0415 - as above

        origin = f"--dataset-from-xml {shown(files.dataset_from_xml)}"
        yield templates.whole(origin, read_xml(files.dataset_from_xml), increment=increment)
    if related is not None:
        from dicomize.metadata.dicomfile import read_elements  # noqa: PLC0415 - as above

        option, keywords = ("study-from", templates.STUDY) if files.study_from else ("series-from", templates.SERIES)
        elements = read_elements(related)
        yield templates.some(f"--{option} {shown(related)}", elements, keywords, increment=files.instance_inc)


def _metadata(path: Path | None) -> Iterator[ImportedAttributes]:
    if path is None:
        return
    from dicomize.metadata.reading import shown  # noqa: PLC0415 - as above
    from dicomize.metadata.tables import read_table  # noqa: PLC0415 - as above

    origin = f"--metadata {shown(path)}"
    try:
        yield ImportedAttributes(origin, read_table(path))
    except MetadataError as error:
        raise MetadataError(f"{origin}: {error.message}", error.remedy) from None
