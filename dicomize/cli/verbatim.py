"""A command whose words are not ours to interpret."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand


class Verbatim(TyperCommand):
    """Hands all words on as they are, in `context.args`: none is an option here, not even --help."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.args = list(args)
        return []
