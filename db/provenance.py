"""What made the stored figures: versions of the measures, and the models under them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from db.engine import reading
from db.schema import Chunk, MinuteRollup, Model, Recording, Segment
from db.topic import Topic


class Provenance(Topic):
    """Reads what a report has to say of its figures."""

    def rollup_versions(self, cot_id: int, from_us: int, to_us: int) -> list[int]:
        """Return the versions of the movement measures behind a cot's minutes, rising."""
        query = (
            select(MinuteRollup.version)
            .join(Recording, MinuteRollup.recording_id == Recording.id)
            .where(Recording.cot_id == cot_id)
            .where(MinuteRollup.minute_us >= int(from_us), MinuteRollup.minute_us < int(to_us))
            .distinct()
        )
        with reading(self._engine) as session:
            return sorted(session.scalars(query))

    def models_used(self, cot_id: int, from_us: int, to_us: int) -> Sequence[Model]:
        """Return the models that made keypoints of a cot in a span."""
        used = (
            select(Chunk.model_id)
            .join(Segment, Chunk.segment_id == Segment.id)
            .join(Recording, Segment.recording_id == Recording.id)
            .where(Recording.cot_id == cot_id)
            .where(Chunk.end_us >= int(from_us), Chunk.start_us < int(to_us))
        )
        with reading(self._engine) as session:
            query = select(Model).where(Model.id.in_(used)).order_by(Model.id)
            return session.scalars(query).all()
