"""A palette that is kept: whether it can be, and its tables."""

from __future__ import annotations

import base64
from collections.abc import Set as AbstractSet
from typing import Final

from dicomize.errors import SourceUnsupported
from dicomize.metadata.dataset import DatasetBuilder
from dicomize.metadata.iod import SOPClass
from dicomize.model import ColorModel, SourceImage, StepKind
from dicomize.planning.syntaxes import TransferSyntax
from dicomize.source.opening import Described

_NEW_COLORS: Final = frozenset({StepKind.CONVERT, StepKind.FLATTEN, StepKind.REDACT, StepKind.SCALE})
_WHITE: Final = (255, 255, 255)
_ENTRIES: Final = 256
_BRIGHT: Final = 128
_ADVICE: Final = "leave --keep-palette out"


def require_palette(source: SourceImage, sop: SOPClass, wanted: TransferSyntax, kinds: AbstractSet[StepKind]) -> None:
    """A palette can be stored: the picture has one of colours, its pixels keep them, and the IOD takes it.

    Raises:
        SourceUnsupported: it cannot.
    """
    new = kinds & _NEW_COLORS
    for wrong, why in (
        (not source.palette or source.color is not ColorModel.RGB, "has no palette of colours"),
        (bool(new), f"gets colours that its palette may lack ({', '.join(sorted(new))})"),
        (sop.name != "sc", f"would be {sop.one}, which has no palettes"),
        (bool(wanted.method), "would be compressed with loss, which palettes do not survive"),
    ):
        if wrong:
            raise SourceUnsupported(f"{source.path} {why}", _ADVICE)


def stored_palette(palette: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """256 entries, since gdcmconv wants as many; those that no pixel has are white.

    A table whose values need fewer bits than it states is an error to dciodvfy; with white in it, none does.
    """
    first = dict.fromkeys(palette)
    used = (entry if first.pop(entry, _WHITE) is None else _WHITE for entry in palette)
    return (*used, *[_WHITE] * (_ENTRIES - len(palette)))


def state_palette(builder: DatasetBuilder, picture: Described) -> None:
    """The three tables of a palette, of 16 bits, so that 255 becomes 65535 (PS3.3 C.7.6.3.1.5, C.7.6.3.1.6).

    Raises:
        SourceUnsupported: dciodvfy would find fault with them.
    """
    entries = stored_palette(picture.palette)
    if min(map(max, zip(*entries, strict=True))) < _BRIGHT:
        raise SourceUnsupported(
            f"{picture.image.path} has 256 colours so dark that dciodvfy takes their tables for ones of fewer bits",
            _ADVICE,
        )
    for channel, name in enumerate(("Red", "Green", "Blue")):
        keyword = f"{name}PaletteColorLookupTable"
        data = b"".join((257 * entry[channel]).to_bytes(2, "little") for entry in entries)
        origin = "palette of the picture"
        builder.put_values(f"{keyword}Descriptor", (_ENTRIES, 0, 16), origin, "PS3.3 C.7.6.3.1.5")
        builder.put_values(f"{keyword}Data", (base64.b64encode(data).decode("ascii"),), origin, "PS3.3 C.7.6.3.1.6")
