"""What can go wrong, one class a kind; each class owns its exit code.

    DicomizeError
    ├── UsageError             2   the request contradicts itself
    │   └── DestinationExists  2   something is there already
    ├── SourceError            3   the picture cannot be used
    │   ├── SourceUnreadable   3   no such file, a directory, no permission
    │   ├── SourceDamaged      3   truncated, corrupt, lying about itself
    │   └── SourceUnsupported  3   sound, but has no form here without a person's decision
    ├── ToolMissing            4   no backend or program that can do it is installed
    ├── ToolFailed             5   a program crashed, timed out, or wrote something wrong
    ├── NotConformant          6   the result broke a check and was not published
    ├── MetadataError          9   a key, a value or a site profile is wrong
    ├── DestinationError      10   the result cannot be written where it was asked for
    └── Interrupted          130   stopped by the user

Every message is one sentence that says what is wrong and where; the remedy says what to do about it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from dicomize.model import Finding, Invocation


class ExitCode(IntEnum):
    """Exit codes of the command line; README has the same table."""

    DONE = 0
    SOME_FAILED = 1
    USAGE = 2
    SOURCE = 3
    TOOL_MISSING = 4
    TOOL_FAILED = 5
    NOT_CONFORMANT = 6
    DIFFERENCES = 7
    DELIVERY = 8
    METADATA = 9
    DESTINATION = 10
    INTERRUPTED = 130


class DicomizeError(Exception):
    """Base of everything this package raises on purpose."""

    exit_code: ClassVar[ExitCode]

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


class UsageError(DicomizeError):
    exit_code = ExitCode.USAGE


class DestinationExists(UsageError):
    pass


class SourceError(DicomizeError):
    exit_code = ExitCode.SOURCE


class SourceUnreadable(SourceError):
    pass


class SourceDamaged(SourceError):
    pass


class SourceUnsupported(SourceError):
    pass


class ToolMissing(DicomizeError):
    exit_code = ExitCode.TOOL_MISSING


class ToolFailed(DicomizeError):
    """A program failed; `invocation` holds what was run and everything it said."""

    exit_code = ExitCode.TOOL_FAILED

    def __init__(self, message: str, remedy: str = "", invocation: Invocation | None = None) -> None:
        super().__init__(message, remedy)
        self.invocation = invocation


class NotConformant(DicomizeError):
    """The result broke a check; `findings` says which."""

    exit_code = ExitCode.NOT_CONFORMANT

    def __init__(self, message: str, remedy: str = "", findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message, remedy)
        self.findings = findings


class MetadataError(DicomizeError):
    exit_code = ExitCode.METADATA


class DestinationError(DicomizeError):
    exit_code = ExitCode.DESTINATION


class Interrupted(DicomizeError):
    exit_code = ExitCode.INTERRUPTED
