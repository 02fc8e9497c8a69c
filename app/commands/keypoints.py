"""``cotside keypoints``: what is stored, for others to analyse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.opening import at_the_terminal
from db import audit
from db.lifecycle import open_database
from db.store import Store
from pipeline.settings import load_settings

commands = typer.Typer(no_args_is_help=True, help="Take stored keypoints out.")


@commands.callback()
def _group() -> None:
    pass


@commands.command("export")
def export_command(
    recording: Annotated[int, typer.Option(help="The number of the recording.")],
    out: Annotated[Path, typer.Option(help="The file to write; must not exist.")],
    format_name: Annotated[
        str, typer.Option("--format", help="parquet, csv, coco, dlc, slp, nwb or netcdf.")
    ] = "parquet",
    true_dates: Annotated[
        bool, typer.Option("--true-dates", help="Do not shift the date of the recording.")
    ] = False,
    db: Annotated[
        str | None, typer.Option("--db", help="A file or a URL. Default: the one of the settings.")
    ] = None,
) -> None:
    """Write a recording's keypoints: a pseudonym, a shifted date, no picture, no name.

    The audit trail notes it. slp, nwb and netcdf need the group `science`. Research use only.
    """
    from pipeline.export import export, gather
    from pipeline.export.gather import export_key

    settings = load_settings(None)
    if db is not None:
        settings = settings.model_copy(update={"database": db})
    engine = open_database(settings.database, create=False)
    try:
        key = None if true_dates else export_key(settings.data_path)
        take = gather(Store(engine), recording, key)
        audit.note(
            engine,
            "exported",
            f"recording/{recording}",
            who=at_the_terminal().name,
            detail={"format": format_name, "true_dates": true_dates},
        )
        export(take, format_name, out)
    finally:
        engine.dispose()
    typer.echo(f"{out}: {len(take.times_s)} frames of {take.subject}")
