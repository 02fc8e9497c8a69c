"""What a person sees of a review under way: bars where somebody watches, lines everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

from app.commands.stopping import Stop

if TYPE_CHECKING:
    from pipeline.review.film import Outcome

_NAME_COLUMNS = 32


class Bars:
    """A bar for each video under way and one for all; lines instead where nobody watches."""

    def __init__(self, console: Console, n_videos: int, stop: Stop) -> None:
        self._console, self._n_videos, self._stop = console, n_videos, stop
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

    def __enter__(self) -> Bars:
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
        """Go on, or raise ``KeyboardInterrupt`` where it was asked to stop."""
        self._stop.check()

    def _all_words(self, n_settled: int) -> str:
        return f"all: {n_settled} of {self._n_videos} videos"


def _shortened(name: str) -> str:
    return name if len(name) <= _NAME_COLUMNS else f"{name[: _NAME_COLUMNS - 1]}…"
