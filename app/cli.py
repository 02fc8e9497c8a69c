"""The command line ``cotside``: gathers the subcommands and turns errors into one line."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from app.commands.lazily import LazyGroup
from db.errors import DatabaseError
from pipeline.errors import CotsideError

cli = typer.Typer(
    name="cotside",
    cls=LazyGroup,
    help="Watches how preterm infants move. Research use only; not a medical device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(version("cotside"))
        raise typer.Exit


@cli.callback()
def _options(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; exit with 1 and one line on an error meant for a person."""
    try:
        cli()
    except (CotsideError, DatabaseError) as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
