"""Chunks of keypoints cut at the ends of a stay, exactly, so that each half is one infant's."""

from __future__ import annotations

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.orm import Session

from db.codec import decode, encode
from db.engine import writing
from db.erasure.scope import Scope, chunks
from db.schema import Chunk


def cut_chunks(engine: Engine, scope: Scope) -> None:
    """Make two chunks of each that reaches over an end of a stay, one of them outside."""
    for span in scope.spans:
        for edge_us in (span.from_us, span.to_us):
            with writing(engine) as session:
                over = chunks(Scope(0, (span,))) & (Chunk.start_us < edge_us)
                for chunk in session.scalars(select(Chunk).where(over, Chunk.end_us >= edge_us)):
                    _cut(session, chunk, edge_us)


def _cut(session: Session, chunk: Chunk, edge_us: int) -> None:
    block = decode(chunk.payload)
    halves = block.between(chunk.start_us, edge_us), block.between(edge_us, chunk.end_us + 1)
    session.execute(delete(Chunk).where(Chunk.id == chunk.id))
    for half in halves:
        if len(half) == 0:
            continue
        session.execute(
            insert(Chunk).values(
                segment_id=chunk.segment_id,
                model_id=chunk.model_id,
                start_us=int(half.times_us[0]),
                end_us=int(half.times_us[-1]),
                n_frames=len(half),
                payload=encode(half),
            )
        )
