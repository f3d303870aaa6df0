"""Placeholders in the command line of a site's own program: {source}, {Rows} and so on.

They are filled argument by argument and never split, quoted or given to a shell, so that a file name stays one argument
whatever it holds. `{{` and `}}` stand for braces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from string import Formatter
from typing import Final

FILES: Final = ("source", "destination")
ATTRIBUTES: Final = (
    *("SOPClassUID", "TransferSyntaxUID", "SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns"),
    *("BitsAllocated", "BitsStored", "HighBit"),
)
PLACEHOLDERS: Final = (*FILES, *ATTRIBUTES)


def check_arguments(arguments: Sequence[str]) -> None:
    """Check the arguments of a program.

    Raises:
        ValueError: a placeholder is not known, or a file is in none.
    """
    named = [name for part in arguments for name in _names(part)]
    for name in named:
        if name not in PLACEHOLDERS:
            raise ValueError(f"{{{name}}} is no placeholder; there are {', '.join(PLACEHOLDERS)}")
    for name in FILES:
        if name not in named:
            raise ValueError(f"it must hold {{{name}}}")


def fill(argument: str, values: Mapping[str, str]) -> str:
    """One argument, its placeholders replaced."""
    return "".join(
        literal + (values[name] if name is not None else "") for literal, name, _, _ in Formatter().parse(argument)
    )


def needs_plan(arguments: Sequence[str]) -> bool:
    """Whether a placeholder stands for anything but a file."""
    return any(name not in FILES for part in arguments for name in _names(part))


def _names(argument: str) -> Iterator[str]:
    """The placeholders of one argument, as they are written: a format or a conversion makes it another name."""
    try:
        parsed = list(Formatter().parse(argument))
    except ValueError:
        raise ValueError(f"{argument!r} has a brace without its partner; write {{{{ for a brace itself") from None
    for _, name, form, conversion in parsed:
        if name is not None:
            yield f"{name}{'!' + conversion if conversion else ''}{':' + form if form else ''}"
