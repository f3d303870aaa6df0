"""HEIC and AVIF (ISO/IEC 23008-12): pixels by pi-heif, an extra, and by Pillow.

How the picture lies is said in the container (irot, imir), and that is what counts; HEIC comes upright from libheif.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dicomize.errors import SourceUnsupported
from dicomize.model import ColorModel, ExifFacts, LossyStep, Residue
from dicomize.source import exif
from dicomize.source.described import Described, RasterFacts, SourceFile, damaged, describe_raster, require_size
from dicomize.source.raster import Raster, alpha_of, interleaved

if TYPE_CHECKING:
    from PIL.Image import Image

_ORIENTATION: Final = 0x0112
_INSTALL: Final = "pip install 'dicomize[heif]'"
_EXIF: Final = b"Exif\0\0"


class _Opened(NamedTuple):
    """A file, opened but not decoded."""

    size: tuple[int, int]
    mode: str
    frames: int
    info: dict[str, Any]
    orientation: int
    load: Callable[[], Any]
    """gives a Pillow image"""


def describe(file: SourceFile) -> Described:
    """The facts.

    Raises:
        SourceDamaged: it cannot be opened.
        SourceUnsupported: what reads it is not installed, or it has more than 8 bits a sample.
    """
    avif = _is_avif(file.data)
    bits = _bits(file.data)
    if bits > 8:
        raise SourceUnsupported(
            f"has {bits} bits a sample, whose wide range of brightness DICOM cannot express",
            "save it as a picture of 8 bits",
        )
    found = _opened(file.data)
    require_size(*found.size)
    raw = found.info.get("exif") or b""
    facts = RasterFacts(
        format="AVIF" if avif else "HEIC",
        Columns=found.size[0],
        Rows=found.size[1],
        color=ColorModel.MONOCHROME if found.mode in {"L", "LA"} else ColorModel.RGB,
        frames=found.frames,
        exif=replace(exif.read_tiff(raw.removeprefix(_EXIF)) if raw else ExifFacts(), Orientation=found.orientation),
        profile=found.info.get("icc_profile") or b"",
        residue=tuple(_residue(found.info)),
        lossy=LossyStep("" if avif else "ISO_23008_2", _coded(file.data, found.info)),
    )
    if found.frames == 1 and found.mode in {"RGBA", "LA"}:
        facts = facts._replace(alpha=alpha_of(pixels(file.data)))
    return describe_raster(file, facts)


def pixels(data: bytes) -> Raster:
    """All samples.

    Raises:
        SourceDamaged: the picture cannot be decoded to its end.
    """
    from dicomize.source.pillow import decoding  # noqa: PLC0415 - loads Pillow

    found = _opened(data)
    with decoding():
        image = found.load()
        image.load()
    samples, bands = image.tobytes(), len(image.getbands())
    if image.mode not in {"RGBA", "LA"}:
        return Raster(image.width, image.height, bands, 8, samples)
    planes = tuple(samples[at::bands] for at in range(bands))
    return Raster(image.width, image.height, bands - 1, 8, interleaved(planes[:-1]), planes[-1])


def pictures(data: bytes) -> Iterator[Image]:
    """Every picture of a HEIC file, decoded.

    Raises:
        SourceDamaged: one cannot be decoded to its end.
    """
    from dicomize.source.pillow import decoding  # noqa: PLC0415 - loads Pillow

    for picture in _heif(data):
        with decoding():
            image: Image = picture.to_pillow()
            image.load()
        yield image


def _is_avif(data: bytes) -> bool:
    return data[8:12] in {b"avif", b"avis"}


def _opened(data: bytes) -> _Opened:
    from dicomize.source.pillow import opened  # noqa: PLC0415 - loads Pillow

    if _is_avif(data):
        _require_avif()
        image = opened(data, "AVIF")
        stated = image.getexif().get(_ORIENTATION, 1)
        orientation = stated if stated in range(1, 9) else 1
        info = {str(name): value for name, value in image.info.items()}
        return _Opened(image.size, image.mode, getattr(image, "n_frames", 1), info, orientation, lambda: image)
    file = _heif(data)
    return _Opened(file.size, file.mode, len(file), dict(file.info), 1, file.to_pillow)


def _heif(data: bytes) -> Any:
    """A HEIC file as pi-heif has it."""
    from dicomize.source.pillow import decoding  # noqa: PLC0415 - loads Pillow

    try:
        import pi_heif  # type: ignore[import-untyped,import-not-found,unused-ignore] # noqa: PLC0415 - an extra
    except ImportError:
        raise SourceUnsupported("is read by pi-heif, which is not installed", _INSTALL) from None
    with decoding():
        return pi_heif.open_heif(data, convert_hdr_to_8bit=True)


def _require_avif() -> None:
    from PIL import features  # noqa: PLC0415 - see above

    if not features.check("avif"):
        raise SourceUnsupported("is read by Pillow from version 11.3 on, where it was built for it", "update Pillow")


def _bits(data: bytes) -> int:
    """Bits a sample, as the configuration of the codec states them (ISO/IEC 14496-15, 8.3.3.1; AV1-ISOBMFF 2.3)."""
    meta = data[: data.find(b"mdat")] if b"mdat" in data[: 1 << 20] else data[: 1 << 20]
    depths = [8]
    at = -1
    while (at := meta.find(b"hvcC", at + 1)) >= 0 and at + 22 < len(meta):
        depths.append(8 + (meta[at + 4 + 17] & 7))
    at = -1
    while (at := meta.find(b"av1C", at + 1)) >= 0 and at + 7 < len(meta):
        flags = meta[at + 4 + 2]
        depths.append((12 if flags & 0x20 else 10) if flags & 0x40 else 8)
    return max(depths)


def _coded(data: bytes, info: dict[str, Any]) -> int:
    """Bytes of the media data that are not known to be something else."""
    length, at = 0, 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0:
            size = len(data) - at
        if size < 8:
            raise damaged(f"has a box of {size} bytes at byte {at}")
        if data[at + 4 : at + 8] == b"mdat":
            length += min(size, len(data) - at)
        at += size
    besides = sum(len(info.get(name) or b"") for name in ("exif", "xmp"))
    return max(1, length - besides)


def _residue(info: dict[str, Any]) -> Iterator[Residue]:
    for name in ("exif", "xmp", "icc_profile"):
        if info.get(name):
            yield Residue(name, len(info[name]))
    for name in ("thumbnails", "depth_images", "aux", "metadata"):
        if info.get(name):
            yield Residue(name.replace("_", " "), 0)
