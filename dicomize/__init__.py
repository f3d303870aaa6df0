"""dicomize: one picture in, one conformant DICOM instance out, the same bytes whichever toolkit did the work.

The names below are the library; they are loaded when first used, so that `import dicomize` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomize.version import __version__

__all__ = [
    "CheckReport",
    "Comparison",
    "Conversion",
    "DicomizeError",
    "ExitCode",
    "Finding",
    "InstanceComparison",
    "Options",
    "Plan",
    "SiteProfile",
    "SourceImage",
    "__version__",
    "check",
    "compare",
    "convert",
    "inspect",
    "plan",
]

if TYPE_CHECKING:
    from dicomize.api import Options, check, compare, convert, inspect, plan
    from dicomize.comparing.model import Comparison, InstanceComparison
    from dicomize.errors import DicomizeError, ExitCode
    from dicomize.model import CheckReport, Conversion, Finding, Plan, SiteProfile, SourceImage


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'dicomize' has no attribute {name!r}")
    from dicomize import api, errors, model  # noqa: PLC0415 - loading them is what is put off
    from dicomize.comparing import model as comparisons  # noqa: PLC0415 - as above

    home = next(module for module in (api, model, comparisons, errors) if hasattr(module, name))
    return getattr(home, name)
