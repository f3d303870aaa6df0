"""The bytes of one frame, which may lie in several fragments, without having all of them in memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import BinaryIO, Final, SupportsIndex, overload

from dicomize.octets import Octets

CHUNK: Final = 1 << 20
_NEAR: Final = 1 << 12


class Stream:
    """Fragments of an open file as one sequence of bytes."""

    def __init__(self, file: BinaryIO, spans: tuple[tuple[int, int], ...]) -> None:
        """Args: spans: (offset in the file, length) of each fragment."""
        self._file, self._spans = file, spans
        self._ends = list(accumulate(length for _, length in spans))
        self.size = self._ends[-1] if spans else 0

    def read(self, at: int, count: int) -> bytes:
        """Up to `count` bytes from `at` on; fewer where the stream ends."""
        if at >= self.size:
            return b""
        if len(self._spans) == 1:
            offset, length = self._spans[0]
            self._file.seek(offset + at)
            return self._file.read(min(count, length - at))
        return b"".join(self._parts(at, count))

    def _parts(self, at: int, count: int) -> Iterator[bytes]:
        for number in range(bisect_right(self._ends, at), len(self._spans)):
            if count <= 0:
                return
            offset, length = self._spans[number]
            inside = at - (self._ends[number] - length)
            self._file.seek(offset + inside)
            part = self._file.read(min(count, length - inside))
            at, count = at + len(part), count - len(part)
            yield part

    def number(self, at: int, count: int) -> int:
        """An unsigned integer, most significant byte first; what is missing at the end counts as 0 bytes."""
        return int.from_bytes(self.read(at, count), "big")

    def whole(self) -> bytes:
        """All bytes."""
        return self.read(0, self.size)

    def octets(self) -> Octets:
        """All bytes; of a long stream only those that are being looked at."""
        return self.whole() if self.size <= CHUNK else Window(self)

    def chunks(self, at: int = 0) -> Iterator[bytes]:
        """Everything from `at` on, in pieces of 1 MiB."""
        while chunk := self.read(at, CHUNK):
            at += len(chunk)
            yield chunk

    def ending(self, end: int) -> tuple[int, bool]:
        """How many bytes follow `end`, and whether they are no more than padding (PS3.5 A.4)."""
        left = self.size - end
        return left, left <= 0 or (left == 1 and self.read(end, 1) == b"\0")


class Window:
    """A stream that is indexed as bytes are; what is near the last byte that was asked for is in memory.

    Indexing raises OSError where the file cannot be read, or no longer has what it had.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._start, self._bytes = 0, b""

    def __len__(self) -> int:
        return self._stream.size

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> int: ...

    @overload
    def __getitem__(self, index: slice, /) -> bytes: ...

    def __getitem__(self, index: SupportsIndex | slice, /) -> int | bytes:
        if not isinstance(index, slice):
            return self._exactly(range(len(self))[index], 1)[0]
        start, stop, step = index.indices(len(self))
        if step != 1:
            raise ValueError("a window gives bytes in one piece")
        return self._exactly(start, max(0, stop - start))

    def _exactly(self, at: int, count: int) -> bytes:
        piece = self._stream.read(at, count) if count > _NEAR else self._near(at, count)
        if len(piece) != count:
            raise OSError("it became shorter while it was read")
        return piece

    def _near(self, at: int, count: int) -> bytes:
        inside = at - self._start
        if inside < 0 or inside + count > len(self._bytes):
            # what is asked for next may be before it or behind it
            self._start = max(0, at - _NEAR)
            self._bytes = self._stream.read(self._start, at - self._start + max(count, _NEAR))
            inside = at - self._start
        return self._bytes[inside : inside + count]
