"""Real and hostile pictures through both: the same command line, the same picture."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import UnidentifiedImageError
from pydicom import dcmread

Run = Callable[..., Any]

WRONG_COLOURS = {"rgb_adobe0_ids123.jpg"}
"""img2dcm drops the Adobe segment and labels RGB as YBR_FULL_422 (docs/toolkits.md)"""
REFUSED_HERE = {"sof_h_x4.jpg", "ybr_noapp_idsRGB_YCC.jpg"}
"""one lies about its height, the other contradicts itself about its colours"""


def test_synthetic_pictures(corpus: Path, tmp_path: Path, invoke: Run, require_tool: Run, picture: Run) -> None:
    program = require_tool("img2dcm")
    compared, refused = 0, set()
    for source in sorted((corpus / "synthetic").glob("*.jpg")):
        words = ["-k", "PatientName=A^B", "-k", "PatientID=1", str(source)]
        real = subprocess.run([program, *words, tmp_path / "theirs.dcm"], capture_output=True, check=False)
        ours = invoke("img2dcm", "-q", *words, "ours.dcm", "--keep-orientation", "--backend", "pydicom")
        if real.returncode != 0:
            continue
        if ours.code != 0:
            refused.add(source.name)
            continue
        one, other = dcmread(tmp_path / "theirs.dcm"), dcmread(tmp_path / "ours.dcm")
        assert (other.PatientName, other.PatientID) == (one.PatientName, one.PatientID)
        try:
            same = picture(one) == picture(other)
        except UnidentifiedImageError:
            continue  # 12 bits, which Pillow does not read
        assert same == (source.name not in WRONG_COLOURS), source.name
        compared += 1
    assert refused == REFUSED_HERE
    assert compared >= 10
