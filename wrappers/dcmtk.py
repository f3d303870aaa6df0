"""What DCMTK's programs have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Final

DICTIONARY: Final = Path(__file__).absolute().with_name("img2dcm.dic")
"""the few groups of the data dictionary that matter here (scripts/make-dictionary)"""

ENVIRONMENT: Final = (("DCMDICTPATH", str(DICTIONARY)),)
"""most of the time of a short run goes into reading the full dictionary"""
