"""The tables of cots and of what is recorded there.

Every id is an integer, every time integer µs UTC, every length picture pixels. A change here goes
with a new file in ``db/migrations/versions``; a test holds the two together.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.times import now_us
from db.types import BigKey, Measure, TimeUs

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_STILL_THERE = text("removed_us IS NULL")


class Base(DeclarativeBase):
    """The root of the mapped tables."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar = {dict[str, Any]: JSON(none_as_null=True)}


class Cot(Base):
    """A place where an infant lies. Removed cots stay, so that their recordings keep a name.

    ``rectangle``: {x, y, width, height} as fractions of the picture, or None for all of it.
    """

    __tablename__ = "cots"
    __table_args__ = (
        Index(
            "uq_cots_name",
            "name",
            unique=True,
            sqlite_where=_STILL_THERE,
            postgresql_where=_STILL_THERE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(default=0)
    rectangle: Mapped[dict[str, Any] | None]
    keep_video: Mapped[bool] = mapped_column(default=False)
    created_us: Mapped[int] = mapped_column(TimeUs, default=now_us)
    removed_us: Mapped[int | None] = mapped_column(TimeUs)


class Camera(Base):
    """A camera above a cot. ``revision`` rises at each edit; a password is never kept here."""

    __tablename__ = "cameras"

    id: Mapped[int] = mapped_column(primary_key=True)
    cot_id: Mapped[int] = mapped_column(ForeignKey("cots.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    url: Mapped[str] = mapped_column(String(2000))
    username: Mapped[str | None] = mapped_column(String(200))
    password_env: Mapped[str | None] = mapped_column(String(200))
    expected_fps: Mapped[float | None]
    transport: Mapped[str] = mapped_column(String(8), default="tcp")
    loop: Mapped[bool] = mapped_column(default=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=1)
    removed_us: Mapped[int | None] = mapped_column(TimeUs)


class Infant(Base):
    """An infant, known by a pseudonym only.

    ``gestational_age_days``: at birth. ``pma_zero_day``: the day (counted from 1970-01-01) on which
    the postmenstrual age was 0, so that it can be told on any day.
    """

    __tablename__ = "infants"

    id: Mapped[int] = mapped_column(primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(80), unique=True)
    gestational_age_days: Mapped[int | None]
    pma_zero_day: Mapped[int | None]
    created_us: Mapped[int] = mapped_column(TimeUs, default=now_us)


class Stay(Base):
    """An infant in a cot over a span of time; ``to_us`` is None while it lasts."""

    __tablename__ = "stays"
    __table_args__ = (CheckConstraint("to_us IS NULL OR to_us >= from_us", "span"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    infant_id: Mapped[int] = mapped_column(ForeignKey("infants.id"), index=True)
    cot_id: Mapped[int] = mapped_column(ForeignKey("cots.id"), index=True)
    from_us: Mapped[int] = mapped_column(TimeUs)
    to_us: Mapped[int | None] = mapped_column(TimeUs)


class Recording(Base):
    """One unbroken run over one cot (live) or one file (review, without a cot).

    ``clean_end``: None while open, True after an orderly end, False when the process died.
    ``clock_suspect``: the wall clock was unset at the start or jumped during the run.
    """

    __tablename__ = "recordings"
    __table_args__ = (
        Index("ix_recordings_cot_id_started_us", "cot_id", "started_us"),
        CheckConstraint("source IN ('live', 'file')", "source"),
        CheckConstraint("source = 'file' OR cot_id IS NOT NULL", "live_has_cot"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cot_id: Mapped[int | None] = mapped_column(ForeignKey("cots.id"))
    camera_id: Mapped[int | None] = mapped_column(ForeignKey("cameras.id"))
    infant_id: Mapped[int | None] = mapped_column(ForeignKey("infants.id"), index=True)
    source: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(300))
    started_us: Mapped[int] = mapped_column(TimeUs, default=now_us)
    ended_us: Mapped[int | None] = mapped_column(TimeUs)
    clean_end: Mapped[bool | None]
    clock_suspect: Mapped[bool] = mapped_column(default=False)
    monitor_instance: Mapped[str | None] = mapped_column(String(64))


class ReviewedFile(Base):
    """The file that a recording of source 'file' comes from.

    ``run``: the review that read it; one run reads a path once. ``out``: the folder of its results,
    absolute (below the review's own folder where an older Cotside wrote it).
    ``verdict``: 'open' until it is 'done', 'incomplete' or 'failed'; ``line`` says why.
    """

    __tablename__ = "reviewed_files"
    __table_args__ = (UniqueConstraint("run", "path"),)

    recording_id: Mapped[int] = mapped_column(ForeignKey("recordings.id"), primary_key=True)
    run: Mapped[str] = mapped_column(String(36))
    path: Mapped[str] = mapped_column(String(4096))
    fingerprint: Mapped[str] = mapped_column(String(64))
    out: Mapped[str] = mapped_column(String(4096))
    n_expected: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(20), default="open")
    line: Mapped[str] = mapped_column(String(1000), default="")
    summary: Mapped[dict[str, Any] | None]


class Segment(Base):
    """A stretch of a recording with one picture size and no gap; no measure spans two.

    ``rectangle``: {x, y, width, height} of the cot in picture pixels, or None for all of it.
    ``reason``: why it began ('start', 'gap', 'resolution', 'restart', ...).
    """

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("recording_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    recording_id: Mapped[int] = mapped_column(ForeignKey("recordings.id"))
    number: Mapped[int]
    started_us: Mapped[int] = mapped_column(TimeUs, default=now_us)
    ended_us: Mapped[int | None] = mapped_column(TimeUs)
    width: Mapped[int]
    height: Mapped[int]
    fps: Mapped[float | None]
    rectangle: Mapped[dict[str, Any] | None]
    reason: Mapped[str] = mapped_column(String(40))


class Model(Base):
    """A pose model that made keypoints, known by the hash of its network."""

    __tablename__ = "models"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    version: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    skeleton: Mapped[str] = mapped_column(String(80))
    manifest: Mapped[dict[str, Any]]
    first_used_us: Mapped[int] = mapped_column(TimeUs, default=now_us)


class Chunk(Base):
    """Consecutive frames of one segment and one model, within one minute (see ``db.codec``).

    ``start_us`` and ``end_us`` are the times of the first and the last frame, both inside.
    """

    __tablename__ = "chunks"
    __table_args__ = (
        UniqueConstraint("segment_id", "start_us", "model_id"),
        # Frames are counted from this index alone: the rows lie among gigabytes of payload.
        Index("ix_chunks_segment_id_n_frames", "segment_id", "n_frames"),
        CheckConstraint("n_frames > 0 AND end_us >= start_us", "span"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"))
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    start_us: Mapped[int] = mapped_column(TimeUs)
    end_us: Mapped[int] = mapped_column(TimeUs)
    n_frames: Mapped[int]
    payload: Mapped[bytes] = mapped_column(LargeBinary)


class MinuteRollup(Base):
    """Movement of one minute of one recording; can be made anew from the chunks at any time.

    NaN (NULL) is not assessable throughout. ``quantity_of_motion_*``: trunk lengths per second,
    ``low`` and ``high`` the 95 % interval of the mean. ``limbs``: {limb: trunk lengths per second
    or null}. ``reasons``: {flag word: frames}. ``cutoff_hz``: of the filter. ``symmetry``: left
    minus right quantity of motion over their sum, -1..1. ``still_s``, ``small_s``, ``gross_s``:
    seconds in each activity state. ``bouts``: movements begun. ``longest_rest_s``: within the
    minute. ``posture``: supine, prone, left or right; ``head_side``: left, right or midline.
    ``handled_s``: seconds in other people's hands. ``covered``: {body part: seconds}.
    """

    __tablename__ = "minute_rollups"
    __table_args__ = ({"sqlite_with_rowid": False},)

    recording_id: Mapped[int] = mapped_column(ForeignKey("recordings.id"), primary_key=True)
    minute_us: Mapped[int] = mapped_column(TimeUs, primary_key=True)
    version: Mapped[int]
    frames_expected: Mapped[int]
    frames_seen: Mapped[int]
    frames_assessable: Mapped[int]
    coverage: Mapped[float] = mapped_column(Measure, nullable=True)
    quantity_of_motion_mean: Mapped[float] = mapped_column(Measure, nullable=True)
    quantity_of_motion_sd: Mapped[float] = mapped_column(Measure, nullable=True)
    quantity_of_motion_max: Mapped[float] = mapped_column(Measure, nullable=True)
    limbs: Mapped[dict[str, Any]]
    reasons: Mapped[dict[str, Any]]
    quantity_of_motion_low: Mapped[float] = mapped_column(Measure, nullable=True)
    quantity_of_motion_high: Mapped[float] = mapped_column(Measure, nullable=True)
    cutoff_hz: Mapped[float] = mapped_column(Measure, nullable=True)
    symmetry: Mapped[float] = mapped_column(Measure, nullable=True)
    still_s: Mapped[float] = mapped_column(Measure, nullable=True)
    small_s: Mapped[float] = mapped_column(Measure, nullable=True)
    gross_s: Mapped[float] = mapped_column(Measure, nullable=True)
    bouts: Mapped[float] = mapped_column(Measure, nullable=True)
    longest_rest_s: Mapped[float] = mapped_column(Measure, nullable=True)
    handled_s: Mapped[float] = mapped_column(Measure, nullable=True)
    posture: Mapped[str | None] = mapped_column(String(8))
    head_side: Mapped[str | None] = mapped_column(String(8))
    covered: Mapped[dict[str, Any] | None]


class Event(Base):
    """Something that happened: ``end_us`` is ``time_us`` for a moment, None while it lasts."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_cot_id_time_us", "cot_id", "time_us"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cot_id: Mapped[int | None] = mapped_column(ForeignKey("cots.id"))
    recording_id: Mapped[int | None] = mapped_column(ForeignKey("recordings.id"), index=True)
    time_us: Mapped[int] = mapped_column(TimeUs, index=True, default=now_us)
    end_us: Mapped[int | None] = mapped_column(TimeUs)
    kind: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(10), default="info")
    message: Mapped[str] = mapped_column(String(1000))
    detail: Mapped[dict[str, Any] | None]

    @classmethod
    def moment(
        cls, kind: str, message: str, *, time_us: int | None = None, **columns: Any
    ) -> Event:
        """Make an event that begins and ends at once (default now)."""
        at_us = now_us() if time_us is None else time_us
        columns = {"severity": "high", **columns}
        return cls(kind=kind, message=message[:1000], time_us=at_us, end_us=at_us, **columns)


class Video(Base):
    """A kept piece of video; ``path`` is relative to the data folder."""

    __tablename__ = "videos"

    id: Mapped[int] = mapped_column(primary_key=True)
    recording_id: Mapped[int] = mapped_column(ForeignKey("recordings.id"), index=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"), index=True)
    path: Mapped[str] = mapped_column(String(500), unique=True)
    start_us: Mapped[int] = mapped_column(TimeUs, index=True)
    end_us: Mapped[int] = mapped_column(TimeUs)
    bytes: Mapped[int] = mapped_column(BigKey)
    codec: Mapped[str] = mapped_column(String(20))


class Heartbeat(Base):
    """The last sign of life of one monitor process."""

    __tablename__ = "heartbeats"

    instance: Mapped[str] = mapped_column(String(64), primary_key=True)
    pid: Mapped[int]
    started_us: Mapped[int] = mapped_column(TimeUs, default=now_us)
    beat_us: Mapped[int] = mapped_column(TimeUs, index=True, default=now_us)
    provider: Mapped[str | None] = mapped_column(String(40))
    model_id: Mapped[int | None] = mapped_column(ForeignKey("models.id"))
    version: Mapped[str] = mapped_column(String(40))
    detail: Mapped[dict[str, Any] | None]
