"""The tables of jobs: what was asked for from the dashboard, and how far it came."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema import Base
from db.times import now_us
from db.types import TimeUs

JOB_STATES = ("waiting", "running", "finished", "failed", "cancelled", "interrupted")


def _states() -> tuple[CheckConstraint]:
    """Return the constraint anew: each table needs one of its own."""
    return (CheckConstraint(f"state IN ({', '.join(map(repr, JOB_STATES))})", "state"),)


class JobRow(Base):
    """What every kind of job has.

    ``out``: the folder of the results, absolute. ``request``, ``progress``: as the kind says.
    ``cancel_asked``: the process that works on it stops at the next look.
    """

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    by: Mapped[str] = mapped_column(String(120))
    created_us: Mapped[int] = mapped_column(TimeUs, default=now_us)
    started_us: Mapped[int | None] = mapped_column(TimeUs)
    ended_us: Mapped[int | None] = mapped_column(TimeUs)
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    line: Mapped[str] = mapped_column(String(1000), default="")
    out: Mapped[str] = mapped_column(String(4096))
    request: Mapped[dict[str, Any]]
    progress: Mapped[dict[str, Any] | None]


class ReviewJob(JobRow):
    """Videos that somebody asked to be reviewed, as one piece of work.

    ``request``: {videos: [{path, name}], model, overlay, blur_faces, smoother, infant, role}:
    ``infant``: whose films they are (or None); ``role``: of ``by``. ``progress``: {files: [{name,
    n_frames, n_done, verdict, line, recording}], done_before}: ``done_before`` frames were there
    when it was last begun.
    """

    __tablename__ = "review_jobs"
    __table_args__ = _states()


class TrainingJob(JobRow):
    """A retraining from the model in use on what people corrected.

    ``request``: {data, dataset, parent, model, model_id, minutes, rendered, old, version}:
    ``dataset`` names the version of the labels that it makes below the data folder's ``datasets``,
    ``parent`` the one before (or None). ``progress``: {stages: [{name, share, line}], left_s,
    pictures, infants, model}: ``model`` is the candidate's id in the registry once it is there.
    """

    __tablename__ = "training_jobs"
    __table_args__ = _states()


class ExportJob(JobRow):
    """A film without faces that somebody asked for.

    ``request``: {skeleton, videos}: ``videos`` is the folder of kept video. ``progress``: {done_s,
    all_s}.
    """

    __tablename__ = "export_jobs"
    __table_args__ = _states()

    recording_id: Mapped[int] = mapped_column(ForeignKey("recordings.id"), index=True)
