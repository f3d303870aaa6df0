"""What a stored JPEG stream carries besides the picture: places, people, devices, free text, other pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from dicomize.comparing.model import Leak
from dicomize.errors import SourceDamaged
from dicomize.jpeg import markers
from dicomize.jpeg.markers import Segment
from dicomize.pixeldata import StoredInstance, joined
from dicomize.source.jpeg import BEHIND_EOI, exif_of, residue_of

_EXIF: Final = "APP1 Exif"
_SPIFF: Final = "APP8 SPIFF"
_HARMLESS: Final = frozenset({"APP0 JFIF", _EXIF, "APP2 ICC_PROFILE", "APP2 MPF", _SPIFF})
"""segments that say nothing of a person by being there; what Exif says is looked at"""


def leaks_of(stored: StoredInstance) -> tuple[Leak, ...]:
    """The leaks in the first frame of an encapsulated instance; of one without JPEG there are none to be found.

    Raises:
        OSError: the file cannot be read.
    """
    element = stored.pixels
    if element is None or not element.encapsulated or not element.fragments:
        return ()
    frames = stored.dataset.get("NumberOfFrames") or 1
    data = joined(stored.path, element.fragments[:1] if frames != 1 else element.fragments)
    return stream_leaks(data) if markers.looks_like_jpeg(data[:3]) else ()


def stream_leaks(data: bytes) -> tuple[Leak, ...]:
    """The leaks in a JPEG stream; in a damaged one those before the picture."""
    try:
        parsed = markers.parse(data)
    except SourceDamaged:
        return tuple(_leaks(data, markers.leading_segments(data), 0))
    padded = parsed.trailing == 1 and data[-1] == 0
    return tuple(_leaks(data, parsed.segments, 0 if padded else parsed.trailing))


def _leaks(data: bytes, segments: Iterable[Segment], trailing: int) -> Iterator[Leak]:
    segments = tuple(segments)
    residue = residue_of(data, segments, trailing)
    # the entries of the directory behind a SPIFF header, which encoders of JPEG-LS write (ITU-T T.84, annex F)
    entries = {"APP8"} if any(r.name == _SPIFF for r in residue) else set()
    length = next((r.length for r in residue if r.name == _EXIF), 0)
    for name in exif_of(data, segments).private:
        yield Leak(name, _EXIF, length)
    for found in residue:
        if found.name not in _HARMLESS | entries:
            yield Leak(found.name, "the stream" if found.name == BEHIND_EOI else found.name, found.length)
