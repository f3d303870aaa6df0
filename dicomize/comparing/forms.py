"""How the picture of an instance is described (PS3.3 C.7.6.3)."""

from __future__ import annotations

from typing import Final, NamedTuple

from dicomize.pixeldata import StoredInstance, number_of, value_of

YBR: Final = frozenset({"YBR_FULL", "YBR_FULL_422"})


class FrameError(Exception):
    """A frame that cannot be decoded; the message is a clause about the file."""


class Form(NamedTuple):
    """What decides how samples are read and shown (PS3.3 C.7.6.3)."""

    TransferSyntaxUID: str
    Rows: int
    Columns: int
    SamplesPerPixel: int
    BitsAllocated: int
    BitsStored: int
    PixelRepresentation: int
    PlanarConfiguration: int
    PhotometricInterpretation: str
    frames: int

    @property
    def shown_as(self) -> str:
        """PhotometricInterpretation of the frames that come out."""
        color = self.SamplesPerPixel == 3 and self.BitsAllocated == 8
        decoded = self.PhotometricInterpretation in {"YBR_ICT", "YBR_RCT"}
        return "RGB" if decoded or (color and self.PhotometricInterpretation in YBR) else self.PhotometricInterpretation

    @property
    def frame_length(self) -> int:
        """Bytes of one decoded frame."""
        return self.Rows * self.Columns * self.SamplesPerPixel * self.BitsAllocated // 8

    @property
    def size(self) -> tuple[int, int]:
        return self.Columns, self.Rows


def form_of(stored: StoredInstance) -> Form:
    """How the picture of an instance is described.

    Raises:
        FrameError: something is missing that it takes to read it.
    """
    dataset = stored.dataset
    needed = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored")
    numbers = [number_of(dataset, keyword) for keyword in needed]
    for keyword, number in zip(needed, numbers, strict=True):
        if not number or number < 0:
            raise FrameError(f"has no usable {keyword}")
    rows, columns, samples, allocated, bits = (number or 0 for number in numbers)
    return Form(
        str(value_of(dataset.file_meta, "TransferSyntaxUID") or ""),
        rows,
        columns,
        samples,
        allocated,
        bits,
        number_of(dataset, "PixelRepresentation") or 0,
        number_of(dataset, "PlanarConfiguration") or 0,
        str(value_of(dataset, "PhotometricInterpretation") or ""),
        number_of(dataset, "NumberOfFrames") or 1,
    )
