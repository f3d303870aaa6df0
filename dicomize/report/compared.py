"""What `dicomize compare SOURCE` found, for people: 80 columns, however many backends there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from dicomize.comparing.model import AttributeRow, BackendOutcome, Comparison, RunStatus, StoredFile
from dicomize.report.differing import show_pair
from dicomize.report.plain import printable
from dicomize.report.text import console, fields, tag_name, uid_name


def show_comparison(comparison: Comparison, *, verbose: bool) -> None:
    """The toolkits side by side, each with its faults, what decoders show, attributes, and the proof."""
    out = console()
    out.print(printable(str(comparison.source)), style="bold", overflow="fold")
    out.print(f"SHA-256 {comparison.source_sha256}")
    _heading(out, "The toolkits on their own, on the original file")
    out.print(_runs(comparison.backends))
    for outcome in comparison.backends:
        _show_backend(out, outcome, verbose=verbose)
    if any(o.raw.file and o.raw.file.digests for o in comparison.backends):
        _heading(out, "Difference from the source, as decoders show it: mean, largest")
        out.print(_decoders(comparison.backends))
    if any(row.theirs for row in comparison.attributes):
        _heading(out, "Attributes: what each wrote on its own, what dicomize keeps, and why")
        out.print(_attributes(comparison.attributes, verbose=verbose))
    _heading(out, "Through dicomize")
    _show_proof(out, comparison)


def _heading(out: Console, text: str) -> None:
    out.print()
    out.print(text, style="bold")


# ---------------------------------------------------------------- the runs


def _runs(outcomes: Sequence[BackendOutcome]) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("backend", overflow="fold", max_width=14)
    table.add_column("version", overflow="fold", max_width=8)
    for name in ("time", "memory", "bytes"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("label", overflow="fold", max_width=14)
    table.add_column("errors, warnings", overflow="fold")
    for outcome in outcomes:
        table.add_row(*(printable(cell) for cell in _run(outcome)))
    return table


def _run(outcome: BackendOutcome) -> Iterator[str]:
    run, file = outcome.raw.run, outcome.raw.file
    yield outcome.backend
    yield outcome.version
    yield f"{run.seconds:.2f} s" if run.seconds is not None else ""
    yield f"{run.peak_memory / 1e6:.0f} MB" if run.peak_memory is not None else ""
    yield f"{file.size:,}" if file else ""
    yield file.PhotometricInterpretation if file else run.status.value
    yield "; ".join(_counts(file)) if file else ""


def _counts(file: StoredFile) -> Iterator[str]:
    """How many errors and warnings each checker has."""
    if file.report is None:
        yield "unreadable"
        return
    for checker in ("dicomize", "dciodvfy"):
        if any(v.startswith(checker) for v in file.report.validators):
            found = Counter(f.severity.value for f in file.report.findings if f.source in {checker, "both"})
            yield f"{checker} {found['error']}, {found['warning']}"


def _show_backend(out: Console, outcome: BackendOutcome, *, verbose: bool) -> None:
    out.print()
    out.print(printable(f"{outcome.backend}: {outcome.verdict}"), overflow="fold")
    table = fields()
    for fault in outcome.raw.faults:
        reference = f" [{fault.reference}]" if fault.reference else ""
        table.add_row("  -", printable(fault.sentence + reference))
    for problem in outcome.raw.file.problems if outcome.raw.file else ():
        table.add_row("  ?", printable(problem))
    if verbose:
        for name, text in _details(outcome):
            table.add_row(f"  {name}", printable(text))
    if table.row_count:
        out.print(table)


def _details(outcome: BackendOutcome) -> Iterator[tuple[str, str]]:
    if outcome.raw.run.argv:
        yield "ran", " ".join(outcome.raw.run.argv)
    for name, file in (("raw", outcome.raw.file), ("result", outcome.normalized.file)):
        if file is None:
            continue
        yield (
            name,
            f"SHA-256 {file.sha256}, {uid_name(file.TransferSyntaxUID)}" + (f", {file.path}" if file.path else ""),
        )
        for finding in file.report.findings if file.report else ():
            yield finding.severity.value, f"{finding.path} {finding.message} ({finding.source})"
        for digest in file.digests:
            yield digest.decoder, digest.problem or f"{digest.PhotometricInterpretation}, SHA-256 {digest.sha256}"


# ---------------------------------------------------------------- decoders


def _decoders(outcomes: Sequence[BackendOutcome]) -> Table:
    shown = _files(outcomes)
    names = list(dict.fromkeys(d.decoder for _, file in shown for d in file.digests))
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("", overflow="fold")
    for name in names:
        table.add_column(name.removeprefix("pydicom with "), overflow="fold")
    for label, file in shown:
        cells = {d.decoder: _distance(d.problem, d.mean_error, d.max_error) for d in file.digests}
        table.add_row(printable(label), *(cells.get(name, "") for name in names))
    return table


def _files(outcomes: Sequence[BackendOutcome]) -> list[tuple[str, StoredFile]]:
    """The toolkits' own files, and the results, each of these once."""
    shown = [(o.backend, o.raw.file) for o in outcomes if o.raw.file is not None]
    results: dict[str, tuple[str, StoredFile]] = {}
    for outcome in outcomes:
        file = outcome.normalized.file
        if file is not None:
            results.setdefault(file.sha256, (f"dicomize, by {outcome.backend}", file))
    if len(results) == 1:
        return [*shown, *(("dicomize", file) for _, file in results.values())]
    return [*shown, *results.values()]


def _distance(problem: str, mean: float | None, maximum: int | None) -> str:
    if problem:
        return "cannot decode"
    return "decoded" if mean is None else f"{mean:.2f}, {maximum}"


# ---------------------------------------------------------------- attributes


def _attributes(rows: Sequence[AttributeRow], *, verbose: bool) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, show_header=False)
    table.add_column(overflow="fold", max_width=30)
    table.add_column(overflow="fold")
    for row in rows:
        if verbose or not row.equal:
            table.add_row(tag_name(row.tag), printable(_written(row)))
            if row.ours:
                table.add_row("", printable(_kept(row)))
    return table


def _written(row: AttributeRow) -> str:
    """The values, each with those who wrote it."""
    groups: dict[str, list[str]] = {}
    for name, value in row.theirs:
        groups.setdefault(value, []).append(name)
    if len(groups) == 1 and len(row.theirs) > 1:
        return f"all: {short(next(iter(groups)))}"
    return "; ".join(f"{', '.join(names)}: {short(value)}" for value, names in groups.items())


def _kept(row: AttributeRow) -> str:
    reason = f", {row.reason}" if row.reason else ""
    reference = f" [{row.reference}]" if row.reference else ""
    return f"-> {short(row.ours)}{reason}{reference}"


def short(text: str) -> str:
    """A value that fits; of a UID the end tells more than the middle."""
    return text if len(text) <= 32 else f"{text[:16]}…{text[-15:]}"


# ---------------------------------------------------------------- the proof


def _show_proof(out: Console, comparison: Comparison) -> None:
    if comparison.refusal:
        out.print("refused, so that there is nothing to compare", overflow="fold")
        return
    table = fields()
    for outcome in comparison.backends:
        for name, text in _result(outcome):
            table.add_row(f"  {name}", printable(text))
    out.print(table)
    for _, pair in comparison.pairs:
        show_pair(pair, verbose=False)
    words = {True: "byte-identical", False: "NOT identical", None: "nothing to compare with"}
    if comparison.identical is False and comparison.alike:
        words[False] = "the same attributes and pixels, encoded differently"
    names = ", ".join(o.backend for o in comparison.backends if o.normalized.file is not None)
    out.print(f"{words[comparison.identical]}: {names or 'no result'}", style="bold")


def _result(outcome: BackendOutcome) -> Iterator[tuple[str, str]]:
    file, normalized = outcome.normalized.file, outcome.normalized
    if file is not None:
        yield outcome.backend, file.sha256
        time = f"{normalized.seconds:.2f} s, " if normalized.seconds is not None else ""
        yield (
            "",
            f"{time}{file.size:,} bytes, {file.PhotometricInterpretation}, errors, warnings: {'; '.join(_counts(file))}",
        )
    elif not outcome.because and outcome.raw.run.status is not RunStatus.NOT_RUN:
        yield outcome.backend, normalized.refusal
