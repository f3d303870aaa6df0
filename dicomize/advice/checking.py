"""Whether a profile can do what it says, on this machine: everything that is looked at, with what is wrong with it."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dicomize.approval import faults
from dicomize.errors import DicomizeError, ExitCode, MetadataError, UsageError
from dicomize.metadata.dataset import DatasetBuilder, Entry
from dicomize.model import ConversionRequest, SiteProfile
from dicomize.pipeline import execute, plan_all
from dicomize.records import dataclass
from dicomize.registry import Registered, registered, why_not
from dicomize.sites.values import meant
from dicomize.wrappers.tool import ALL_TOOLS, Tools


@dataclass(frozen=True, slots=True)
class SiteCheck:
    """One thing that was looked at; `problem` is empty where it is in order."""

    subject: str
    """such as "backend dcmtk", "requires dcmtk == 3.6.7", "trial by gdcm" """
    problem: str = ""
    remedy: str = ""
    exit_code: ExitCode = ExitCode.DONE


def check_site(site: SiteProfile) -> Iterator[SiteCheck]:
    """Look at programs, backends, versions and attributes; then convert a small picture by each backend.

    Nothing is written but in a temporary folder.
    """
    tools = Tools(site.tools, site.timeout)
    try:
        entries = registered(tools, site.configured)
    except MetadataError as error:
        yield _failed("backends", error)
        return
    yield from _tools(site, entries)
    yield from _backends(site, entries)
    usable = [e.name for e in entries if e.name in (site.backends or [r.name for r in entries]) and not why_not(e)]
    for text in site.requires:
        yield _requirement(site, text, usable)
    attributes = tuple(_attributes(site))
    yield from attributes
    if not any(check.problem for check in attributes):
        yield from _trials(site, usable)


def _failed(subject: str, error: DicomizeError) -> SiteCheck:
    return SiteCheck(subject, error.message, error.remedy, error.exit_code)


def _tools(site: SiteProfile, entries: tuple[Registered, ...]) -> Iterator[SiteCheck]:
    """The paths in [tools], each of a program that somebody here runs."""
    known = {tool.program: tool for tool in ALL_TOOLS}
    theirs = {r.program: r for e in entries if e.backend and not why_not(e) for r in e.backend.tools() if r.path}
    for program, path in site.tools:
        subject = f"tools.{program}"
        if program not in known and program not in theirs:
            remedy = meant(program, (*known, *theirs))
            yield SiteCheck(subject, f"nothing here runs a program {program}", remedy, ExitCode.METADATA)
            continue
        report = known[program].locate(path) if program in known else theirs[program]
        code = ExitCode.TOOL_MISSING if report.unavailable_because else ExitCode.DONE
        yield SiteCheck(subject, report.unavailable_because, "correct its path" if code else "", code)


def _backends(site: SiteProfile, entries: tuple[Registered, ...]) -> Iterator[SiteCheck]:
    """Those that the profile speaks of; where it speaks of none, one must be there."""
    found = {e.name: e for e in entries}
    named = dict.fromkeys((*site.backends, *(own.name for own in site.configured)))
    for name in named or found:
        subject = f"backend {name}"
        if name not in found:
            yield SiteCheck(subject, "it does not exist", meant(name, found), ExitCode.METADATA)
            continue
        because = why_not(found[name])
        if because and not named:
            continue  # nobody asked for it
        code = ExitCode.TOOL_MISSING if because else ExitCode.DONE
        yield SiteCheck(subject, because, "dicomize backends says how to install it" if because else "", code)


def _requirement(site: SiteProfile, text: str, usable: list[str]) -> SiteCheck:
    subject = f"requires {text}"
    try:
        found = dict.fromkeys(fault for name in usable for fault in faults(site, text, name))
    except (MetadataError, UsageError) as error:
        return _failed(subject, error)
    remedy = "name the path of that version in [tools], or approve this one"
    return SiteCheck(subject, "; ".join(found), remedy, ExitCode.TOOL_MISSING) if found else SiteCheck(subject)


def _attributes(site: SiteProfile) -> Iterator[SiteCheck]:
    builder = DatasetBuilder()
    for key, text in site.attributes:
        try:
            builder.put(Entry(key, text, site.name))
        except MetadataError as error:
            subject = f"attributes.{key}"
            yield SiteCheck(subject, error.message.removeprefix(f"{site.name}: "), error.remedy, error.exit_code)
        else:
            yield SiteCheck(f"attributes.{key}")


def _trials(site: SiteProfile, usable: list[str]) -> Iterator[SiteCheck]:
    """A small picture, converted as the profile says: what no single entry shows."""
    with tempfile.TemporaryDirectory(prefix="dicomize-") as folder:
        source = Path(folder, "trial.jpg")
        source.write_bytes(_picture())
        # versions were looked at before, and are no reason not to try
        request = ConversionRequest(source, source.with_suffix(".dcm"), site=replace(site, requires=()), overwrite=True)
        (plan,) = plan_all([request])
        if isinstance(plan, DicomizeError):
            yield _failed("trial", plan)
            return
        for name in usable:
            try:
                execute(replace(plan, backend=name))
            except DicomizeError as error:
                yield _failed(f"trial by {name}", error)
            else:
                yield SiteCheck(f"trial by {name}")


def _picture() -> bytes:
    """A JPEG that every SOP class here has a place for."""
    from PIL import Image  # noqa: PLC0415 - only a trial needs it

    buffer = io.BytesIO()
    Image.radial_gradient("L").resize((32, 16)).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()
