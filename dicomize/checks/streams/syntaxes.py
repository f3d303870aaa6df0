"""The transfer syntaxes of compressed pictures: who reads them, and what they allow (PS3.5 8.2, A.4 and Annex G)."""

from __future__ import annotations

from typing import Final, NamedTuple


class Syntax(NamedTuple):
    """One transfer syntax."""

    uid: str
    name: str
    codec: str
    """module of this package that reads its streams"""
    labels: frozenset[str]
    """what PhotometricInterpretation may be"""
    rule: str
    """the paragraph of PS3.5 about what the attributes must say"""
    encapsulation: str
    """the paragraph of PS3.5 about how the stream is packed"""
    lossless: bool
    method: str
    """Lossy Image Compression Method of what is lossy under it (PS3.3 C.7.6.1.1.5.1)"""
    processes: frozenset[int] = frozenset()
    """n of the SOFn that JPEG may have (PS3.5 A.4.1)"""


class _Family(NamedTuple):
    codec: str
    rule: str
    encapsulation: str
    method: str


_ROOT: Final = "1.2.840.10008.1.2."
_GREY: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})
_PALETTE: Final = _GREY | {"PALETTE COLOR"}
_SUBSAMPLED: Final = _GREY | {"YBR_FULL_422", "RGB"}
_FULL: Final = _PALETTE | {"YBR_FULL", "RGB"}
_JPEG: Final = _Family("jpeg", "PS3.5 8.2.1", "PS3.5 A.4.1", "ISO_10918_1")
_RLE: Final = _Family("rle", "PS3.5 8.2.2", "PS3.5 A.4.2", "")
_JPEG_LS: Final = _Family("jpegls", "PS3.5 8.2.3", "PS3.5 A.4.3", "ISO_14495_1")
_JPEG_2000: Final = _Family("jpeg2000", "PS3.5 8.2.4", "PS3.5 A.4.4", "ISO_15444_1")
_HTJ2K: Final = _Family("jpeg2000", "PS3.5 8.2", "PS3.5 10.18", "ISO_15444_15")


def _still(uid: str, name: str, family: _Family, labels: frozenset[str], *, lossless: bool, sof: int = -1) -> Syntax:
    codec, rule, encapsulation, method = family
    processes = frozenset({0, 1}) if sof == 1 else frozenset({sof} - {-1})
    return Syntax(_ROOT + uid, name, codec, labels, rule, encapsulation, lossless, method, processes)


def _videos() -> tuple[Syntax, ...]:
    rows = (
        ("100", "MPEG2 Main Profile / Main Level", "PS3.5 8.2.5", "ISO_13818_2"),
        ("101", "MPEG2 Main Profile / High Level", "PS3.5 8.2.6", "ISO_13818_2"),
        ("102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", "PS3.5 8.2.7", "ISO_14496_10"),
        ("103", "MPEG-4 AVC/H.264 BD-compatible", "PS3.5 8.2.7", "ISO_14496_10"),
        ("104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 for 2D", "PS3.5 8.2.8", "ISO_14496_10"),
        ("105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 for 3D", "PS3.5 8.2.8", "ISO_14496_10"),
        ("106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", "PS3.5 8.2.9", "ISO_14496_10"),
        ("107", "HEVC/H.265 Main Profile / Level 5.1", "PS3.5 8.2.10", "ISO_23008_2"),
        ("108", "HEVC/H.265 Main 10 Profile / Level 5.1", "PS3.5 8.2.11", "ISO_23008_2"),
    )
    label = frozenset({"YBR_PARTIAL_420"})
    return tuple(
        Syntax(f"{_ROOT}4.{uid}{form}", name, "mpeg", label, rule, rule, lossless=False, method=method)
        for uid, name, rule, method in rows
        for form in (("",) if uid in {"107", "108"} else ("", ".1"))
    )


_TRANSFORMED: Final = frozenset({"YBR_FULL", "RGB"})

SYNTAXES: Final[dict[str, Syntax]] = {
    syntax.uid: syntax
    for syntax in (
        _still("4.50", "JPEG Baseline (Process 1)", _JPEG, _SUBSAMPLED, lossless=False, sof=0),
        _still("4.51", "JPEG Extended (Process 2 and 4)", _JPEG, _SUBSAMPLED, lossless=False, sof=1),
        _still("4.53", "JPEG Spectral Selection (retired)", _JPEG, _SUBSAMPLED, lossless=False, sof=2),
        _still("4.55", "JPEG Full Progression (retired)", _JPEG, _SUBSAMPLED, lossless=False, sof=2),
        _still("4.57", "JPEG Lossless (Process 14)", _JPEG, _FULL, lossless=True, sof=3),
        _still("4.70", "JPEG Lossless, First-Order Prediction", _JPEG, _FULL, lossless=True, sof=3),
        _still("4.80", "JPEG-LS Lossless", _JPEG_LS, _FULL, lossless=True),
        _still("4.81", "JPEG-LS Lossy (Near-Lossless)", _JPEG_LS, _GREY | _TRANSFORMED, lossless=False),
        _still("4.90", "JPEG 2000 Lossless", _JPEG_2000, _FULL | {"YBR_RCT"}, lossless=True),
        _still("4.91", "JPEG 2000", _JPEG_2000, _GREY | _TRANSFORMED | {"YBR_RCT", "YBR_ICT"}, lossless=False),
        _still("4.92", "JPEG 2000 Part 2 Lossless", _JPEG_2000, frozenset(), lossless=True),
        _still("4.93", "JPEG 2000 Part 2", _JPEG_2000, frozenset(), lossless=False),
        _still("4.201", "HTJ2K Lossless", _HTJ2K, _FULL | {"YBR_RCT"}, lossless=True),
        _still("4.202", "HTJ2K Lossless RPCL", _HTJ2K, _FULL | {"YBR_RCT"}, lossless=True),
        _still("4.203", "HTJ2K", _HTJ2K, _GREY | _TRANSFORMED | {"YBR_RCT", "YBR_ICT"}, lossless=False),
        _still("5", "RLE Lossless", _RLE, _FULL, lossless=True),
        *_videos(),
    )
}
"""Part 2 of JPEG 2000 has transformations of its own, for which no labels are laid down."""
