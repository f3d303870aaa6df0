"""dicomize compare --html: what was compared, as a page."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from dicomize.comparing.model import BackendOutcome, Comparison, InstanceComparison, StoredFile
from dicomize.errors import DicomizeError
from dicomize.publish import candidate, publish
from dicomize.rendering.choosing import choose
from dicomize.rendering.display import display_of
from dicomize.rendering.picture import Picture
from dicomize.report.html.pair import pair_page
from dicomize.report.html.pictures import Shot
from dicomize.report.html.toolkits import toolkits_page
from dicomize.wrappers.tool import Tools

_LARGEST: Final = 1024
"""pixels along the longer side of a picture in the page"""


@contextmanager
def kept(raw: Path | None, html: Path | None) -> Iterator[Path | None]:
    """Where files and pictures are kept: where the user wants them, else as long as a page is made of them."""
    if raw is not None or html is None:
        yield raw
        return
    with tempfile.TemporaryDirectory(prefix="dicomize-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def write_toolkits(comparison: Comparison, html: Path, *, overwrite: bool) -> None:
    """The page of one picture through every toolkit.

    Raises:
        DestinationError, DestinationExists: it cannot be written.
    """
    _write(toolkits_page(comparison), html, overwrite=overwrite)


def write_pair(comparison: InstanceComparison, html: Path, *, overwrite: bool) -> None:
    """The page of two instances, with a picture of each.

    Raises:
        DestinationError, DestinationExists: it cannot be written.
    """
    worst = comparison.pixels.worst if comparison.pixels else None
    frame = worst.number if worst else 1
    shots: list[Shot] = []
    problems: list[str] = []
    for side, path in (("left", comparison.left), ("right", comparison.right)):
        try:
            shots.append(_shot(side, path, frame))
        except DicomizeError as error:
            problems.append(f"The {side} one has no picture here: {error.message}.")
    _write(pair_page(comparison, shots, problems), html, overwrite=overwrite)


def _shot(side: str, path: Path, frame: int) -> Shot:
    display = display_of(path, frame, None)
    renderer = choose(display, "", Tools()).renderer
    with tempfile.TemporaryDirectory(prefix="dicomize-", ignore_cleanup_errors=True) as folder:
        rendering = renderer.render(display, Path(folder))
    note = f"Frame {frame} of {display.frames}, {rendering.steps}." if display.frames > 1 else f"{rendering.steps}."
    return Shot(side, _small(rendering.picture).png(), rendering.renderer, note)


def _small(picture: Picture) -> Picture:
    if max(picture.columns, picture.rows) <= _LARGEST:
        return picture
    image = picture.image()
    image.thumbnail((_LARGEST, _LARGEST))
    return Picture(image.width, image.height, picture.mode, image.tobytes())


def _write(text: str, html: Path, *, overwrite: bool) -> None:
    # a path that is no UTF-8 has been written out by then
    data = text.encode("utf-8")
    with candidate(html, lambda file: file.write(data)) as finished:
        publish(finished, html, overwrite=overwrite)


def forgotten(comparison: Comparison) -> Comparison:
    """The comparison without the files that were kept for the page alone, and are gone."""
    return replace(comparison, picture=None, backends=tuple(_forgotten(b) for b in comparison.backends))


def _forgotten(outcome: BackendOutcome) -> BackendOutcome:
    raw, normalized = outcome.raw, outcome.normalized
    return replace(
        outcome,
        raw=replace(raw, file=_without_files(raw.file)),
        normalized=replace(normalized, file=_without_files(normalized.file)),
    )


def _without_files(file: StoredFile | None) -> StoredFile | None:
    if file is None:
        return None
    return replace(file, path=None, digests=tuple(replace(d, picture=None) for d in file.digests))
