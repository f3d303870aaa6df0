"""Decode frames with what is installed for Python, in a process of its own: a decoder may crash on damage.

Run with -P, by its path, so that no file of the current folder is taken for a module. Its argument names a file that
holds a Job as JSON. Prints one JSON object a line: a Refusal for each frame that a decoder
refused, and at last which decoders there are, and which of them were the first to decode a frame.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

MOST_REFUSALS: Final = 100
"""frames after which no more are told"""
_LONGEST_REASON: Final = 200

Decode = Callable[[bytes], None]
"""raises whatever a decoder raises"""


class Job(NamedTuple):
    """What to decode."""

    file: str
    syntax: str
    attributes: dict[str, int | str]
    """as pydicom's decoders are given them"""
    pillow: bool
    """whether Pillow can decode the codestream"""
    frames: list[list[list[int]]]
    """[offset, length] of each fragment of each frame"""
    progress: str
    """a file that says which decoder has which frame, in case it is the last thing it does"""


def main(arguments: list[str]) -> None:
    """Decode all frames of a job."""
    logging.disable()
    warnings.simplefilter("ignore")
    job = Job(**json.loads(Path(arguments[0]).read_text("utf-8")))
    decoders = dict(_decoders(job))
    left, used = MOST_REFUSALS, dict.fromkeys(decoders, 0)
    for number, data in enumerate(_frames(job) if decoders else (), 1):
        refused, by = _decoded(decoders, data, number, Path(job.progress))
        if by:
            used[by] += 1
        if refused and left > 0:
            left -= 1
            print(json.dumps({"frame": number, "refused": refused, "by": by}))  # noqa: T201 - this is what it is for
    print(json.dumps({"decoders": list(decoders), "used": [name for name in used if used[name]]}))  # noqa: T201


def _frames(job: Job) -> Iterator[bytes]:
    with Path(job.file).open("rb") as file:
        for spans in job.frames:
            parts = []
            for offset, length in spans:
                file.seek(offset)
                parts.append(file.read(length))
            yield b"".join(parts)


def _decoded(decoders: dict[str, Decode], data: bytes, number: int, progress: Path) -> tuple[list[list[str]], str]:
    """Decoders that refuse a frame, with their reasons, and the first one that does not."""
    refused = []
    for name, decode in decoders.items():
        progress.write_text(f"{number} {name}", "utf-8")
        try:
            decode(data)
        except Exception as error:  # noqa: BLE001 - decoders raise what they like
            refused.append([name, _reason(error, name)])
        else:
            return refused, name
    return refused, ""


def _reason(error: Exception, name: str) -> str:
    """The last line of what it says, without its name."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = lines[-1] if lines else type(error).__name__
    return line.removeprefix(f"{name.rpartition(' ')[2]}: ").rstrip(".")[:_LONGEST_REASON]


def _decoders(job: Job) -> Iterator[tuple[str, Decode]]:
    """Those of pydicom that are installed, gdcm last, since it is most lenient; then Pillow itself."""
    from pydicom.pixels.decoders.base import get_decoder  # noqa: PLC0415 - only where it is asked for
    from pydicom.uid import UID  # noqa: PLC0415 - as above

    try:
        decoder: Any = get_decoder(UID(job.syntax))
        plugins = sorted(decoder.available_plugins, key=lambda name: (name == "gdcm", name))
        if int(job.attributes["samples_per_pixel"]) > 1 and int(job.attributes["bits_stored"]) > 8:
            plugins = [name for name in plugins if name != "pillow"]  # it takes no such picture, however sound
    except NotImplementedError:
        plugins = []
    for plugin in plugins:
        yield f"pydicom with {plugin}", _by_pydicom(decoder, plugin, job.attributes)
    if job.pillow:
        yield "Pillow", _by_pillow


def _by_pydicom(decoder: Any, plugin: str, attributes: dict[str, int | str]) -> Decode:
    from pydicom.encaps import encapsulate  # noqa: PLC0415 - as above

    def decode(data: bytes) -> None:
        decoder.as_buffer(encapsulate([data]), index=0, decoding_plugin=plugin, **attributes)

    return decode


def _by_pillow(data: bytes) -> None:
    from PIL import Image  # noqa: PLC0415 - as above

    with Image.open(io.BytesIO(data)) as picture:
        picture.load()


if __name__ == "__main__":
    main(sys.argv[1:])
