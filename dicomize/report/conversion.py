"""What convert did: plain lines, since most runs are of one picture and rich takes longer to load than to convert."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pydicom.datadict import keyword_for_tag
from pydicom.uid import UID

from dicomize.model import Conversion, Finding, Plan
from dicomize.report.plain import found, ran, tell


def show_conversions(conversions: Sequence[Conversion], *, verbose: bool) -> None:
    """A few lines for each conversion; all changes and commands where asked for."""
    for conversion in conversions:
        for line in _lines(conversion):
            tell(line)
        if verbose:
            for line in _details(conversion):
                tell(line)


def _lines(conversion: Conversion) -> Iterator[str]:
    plan = conversion.plan
    image = plan.image
    yield f"{_sources(plan)} -> {conversion.destination}"
    yield f"  {UID(plan.SOPClassUID).name}, {UID(plan.TransferSyntaxUID).name}"
    yield f"  {image.Columns} x {image.Rows} {image.PhotometricInterpretation}, {image.BitsStored} bit{'s' * (image.BitsStored > 1)} a sample"
    yield f"  written by {conversion.toolkit or conversion.choice.backend} ({_choice(conversion)})"
    if conversion.verified_by:
        yield f"  decoded by {conversion.verified_by}, another decoder, to {_seen(conversion)}"
    if conversion.read_by:
        yield f"  {conversion.read_by} found no text in it, which is no proof that there is none"
    yield f"  {verdict(conversion.report.validators, conversion.report.findings)}"
    yield f"  SOPInstanceUID {conversion.SOPInstanceUID}"
    yield f"  SHA-256 {conversion.sha256}"
    for note in plan.notes:
        yield f"  note: {note}"


def _sources(plan: Plan) -> str:
    """What it was made from."""
    if not plan.frames:
        return f"picture {plan.source.page} of {plan.source.path}" if plan.source.page else str(plan.source.path)
    others = len({frame.source.path for frame in plan.frames}) - 1
    more = f" and {others} more file{'s' if others > 1 else ''}" if others else ""
    return f"{plan.source.path}{more}, {len(plan.frames)} frame{'' if len(plan.frames) == 1 else 's'}"


def _seen(conversion: Conversion) -> str:
    loss = conversion.loss
    if loss is None:
        return "the very same pixels"
    return f"pixels off by {loss.mean:g} levels on average, {loss.largest} at most"


def _choice(conversion: Conversion) -> str:
    choice = conversion.choice
    over = "".join(f"; not {name}: {reason}" for name, reason in choice.passed_over)
    return f"chosen by {choice.because}{over}"


def verdict(validators: Sequence[str], findings: Sequence[Finding]) -> str:
    """Who checked, and how many errors and warnings there are."""
    count = Counter(f.severity.value for f in findings)
    numbers = ", ".join(f"{count[word]} {word}{'' if count[word] == 1 else 's'}" for word in ("error", "warning"))
    return f"checked by {' and '.join(validators)}: {numbers}"


def _details(conversion: Conversion) -> Iterator[str]:
    for invocation in conversion.invocations:
        yield from ran(invocation)
    for change in conversion.changes:
        keyword = keyword_for_tag(change.tag) or f"{change.tag:08X}"
        reference = f" [{change.reference}]" if change.reference else ""
        yield f"  {keyword}: {change.theirs} -> {change.ours}, {change.reason}{reference}"
    yield from found(conversion.report.findings)
