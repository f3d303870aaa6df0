"""How two instances differ, for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from dicomize.comparing.model import Difference, DifferenceKind, FrameDifference, InstanceComparison, PixelDifference
from dicomize.report.plain import printable
from dicomize.report.text import console

_MOST_FRAMES = 10
"""frames that are listed; of more the worst is named"""


def show_pair(comparison: InstanceComparison, *, verbose: bool) -> None:
    """Attributes that differ, the pictures, and the verdict."""
    out = console()
    out.print(printable(f"left:  {comparison.left}"), style="bold", overflow="fold")
    out.print(printable(f"right: {comparison.right}"), style="bold", overflow="fold")
    if comparison.identical_files:
        out.print("the same bytes")
        return
    _show_differences(out, comparison, verbose=verbose)
    for problem in comparison.problems:
        out.print(printable(problem), overflow="fold")
    if comparison.pixels is not None:
        _show_pixels(out, comparison.pixels, verbose=verbose)
    out.print(_verdict(comparison), style="bold")


def _show_differences(out: Console, comparison: InstanceComparison, *, verbose: bool) -> None:
    table = Table(box=None, padding=(0, 1), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for difference in comparison.differences:
        _add(table, difference, "")
    for difference in comparison.ignored if verbose else ():
        _add(table, difference, " (ignored)")
    if table.row_count:
        out.print(table)


def _add(table: Table, difference: Difference, mark: str) -> None:
    table.add_row("", printable(difference.path + _vr(difference)) + mark, style="dim" if mark else "")
    if difference.kind is not DifferenceKind.ONLY_RIGHT:
        table.add_row("  <", printable(difference.left))
    if difference.kind is not DifferenceKind.ONLY_LEFT:
        table.add_row("  >", printable(difference.right))


def _vr(difference: Difference) -> str:
    left, right = difference.VR
    return f" {left}, {right}" if left and right and left != right else f" {left or right}"


def _show_pixels(out: Console, pixels: PixelDifference, *, verbose: bool) -> None:
    for line in _lines(pixels):
        out.print(printable(f"pixels: {line}"), overflow="fold")
    listed = pixels.frames if verbose else pixels.frames[:_MOST_FRAMES]
    if len(pixels.frames) > 1:
        for frame in listed:
            out.print(f"  frame {frame.number}: {_measures(frame)}")
        if len(listed) < len(pixels.frames):
            out.print(f"  and {len(pixels.frames) - len(listed)} more; -v shows all")


def _lines(pixels: PixelDifference) -> Iterator[str]:
    if pixels.encoded_identical:
        yield "the same bytes are stored"
    if pixels.decoded_identical:
        yield "every sample is the same" + (f", compared as {pixels.compared_as}" if pixels.compared_as else "")
    elif pixels.compared_as:
        yield f"compared as {pixels.compared_as}"
    worst = pixels.worst
    if worst is not None:
        which = f"worst is frame {worst.number}: " if len(pixels.frames) > 1 else ""
        yield which + _measures(worst)
    if pixels.problem:
        yield pixels.problem
    if pixels.picture is not None:
        yield f"the difference, {pixels.amplified:.3g} times, is in {pixels.picture}"


def _measures(frame: FrameDifference) -> str:
    ratio = f", PSNR {frame.PSNR:.2f} dB" if frame.PSNR is not None else ""
    similarity = f", SSIM {frame.SSIM:.4f}" if frame.SSIM is not None else ""
    seen = (
        ""
        if frame.color_mean is None
        else f", CIEDE2000 {frame.color_mean:.2f} on average, {frame.color_max:.2f} at most"
    )
    return f"largest difference {frame.max_error}, mean {frame.mean_error:.4f}{ratio}{similarity}{seen}"


def _verdict(comparison: InstanceComparison) -> str:
    count = len(comparison.differences)
    said = f"{count} attribute{'' if count == 1 else 's'} differ{'s' if count == 1 else ''}" if count else ""
    besides = f"{len(comparison.ignored)} more ignored" if comparison.ignored else ""
    picture = "" if comparison.pixels is None or comparison.pixels.identical else "the pictures differ"
    words = ", ".join(word for word in (said, besides, picture) if word)
    return f"{'alike' if comparison.identical else 'different'}{f': {words}' if words else ''}"
