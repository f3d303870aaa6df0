"""Pictures in formats that are not known here, through ImageMagick, where the site allows it.

ImageMagick is a large program that is handed hostile files, so nobody is made to use it: `imagemagick = true` in a site
profile says that it may be. It writes a PNG, and from there on the picture is what any PNG is.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from dicomize.errors import SourceDamaged, SourceError, SourceUnsupported, ToolFailed, ToolMissing
from dicomize.model import SiteProfile
from dicomize.source.described import SourceFile
from dicomize.source.formats import Format, family
from dicomize.source.large import sha256
from dicomize.source.opening import OpenedSource, foreign_format, located, open_source, read_file
from dicomize.wrappers import imagemagick
from dicomize.wrappers.imagemagick import Facts
from dicomize.wrappers.process import run
from dicomize.wrappers.tool import Tools

_COLORS: Final = frozenset({"sRGB", "Gray"})
"""colour spaces that a PNG holds as they are; into it others are converted, by whatever ImageMagick thinks they are"""
_DEEPEST: Final = 16


def open_any(path: Path, page: int, site: SiteProfile) -> OpenedSource:
    """A picture in any format, as `source.opening.open_source`; what is not known there by ImageMagick, where that is allowed.

    Raises:
        SourceError: as `open_source`.
        ToolMissing: the site allows ImageMagick, and it is not there.
        ToolFailed: it says what nobody understands.
    """
    try:
        return open_source(path, page)
    except SourceUnsupported:
        if not site.imagemagick or (found := foreign_format(path)) is None:
            raise
    return _opened(path, page, found, Tools(site.tools, site.timeout))


def _opened(path: Path, page: int, found: Format, tools: Tools) -> OpenedSource:
    report = imagemagick.find(tools)
    if report.path is None or report.unavailable_because or not report.version:
        why = report.unavailable_because or f"{report.path} is not ImageMagick"
        raise ToolMissing(
            f"{path} is a {found.name} file, which ImageMagick reads: {why}", f"install it: {report.install}"
        )
    number = max(0, page - 1)
    with tempfile.TemporaryDirectory(prefix="dicomize-", ignore_cleanup_errors=True) as folder:
        picture = Path(folder) / "foreign.png"
        try:
            said = run(imagemagick.describe_command(report.path, found.magick, path, number), tools.timeout)
            _require_plain(path, found, page, imagemagick.parse(said.stdout))
            run(imagemagick.png_command(report.path, found.magick, path, number, picture), tools.timeout)
        except ToolFailed as error:
            raise SourceDamaged(
                f"{path}, a {found.name} file, cannot be read: {error.message}", "get it as PNG"
            ) from None
        except ValueError as error:
            raise ToolFailed(f"what ImageMagick says of {path} cannot be read: {error}") from None
        return _as_png(path, page, found, picture.read_bytes())


def _require_plain(path: Path, found: Format, page: int, facts: Facts) -> None:
    if facts.colorspace not in _COLORS:
        raise SourceUnsupported(
            f"{path}, a {found.name} file, holds {facts.colorspace} colours",
            "convert it to RGB with the program that it comes from",
        )
    if facts.bits > _DEEPEST:
        raise SourceUnsupported(
            f"{path}, a {found.name} file, holds samples of {facts.bits} bits", "convert it to 16 bits"
        )
    if facts.pictures > 1 and not page and not found.layered:
        raise SourceUnsupported(f"{path} holds {facts.pictures} pictures", "choose one with --page N")


def _as_png(path: Path, page: int, found: Format, data: bytes) -> OpenedSource:
    """The PNG under the name of the file that it was made of."""
    original, modified = read_file(path)
    try:
        described = family("png").describe(SourceFile(path, data, modified))
    except SourceError as error:
        raise located(error, path, found.name) from None
    image = replace(
        described.image,
        sha256=sha256(original),
        size=len(original),
        format=found.name,
        residue=(),
        page=page,
        notes=(*described.image.notes, f"ImageMagick read the {found.name} file"),
    )
    return OpenedSource(replace(described, image=image), data)
