"""Putting chunks and rows into the tables: all at once, or each for itself after a refusal."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.backlog import ChunkRow, Row
from db.schema import Chunk, Event, Video
from db.times import now_us


def insert_all(session: Session, chunks: list[ChunkRow], rows: list[Row]) -> None:
    """Insert or update everything; a row without an id gets it."""
    if chunks:
        session.execute(insert(Chunk), [chunk._asdict() for chunk in chunks])
    for row in rows:
        _upsert(session, row)


def insert_each(session: Session, chunks: list[ChunkRow], rows: list[Row]) -> list[Event]:
    """Insert what the schema takes; return an event for each row that it refuses."""
    faults: list[Event] = []
    for thing in (*chunks, *rows):
        try:
            with session.begin_nested():
                if isinstance(thing, ChunkRow):
                    session.execute(insert(Chunk), [thing._asdict()])
                else:
                    _upsert(session, thing)
        except IntegrityError as error:
            faults.append(_refused(thing, error))
    return faults


def _upsert(session: Session, row: Row) -> None:
    stored = session.merge(row)  # a copy: the row itself stays usable when this is rolled back
    session.flush()
    if isinstance(row, Event | Video) and isinstance(stored, Event | Video):
        row.id = stored.id


def _refused(thing: ChunkRow | Row, error: IntegrityError) -> Event:
    what = "keypoints" if isinstance(thing, ChunkRow) else f"a row of {thing.__tablename__}"
    return Event(
        time_us=now_us(),
        kind="row_rejected",
        severity="high",
        message=f"{what} could not be stored: {error.orig}"[:1000],
    )
