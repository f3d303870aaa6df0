"""`dicomize compare SOURCE` as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dicomize.comparing.model import (
    AttributeRow,
    BackendOutcome,
    Comparison,
    DecoderDigest,
    Fault,
    RawOutcome,
    StoredFile,
)
from dicomize.report.html.files import finding_rows, tag_cell
from dicomize.report.html.markup import Markup, element, joined
from dicomize.report.html.page import Section, digest, facts, page
from dicomize.report.html.pair import pair_sections
from dicomize.report.html.pictures import Shot, pictures
from dicomize.report.html.tables import Filter, Row, table
from dicomize.report.text import uid_name


def toolkits_page(comparison: Comparison) -> str:
    """The page. Pictures are read from where the comparison has kept them, and are in the page afterwards."""
    sections = [
        Section("toolkits", "The toolkits", _cards(comparison.backends)),
        Section("pictures", "Pictures", _pictures(comparison)),
        Section("attributes", "Attributes", _attributes(comparison)),
        Section("findings", "Findings", _findings(comparison)),
        Section("leaks", "Leaks", _leaks(comparison)),
        Section("proof", "Proof", _proof(comparison)),
    ]
    for backend, pair in comparison.pairs:
        sections.extend(pair_sections(pair, f"{backend}-", f"{backend}: "))
    return page(f"What toolkits make of {comparison.source.name}", _lead(comparison), sections)


def _lead(comparison: Comparison) -> Markup:
    verdicts = {
        True: ("good", "✓ All results of dicomize are the same file, byte for byte."),
        False: ("bad", "✗ The results of dicomize are not the same file."),
        None: ("quiet", "There are no two results of dicomize to be compared."),
    }
    kind, verdict = verdicts[comparison.identical]
    known: list[tuple[str, Markup | str]] = [("SHA-256", digest(comparison.source_sha256))]
    if comparison.plan is not None:
        plan = comparison.plan
        image = plan.source
        known += [
            ("Picture", f"{image.format}, {image.Columns} x {image.Rows}, {image.color}, {image.size:,} bytes"),
            ("Becomes", f"{uid_name(plan.SOPClassUID)}, {uid_name(plan.TransferSyntaxUID)}"),
            ("Steps", "; ".join(step.why for step in plan.steps) or "stored as it is"),
        ]
    refusal = (
        element("p", f"dicomize refuses it: {comparison.refusal}", class_="lead bad") if comparison.refusal else None
    )
    return joined(element("p", verdict, class_=f"lead {kind}"), refusal, facts(*known))


# ---------------------------------------------------------------- toolkits


def _cards(backends: Sequence[BackendOutcome]) -> Markup:
    return element("div", *map(_card, backends), class_="cards")


def _card(outcome: BackendOutcome) -> Markup:
    name = f"{outcome.backend} {outcome.version}".strip()
    parts: list[Markup] = [element("h3", name), element("p", outcome.verdict)]
    if outcome.because:
        parts.append(element("p", outcome.because, class_="quiet"))
    parts += [element("h4", "On its own"), _faults(outcome.raw.faults, outcome.raw.file), _run(outcome.raw)]
    parts += [element("h4", "Through dicomize"), _result(outcome)]
    return element("article", *parts, class_="card")


def _faults(faults: Sequence[Fault], file: StoredFile | None) -> Markup:
    if not faults:
        return element("p", "No fault was found." if file else "It wrote no file.", class_="quiet")
    return element("ul", *(element("li", *_sentence(fault)) for fault in faults))


def _sentence(fault: Fault) -> Iterator[Markup | str]:
    yield fault.sentence
    if fault.reference:
        yield element("span", f" [{fault.reference}]", class_="quiet")


def _run(outcome: RawOutcome) -> Markup:
    run, file = outcome.run, outcome.file
    known = [("Run", run.status.value + (f": {run.message}" if run.message else ""))]
    if run.seconds is not None:
        known.append(("Time", f"{run.seconds:.2f} s"))
    if run.peak_memory is not None:
        known.append(("Memory", f"{run.peak_memory / 1e6:.0f} MB"))
    if file is not None:
        known += [
            ("File", f"{file.size:,} bytes, {file.PhotometricInterpretation}, {uid_name(file.TransferSyntaxUID)}"),
            ("Checks", _counted(file)),
        ]
    return facts(*known)


def _result(outcome: BackendOutcome) -> Markup:
    normalized = outcome.normalized
    if normalized.file is None:
        return element("p", normalized.refusal or "There is no result.", class_="quiet")
    known = [("Checks", _counted(normalized.file)), ("SHA-256", f"{normalized.file.sha256[:16]}…")]
    if normalized.seconds is not None:
        known.insert(0, ("Time", f"{normalized.seconds:.2f} s"))
    return joined(_faults(normalized.faults, normalized.file), facts(*known))


def _counted(file: StoredFile) -> str:
    if file.report is None:
        return "it cannot be checked"
    errors, warnings = len(file.report.errors), len(file.report.warnings)
    return f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"


# ---------------------------------------------------------------- pictures


def _files(comparison: Comparison) -> Iterator[tuple[str, StoredFile]]:
    """Every file that was written: the toolkits' own, and the results, each of these once."""
    for outcome in comparison.backends:
        if outcome.raw.file is not None:
            yield f"{outcome.backend}, on its own", outcome.raw.file
    results: dict[str, list[tuple[str, StoredFile]]] = {}
    for outcome in comparison.backends:
        if outcome.normalized.file is not None:
            results.setdefault(outcome.normalized.file.sha256, []).append((outcome.backend, outcome.normalized.file))
    for same in results.values():
        yield f"dicomize ({', '.join(name for name, _ in same)})", same[0][1]


def _pictures(comparison: Comparison) -> Markup:
    shots = list(_shots(comparison))
    # the first that the source does not look like, if there is one
    second = next((s.label for s in shots[1:] if s.png != shots[0].png), "")
    words = (
        "Pictures are at most 1024 pixels wide or high here. How far each is from the source was measured in full size."
    )
    return joined(
        element("p", words, class_="quiet"),
        pictures(shots, first=shots[0].label if shots else "", second=second),
        _undecoded(comparison),
    )


def _shots(comparison: Comparison) -> Iterator[Shot]:
    if comparison.picture is not None:
        yield Shot("the source, as it should look", comparison.picture.read_bytes())
    for label, file in _files(comparison):
        for shown in file.digests:
            if shown.picture is not None:
                yield Shot(label, shown.picture.read_bytes(), shown.decoder, _distance(shown))


def _distance(shown: DecoderDigest) -> str:
    if shown.max_error is None or shown.mean_error is None:
        return ""
    if shown.max_error == 0:
        return "Every sample is that of the source."
    return f"Off the source by at most {shown.max_error} of 255, {shown.mean_error:.2f} on average."


def _undecoded(comparison: Comparison) -> Markup | None:
    failed = [
        element("li", f"{label}: {shown.decoder}: {shown.problem}")
        for label, file in _files(comparison)
        for shown in file.digests
        if shown.problem
    ]
    if not failed:
        return None
    return element("details", element("summary", f"What could not be decoded ({len(failed)})"), element("ul", *failed))


# ---------------------------------------------------------------- attributes, findings, leaks


def _attributes(comparison: Comparison) -> Markup:
    names = list(dict.fromkeys(name for row in comparison.attributes for name, _ in row.theirs))
    rows = [Row(tuple(_attribute(row, names)), "equal" if row.equal else "") for row in comparison.attributes]
    by = Filter("Filter attributes", "equal", "only where a toolkit wrote something else")
    headings = ["Attribute", *(f"{name} wrote" for name in names), "dicomize keeps", "Why"]
    return table("attribute-table", "What each toolkit wrote on its own, what is kept, and why", headings, rows, by)


def _attribute(row: AttributeRow, names: Sequence[str]) -> Iterator[Markup | str]:
    yield tag_cell(row.tag)
    theirs = dict(row.theirs)
    for name in names:
        value = theirs.get(name, "")
        yield element("span", value, class_="differs") if value and value != row.ours else value
    yield row.ours
    yield joined(row.reason, element("span", row.reference, class_="tag") if row.reference else None)


def _findings(comparison: Comparison) -> Markup:
    rows = [row for label, file in _files(comparison) for row in finding_rows(label, file.report)]
    if not rows:
        return element("p", "There is no finding on any of the files.", class_="good")
    headings = ("Severity", "File", "Where", "What", "Kind", "Found by")
    by = Filter("Filter findings", "warning", "only errors")
    return table("finding-table", "What the checks found in each file", headings, rows, by)


def _leaks(comparison: Comparison) -> Markup:
    rows = [
        Row((label, leak.name, leak.carrier, f"{leak.length:,} bytes"))
        for label, file in _files(comparison)
        for leak in file.leaks
    ]
    if not rows:
        return element(
            "p", "Nothing that identifies a place, a person or a device is left in any of the files.", class_="good"
        )
    caption = "What identifies a place, a person or a device, or may, inside of the stored streams"
    return table("leak-table", caption, ("File", "What", "Carried by", "Size"), rows)


# ---------------------------------------------------------------- proof


def _proof(comparison: Comparison) -> Markup:
    source = Row(("the source", digest(comparison.source_sha256), ""))
    rows = [Row((label, digest(file.sha256), f"{file.size:,}")) for label, file in _files(comparison)]
    commands = [
        joined(element("dt", outcome.backend), element("dd", element("pre", " ".join(outcome.raw.run.argv))))
        for outcome in comparison.backends
        if outcome.raw.run.argv
    ]
    ran = element("details", element("summary", "How each toolkit was run on its own"), element("dl", *commands))
    digests = table("proof-table", "SHA-256 of every file", ("File", "SHA-256", "Bytes"), [source, *rows])
    return joined(digests, ran if commands else None)
