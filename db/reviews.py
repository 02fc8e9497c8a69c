"""Files that were reviewed: which recording each became, how far it came, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import audit
from db.audit import Actor
from db.engine import reading, writing
from db.job_schema import ReviewJob
from db.merging import merge_minute, unmerged_minutes
from db.schema import Chunk, Infant, Recording, ReviewedFile, Segment
from db.topic import Topic, required


@dataclass(frozen=True, slots=True)
class StoredSoFar:
    """What a recording holds: frames, the time of its last one (UTC µs), its last segment."""

    n_frames: int
    last_us: int | None
    segment: Segment | None


class Reviews(Topic):
    """Reads and notes what was reviewed. The keypoints themselves go through the writer."""

    def begin_review(self, recording: Recording, file: ReviewedFile) -> int:
        """Store a recording and the file it comes from, both or neither; return its id."""
        with writing(self._engine) as session:
            session.add(recording)
            session.flush()
            file.recording_id = recording.id
            session.add(file)
            return recording.id

    def reviewed_file(self, run: str, path: str) -> ReviewedFile | None:
        """Return what a run of a review knows of a file, None when it never began with it."""
        query = select(ReviewedFile).where(ReviewedFile.run == run, ReviewedFile.path == path)
        with reading(self._engine) as session:
            return session.scalars(query).first()

    def review_of(self, recording_id: int) -> ReviewedFile:
        """Return the file that a recording comes from; raise ``NotFound``."""
        with reading(self._engine) as session:
            return required(session, ReviewedFile, recording_id)

    def reviewed_files(self, limit: int | None = None) -> Sequence[ReviewedFile]:
        """Return the reviewed files, newest first."""
        query = select(ReviewedFile).order_by(ReviewedFile.recording_id.desc()).limit(limit)
        with reading(self._engine) as session:
            return session.scalars(query).all()

    def reviews_of_video(self, fingerprint: str) -> Sequence[ReviewedFile]:
        """Return the finished reviews of one and the same video, oldest first."""
        same = ReviewedFile.fingerprint == fingerprint, ReviewedFile.verdict == "done"
        query = select(ReviewedFile).where(*same).order_by(ReviewedFile.recording_id)
        with reading(self._engine) as session:
            return session.scalars(query).all()

    def tell_infant(self, recording_id: int, infant_id: int | None, *, by: Actor) -> None:
        """Note whose film a reviewed file is (None: not known); raise ``NotFound``."""
        with writing(self._engine) as session:
            required(session, ReviewedFile, recording_id)
            if infant_id is not None:
                required(session, Infant, infant_id)
            recording = required(session, Recording, recording_id)
            if recording.infant_id == infant_id:
                return
            recording.infant_id = infant_id
            detail = {"infant": infant_id}
            subject = f"recording/{recording_id}"
            audit.append(session, "infant told", subject, who=by.name, role=by.role, detail=detail)

    def reviewed_paths(self) -> set[str]:
        """Return the paths of all videos that any job or any review is about."""
        with reading(self._engine) as session:
            asked = session.scalars(select(ReviewJob.request)).all()
            paths = set(session.scalars(select(ReviewedFile.path)))
        return paths | {one["path"] for request in asked for one in request["videos"]}

    def frames_stored(self, recording_id: int) -> int:
        """Return how many frames of a recording are stored."""
        ids = select(Segment.id).where(Segment.recording_id == recording_id)
        count = select(func.coalesce(func.sum(Chunk.n_frames), 0)).where(Chunk.segment_id.in_(ids))
        with reading(self._engine) as session:
            return int(session.scalars(count).one())

    def stored_so_far(self, recording_id: int) -> StoredSoFar:
        """Return how far a recording has come, after joining what a killed process left apart."""
        with writing(self._engine) as session:
            segments = session.scalars(
                select(Segment).where(Segment.recording_id == recording_id).order_by(Segment.number)
            ).all()
            ids = [segment.id for segment in segments]
            for key in unmerged_minutes(session, ids):
                merge_minute(session, key)
            n_frames, last_us = _frames(session, ids)
            return StoredSoFar(n_frames, last_us, segments[-1] if segments else None)

    def end_review(
        self, recording_id: int, verdict: str, line: str, summary: dict[str, Any] | None
    ) -> None:
        """Note what came of a file: 'done', 'incomplete' or 'failed', and why, in one line."""
        with writing(self._engine) as session:
            file = required(session, ReviewedFile, recording_id)
            file.verdict, file.line, file.summary = verdict, line[:1000], summary


def _frames(session: Session, segment_ids: Sequence[int]) -> tuple[int, int | None]:
    row = session.execute(
        select(func.coalesce(func.sum(Chunk.n_frames), 0), func.max(Chunk.end_us)).where(
            Chunk.segment_id.in_(segment_ids)
        )
    ).one()
    return int(row[0]), row[1]
