"""What another tool's command line demands of the picture, or of the plan, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.datadict import tag_for_keyword

from dicomize.errors import MetadataError, SourceUnsupported
from dicomize.metadata.completing import IOD_DEFAULT
from dicomize.metadata.taken import FILE_TIME
from dicomize.model import Plan
from dicomize.records import dataclass

_NOBODY = frozenset({IOD_DEFAULT, "order of devices", "order of sources", FILE_TIME})
"""origins of attributes that nobody stated"""


@dataclass(frozen=True, slots=True)
class Demands:
    """Each is checked against the plan; empty: not demanded."""

    format: str = ""
    """what the file must be, as `inspect` calls it"""
    option_of_format: str = ""
    jfif: str = ""
    """the option that wants a JFIF header"""
    processes: tuple[tuple[int, str], ...] = ()
    """n of a SOFn that must not be, and the option that forbids it"""
    stated: tuple[tuple[str, str], ...] = ()
    """a keyword whose value, or presence, somebody must have stated, and the option that wants it"""
    pixels: tuple[tuple[str, str, str], ...] = ()
    """a field of the planned picture, what it must be, and the option that says so"""


def require(plan: Plan, demands: Demands) -> None:
    """Raises where the plan is not what was demanded.

    Raises:
        SourceUnsupported: the picture is not what an option demands.
        MetadataError: attributes are missing that an option wants stated.
    """
    for problem, remedy in _of_picture(plan, demands):
        raise SourceUnsupported(f"{plan.source.path} {problem}", remedy)
    origins = {a.tag: a.origin for a in plan.attributes}
    missing: dict[str, list[str]] = {}
    for keyword, option in demands.stated:
        if origins.get(tag_for_keyword(keyword) or 0, IOD_DEFAULT) in _NOBODY:
            missing.setdefault(option, []).append(keyword)
    if missing:
        wanted = "; ".join(f"{option} wants {', '.join(keywords)} stated" for option, keywords in missing.items())
        raise MetadataError(f"{plan.source.path}: {wanted}", "state them with -k KEY=VALUE, or leave the option out")


def _of_picture(plan: Plan, demands: Demands) -> Iterator[tuple[str, str]]:
    source = plan.source
    if demands.format and source.format != demands.format:
        yield (
            f"is a {source.format} file, but {demands.option_of_format} says {demands.format}",
            f"leave {demands.option_of_format} out: the file itself says what it is",
        )
    jpeg = source.jpeg
    if jpeg is not None:
        if demands.jfif and not jpeg.jfif:
            yield "has no JFIF header", f"leave {demands.jfif} out: JFIF is not needed"
        for process, option in demands.processes:
            if jpeg.sof == process:
                yield f"is coded by a process (SOF{process}) that {option} forbids", "leave the option out"
    for name, wanted, option in demands.pixels:
        # several names: any of them may be meant
        actual = {n: str(getattr(plan.image, n) or 0) for n in name.split("|")}
        if wanted not in actual.values():
            has = " and ".join(f"{n} {value}" for n, value in actual.items())
            yield f"has {has}, but {option} says {wanted}", f"leave {option} out: the picture says what it is"
