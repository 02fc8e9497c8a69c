"""``cotside review``: recordings in; keypoints, overlay videos, tables and an index out."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from pipeline.settings import load_settings

if TYPE_CHECKING:
    from pipeline.review.film import Outcome

_NAME_COLUMNS = 32


def review(  # noqa: PLR0913 - the options of a command line
    videos: Annotated[list[Path], typer.Argument(help="Video files, or folders of them.")],
    out: Annotated[Path, typer.Option(help="The folder of the results; new or empty.")],
    model: Annotated[
        Path | None,
        typer.Option(help="Model folder.", show_default="the bundled one"),
    ] = None,
    overlay: Annotated[bool, typer.Option(help="Make overlay videos.")] = True,
    blur_faces: Annotated[
        bool, typer.Option("--blur-faces", help="Blur the faces in overlays and thumbnails.")
    ] = False,
    smoother: Annotated[
        str, typer.Option(help="Of the poses drawn: butterworth, rts or transformer.")
    ] = "butterworth",
    resume: Annotated[bool, typer.Option("--resume", help="Go on where it was stopped.")] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes.", show_default="one a core")
    ] = None,
    db: Annotated[
        str | None, typer.Option("--db", help="A file or a URL. Default: the one of the settings.")
    ] = None,
) -> None:
    """Find the infant in every frame of recordings, and sum up how it moved.

    Interrupted or killed, it goes on with --resume: nothing is lost, nothing is there twice.
    Exits with 1 when any video did not come out whole; the index says why.
    """
    from app.views.review_index import INDEX_FILE, index_html
    from pipeline.review.finding import find_videos
    from pipeline.review.lead import Request, Review, unfinished
    from pipeline.review.tools import Setup
    from pipeline.review.whole import write_whole
    from pipeline.smoothing import offline_smoother

    offline_smoother(smoother)
    settings = load_settings(None)
    request = Request(
        videos=tuple(find_videos(videos)),
        out=out.absolute(),
        database=db or settings.database,
        setup=Setup(model, settings.model.provider),
        workers=workers or len(os.sched_getaffinity(0)),
        overlay=overlay,
        blur_faces=blur_faces,
        resume=resume,
        smoother=smoother,
    )
    console = Console(stderr=True)
    try:
        with _interruptible(), _Bars(console, len(request.videos)) as bars:
            outcomes = Review(request, bars).run()
    except KeyboardInterrupt:
        console.print("Stopped. What is done is kept; the same command with --resume goes on.")
        raise typer.Exit(1) from None
    write_whole(request.out / INDEX_FILE, index_html(request.out, outcomes))
    typer.echo(f"{len(outcomes)} videos in {request.out / INDEX_FILE}")
    if unfinished(outcomes):
        raise typer.Exit(1)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM end a review as Ctrl-C does: in order."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Bars:
    """A bar for each video under way and one for all; lines instead where nobody watches."""

    def __init__(self, console: Console, n_videos: int) -> None:
        self._console, self._n_videos = console, n_videos
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("frames"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._all = self._progress.add_task(self._all_words(0), total=None)
        self._bars: dict[int, TaskID] = {}
        self._expected: dict[int, int] = {}
        self._done: dict[int, int] = {}
        self._n_settled = 0

    def __enter__(self) -> _Bars:
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def planned(self, number: int, name: str, n_frames: int) -> None:
        """Count a file's frames among all."""
        self._expected[number] = n_frames
        self._bars[number] = self._progress.add_task(
            escape(_shortened(name)), total=n_frames, visible=False
        )
        self._progress.update(self._all, total=sum(self._expected.values()))

    def advanced(self, number: int, n_done: int) -> None:
        """Move a file's bar and the one of all."""
        self._done[number] = n_done
        self._progress.update(self._bars[number], completed=n_done, visible=True)
        self._progress.update(self._all, completed=sum(self._done.values()))

    def settled(self, number: int, outcome: Outcome) -> None:
        """Take a file's bar away and say what came of it."""
        self._n_settled += 1
        if number in self._bars:
            self._progress.update(self._bars[number], visible=False)
            self._done[number] = self._expected[number]
        self._progress.update(
            self._all,
            description=self._all_words(self._n_settled),
            completed=sum(self._done.values()),
        )
        line = f": {outcome.line}" if outcome.line and outcome.verdict == "failed" else ""
        told = outcome.line if outcome.verdict == "incomplete" else f"{outcome.verdict}{line}"
        self._console.print(
            f"{escape(outcome.name)}: {escape(told)}", highlight=False, soft_wrap=True
        )

    def tick(self) -> None:
        """Go on; Ctrl-C comes as a signal."""

    def _all_words(self, n_settled: int) -> str:
        return f"all: {n_settled} of {self._n_videos} videos"


def _shortened(name: str) -> str:
    return name if len(name) <= _NAME_COLUMNS else f"{name[: _NAME_COLUMNS - 1]}…"
