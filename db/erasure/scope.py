"""Whose data: an infant, and the spans of its stays; which rows of each table are its."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.advisory_schema import Advisory, AdvisoryDelivery, AdvisoryTransition
from db.annotation_schema import Annotation, AnnotationFrame, AnnotationRevision
from db.infants import Span, spans
from db.job_schema import ExportJob, ReviewJob
from db.schema import Chunk, Event, MinuteRollup, Recording, ReviewedFile, Segment, Video
from db.times import MINUTE_US


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose data: the infant, and the spans of its stays."""

    infant_id: int
    spans: tuple[Span, ...]

    def recorded(self) -> ColumnElement[bool]:
        """Return the condition for recordings that are the infant's as a whole."""
        inside = [
            and_(
                Recording.cot_id == span.cot_id,
                Recording.source == "live",
                Recording.started_us >= span.from_us,
                Recording.ended_us <= span.to_us,
            )
            for span in self.spans
        ]
        return or_(Recording.infant_id == self.infant_id, *inside)

    def within(
        self, cot: InstrumentedAttribute[int | None], time_us: InstrumentedAttribute[int]
    ) -> ColumnElement[bool]:
        """Return the condition for rows of a cot that began within a stay."""
        inside = [
            and_(cot == span.cot_id, time_us < span.to_us, time_us >= span.from_us)
            for span in self.spans
        ]
        return or_(false(), *inside)


def scope_of(session: Session, infant_id: int) -> Scope:
    """Return the scope of an infant."""
    return Scope(infant_id, tuple(spans(session, infant_id)))


def segments(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for segments of its recordings."""
    return Segment.recording_id.in_(_whole(scope))


def chunks(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for chunks of its recordings, and those that reach into a stay."""
    whole = Chunk.segment_id.in_(select(Segment.id).where(segments(scope)))
    within = [
        and_(
            Chunk.segment_id.in_(
                select(Segment.id).where(Segment.recording_id.in_(_live_at(span)))
            ),
            Chunk.start_us < span.to_us,
            Chunk.end_us >= span.from_us,
        )
        for span in scope.spans
    ]
    return or_(whole, *within)


def minutes(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for minutes of its recordings, and those that reach into a stay."""
    within = [
        and_(
            MinuteRollup.recording_id.in_(_live_at(span)),
            MinuteRollup.minute_us < span.to_us,
            MinuteRollup.minute_us > span.from_us - MINUTE_US,
        )
        for span in scope.spans
    ]
    return or_(MinuteRollup.recording_id.in_(_whole(scope)), *within)


def events(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for events of its recordings, and of its cots during its stays."""
    own = Event.recording_id.in_(_whole(scope))
    return or_(own, scope.within(Event.cot_id, Event.time_us))


def videos(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for pieces of kept video that reach into a stay."""
    within = [
        and_(
            Video.recording_id.in_(_live_at(span)),
            Video.start_us < span.to_us,
            Video.end_us >= span.from_us,
        )
        for span in scope.spans
    ]
    return or_(Video.recording_id.in_(_whole(scope)), *within)


def labelled_frames(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for pictures to label, from its recordings, its stays or its own."""
    within = [
        and_(
            AnnotationFrame.recording_id.in_(_live_at(span)),
            AnnotationFrame.time_us < span.to_us,
            AnnotationFrame.time_us >= span.from_us,
        )
        for span in scope.spans
    ]
    own = AnnotationFrame.infant_id == scope.infant_id
    return or_(own, AnnotationFrame.recording_id.in_(_whole(scope)), *within)


def labels(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for the labels of those pictures."""
    return Annotation.frame_id.in_(select(AnnotationFrame.id).where(labelled_frames(scope)))


def revisions(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for the versions of those labels."""
    ids = select(Annotation.id).where(labels(scope))
    return AnnotationRevision.annotation_id.in_(ids)


def advisories(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for advisories raised during its stays."""
    return scope.within(Advisory.cot_id, Advisory.raised_us)


def transitions(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for the steps of those advisories."""
    keys = select(Advisory.key).where(advisories(scope))
    return AdvisoryTransition.advisory_key.in_(keys)


def deliveries(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for the notices sent of those steps."""
    ids = select(AdvisoryTransition.id).where(transitions(scope))
    return AdvisoryDelivery.transition_id.in_(ids)


def reviewed(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for files that its recordings come from."""
    return ReviewedFile.recording_id.in_(_whole(scope))


def jobs(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for jobs below whose folder a video of the infant has its results."""
    outs = select(ReviewedFile.recording_id).where(
        reviewed(scope), ReviewedFile.out.startswith(ReviewJob.out, autoescape=False)
    )
    return outs.exists()


def exports(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for exports of its recordings, and of those that reach into a stay."""
    within = [
        ExportJob.recording_id.in_(
            _live_at(span).where(
                Recording.started_us < span.to_us,
                func.coalesce(Recording.ended_us, span.from_us) >= span.from_us,
            )
        )
        for span in scope.spans
    ]
    return or_(ExportJob.recording_id.in_(_whole(scope)), *within)


def _whole(scope: Scope) -> Select[int]:
    return select(Recording.id).where(scope.recorded())


def _live_at(span: Span) -> Select[int]:
    return select(Recording.id).where(Recording.cot_id == span.cot_id, Recording.source == "live")
