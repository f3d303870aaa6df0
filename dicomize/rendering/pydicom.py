"""pydicom decodes, dicomize windows: works wherever dicomize does, and reads what DCMTK does not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from dicomize.errors import SourceDamaged, ToolFailed
from dicomize.model import Invocation, ToolReport
from dicomize.rendering.apart import Job, decode
from dicomize.rendering.base import Rendering
from dicomize.rendering.display import Display, PixelFacts
from dicomize.rendering.samples import Samples, picture_of
from dicomize.wrappers.process import argument, last_word
from dicomize.wrappers.tool import Tools

if TYPE_CHECKING:
    from pydicom.pixels.decoders.base import Decoder

_PLUGINS: Final = ("pydicom", "pillow", "pyjpegls", "pylibjpeg")
"""in this order. Pillow before pylibjpeg, whose colours are off by up to 62 levels (docs/toolkits.md); GDCM is not among
them, since it is a renderer of its own"""
_BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"


class PydicomRenderer:
    """pydicom's decoders, then the grey and colour pipelines here."""

    name = "pydicom"

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def tools(self, display: Display) -> tuple[ToolReport, ...]:  # noqa: ARG002 - it runs none
        return ()

    def refusal(self, display: Display) -> str | None:
        facts = display.facts
        if facts.BitsAllocated not in {8, 16, 32}:
            return f"pixels with {facts.BitsAllocated} in BitsAllocated are shown by DCMTK alone"
        decoder = _decoder(display.transfer_syntax)
        if decoder is None:
            return f"pydicom does not decode transfer syntax {display.transfer_syntax}"
        if not decoder.UID.is_encapsulated:
            return None
        if not _plugins(decoder, facts):
            return f"no installed decoder of pydicom reads {decoder.UID.name}, {facts.BitsStored} bits; pip install pylibjpeg[all] numpy"
        return None

    def render(self, display: Display, scratch: Path) -> Rendering:
        decoder = _decoder(display.transfer_syntax)
        plugins = [] if decoder is None else _plugins(decoder, display.facts)
        samples, invocation = _decoded(display, (plugins or [""])[0], scratch, self._tools.timeout)
        steps = f"pydicom{f' ({plugins[0]})' if plugins else ''} decoded, dicomize windowed"
        return Rendering(self.name, picture_of(display, samples), steps, (invocation,))


def _decoder(transfer_syntax: str) -> Decoder | None:
    from pydicom import config  # noqa: PLC0415 - as below
    from pydicom.pixels.decoders.base import get_decoder  # noqa: PLC0415 - looks for every plugin, which takes long
    from pydicom.uid import UID  # noqa: PLC0415 - as above

    try:
        return get_decoder(UID(transfer_syntax, validation_mode=config.IGNORE))
    except NotImplementedError:
        return None


def _plugins(decoder: Decoder, facts: PixelFacts) -> list[str]:
    found: list[str] = [name for name in _PLUGINS if name in decoder.available_plugins]
    # Pillow takes no deep colours, and no extended JPEG of 12 bits
    if facts.BitsStored > 8 and (facts.SamplesPerPixel > 1 or decoder.UID.name.startswith("JPEG Extended")):
        found = [name for name in found if name != "pillow"]
    return found


def _decoded(display: Display, plugin: str, scratch: Path, timeout: float) -> tuple[Samples, Invocation]:
    destination = scratch / "pydicom.raw"
    job = Job(
        argument(display.path), argument(destination), display.transfer_syntax, plugin,
        first=display.frame - 1, number=1, raw=True,
    )  # fmt: skip
    try:
        told = decode(job, timeout)
    except ToolFailed as error:
        if error.invocation is None or error.invocation.returncode != 1:
            raise
        raise SourceDamaged(
            f"pydicom cannot decode frame {display.frame} of {display.path}: {last_word(error.invocation)}",
            "choose another --renderer",
        ) from None
    data, now = destination.read_bytes(), told.frames[0]
    destination.unlink()
    facts = display.facts._replace(
        PhotometricInterpretation=now["photometric_interpretation"],
        BitsAllocated=now["bits_allocated"],
        PlanarConfiguration=now.get("planar_configuration", 0),
    )
    return Samples(_ordered(data, display, facts), facts), told.invocation


def _ordered(data: bytes, display: Display, facts: PixelFacts) -> bytes:
    """Little endian words."""
    if display.transfer_syntax != _BIG_ENDIAN or facts.BitsAllocated == 8:
        return data
    size = facts.BitsAllocated // 8
    turned = bytearray(len(data))
    for byte in range(size):
        turned[byte::size] = data[size - 1 - byte :: size]
    return bytes(turned)
