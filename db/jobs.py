"""Jobs: asked for by pages, worked on by one process, seen by everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Engine, select

from db.engine import reading, writing
from db.job_schema import ExportJob, JobRow, ReviewJob, TrainingJob
from db.times import now_us
from db.topic import Topic, required

UNFINISHED = ("failed", "cancelled", "interrupted")
Job = TypeVar("Job", bound=JobRow)


class JobBook(Generic[Job]):
    """The jobs of one kind; each change of state happens once, whoever else asks for it."""

    def __init__(self, engine: Engine, kind: type[Job]) -> None:
        self._engine, self._kind = engine, kind

    def add(self, job: Job) -> int:
        """Store a job that waits; return its id."""
        with writing(self._engine) as session:
            session.add(job)
            session.flush()
            return job.id

    def get(self, job_id: int) -> Job:
        """Return one job; raise ``NotFound``."""
        with reading(self._engine) as session:
            return required(session, self._kind, job_id)

    def all(self, limit: int | None = None) -> Sequence[Job]:
        """Return the jobs, newest first."""
        query = select(self._kind).order_by(self._kind.id.desc()).limit(limit)
        with reading(self._engine) as session:
            return session.scalars(query).all()

    def waiting(self) -> list[int]:
        """Return the ids of the jobs that wait, oldest first."""
        kind = self._kind
        query = select(kind.id).where(kind.state == "waiting").order_by(kind.id)
        with reading(self._engine) as session:
            return list(session.scalars(query))

    def begin(self, job_id: int) -> Job | None:
        """Take up a job that waits; None when it does not wait (any more)."""
        with writing(self._engine) as session:
            job = required(session, self._kind, job_id)
            if job.state != "waiting":
                return None
            job.state, job.line, job.cancel_asked = "running", "", False
            job.started_us, job.ended_us = now_us(), None
            return job

    def note(self, job_id: int, progress: dict[str, Any]) -> bool:
        """Note how far a job has come; tell whether it is still wanted."""
        with writing(self._engine) as session:
            job = required(session, self._kind, job_id)
            job.progress = progress
            return not job.cancel_asked

    def end(self, job_id: int, state: str, line: str) -> None:
        """Note how a job ended, in one line where there is something to say."""
        with writing(self._engine) as session:
            job = required(session, self._kind, job_id)
            job.state, job.line, job.ended_us = state, line[:1000], now_us()

    def cancel(self, job_id: int) -> bool:
        """Ask a job to stop; tell whether there was anything to stop."""
        with writing(self._engine) as session:
            job = required(session, self._kind, job_id)
            if job.state == "waiting":
                job.state, job.ended_us = "cancelled", now_us()
            elif job.state == "running":
                job.cancel_asked = True
            else:
                return False
            return True

    def renew(self, job_id: int) -> bool:
        """Let a job that did not come to its end wait again; tell whether it was one."""
        with writing(self._engine) as session:
            job = required(session, self._kind, job_id)
            if job.state not in UNFINISHED:
                return False
            job.state, job.line, job.ended_us = "waiting", "", None
            return True

    def interrupt(self) -> list[int]:
        """Mark what a dead process was at; to be called only where no process works on jobs."""
        query = select(self._kind).where(self._kind.state == "running")
        with reading(self._engine) as session:
            if session.scalars(query.limit(1)).first() is None:
                return []
        with writing(self._engine) as session:
            left = session.scalars(query).all()
            for job in left:
                job.state, job.ended_us = "interrupted", now_us()
                job.line = "The process that worked on it ended. What is done is kept."
            return [job.id for job in left]


class Jobs(Topic):
    """The books of all kinds of jobs."""

    @property
    def review_jobs(self) -> JobBook[ReviewJob]:
        """Return the book of reviews."""
        return JobBook(self._engine, ReviewJob)

    @property
    def training_jobs(self) -> JobBook[TrainingJob]:
        """Return the book of retrainings."""
        return JobBook(self._engine, TrainingJob)

    @property
    def export_jobs(self) -> JobBook[ExportJob]:
        """Return the book of exports of films."""
        return JobBook(self._engine, ExportJob)

    @property
    def job_books(self) -> tuple[JobBook[ReviewJob], JobBook[TrainingJob], JobBook[ExportJob]]:
        """Return all books."""
        return self.review_jobs, self.training_jobs, self.export_jobs

    def exports_of(self, recording_id: int, limit: int) -> Sequence[ExportJob]:
        """Return the exports of a recording, newest first."""
        query = select(ExportJob).where(ExportJob.recording_id == recording_id)
        with reading(self._engine) as session:
            return session.scalars(query.order_by(ExportJob.id.desc()).limit(limit)).all()
