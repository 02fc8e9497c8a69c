"""``cotside annotate``: what to label next, and labels in and out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.commands.opening import Address, AsJson, ConfigFile, at_the_terminal
from db.lifecycle import open_database
from db.store import Store
from pipeline.settings import Settings, load_settings

commands = typer.Typer(no_args_is_help=True, help="Label pictures: what next, in and out.")


@commands.callback()
def _group() -> None:
    pass


@commands.command("queue")
def queue_command(
    recording: Annotated[
        list[int] | None, typer.Option(help="Add pictures of this recording; may repeat.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="Pictures a recording at most.")] = 20,
    db: Address = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """List the pictures to be labelled with their reasons; with --recording, add to them first.

    Chosen are frames of which the model is unsure, that jump, lie off their smoothed path or swap
    sides, of kinds that few labels show, and never two that are alike. Research use only.
    """
    from app.queueing import add_to_queue

    settings = _settings(db, config)
    engine = open_database(settings.database, create=False)
    try:
        lines = [
            add_to_queue(engine, settings.data_path, one, count, at_the_terminal())
            for one in recording or ()
        ]
        frames = Store(engine).annotation_frames("", "queued")
    finally:
        engine.dispose()
    if as_json:
        rows = [
            {"id": one.id, "source": one.source, "time_us": one.time_us, "priority": one.priority}
            | {"reasons": one.reasons, "strata": one.strata}
            for one in frames
        ]
        typer.echo(json.dumps(rows))
        return
    table = Table("picture", "of", "why")
    for one in frames:
        table.add_row(str(one.id), one.source, "; ".join(map(str, one.reasons.values())))
    Console().print(table)
    for line in lines:
        typer.echo(line)
    typer.echo(f"{len(frames)} pictures to be labelled")


@commands.command("import")
def import_command(
    labels: Annotated[Path, typer.Argument(help="The file (YOLO: the folder) of labels.")],
    images: Annotated[Path, typer.Option(help="The folder of the pictures.")],
    format_name: Annotated[
        str,
        typer.Option("--format", help="coco, csv, cvat, deeplabcut, label-studio, sleap or yolo."),
    ] = "coco",
    annotator: Annotated[str, typer.Option(help="Whose labels they are.")] = "import",
    db: Address = None,
    config: ConfigFile = None,
) -> None:
    """Keep pictures with the labels that another tool made; nothing is kept of a faulty file."""
    from app.labels import Import, import_labels

    settings = _settings(db, config)
    engine = open_database(settings.database)
    try:
        wanted = Import(labels, format_name, images, annotator)
        count = import_labels(engine, settings.data_path, wanted, at_the_terminal())
    finally:
        engine.dispose()
    typer.echo(f"{labels}: {count} pictures with labels of {annotator}")


@commands.command("export")
def export_command(
    out: Annotated[Path, typer.Option(help="The folder to make.")],
    format_name: Annotated[
        str,
        typer.Option("--format", help="coco, csv, cvat, deeplabcut, label-studio, sleap or yolo."),
    ] = "coco",
    annotator: Annotated[
        str | None, typer.Option(help="Whose labels. Default: what all annotators agree on.")
    ] = None,
    db: Address = None,
    config: ConfigFile = None,
) -> None:
    """Write finished pictures and labels as a folder; as COCO it is a dataset for training.

    Pictures leave the house with it: they show infants. The audit trail notes it.
    """
    from app.labels import export_labels

    settings = _settings(db, config)
    engine = open_database(settings.database, create=False)
    try:
        count = export_labels(
            engine, settings.data_path, format_name, out, annotator, at_the_terminal()
        )
    finally:
        engine.dispose()
    typer.echo(f"{out}: {count} pictures with labels")


def _settings(db: str | None, config: Path | None) -> Settings:
    settings = load_settings(config)
    return settings if db is None else settings.model_copy(update={"database": db})
