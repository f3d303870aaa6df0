"""A program of its own: RapidOCR on one picture. It knows nothing of dicomize.

rapidocr_program.py PICTURE COLUMNS ROWS SAMPLES RESULT    PICTURE holds samples of 8 bits, interleaved; RESULT becomes JSON:
a list of {box: four points, text, score}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PART = 1024
"""pixels of a side that are looked at at a time, beside the whole"""
OVERLAP = 128
LEAST = 64
THIN = 16
"""times longer than wide, of which nothing is left once it is made smaller"""


def lines(picture: bytes, columns: int, rows: int, samples: int) -> list[dict[str, Any]]:
    """Each line of text that is found."""
    import numpy as np  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415 - comes with RapidOCR
    from rapidocr import RapidOCR  # type: ignore[import-untyped,import-not-found,unused-ignore] # noqa: PLC0415 - large

    shape = (rows, columns, samples)
    pixels = np.frombuffer(picture, "u1").reshape(shape)
    # blue comes first there
    colors = pixels[..., ::-1] if samples == 3 else np.repeat(pixels, 3, axis=2)
    engine = RapidOCR(params={"Global.log_level": "critical"})
    return [line for left, top, part in parts(colors) for line in _read(engine, left, top, part)]


def parts(colors: Any) -> Iterator[tuple[int, int, Any]]:
    """The whole, and where that is large parts that overlap: left, top, pixels.

    Large pictures are made smaller before text is looked for, and letters of ordinary size are lost.
    """
    rows, columns = colors.shape[:2]
    if max(rows, columns) <= PART or max(rows, columns) < THIN * min(rows, columns):
        yield 0, 0, _roomy(colors)
    if max(rows, columns) <= PART:
        return
    for top in starts(rows):
        for left in starts(columns):
            part = colors[top : top + PART, left : left + PART]
            # nothing stands in one colour
            if part.min() != part.max():
                yield left, top, _roomy(part)


def _roomy(part: Any) -> Any:
    """Enough rows and columns for the detector, which refuses fewer."""
    import numpy as np  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415 - comes with RapidOCR

    rows, columns = part.shape[:2]
    room = ((0, max(0, LEAST - rows)), (0, max(0, LEAST - columns)), (0, 0))
    return np.ascontiguousarray(np.pad(part, room, mode="edge"))


def starts(length: int) -> range:
    """Where parts begin, so that what lies across an edge is whole in the next."""
    return range(0, max(1, length - OVERLAP), PART - OVERLAP)


def _read(engine: Any, left: int, top: int, part: Any) -> Iterator[dict[str, Any]]:
    found = engine(part)
    if found.boxes is None or found.txts is None or found.scores is None:
        return
    for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
        yield {"box": [[float(x) + left, float(y) + top] for x, y in box], "text": text, "score": float(score)}


def main(picture: str, columns: str, rows: str, samples: str, result: str) -> int:
    """Look; 1, with a reason on stderr, if it cannot."""
    try:
        found = lines(Path(picture).read_bytes(), int(columns), int(rows), int(samples))
    except Exception as error:  # noqa: BLE001 - three native libraries raise what they like
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        sys.stderr.write(f"E: {reason.encode('ascii', 'backslashreplace').decode()}\n")
        return 1
    Path(result).write_text(json.dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
