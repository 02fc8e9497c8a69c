"""The queue: which job is next. Held by huey in a file of its own beside the database."""

from __future__ import annotations

from pathlib import Path

from huey import SqliteHuey

from app.jobs.review import run_review

QUEUE_FILE = "cotside-jobs.sqlite"


class Queue:
    """The queue of one installation."""

    def __init__(self, data_path: Path) -> None:
        data_path.mkdir(parents=True, exist_ok=True)
        # What is done is said by the database: results are not kept here.
        self.huey = SqliteHuey("cotside", filename=str(data_path / QUEUE_FILE), results=False)
        self._review = self.huey.task()(run_review)

    def put(self, database: str, job_id: int) -> None:
        """Let a job wait for its turn."""
        self._review(database, job_id)

    def make_anew(self, database: str, waiting: list[int]) -> None:
        """Put in what waits by the database, and nothing else."""
        self.huey.flush()
        for job_id in waiting:
            self.put(database, job_id)

    def is_empty(self) -> bool:
        """Tell whether nothing waits."""
        return int(self.huey.pending_count()) == 0

    def close(self) -> None:
        """Let go of the file."""
        self.huey.storage.close()
