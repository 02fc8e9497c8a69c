"""Putting chunks and rows into the tables: all at once, or each for itself after a refusal."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import insert
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from db.backlog import ChunkRow, Row
from db.schema import Chunk, Event, Video


class Inserted(NamedTuple):
    """A row as it was put, and its copy in the transaction."""

    row: Row
    stored: Row

    def hand_over_id(self) -> None:
        """Give an event or video its id, once the transaction is through."""
        if isinstance(self.row, Event | Video) and isinstance(self.stored, Event | Video):
            self.row.id = self.stored.id


def insert_all(session: Session, chunks: list[ChunkRow], rows: list[Row]) -> list[Inserted]:
    """Insert or update everything."""
    if chunks:
        session.execute(insert(Chunk), [chunk._asdict() for chunk in chunks])
    return [_upsert(session, row) for row in rows]


def insert_each(
    session: Session, chunks: list[ChunkRow], rows: list[Row]
) -> tuple[list[Inserted], list[Event]]:
    """Insert what the schema takes; return that, and an event for each row that it refuses."""
    inserted: list[Inserted] = []
    refused: list[Event] = []
    for thing in (*chunks, *rows):
        try:
            with session.begin_nested():
                inserted += _insert_one(session, thing)
        except (IntegrityError, DataError) as error:
            refused.append(_refusal(thing, error))
    return inserted, refused


def _insert_one(session: Session, thing: ChunkRow | Row) -> list[Inserted]:
    if isinstance(thing, ChunkRow):
        session.execute(insert(Chunk), [thing._asdict()])
        return []
    return [_upsert(session, thing)]


def _upsert(session: Session, row: Row) -> Inserted:
    stored = session.merge(row)  # a copy: the row itself stays usable when this is rolled back
    session.flush()
    return Inserted(row, stored)


def _refusal(thing: ChunkRow | Row, error: IntegrityError | DataError) -> Event:
    what = "keypoints" if isinstance(thing, ChunkRow) else f"a row of {thing.__tablename__}"
    return Event.moment("row_rejected", f"{what} could not be stored: {error.orig}")
