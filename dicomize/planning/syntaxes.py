"""The transfer syntaxes that can be asked for: what pixels each takes, and how the result is labelled (PS3.5 A)."""

from __future__ import annotations

from typing import Final, NamedTuple

from dicomize.errors import MetadataError, UsageError
from dicomize.model import DEFLATED, EXPLICIT, IMPLICIT, ConversionRequest


class TransferSyntax(NamedTuple):
    """One that pixels, once decoded, can be written in."""

    name: str
    UID: str
    reference: str
    transforms: bool = False
    """whether colours are transformed where the IOD demands it (PS3.3 C.8.12.1.1.1)"""
    method: str = ""
    """LossyImageCompressionMethod of what is lossy; it is asked for as NAME or NAME:PARAMETER"""
    parameter: int = 0
    """quality, error bound, or ratio; the default"""
    most: int = 0
    """greatest parameter"""
    bits: frozenset[int] = frozenset()
    """bits a sample that it holds; empty: all"""

    @property
    def compresses(self) -> bool:
        return self.UID not in {EXPLICIT, IMPLICIT, DEFLATED}

    def label(self, *, transformed: bool) -> str:
        """PhotometricInterpretation of colours (PS3.5 8.2)."""
        if self.method == _JPEG:
            return "YBR_FULL_422"
        if not (self.transforms and transformed):
            return "RGB"
        return "YBR_ICT" if self.method else "YBR_RCT"


_JPEG: Final = "ISO_10918_1"
AS_IS: Final = "as-is"
SYNTAXES: Final = (
    TransferSyntax("explicit", EXPLICIT, "PS3.5 A.2"),
    TransferSyntax("implicit", IMPLICIT, "PS3.5 A.1"),
    TransferSyntax("deflated", DEFLATED, "PS3.5 A.5"),
    TransferSyntax("rle", "1.2.840.10008.1.2.5", "PS3.5 A.4.2"),
    TransferSyntax("jpeg-lossless", "1.2.840.10008.1.2.4.70", "PS3.5 A.4.1"),
    TransferSyntax("jpeg-ls", "1.2.840.10008.1.2.4.80", "PS3.5 A.4.3"),
    TransferSyntax("jpeg2000-lossless", "1.2.840.10008.1.2.4.90", "PS3.5 A.4.4", transforms=True),
    TransferSyntax("htj2k-lossless", "1.2.840.10008.1.2.4.201", "PS3.5 10.18", transforms=True),
    TransferSyntax(
        "jpeg-baseline", "1.2.840.10008.1.2.4.50", "PS3.5 A.4.1", method=_JPEG, parameter=90, most=100,
        bits=frozenset({8}),
    ),
    TransferSyntax(
        "jpeg-extended", "1.2.840.10008.1.2.4.51", "PS3.5 A.4.1", method=_JPEG, parameter=90, most=100,
        bits=frozenset({12}),
    ),
    TransferSyntax(
        "jpeg-ls-near", "1.2.840.10008.1.2.4.81", "PS3.5 A.4.3", method="ISO_14495_1", parameter=2, most=255
    ),
    TransferSyntax(
        "jpeg2000", "1.2.840.10008.1.2.4.91", "PS3.5 A.4.4", transforms=True, method="ISO_15444_1", parameter=10,
        most=1000,
    ),
)  # fmt: skip
NATIVE: Final = SYNTAXES[0]
METHODS: Final = {syntax.UID: syntax.method for syntax in SYNTAXES if syntax.method}
"""transfer syntax -> LossyImageCompressionMethod of what is lossy"""
NAMES: Final = {syntax.UID: syntax.name for syntax in SYNTAXES}
_BY_NAME: Final = {word: syntax for syntax in SYNTAXES for word in (syntax.name, syntax.UID)}


def transfer_syntax_of(request: ConversionRequest) -> TransferSyntax | None:
    """The transfer syntax by the option or the site profile; None: as the picture is.

    Raises:
        UsageError, MetadataError: there is none of that name.
    """
    name = request.transfer_syntax or request.site.transfer_syntax
    if name in {"", AS_IS}:
        return None
    word, _, parameter = name.partition(":")
    if word in _BY_NAME and not parameter:
        return _BY_NAME[word]
    if word in _BY_NAME and parameter.isascii() and parameter.isdigit() and 0 < int(parameter) <= _BY_NAME[word].most:
        return _BY_NAME[word]._replace(parameter=int(parameter))
    if word in _BY_NAME and _BY_NAME[word].most:
        fault = f"takes a number from 1 to {_BY_NAME[word].most}, not {parameter!r}"
        remedy = f"say {word}:{_BY_NAME[word].parameter}, or {word} alone for the same"
        if request.transfer_syntax:
            raise UsageError(f"--transfer-syntax {word} {fault}", remedy)
        raise MetadataError(f"transfer_syntax {word} of the site profile {fault}", remedy)
    choice = f"choose one of {', '.join((AS_IS, *(s.name for s in SYNTAXES)))}, or its UID; what is lossy takes a number: jpeg-baseline:90"
    if request.transfer_syntax:
        raise UsageError(f"--transfer-syntax {name!r} is not known", choice)
    raise MetadataError(f"transfer_syntax {name!r} of the site profile is not known", choice)
