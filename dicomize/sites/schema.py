"""The JSON Schema of a profile, for editors and for the comments of a new one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

PATH: Final = Path(__file__).with_name("profile.schema.json")


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the TOML table of one file; each entry has a description and an example."""
    parsed: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return parsed
