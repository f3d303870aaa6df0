"""JPEG: the facts that its markers state (ITU-T T.81)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Literal

from dicomize.errors import SourceDamaged
from dicomize.jpeg import markers
from dicomize.jpeg.clean import clean_length, is_residue
from dicomize.jpeg.color import adobe_transform, color_model, is_jfif
from dicomize.jpeg.layout import quantization_tables
from dicomize.jpeg.markers import APP0, APP1, APP2, DQT, JpegFile, Segment
from dicomize.model import ExifFacts, JpegFacts, LossyStep, Residue, SourceImage
from dicomize.source import exif, icc
from dicomize.source.described import Described, SourceFile, damaged, densities

BEHIND_EOI = "bytes behind EOI"

LOSSY_METHOD = "ISO_10918_1"
_LOSSLESS = frozenset({3, 7, 11, 15})
"""n of SOFn"""
_ENTRIES = 0xB002
"""MPEntry: 16 bytes a picture"""
_MOST_PICTURES = 1024


def describe(file: SourceFile) -> Described:
    """The facts.

    Raises:
        SourceDamaged: the markers make no JPEG.
    """
    try:
        jpeg = markers.parse(file.data)
    except SourceDamaged as damage:
        raise SourceDamaged(f": {damage.message}", damage.remedy or "get the original file again") from None
    return Described(_described(file, jpeg), jpeg, profile(file.data, jpeg))


def _described(file: SourceFile, jpeg: JpegFile) -> SourceImage:
    data, frame = file.data, jpeg.frame
    color = color_model(data, jpeg)
    facts = JpegFacts(
        sof=frame.sof,
        sampling=tuple((c.h, c.v) for c in frame.components),
        component_ids=tuple(c.id for c in frame.components),
        adobe_transform=adobe_transform(data, jpeg),
        jfif=is_jfif(data, jpeg),
        restart_interval=max(scan.restart_interval for scan in jpeg.scans),
        scans=len(jpeg.scans),
        clean_length=clean_length(data, jpeg, color),
        trailing=jpeg.trailing,
        wide=any(step > 255 for step in _steps(data, jpeg)),
        predictor=_predictor(jpeg),
    )
    return SourceImage(
        path=file.path,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        modified=file.modified,
        format="JPEG",
        Rows=frame.rows or jpeg.dnl_rows or 0,
        Columns=frame.columns,
        SamplesPerPixel=len(frame.components),
        bits=frame.precision,
        color=color,
        frames=1,
        jpeg=facts,
        exif=exif_of(data, jpeg.segments),
        icc=icc.description(found) if (found := profile(data, jpeg)) else "",
        residue=residue_of(data, jpeg.segments, jpeg.trailing),
        notes=_notes(data, jpeg),
        lossy=None if frame.sof in _LOSSLESS else LossyStep(LOSSY_METHOD, facts.clean_length),
    )


def _steps(data: bytes, jpeg: JpegFile) -> Iterator[int]:
    """All quantization steps."""
    for segment in jpeg.segments:
        if segment.marker == DQT:
            for _, table in quantization_tables(data[segment.payload]):
                yield from table


def _predictor(jpeg: JpegFile) -> int:
    predictors = {scan.ss for scan in jpeg.scans}
    return predictors.pop() if jpeg.frame.sof == 3 and len(predictors) == 1 else 0


def profile(data: bytes, jpeg: JpegFile) -> bytes:
    """The ICC profile, whose chunks may be spread over several APP2 segments in any order (ICC.1 B.4)."""
    chunks = sorted(
        (payload[12], payload[14:])
        for s in jpeg.segments
        if s.marker == APP2 and len(payload := data[s.payload]) > 14 and payload.startswith(icc.ICC_HEADER)
    )
    return b"".join(chunk for _, chunk in chunks)


def _notes(data: bytes, jpeg: JpegFile) -> tuple[str, ...]:
    number = len(_index(data, jpeg))
    mpo = f"the file holds {number} pictures (MPO), of which the first is taken; --page N takes another"
    return (*filter(None, [mpo if number > 1 else ""]), *densities(*_densities(data, jpeg)))


def _densities(data: bytes, jpeg: JpegFile) -> tuple[int, int]:
    """Pixels to a length, across and down, by the JFIF segment (ITU-T T.871, 10.1)."""
    for segment in jpeg.segments:
        payload = data[segment.payload]
        if segment.marker == APP0 and payload.startswith(b"JFIF\0") and len(payload) >= 12:
            return int.from_bytes(payload[8:10], "big"), int.from_bytes(payload[10:12], "big")
    return 0, 0


def pictures(data: bytes) -> Iterator[bytes]:
    """The pictures of a Multi-Picture file, each as it is; of any other JPEG the whole file.

    Raises:
        SourceDamaged: the index leads out of the file.
    """
    index = _index(data, markers.parse(data))
    for start, length in index:
        if start + length > len(data) or length < 4:
            raise damaged(f"has an index of pictures that leads to byte {start + length} of {len(data)}")
        yield data[start : start + length]
    if not index:
        yield data


def _index(data: bytes, jpeg: JpegFile) -> tuple[tuple[int, int], ...]:
    """Where each picture of a Multi-Picture file begins, and its length (CIPA DC-007, 5.2.3)."""
    for s in jpeg.segments:
        if s.marker != APP2 or data[s.payload][:4] != b"MPF\0":
            continue
        base = s.payload.start + 4
        order: Literal["little", "big"] = "little" if data[base : base + 2] == b"II" else "big"

        def number(at: int, length: int = 4, order: Literal["little", "big"] = order) -> int:
            return int.from_bytes(data[at : at + length], order)

        at = base + number(base + 4)
        fields = {
            number(f, 2): (number(f + 4), number(f + 8))
            for f in range(at + 2, at + 2 + 12 * min(number(at, 2), 64), 12)
        }
        length, place = fields.get(_ENTRIES, (0, 0))
        entries = range(base + place, base + place + min(length, 16 * _MOST_PICTURES), 16)
        # offsets count from the byte order mark; that of the first picture is 0
        return tuple((0 if entry == entries[0] else base + number(entry + 8), number(entry + 4)) for entry in entries)
    return ()


def exif_of(data: bytes, segments: Iterable[Segment]) -> ExifFacts:
    """What the first Exif segment says."""
    for segment in segments:
        payload = data[segment.payload]
        if segment.marker == APP1 and payload.startswith(exif.EXIF_HEADER):
            return exif.read(payload)
    return ExifFacts()


def residue_of(data: bytes, segments: Iterable[Segment], trailing: int) -> tuple[Residue, ...]:
    """What travels besides the picture, `trailing` bytes behind EOI included."""
    found = [
        Residue(_segment_name(data, s), s.end - s.start)
        for s in segments
        if is_residue(s.marker) and not (s.name == "APP14" and data[s.payload][:5] == b"Adobe")
    ]
    if trailing:
        found.append(Residue(BEHIND_EOI, trailing))
    return tuple(found)


def _segment_name(data: bytes, segment: Segment) -> str:
    """The marker's name and the identifier in its payload, such as "APP1 Exif"."""
    identifier = data[segment.payload][:32].split(b"\0", 1)[0]
    if segment.name == "COM" or not identifier.isascii():
        return segment.name
    word = identifier.decode("ascii").split(" ", maxsplit=1)[0]
    if word.startswith("http://ns.adobe.com/"):
        word = "XMP"
    return f"{segment.name} {word}" if word.isprintable() and word else segment.name
