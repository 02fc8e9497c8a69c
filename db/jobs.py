"""Review jobs: asked for by pages, worked on by one process, seen by everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from db.engine import reading, writing
from db.job_schema import ReviewJob
from db.times import now_us
from db.topic import Topic, required

UNFINISHED = ("failed", "cancelled", "interrupted")


class ReviewJobs(Topic):
    """Reads and notes review jobs; each change of state happens once, whoever else asks for it."""

    def add_review_job(self, job: ReviewJob) -> int:
        """Store a job that waits; return its id."""
        with writing(self._engine) as session:
            session.add(job)
            session.flush()
            return job.id

    def review_job(self, job_id: int) -> ReviewJob:
        """Return one job; raise ``NotFound``."""
        with reading(self._engine) as session:
            return required(session, ReviewJob, job_id)

    def review_jobs(self, limit: int | None = None) -> Sequence[ReviewJob]:
        """Return the jobs, newest first."""
        query = select(ReviewJob).order_by(ReviewJob.id.desc()).limit(limit)
        with reading(self._engine) as session:
            return session.scalars(query).all()

    def waiting_review_jobs(self) -> list[int]:
        """Return the ids of the jobs that wait, oldest first."""
        query = select(ReviewJob.id).where(ReviewJob.state == "waiting").order_by(ReviewJob.id)
        with reading(self._engine) as session:
            return list(session.scalars(query))

    def begin_review_job(self, job_id: int) -> ReviewJob | None:
        """Take up a job that waits; None when it does not wait (any more)."""
        with writing(self._engine) as session:
            job = required(session, ReviewJob, job_id)
            if job.state != "waiting":
                return None
            job.state, job.line, job.cancel_asked = "running", "", False
            job.started_us, job.ended_us = now_us(), None
            return job

    def note_review_job(self, job_id: int, progress: dict[str, Any]) -> bool:
        """Note how far a job has come; tell whether it is still wanted."""
        with writing(self._engine) as session:
            job = required(session, ReviewJob, job_id)
            job.progress = progress
            return not job.cancel_asked

    def end_review_job(self, job_id: int, state: str, line: str) -> None:
        """Note how a job ended, in one line where there is something to say."""
        with writing(self._engine) as session:
            job = required(session, ReviewJob, job_id)
            job.state, job.line, job.ended_us = state, line[:1000], now_us()

    def cancel_review_job(self, job_id: int) -> bool:
        """Ask a job to stop; tell whether there was anything to stop."""
        with writing(self._engine) as session:
            job = required(session, ReviewJob, job_id)
            if job.state == "waiting":
                job.state, job.ended_us = "cancelled", now_us()
            elif job.state == "running":
                job.cancel_asked = True
            else:
                return False
            return True

    def renew_review_job(self, job_id: int) -> bool:
        """Let a job that did not come to its end wait again; tell whether it was one."""
        with writing(self._engine) as session:
            job = required(session, ReviewJob, job_id)
            if job.state not in UNFINISHED:
                return False
            job.state, job.line, job.ended_us = "waiting", "", None
            return True

    def interrupt_review_jobs(self) -> list[int]:
        """Mark what a dead process was at; to be called only where no process works on jobs."""
        query = select(ReviewJob).where(ReviewJob.state == "running")
        with reading(self._engine) as session:
            if session.scalars(query.limit(1)).first() is None:
                return []
        with writing(self._engine) as session:
            left = session.scalars(query).all()
            for job in left:
                job.state, job.ended_us = "interrupted", now_us()
                job.line = "The process that worked on it ended. What is done is kept."
            return [job.id for job in left]
