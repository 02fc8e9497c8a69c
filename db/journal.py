"""Events, heartbeats, and putting right what a dead monitor left open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from db.engine import reading, writing
from db.errors import CodecError
from db.merging import merge_minute, unmerged_minutes
from db.schema import Chunk, Event, Heartbeat, Recording, Segment, Video
from db.topic import Topic, required


class Journal(Topic):
    """Reads what happened."""

    def events(
        self,
        *,
        cot_id: int | None = None,
        recording_id: int | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
        kinds: Sequence[str] | None = None,
        limit: int | None = 500,
    ) -> Sequence[Event]:
        """Return events that touch a span of time, newest first."""
        query = select(Event).order_by(Event.time_us.desc(), Event.id.desc()).limit(limit)
        if cot_id is not None:
            query = query.where(Event.cot_id == cot_id)
        if recording_id is not None:
            query = query.where(Event.recording_id == recording_id)
        if from_us is not None:
            query = query.where(or_(Event.time_us >= from_us, Event.end_us >= from_us))
        if to_us is not None:
            query = query.where(Event.time_us < to_us)
        if kinds is not None:
            query = query.where(Event.kind.in_(kinds))
        with reading(self._engine) as session:
            return session.scalars(query).all()

    def add_event(self, event: Event) -> int:
        """Store an event from a page or a command (the monitor's go through its writer)."""
        with writing(self._engine) as session:
            session.add(event)
            session.flush()
            return event.id

    def event(self, event_id: int) -> Event:
        """Return one event; raise ``NotFound``."""
        with reading(self._engine) as session:
            return required(session, Event, event_id)

    def remove_event(self, event_id: int) -> None:
        """Delete an event that a person wrote and takes back."""
        with writing(self._engine) as session:
            session.execute(delete(Event).where(Event.id == event_id))

    def forget_videos(self, paths: Sequence[str]) -> None:
        """Delete the rows of kept video whose files are gone; keypoints are not touched."""
        with writing(self._engine) as session:
            session.execute(delete(Video).where(Video.path.in_(paths)))

    def heartbeat(self) -> Heartbeat | None:
        """Return the newest sign of life of any monitor, None when there never was one."""
        query = select(Heartbeat).order_by(Heartbeat.beat_us.desc()).limit(1)
        with reading(self._engine) as session:
            return session.scalars(query).first()

    def mark_unclean_recordings(
        self, source: Literal["live", "file"] = "live", *, recording_id: int | None = None
    ) -> list[int]:
        """Close the recordings that a dead process left open; return their ids.

        They end with their last stored frame and get ``clean_end`` False, an event says so, and
        their last minute is joined into one chunk. Events that a dead monitor left open end with
        its last heartbeat. To be called only by the process that alone may record (the monitor at
        its start, holding its lock), for otherwise living recordings would be closed; a review
        names its own ``recording_id``.
        """
        query = select(Recording).where(Recording.ended_us.is_(None), Recording.source == source)
        if recording_id is not None:
            query = query.where(Recording.id == recording_id)
        with writing(self._engine) as session:
            left = session.scalars(query).all()
            for recording in left:
                _close_unclean(session, recording)
            if source == "live":
                _end_open_events(session)
            return [recording.id for recording in left]


def _close_unclean(session: Session, recording: Recording) -> None:
    segments = session.scalars(
        select(Segment).where(Segment.recording_id == recording.id).order_by(Segment.number)
    ).all()
    recording.ended_us = recording.started_us
    for segment in segments:
        if segment.ended_us is None:
            last_us = session.scalar(
                select(func.max(Chunk.end_us)).where(Chunk.segment_id == segment.id)
            )
            segment.ended_us = last_us or segment.started_us
        recording.ended_us = max(recording.ended_us, segment.ended_us)
    recording.clean_end = False
    for key in unmerged_minutes(session, [segment.id for segment in segments]):
        try:
            merge_minute(session, key)
        except CodecError as error:
            session.add(_event(recording, "chunk_damaged", str(error)))
    session.add(_event(recording, "unclean_end", "the recording ended without an orderly stop"))


def _end_open_events(session: Session) -> None:
    last_us = session.scalar(select(func.max(Heartbeat.beat_us)))
    for event in session.scalars(select(Event).where(Event.end_us.is_(None))):
        event.end_us = max(event.time_us, last_us or event.time_us)


def _event(recording: Recording, kind: str, message: str) -> Event:
    return Event.moment(
        kind,
        message,
        time_us=recording.ended_us,
        severity="medium",
        cot_id=recording.cot_id,
        recording_id=recording.id,
    )
