"""What a source is, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dicomize.model import Alpha, SourceImage
from dicomize.records import dataclass
from dicomize.rectangles import shown
from dicomize.report.plain import printable
from dicomize.report.text import console, fields

if TYPE_CHECKING:
    from dicomize.lettering.finding import Reading


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine found in one picture."""

    page: int
    """which of several pictures of the file, from 1; 0: the only one"""
    reading: Reading


@dataclass(frozen=True, slots=True)
class Inspection:
    """A source, and the sentence on why it would be refused as it is, or an empty string."""

    image: SourceImage
    refusal: str
    text: tuple[Found, ...] = ()
    """what an engine found in the pixels of each picture; none where none was asked"""


_PROCESSES = {
    0: "baseline", 1: "extended sequential", 2: "progressive", 3: "lossless", 9: "arithmetic-coded",
    10: "progressive, arithmetic-coded", 11: "lossless, arithmetic-coded",
}  # fmt: skip


def show_inspections(inspections: Sequence[Inspection]) -> None:
    """One table for each."""
    out = console()
    for inspection in inspections:
        out.print(printable(str(inspection.image.path)), style="bold", overflow="fold")
        table = fields()
        for name, text in _rows(inspection):
            table.add_row(f"  {name}", printable(text))
        out.print(table)


def _rows(inspection: Inspection) -> Iterator[tuple[str, str]]:
    image, exif = inspection.image, inspection.image.exif
    yield "format", f"{image.format}{_process(image)}, {image.size:,} bytes"
    yield "size", f"{image.Columns} x {image.Rows}, {image.bits} bits a sample"
    if image.frames > 1:
        yield "pictures", f"{image.frames}"
    yield "colour", ", ".join(_color(image))
    yield "SHA-256", image.sha256
    if exif.DateTimeOriginal:
        fraction = f".{exif.SubSecTimeOriginal}" if exif.SubSecTimeOriginal else ""
        yield "taken", f"{exif.DateTimeOriginal}{fraction} {exif.OffsetTimeOriginal}".strip()
    device = ", ".join(text for text in (exif.Make, exif.Model, exif.Software) if text)
    if device:
        yield "device", device
    if exif.Orientation != 1:
        yield "orientation", f"Exif Orientation {exif.Orientation}: it will be turned upright"
    if image.residue:
        yield "besides", ", ".join(f"{r.name} ({r.length:,} bytes)" for r in image.residue)
    if exif.private:
        yield "leaks", f"{', '.join(exif.private)}: none of it is kept"
    for problem in (*exif.problems, *image.notes):
        yield "note", problem
    if inspection.text:
        yield from _found(inspection.text)
    yield "verdict", inspection.refusal or "can be converted as it is"


def _found(found: Sequence[Found]) -> Iterator[tuple[str, str]]:
    """The text that was found, and what would blacken it."""
    for one in found:
        where = f" in picture {one.page}" if one.page else ""
        for text in one.reading.found:
            yield "text", f"{text.text!r} ({text.confidence:.0%}){where}: --redact {shown(text.rectangle)}"
    count = sum(len(one.reading.found) for one in found)
    of = f" in {len(found)} pictures" if len(found) > 1 else ""
    says = f"{count or 'none'} found{of} by {found[0].reading.engine}"
    yield "text", f"{says}; what is small, pale or handwritten may be missed"


def _process(image: SourceImage) -> str:
    if image.jpeg is None:
        return ""
    return f", {_PROCESSES.get(image.jpeg.sof, 'hierarchical')} (SOF{image.jpeg.sof})"


def _color(image: SourceImage) -> Iterator[str]:
    yield str(image.color)
    if image.jpeg is not None:
        yield f"sampling {' '.join(f'{h}x{v}' for h, v in image.jpeg.sampling)}"
    if image.palette:
        yield f"palette of {image.palette}"
    if image.alpha is not Alpha.NONE:
        yield f"alpha channel ({image.alpha})"
    if image.icc:
        yield f"ICC profile {image.icc}"
