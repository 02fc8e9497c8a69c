"""The table of review jobs: what was asked for from the dashboard, and how far it came."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema import Base
from db.times import now_us
from db.types import TimeUs

JOB_STATES = ("waiting", "running", "finished", "failed", "cancelled", "interrupted")


class ReviewJob(Base):
    """Videos that somebody asked to be reviewed, as one piece of work.

    ``request``: {videos: [{path, name}], model, overlay, blur_faces}. ``out``: the folder of the
    results, absolute. ``progress``: {files: [{name, n_frames, n_done, verdict, line, recording}],
    done_before}: ``done_before`` frames were there when it was last begun. ``cancel_asked``: the
    process that works on it stops at the next look.
    """

    __tablename__ = "review_jobs"
    __table_args__ = (CheckConstraint(f"state IN ({', '.join(map(repr, JOB_STATES))})", "state"),)

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
