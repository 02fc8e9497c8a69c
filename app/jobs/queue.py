"""The queues: which job is next. Held by huey in a file of its own beside the database.

Each kind waits apart: a retraining takes an hour, and a review or an export shall not wait for it.
"""

from __future__ import annotations

from pathlib import Path

from huey import SqliteHuey

from app.jobs.export import run_export
from app.jobs.review import run_review
from app.jobs.training import run_training
from db.store import Store

QUEUE_FILE = "cotside-jobs.sqlite"


class Queue:
    """The queues of one installation."""

    def __init__(self, data_path: Path) -> None:
        data_path.mkdir(parents=True, exist_ok=True)
        # What is done is said by the database: results are not kept here.
        path = str(data_path / QUEUE_FILE)
        self.reviews = SqliteHuey("cotside", filename=path, results=False)
        self.trainings = SqliteHuey("cotside-training", filename=path, results=False)
        self.exports = SqliteHuey("cotside-exports", filename=path, results=False)
        self._review = self.reviews.task()(run_review)
        self._training = self.trainings.task()(run_training)
        self._export = self.exports.task()(run_export)

    def put_review(self, database: str, job_id: int) -> None:
        """Let a review wait for its turn."""
        self._review(database, job_id)

    def put_training(self, database: str, job_id: int) -> None:
        """Let a retraining wait for its turn."""
        self._training(database, job_id)

    def put_export(self, database: str, job_id: int) -> None:
        """Let an export wait for its turn."""
        self._export(database, job_id)

    def make_anew(self, database: str, store: Store) -> None:
        """Put in what waits by the database, and nothing else."""
        for huey in self._all:
            huey.flush()
        for job_id in store.review_jobs.waiting():
            self.put_review(database, job_id)
        for job_id in store.training_jobs.waiting():
            self.put_training(database, job_id)
        for job_id in store.export_jobs.waiting():
            self.put_export(database, job_id)

    def is_empty(self) -> bool:
        """Tell whether nothing waits."""
        return not any(huey.pending_count() for huey in self._all)

    def close(self) -> None:
        """Let go of the file."""
        for huey in self._all:
            huey.storage.close()

    @property
    def _all(self) -> tuple[SqliteHuey, ...]:
        return self.reviews, self.trainings, self.exports
