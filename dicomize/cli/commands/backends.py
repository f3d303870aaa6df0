"""dicomize backends."""

from __future__ import annotations

from functools import partial
from typing import Any

from dicomize.cli.options import site_of
from dicomize.cli.outcome import Outcome
from dicomize.registry import Registered, probe, registered
from dicomize.report.installed import Installed, show_installed
from dicomize.serialize import to_plain
from dicomize.wrappers import dciodvfy, dcm2pnm, imagemagick, jpegtran, tesseract
from dicomize.wrappers.tool import Tools

HELPERS = (dciodvfy.TOOL, jpegtran.TOOL, dcm2pnm.DCM2PNM, dcm2pnm.DCMJ2PNM, dcm2pnm.DCML2PNM, tesseract.TOOL)
"""programs that no backend needs but conversions and views gain from"""


def backends(site: str) -> Outcome:
    """What is installed."""
    profile = site_of(site)
    tools = Tools(profile.tools, profile.timeout)
    installed = tuple(_installed(r) for r in registered(tools, profile.configured))
    helpers = (*(tools.report(tool) for tool in HELPERS), imagemagick.find(tools))
    results = tuple(_result(i) for i in installed) + tuple(
        {"name": h.program, "helper": True, "tools": [to_plain(h)]} for h in helpers
    )
    return Outcome(results, show=partial(show_installed, installed, helpers))


def _installed(entry: Registered) -> Installed:
    return Installed(entry.name, *probe(entry))


def _result(installed: Installed) -> dict[str, Any]:
    return {
        "name": installed.name,
        "helper": False,
        "available": not installed.because,
        "because": installed.because,
        "tools": to_plain(installed.tools),
        "defects": to_plain(installed.defects),
    }
