"""The queues: which job is next. Held by huey in a file of its own beside the database.

Reviews and retrainings wait apart: a retraining takes an hour, and a review shall not wait for it.
"""

from __future__ import annotations

from pathlib import Path

from huey import SqliteHuey

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
        self._review = self.reviews.task()(run_review)
        self._training = self.trainings.task()(run_training)

    def put_review(self, database: str, job_id: int) -> None:
        """Let a review wait for its turn."""
        self._review(database, job_id)

    def put_training(self, database: str, job_id: int) -> None:
        """Let a retraining wait for its turn."""
        self._training(database, job_id)

    def make_anew(self, database: str, store: Store) -> None:
        """Put in what waits by the database, and nothing else."""
        self.reviews.flush()
        self.trainings.flush()
        for job_id in store.review_jobs.waiting():
            self.put_review(database, job_id)
        for job_id in store.training_jobs.waiting():
            self.put_training(database, job_id)

    def is_empty(self) -> bool:
        """Tell whether nothing waits."""
        return not (self.reviews.pending_count() or self.trainings.pending_count())

    def close(self) -> None:
        """Let go of the file."""
        self.reviews.storage.close()
        self.trainings.storage.close()
