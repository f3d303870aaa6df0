"""dicomize site: profiles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dicomize.cli.outcome import finish
from dicomize.cli.words import Json, Overwrite, Quiet, Site

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


@site.command()
def recommend(
    *,
    samples: Annotated[
        list[Path], typer.Argument(metavar="SAMPLES...", help="Pictures of the site, or folders of them.")
    ],
    name: Annotated[
        str, typer.Option("--write", metavar="NAME", help="Write the profile under this name.", show_default=False)
    ] = "",
    output: Output = None,
    own_files: Annotated[
        bool, typer.Option("--own-files", help="The site also uses what the toolkits write on their own.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="Try at most so many samples, spread evenly; 0: all.")
    ] = 30,
    site: Site = "",
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Try every backend on samples of the site, say which to use and why, and write the profile."""
    from dicomize.cli.commands.recommend import Wish, recommend_site

    wish = Wish(site, own_files, limit, name, output, overwrite, quiet)
    finish("site recommend", lambda: recommend_site(samples, wish), as_json=as_json)
