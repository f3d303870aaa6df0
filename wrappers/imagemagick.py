"""ImageMagick: a picture in a format that nothing else here reads, into PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import CONVERT, CONVERT_IM6, MAGICK

if TYPE_CHECKING:
    from dicomize.model import ToolReport
    from dicomize.wrappers.tool import Tools

TOOLS: Final = (MAGICK, CONVERT_IM6, CONVERT)
"""version 7, Debian's name of version 6, and the name that version 6 has elsewhere (on Windows that of another program)"""
_POLICY: Final = Path(__file__).with_name("imagemagick_policy")
_LIMITS: Final = (
    "-limit",
    "memory",
    "1GiB",
    "-limit",
    "map",
    "2GiB",
    "-limit",
    "disk",
    "4GiB",
    "-limit",
    "thread",
    "1",
)
_FORMAT: Final = "%w %h %n %z %[colorspace]\\n"


class Facts(NamedTuple):
    """What is said of a picture: its size, how many there are in the file, bits a sample, and what samples mean."""

    Columns: int
    Rows: int
    pictures: int
    bits: int
    colorspace: str


def find(tools: Tools) -> ToolReport:
    """The first of its programs that is there and says that it is ImageMagick; else the first, with the reason."""
    reports = [tools.report(tool) for tool in TOOLS]
    return next((r for r in reports if r.version and not r.unavailable_because), reports[0])


def describe_command(program: Path, coder: str, source: Path, number: int) -> Command:
    """Say what a picture is; see `parse`."""
    picture = f"{coder}:{argument(source)}[{number}]"
    return Command((argument(program), *_LIMITS, picture, "-format", _FORMAT, "info:"), env=_environment())


def png_command(program: Path, coder: str, source: Path, number: int, destination: Path) -> Command:
    """Write one picture of a file as PNG, of the depth and colours that it has.

    The coder is named, so that the content cannot choose another one: some run programs, fetch addresses or read files.
    """
    picture = f"{coder}:{argument(source)}[{number}]"
    return Command(
        (argument(program), *_LIMITS, picture, f"PNG:{argument(destination)}"),
        env=_environment(),
        produces=Path(argument(destination)),
    )


def _environment() -> tuple[tuple[str, str], ...]:
    """A policy of ours is read before that of the system: no delegates, no addresses, no files but those that are named."""
    return (("MAGICK_CONFIGURE_PATH", str(_POLICY)),)


def parse(printed: str) -> Facts:
    """What `describe_command` prints.

    Raises:
        ValueError: it is something else.
    """
    words = printed.split("\n", maxsplit=1)[0].split()
    if len(words) != 5:
        raise ValueError(f"it prints {printed[:80]!r}")
    columns, rows, pictures, bits = map(int, words[:4])
    return Facts(columns, rows, pictures, bits, words[4])
