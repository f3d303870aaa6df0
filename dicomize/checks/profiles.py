"""The two ways to judge a file."""

from __future__ import annotations

from enum import StrEnum


class Profile(StrEnum):
    """Whose judgement the findings follow."""

    STRICT = "strict"
    """the standard as it stands: what dciodvfy does not see as well, and without its false alarms"""
    DCIODVFY = "dciodvfy"
    """the same severity, kind and element as dciodvfy, so that the two can be compared"""
