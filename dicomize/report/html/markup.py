"""HTML out of values. Nothing becomes markup unless this module made it.

There is no template engine: with elements as function calls, escaping cannot be forgotten, mypy sees every value, and
a dependency for two pages is saved.
"""

from __future__ import annotations

import html
from typing import Final

_VOID: Final = frozenset({"br", "hr", "img", "input", "meta", "link"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = Markup | str | int | float | None
"""what an element may hold; None is nothing"""


def visible(text: str) -> str:
    """Text with everything written out that cannot be seen: control characters, and those that turn the direction of
    what follows. A name must look like what it is."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def escaped(child: Child) -> Markup:
    """A value as HTML."""
    if child is None:
        return Markup()
    if isinstance(child, Markup):
        return child
    return Markup(html.escape(visible(str(child)), quote=True))


def joined(*children: Child) -> Markup:
    """Several values, one after the other."""
    return Markup("".join(escaped(child) for child in children))


def element(kind: str, /, *children: Child, **attributes: str | bool | int | None) -> Markup:
    """An element. `class_` is class, `aria_label` is aria-label; an attribute that is True has no value, one that is
    False or None is left out."""
    words = [kind]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        spelled = key.rstrip("_").replace("_", "-")
        words.append(spelled if value is True else f'{spelled}="{escaped(str(value))}"')
    opening = f"<{' '.join(words)}>"
    return Markup(opening if kind in _VOID else f"{opening}{joined(*children)}</{kind}>")
