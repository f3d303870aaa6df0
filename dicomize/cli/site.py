"""dicomize site: profiles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dicomize.cli.options import Json, Overwrite
from dicomize.cli.outcome import finish

site = typer.Typer(
    name="site",
    help="Site profiles: find, show, check, write them; have one recommended.",
    no_args_is_help=True,
    add_completion=False,
)

Name = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A profile's name, or its TOML file.")]
NewName = Annotated[str, typer.Argument(metavar="NAME", help="What the profile will be called.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write this file instead of one in the user's folder.")
]


@site.command("list")
def list_sites(as_json: Json = False) -> None:
    """List every profile that a name can mean, and where it is."""
    from dicomize.cli.commands import site as command

    finish("site list", command.list_sites, as_json=as_json)


@site.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show a profile as it counts, and which file says what."""
    from dicomize.cli.commands import site as command

    finish("site show", lambda: command.show(name), as_json=as_json)


@site.command()
def check(name: Name, as_json: Json = False) -> None:
    """Check that a profile can do what it says on this machine, down to a trial conversion by each backend."""
    from dicomize.cli.commands import site as command

    finish("site check", lambda: command.check(name), as_json=as_json)


@site.command()
def new(
    name: NewName,
    output: Output = None,
    base: Annotated[str, typer.Option("--base", help="The profile that it is based on.", show_default=False)] = "",
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Write a profile in which every entry is explained."""
    from dicomize.cli.commands import site as command

    finish("site new", lambda: command.new(name, output, base, overwrite=overwrite), as_json=as_json)


@site.command()
def schema(as_json: Json = False) -> None:
    """Print the JSON Schema of a profile, for editors."""
    from dicomize.cli.commands import site as command

    finish("site schema", command.print_schema, as_json=as_json)
