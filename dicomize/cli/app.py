"""The commands, and how the program ends."""

from __future__ import annotations

import signal
import sys
from copy import copy
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from dicomize.checks.profiles import Profile
from dicomize.cli.commands.talk import Talk
from dicomize.cli.options import RequestOptions, takes_request
from dicomize.cli.outcome import Outcome, conclude, failure, finish, interrupted, unwritten
from dicomize.cli.verbatim import Verbatim
from dicomize.cli.words import Json, Overwrite, Quiet, Site, Sources, Verbose
from dicomize.errors import ExitCode, UsageError
from dicomize.version import __version__

_ClickException: Any = typer.BadParameter.__mro__[2]
"""the base of all complaints about the command line; some versions of typer bring their own click"""


class _Commands(TyperGroup):
    """The commands below, and groups of commands that are loaded only when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), "site"]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name != "site":
            return super().get_command(ctx, cmd_name)
        from dicomize.cli.site import site

        return typer.main.get_command(site)


app = typer.Typer(
    name="dicomize",
    cls=_Commands,
    help="One picture in, one conformant DICOM instance out, the same bytes whichever toolkit did the work.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run() -> NoReturn:
    """Run the program; every way to end it is an exit code of the table in README."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # nohup has SIGHUP ignored
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _as_interrupt)
    try:
        code = called(sys.argv[1:])(standalone_mode=False)
    except _ClickException as error:
        code = _misused(error)
    except (KeyboardInterrupt, typer.Abort):
        code = conclude("", failure(interrupted()), as_json="--json" in sys.argv)
    except SystemExit:  # rich's word for a reader of the help that has gone
        code = ExitCode.DONE
    except OSError as error:  # commands conclude themselves: this is the help
        code = conclude("", failure(unwritten(error)), as_json=False)
    sys.exit(int(code or ExitCode.DONE))


def called(arguments: list[str]) -> typer.Typer:
    """The program with the one command that is called: to make the parameters of all of them takes 10 ms."""
    name = arguments[0].replace("-", "_") if arguments else ""
    wanted = [command for command in app.registered_commands if getattr(command.callback, "__name__", "") == name]
    if not wanted:
        return app
    program = copy(app)
    program.registered_commands = wanted
    return program


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Clean up and end as Ctrl-C does."""
    raise KeyboardInterrupt


def _misused(error: Any) -> ExitCode:
    """Say what is wrong with the command line as everything that is wrong is said: in one line, or as JSON."""
    context = getattr(error, "ctx", None)
    if context is None or not error.format_message():
        error.show()  # no argument where a command is wanted: the help
        return ExitCode.USAGE
    message = error.format_message().rstrip(".")
    dashed = "; a file whose name begins with - is written ./-NAME" if "No such option" in message else ""
    misuse = UsageError(message, f"{context.command_path} --help says what there is{dashed}")
    return conclude(_command_of(context), failure(misuse), as_json="--json" in sys.argv)


def _command_of(context: Any) -> str:
    """The words of a command behind the program's name."""
    if context.parent is None:
        return ""
    return f"{_command_of(context.parent)} {context.info_name}".strip()


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dicomize {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
@takes_request
def convert(
    *,
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE... DEST", help="Image files, and a file or folder.", show_default=False),
    ] = None,
    options: RequestOptions,
    plan: Annotated[Path | None, typer.Option("--plan", help="Carry out a plan saved by dicomize plan --save.")] = None,
    journal: Annotated[Path | None, typer.Option("--journal", help="Append one JSON line for each result.")] = None,
    site: Site = "",
    as_json: Json = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Convert pictures to DICOM: one into a file, several into a folder."""
    from dicomize.cli.commands.convert import convert, convert_plan

    talk = Talk(verbose=verbose, quiet=quiet)
    if plan is not None:
        besides = bool(sources or site) or options != RequestOptions(overwrite=options.overwrite)
        finish(
            "convert",
            lambda: convert_plan(plan, journal, talk, overwrite=options.overwrite, besides=besides),
            as_json=as_json,
        )
    finish("convert", lambda: convert(sources or [], options, site, journal, talk), as_json=as_json)


@app.command()
def inspect(
    *,
    sources: Sources,
    text: Annotated[
        bool, typer.Option("--text", help="Look for text in the pixels, and say how to blacken it.")
    ] = False,
    site: Site = "",
    as_json: Json = False,
) -> None:
    """Say what a picture is, what travels in it, and what converting it would need."""
    from dicomize.cli.commands.inspect import inspect

    finish("inspect", lambda: inspect(sources, site, text=text), as_json=as_json)


@app.command()
@takes_request
def plan(
    *,
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE DEST", help="Image file, and a file or folder.", show_default=False),
    ] = None,
    options: RequestOptions,
    save: Annotated[Path | None, typer.Option("--save", help="Save the plan for dicomize convert --plan.")] = None,
    shell: Annotated[
        bool, typer.Option("--shell", help="Print the commands as a script for sh, and write what they read.")
    ] = False,
    scratch: Annotated[
        Path | None, typer.Option("--scratch", metavar="DIR", help="Where --shell writes. Default: DEST.scratch")
    ] = None,
    site: Site = "",
    as_json: Json = False,
) -> None:
    """Show every decision, where each attribute comes from, and the exact commands; run nothing."""
    from dicomize.cli.commands.plan import Script, plan

    script = Script(scratch) if shell or scratch else None
    finish("plan", lambda: plan(sources or [], options, site, save, script), as_json=as_json)


@app.command()
def check(
    *,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE|FOLDER...", help="DICOM files.", show_default=False)
    ] = None,
    profile: Annotated[
        Profile, typer.Option("--profile", help="strict: the standard as it stands. dciodvfy: as dciodvfy judges.")
    ] = Profile.STRICT,
    dciodvfy: Annotated[bool, typer.Option("--dciodvfy", help="Run the real one too, and compare.")] = False,
    decode: Annotated[
        bool,
        typer.Option("--decode", help="Decode every frame too, with what is at hand: damage that headers do not show."),
    ] = False,
    explain: Annotated[
        str, typer.Option("--explain", metavar="KIND", help="Say what a kind of finding means.", show_default=False)
    ] = "",
    as_sarif: Annotated[bool, typer.Option("--sarif", help="Print the findings as SARIF 2.1.0.")] = False,
    site: Site = "",
    as_json: Json = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Check DICOM files: encoding, values, IOD, the picture against its header, and files against each other."""
    from dicomize.cli.commands import check as command

    if explain:
        finish("check", lambda: command.explain(explain), as_json=as_json)
    talk = Talk(verbose=verbose, quiet=quiet)
    wish = command.Wish(profile, dciodvfy, as_sarif, decode, as_json)
    finish("check", lambda: command.check(files or [], site, talk, wish), as_json=as_json)


@app.command()
def view(
    *,
    file: Annotated[Path, typer.Argument(help="DICOM file.", show_default=False)],
    frame: Annotated[int, typer.Option("--frame", help="Which frame, counted from 1.")] = 1,
    window: Annotated[
        str,
        typer.Option("--window", help="CENTER,WIDTH; auto: the file's own, else a sensible one; min-max; full."),
    ] = "auto",
    renderer: Annotated[
        str, typer.Option("--renderer", help="dcmtk, gdcm or pydicom. Default: the first that can.", show_default=False)
    ] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.png", help="Write it as PNG.", show_default=False)
    ] = None,
    overwrite: Overwrite = False,
    every: Annotated[bool, typer.Option("--all", help="Compare all renderers; exit code 7 if they differ.")] = False,
    tolerance: Annotated[int, typer.Option("--tolerance", min=0, max=255, help="Levels of 255 by which they may.")] = 2,
    thumbnail: Annotated[
        str, typer.Option("--thumbnail", help="auto, kitty, iterm2, sixel, blocks or none; only on a terminal.")
    ] = "auto",
    site: Site = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show a frame of a DICOM file, windowed as it says, by DCMTK, GDCM or pydicom."""
    from dicomize.cli.commands import view as command

    talk = Talk(quiet=quiet)

    def work() -> Outcome:
        wish = command.wish_of(frame, window, renderer, thumbnail, output, overwrite=overwrite)
        if every:
            return command.view_all(file, wish, tolerance, site, talk)
        return command.view(file, wish, site, talk)

    finish("view", work, as_json=as_json)


@app.command()
def dump(
    *,
    file: Annotated[Path, typer.Argument(help="DICOM file, damaged or not.", show_default=False)],
    form: Annotated[
        str, typer.Option("--form", help="dcmtk: as dcmdump prints it. json: the DICOM JSON Model.")
    ] = "dcmtk",
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            metavar="KEY",
            help="Only this: PatientName, 0010,0010, (0008,1111)[0].PatientID.",
            show_default=False,
        ),
    ] = None,
    private: Annotated[
        bool | None,
        typer.Option("--private/--no-private", help="Only private elements, or none of them.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a DICOM file holds, in the form of DCMTK's dcmdump or as JSON."""
    from dicomize.cli.commands.dump import dump

    finish("dump", lambda: dump(file, form, tags or [], private=private, as_json=as_json), as_json=as_json)


@app.command()
@takes_request
def compare(
    *,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="SOURCE | A.dcm B.dcm", help="A picture, or two DICOM files.", show_default=False),
    ] = None,
    options: RequestOptions,
    raw: Annotated[
        Path | None,
        typer.Option("--raw", metavar="FOLDER", help="Keep the toolkits' own files, the results, and small PNGs."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="KEY", help="Of two files: what may differ. Also: uids, times, writer."),
    ] = None,
    difference: Annotated[
        Path | None,
        typer.Option("--difference", metavar="FILE.png", help="Of two files: how the pictures differ, amplified."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE.html", help="Write it all as one page, pictures included.")
    ] = None,
    site: Site = "",
    as_json: Json = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Compare what every toolkit makes of one picture, on its own and normalized; or compare two DICOM files."""
    from dicomize.cli.commands import compare as command

    talk = Talk(verbose=verbose, quiet=quiet)
    wish = command.Wish(raw, ignore or (), difference, html)
    finish("compare", lambda: command.compare(paths or [], options, site, wish, talk), as_json=as_json)


@app.command()
def backends(site: Site = "", as_json: Json = False) -> None:
    """Say what is installed, in which version, with which known defects, and how to get the rest."""
    from dicomize.cli.commands.backends import backends

    finish("backends", lambda: backends(site), as_json=as_json)


_OTHER_TOOLS = "In place of other tools"


@app.command(cls=Verbatim, rich_help_panel=_OTHER_TOOLS)
def img2dcm(context: typer.Context) -> None:
    """Take the command line of DCMTK's img2dcm, and --backend, --site, --json."""
    from dicomize.cli.legacy.run import run_as

    run_as("img2dcm", context.args)


@app.command(cls=Verbatim, rich_help_panel=_OTHER_TOOLS)
def gdcmimg(context: typer.Context) -> None:
    """Take the command line of GDCM's gdcmimg, as far as it converts pictures."""
    from dicomize.cli.legacy.run import run_as

    run_as("gdcmimg", context.args)


@app.command(cls=Verbatim, rich_help_panel=_OTHER_TOOLS)
def jpg2dcm(context: typer.Context) -> None:
    """Take the command line of dcm4che's jpg2dcm."""
    from dicomize.cli.legacy.run import run_as

    run_as("jpg2dcm", context.args)
