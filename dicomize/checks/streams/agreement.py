"""What every codestream has to agree with the header about: size, samples, bits, colours, lossy compression."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from pydicom import Dataset
from pydicom.multival import MultiValue

from dicomize.checks.streams.findings import error, warning
from dicomize.checks.streams.syntaxes import Syntax
from dicomize.model import Finding
from dicomize.pixeldata import number_of, value_of


class Seen(NamedTuple):
    """What a codestream says of its picture."""

    what: str
    """name of the codestream, for messages"""
    rows: int
    columns: int
    samples: int
    bits: int
    """of the widest sample"""
    signed: bool | None = None
    """None where the codestream does not say"""


def label_of(dataset: Dataset) -> str:
    """PhotometricInterpretation, or an empty string."""
    return str(value_of(dataset, "PhotometricInterpretation") or "")


def contradictions(dataset: Dataset, seen: Seen, syntax: Syntax) -> Iterator[Finding]:
    """Where header and codestream describe another picture; what the header does not state is no contradiction."""
    described = [
        ("Rows", seen.rows),
        ("Columns", seen.columns),
        ("SamplesPerPixel", seen.samples),
    ]
    if seen.signed is not None:
        described.append(("PixelRepresentation", int(seen.signed)))
    yield from differing(dataset, described, seen.what, syntax)
    yield from _bits(dataset, seen, syntax)


def differing(dataset: Dataset, described: Iterable[tuple[str, int]], what: str, syntax: Syntax) -> Iterator[Finding]:
    """Attributes that have another value than the codestream gives them."""
    for keyword, value in described:
        stated = number_of(dataset, keyword)
        if stated is not None and stated != value:
            yield error("stream", keyword, f"{keyword} is {stated}, the {what} says {value}", syntax.rule)


def _bits(dataset: Dataset, seen: Seen, syntax: Syntax) -> Iterator[Finding]:
    """A codestream may have more bits than are stored, but neither fewer nor more than are allocated."""
    allocated, stored = number_of(dataset, "BitsAllocated"), number_of(dataset, "BitsStored")
    if stored is not None and seen.bits < stored:
        yield error("stream", "BitsStored", f"BitsStored is {stored}, the {seen.what} has {seen.bits}", syntax.rule)
    if allocated is not None and seen.bits > allocated:
        yield error(
            "stream", "BitsAllocated", f"BitsAllocated is {allocated}, the {seen.what} has {seen.bits}", syntax.rule
        )


def label(dataset: Dataset, syntax: Syntax) -> Iterator[Finding]:
    """A label that the transfer syntax does not have."""
    stated = label_of(dataset)
    if stated and syntax.labels and stated not in syntax.labels:
        finding = error(
            "enum",
            "PhotometricInterpretation",
            f"PhotometricInterpretation is {stated}, which the transfer syntax {syntax.name} does not allow",
            syntax.rule,
        )
        # as the IOD says it, so that it is said once
        yield replace(finding, path=f"{finding.path}[1]")


def lossy(dataset: Dataset, syntax: Syntax) -> Iterator[Finding]:
    """Lossy compression that the header is silent about."""
    paragraph = "PS3.3 C.7.6.1.1.5"
    if value_of(dataset, "LossyImageCompression") != "01":
        message = f"LossyImageCompression is not 01 although the stream is lossy {_kind(syntax)}"
        yield error("lossy", "LossyImageCompression", message, paragraph)
        return
    names = _several(value_of(dataset, "LossyImageCompressionMethod"))
    count = len(_several(value_of(dataset, "LossyImageCompressionRatio")))
    if not names:
        # Type 3 in the General Image module: the IODs that want more have it in their tables
        yield warning("lossy", "LossyImageCompressionMethod", "nothing says how it was compressed", paragraph)
    elif syntax.method not in names:
        message = f"LossyImageCompressionMethod does not name {syntax.method}"
        yield error("lossy", "LossyImageCompressionMethod", message, paragraph)
    if not count:
        yield warning("lossy", "LossyImageCompressionRatio", "nothing says how far it was compressed", paragraph)
    elif names and count != len(names):
        yield error("lossy", "LossyImageCompressionRatio", f"{count} ratios for {len(names)} methods", paragraph)


def _kind(syntax: Syntax) -> str:
    names = {"jpeg": "JPEG", "jpegls": "JPEG-LS", "jpeg2000": "JPEG 2000"}
    return names.get(syntax.codec, "video")


def _several(value: object) -> list[object]:
    """The values of an attribute that may have none, one or several."""
    if value is None:
        return []
    return list(value) if isinstance(value, MultiValue) else [value]


def wrong_syntax(message: str, reference: str) -> Finding:
    """A stream that the transfer syntax does not have."""
    return error("transfer-syntax", "TransferSyntaxUID", message, reference)


def damage(message: str, syntax: Syntax) -> Finding:
    """A stream that is not what its standard says."""
    return error("stream", "PixelData", message, syntax.encapsulation)


def residue(what: str, length: int) -> Finding:
    """Something besides the picture."""
    return warning("residue", "PixelData", f"{what} of {length} bytes, which may identify somebody", "PS3.15 E.3")


def trailing(left: int) -> Finding:
    """Bytes behind the picture, more than padding; one that is not 0 cannot say much."""
    if left == 1:
        return warning("encapsulation", "PixelData", "the stream is padded with a byte that is not 0", "PS3.5 6.2")
    return error("residue", "PixelData", f"{left} bytes follow the end of the picture", "PS3.5 A.4")
