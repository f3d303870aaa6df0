"""JPEG 2000 and HTJ2K: a codestream, alone or in a JP2 file (ITU-T T.800 annexes A and I, T.814).

DICOM holds the codestream alone, so what only the file around it says must be nothing: no palette, no transparency, no
colours but grey and RGB.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final, NamedTuple

from dicomize.codestreams.bytestream import Stream
from dicomize.codestreams.jpeg2000 import Codestream, Damaged, codestream_of_file, parse
from dicomize.errors import SourceUnsupported
from dicomize.model import CodestreamFacts, ColorModel, LossyStep, Residue
from dicomize.source.described import Described, RasterFacts, SourceFile, damaged, describe_raster, require_side

_OPEN: Final = "convert it to PNG or TIFF first"
_SRGB, _GREY = 16, 17
_COLORS: Final = {12: "CMYK", 14: "CIE L*a*b*", 18: "sYCC"}
"""EnumCS (T.800 table I.10, T.801 table M.25)"""
_DROPPED: Final = frozenset({0xFF64, 0xFF55, 0xFF57, 0xFF58, 0xFF63})
"""COM, and TLM, PLM, PLT and CRG, which no decoder needs (T.800 A.7, A.9)"""
_NEEDED: Final = frozenset({0xFF5E, 0xFF5F, 0xFF60, 0xFF61})
"""RGN, POC, PPM, PPT"""
_HIGH_THROUGHPUT: Final = frozenset({0xFF50, 0xFF59})
"""CAP, CPF (T.814)"""
_METHODS: Final = {False: "ISO_15444_1", True: "ISO_15444_15"}


class _Header(NamedTuple):
    """What the boxes of the JP2 header say that a codestream does not."""

    palette: bool
    channels: bool
    """whether channels are other than the colours in their order: opacity, or another order"""
    space: int
    """EnumCS, or 0 where there is a profile or nothing"""
    profile: bytes


def describe(file: SourceFile) -> Described:
    """The facts.

    Raises:
        SourceDamaged: the codestream is not whole.
        SourceUnsupported: DICOM has no form for it.
    """
    found, start, extras = _parsed(file.data)
    _require_plain(found)
    header = _header(file.data) if start else _Header(palette=False, channels=False, space=0, profile=b"")
    _require_alone(header)
    require_side(found.columns, found.rows)
    reversible = all(coding.reversible for coding in found.codings)
    end = found.end
    facts = RasterFacts(
        format="HTJ2K" if found.high_throughput else "JPEG 2000",
        Columns=found.columns,
        Rows=found.rows,
        color=ColorModel.MONOCHROME if len(found.components) == 1 else ColorModel.RGB,
        bits=found.components[0].bits,
        profile=header.profile,
        residue=tuple(_residue(file.data, found, extras, in_file=start > 0)),
        lossy=None if reversible else LossyStep(_METHODS[found.high_throughput], end - start),
        codestream=CodestreamFacts(
            kind="HTJ2K" if found.high_throughput else "JPEG 2000",
            lossless=reversible,
            transformed=found.codings[0].component_transform,
        ),
    )
    return describe_raster(file, facts)


def stream(data: bytes) -> bytes:
    """The codestream, without its comments and without what only helps to find places in it.

    A tile-part states its length (Psot), which shrinks with what is taken out of its header (T.800 A.4.2). The last may
    state none and reach to EOC; it gets one, since not every decoder finds that.
    """
    found, start, _ = _parsed(data)
    dropped = [segment for segment in found.others if segment.marker in _DROPPED]
    kept = bytearray(data[: found.end])
    last = found.last_tile + 6
    if not any(kept[last : last + 4]):
        kept[last : last + 4] = (found.end - 2 - found.last_tile).to_bytes(4, "big")
    for segment in dropped:
        at = segment.tile_part + 6
        if segment.tile_part and (stated := int.from_bytes(kept[at : at + 4], "big")):
            kept[at : at + 4] = (stated - (segment.end - segment.start)).to_bytes(4, "big")
    pieces, at = [], start
    for segment in dropped:
        pieces.append(kept[at : segment.start])
        at = segment.end
    return b"".join([*pieces, kept[at:]])


def _parsed(data: bytes) -> tuple[Codestream, int, tuple[tuple[str, int], ...]]:
    """The codestream, where it begins, and what else is in the file around it."""
    whole = Stream(io.BytesIO(data), ((0, len(data)),))
    try:
        file = codestream_of_file(whole)
        start = file.start if file else 0
        return parse(whole, start), start, file.extras if file else ()
    except Damaged as clause:
        raise damaged(f"holds a codestream that is damaged: {clause}") from None


def _require_plain(found: Codestream) -> None:
    first = found.components[0]
    if len(found.components) not in {1, 3}:
        raise SourceUnsupported(f"has {len(found.components)} components, which DICOM does not know", _OPEN)
    if any(component != first for component in found.components) or (first.dx, first.dy) != (1, 1):
        raise SourceUnsupported("has components that differ, or are subsampled", _OPEN)
    if first.signed or first.bits > 16:
        what = "signed" if first.signed else f"of {first.bits} bits"
        raise SourceUnsupported(f"holds samples that are {what}, which is not known here", _OPEN)
    known = _DROPPED | _NEEDED | (_HIGH_THROUGHPUT if found.high_throughput else frozenset())
    if other := next((s.marker for s in found.others if s.marker not in known), 0):
        raise SourceUnsupported(f"has a segment 0x{other:04X}, which is not known here and may hold anything", _OPEN)


def _require_alone(header: _Header) -> None:
    if header.palette:
        raise SourceUnsupported("has a palette, which its codestream alone lacks", _OPEN)
    if header.channels:
        raise SourceUnsupported("has channels of transparency, or in an order of their own", _OPEN)
    if header.space not in {0, _SRGB, _GREY}:
        name = _COLORS.get(header.space, f"of kind {header.space}")
        raise SourceUnsupported(f"states that its colours are {name}, which its codestream alone lacks", _OPEN)


def _header(data: bytes) -> _Header:
    palette = channels = False
    space, profile = 0, b""
    for kind, content in _boxes(data):
        for inner, value in _boxes(content) if kind == b"jp2h" else ():
            palette = palette or inner == b"pclr"
            channels = channels or (inner == b"cdef" and not _in_order(value))
            if inner == b"colr" and not space and not profile:
                space = int.from_bytes(value[3:7], "big") if value[:1] == b"\1" else 0
                profile = value[3:] if value[:1] == b"\2" else b""
    return _Header(palette, channels, space, profile)


def _in_order(value: bytes) -> bool:
    """Whether a channel definition says no more than that the channels are the colours, one after the other."""
    entries = [value[at : at + 6] for at in range(2, len(value), 6)]
    return all(entry == bytes((0, n, 0, 0, 0, n + 1)) for n, entry in enumerate(entries))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length, start = int.from_bytes(data[at : at + 4], "big"), at + 8
        if length == 1:
            length, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        end = len(data) if length == 0 else at + length
        if end < start:
            return
        yield data[at + 4 : at + 8], data[start:end]
        at = end


def _residue(
    data: bytes, found: Codestream, extras: tuple[tuple[str, int], ...], *, in_file: bool
) -> Iterator[Residue]:
    for name, length in extras:
        yield Residue(f"box {name!r}", length)
    for _, length in found.comments:
        yield Residue("COM", length)
    if not in_file and len(data) > found.end:
        yield Residue("bytes behind EOC", len(data) - found.end)
