"""The command line ``cotside``: gathers the subcommands and turns errors into one line."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from app.commands import annotate as annotate_commands
from app.commands import audit as audit_commands
from app.commands import db as db_commands
from app.commands import people as people_commands
from app.commands.bench import bench
from app.commands.dashboard import dashboard
from app.commands.demo import demo
from app.commands.keypoints import commands as keypoints_commands
from app.commands.models import commands as models_commands
from app.commands.monitor import monitor
from app.commands.movement import commands as movement_commands
from app.commands.predict import predict
from app.commands.report import report
from app.commands.retrain import train
from app.commands.review import review
from app.commands.synth import PASS_ON, synth
from app.commands.train import add_training_commands
from db.errors import DatabaseError
from pipeline.errors import CotsideError

cli = typer.Typer(
    name="cotside",
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


cli.command()(demo)
cli.command()(dashboard)
cli.command()(monitor)
cli.command()(bench)
cli.command(context_settings=PASS_ON)(synth)
cli.command()(predict)
cli.command()(review)
cli.command()(report)
cli.command()(train)
add_training_commands(cli)
cli.add_typer(db_commands.commands, name="db")
cli.add_typer(movement_commands, name="movement")
cli.add_typer(people_commands.commands, name="people")
cli.add_typer(audit_commands.commands, name="audit")
cli.add_typer(keypoints_commands, name="keypoints")
cli.add_typer(models_commands, name="models")
cli.add_typer(annotate_commands.commands, name="annotate")


def main() -> None:
    """Run the command line; exit with 1 and one line on an error meant for a person."""
    try:
        cli()
    except (CotsideError, DatabaseError) as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
