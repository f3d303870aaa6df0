"""Encapsulated pixel data: fragments, the basic and the extended offset table (PS3.5 A.4, PS3.3 C.7.6.3.1.8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dicomize.checks.elements import Element, Walked
from dicomize.checks.paths import SOURCE, name_of, whole
from dicomize.checks.profiles import Profile
from dicomize.model import Finding, Severity

_PIXEL_DATA: Final = 0x7FE00010
_EXTENDED_OFFSETS, _EXTENDED_LENGTHS = 0x7FE00001, 0x7FE00002

JPEG_2000: Final = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.(9[0-3]|20[123])", re.ASCII)
_JPEG: Final = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.(5\d|6\d|70)", re.ASCII)
_JPEG_LS: Final = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.8[01]", re.ASCII)
_LOOKED_AT_TWICE: Final = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.(9[01]|20[123])", re.ASCII)
_VIDEO: Final = re.compile(r"1\.2\.840\.10008\.1\.2\.4\.10[0-8](\.1)?", re.ASCII)
_SAMPLES: Final = 0x00280002


def _error(message: str, tag: int = _PIXEL_DATA) -> Finding:
    return Finding(Severity.ERROR, "encapsulation", message, SOURCE, tag, f"/{name_of(tag)}", "PS3.5 A.4")


def _warning(message: str) -> Finding:
    path = f"/{name_of(_PIXEL_DATA)}"
    return Finding(Severity.WARNING, "encapsulation", message, SOURCE, _PIXEL_DATA, path, "PS3.5 A.4")


def check_encapsulated(walked: Walked, element: Element, frames: int, profile: Profile) -> Iterator[Finding]:
    """Findings on encapsulated PixelData of so many frames."""
    if profile is Profile.STRICT and _VIDEO.fullmatch(walked.transfer_syntax):
        frames = 1  # all frames of a video are one stream, so that there is one place to point at
    if element.VR not in {"OB", ""}:
        yield _error(
            f"Value Representation for encapsulated compressed PixelData is not Other Byte - [{element.VR}] - "
            "expected [OB]"
        )
    for number, (_, length) in enumerate(element.fragments[1:]):
        if length % 2:
            message = f"EncapsulatedPixelDataFragmentNotEvenLength for entry <{number}> item length <{length}>"
            yield _error(message)
    if profile is Profile.STRICT and len(element.fragments) < 2:
        yield _error("PixelData holds no fragment")
    table = _offsets(_basic_offset_table(element), 4)
    if _basic_offset_table(element) and len(table) != frames:
        yield _error(
            "Length of BasicOffsetTable is not equal to NumberOfFrames length of Basic Offset Table = "
            f"<{len(table)}> Number of Frames =  <{frames}>"
        )
    elif table:
        yield from _targets(walked, element, table, profile)
    if profile is Profile.DCIODVFY:
        yield from _first_of_all(walked, element)
    yield from _extended(walked, element, frames, profile)


def _basic_offset_table(element: Element) -> bytes:
    return element.starts[0] if element.starts else b""


def _offsets(raw: bytes, size: int) -> list[int]:
    return [int.from_bytes(raw[at : at + size], "little") for at in range(0, len(raw) - size + 1, size)]


def _first_of_all(walked: Walked, element: Element) -> Iterator[Finding]:
    """It looks at the first fragment of a JPEG 2000 picture in colours once more, whatever the table says."""
    samples = walked.dataset.get(_SAMPLES)
    first = element.starts[1] if len(element.starts) > 1 else b""
    in_colors = (whole(samples, walked.little_endian) or 1) > 1
    if _LOOKED_AT_TWICE.fullmatch(walked.transfer_syntax) and in_colors and first and not first.startswith(b"\xff\x4f"):
        yield _warning("Encapsulated pixel data fragment does not start with SOC marker")


def _targets(walked: Walked, element: Element, table: list[int], profile: Profile) -> Iterator[Finding]:
    fragments = element.fragments[1:]
    first = fragments[0][0] if fragments else 0
    starts = {offset - first: start for (offset, _), start in zip(fragments, element.starts[1:], strict=True)}
    wanted = _start_of_image(walked.transfer_syntax, profile)
    for number, offset in enumerate(table):
        if offset not in starts:
            message = f"BasicOffsetTable entry does not point to Item Tag for entry <{number}>"
            yield _error(message)
            continue
        if starts[offset] and not starts[offset].startswith(wanted):
            message = f"Encapsulated pixel data fragment does not start with SOI or SOC marker for entry <{number}>"
            yield _warning(message)


def _start_of_image(syntax: str, profile: Profile) -> bytes:
    if _JPEG.fullmatch(syntax) or (profile is Profile.STRICT and _JPEG_LS.fullmatch(syntax)):
        return b"\xff\xd8"
    return b"\xff\x4f" if JPEG_2000.fullmatch(syntax) else b""


def _extended(walked: Walked, pixels: Element, frames: int, profile: Profile) -> Iterator[Finding]:
    """The extended offset table (PS3.5 A.4, PS3.3 C.7.6.3.1.8)."""
    table = walked.dataset.get(_EXTENDED_OFFSETS)
    if table is None:
        return
    if _basic_offset_table(pixels):
        message = "Not permitted when BasicOffsetTable is present"
        yield _error(message, _EXTENDED_OFFSETS)
    checked = [(_EXTENDED_OFFSETS, "ExtendedOffsetTable", table)]
    lengths = walked.dataset.get(_EXTENDED_LENGTHS)
    if profile is Profile.STRICT and lengths is not None:
        checked.append((_EXTENDED_LENGTHS, "ExtendedOffsetTableLengths", lengths))
    for tag, keyword, element in checked:
        if len(element.raw) != 8 * frames:
            message = (
                f"Incorrect Length of {keyword} - actual length {len(element.raw)} (dec)  does not match expected "
                f"value {8 * frames} (dec)"
            )
            yield _error(message, tag)
    if profile is Profile.STRICT:
        yield from _extended_targets(pixels, _offsets(table.raw, 8), _offsets(lengths.raw if lengths else b"", 8))


def _extended_targets(pixels: Element, offsets: list[int], lengths: list[int]) -> Iterator[Finding]:
    fragments = pixels.fragments[1:]
    first = fragments[0][0] if fragments else 0
    starts = {at - first: length for at, length in fragments}
    for number, offset in enumerate(offsets):
        if offset not in starts:
            message = f"ExtendedOffsetTable entry {number + 1} does not point to a fragment"
            yield _error(message, _EXTENDED_OFFSETS)
        elif number < len(lengths) and not 0 <= starts[offset] - lengths[number] <= 1:
            message = (
                f"frame {number + 1} has {starts[offset]} bytes, ExtendedOffsetTableLengths says {lengths[number]}"
            )
            yield _error(message, _EXTENDED_LENGTHS)
