"""The stream with nothing in it but the picture.

Kept: the tables that a scan uses, the frame, the scans. Dropped: every APPn and COM segment, tables that nothing uses, fill
bytes, bytes that no decoder reads, and whatever follows EOI: that is where names, places, thumbnails and serial numbers
travel. Coefficients stay untouched.

What the samples mean must survive without JFIF and Exif, so it is said in the one way that every decoder understands:
RGB by an Adobe segment with transform 0, YCbCr by components numbered 1, 2, 3 (ITU-T T.871). Adobe transform 1 would
make some decoders convert twice (docs/toolkits.md); other numbers would make some take YCbCr for RGB. Four inks keep what
their Adobe segment says: with one, they are inverted.

A height that stands behind the first scan (DNL) is moved to the frame header, where DICOM decoders look for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dicomize.jpeg.color import adobe_transform
from dicomize.jpeg.markers import APP0, APP15, COM, DNL, EOI, SOF_MARKERS, SOI, SOS, JpegFile, Segment
from dicomize.jpeg.tables import used
from dicomize.model import ColorModel

ADOBE_RGB = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
"""APP14 with transform 0 (ITU-T T.872, 6.5.3)"""
_FOUR_INKS = frozenset({ColorModel.CMYK, ColorModel.YCCK})


JFIF_IDS = b"\1\2\3"
"""component identifiers of Y, Cb and Cr (ITU-T T.871, clause 10.1)"""


def is_residue(marker: int) -> bool:
    """Whether a segment is no part of the picture."""
    return APP0 <= marker <= APP15 or marker == COM


def clean(data: bytes, jpeg: JpegFile, color: ColorModel, ends: tuple[int, ...] | None = None) -> bytes:
    """The cleaned stream, from SOI to EOI, unpadded.

    Args:
        ends: for each scan the offset behind the last byte that the picture needs (`scan.verify`);
            None keeps every scan up to its end.
    """
    # views: the pieces of a picture are as large as the picture
    return b"".join(_pieces(memoryview(data), jpeg, color, ends or tuple(scan.data_end for scan in jpeg.scans)))


def clean_length(data: bytes, jpeg: JpegFile, color: ColorModel) -> int:
    """Length in bytes of the cleaned stream, without making it."""
    return sum(map(len, _pieces(memoryview(data), jpeg, color, tuple(scan.data_end for scan in jpeg.scans))))


def _pieces(
    data: bytes | memoryview, jpeg: JpegFile, color: ColorModel, ends: tuple[int, ...]
) -> Iterator[bytes | memoryview]:
    ids = bytes(c.id for c in jpeg.frame.components)
    renumber = color is ColorModel.YCBCR and ids != JFIF_IDS
    scans = iter(zip(jpeg.scans, ends, strict=True))
    partly = used(data, jpeg)
    for segment in jpeg.segments:
        if segment.marker == SOI:
            yield b"\xff\xd8"
            yield _adobe(data, jpeg, color)
        elif segment.marker == EOI:
            yield b"\xff\xd9"
        elif segment.start in partly:
            yield _table_segment(data, segment, partly[segment.start])
        elif not is_residue(segment.marker) and segment.marker != DNL:
            piece = _renumbered(data, segment, ids) if renumber else data[segment.start : segment.end]
            if segment.marker in SOF_MARKERS and jpeg.frame.rows == 0 and jpeg.dnl_rows:
                piece = b"".join((piece[:5], jpeg.dnl_rows.to_bytes(2, "big"), piece[7:]))
            yield piece
        if segment.marker == SOS:
            scan, end = next(scans)
            yield data[scan.data_start : end]


def _table_segment(data: bytes | memoryview, segment: Segment, tables: tuple[tuple[int, int], ...]) -> bytes:
    """A segment with such tables only, or nothing."""
    kept = b"".join(data[start:end] for start, end in tables)
    return bytes([0xFF, segment.marker]) + (len(kept) + 2).to_bytes(2, "big") + kept if kept else b""


def _adobe(data: bytes | memoryview, jpeg: JpegFile, color: ColorModel) -> bytes:
    """The Adobe segment that says what the samples mean, or nothing."""
    if color is ColorModel.RGB:
        return ADOBE_RGB
    transform = adobe_transform(data, jpeg) if color in _FOUR_INKS else None
    return b"" if transform is None else ADOBE_RGB[:-1] + bytes([transform])


def _renumbered(data: bytes | memoryview, segment: Segment, ids: bytes) -> bytes:
    """A frame or scan header with the component identifiers 1, 2, 3 for `ids`; other segments as they are."""
    piece = bytearray(data[segment.start : segment.end])
    if segment.marker in SOF_MARKERS:
        first, step, count = 10, 3, piece[9]
    elif segment.marker == SOS:
        first, step, count = 5, 2, piece[4]
    else:
        return bytes(piece)
    for at in range(first, first + step * count, step):
        piece[at] = JFIF_IDS[ids.index(piece[at])]
    return bytes(piece)
