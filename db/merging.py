"""Joining the one-second chunks of a minute into one, in place.

The writer stores each second's frames at once, so that a crash loses little; sixty small chunks
take more room than one, so they are joined when their minute is over, in one transaction.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.orm import Session

from db.codec import concatenate, decode, encode
from db.schema import Chunk
from db.times import MINUTE_US


class MinuteKey(NamedTuple):
    """One minute of one segment as one model saw it; ``minute_us`` is its start."""

    segment_id: int
    model_id: int
    minute_us: int


def merge_minute(session: Session, key: MinuteKey) -> None:
    """Join all chunks of a minute into one; raise ``CodecError`` when one cannot be read."""
    chunks = session.execute(
        select(Chunk.id, Chunk.payload).where(*_within(key)).order_by(Chunk.start_us)
    ).all()
    if len(chunks) < 2:
        return
    block = concatenate([decode(chunk.payload) for chunk in chunks])
    session.execute(delete(Chunk).where(Chunk.id.in_([chunk.id for chunk in chunks])))
    session.execute(
        insert(Chunk).values(
            segment_id=key.segment_id,
            model_id=key.model_id,
            start_us=int(block.times_us[0]),
            end_us=int(block.times_us[-1]),
            n_frames=len(block),
            payload=encode(block),
        )
    )


def unmerged_minutes(session: Session, recording_segments: list[int]) -> list[MinuteKey]:
    """Return the minutes of these segments that still lie in more than one chunk."""
    minute = Chunk.start_us - Chunk.start_us % MINUTE_US
    rows = session.execute(
        select(Chunk.segment_id, Chunk.model_id, minute)
        .where(Chunk.segment_id.in_(recording_segments))
        .group_by(Chunk.segment_id, Chunk.model_id, minute)
        .having(func.count() > 1)
    )
    return [MinuteKey(*row) for row in rows]


def _within(key: MinuteKey) -> tuple[ColumnElement[bool], ...]:
    return (
        Chunk.segment_id == key.segment_id,
        Chunk.model_id == key.model_id,
        Chunk.start_us >= key.minute_us,
        Chunk.start_us < key.minute_us + MINUTE_US,
    )
