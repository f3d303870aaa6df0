"""What carrying out a plan gives, step by step."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from dicomize.model.plan import ImagePixel, Plan
from dicomize.model.request import Rectangle
from dicomize.records import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes in a file, which may be too many for memory."""

    path: Path
    offset: int
    length: int

    def read(self) -> bytes:
        """All of them."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.length)


Piece = bytes | Span
"""one frame: in memory, or where it lies in a file"""


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """The one clean image that every backend is given."""

    path: Path
    """a file in the scratch folder: image.jpg, or image.raw (interleaved, little endian, rows from the top)"""
    content: Piece
    """the same bytes, or all of that file where they are many"""
    image: ImagePixel
    TransferSyntaxUID: str

    @property
    def data(self) -> bytes:
        """The bytes, in memory."""
        return self.content.read() if isinstance(self.content, Span) else self.content

    @property
    def length(self) -> int:
        """How many there are."""
        return self.content.length if isinstance(self.content, Span) else len(self.content)


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a program; kept on failure too."""

    argv: tuple[str, ...]
    returncode: int
    """negative: the signal that ended it, as in subprocess"""
    stdout: str
    stderr: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ToolReport:
    """What is known of one program on this machine."""

    program: str
    path: Path | None = None
    version: str = ""
    unavailable_because: str = ""
    """empty when it can be run"""
    install: str = ""
    """how to get it"""
    found_by: str = ""
    """which word led to the path: site profile, environment variable, PyPI package, PATH"""


@dataclass(frozen=True, slots=True)
class EncodedInstance:
    """What a backend wrote, raw, in the scratch folder."""

    path: Path
    backend: str
    invocations: tuple[Invocation, ...] = ()
    codec: str = ""
    """what compressed the picture, where something did: a decoder of the same name cannot vouch for it"""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between what the toolkit wrote and what we keep."""

    tag: int
    theirs: str
    ours: str
    reason: str
    reference: str


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check has to say of a file."""

    severity: Severity
    kind: str
    message: str
    source: str
    """the checker: dicomize, dciodvfy"""
    tag: int | None = None
    path: str = ""
    """/Seq(gggg,eeee)[1]/Keyword(gggg,eeee), as dciodvfy -new writes it"""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All findings on one file."""

    file: Path
    iod: str
    findings: tuple[Finding, ...]
    validators: tuple[str, ...]
    """which checkers ran, with their versions where known"""

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.WARNING)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which backend does it, on whose word, and why each earlier one was passed over."""

    backend: str
    because: str
    passed_over: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Loss:
    """What a lossy compression cost, in levels of the samples, as another decoder sees it."""

    ratio: float
    largest: int
    mean: float


@dataclass(frozen=True, slots=True)
class FoundText:
    """Text in the pixels: where, what it seems to say, and how sure the engine is, from 0 to 1."""

    rectangle: Rectangle
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Conversion:
    """One finished conversion."""

    plan: Plan
    destination: Path
    sha256: str
    SOPInstanceUID: str
    choice: Choice
    toolkit: str
    """ImplementationVersionName of what the backend wrote"""
    invocations: tuple[Invocation, ...]
    changes: tuple[Change, ...]
    report: CheckReport
    seconds: float
    verified_by: str = ""
    """the decoder that read the compressed picture back; empty where nothing was compressed"""
    loss: Loss | None = None
    """of what was compressed with loss here"""
    read_by: str = ""
    """the engine that looked for text and found none; empty where nobody looked"""
