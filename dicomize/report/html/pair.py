"""`dicomize compare A.dcm B.dcm` as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dicomize.comparing.model import Difference, FrameDifference, InstanceComparison, PixelDifference
from dicomize.report.html.files import tag_cell
from dicomize.report.html.markup import Markup, element, joined
from dicomize.report.html.page import Section, facts, page
from dicomize.report.html.pictures import Shot, pictures
from dicomize.report.html.tables import Filter, Row, table


def pair_page(comparison: InstanceComparison, shots: Sequence[Shot], problems: Sequence[str]) -> str:
    """The page.

    Args:
        shots: the pictures of both, of the frame that differs most.
        problems: sentences on pictures that cannot be shown.
    """
    left, right = comparison.left.name, comparison.right.name
    kind, verdict = ("good", "✓ They are alike.") if comparison.identical else ("bad", "✗ They differ.")
    if comparison.identical_files:
        verdict = "✓ They are the same file, byte for byte."
    lead = joined(
        element("p", verdict, class_=f"lead {kind}"),
        facts(("Left", str(comparison.left)), ("Right", str(comparison.right))),
    )
    shown = joined(pictures(shots), *(element("p", problem, class_="quiet") for problem in problems))
    sections = [Section("pictures", "Pictures", shown), *pair_sections(comparison)]
    return page(f"{left} and {right}", lead, sections)


def pair_sections(comparison: InstanceComparison, prefix: str = "", title: str = "") -> Iterator[Section]:
    """What differs, as sections of a page.

    Args:
        prefix: of their ids, where a page has several pairs.
        title: what their titles begin with.
    """
    if comparison.pixels is not None:
        yield Section(f"{prefix}pixels", f"{title}Pixels", _pixels(comparison.pixels, prefix))
    yield Section(f"{prefix}differences", f"{title}Differences", _differences(comparison, prefix))


def _pixels(pixels: PixelDifference, prefix: str) -> Markup:
    answers = {True: "yes", False: "no", None: "not known"}
    known = [
        ("Stored bytes are the same", answers[pixels.encoded_identical]),
        ("Every sample is the same", answers[pixels.decoded_identical]),
    ]
    if pixels.compared_as:
        known.append(("Compared as", pixels.compared_as))
    if pixels.problem:
        known.append(("Problem", pixels.problem))
    rows = [Row(_frame(frame)) for frame in pixels.frames]
    headings = ("Frame", "Largest difference", "Mean difference", "PSNR", "SSIM", "CIEDE2000")
    frames = table(f"{prefix}frame-table", "Frames that differ", headings, rows) if rows else None
    return joined(facts(*known), frames)


def _frame(frame: FrameDifference) -> tuple[str, ...]:
    ratio = "" if frame.PSNR is None else f"{frame.PSNR:.2f} dB"
    similarity = "" if frame.SSIM is None else f"{frame.SSIM:.4f}"
    seen = "" if frame.color_mean is None else f"{frame.color_mean:.2f} on average, {frame.color_max:.2f} at most"
    return str(frame.number), str(frame.max_error), f"{frame.mean_error:.4f}", ratio, similarity, seen


def _differences(comparison: InstanceComparison, prefix: str) -> Markup:
    problems = [element("p", problem, class_="bad") for problem in comparison.problems]
    rows = [Row(_difference(d, "")) for d in comparison.differences]
    rows += [Row(_difference(d, " (ignored)"), "ignored") for d in comparison.ignored]
    if not rows:
        return joined(*problems, element("p", "No attribute differs.", class_="good"))
    by = Filter("Filter differences", *(("ignored", "without what is ignored") if comparison.ignored else ()))
    headings = ("Attribute", "Left", "Right", "How", "Where")
    return joined(*problems, table(f"{prefix}difference-table", "Attributes that differ", headings, rows, by))


def _difference(difference: Difference, mark: str) -> tuple[Markup | str, ...]:
    VRs = " and ".join(dict.fromkeys(VR for VR in difference.VR if VR))
    return (
        tag_cell(difference.tag),
        difference.left,
        difference.right,
        f"{difference.kind.value}, {VRs}{mark}" if VRs else f"{difference.kind.value}{mark}",
        element("code", difference.path),
    )
