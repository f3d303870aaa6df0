"""A video against the header: MPEG-2, AVC and HEVC (PS3.5 8.2.5 to 8.2.11)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from pydicom import Dataset

from dicomize.checks.streams import containers
from dicomize.checks.streams.agreement import Seen, contradictions, damage, lossy, residue, wrong_syntax
from dicomize.checks.streams.findings import error, warning
from dicomize.checks.streams.syntaxes import Syntax
from dicomize.checks.streams.video import Damaged, Video, avc, hevc, mpeg2, units
from dicomize.codestreams.bytestream import Stream
from dicomize.model import Finding
from dicomize.pixeldata import number_of

_MOST_COMMENTS: Final = 20
_ENCODER: Final = re.compile(rb"(x264 - core|x265 |Lavc|Lavf|HandBrake|GA94|DTG1)")
"""user data by which encoders say who they are, or that tell a television its format"""


class _Limits(NamedTuple):
    codec: str
    profiles: frozenset[int]
    level: int


_MAIN_LEVEL: Final = frozenset({0x48, 0x4A, 0x58})
_HIGH_LEVEL: Final = _MAIN_LEVEL | {0x44, 0x46}
_HIGH: Final = frozenset({66, 77, 100})
_LIMITS: Final = {
    "100": _Limits("MPEG-2", _MAIN_LEVEL, 0),
    "101": _Limits("MPEG-2", _HIGH_LEVEL, 0),
    "102": _Limits("AVC", _HIGH, 41),
    "103": _Limits("AVC", _HIGH, 41),
    "104": _Limits("AVC", _HIGH, 42),
    "105": _Limits("AVC", _HIGH, 42),
    "106": _Limits("AVC", _HIGH | {118, 128}, 42),
    "107": _Limits("HEVC", frozenset({1, 3}), 153),
    "108": _Limits("HEVC", frozenset({1, 2, 3}), 153),
}
"""the last number of a transfer syntax -> profiles that its decoders can decode, highest level"""


class _Film(NamedTuple):
    """What has been found out about a video."""

    video: Video
    pictures: int
    """0: nobody says"""
    container: str
    extras: tuple[tuple[str, int], ...]
    """what is no part of the picture, and its length"""


def check_mpeg(dataset: Dataset, stream: Stream, syntax: Syntax) -> Iterator[Finding]:
    """Findings on the whole video."""
    try:
        film = _film(stream)
    except Damaged as clause:
        yield damage(f"the video is damaged: {clause}", syntax)
    else:
        video = film.video
        what = f"{video.codec} stream"
        yield from contradictions(dataset, Seen(what, video.rows, video.columns, 3, video.bits), syntax)
        yield from _against_syntax(film, syntax)
        if video.chroma != 1:
            message = f"the {what} is not subsampled as 4:2:0, which YBR_PARTIAL_420 says"
            yield error("color", "PhotometricInterpretation", message, syntax.rule)
        frames = number_of(dataset, "NumberOfFrames")
        if film.pictures and frames is not None and frames != film.pictures:
            message = f"the {what} has {film.pictures} frames, NumberOfFrames says {frames}"
            yield warning("frames", "NumberOfFrames", message, "PS3.3 C.7.6.6")
        for name, length in film.extras:
            yield residue(f"the video carries {name}", length)
    yield from lossy(dataset, syntax)


def _against_syntax(film: _Film, syntax: Syntax) -> Iterator[Finding]:
    video = film.video
    limits = _LIMITS[syntax.uid.removesuffix(".1").rpartition(".")[2]]
    if video.codec != limits.codec:
        message = f"the stream is {video.codec}, the transfer syntax is {syntax.name}"
        yield wrong_syntax(message, syntax.encapsulation)
        return
    if video.profile not in limits.profiles or (limits.level and video.level > limits.level):
        message = f"the stream has profile {video.profile}, level {video.level}, the transfer syntax is {syntax.name}"
        yield wrong_syntax(message, syntax.encapsulation)
    if not film.container and video.codec != "MPEG-2":
        yield damage("the video is in no container; a transport stream or an MP4 file is required", syntax)


def _film(stream: Stream) -> _Film:
    if containers.is_mp4(stream):
        return _of_movie(containers.movie(stream))
    if size := containers.packet_size(stream):
        transport = containers.Transport(stream, size)
        return _of_units(units(transport.chunks()), lambda: transport.codec, "transport stream")
    codec = _codec_of(stream.read(0, 64))
    container = "program stream" if stream.read(0, 4) == b"\0\0\1\xba" else ""
    film = _of_units(units(stream.chunks()), lambda: codec, container)
    # the headers of a program stream stand between the pictures, and may part a start code
    return film._replace(pictures=0) if container else film


def _of_movie(movie: containers.Movie) -> _Film:
    codec, parameters, samples = movie.track
    readers = {"AVC": avc, "HEVC": hevc}
    if codec not in readers:
        raise Damaged(f"the MP4 file holds {codec}, of which nothing is known here")
    if not parameters:
        raise Damaged(f"the MP4 file has no sequence parameter set of its {codec} video")
    extras = tuple(
        (f"a box {kind!r} of its MP4 file", length)
        for kind, length, start in movie.extras
        if not (b"\xa9too" in start and start.count(b"\xa9") == 1)  # the encoder's name alone
    )
    return _Film(readers[codec](parameters), samples, "MP4", extras)


def _codec_of(head: bytes) -> str:
    """What an elementary stream is, by its first unit."""
    first = next(iter(units((head,))), b"") or b"\xff"
    if first[:1] in {b"\xb3", b"\xba"}:
        return "MPEG-2"
    if first[:1] in {b"\x40", b"\x42", b"\x46"}:
        return "HEVC"
    if first[0] & 0x80 == 0 and first[0] & 31 in {6, 7, 9}:
        return "AVC"
    raise Damaged("it begins neither as a transport stream, nor as an MP4 file, nor as a video stream")


def _of_units(found: Iterable[bytes], codec: Callable[[], str], container: str) -> _Film:
    """Go through the units of an elementary stream once; which codec it has may come out on the way."""
    collected: _Collector | None = None
    for unit in found:
        if collected is None:
            name = codec()
            if name not in _COLLECTORS:
                raise Damaged("it holds a video of which nothing is known here" if name else "it holds no video")
            collected = _COLLECTORS[name]()
        if unit:
            collected.take(unit)
    if collected is None or collected.video is None:
        raise Damaged("it holds no sequence header")
    pictures = 0 if collected.video.interlaced else int(collected.pictures)
    return _Film(collected.video, pictures, container, tuple(collected.extras[:_MOST_COMMENTS]))


class _Collector:
    """What the units of a stream tell, one after the other."""

    def __init__(self) -> None:
        self.video: Video | None = None
        self.pictures = 0.0
        self.extras: list[tuple[str, int]] = []

    def take(self, unit: bytes) -> None:
        raise NotImplementedError

    def _user_data(self, text: bytes) -> None:
        if not _ENCODER.match(text) and len(self.extras) < _MOST_COMMENTS:
            self.extras.append(("user data", len(text)))


class _Mpeg2(_Collector):
    sequence = b""

    def take(self, unit: bytes) -> None:
        code = unit[0]
        if code == 0x00:
            self._settle(None)
            self.pictures += 1
        elif code == 0xB3 and not self.sequence:
            self.sequence = unit[1:]
        elif code == 0xB5 and len(unit) > 3:
            if unit[1] >> 4 == 1:
                self._settle(unit[1:])
            elif unit[1] >> 4 == 8 and unit[3] & 3 != 3:
                self.pictures -= 0.5  # a field: two of them make a frame
        elif code == 0xB2:
            self._user_data(unit[1:].partition(b"\0\0\1")[0])

    def _settle(self, extension: bytes | None) -> None:
        if self.video is None and self.sequence:
            self.video = mpeg2(self.sequence, extension)


class _Avc(_Collector):
    def take(self, unit: bytes) -> None:
        kind = unit[0] & 31
        if kind in {1, 5}:
            self.pictures += unit[1:2] >= b"\x80"  # the first macroblock is the picture's first
        elif kind == 7 and self.video is None:
            self.video = avc(unit)
        elif kind == 6 and unit[1:2] == b"\5":
            self._user_data(_unregistered(unit[2:]))


class _Hevc(_Collector):
    def take(self, unit: bytes) -> None:
        kind = unit[0] >> 1 & 63
        if kind < 32:
            base = not unit[0] & 1 and unit[1:2] < b"\x08"
            self.pictures += base and unit[2:3] >= b"\x80"
        elif kind == 33 and self.video is None:
            self.video = hevc(unit)
        elif kind in {39, 40} and unit[2:3] == b"\5":
            self._user_data(_unregistered(unit[3:]))


def _unregistered(payload: bytes) -> bytes:
    """The text of user data that nobody registered, behind its length and UUID (H.264 D.1.7)."""
    at, length = 0, 0
    while payload[at : at + 1] == b"\xff":
        length, at = length + 255, at + 1
    length += payload[at] if at < len(payload) else 0
    return payload[at + 17 : at + 1 + length]


_COLLECTORS: Final[dict[str, type[_Collector]]] = {
    "MPEG-1": _Mpeg2,
    "MPEG-2": _Mpeg2,
    "AVC": _Avc,
    "HEVC": _Hevc,
}
