"""Whether what would run is what the site approved: the `requires` of its profile.

A name in `requires` is a backend (all its programs), a program, or dicomize itself. A program that dicomize calls beside
the backends, such as dciodvfy, must then be there: a site that approved one wants it used.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dicomize.errors import MetadataError, ToolMissing
from dicomize.model import SiteProfile, ToolReport
from dicomize.registry import find, probe, registered
from dicomize.sites.requirements import fulfils, parse
from dicomize.sites.values import meant
from dicomize.version import __version__
from dicomize.wrappers.tool import DCIODVFY, DCMDJPEG, JPEGTRAN, Tools

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_OURS: Final = "dicomize"
_BESIDE: Final = {tool.program: tool for tool in (DCIODVFY, JPEGTRAN, DCMDJPEG)}
"""programs that dicomize calls whichever backend writes the pixels"""


def require_approved(site: SiteProfile, name: str) -> None:
    """Refuse to convert by a backend in a version that the site did not approve. A process asks each program once.

    Raises:
        ToolMissing: what is here is another version, is not here, or does not say which version it is.
        MetadataError: `requires` is wrong, or names what does not exist.
    """
    for text in site.requires:
        for fault in faults(site, text, name):
            raise ToolMissing(
                f"the site profile {site.name} requires {text}, but {fault}",
                "install that version and name its path in [tools], or change requires once this one is approved",
            )


def faults(site: SiteProfile, text: str, name: str) -> Iterator[str]:
    """What of the programs that a conversion by a backend would use does not fulfil one requirement.

    Raises:
        MetadataError: it is no requirement, or names what does not exist.
    """
    try:
        requirement = parse(text)
    except ValueError as error:
        raise MetadataError(f"requires in the site profile {site.name} is wrong: {error}") from None
    for report in _concerned(site, requirement.name, name):
        if fault := _fault(report, requirement):
            yield fault


def _fault(report: ToolReport, requirement: Requirement) -> str:
    if report.unavailable_because:
        return report.unavailable_because
    if fulfils(report.version, requirement):
        return ""
    where = f" ({report.path})" if report.path else ""
    return f"{report.program}{where} is {report.version or 'of a version that it does not say'}"


def _concerned(site: SiteProfile, required: str, name: str) -> tuple[ToolReport, ...]:
    """The programs that a requirement is about, of those that a conversion by a backend would use."""
    if required == _OURS:
        return (ToolReport(_OURS, version=__version__),)
    tools = Tools(site.tools, site.timeout)
    if required in _BESIDE:
        tool = _BESIDE[required]
        path = tools.find(tool).path
        return (_reported(site, required, _stamp(path)),) if path else (tools.find(tool),)
    entry = find(name, tools, site.configured)
    paths = tuple(report.path for report in entry.backend.tools()) if entry.backend else ()
    reports = _probed(site, name, tuple(_stamp(path) for path in paths))
    own = reports if required == name else tuple(r for r in reports if r.program == required)
    if not own:
        _require_known(site, required)
    return own


def _require_known(site: SiteProfile, required: str) -> None:
    entries = registered(Tools(site.tools, site.timeout), site.configured)
    programs = {report.program for e in entries if e.backend for report in e.backend.tools()}
    known = (*(e.name for e in entries), *sorted(programs), *_BESIDE, _OURS)
    if required not in known:
        raise MetadataError(
            f"the site profile {site.name} requires {required}, which is neither a backend nor a program",
            meant(required, known),
        )


Stamp = tuple[str, int, int]


def _stamp(path: Path | None) -> Stamp:
    """Path, size and time of a program: one that was replaced is asked anew."""
    try:
        status = path.stat() if path else None
    except OSError:
        status = None
    return (str(path), status.st_size, status.st_mtime_ns) if status else (str(path), 0, 0)


@functools.lru_cache(maxsize=64)
def _probed(site: SiteProfile, name: str, _stamps: tuple[Stamp, ...]) -> tuple[ToolReport, ...]:
    return probe(find(name, Tools(site.tools, site.timeout), site.configured))[0]


@functools.lru_cache(maxsize=64)
def _reported(site: SiteProfile, program: str, _stamp: Stamp) -> ToolReport:
    return Tools(site.tools, site.timeout).report(_BESIDE[program])
