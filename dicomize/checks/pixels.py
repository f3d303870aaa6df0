"""The pixel data against the attributes that describe them (PS3.5 8, A.4; PS3.3 C.7.6.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dicomize.checks.elements import Element, Item, Walked
from dicomize.checks.encapsulation import JPEG_2000, check_encapsulated
from dicomize.checks.paths import SOURCE, name_of, numbers, read_as, text, texts, whole
from dicomize.checks.profiles import Profile
from dicomize.model import Finding, Severity

_PIXEL_DATA: Final = 0x7FE00010
_ROWS, _COLUMNS, _SAMPLES, _FRAMES = 0x00280010, 0x00280011, 0x00280002, 0x00280008
_BITS_ALLOCATED, _BITS_STORED, _HIGH_BIT, _PHOTOMETRIC = 0x00280100, 0x00280101, 0x00280102, 0x00280004
_ASPECT_RATIO, _PIXEL_SPACING, _CALIBRATION = 0x00280034, 0x00280030, 0x00280A02
_OTHER_SPACINGS: Final = ((0x00182010, "NominalScannedPixelSpacing"), (0x00181164, "ImagerPixelSpacing"))
_FRAME_INCREMENT_POINTER: Final = 0x00280009
_LOSSY_METHOD: Final = 0x00282114
_TRANSFER_SYNTAX_UID: Final = 0x00020010

_VECTORS: Final = (
    (0x00540010, 0x00540011), (0x00540020, 0x00540021), (0x00540030, 0x00540031), (0x00540050, 0x00540051),
    (0x00540060, 0x00540061), (0x00540070, 0x00540071), (0x00540080, 0x00540081), (0x00540090, 0x00540053),
)  # fmt: skip
"""a vector with one value a frame, and what says how many different ones it has (PS3.3 C.8.4.8)"""

_LOSSLESS: Final = r"1\.2\.840\.10008\.1\.2(\.1|\.2|\.1\.99|\.5|\.4\.(57|58|65|66|70|80|90|92))?"
"""transfer syntaxes under which an earlier lossy compression may have been any (PS3.3 C.7.6.1.1.5)"""

_METHODS: Final = (
    (r"1\.2\.840\.10008\.1\.2\.4\.(5\d|6\d)", "ISO_10918_1"),
    (r"1\.2\.840\.10008\.1\.2\.4\.81", "ISO_14495_1"),
    (r"1\.2\.840\.10008\.1\.2\.4\.91", "ISO_15444_1"),
    (r"1\.2\.840\.10008\.1\.2\.4\.203", "ISO_15444_15"),
    (r"1\.2\.840\.10008\.1\.2\.4\.10[01]", "ISO_13818_2"),
    (r"1\.2\.840\.10008\.1\.2\.4\.10[2-6]", "ISO_14496_10"),
    (r"1\.2\.840\.10008\.1\.2\.4\.10[78]", "ISO_23008_2"),
    (r"1\.2\.840\.10008\.1\.2\.4\.11[12]", "ISO_18181_1"),
)
"""transfer syntax -> Lossy Image Compression Method (PS3.3 C.7.6.1.1.5.1)"""

_ALL_METHODS: Final = frozenset(method for _, method in _METHODS)


def check_pixels(walked: Walked, profile: Profile) -> Iterator[Finding]:
    """Findings on PixelData and what describes it, and on frames and spacing."""
    element = walked.dataset.get(_PIXEL_DATA)
    if element is not None:
        if element.span[1] is not None:
            yield from _native(walked, element, profile)
        else:
            frames = _first(walked, _FRAMES)
            frames = 1 if frames is None else frames
            if profile is Profile.DCIODVFY and not frames:
                message = f"PixelData has incorrect value length = <0> - expected {_their_length(walked)} dec"
                yield _at(_PIXEL_DATA, Severity.ERROR, "pixeldata-length", message, "PS3.5 8.1.1")
            yield from check_encapsulated(walked, element, frames, profile)
        if profile is Profile.STRICT:
            yield from _bits(walked, element)
    yield from _lossy_method(walked, profile)
    yield from _pointers(walked)
    yield from _vectors(walked)
    yield from _aspect_ratio(walked)
    yield from _spacing(walked)


def _at(tag: int, severity: Severity, kind: str, message: str, reference: str, number: int = 0) -> Finding:
    path = f"/{name_of(tag)}" + (f"[{number}]" if number else "")
    return Finding(severity, kind, message, SOURCE, tag, path, reference)


def _first(walked: Walked, tag: int) -> int | None:
    """The first value of an element as an integer."""
    return whole(walked.dataset.get(tag), walked.little_endian)


# ---------------------------------------------------------------- native


def _native(walked: Walked, element: Element, profile: Profile) -> Iterator[Finding]:
    length = element.span[1]
    expected = _their_length(walked) if profile is Profile.DCIODVFY else _length(walked)
    if expected is not None and length != expected:
        message = f"PixelData has incorrect value length = <{length}> - expected {expected} dec"
        yield _at(_PIXEL_DATA, Severity.ERROR, "pixeldata-length", message, "PS3.5 8.1.1")
    if profile is Profile.DCIODVFY and JPEG_2000.fullmatch(walked.transfer_syntax) and _first(walked, _SAMPLES) != 1:
        message = "Start of first fragment containing encapsulated compressed bitstream is not an Item Tag"
        yield _at(_PIXEL_DATA, Severity.ERROR, "encapsulation", message, "PS3.5 A.4")


def _their_length(walked: Walked) -> int:
    """In dciodvfy's 16 and 32 bit arithmetic; what is missing counts as 0 or as the least."""
    rows, columns, allocated, stored = (
        (_first(walked, tag) or 0) & 0xFFFF for tag in (_ROWS, _COLUMNS, _BITS_ALLOCATED, _BITS_STORED)
    )
    frames, samples = _first(walked, _FRAMES), _first(walked, _SAMPLES)
    bits = allocated or (((stored - 1) // 8 + 1) * 8 if stored else 16)
    total = rows * columns * bits * (((frames if frames is not None else 1) & 0xFFFF) or 1)
    total *= (samples if samples is not None else 1) & 0xFFFF
    expected = (total // 8 if bits % 8 == 0 else (total - 1) // 8 + 1) & 0xFFFFFFFF
    return expected + expected % 2


def _length(walked: Walked) -> int | None:
    """None where an attribute that is needed is not there: that is a finding of its own."""
    known = [_first(walked, tag) for tag in (_ROWS, _COLUMNS, _BITS_ALLOCATED, _SAMPLES)]
    if None in known:
        return None
    rows, columns, bits, samples = (value or 0 for value in known)
    if text(walked.dataset, _PHOTOMETRIC) == "YBR_FULL_422":
        samples = 2  # two luminance samples share one of each chrominance (PS3.3 C.7.6.3.1.2)
    expected = (rows * columns * samples * bits * (_first(walked, _FRAMES) or 1) + 7) // 8
    return expected + expected % 2


def _bits(walked: Walked, element: Element) -> Iterator[Finding]:
    allocated, stored, high = (_first(walked, tag) for tag in (_BITS_ALLOCATED, _BITS_STORED, _HIGH_BIT))
    reference = "PS3.5 8.1.1"
    if allocated is None or stored is None:
        return
    if allocated != 1 and (allocated % 8 or not allocated):
        message = f"BitsAllocated is neither 1 nor a multiple of 8: {allocated}"
        yield _at(_BITS_ALLOCATED, Severity.ERROR, "pixel-bits", message, reference)
    if stored > allocated:
        message = f"BitsStored, {stored}, exceeds BitsAllocated, {allocated}"
        yield _at(_BITS_STORED, Severity.ERROR, "pixel-bits", message, reference)
    if high is not None and high != stored - 1:
        message = f"HighBit is {high}, not one less than BitsStored, {stored}"
        yield _at(_HIGH_BIT, Severity.ERROR, "pixel-bits", message, reference)
    if element.VR == "OB" and element.span[1] is not None and allocated > 8:
        message = f"native pixel data with {allocated} bits allocated have VR OW"
        yield _at(_PIXEL_DATA, Severity.ERROR, "vr-wrong", message, "PS3.5 A.2")


def _lossy_method(walked: Walked, profile: Profile) -> Iterator[Finding]:
    element = walked.dataset.get(_LOSSY_METHOD)
    methods = texts(element) if element is not None else []
    syntax = walked.transfer_syntax
    if not methods or walked.meta.get(_TRANSFER_SYNTAX_UID) is None or re.fullmatch(_LOSSLESS, syntax):
        return
    wanted = next((method for pattern, method in _METHODS if re.fullmatch(pattern, syntax)), "")
    # the last of several steps of compression is the one that the transfer syntax is of; dciodvfy looks at the first
    number = 1 if profile is Profile.DCIODVFY else len(methods)
    method = methods[number - 1]
    if method in _ALL_METHODS and method != wanted and (wanted or profile is Profile.DCIODVFY):
        message = f"method inconsistent with Transfer Syntax = <{method}>"
        yield _at(_LOSSY_METHOD, Severity.WARNING, "lossy-method", message, "PS3.3 C.7.6.1.1.5.1", number)


# ---------------------------------------------------------------- frames and spacing


def _pointers(walked: Walked) -> Iterator[Finding]:
    element = walked.dataset.get(_FRAME_INCREMENT_POINTER)
    if element is None or read_as(element) != "AT":
        return
    order = slice(None) if walked.little_endian else slice(None, None, -1)
    for number, at in enumerate(range(0, len(element.raw) - 3, 4), 1):
        group, inner = element.raw[at : at + 2][order], element.raw[at + 2 : at + 4][order]
        tag = int.from_bytes(group, "little") << 16 | int.from_bytes(inner, "little")
        if walked.dataset.get(tag) is None:
            message = f"FrameIncrementPointer value not present in dataset - value {number} is {name_of(tag)}"
            yield _at(_FRAME_INCREMENT_POINTER, Severity.ERROR, "frame-increment-pointer", message, "PS3.3 C.7.6.6.1.1")


def _vectors(walked: Walked) -> Iterator[Finding]:
    frames = _first(walked, _FRAMES)
    for tag, count_tag in _VECTORS:
        element = walked.dataset.get(tag)
        if element is None:
            continue
        values = numbers(element, walked.little_endian)
        if len(values) != (1 if frames is None else frames):
            message = f"Number of values in vector, {len(values)}, does not match NumberOfFrames"
            yield _at(tag, Severity.ERROR, "rule", message, "PS3.3 C.8.4.8")
        count = _first(walked, count_tag)
        if count is not None and values and max(values) != count:
            message = f"the highest value of {name_of(tag)}, {max(values):g}, does not match {count}"
            yield _at(count_tag, Severity.ERROR, "rule", message, "PS3.3 C.8.4.8")


def _aspect_ratio(walked: Walked) -> Iterator[Finding]:
    element = walked.dataset.get(_ASPECT_RATIO)
    ratio = numbers(element, walked.little_endian) if element is not None else []
    if len(ratio) > 1 and ratio[0] == ratio[1]:
        message = f"PixelAspectRatio may not be present when it has a ratio of 1:1 = <{ratio[0]:g}\\{ratio[1]:g}>"
        yield _at(_ASPECT_RATIO, Severity.ERROR, "pixel-aspect", message, "PS3.3 C.7.6.3.1.7")


def _spacing(walked: Walked) -> Iterator[Finding]:
    dataset = walked.dataset
    if dataset.get(_CALIBRATION) is not None:
        return
    spacing = _pair(dataset, _PIXEL_SPACING)
    for tag, keyword in _OTHER_SPACINGS:
        other = _pair(dataset, tag)
        if spacing and other and spacing != other:
            message = f"PixelSpacing does not match {keyword} but PixelSpacingCalibrationType not present"
            yield _at(_PIXEL_SPACING, Severity.WARNING, "pixel-spacing", message, "PS3.3 10.7.1.3")


def _pair(dataset: Item, tag: int) -> list[float]:
    element = dataset.get(tag)
    values = numbers(element, True) if element is not None else []  # noqa: FBT003
    return values[:2] if len(values) > 1 else []
