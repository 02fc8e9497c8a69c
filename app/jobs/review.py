"""One review job: the same review as on the command line, its progress told to the database."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.jobs.running import Bench, Stopping, run_job, say
from app.review_report import write_report
from db.audit import Actor
from db.job_schema import ReviewJob
from db.store import Store
from pipeline.review.lead import Request, Review, unfinished
from pipeline.review.ledger import Whose
from pipeline.review.tools import Setup

if TYPE_CHECKING:
    from pipeline.review.film import Outcome

_TOLD_EVERY_S = 1.0


@dataclass(slots=True)
class FileProgress:
    """How far one video has come.

    ``recording`` and ``folder`` (of its results, under the job's) are known at its end.
    """

    name: str
    n_frames: int = 0
    n_done: int = 0
    verdict: str = ""
    line: str = ""
    recording: int | None = None
    folder: str = ""


def run_review(database: str, job_id: int) -> None:
    """Work on a review until it is done, cancelled, or the process is to end."""
    run_job(database, job_id, lambda store: store.review_jobs, _review)


def _review(bench: Bench, job: ReviewJob) -> str:
    watcher = JobWatcher(bench.store, job)
    outcomes = Review(request_of(job, bench.database), watcher).run()
    write_report(bench.store, Path(job.out), outcomes)
    watcher.tell()
    left = len(unfinished(outcomes))
    return f"{left} of {len(outcomes)} did not come out whole." if left else ""


def request_of(job: ReviewJob, database: str) -> Request:
    """Return a job's request as the review takes it; one that was begun goes on."""
    asked = job.request
    videos = {Path(one["path"]): one["name"] for one in asked["videos"]}
    out = Path(job.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    return Request(
        videos=tuple(videos),
        out=out,
        database=database,
        setup=Setup(Path(asked["model"]) if asked["model"] else None, asked["provider"]),
        overlay=asked["overlay"],
        blur_faces=asked["blur_faces"],
        smoother=asked.get("smoother", "butterworth"),
        whose=_whose(job),
        resume=True,
        names=videos,
    )


def _whose(job: ReviewJob) -> Whose | None:
    infant_id = job.request.get("infant")
    return None if infant_id is None else Whose(infant_id, Actor(job.by, job.request["role"]))


class JobWatcher:
    """Tells the database and the log how a job comes along; stops it when it is not wanted."""

    def __init__(self, store: Store, job: ReviewJob) -> None:
        self._store, self._job = store, job
        self._files = [FileProgress(one["name"]) for one in job.request["videos"]]
        self._first: dict[int, int] = {}
        self._told_s = 0.0

    def planned(self, number: int, name: str, n_frames: int) -> None:
        """Note how long a file is."""
        self._files[number].n_frames = n_frames

    def advanced(self, number: int, n_done: int) -> None:
        """Note how far a file has come."""
        self._first.setdefault(number, n_done)
        self._files[number].n_done = n_done

    def settled(self, number: int, outcome: Outcome) -> None:
        """Note what came of a file."""
        file = self._files[number]
        file.verdict, file.line = outcome.verdict, outcome.line
        if outcome.verdict != "failed":
            self._first.setdefault(number, file.n_frames)
            file.n_done = file.n_frames
        file.recording = (outcome.summary or {}).get("recording")
        file.folder = outcome.folder
        say(self._job, f"{outcome.name}: {outcome.line or outcome.verdict}")

    def tick(self) -> None:
        """Tell the database once a second; raise ``KeyboardInterrupt`` when it is to stop."""
        if time.monotonic() - self._told_s < _TOLD_EVERY_S:
            return
        if not self.tell() or Stopping.event.is_set():
            raise KeyboardInterrupt

    def tell(self) -> bool:
        """Tell the database; tell back whether the job is still wanted."""
        self._told_s = time.monotonic()
        progress: dict[str, Any] = {
            "files": [asdict(file) for file in self._files],
            "done_before": sum(self._first.values()),
        }
        return self._store.review_jobs.note(self._job.id, progress)
