"""``cotside keypoints``: what is stored, for others to analyse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from app.commands.opening import at_the_terminal
from app.commands.progress import progress
from app.commands.stopping import orderly_stop
from db import audit
from db.folders import VIDEOS
from db.lifecycle import open_database
from db.store import Store
from pipeline.errors import SettingsError
from pipeline.settings import load_settings

commands = typer.Typer(no_args_is_help=True, help="Take stored keypoints out.")

_VIDEO = "video"


@commands.callback()
def _group() -> None:
    pass


@commands.command("export")
def export_command(
    recording: Annotated[int, typer.Option(help="The number of the recording.")],
    out: Annotated[Path, typer.Option(help="The file to write; must not exist.")],
    format_name: Annotated[
        str,
        typer.Option("--format", help="parquet, csv, coco, dlc, slp, nwb or netcdf; or video."),
    ] = "parquet",
    true_dates: Annotated[
        bool, typer.Option("--true-dates", help="Do not shift the date of the recording.")
    ] = False,
    skeleton: Annotated[
        bool, typer.Option("--skeleton/--no-skeleton", help="Draw the pose into a video.")
    ] = False,
    db: Annotated[
        str | None, typer.Option("--db", help="A file or a URL. Default: the one of the settings.")
    ] = None,
) -> None:
    """Write a recording's keypoints: a pseudonym, a shifted date, no picture, no name.

    Only `--format video` holds pictures (MP4, H.264): the face blurred, all of the picture where
    no head is known or somebody handles the infant; no sound, no date, no tag. Other things in the
    picture stay as they are, a name card too: look at it before it leaves the house.

    The audit trail notes it. slp, nwb and netcdf need the group `science`. Research use only.
    """
    if skeleton and format_name != _VIDEO:
        raise SettingsError("--skeleton draws into a video: give --format video with it")
    settings = load_settings(None)
    if db is not None:  # its folder holds the kept video, and the key for shifting dates
        settings = settings.model_copy(update={"database": db})
    engine = open_database(settings.database, create=False)
    try:
        if format_name == _VIDEO:
            said = _export_video(engine, settings.data_path, recording, out, skeleton)
        else:
            data_path = None if true_dates else settings.data_path
            said = _export_keypoints(engine, data_path, recording, out, format_name)
    finally:
        engine.dispose()
    typer.echo(f"{out}: {said}")


def _export_keypoints(
    engine: Engine, data_path: Path | None, recording: int, out: Path, format_name: str
) -> str:
    """Write keypoints; ``data_path``: where the key for shifting dates lies, None: true dates."""
    from pipeline.export import export, gather
    from pipeline.export.gather import export_key

    take = gather(Store(engine), recording, None if data_path is None else export_key(data_path))
    _note(engine, recording, format=format_name, true_dates=data_path is None)
    export(take, format_name, out)
    return f"{len(take.times_s)} frames of {take.subject}"


def _export_video(
    engine: Engine, data_path: Path, recording: int, out: Path, skeleton: bool
) -> str:
    from pipeline.export.gather import subject_of
    from pipeline.export.video import VideoExport

    export = VideoExport(Store(engine), recording, data_path / VIDEOS, out)
    _note(engine, recording, format=_VIDEO, skeleton=skeleton, faces="blurred")
    try:
        with orderly_stop() as stop, progress("seconds of video") as advance:

            def tell(done_s: int, all_s: int) -> None:
                stop.check()
                advance(done_s, all_s)

            made = export.write(skeleton=skeleton, tell=tell)
    except KeyboardInterrupt:
        typer.echo("Stopped. Nothing was written.", err=True)
        raise typer.Exit(1) from None
    subject = subject_of(Store(engine), Store(engine).recording(recording))
    return (
        f"{made.n_pictures} pictures of {subject}, {made.n_blurred_whole} of them blurred all over"
    )


def _note(engine: Engine, recording: int, **detail: Any) -> None:
    who = at_the_terminal().name
    audit.note(engine, "exported", f"recording/{recording}", who=who, detail=detail)
