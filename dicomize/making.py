"""Prepare, encode, normalize, verify: one picture, or the frames of an instance one after the other.

Backends are given one frame at a time, so every backend makes instances of several frames, and memory holds one of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from dicomize.backends.base import Backend, asked
from dicomize.errors import DicomizeError, ToolFailed
from dicomize.model import Attribute, EncodedInstance, FramePlan, Invocation, Loss, Piece, Plan, PreparedImage, Span
from dicomize.normalize import NormalizedInstance, assemble, normalize
from dicomize.pixeldata import read_piece
from dicomize.prepare import prepare
from dicomize.source.opening import OpenedSource
from dicomize.wrappers.tool import Tools

_NUMBER_OF_FRAMES: Final = 0x00280008
_OF_FRAMES: Final = frozenset({_NUMBER_OF_FRAMES, 0x00182001, 0x00181065})
"""NumberOfFrames, PageNumberVector, FrameTimeVector"""

Watch = Callable[[int, int], object]
"""told of the number of a frame, from 1, and of how many there are"""


def unwatched(_number: int, _of: int) -> None:
    """Nobody looks."""


class Encoder(NamedTuple):
    """A backend by the name that it was chosen by, and the programs of the site."""

    name: str
    backend: Backend
    tools: Tools


class Made(NamedTuple):
    """An instance that can be written, and how it came about."""

    normalized: NormalizedInstance
    invocations: tuple[Invocation, ...]
    verified_by: str = ""
    loss: Loss | None = None


def made_frame(plan: Plan, opened: OpenedSource, encoder: Encoder, scratch: Path) -> Made:
    """An instance of one picture.

    Raises:
        DicomizeError: whatever is wrong, by its class.
        OSError: the scratch folder cannot be used.
    """
    image = prepare(plan, opened, scratch, encoder.tools)
    encoded = _encoded(plan, encoder, image, scratch)
    normalized = normalize(plan, image, encoded)
    return Made(normalized, encoded.invocations, *_verified(plan, image, encoded, normalized, scratch, encoder.tools))


def made_frames(
    plan: Plan, sources: Iterable[OpenedSource], encoder: Encoder, scratch: Path, watch: Watch = unwatched
) -> Made:
    """An instance of all frames of a plan, whose pictures come in their order; raises as `made_frame`."""
    made: list[Made] = []
    spans: list[Span] = []
    store = scratch / "frames"
    with store.open("wb") as file:
        for number, (frame, opened) in enumerate(zip(plan.frames, sources, strict=True), 1):
            watch(number, len(plan.frames))
            folder = scratch / f"frame-{number}"
            folder.mkdir()
            one = made_frame(alone(plan, frame), opened, encoder, folder)
            (piece,) = one.normalized.instance.frames
            spans.append(_kept(file, store, piece))
            # what is kept of a frame must not grow with it, nor with their number
            instance = replace(one.normalized.instance, frames=())
            kept = made[0].normalized if made else replace(one.normalized, instance=instance)
            made.append(one._replace(normalized=kept))
            shutil.rmtree(folder)
    losses = [one.loss for one in made if one.loss is not None]
    return Made(
        assemble(plan, made[0].normalized, tuple(spans)),
        tuple(invocation for one in made for invocation in one.invocations),
        made[0].verified_by,
        _together(losses) if losses else None,
    )


def alone(plan: Plan, frame: FramePlan) -> Plan:
    """The plan of one frame, as if it were all."""
    one = tuple(_one_frame(a) if a.tag in _OF_FRAMES else a for a in plan.attributes)
    return replace(plan, source=frame.source, color=frame.color, steps=frame.steps, attributes=one, frames=())


def _one_frame(attribute: Attribute) -> Attribute:
    return replace(attribute, value=("1",) if attribute.tag == _NUMBER_OF_FRAMES else attribute.value[:1])


def _kept(file: BinaryIO, path: Path, piece: Piece) -> Span:
    """A frame at the end of the file of all frames."""
    data = read_piece(piece)
    at = file.tell()
    file.write(data)
    file.flush()
    return Span(path, at, len(data))


def _together(losses: list[Loss]) -> Loss:
    """The mean ratio and error of frames of one size, and the largest error of any sample."""
    count = len(losses)
    ratio = count / sum(1 / loss.ratio for loss in losses)
    return Loss(round(ratio, 2), max(loss.largest for loss in losses), round(sum(x.mean for x in losses) / count, 4))


def _verified(
    plan: Plan,
    image: PreparedImage,
    encoded: EncodedInstance,
    normalized: NormalizedInstance,
    scratch: Path,
    tools: Tools,
) -> tuple[str, Loss | None]:
    """Who read the compressed picture back, and how much was lost; nobody where none was compressed."""
    if not plan.compresses:
        return "", None
    from dicomize.verifying import Compressed, verify  # noqa: PLC0415 - most conversions compress nothing

    made = Compressed(normalized.instance, plan.image, plan.SOPClassUID, scratch, tools)
    return verify(plan, image, encoded, made)


def _encoded(plan: Plan, encoder: Encoder, image: PreparedImage, scratch: Path) -> EncodedInstance:
    try:
        return encoder.backend.encode(asked(plan), image, scratch)
    except (DicomizeError, OSError):
        raise
    except Exception as error:
        # a third party's code may raise anything
        raise ToolFailed(
            f"the {encoder.name} backend failed: {type(error).__name__}: {error}", "try another backend"
        ) from error
