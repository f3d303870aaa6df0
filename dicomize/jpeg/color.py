"""What the samples of a JPEG mean: YCbCr, RGB, CMYK.

The stream itself does not say. Every viewer that people have looked at the picture with follows the rules of libjpeg
(jdapimin.c, default_decompress_parms), so these rules are the truth that must survive:

    1 component                  grey
    3 components, JFIF           YCbCr, whatever else is there
    3 components, Adobe APP14    transform 0: RGB; otherwise YCbCr
    3 components, neither        ids 'R','G','B' or a lossless process: RGB; otherwise YCbCr
    4 components                 CMYK; YCCK with an Adobe transform other than 0

Markers count only if they stand before the first scan and are long enough to be what they say.

One case is left to a person: ids 'R','G','B' with neither marker, but tables that only a luminance-chrominance encoder
would write. Some encoders number YCbCr components that way, and the file then looks wrong in every viewer.
"""

from __future__ import annotations

from dicomize.jpeg.markers import APP0, APP14, JpegFile
from dicomize.model import ColorModel
from dicomize.octets import Octets

RGB_IDS = tuple(b"RGB")


def is_jfif(data: Octets, jpeg: JpegFile) -> bool:
    """Whether a JFIF APP0 segment is present (ITU-T T.871)."""
    return any(len(payload) >= 14 and payload[:5] == b"JFIF\0" for payload in _payloads(data, jpeg, APP0))


def adobe_transform(data: Octets | memoryview, jpeg: JpegFile) -> int | None:
    """The transform flag of the last Adobe APP14 segment, or None (ITU-T T.872, 6.5.3)."""
    payloads = _payloads(data, jpeg, APP14)
    flags = [payload[11] for payload in payloads if len(payload) >= 12 and payload[:5] == b"Adobe"]
    return flags[-1] if flags else None


def color_model(data: Octets, jpeg: JpegFile) -> ColorModel:
    """What the samples mean, by the rules above."""
    components = jpeg.frame.components
    transform = adobe_transform(data, jpeg)
    match len(components):
        case 1:
            return ColorModel.MONOCHROME
        case 3:
            return ColorModel.YCBCR if is_jfif(data, jpeg) else _three_components(jpeg, transform)
        case 4:
            return ColorModel.CMYK if transform in {None, 0} else ColorModel.YCCK
        case _:
            return ColorModel.AMBIGUOUS


def _three_components(jpeg: JpegFile, transform: int | None) -> ColorModel:
    """What three components mean without JFIF."""
    if transform is not None:
        return ColorModel.RGB if transform == 0 else ColorModel.YCBCR
    if jpeg.frame.sof in {3, 11}:
        return ColorModel.RGB
    components = jpeg.frame.components
    if tuple(c.id for c in components) != RGB_IDS:
        return ColorModel.YCBCR
    if len({c.tq for c in components}) > 1 or len({(c.h, c.v) for c in components}) > 1:
        return ColorModel.AMBIGUOUS
    return ColorModel.RGB


def _payloads(data: Octets | memoryview, jpeg: JpegFile, marker: int) -> list[bytes]:
    """Payloads of the segments of a kind before the first scan, where decoders decide on colours."""
    first = jpeg.scans[0].header.start
    return [bytes(data[s.payload]) for s in jpeg.segments if s.marker == marker and s.start < first]
