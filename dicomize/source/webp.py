"""WebP (RFC 9649): chunks by our own walk, pixels by Pillow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from dicomize.model import ColorModel, ExifFacts, LossyStep, Residue
from dicomize.source import exif
from dicomize.source.described import Described, RasterFacts, SourceFile, damaged, describe_raster, require_size
from dicomize.source.raster import Raster, alpha_of, interleaved

_PICTURE: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})


class _Chunk(NamedTuple):
    """One chunk; its data are data[start:end]."""

    type: bytes
    start: int
    end: int


def describe(file: SourceFile) -> Described:
    """The facts.

    Raises:
        SourceDamaged: a chunk is cut off, or the header is damaged.
        SourceUnsupported: it is too large.
    """
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    data = file.data
    chunks = tuple(_chunks(data))
    frames = sum(c.type == b"ANMF" for c in chunks) or 1
    image = pillow.opened(data, "WEBP")
    require_size(*image.size)
    profile, exif_bytes = (_first(data, chunks, kind) for kind in (b"ICCP", b"EXIF"))
    lossy = sum(c.end - c.start for c in chunks if c.type == b"VP8 ")
    facts = RasterFacts(
        format="WebP",
        Columns=image.width,
        Rows=image.height,
        color=ColorModel.RGB,
        frames=frames,
        exif=exif.read_tiff(exif_bytes.removeprefix(b"Exif\0\0")) if exif_bytes else ExifFacts(),
        profile=profile,
        residue=tuple(_residue(data, chunks)),
        # DICOM has no term for VP8
        lossy=LossyStep("", lossy) if lossy else None,
    )
    if frames == 1 and image.mode == "RGBA":
        facts = facts._replace(alpha=alpha_of(pixels(data)))
    return describe_raster(file, facts)


def pixels(data: bytes) -> Raster:
    """All samples.

    Raises:
        SourceDamaged: the picture cannot be decoded to its end.
    """
    from dicomize.source import pillow  # noqa: PLC0415 - loads Pillow

    image = pillow.loaded(data, "WEBP")
    samples = image.tobytes()
    if image.mode == "RGBA":
        planes = tuple(samples[at::4] for at in range(4))
        return Raster(image.width, image.height, 3, 8, interleaved(planes[:3]), planes[3])
    return Raster(image.width, image.height, 3, 8, samples)


def _chunks(data: bytes) -> Iterator[_Chunk]:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise damaged(f"is cut short: {len(data)} of {end} bytes are there")
    at = 12
    while at + 8 <= end:
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > end:
            raise damaged(f"ends within a chunk that begins at byte {at}")
        yield _Chunk(data[at : at + 4], at + 8, at + 8 + length)
        at += 8 + length + length % 2


def _first(data: bytes, chunks: tuple[_Chunk, ...], kind: bytes) -> bytes:
    return next((data[c.start : c.end] for c in chunks if c.type == kind), b"")


def _residue(data: bytes, chunks: tuple[_Chunk, ...]) -> Iterator[Residue]:
    for chunk in chunks:
        if chunk.type not in _PICTURE:
            name = "".join(chr(c) if 32 < c < 127 else "" for c in chunk.type)
            yield Residue(name or "unnamed chunk", chunk.end - chunk.start)
    behind = len(data) - 8 - int.from_bytes(data[4:8], "little")
    if behind > 1:
        yield Residue("bytes behind the picture", behind)
