"""The bytes of one frame, in several fragments of a file."""

from __future__ import annotations

import io
import tracemalloc
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomize.codestreams.bytestream import CHUNK, Stream, Window

FRAGMENTS = st.lists(st.binary(max_size=9000), max_size=4)


def stream_of(fragments: list[bytes]) -> Stream:
    """Each fragment behind eight bytes that do not belong to it, as items of PixelData are."""
    file, spans = io.BytesIO(), []
    for fragment in fragments:
        file.write(b"\xfe\xff\0\xe0____")
        spans.append((file.tell(), len(fragment)))
        file.write(fragment)
    return Stream(file, tuple(spans))


@given(FRAGMENTS, st.lists(st.tuples(st.integers(-100, 20000), st.integers(-100, 20000)), max_size=8))
def test_a_window_is_indexed_as_bytes_are(fragments: list[bytes], slices: list[tuple[int, int]]) -> None:
    data, window = b"".join(fragments), Window(stream_of(fragments))
    assert len(window) == len(data)
    for start, stop in slices:
        assert window[start:stop] == data[start:stop]
        if -len(data) <= start < len(data):
            assert window[start] == data[start]
        else:
            with pytest.raises(IndexError):
                window[start]


def test_a_file_that_becomes_shorter_is_an_error_of_the_file() -> None:
    window = Window(Stream(io.BytesIO(b"short"), ((0, 10),)))
    with pytest.raises(OSError, match="became shorter"):
        window[9]


class Zeros(io.RawIOBase):
    """A file of zeros of any length."""

    def __init__(self) -> None:
        self.at = 0

    def seek(self, offset: int, _whence: int = 0) -> int:
        self.at = offset
        return offset

    def read(self, count: int = -1) -> bytes:
        return bytes(count)


def test_a_long_stream_is_not_held_in_memory() -> None:
    zeros: IO[bytes] = Zeros()  # type: ignore[assignment] # all that is asked of it is there
    tracemalloc.start()
    try:
        data = Stream(zeros, ((0, 64 * CHUNK),)).octets()  # type: ignore[arg-type] # as above
        assert data[60 * CHUNK] == 0
        assert tracemalloc.get_traced_memory()[1] < CHUNK
    finally:
        tracemalloc.stop()
