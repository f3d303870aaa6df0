"""What the reports share."""

from __future__ import annotations

import sys

from pydicom import config
from pydicom.datadict import keyword_for_tag
from pydicom.uid import UID
from rich.console import Console
from rich.table import Table


def console() -> Console:
    """stdout; outside a terminal 80 columns wide and without colours."""
    return Console(width=None if sys.stdout.isatty() else 80, highlight=False, markup=False, emoji=False)


def fields() -> Table:
    """A table of names and values, without lines."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    return table


def tag_name(tag: int) -> str:
    """Keyword of a tag, or its number."""
    return keyword_for_tag(tag) or f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def uid_name(uid: str) -> str:
    """What a registered UID stands for."""
    return UID(uid, validation_mode=config.IGNORE).name
