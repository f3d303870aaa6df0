"""What each decoder of this machine makes of a file. Decoders that may crash or hang run as programs of their
own, with a time limit."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dicomize.comparing.model import DecoderDigest
from dicomize.comparing.pictures import Samples, by_pixel, distance, keep, shown
from dicomize.errors import ToolFailed, ToolMissing
from dicomize.pixeldata import PixelDataError, StoredInstance, joined, number_of, read_instance, value_of
from dicomize.rendering.apart import Job, decode
from dicomize.wrappers import dcmdjpeg, gdcmconv
from dicomize.wrappers.process import Command, argument, last_word, run
from dicomize.wrappers.tool import Tool, Tools

if TYPE_CHECKING:
    from PIL import Image

_PYLIBJPEG: Final = ("pylibjpeg", "pylibjpeg-libjpeg", "numpy")
"""the distributions that it takes"""
_LIBJPEG: Final = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
"""transfer syntaxes that Pillow decodes by libjpeg, which is neither known to crash nor to hang"""
_NATIVE: Final = "none"
"""the name under which samples are digested that need no decoder"""


class Decoder(NamedTuple):
    """A decoder of this machine."""

    name: str
    version: str
    decode: Callable[[StoredInstance, Path], Samples]
    """instance, scratch folder -> samples; raises ToolFailed, ToolMissing, PixelDataError, OSError, ValueError"""


class View(NamedTuple):
    """What decoded pictures are held against, and where they are kept."""

    reference: Callable[[], Image.Image | None]
    """the source as it should look; decoded anew each time, since a picture is large and most files were seen already"""
    keep: Path | None
    """name without ending of the pictures to keep, or None"""


def available(tools: Tools) -> tuple[Decoder, ...]:
    """The decoders that are installed."""
    programs: tuple[tuple[str, Tool, Callable[[Path, Path, Path], Command]], ...] = (
        ("DCMTK", dcmdjpeg.TOOL, dcmdjpeg.command),
        ("GDCM", gdcmconv.TOOL, gdcmconv.command),
    )
    found: list[Decoder] = []
    for name, tool, command in programs:
        report = tools.report(tool)
        if report.path is not None and not report.unavailable_because:
            found.append(
                Decoder(name, report.version, partial(_by_program, partial(command, report.path), tools.timeout))
            )
    pydicom = _version("pydicom")
    by_pillow = partial(_by_plugin, "pillow", tools.timeout)
    found.append(Decoder("pydicom with Pillow", f"{pydicom}, {_version('pillow')}", by_pillow))
    if all(_version(needed) for needed in _PYLIBJPEG):
        by_pylibjpeg = partial(_by_plugin, "pylibjpeg", tools.timeout)
        found.append(Decoder("pydicom with pylibjpeg", f"{pydicom}, {_version('pylibjpeg')}", by_pylibjpeg))
    return tuple(found)


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def digests(
    stored: StoredInstance, decoders: tuple[Decoder, ...], view: View, scratch: Path
) -> tuple[DecoderDigest, ...]:
    """What each decoder makes of an instance; native samples need none."""
    if stored.pixels is None:
        return ()
    if not stored.pixels.encapsulated:
        decoders = (Decoder(_NATIVE, "", lambda instance, _: native_samples(instance)),)
    sight = _Sight(view.reference(), view.keep)
    return tuple(_digest(decoder, stored, sight, scratch) for decoder in decoders)


class _Sight(NamedTuple):
    """A view whose reference is there."""

    reference: Image.Image | None
    keep: Path | None


def _digest(decoder: Decoder, stored: StoredInstance, view: _Sight, scratch: Path) -> DecoderDigest:
    try:
        seen = shown(decoder.decode(stored, scratch))
    except (ToolFailed, ToolMissing) as error:
        said = last_word(error.invocation) if isinstance(error, ToolFailed) and error.invocation else ""
        return DecoderDigest(decoder.name, decoder.version, problem=_clause(said or error.message, stored.path))
    except (PixelDataError, OSError, ValueError) as error:
        return DecoderDigest(decoder.name, decoder.version, problem=str(error))
    picture = seen.picture
    apart = distance(picture, view.reference) if picture is not None and view.reference is not None else None
    kept = None
    if picture is not None and view.keep is not None:
        name = f"{view.keep.name}.{decoder.name.replace(' ', '-').lower()}.png"
        kept = keep(picture, view.keep.with_name(name))
    return DecoderDigest(
        decoder=decoder.name,
        version=decoder.version,
        sha256=seen.sha256,
        PhotometricInterpretation=seen.PhotometricInterpretation,
        max_error=apart.maximum if apart else None,
        mean_error=round(apart.mean, 4) if apart else None,
        picture=kept,
    )


def _clause(said: str, path: Path) -> str:
    """What a program said, without its own mark and without where the file happened to be."""
    return said.removeprefix("Error: ").replace(f"{path.parent}{os.sep}", "")


def native_samples(stored: StoredInstance) -> Samples:
    """The samples of an instance that is not encapsulated.

    Raises:
        PixelDataError: there are none, or they are not described.
        OSError: the file cannot be read.
    """
    element, dataset = stored.pixels, stored.dataset
    numbers = [number_of(dataset, k) for k in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")]
    if element is None or element.encapsulated or element.problems or None in numbers:
        raise PixelDataError("holds no samples that can be read")
    rows, columns, samples, bits = (number or 0 for number in numbers)
    label = str(value_of(dataset, "PhotometricInterpretation") or "")
    found = Samples(joined(stored.path, element.fragments), rows, columns, samples, bits, label)
    return by_pixel(found) if number_of(dataset, "PlanarConfiguration") else found


def _by_program(
    command: Callable[[Path, Path], Command], timeout: float, stored: StoredInstance, scratch: Path
) -> Samples:
    decoded = scratch / "decoded.dcm"
    decoded.unlink(missing_ok=True)
    run(command(stored.path, decoded), timeout)
    return native_samples(read_instance(decoded))


def _by_plugin(plugin: str, timeout: float, stored: StoredInstance, scratch: Path) -> Samples:
    syntax, samples = str(value_of(stored.dataset.file_meta, "TransferSyntaxUID") or ""), scratch / "samples.raw"
    job = Job(argument(stored.path), argument(samples), syntax, plugin)
    if plugin == "pillow" and syntax in _LIBJPEG:
        return _in_this_process(job)  # as the source is decoded, too
    told = decode(job, timeout).frames
    return _described(samples.read_bytes(), told[0])


def _in_this_process(job: Job) -> Samples:
    from dicomize.rendering.decoding import frames  # noqa: PLC0415 - few results are decoded so

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom warns of what it can decode all the same
            decoded = list(frames(job._asdict()))
    except Exception as error:  # noqa: BLE001 - plugins raise what they like
        raise ValueError(" ".join(str(error).split()) or type(error).__name__) from None
    return _described(b"".join(frame for frame, _ in decoded), decoded[0][1])


def _described(samples: bytes, said: dict[str, Any]) -> Samples:
    found = Samples(
        samples,
        said["rows"],
        said["columns"],
        said["samples_per_pixel"],
        said["bits_allocated"],
        said["photometric_interpretation"],
    )
    return by_pixel(found) if said.get("planar_configuration") else found
