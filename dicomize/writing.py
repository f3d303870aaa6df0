"""The one writer: a data set and its PixelData in any encoding, so that the bytes cannot depend on the toolkit (PS3.10 7)."""

from __future__ import annotations

import io
import warnings
import zlib
from typing import BinaryIO, Final

from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info

from dicomize.model import DEFLATED, IMPLICIT, Piece
from dicomize.pixeldata import Sink, pixel_vr, write_element
from dicomize.records import dataclass

_LEVEL: Final = 9


@dataclass(frozen=True, slots=True)
class WritableInstance:
    """A whole instance, ready to be written; its PixelData is not copied in memory, and need not be there."""

    head: bytes
    """preamble and file meta information"""
    header: bytes
    """the data set up to PixelData, as its transfer syntax has it before it is deflated"""
    TransferSyntaxUID: str
    frames: tuple[Piece, ...]
    """of each the uncompressed samples, or the compressed stream"""
    BitsAllocated: int
    encapsulated: bool

    def write(self, file: BinaryIO) -> None:
        """The whole file."""
        file.write(self.head)
        if self.TransferSyntaxUID == DEFLATED:
            deflater = _Deflater(file)
            self._write_dataset(deflater)
            deflater.finish()
        else:
            self._write_dataset(file)

    def _write_dataset(self, sink: Sink) -> None:
        implicit = self.TransferSyntaxUID == IMPLICIT
        VR = "" if implicit else pixel_vr(self.BitsAllocated, encapsulated=self.encapsulated)
        sink.write(self.header)
        write_element(sink, self.frames, VR, encapsulated=self.encapsulated)


class _Deflater:
    """What is written to it goes into a file as one deflated data set (PS3.5 A.5)."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._engine = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS)
        self._length = 0

    def write(self, data: bytes, /) -> None:
        self._put(self._engine.compress(data))

    def finish(self) -> None:
        """What is left, and a byte to make the length even."""
        self._put(self._engine.flush())
        self._put(b"\0" * (self._length % 2))

    def _put(self, data: bytes) -> None:
        self._length += len(data)
        self._file.write(data)


def head_of(meta: FileMetaDataset) -> bytes:
    """Preamble and file meta information."""
    buffer = DicomBytesIO(bytes(128) + b"DICM")
    buffer.seek(0, io.SEEK_END)
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    write_file_meta_info(buffer, meta)
    return buffer.getvalue()


def header_of(dataset: Dataset, transfer_syntax: str) -> bytes:
    """A data set without PixelData; that of a deflated one before it is deflated."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # a list too long for its VR, such as the numbers of 14,000 pages, becomes UN, as PS3.5 6.2.2 wants it
        warnings.filterwarnings("ignore", message=".*exceeds the size of 64 kByte.*")
        dcmwrite(buffer, dataset, implicit_vr=transfer_syntax == IMPLICIT, little_endian=True)
    return buffer.getvalue()
