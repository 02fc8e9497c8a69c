"""Annotation: pictures in a queue, what each annotator made of them, drafts, saved versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from db.annotation_schema import Annotation, AnnotationFrame, AnnotationRevision
from db.engine import reading, writing
from db.schema import Recording, Stay
from db.times import now_us
from db.topic import Topic, required

Status = Literal["queued", "draft", "done", "skipped", "second"]
STATUSES: tuple[Status, ...] = ("queued", "draft", "done", "skipped", "second")
# {keypoint: (x, y, visibility)}, as ``AnnotationRevision.points``.
Points = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Work:
    """One annotator's work on one picture: the version saved last, and what is not saved yet.

    ``points`` None: never saved. ``revision`` counts versions from 1, 0 before the first.
    ``draft_steps``: how the draft was made, besides by hand.
    """

    frame_id: int
    annotator: str
    status: Status
    revision: int
    saved_us: int | None
    points: dict[str, list[float]] | None
    draft: dict[str, list[float]] | None
    draft_steps: tuple[str, ...] = ()

    @property
    def latest(self) -> dict[str, list[float]] | None:
        """Return what the annotator saw last: the draft, else the saved version."""
        return self.points if self.draft is None else self.draft


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture with one annotator's finished points."""

    frame: AnnotationFrame
    work: Work


class Annotations(Topic):
    """Reads and writes annotations; each change is a transaction of its own."""

    def add_frame(self, frame: AnnotationFrame) -> tuple[int, bool]:
        """Queue a picture; return its id, and whether it is new.

        One that is known by its hash stays as it is, but for a higher priority and new reasons.
        """
        with writing(self._engine) as session:
            query = select(AnnotationFrame).where(AnnotationFrame.sha256 == frame.sha256)
            known = session.scalars(query).first()
            if known is None:
                session.add(frame)
                session.flush()
                return frame.id, True
            known.priority = max(known.priority, frame.priority)
            known.reasons = {**known.reasons, **frame.reasons}
            return known.id, False

    def annotation_frame(self, frame_id: int) -> AnnotationFrame:
        """Return one picture's row; raise ``NotFound``."""
        with reading(self._engine) as session:
            return required(session, AnnotationFrame, frame_id)

    def annotation_frames(
        self, annotator: str, status: Status | None = None, *, limit: int | None = None
    ) -> Sequence[AnnotationFrame]:
        """Return pictures as they stand for an annotator, the most worth labelling first.

        'queued' are those that nobody has finished or skipped and the annotator has not begun,
        'second' those that another has finished and the annotator has not begun.
        """
        query = select(AnnotationFrame).order_by(
            AnnotationFrame.priority.desc(), AnnotationFrame.id
        )
        if status is not None:
            query = query.where(_stands(annotator, status))
        with reading(self._engine) as session:
            return session.scalars(query.limit(limit)).all()

    def annotation_counts(self, annotator: str) -> dict[Status, int]:
        """Return how many pictures stand where for an annotator."""
        with reading(self._engine) as session:
            return {
                status: session.scalar(
                    select(func.count())
                    .select_from(AnnotationFrame)
                    .where(_stands(annotator, status))
                )
                or 0
                for status in STATUSES
            }

    def work_on(self, frame_id: int) -> list[Work]:
        """Return what every annotator made of a picture, by name."""
        query = _works().where(Annotation.frame_id == frame_id).order_by(Annotation.annotator)
        with reading(self._engine) as session:
            return [_work(*row) for row in session.execute(query)]

    def neighbours(self, frame_id: int) -> tuple[Labelled | None, Labelled | None]:
        """Return the finished pictures of the same source just before and just after one."""
        with reading(self._engine) as session:
            frame = required(session, AnnotationFrame, frame_id)
            if frame.time_us is None:
                return None, None
            time = AnnotationFrame.time_us
            before = _finished(session, frame, time < frame.time_us, time.desc())
            after = _finished(session, frame, time > frame.time_us, time.asc())
            return before, after

    def labelled(self, annotator: str | None = None) -> list[Labelled]:
        """Return all finished work (of one annotator, or of all), by picture and annotator."""
        query = (
            _works(AnnotationFrame)
            .join(AnnotationFrame, AnnotationFrame.id == Annotation.frame_id)
            .where(Annotation.status == "done")
            .order_by(AnnotationFrame.id, Annotation.annotator)
        )
        if annotator is not None:
            query = query.where(Annotation.annotator == annotator)
        with reading(self._engine) as session:
            return [Labelled(row[2], _work(row[0], row[1])) for row in session.execute(query)]

    def annotation_history(self, frame_id: int) -> list[tuple[str, AnnotationRevision]]:
        """Return every saved version of a picture with its annotator, oldest first."""
        query = (
            select(Annotation.annotator, AnnotationRevision)
            .join(Annotation, Annotation.id == AnnotationRevision.annotation_id)
            .where(Annotation.frame_id == frame_id)
            .order_by(AnnotationRevision.time_us, AnnotationRevision.id)
        )
        with reading(self._engine) as session:
            return [(row[0], row[1]) for row in session.execute(query)]

    def keep_draft(
        self, frame_id: int, annotator: str, points: Points, steps: Sequence[str] = ()
    ) -> None:
        """Keep what an annotator has not saved yet; what was saved stands beside it."""
        with writing(self._engine) as session:
            mine = _mine(session, frame_id, annotator)
            mine.draft = {"points": _plain(points), "steps": list(steps)}
            mine.updated_us = now_us()

    def drop_draft(self, frame_id: int, annotator: str) -> None:
        """Forget what was not saved; work that was never saved goes whole."""
        with writing(self._engine) as session:
            mine = _mine(session, frame_id, annotator)
            mine.draft = None
            if mine.revision == 0:
                session.delete(mine)

    def save_annotation(
        self,
        frame_id: int,
        annotator: str,
        points: Points,
        *,
        status: Literal["done", "skipped"] = "done",
        skeleton: str = "infant13",
        made: Mapping[str, Any] | None = None,
        by: str | None = None,
    ) -> int:
        """Add a version and drop the draft, at once; return the version's number.

        ``by``: who did it, where that is not the annotator (an import).
        """
        with writing(self._engine) as session:
            mine = _mine(session, frame_id, annotator)
            mine.revision, mine.status = mine.revision + 1, status
            mine.draft, mine.updated_us = None, now_us()
            session.flush()
            session.add(
                AnnotationRevision(
                    annotation_id=mine.id,
                    number=mine.revision,
                    by=(by or annotator)[:120],
                    status=status,
                    skeleton=skeleton,
                    points=_plain(points),
                    made=dict(made or {}),
                )
            )
            return mine.revision

    def queued_times(self, recording_id: int) -> list[int]:
        """Return the times (UTC µs) of a recording's frames that are pictures here already."""
        query = select(AnnotationFrame.time_us).where(
            AnnotationFrame.recording_id == recording_id, AnnotationFrame.time_us.is_not(None)
        )
        with reading(self._engine) as session:
            return [int(time_us) for time_us in session.scalars(query) if time_us is not None]

    def infant_at(self, recording_id: int, time_us: int) -> int | None:
        """Return the infant that a recording shows at a moment, None where nobody knows."""
        with reading(self._engine) as session:
            recording = required(session, Recording, recording_id)
            if recording.infant_id is not None or recording.cot_id is None:
                return recording.infant_id
            query = select(Stay.infant_id).where(
                Stay.cot_id == recording.cot_id,
                Stay.from_us <= int(time_us),
                or_(Stay.to_us.is_(None), Stay.to_us > int(time_us)),
            )
            return session.scalars(query).first()


def _stands(annotator: str, status: Status) -> ColumnElement[bool]:
    """Return the condition for pictures that stand so for an annotator."""
    on_it = Annotation.frame_id == AnnotationFrame.id
    own = and_(on_it, Annotation.annotator == annotator)
    if status == "draft":
        return exists().where(own, Annotation.draft.is_not(None))
    if status == "second":
        return and_(~exists().where(own), exists().where(on_it, Annotation.status == "done"))
    if status == "queued":
        ended = exists().where(on_it, Annotation.status.in_(("done", "skipped")))
        return and_(~exists().where(own), ~ended)
    return exists().where(own, Annotation.status == status, Annotation.draft.is_(None))


def _works(*more: Any) -> Select[*tuple[Any, ...]]:
    return select(Annotation, AnnotationRevision, *more).outerjoin(
        AnnotationRevision,
        and_(
            AnnotationRevision.annotation_id == Annotation.id,
            AnnotationRevision.number == Annotation.revision,
        ),
    )


def _work(annotation: Annotation, saved: AnnotationRevision | None) -> Work:
    status: Status = annotation.status  # type: ignore[assignment]
    return Work(
        annotation.frame_id,
        annotation.annotator,
        status,
        annotation.revision,
        None if saved is None else saved.time_us,
        None if saved is None else saved.points,
        None if annotation.draft is None else annotation.draft["points"],
        () if annotation.draft is None else tuple(annotation.draft["steps"]),
    )


def _finished(
    session: Session, frame: AnnotationFrame, side: ColumnElement[bool], order: ColumnElement[Any]
) -> Labelled | None:
    query = (
        _works(AnnotationFrame)
        .join(AnnotationFrame, AnnotationFrame.id == Annotation.frame_id)
        .where(AnnotationFrame.source == frame.source, Annotation.status == "done", side)
        .order_by(order, Annotation.annotator)
        .limit(1)
    )
    row = session.execute(query).first()
    return None if row is None else Labelled(row[2], _work(row[0], row[1]))


def _mine(session: Session, frame_id: int, annotator: str) -> Annotation:
    """Return an annotator's row on a picture, made where there is none; raise ``NotFound``."""
    frame = required(session, AnnotationFrame, frame_id)
    query = select(Annotation).where(
        Annotation.frame_id == frame.id, Annotation.annotator == annotator
    )
    mine = session.scalars(query).first()
    if mine is None:
        mine = Annotation(frame_id=frame.id, annotator=annotator, status="draft", revision=0)
        session.add(mine)
        session.flush()
    return mine


def _plain(points: Points) -> dict[str, Any]:
    return {name: [float(x), float(y), int(v)] for name, (x, y, v) in points.items()}
