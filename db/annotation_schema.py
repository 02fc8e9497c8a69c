"""The tables of annotation: pictures to be labelled, who labelled them, every version kept."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.append_only import append_only
from db.schema import Base
from db.times import now_us
from db.types import TimeUs


class AnnotationFrame(Base):
    """A picture that somebody shall label; the picture itself is a file named by its hash.

    ``file``: its place under the folder of pictures. ``source``: the recording or video it comes
    from, by a name that frames of one video share. ``time_us``: of the frame within it (UTC for a
    recording), None where nobody knows. ``infant_id`` where the infant is one of ours, ``subject``
    for a pseudonym that came with an import. ``strata``: {stratum: value}. ``priority``: higher is
    shown first. ``reasons``: {kind: words}, why it is in the queue.
    """

    __tablename__ = "annotation_frames"
    __table_args__ = (Index("ix_annotation_frames_source_time_us", "source", "time_us"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    file: Mapped[str] = mapped_column(String(100))
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int]
    source: Mapped[str] = mapped_column(String(300))
    time_us: Mapped[int | None] = mapped_column(TimeUs)
    recording_id: Mapped[int | None] = mapped_column(ForeignKey("recordings.id"), index=True)
    infant_id: Mapped[int | None] = mapped_column(ForeignKey("infants.id"), index=True)
    subject: Mapped[str | None] = mapped_column(String(80))
    strata: Mapped[dict[str, Any]] = mapped_column(default=dict)
    priority: Mapped[float] = mapped_column(default=0.0, index=True)
    reasons: Mapped[dict[str, Any]] = mapped_column(default=dict)
    queued_us: Mapped[int] = mapped_column(TimeUs, default=now_us)
    queued_by: Mapped[str] = mapped_column(String(120))

    @property
    def exported_as(self) -> str:
        """Return the picture's name in a folder of labels, and in datasets made of it."""
        return f"{self.sha256[:16]}{PurePath(self.file).suffix}"


class Annotation(Base):
    """What one annotator makes of one picture.

    ``status``: 'draft' until it was saved once, then 'done' or 'skipped' as saved last.
    ``revision``: the number of the version saved last, 0 before. ``draft``: what was changed since
    and is not saved yet: {"points": as in ``AnnotationRevision``, "steps": how}; else None.
    """

    __tablename__ = "annotations"
    __table_args__ = (
        UniqueConstraint("frame_id", "annotator"),
        CheckConstraint("status IN ('draft', 'done', 'skipped')", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    frame_id: Mapped[int] = mapped_column(ForeignKey("annotation_frames.id"))
    annotator: Mapped[str] = mapped_column(String(120), index=True)
    status: Mapped[str] = mapped_column(String(8), default="draft")
    revision: Mapped[int] = mapped_column(default=0)
    draft: Mapped[dict[str, Any] | None]
    updated_us: Mapped[int] = mapped_column(TimeUs, default=now_us)


class AnnotationRevision(Base):
    """One saved version; rows are only ever added, and go only with an infant that is erased.

    ``points``: {keypoint: [x, y, visibility]} in pixels of the picture, visibility 0 absent, 1
    occluded but placed, 2 visible. ``made``: how, for example {"steps": ["model ..."]}.
    """

    __tablename__ = "annotation_revisions"
    __table_args__ = (
        UniqueConstraint("annotation_id", "number"),
        CheckConstraint("status IN ('done', 'skipped')", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotations.id"))
    number: Mapped[int]
    time_us: Mapped[int] = mapped_column(TimeUs, default=now_us)
    by: Mapped[str] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(8))
    skeleton: Mapped[str] = mapped_column(String(80))
    points: Mapped[dict[str, Any]]
    made: Mapped[dict[str, Any]] = mapped_column(default=dict)


append_only(cast(Table, AnnotationRevision.__table__), ("UPDATE",))
