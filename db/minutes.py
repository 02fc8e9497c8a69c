"""Minute rollups as rows to be made anew: which there are, and putting better ones there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from db.engine import reading, writing
from db.schema import Chunk, MinuteRollup, Segment
from db.times import MINUTE_US
from db.topic import Topic


@dataclass(frozen=True, slots=True)
class KnownMinute:
    """A minute of a recording that has frames, or a rollup, or both.

    ``version``, ``frames_expected``, ``frames_seen`` and ``reasons`` are the rollup's; None where
    there is none yet.
    """

    minute_us: int
    has_frames: bool
    version: int | None = None
    frames_expected: int | None = None
    frames_seen: int | None = None
    reasons: dict[str, int] | None = None


class Minutes(Topic):
    """Reads and replaces the minute rollups of one recording."""

    def known_minutes(self, recording_id: int) -> list[KnownMinute]:
        """Return the minutes of a recording that have frames or a rollup, oldest first."""
        start = Chunk.start_us - Chunk.start_us % MINUTE_US
        framed = (
            select(start)
            .join(Segment, Chunk.segment_id == Segment.id)
            .where(Segment.recording_id == recording_id)
            .distinct()
        )
        rolled = select(
            MinuteRollup.minute_us,
            MinuteRollup.version,
            MinuteRollup.frames_expected,
            MinuteRollup.frames_seen,
            MinuteRollup.reasons,
        ).where(MinuteRollup.recording_id == recording_id)
        with reading(self._engine) as session:
            with_frames = set(session.scalars(framed))
            rows = {row.minute_us: tuple(row)[1:] for row in session.execute(rolled)}
        return [
            KnownMinute(minute_us, minute_us in with_frames, *rows.get(minute_us, ()))
            for minute_us in sorted(with_frames | set(rows))
        ]

    def put_minutes(self, rows: Sequence[MinuteRollup]) -> None:
        """Store rollups in one transaction, each in the place of its recording's and minute's."""
        with writing(self._engine) as session:
            for row in rows:
                session.merge(row)
