"""``cotside review``: recordings in; keypoints, overlay videos, tables and an index out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape

from app.commands.opening import at_the_terminal, opened
from app.commands.options import taking
from app.commands.review_bars import Bars
from app.commands.stopping import orderly_stop
from pipeline.errors import ReviewError
from pipeline.settings import Settings, load_settings

if TYPE_CHECKING:
    from pipeline.review.film import Outcome
    from pipeline.review.lead import Request
    from pipeline.review.ledger import Whose


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOptions:
    """What was asked for."""

    videos: Annotated[list[Path], typer.Argument(help="Video files, or folders of them.")]
    out: Annotated[Path, typer.Option(help="The folder of the results; new or empty.")]
    model: Annotated[
        Path | None,
        typer.Option(
            help="Model folder.",
            show_default="the one in use in the database; with --resume the one it began with",
        ),
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
    infant: Annotated[
        str | None,
        typer.Option(help="Whose films: a pseudonym.", show_default="not told"),
    ] = None
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

    It works with the model in use in the database that it writes to (`cotside models list`), the
    bundled one where none was promoted there. The index says which it was, and lists what was
    reviewed of the same videos before.

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
    if asked.db is not None:  # its folder holds its models
        settings = settings.model_copy(update={"database": asked.db})
    return Request(
        videos=tuple(find_videos(asked.videos)),
        out=asked.out.absolute(),
        database=settings.database,
        setup=Setup(_model_folder(asked, settings), settings.model.provider),
        workers=asked.workers,
        engine=asked.engine,
        cluster=asked.cluster,
        overlay=asked.overlay,
        blur_faces=asked.blur_faces,
        resume=asked.resume,
        smoother=asked.smoother,
        whose=None if asked.infant is None else _whose(asked.infant, settings),
    )


def _whose(pseudonym: str, settings: Settings) -> Whose:
    """Return whose films they are; raise ``ReviewError`` for an infant that is not known."""
    from db.store import Store
    from pipeline.review.ledger import Whose

    with opened(settings.database, None) as engine:
        for infant in Store(engine).infants():
            if infant.pseudonym == pseudonym:
                return Whose(infant.id, at_the_terminal())
    raise ReviewError(f"no infant {pseudonym!r} in the database; add it on the Infants page first")


def _model_folder(asked: ReviewOptions, settings: Settings) -> Path | None:
    """Return the model that was given, that the review began with, or in use; None: the bundled.

    Raises ``ReviewError`` for a review to go on with whose model is not known here.
    """
    from pipeline.models.registry import ModelRegistry
    from pipeline.models.session import BUNDLED_MODEL
    from pipeline.review.folder import begun_with

    if asked.model is not None:
        return asked.model
    registry = ModelRegistry.under(settings.data_path)
    begun = begun_with(asked.out) if asked.resume else None
    folder = registry.folder_for(settings.model) if begun is None else registry.folder_with(begun)
    if folder is None:
        raise ReviewError(
            f"{asked.out}: was begun with a model that is not among those of the database; "
            "give its folder with --model"
        )
    # Each machine of a cluster has the bundled one at a place of its own.
    return None if folder == BUNDLED_MODEL else folder


def _worked(request: Request) -> list[Outcome]:
    from pipeline.review.lead import Review

    console = Console(stderr=True)
    console.print(f"model: {escape(_model_words(request))}", highlight=False, soft_wrap=True)
    try:
        with orderly_stop() as stop, Bars(console, len(request.videos), stop) as bars:
            return Review(request, bars).run()
    except KeyboardInterrupt:
        console.print("Stopped. What is done is kept; the same command with --resume goes on.")
        raise typer.Exit(1) from None


def _model_words(request: Request) -> str:
    from pipeline.models.manifest import read_manifest
    from pipeline.models.session import BUNDLED_MODEL

    manifest = read_manifest(request.setup.model or BUNDLED_MODEL)
    return f"{manifest.name} {manifest.version}"


def _write_index(request: Request, outcomes: Sequence[Outcome]) -> Path:
    from app.review_report import write_report
    from db.lifecycle import open_read_only
    from db.store import Store

    engine = open_read_only(request.database)
    try:
        return write_report(Store(engine), request.out, outcomes)
    finally:
        engine.dispose()
