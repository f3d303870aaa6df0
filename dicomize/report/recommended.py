"""A recommendation, for people."""

from __future__ import annotations

from rich.table import Table

from dicomize.advice.reasons import comparisons, milliseconds, reasons
from dicomize.advice.recommending import Recommendation
from dicomize.advice.scoring import CRITERIA
from dicomize.report.plain import printable, tell
from dicomize.report.text import console, fields

_SHOWN = 5
"""samples that are named where more are of a kind"""


def show_recommendation(recommendation: Recommendation) -> None:
    """What was tried, a table of scores, the order with its reasons, and the samples that stand out."""
    out = console()
    tell(_tried(recommendation))
    tell("")
    out.print(_scores(recommendation))
    tell("")
    tell(f"recommended: {', '.join(recommendation.order) or 'nothing, as no backend converted a sample'}")
    for comparison in comparisons(recommendation):
        out.print(_indented(comparison))
    for standing in recommendation.standings:
        tell(f"  {standing.tally.backend}")
        for reason in reasons(standing):
            out.print(_indented(reason))
    for tally in recommendation.absent:
        tell(f"  {tally.backend}")
        out.print(_indented(f"is not here: {tally.because}"))
    _show_samples(recommendation)


def _tried(recommendation: Recommendation) -> str:
    tried, found = recommendation.tried, recommendation.found
    refused = len(recommendation.refused) + recommendation.refused_more
    counted = f"{tried} sample{'s' if tried != 1 else ''}"
    of = f" of {found}, spread evenly (--limit)" if tried < found else ""
    return f"{counted}{of}: {recommendation.converted} converted, {refused} that dicomize does not convert"


def _scores(recommendation: Recommendation) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("backend", overflow="fold")
    table.add_column("score", justify="right")
    for criterion in CRITERIA:
        table.add_column(criterion.name.replace(": ", ":\n"), justify="right")
    table.add_column("time", justify="right")
    for standing in recommendation.standings:
        tally = standing.tally
        shares = ("-" if m is None else f"{100 * m:.0f} %" for m in standing.measures)
        time = "-" if tally.median is None else milliseconds(tally.median)
        table.add_row(printable(f"{tally.backend} {tally.version}"), str(standing.score), *shares, time)
    return table


def _indented(text: str) -> Table:
    table = fields()
    table.add_row("   ", printable(text))
    return table


def _show_samples(recommendation: Recommendation) -> None:
    kinds = (
        ("not converted, whichever backend is asked:", recommendation.refused, recommendation.refused_more),
        ("where the backends differ:", recommendation.apart, recommendation.apart_more),
    )
    for title, rows, more in kinds:
        if rows:
            tell("")
            tell(title)
        for sample, why in rows[:_SHOWN]:
            console().print(_indented(why if str(sample) in why else f"{sample}: {why}"))
        if len(rows) + more > _SHOWN:
            tell(f"    and {len(rows) + more - _SHOWN} more; --json has them")
