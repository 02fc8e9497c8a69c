"""Erasing an infant: what there is, counted; then gone, from the database and from the disk.

What is an infant's: every recording made under its name, and of the recordings of cots what lies
within its stays. Keypoints are cut exactly at the stay's ends; minutes and pieces of video that
reach into a stay go whole. It cannot be undone.

It is done in small transactions, files first, so that the monitor goes on writing beside it and a
run cut short is finished by another. Deleted pages are overwritten (``secure_delete``); the write-
ahead log keeps older pages until it is overwritten in turn, at the latest when all that have the
database open have closed it. ``beyond`` names what this cannot reach.

How to add a table that holds something of an infant: write a ``Part`` here. One that does not:
name it in ``HOLDS_NOTHING``, with why. A test fails for a table that stands in neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, and_, delete, false, func, insert, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from db import audit
from db.advisory_schema import Advisory, AdvisoryDelivery, AdvisoryTransition
from db.annotation_schema import Annotation, AnnotationFrame, AnnotationRevision
from db.audit import Actor
from db.codec import decode, encode
from db.engine import checkpoint, local_file, reading, writing
from db.errors import RowRejected
from db.folders import DATASETS, PICTURES, VIDEOS
from db.infants import Span, spans
from db.job_schema import ReviewJob, TrainingJob
from db.schema import (
    AuditEntry,
    Base,
    Chunk,
    Event,
    Infant,
    MinuteRollup,
    Recording,
    ReviewedFile,
    Segment,
    Stay,
    Video,
)
from db.times import MINUTE_US, now_us
from db.topic import required

SETTLES_AFTER_US = 2 * MINUTE_US
_AT_ONCE = 2000
HOLDS_NOTHING = {
    "cots": "a place",
    "cameras": "a device",
    "models": "a network",
    "heartbeats": "a process",
    "people": "staff",
    "sign_ins": "staff",
    "sign_in_failures": "hashes of names typed",
    "audit": "names infants by number only, and is kept",
    "audit_head": "the end of the audit trail",
    "advisory_memories": "the last minutes of a cot, written anew each minute",
    "advisory_pauses": "what staff asked of a cot",
    "advisory_thresholds": "what staff set for a cot",
    "training_jobs": "counts pictures; those of its dataset go with the infant's other files",
}


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


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of thing that goes: its table, its name for a person, and which rows."""

    table: type[Base]
    name: str
    wanted: Callable[[Scope], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class File:
    """A kept piece of video, or a picture: its place under the data folder, and its size."""

    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """What there is of an infant. ``counts``: rows by kind; ``frames``: frames with keypoints."""

    infant_id: int
    pseudonym: str
    counts: dict[str, int]
    frames: int
    files: tuple[File, ...]
    beyond: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Tell whether there is nothing."""
        return not any(self.counts.values()) and not self.files


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What was there, what is there now (all zero), and files that could not be deleted."""

    before: Holdings
    after: dict[str, int]
    files_left: tuple[str, ...]
    done_us: int

    @property
    def complete(self) -> bool:
        """Tell whether nothing is left."""
        return not any(self.after.values()) and not self.files_left


def holdings(engine: Engine, infant_id: int) -> Holdings:
    """Count everything that is an infant's; raise ``NotFound``."""
    with reading(engine) as session:
        infant = required(session, Infant, infant_id)
        scope = _scope(session, infant_id)
        frames = select(func.sum(Chunk.n_frames)).where(_chunks(scope))
        return Holdings(
            infant_id=infant_id,
            pseudonym=infant.pseudonym,
            counts=_counts(session, scope),
            frames=session.scalar(frames) or 0,
            files=tuple(_files(session, scope)),
            beyond=tuple(_beyond(engine, session, scope)),
        )


def fault_of_erasing(engine: Engine, infant_id: int) -> str | None:
    """Return why an infant cannot be erased now, in one line, or None when it can."""
    with reading(engine) as session:
        stays = session.scalars(select(Stay).where(Stay.infant_id == infant_id)).all()
    if any(stay.to_us is None for stay in stays):
        return "This infant still lies in a cot. End the stay first: more is being recorded."
    last_us = max((stay.to_us or 0 for stay in stays), default=0)
    if now_us() - last_us < SETTLES_AFTER_US:
        return "The stay has just ended, and the monitor still stores its last minutes. Wait 2 min."
    return None


def erase(
    engine: Engine,
    infant_id: int,
    *,
    typed: str,
    data_folder: Path,
    by: Actor,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ErasureReport:
    """Erase an infant; ``typed`` must be its pseudonym. ``progress``: parts done, parts in all.

    Raises ``RowRejected`` where the pseudonym differs or the infant cannot be erased now.
    """
    before = holdings(engine, infant_id)
    if typed != before.pseudonym:
        raise RowRejected("the pseudonym typed is another; nothing was erased")
    fault = fault_of_erasing(engine, infant_id)
    if fault is not None:
        raise RowRejected(fault)
    audit.note(engine, "erasure began", f"infant/{infant_id}", who=by.name, role=by.role)
    files_left = tuple(_unlink(data_folder, before.files))
    with reading(engine) as session:
        scope = _scope(session, infant_id)
    _cut_chunks(engine, scope)
    for done, part in enumerate(PARTS):
        progress(done, len(PARTS) + 1)
        _delete_in_turns(engine, part, scope)
    after = _finish(engine, scope, before, files_left, by)
    checkpoint(engine)
    progress(len(PARTS) + 1, len(PARTS) + 1)
    return ErasureReport(before, after, files_left, now_us())


def _scope(session: Session, infant_id: int) -> Scope:
    return Scope(infant_id, tuple(spans(session, infant_id)))


def _segments(scope: Scope) -> ColumnElement[bool]:
    return Segment.recording_id.in_(select(Recording.id).where(scope.recorded()))


def _chunks(scope: Scope) -> ColumnElement[bool]:
    whole = select(Segment.id).where(_segments(scope))
    within = [
        and_(
            Chunk.segment_id.in_(
                select(Segment.id)
                .join(Recording, Segment.recording_id == Recording.id)
                .where(Recording.cot_id == span.cot_id, Recording.source == "live")
            ),
            Chunk.start_us < span.to_us,
            Chunk.end_us >= span.from_us,
        )
        for span in scope.spans
    ]
    return or_(Chunk.segment_id.in_(whole), *within)


def _minutes(scope: Scope) -> ColumnElement[bool]:
    within = [
        and_(
            MinuteRollup.recording_id.in_(
                select(Recording.id).where(
                    Recording.cot_id == span.cot_id, Recording.source == "live"
                )
            ),
            MinuteRollup.minute_us < span.to_us,
            MinuteRollup.minute_us > span.from_us - MINUTE_US,
        )
        for span in scope.spans
    ]
    whole = select(Recording.id).where(scope.recorded())
    return or_(MinuteRollup.recording_id.in_(whole), *within)


def _events(scope: Scope) -> ColumnElement[bool]:
    whole = select(Recording.id).where(scope.recorded())
    return or_(Event.recording_id.in_(whole), scope.within(Event.cot_id, Event.time_us))


def _videos(scope: Scope) -> ColumnElement[bool]:
    within = [
        and_(
            Video.recording_id.in_(select(Recording.id).where(Recording.cot_id == span.cot_id)),
            Video.start_us < span.to_us,
            Video.end_us >= span.from_us,
        )
        for span in scope.spans
    ]
    whole = select(Recording.id).where(scope.recorded())
    return or_(Video.recording_id.in_(whole), *within)


def _labelled_frames(scope: Scope) -> ColumnElement[bool]:
    within = [
        and_(
            AnnotationFrame.recording_id.in_(
                select(Recording.id).where(
                    Recording.cot_id == span.cot_id, Recording.source == "live"
                )
            ),
            AnnotationFrame.time_us < span.to_us,
            AnnotationFrame.time_us >= span.from_us,
        )
        for span in scope.spans
    ]
    whole = select(Recording.id).where(scope.recorded())
    own = AnnotationFrame.infant_id == scope.infant_id
    return or_(own, AnnotationFrame.recording_id.in_(whole), *within)


def _annotations(scope: Scope) -> ColumnElement[bool]:
    frames = select(AnnotationFrame.id).where(_labelled_frames(scope))
    return Annotation.frame_id.in_(frames)


def _revisions(scope: Scope) -> ColumnElement[bool]:
    annotations = select(Annotation.id).where(_annotations(scope))
    return AnnotationRevision.annotation_id.in_(annotations)


def _files(session: Session, scope: Scope) -> Iterator[File]:
    videos = select(Video).where(_videos(scope)).order_by(Video.path)
    for video in session.scalars(videos):
        yield File(f"{VIDEOS}/{video.path}", video.bytes)
    frames = select(AnnotationFrame).where(_labelled_frames(scope)).order_by(AnnotationFrame.file)
    for frame in session.scalars(frames):
        yield File(f"{PICTURES}/{frame.file}", frame.bytes)
        for folder in _datasets(session):
            yield File(f"{DATASETS}/{folder}/images/{frame.exported_as}", frame.bytes)


def _datasets(session: Session) -> list[str]:
    """Return the folders of the datasets that retrainings made, oldest first."""
    jobs = session.scalars(select(TrainingJob).order_by(TrainingJob.id))
    return list(dict.fromkeys(str(job.request["dataset"]) for job in jobs))


def _advisories(scope: Scope) -> ColumnElement[bool]:
    return scope.within(Advisory.cot_id, Advisory.raised_us)


def _transitions(scope: Scope) -> ColumnElement[bool]:
    keys = select(Advisory.key).where(_advisories(scope))
    return AdvisoryTransition.advisory_key.in_(keys)


def _deliveries(scope: Scope) -> ColumnElement[bool]:
    ids = select(AdvisoryTransition.id).where(_transitions(scope))
    return AdvisoryDelivery.transition_id.in_(ids)


def _reviewed(scope: Scope) -> ColumnElement[bool]:
    return ReviewedFile.recording_id.in_(select(Recording.id).where(scope.recorded()))


def _jobs(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for jobs below whose folder a video of the infant has its results."""
    outs = select(ReviewedFile.recording_id).where(
        _reviewed(scope), ReviewedFile.out.startswith(ReviewJob.out, autoescape=False)
    )
    return outs.exists()


# In the order in which they go: what refers to a row goes before it.
PARTS = (
    Part(Chunk, "keypoint chunks", _chunks),
    Part(MinuteRollup, "minutes of movement", _minutes),
    Part(AdvisoryDelivery, "advisory notices", _deliveries),
    Part(AdvisoryTransition, "steps of advisories", _transitions),
    Part(Advisory, "advisories", _advisories),
    Part(Event, "events", _events),
    Part(Video, "pieces of video", _videos),
    Part(ReviewJob, "review jobs", _jobs),
    Part(ReviewedFile, "reviewed files", _reviewed),
    Part(AnnotationRevision, "versions of labels", _revisions),
    Part(Annotation, "labels", _annotations),
    Part(AnnotationFrame, "pictures to label", _labelled_frames),
    Part(Segment, "segments", _segments),
    Part(Recording, "recordings", Scope.recorded),
)
_LAST = (
    Part(Stay, "stays", lambda scope: Stay.infant_id == scope.infant_id),
    Part(Infant, "infant", lambda scope: Infant.id == scope.infant_id),
)


def _counts(session: Session, scope: Scope) -> dict[str, int]:
    return {
        part.name: session.scalar(
            select(func.count()).select_from(part.table).where(part.wanted(scope))
        )
        or 0
        for part in (*PARTS, *_LAST)
    }


def _beyond(engine: Engine, session: Session, scope: Scope) -> Iterator[str]:
    """Name what an erasure cannot reach, as far as it is known here."""
    path = local_file(engine)
    if path is None:
        yield "backups of the database server"
    else:
        for file in sorted(path.parent.glob(f"{path.stem}*.backup")):
            yield f"backup {file.name}, beside the database"
    backups = select(AuditEntry).where(AuditEntry.action == "backed up")
    for entry in session.scalars(backups.order_by(AuditEntry.number)):
        yield f"backup {audit.detail_of(entry).get('file', '')}, made by {entry.who}"
    reviews = select(ReviewedFile).where(_reviewed(scope))
    for review in session.scalars(reviews):
        yield f"the video {Path(review.path).name}, and its results in {review.out}"
    labelled = select(func.count()).select_from(AnnotationFrame).where(_labelled_frames(scope))
    for folder in _datasets(session) if session.scalar(labelled) else ():
        yield f"labels without pictures in {DATASETS}/{folder}, and what models learned from it"
    if exports := session.scalar(select(func.count()).where(AuditEntry.action == "exported")):
        yield f"{exports} exports that the audit trail tells of"


def _unlink(folder: Path, files: Sequence[File]) -> Iterator[str]:
    """Delete files; yield those that could not be."""
    root = folder.resolve()
    for file in files:
        path = (root / file.path).resolve()
        try:
            if not path.is_relative_to(root / Path(file.path).parts[0]):
                raise OSError
            path.unlink(missing_ok=True)
        except OSError:
            yield file.path


def _cut_chunks(engine: Engine, scope: Scope) -> None:
    """Make two chunks of each that reaches over an end of a stay, one of them outside."""
    for span in scope.spans:
        for edge_us in (span.from_us, span.to_us):
            with writing(engine) as session:
                over = _chunks(Scope(0, (span,))) & (Chunk.start_us < edge_us)
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


def _delete_in_turns(engine: Engine, part: Part, scope: Scope) -> None:
    """Delete a part's rows, some at a time, so that the monitor's writer is never kept waiting."""
    keys = part.table.__mapper__.primary_key
    while True:
        with writing(engine) as session:
            found = session.execute(select(*keys).where(part.wanted(scope)).limit(_AT_ONCE)).all()
            for row in found:
                same = [key == value for key, value in zip(keys, row, strict=True)]
                session.execute(delete(part.table).where(*same))
        if len(found) < _AT_ONCE:
            return


def _finish(
    engine: Engine, scope: Scope, before: Holdings, files_left: Sequence[str], by: Actor
) -> dict[str, int]:
    """Delete the infant itself, count what is left, and say so in the audit trail, at once."""
    with writing(engine) as session:
        for part in _LAST:
            session.execute(delete(part.table).where(part.wanted(scope)))
        left = _counts(session, scope)
        detail = {
            "rows": sum(before.counts.values()),
            "frames": before.frames,
            "files": len(before.files),
            "rows left": sum(left.values()),
            "files left": len(files_left),
        }
        subject = f"infant/{scope.infant_id}"
        audit.append(session, "infant erased", subject, who=by.name, role=by.role, detail=detail)
        return left
