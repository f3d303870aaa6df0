"""All checks of one file: ours, and the real dciodvfy as a second opinion."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dicomize.checks.profiles import Profile
from dicomize.checks.streams import check_stream
from dicomize.errors import SourceUnreadable, SourceUnsupported
from dicomize.model import DEFLATED, CheckReport, Finding, Severity
from dicomize.pixeldata import NoDicomFile, PixelDataError, StoredInstance, read_instance
from dicomize.version import __version__
from dicomize.wrappers import dciodvfy
from dicomize.wrappers.defects import known
from dicomize.wrappers.tool import Tools

if TYPE_CHECKING:
    from dicomize.checks.streams.decoding import Decoded

_OWNER = re.compile(r',"[^"]*"')
"""of a private block, as dciodvfy writes it into paths"""

OURS, THEIRS, BOTH = "dicomize", "dciodvfy", "both"


class SecondOpinion(StrEnum):
    """Whether the real dciodvfy is asked."""

    NO = "no"
    IF_INSTALLED = "if installed"
    REQUIRED = "required"


class Judgement(NamedTuple):
    """How to judge a file."""

    profile: Profile = Profile.STRICT
    opinion: SecondOpinion = SecondOpinion.IF_INSTALLED
    decode: bool = False
    """whether every frame is decoded too, with what is at hand; only under the profile strict"""


BY_DEFAULT = Judgement()


def check_file(path: Path, tools: Tools, judgement: Judgement = BY_DEFAULT) -> CheckReport:
    """Everything that is wrong with a file, as far as is known here.

    Raises:
        SourceUnreadable: the file cannot be read.
        SourceUnsupported: it is no DICOM file.
        ToolMissing: dciodvfy or a decoder is required, or named by the site profile or the environment, and not there.
        ToolFailed: dciodvfy crashed on it.
    """
    report = _checked(path, tools, judgement)
    if not judgement.decode or judgement.profile is not Profile.STRICT:
        return report
    found, decoders = _decoded(path, tools)
    validators = tuple(f"decoding with {name}" for name in decoders)
    return replace(report, findings=(*report.findings, *found), validators=(*report.validators, *validators))


def _checked(path: Path, tools: Tools, judgement: Judgement) -> CheckReport:
    _require_file(path)
    ours = f"dicomize {__version__}"
    program = tools.require(dciodvfy.TOOL) if _asks(tools, judgement.opinion) else None
    iod, transfer_syntax, findings = _ours(path, judgement.profile)
    if program is None or _is_deflated(path, transfer_syntax, judgement.opinion):
        return CheckReport(path, iod, findings, (ours,))
    their_iod, theirs, _ = dciodvfy.validate(path, program, tools.timeout)
    return CheckReport(path, iod or their_iod, tuple(merge(findings, theirs)), (ours, "dciodvfy"))


def _is_deflated(path: Path, transfer_syntax: str, opinion: SecondOpinion) -> bool:
    """Whether dciodvfy cannot read it."""
    if transfer_syntax != DEFLATED or not any(d.what == "validate-deflated" for d in known(dciodvfy.TOOL.program)):
        return False
    if opinion is SecondOpinion.REQUIRED:
        raise SourceUnsupported(f"{path} is deflated, which dciodvfy cannot read", "leave out --dciodvfy")
    return True


def _ours(path: Path, profile: Profile) -> tuple[str, str, tuple[Finding, ...]]:
    """Name of the IOD, transfer syntax, findings."""
    from dicomize.checks.elements import walk  # noqa: PLC0415 - planning checks nothing
    from dicomize.checks.instance import instance_of  # noqa: PLC0415
    from dicomize.checks.native import check_walked  # noqa: PLC0415

    try:
        walked = walk(path)
    except OSError as error:
        raise _unreadable(path, error) from None
    stream = _stream(path, profile, instance_of(path, walked))
    iod, native = check_walked(walked, profile)
    return iod, walked.transfer_syntax, (*native, *_beside(stream, native))


def _stream(path: Path, profile: Profile, stored: StoredInstance | None = None) -> tuple[Finding, ...]:
    """Findings on the stored picture, at which dciodvfy does not look; of a data set that is damaged before it, that."""
    try:
        stored = stored or read_instance(path)
        return tuple(check_stream(stored)) if profile is Profile.STRICT else ()
    except NoDicomFile as error:
        raise SourceUnsupported(f"{path} {error}", "name a DICOM file; dicomize inspect looks at pictures") from None
    except PixelDataError as error:
        return (Finding(Severity.ERROR, "encoding", f"the data set {error}", OURS, reference="PS3.5 7"),)
    except OSError as error:
        raise _unreadable(path, error) from None


def _decoded(path: Path, tools: Tools) -> Decoded:
    """What decoding finds; of a data set that is damaged before the picture, nothing: that has been said."""
    from dicomize.checks.streams.decoding import Decoded, decode_frames  # noqa: PLC0415 - only where it is asked for

    try:
        return decode_frames(read_instance(path), tools)
    except PixelDataError:
        return Decoded((), ())
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> SourceUnreadable:
    return SourceUnreadable(f"{path} cannot be read: {error.strerror or error}")


def merge(ours: Iterable[Finding], theirs: Iterable[Finding]) -> Iterator[Finding]:
    """Both lists as one; what both found is said once, in our words, with BOTH as its source."""
    said = {_identity(f) for f in theirs}
    known = set()
    for finding in ours:
        known.add(_identity(finding))
        yield replace(finding, source=BOTH) if _identity(finding) in said else finding
    yield from (f for f in theirs if _identity(f) not in known)


def _identity(finding: Finding) -> tuple[Severity, str, str | int | None]:
    """The same fault of the same element: one tag may stand in several items."""
    return finding.severity, finding.kind, _OWNER.sub("", finding.path) or finding.tag


def _beside(findings: Iterable[Finding], native: Iterable[Finding]) -> Iterator[Finding]:
    """What the look at the stream adds: damage to the same element is said once."""
    known = {_identity(f) for f in native}
    return (f for f in findings if _identity(f) not in known)


def _require_file(path: Path) -> None:
    try:
        # opening a FIFO would wait for a writer
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceUnreadable(f"{path} is no regular file", "name a DICOM file")
    except FileNotFoundError:
        raise SourceUnreadable(f"{path} does not exist", "check the name") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _asks(tools: Tools, opinion: SecondOpinion) -> bool:
    if opinion is not SecondOpinion.IF_INSTALLED:
        return opinion is SecondOpinion.REQUIRED
    report = tools.find(dciodvfy.TOOL)
    # a path to it may be wrong, but is somebody's word: no instance passes unseen because of a typing error
    return report.path is not None or not report.unavailable_because
