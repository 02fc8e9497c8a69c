"""``cotside review``: recordings in; keypoints, overlay videos, tables and an index out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from app.commands.options import taking
from app.commands.review_bars import Bars
from app.commands.stopping import orderly_stop
from pipeline.settings import load_settings

if TYPE_CHECKING:
    from pipeline.review.film import Outcome
    from pipeline.review.lead import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOptions:
    """What was asked for."""

    videos: Annotated[list[Path], typer.Argument(help="Video files, or folders of them.")]
    out: Annotated[Path, typer.Option(help="The folder of the results; new or empty.")]
    model: Annotated[
        Path | None, typer.Option(help="Model folder.", show_default="the bundled one")
    ] = None
    overlay: Annotated[bool, typer.Option(help="Make overlay videos.")] = True
    blur_faces: Annotated[
        bool, typer.Option("--blur-faces", help="Blur the faces in overlays and thumbnails.")
    ] = False
    smoother: Annotated[
        str,
        typer.Option(
            help="Of the poses drawn and tabled: butterworth, rts or transformer. Measures of "
            "movement are made with butterworth."
        ),
    ] = "butterworth"
    resume: Annotated[bool, typer.Option("--resume", help="Go on where it was stopped.")] = False
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="How many work at once.", show_default="one a core"),
    ] = None
    engine: Annotated[
        Literal["local", "ray"],
        typer.Option(help="Processes of this machine, or a Ray cluster (then --db a PostgreSQL)."),
    ] = "local"
    cluster: Annotated[
        str | None,
        typer.Option(
            help="HOST:PORT of the Ray cluster; every machine sees videos and results by the same "
            "paths.",
            show_default="one begun on this machine",
        ),
    ] = None
    db: Annotated[
        str | None, typer.Option("--db", help="A file or a URL. Default: the one of the settings.")
    ] = None


@taking(ReviewOptions)
def review(asked: ReviewOptions) -> None:
    """Find the infant in every frame of recordings, and sum up how it moved.

    Interrupted or killed, it goes on with --resume: nothing is lost, nothing is there twice.
    Exits with 1 when any video did not come out whole; the index says why.
    """
    from pipeline.review.lead import unfinished

    request = _request(asked)
    outcomes = _worked(request)
    typer.echo(f"{len(outcomes)} videos in {_write_index(request, outcomes)}")
    if unfinished(outcomes):
        raise typer.Exit(1)


def _request(asked: ReviewOptions) -> Request:
    from pipeline.review.finding import find_videos
    from pipeline.review.lead import Request
    from pipeline.review.tools import Setup
    from pipeline.smoothing import offline_smoother

    offline_smoother(asked.smoother)  # a name that is none is told before anything else
    settings = load_settings(None)
    return Request(
        videos=tuple(find_videos(asked.videos)),
        out=asked.out.absolute(),
        database=asked.db or settings.database,
        setup=Setup(asked.model, settings.model.provider),
        workers=asked.workers,
        engine=asked.engine,
        cluster=asked.cluster,
        overlay=asked.overlay,
        blur_faces=asked.blur_faces,
        resume=asked.resume,
        smoother=asked.smoother,
    )


def _worked(request: Request) -> list[Outcome]:
    from pipeline.review.lead import Review

    console = Console(stderr=True)
    try:
        with orderly_stop() as stop, Bars(console, len(request.videos), stop) as bars:
            return Review(request, bars).run()
    except KeyboardInterrupt:
        console.print("Stopped. What is done is kept; the same command with --resume goes on.")
        raise typer.Exit(1) from None


def _write_index(request: Request, outcomes: Sequence[Outcome]) -> Path:
    from app.views.review_index import index_html
    from db.folders import INDEX_FILE
    from pipeline.review.whole import write_whole

    index = request.out / INDEX_FILE
    write_whole(index, index_html(request.out, outcomes))
    return index
