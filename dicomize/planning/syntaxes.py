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
    """whether colours are transformed where the IOD demands it (PS3.3 C.8.12.1.1.1), labelled YBR_RCT"""

    @property
    def compresses(self) -> bool:
        return self.UID not in {EXPLICIT, IMPLICIT, DEFLATED}


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
)
NATIVE: Final = SYNTAXES[0]
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
    if name in _BY_NAME:
        return _BY_NAME[name]
    choice = f"choose one of {', '.join((AS_IS, *(s.name for s in SYNTAXES)))}, or its UID"
    if request.transfer_syntax:
        raise UsageError(f"--transfer-syntax {name!r} is not known", choice)
    raise MetadataError(f"transfer_syntax {name!r} of the site profile is not known", choice)
