"""dicomize compare."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pydicom.datadict import keyword_for_tag

from dicomize.cli.commands.compare_page import forgotten, kept, write_pair, write_toolkits
from dicomize.cli.commands.talk import Talk
from dicomize.cli.options import RequestOptions, site_of
from dicomize.cli.outcome import Outcome
from dicomize.cli.progress import told
from dicomize.comparing.ignoring import ignored
from dicomize.comparing.instances import compare_instances
from dicomize.comparing.model import BackendOutcome, Comparison, Difference, InstanceComparison
from dicomize.comparing.toolkits import compare_toolkits
from dicomize.errors import ExitCode, UsageError
from dicomize.publish import require_destination
from dicomize.report.compared import show_comparison
from dicomize.report.differing import show_pair
from dicomize.serialize import to_plain

Result = dict[str, Any]


class Wish(NamedTuple):
    """What `dicomize compare` was asked for besides a conversion's options."""

    raw: Path | None = None
    ignore: Sequence[str] = ()
    difference: Path | None = None
    html: Path | None = None


def compare(paths: Sequence[Path], options: RequestOptions, site: str, wish: Wish, talk: Talk) -> Outcome:
    """Compare all backends on one picture, or two instances."""
    if len(paths) == 1:
        if wish.ignore or wish.difference:
            raise UsageError("--ignore and --difference are about two instances", "dicomize compare A.dcm B.dcm")
        if options.multiframe or options.frame_time:
            raise UsageError(
                "one picture is compared, not frames",
                "leave --multiframe and --frame-time out; --page chooses a picture",
            )
        return _toolkits(paths[0], options, site, wish, talk)
    if len(paths) == 2:
        if wish.raw:
            raise UsageError("--raw is about one picture", "dicomize compare SOURCE --raw FOLDER")
        if site or options != RequestOptions(overwrite=options.overwrite):
            raise UsageError("two instances are compared as they are", "leave out what says how to convert a picture")
        return _instances(paths[0], paths[1], wish, talk, overwrite=options.overwrite)
    raise UsageError("one picture or two DICOM files are compared", "dicomize compare SOURCE, or A.dcm B.dcm")


# ---------------------------------------------------------------- one picture, all backends


def _toolkits(source: Path, options: RequestOptions, site: str, wish: Wish, talk: Talk) -> Outcome:
    request = options.request(source, Path("unwritten.dcm"), site_of(site))
    if wish.html is not None:
        require_destination(source, wish.html, overwrite=options.overwrite)
    with told("comparing", quiet=talk.quiet) as hear, kept(wish.raw, wish.html) as folder:
        comparison = compare_toolkits(request, folder, hear)
        if wish.html is not None:
            write_toolkits(comparison, wish.html, overwrite=options.overwrite)
    if wish.raw is None:
        comparison = forgotten(comparison)
    return Outcome(
        results=tuple(_backend_result(comparison, outcome) for outcome in comparison.backends),
        messages=(f"dicomize: {comparison.refusal}",) if comparison.refusal else (),
        exit_code=exit_code(comparison),
        show=None if talk.quiet else partial(show_comparison, comparison, verbose=talk.verbose),
    )


def exit_code(comparison: Comparison) -> ExitCode:
    """Of what a conversion of this source would end with, of differences, and of single backends that failed."""
    if comparison.exit_code is not ExitCode.DONE:
        return comparison.exit_code
    if comparison.alike is False:
        return ExitCode.DIFFERENCES
    failed = [b.normalized.exit_code for b in comparison.backends]
    return ExitCode.SOME_FAILED if ExitCode.TOOL_FAILED in failed else ExitCode.DONE


def _backend_result(comparison: Comparison, outcome: BackendOutcome) -> Result:
    file = outcome.normalized.file
    return {
        "status": "unavailable" if outcome.because else "compared",
        "source": str(comparison.source),
        "source_sha256": comparison.source_sha256,
        **to_plain(outcome),
        "identical_to": [
            o.backend
            for o in comparison.backends
            if o is not outcome and file and o.normalized.file and o.normalized.file.sha256 == file.sha256
        ],
        "attributes": [
            {
                "tag": _tag(row.tag),
                "keyword": keyword_for_tag(row.tag),
                "theirs": dict(row.theirs)[outcome.backend],
                "ours": row.ours,
                "reason": row.reason,
                "reference": row.reference,
            }
            for row in comparison.attributes
            if outcome.backend in dict(row.theirs)
        ],
        "differences": _pair_of(comparison, outcome),
    }


def _pair_of(comparison: Comparison, outcome: BackendOutcome) -> Result | None:
    """How a result differs from the first one; None where it does not."""
    pair = dict(comparison.pairs).get(outcome.backend)
    return _pair_result(pair) if pair else None


# ---------------------------------------------------------------- two instances


def _instances(left: Path, right: Path, wish: Wish, talk: Talk, *, overwrite: bool) -> Outcome:
    picture = wish.difference
    for destination in filter(None, (picture, wish.html)):
        require_destination(left, destination, overwrite=overwrite)
        require_destination(right, destination, overwrite=overwrite)
    with told("comparing", quiet=talk.quiet) as hear:
        hear("comparing")
        comparison = compare_instances(left, right, ignored(wish.ignore), picture)
        if wish.html is not None:
            write_pair(comparison, wish.html, overwrite=overwrite)
    return Outcome(
        results=(_pair_result(comparison),),
        exit_code=ExitCode.DONE if comparison.identical else ExitCode.DIFFERENCES,
        show=None if talk.quiet else partial(show_pair, comparison, verbose=talk.verbose),
    )


def _pair_result(comparison: InstanceComparison) -> Result:
    return {
        "status": "alike" if comparison.identical else "different",
        "left": str(comparison.left),
        "right": str(comparison.right),
        "identical_files": comparison.identical_files,
        "differences": [_difference(d) for d in comparison.differences],
        "ignored": [_difference(d) for d in comparison.ignored],
        "pixels": to_plain(comparison.pixels),
        "problems": list(comparison.problems),
    }


def _difference(difference: Difference) -> Result:
    plain: Result = to_plain(difference)
    return plain | {"tag": _tag(difference.tag), "keyword": keyword_for_tag(difference.tag)}


def _tag(tag: int) -> str:
    return f"({tag >> 16:04x},{tag & 0xFFFF:04x})"
