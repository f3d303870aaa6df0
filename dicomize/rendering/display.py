"""What a data set says on how one of its frames is to be shown. Nothing is decoded here."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from pydicom import Dataset, Sequence

from dicomize.errors import SourceDamaged, SourceUnreadable, SourceUnsupported, UsageError
from dicomize.pixeldata import NoDicomFile, PixelDataError, number_of, read_instance, value_of
from dicomize.rendering.tables import lut_of, palette_of, window_of
from dicomize.rendering.windowing import FUNCTIONS, Grey, Lut, Modality, Rescale, Span, Voi, Window

MONOCHROME: Final = ("MONOCHROME1", "MONOCHROME2")
_PIXELS_NOT_SEEN: Final = frozenset({"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"})
"""deflated and big endian: whoever decodes them will find out whether there are pixels"""
_LARGEST: Final = 1 << 28
"""pixels of one frame"""


class PixelFacts(NamedTuple):
    """The Image Pixel attributes of one frame (PS3.3 C.7.6.3)."""

    Rows: int
    Columns: int
    SamplesPerPixel: int
    PhotometricInterpretation: str
    BitsAllocated: int
    BitsStored: int
    HighBit: int
    PixelRepresentation: int
    PlanarConfiguration: int

    @property
    def frame_lengths(self) -> tuple[int, ...]:
        """Bytes that a decoded frame may have; YBR_FULL_422 may have two samples for each pixel (PS3.3 C.7.6.3.1.2)."""
        samples = (
            (self.SamplesPerPixel, 2) if self.PhotometricInterpretation == "YBR_FULL_422" else (self.SamplesPerPixel,)
        )
        return tuple(self.Rows * self.Columns * count * self.BitsAllocated // 8 for count in samples)

    @property
    def stored(self) -> tuple[int, int]:
        """The smallest and the largest value that a sample can have."""
        if self.PixelRepresentation:
            return -(1 << self.BitsStored - 1), (1 << self.BitsStored - 1) - 1
        return 0, (1 << self.BitsStored) - 1


@dataclass(frozen=True, slots=True)
class Display:
    """One frame, and how it is to be shown."""

    path: Path
    transfer_syntax: str
    frame: int
    """counted from 1"""
    frames: int
    facts: PixelFacts
    modality: Modality
    voi: Voi
    voi_origin: str
    """a clause on where the window comes from; empty for colour"""
    inverted: bool
    """whether the smallest value is shown white"""
    palette: tuple[Lut, Lut, Lut] | None
    functional: bool
    """whether Modality LUT or VOI LUT come from functional groups (PS3.3 C.7.6.16)"""
    notes: tuple[str, ...] = ()
    """sentences on what the file says and nobody can follow"""
    SOPClassUID: str = ""

    @property
    def grey(self) -> Grey:
        """The grey pipeline of the frame."""
        return Grey(self.modality, self.voi, self.inverted, self.facts.stored)

    @property
    def is_grey(self) -> bool:
        return self.facts.PhotometricInterpretation in MONOCHROME


def display_of(path: Path, frame: int, wish: Window | Span | None) -> Display:
    """How a frame is to be shown.

    Args:
        frame: counted from 1.
        wish: the user's window; None for the file's own.

    Raises:
        SourceUnreadable, SourceDamaged: the file cannot be read, or is no DICOM file.
        SourceUnsupported: it holds no picture that can be shown.
        UsageError: it has no such frame.
    """
    dataset, transfer_syntax = _read(path)
    facts = facts_of(dataset, path)
    frames = number_of_frames(dataset)
    if not 1 <= frame <= frames:
        raise UsageError(f"{path} has {frames} frame{'s' * (frames > 1)}, not {frame}", f"choose --frame 1 to {frames}")
    plain = Display(
        path,
        transfer_syntax,
        frame,
        frames,
        facts,
        Rescale(),
        Span.STORED,
        "",
        inverted=False,
        palette=None,
        functional=False,
        SOPClassUID=str(dataset.get("SOPClassUID") or ""),
    )
    if facts.PhotometricInterpretation == "PALETTE COLOR":
        return replace(plain, palette=palette_of(dataset, path))
    return _greyed(plain, dataset, wish) if plain.is_grey else plain


def _read(path: Path) -> tuple[Dataset, str]:
    try:
        instance = read_instance(path)
    except NoDicomFile as error:
        raise SourceUnreadable(f"{path} {error}", "name a DICOM file; dicomize inspect looks at pictures") from None
    except PixelDataError as error:
        raise SourceDamaged(f"{path} {error}", "dicomize check says more") from None
    except FileNotFoundError:
        raise SourceUnreadable(f"{path} does not exist", "check the name") from None
    except OSError as error:
        raise SourceUnreadable(
            f"{path} cannot be read: {error.strerror or error}", "name a file that can be read"
        ) from None
    syntax = str(instance.dataset.file_meta.get("TransferSyntaxUID", ""))
    if number_of(instance.dataset, "Rows") is None or (instance.pixels is None and syntax not in _PIXELS_NOT_SEEN):
        raise SourceUnsupported(f"{path} holds no picture", "dicomize dump shows what it holds")
    return instance.dataset, syntax


def facts_of(dataset: Dataset, path: Path) -> PixelFacts:
    """The Image Pixel attributes, with what may be left out filled in.

    Raises:
        SourceDamaged: one that must be there is not, or makes no sense.
        SourceUnsupported: the frame is too large.
    """
    needed = ("Rows", "Columns", "BitsAllocated")
    numbers = [number_of(dataset, keyword) or 0 for keyword in needed]
    absent = [keyword for keyword, number in zip(needed, numbers, strict=True) if number <= 0]
    if absent:
        raise SourceDamaged(f"{path} has no usable {', '.join(absent)}", "dicomize check says what else is wrong")
    Rows, Columns, allocated = numbers
    if Rows * Columns > _LARGEST:
        raise SourceUnsupported(
            f"{path} has a frame of {Columns} x {Rows}, more than is shown at once", "view a level of lower resolution"
        )
    samples = number_of(dataset, "SamplesPerPixel") or 1
    stored = number_of(dataset, "BitsStored") or allocated
    high = number_of(dataset, "HighBit")
    high = stored - 1 if high is None else high
    photometric = str(value_of(dataset, "PhotometricInterpretation") or ("MONOCHROME2" if samples == 1 else "RGB"))
    if not (0 < stored <= allocated <= 64 and stored - 1 <= high < allocated):
        raise SourceDamaged(
            f"{path} stores {stored} bits up to bit {high} in {allocated}, which cannot be",
            "dicomize check says what else is wrong",
        )
    signed = number_of(dataset, "PixelRepresentation") or 0
    planar = number_of(dataset, "PlanarConfiguration") or 0
    return PixelFacts(Rows, Columns, samples, photometric, allocated, stored, high, signed, planar)


def number_of_frames(dataset: Dataset) -> int:
    """NumberOfFrames; 1 where it is absent or nonsense."""
    return max(1, number_of(dataset, "NumberOfFrames") or 1)


# ---------------------------------------------------------------- grey


def _greyed(plain: Display, dataset: Dataset, wish: Window | Span | None) -> Display:
    """With what the data set, or the functional groups of the frame, say of grey."""
    transformation = _functional(dataset, plain.frame, "PixelValueTransformationSequence")
    windows = _functional(dataset, plain.frame, "FrameVOILUTSequence")
    notes: list[str] = []
    modality = _modality(transformation or dataset, notes)
    voi, origin = _voi(windows or dataset, plain.facts, notes) if wish is None else (wish, "--window")
    functional = transformation is not None or (windows is not None and wish is None)
    return replace(
        plain,
        inverted=_inverted(dataset, plain.facts),
        modality=modality,
        voi=voi,
        voi_origin=origin,
        functional=functional,
        notes=tuple(notes),
    )


def _inverted(dataset: Dataset, facts: PixelFacts) -> bool:
    """Presentation LUT Shape has the last word (PS3.3 C.11.6), else MONOCHROME1 (C.7.6.3.1.2)."""
    shape = value_of(dataset, "PresentationLUTShape")
    if shape in {"IDENTITY", "INVERSE"}:
        return shape == "INVERSE"
    return facts.PhotometricInterpretation == "MONOCHROME1"


def _functional(dataset: Dataset, frame: int, keyword: str) -> Dataset | None:
    """The item of a functional group macro: the frame's own, else the shared one."""
    for groups, number in (("PerFrameFunctionalGroupsSequence", frame - 1), ("SharedFunctionalGroupsSequence", 0)):
        group = _item(dataset, groups, number)
        found = None if group is None else _item(group, keyword, 0)
        if found is not None:
            return found
    return None


def _item(dataset: Dataset, keyword: str, number: int) -> Dataset | None:
    sequence = value_of(dataset, keyword)
    if not isinstance(sequence, Sequence) or number >= len(sequence):
        return None
    item: Dataset = sequence[number]
    return item


def _modality(dataset: Dataset, notes: list[str]) -> Modality:
    item = _item(dataset, "ModalityLUTSequence", 0)
    if item is not None:
        lut = lut_of(item, "LUTDescriptor", "LUTData")
        if lut is not None:
            return lut
        notes.append("the Modality LUT cannot be used and is left out")
    slope, intercept = (_decimal(dataset, k) for k in ("RescaleSlope", "RescaleIntercept"))
    if slope == 0:
        notes.append("a RescaleSlope of 0 is left out")
    return Rescale(slope or 1.0, intercept or 0.0)


def _decimal(dataset: Dataset, keyword: str) -> float | None:
    value = value_of(dataset, keyword)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _voi(dataset: Dataset, facts: PixelFacts, notes: list[str]) -> tuple[Voi, str]:
    """The file's first VOI LUT, else its first window, else none."""
    item = _item(dataset, "VOILUTSequence", 0)
    if item is not None:
        lut = lut_of(item, "LUTDescriptor", "LUTData")
        if lut is not None:
            return lut, "the file's VOI LUT"
        notes.append("the VOI LUT cannot be used and is left out")
    window = window_of(dataset)
    if window is not None:
        fault = fault_of(window)
        if not fault:
            return window, "the file's window"
        notes.append(f"the file's window is left out: {fault}")
    if facts.BitsStored <= 8:
        bits = f"{facts.BitsStored} bit{'' if facts.BitsStored == 1 else 's'}"
        return Span.STORED, f"the file names no window; all that {bits} hold"
    return Span.FRAME, "the file names no window; smallest to largest value of the frame"


def fault_of(window: Window) -> str:
    """What is wrong with a window; empty when nothing is (PS3.3 C.11.2.1.2, C.11.2.1.3)."""
    if window.function not in FUNCTIONS:
        return f"there is no VOI LUT function {window.function}"
    if not (math.isfinite(window.center) and math.isfinite(window.width)):
        return "it is not finite"
    least = 1 if window.function == "LINEAR" else 0
    if window.width < least or (least == 0 and window.width == 0):
        return f"a width of {window.width:g} is too small for {window.function}"
    return ""
