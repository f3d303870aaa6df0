"""A program of its own: RapidOCR on one picture. It knows nothing of dicomize.

rapidocr_program.py PICTURE COLUMNS ROWS SAMPLES RESULT    PICTURE holds samples of 8 bits, interleaved; RESULT becomes JSON:
a list of {box: four points, text, score}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def lines(picture: bytes, columns: int, rows: int, samples: int) -> list[dict[str, Any]]:
    """Each line of text that is found."""
    import numpy as np  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415 - comes with RapidOCR
    from rapidocr import RapidOCR  # type: ignore[import-untyped,import-not-found,unused-ignore] # noqa: PLC0415 - large

    shape = (rows, columns, samples)
    pixels = np.frombuffer(picture, "u1").reshape(shape)
    # blue comes first there
    colors = np.ascontiguousarray(pixels[..., ::-1] if samples == 3 else np.repeat(pixels, 3, axis=2))
    found: Any = RapidOCR(params={"Global.log_level": "critical"})(colors)
    if found.boxes is None or found.txts is None or found.scores is None:
        return []
    return [
        {"box": [[float(v) for v in point] for point in box], "text": text, "score": float(score)}
        for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
    ]


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
